/* kv_pick.c - see kv_pick.h. */
#include "workloads/generate/kv_pick.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define SCRAMBLED_ITEMS UINT64_C(10000000000)

/* --- distributions
 * ------------------------------------------------------------------------------ */

struct kv_picker {
    const char *name;
    void (*start)(struct kv_pick *p);
    uint32_t (*draw)(struct kv_pick *p, struct random *random);
};

static void start_zipf(struct kv_pick *p)
{
    uint32_t count = p->setup.variables;
    zipf_init(&p->zipf, count, p->setup.exponent);
    if (p->setup.exponent == 0) return;
    struct random random = random_named(p->setup.seed, "kv", "ranks");
    p->variable_of = allocate_zeroed(count, sizeof(*p->variable_of));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t other = (uint32_t)random_below(&random, i + 1);
        p->variable_of[i] = p->variable_of[other];
        p->variable_of[other] = i;
    }
}

static uint32_t draw_zipf(struct kv_pick *p, struct random *random)
{
    uint32_t rank = (uint32_t)zipf_draw(&p->zipf, random);
    return p->variable_of ? p->variable_of[rank] : rank;
}

static void start_scrambled(struct kv_pick *p)
{
    zipf_init(&p->zipf, SCRAMBLED_ITEMS, p->setup.exponent);
}

/* The hash is FNV-1a over the eight bytes of the item, as in YCSB. */
static uint32_t draw_scrambled(struct kv_pick *p, struct random *random)
{
    uint64_t item = zipf_draw(&p->zipf, random), hash = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < 8; i++) hash = (hash ^ (item >> 8 * i & 0xff)) * UINT64_C(0x100000001b3);
    return (uint32_t)(hash % p->existing);
}

static void start_latest(struct kv_pick *p)
{
    zipf_init(&p->zipf, p->existing, p->setup.exponent);
}

static uint32_t draw_latest(struct kv_pick *p, struct random *random)
{
    if (p->zipf.ranks != p->existing) zipf_init(&p->zipf, p->existing, p->setup.exponent);
    return p->existing - 1 - (uint32_t)zipf_draw(&p->zipf, random);
}

static const struct kv_picker pickers[] = {
    {"zipf", start_zipf, draw_zipf},
    {"scrambled", start_scrambled, draw_scrambled},
    {"latest", start_latest, draw_latest},
};

/* ---------------------------------------------------------------------------------------------- */

int kv_pick_init(struct kv_pick *p, const char *name, const struct kv_pick_setup *setup,
                 struct error *e)
{
    *p = (struct kv_pick){.setup = *setup, .existing = setup->variables, .hot_moves = UINT64_MAX};
    for (size_t i = 0; i < sizeof(pickers) / sizeof(pickers[0]); i++)
        if (strcmp(pickers[i].name, name) == 0) p->picker = &pickers[i];
    if (!p->picker)
        return error_set(e, "kv: pick: expected zipf, scrambled or latest, found '%.40s'", name);
    p->picker->start(p);
    return 0;
}

void kv_pick_finish(struct kv_pick *p)
{
    free(p->variable_of);
    p->variable_of = NULL;
}

void kv_pick_grow(struct kv_pick *p, uint32_t inserted)
{
    uint32_t ready = inserted > KV_PICK_FRESH ? inserted - KV_PICK_FRESH : 0;
    p->existing = p->setup.variables + ready;
}

static void move_hot_spot(struct kv_pick *p, uint64_t moves)
{
    struct random random = random_named(hash_add(p->setup.seed, moves), "kv", "hot spot");
    p->hot_first =
        (uint32_t)random_below(&random, p->setup.variables - p->setup.hot_count + UINT64_C(1));
    p->hot_moves = moves;
}

uint32_t kv_pick(struct kv_pick *p, struct random *random, uint64_t command)
{
    if (p->setup.hot_share > 0 && zipf_uniform(random) < p->setup.hot_share) {
        uint64_t moves = p->setup.hot_every ? command / p->setup.hot_every : 0;
        if (moves != p->hot_moves) move_hot_spot(p, moves);
        return p->hot_first + (uint32_t)random_below(random, p->setup.hot_count);
    }
    return p->picker->draw(p, random);
}
