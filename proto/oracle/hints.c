/* hints.c - see hints.h. */
#include "proto/oracle/hints.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"

struct hint {
    struct hint *next;
    struct command command;
};

/* ---- collecting ---------------------------------------------------------------------------- */

void hints_remember(struct hints *h, const struct command *c)
{
    const struct executor_setup *setup = &h->e->setup;
    if (!h->e->leading || !setup->options->hint_ns) return;
    uint32_t count = 0, centre = UINT32_MAX;
    for (uint32_t i = 0; i < c->access_count; i++) {
        uint32_t granule = setup->variables->granule[c->accesses[i].variable];
        if (centre == UINT32_MAX && c->accesses[i].mode == ACCESS_READ) centre = granule;
        uint32_t at = count;
        while (at > 0 && h->granules[at - 1] > granule) at--;
        if (at > 0 && h->granules[at - 1] == granule) continue;
        memmove(&h->granules[at + 1], &h->granules[at], (count - at) * sizeof(*h->granules));
        h->granules[at] = granule;
        count++;
    }
    ASSERT(count <= c->access_count);
    if (count)
        graph_add_command(h->seen, h->granules, count,
                          centre == UINT32_MAX ? h->granules[0] : centre);
}

/* ---- sending ------------------------------------------------------------------------------- */

static struct hint *hint_new(struct hints *h, const struct graph_item *items, uint32_t count)
{
    ASSERT(count <= COMMAND_HINTS_MAX);
    const struct topology *topology = h->e->setup.topology;
    uint32_t bytes = (uint32_t)(sizeof(struct command) + count * sizeof(struct hint_item));
    struct hint *hint = allocate_zeroed(1, sizeof(*hint) + count * sizeof(struct hint_item));
    struct command *c = &hint->command;
    struct hint_item *listed = (struct hint_item *)c->accesses;
    c->bytes = bytes;
    c->id =
        (struct command_id){.client = topology_sender(topology, h->e->t->self), .seq = ++h->count};
    group_set_add(&c->dests, topology_oracle(topology));
    c->purpose = PURPOSE_HINT;
    c->target = (uint16_t)topology_oracle(topology);
    c->hint_count = count;
    for (uint32_t i = 0; i < count; i++)
        listed[i] = (struct hint_item){items[i].a, items[i].b, items[i].weight, 0};
    return hint;
}

/* Everything collected becomes open. */
static void gather(struct hints *h)
{
    ASSERT(!h->open);
    ASSERT(h->e->leading);
    struct graph_item items[COMMAND_HINTS_MAX];
    uint64_t first = h->count + 1;
    uint32_t count;
    struct hint **at = &h->open;
    while ((count = graph_drain(h->seen, items, COMMAND_HINTS_MAX)) > 0) {
        *at = hint_new(h, items, count);
        (*at)->command.answered = first;
        observe_multicast(h->e->setup.observer, h->e->t->self, transport_now(h->e->t),
                          &(*at)->command);
        at = &(*at)->next;
    }
    h->sends = 0;
}

static void send_open(struct hints *h)
{
    ASSERT(h->e->leading);
    struct multicast *multicast = h->e->setup.multicast;
    h->sends++;
    h->sent_ns = transport_now(h->e->t);
    for (const struct hint *hint = h->open; hint; hint = hint->next)
        multicast_submit(multicast, &hint->command, h->sends);
}

static uint64_t repeat_ns(const struct hints *h)
{
    ASSERT(h->sends > 0);
    return h->sent_ns + timing_patience_ns(h->e->setup.timing, &h->answers, h->sends - 1);
}

static void set_timer(struct hints *h)
{
    uint64_t now = transport_now(h->e->t), at_ns = h->open ? repeat_ns(h) : h->due_ns;
    if (!h->e->leading || !h->e->setup.options->hint_ns) return;
    h->e->t->ops->timer_set(h->e->t, TIMER_HINT, at_ns > now ? at_ns - now : 1);
}

/* All partitions send at the same times, also after a change of leader: weights of different times
 * would make one partition look busier than another. */
static void set_due(struct hints *h)
{
    uint64_t every_ns = h->e->setup.options->hint_ns;
    if (every_ns) h->due_ns = (transport_now(h->e->t) / every_ns + 1) * every_ns;
    ASSERT(!every_ns || h->due_ns > transport_now(h->e->t));
}

void hints_on_timer(struct hints *h)
{
    uint64_t now = transport_now(h->e->t);
    if (!h->e->leading) return;
    if (h->open && now >= repeat_ns(h)) {
        send_open(h);
    } else if (!h->open && now >= h->due_ns) {
        gather(h);
        send_open(h);
        set_due(h);
    }
    set_timer(h);
}

/* ---- answers ------------------------------------------------------------------------------- */

void hints_on_reply(struct hints *h, const struct message_reply *m)
{
    if (m->id.client != topology_sender(h->e->setup.topology, h->e->t->self)) return;
    struct hint **at = &h->open;
    while (*at && (*at)->command.id.seq != m->id.seq) at = &(*at)->next;
    if (!*at) return;
    ASSERT(h->sends > 0);
    ASSERT(transport_now(h->e->t) >= h->sent_ns);
    uint64_t waited_ns = transport_now(h->e->t) - h->sent_ns;
    (h->sends > 1 ? patience_sample_asked : patience_sample)(&h->answers, waited_ns);
    struct hint *answered = *at;
    *at = answered->next;
    free(answered);
    if (!h->open) set_timer(h);
}

/* ---- life ---------------------------------------------------------------------------------- */

static void forget(struct hints *h)
{
    for (struct hint *hint = h->open, *next; hint; hint = next) {
        next = hint->next;
        free(hint);
    }
    h->open = NULL;
    graph_destroy(h->seen);
}

void hints_leading(struct hints *h, bool leading)
{
    if (!leading) {
        forget(h);
        h->seen = graph_create();
    }
    set_due(h);
    set_timer(h);
}

void hints_init(struct hints *h, struct executor *e)
{
    *h = (struct hints){.e = e, .seen = graph_create()};
    h->granules = allocate(COMMAND_ACCESSES_MAX * sizeof(*h->granules));
}

void hints_finish(struct hints *h)
{
    forget(h);
    free(h->granules);
}
