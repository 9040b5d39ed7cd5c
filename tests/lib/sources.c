/* sources.c - see sources.h. */
#include "tests/lib/sources.h"

#include <stdlib.h>
#include <string.h>

static struct command *blank(uint64_t *scratch, uint32_t accesses)
{
    struct command *c = (struct command *)scratch;
    memset(c, 0, command_bytes(accesses));
    c->bytes = command_bytes(accesses);
    c->access_count = (uint16_t)accesses;
    c->request_bytes = 64;
    c->reply_bytes = 64;
    return c;
}

static const struct command *script_next(struct command_source *source, uint32_t client,
                                         uint64_t now_ns, uint64_t *due_ns)
{
    (void)now_ns;
    struct script_source *s = (struct script_source *)source;
    uint32_t *at = &s->taken[client];
    while (*at < s->count && s->commands[*at].client != client) ++*at;
    if (*at == s->count) return NULL;
    const struct scripted *t = &s->commands[(*at)++];
    uint32_t count = 0;
    while (count < SCRIPT_ACCESSES_MAX && t->accesses[count].mode) count++;
    struct command *c = blank(s->scratch, count);
    memcpy(c->accesses, t->accesses, count * sizeof(struct access));
    c->dests = command_places(c);
    c->cost_ns = t->cost_ns;
    *due_ns = t->at_ns;
    return c;
}

static const struct command_source_ops script_ops = {script_next};

void script_source_init(struct script_source *s, const struct scripted *commands, uint32_t count,
                        uint32_t clients)
{
    *s = (struct script_source){.source = {&script_ops}, .commands = commands, .count = count};
    s->taken = calloc(clients, sizeof(*s->taken));
}

void script_source_finish(struct script_source *s)
{
    free(s->taken);
}

static int by_variable(const void *a, const void *b)
{
    uint32_t x = ((const struct access *)a)->variable, y = ((const struct access *)b)->variable;
    return (x > y) - (x < y);
}

static const struct command *random_next_command(struct command_source *source, uint32_t client,
                                                 uint64_t now_ns, uint64_t *due_ns)
{
    static const uint8_t modes[] = {ACCESS_READ | ACCESS_WRITE, ACCESS_READ | ACCESS_WRITE,
                                    ACCESS_READ, ACCESS_WRITE};
    struct random_source *s = (struct random_source *)source;
    *due_ns = s->issued[client] < s->each ? s->issued[client] * s->every_ns : 0;
    if (s->issued[client] == s->each || *due_ns > now_ns) return NULL;
    s->issued[client]++;
    bool multi = random_chance(&s->random, s->multi_pct, 100);
    uint32_t home = (uint32_t)random_below(&s->random, s->groups);
    uint32_t count = 1 + (uint32_t)random_below(&s->random, 3);
    struct command *c = blank(s->scratch, 3);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t group = multi ? (home + i) % s->groups : home;
        uint32_t each = (s->variables + s->unborn) / s->groups;
        uint32_t variable = group + s->groups * (uint32_t)random_below(&s->random, each);
        bool again = false;
        for (uint32_t j = 0; j < kept; j++) again |= c->accesses[j].variable == variable;
        if (again) continue;
        uint8_t mode = modes[random_below(&s->random, 4)];
        if (s->make_pct && random_chance(&s->random, s->make_pct, 100))
            mode = random_chance(&s->random, 1, 2) ? ACCESS_CREATE : ACCESS_DELETE | ACCESS_READ;
        c->accesses[kept++] = (struct access){variable, (uint16_t)group, mode, 0};
    }
    c->access_count = (uint16_t)kept;
    c->bytes = command_bytes(kept);
    qsort(c->accesses, kept, sizeof(struct access), by_variable);
    c->dests = command_places(c);
    if (s->request_bytes && s->issued[client] % 3 == 0) c->request_bytes = s->request_bytes;
    c->cost_ns = 1000 + random_below(&s->random, 50000);
    return c;
}

static const struct command_source_ops random_ops = {random_next_command};

void random_source_init(struct random_source *s, const struct random_source_setup *setup)
{
    *s = (struct random_source){
        .source = {&random_ops},
        .random = random_named(setup->seed, "test", "commands"),
        .groups = setup->groups,
        .variables = setup->variables,
        .each = setup->each,
        .multi_pct = setup->multi_pct,
        .clients = setup->clients,
        .every_ns = setup->every_ns,
        .unborn = setup->unborn,
        .make_pct = setup->make_pct,
        .request_bytes = setup->request_bytes,
        .issued = calloc(setup->clients, sizeof(uint32_t)),
    };
}

void random_source_finish(struct random_source *s)
{
    free(s->issued);
}
