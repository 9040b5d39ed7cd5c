/* basecast.c - see basecast.h for the protocol. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "proto/order/basecast_state.h"

/* ---- records ------------------------------------------------------------------------------- */

struct record *basecast_find(const struct basecast *b, struct command_id id)
{
    return (struct record *)idmap_find(&b->records, id);
}

static struct record *record_new(struct basecast *b)
{
    struct record *r = b->spare;
    if (r)
        b->spare = (struct record *)r->node.next;
    else
        r = allocate(sizeof(*r));
    *r = (struct record){0};
    return r;
}

static void record_free(struct basecast *b, struct record *r)
{
    free(r->command);
    r->node.next = (struct idmap_node *)b->spare;
    b->spare = r;
}

struct record *basecast_add(struct basecast *b, struct command_id id)
{
    struct record *r = record_new(b);
    r->node.id = id;
    idmap_add(&b->records, &r->node);
    return r;
}

/* May another destination still request this group's timestamp? */
static bool record_wanted(const struct basecast *b, const struct record *r)
{
    if (!r->final || r->command) return true;
    group_set_each (h, &r->dests)
        if (h != b->base.setup.group && b->through[h] < r->final) return true;
    return false;
}

static bool record_keep(void *context, struct idmap_node *node)
{
    struct basecast *b = context;
    struct record *r = (struct record *)node;
    bool wanted = record_wanted(b, r);
    if (!wanted) record_free(b, r);
    return wanted;
}

static void given_sweep(struct basecast *b)
{
    uint32_t gone = 0;
    while (gone < b->given_count && !basecast_find(b, b->given[gone].id)) gone++;
    if (gone == 0) return;
    b->given_count -= gone;
    memmove(b->given, b->given + gone, b->given_count * sizeof(*b->given));
}

static void given_add(struct basecast *b, const struct record *r)
{
    ASSERT(b->given_count == 0 || b->given[b->given_count - 1].hard < r->hard);
    if (b->given_count == b->given_capacity) {
        b->given_capacity = b->given_capacity ? 2 * b->given_capacity : 64;
        b->given = reallocate(b->given, b->given_capacity * sizeof(*b->given));
    }
    b->given[b->given_count++] = (struct given){r->hard, r->node.id};
}

/* Forget delivered commands; the threshold doubles each time, so it costs O(1) a command,
 * amortised. */
static void records_sweep(struct basecast *b)
{
    if (b->records.count < b->sweep_at) return;
    idmap_filter(&b->records, record_keep, b);
    b->sweep_at = 2 * b->records.count + 64;
    given_sweep(b);
    ASSERT(b->records.count < b->sweep_at);
}

/* ---- the order ----------------------------------------------------------------------------- */

static void heap_sift_down(struct basecast *b, uint32_t at)
{
    ASSERT(at < b->heap_count);
    struct pending moving = b->heap[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= b->heap_count) break;
        if (child + 1 < b->heap_count && b->heap[child + 1].bound < b->heap[child].bound) child++;
        if (b->heap[child].bound >= moving.bound) break;
        b->heap[at] = b->heap[child];
        at = child;
    }
    b->heap[at] = moving;
}

static void heap_push(struct basecast *b, struct record *r)
{
    ASSERT(r->hard > b->base.delivered);
    ASSERT(r->command);
    ASSERT(!r->final);
    if (b->heap_count == b->heap_capacity) {
        b->heap_capacity = b->heap_capacity ? 2 * b->heap_capacity : 64;
        b->heap = reallocate(b->heap, b->heap_capacity * sizeof(*b->heap));
    }
    /* This group's timestamps only grow and so do bounds: the newest goes to the end, and is at its
     * place unless finals ahead of the clock stand above it. */
    uint32_t at = b->heap_count++;
    struct pending moving = {r->hard, r};
    for (; at > 0 && b->heap[(at - 1) / 2].bound > moving.bound; at = (at - 1) / 2)
        b->heap[at] = b->heap[(at - 1) / 2];
    b->heap[at] = moving;
}

/* Deliver the commands before which no undelivered command can be ordered any more. */
static void drain(struct basecast *b)
{
    while (b->heap_count) {
        struct pending *top = &b->heap[0];
        struct record *r = top->record;
        ASSERT(top->bound >= r->hard);
        if (!r->final) return;
        if (top->bound < r->final) {
            top->bound = r->final;
            heap_sift_down(b, 0);
            continue;
        }
        b->heap[0] = b->heap[--b->heap_count];
        if (b->heap_count) heap_sift_down(b, 0);
        struct command *c = r->command;
        ASSERT(c); /* it has not been delivered before */
        r->command = NULL;
        uint64_t final = r->final;
        if (group_set_single(&r->dests)) record_free(b, r); /* never among b->records */
        /* Two with one final timestamp: one is not what its group gave, and the second is lost. */
        if (final > b->base.delivered) multicast_deliver(&b->base, c, final);
        free(c);
    }
}

/* The timestamps of all other destinations are known. */
static void answered(struct basecast *b, const struct record *r)
{
    uint64_t waited_ns = transport_now(b->base.t) - r->since_ns;
    (r->asked ? patience_sample_asked : patience_sample)(&b->answers, waited_ns);
}

static void timestamp_known(struct basecast *b, struct record *r, uint32_t group,
                            uint64_t timestamp)
{
    ASSERT(!group_set_has(&r->known, group));
    ASSERT(!r->final);
    group_set_add(&r->known, group);
    if (timestamp > r->largest) r->largest = timestamp;
    if (!r->command || !group_set_equal(&r->known, &r->dests)) return;
    r->final = r->largest;
    ASSERT(r->final >= r->hard);
    ASSERT(r->final > b->base.delivered);
    if (!group_set_single(&r->dests)) answered(b, r);
    uint64_t counter = r->final >> TIMESTAMP_GROUP_BITS;
    if (counter > b->clock) b->clock = counter;
}

static void propose(struct multicast *m, const struct command *c)
{
    struct basecast *b = (struct basecast *)m;
    ASSERT(group_leading(b->base.group));
    if (!group_set_single(&c->dests)) {
        struct record *r = basecast_find(b, c->id);
        if (!r) r = basecast_add(b, c->id);
        if (r->command_proposed) return;
        r->command_proposed = true;
    }
    sessions_propose(b->base.setup.sessions, c->id, group_ballot(b->base.group));
    memcpy(group_propose(b->base.group, ENTRY_SET_HARD, c->bytes), c, c->bytes);
}

static bool proposed(const struct multicast *m, struct command_id id)
{
    const struct basecast *b = (const struct basecast *)m;
    const struct record *r = basecast_find(b, id);
    return (r && r->command_proposed) ||
           sessions_proposed(b->base.setup.sessions, id, group_ballot(b->base.group));
}

/* In the log, or with a known final timestamp: later ones are larger. */
static bool settled(const struct multicast *m, struct command_id id)
{
    const struct basecast *b = (const struct basecast *)m;
    const struct record *r = basecast_find(b, id);
    return r ? r->final : sessions_seen(b->base.setup.sessions, id);
}

/* ---- the log ------------------------------------------------------------------------------- */

static void apply_set_hard(struct basecast *b, const struct command *c)
{
    if (!sessions_admit(b->base.setup.sessions, c)) return;
    uint64_t hard = ++b->clock << TIMESTAMP_GROUP_BITS | b->base.setup.group;
    ASSERT(hard > b->base.delivered);
    bool alone = group_set_single(&c->dests);
    if (alone && b->heap_count == 0) {
        /* The common case: nothing to wait for, nothing to copy. */
        multicast_deliver(&b->base, c, hard);
        return;
    }
    struct record *r = alone ? record_new(b) : basecast_find(b, c->id);
    if (!r) r = basecast_add(b, c->id);
    ASSERT(!r->hard); /* a group gives one timestamp to a command */
    ASSERT(!r->command);
    r->command = command_copy(c);
    r->dests = c->dests;
    group_set_intersect(&r->known, &r->dests);
    r->hard = hard;
    r->since_ns = r->asked_ns = transport_now(b->base.t);
    heap_push(b, r);
    timestamp_known(b, r, b->base.setup.group, hard);
    if (!alone) given_add(b, r);
    if (!alone && group_leading(b->base.group)) basecast_announce(b, r);
    group_set_each (h, &r->dests) {
        ASSERT(b->given_last[h] < hard);
        b->given_last[h] = hard;
    }
    drain(b);
}

static void apply_sync_hard(struct basecast *b, const struct entry_sync_hard *e)
{
    if (e->through > b->through[e->group]) b->through[e->group] = e->through;
    struct record *r = basecast_find(b, e->id);
    if (!r) {
        if (sessions_seen(b->base.setup.sessions, e->id)) return;
        r = basecast_add(b, e->id);
    }
    if (group_set_has(&r->known, e->group)) return;
    if (r->hard && !group_set_has(&r->dests, e->group)) return;
    timestamp_known(b, r, e->group, e->timestamp);
    drain(b);
}

static void apply(struct multicast *m, const uint8_t *entries, uint32_t bytes)
{
    struct basecast *b = (struct basecast *)m;
    ASSERT(group_applied(b->base.group) == b->batches + 1);
    b->batches++;
    for (uint32_t at = 0; at < bytes;) {
        const struct entry *e = (const struct entry *)(entries + at);
        if (e->kind == ENTRY_SET_HARD)
            apply_set_hard(b, (const struct command *)(e + 1));
        else
            apply_sync_hard(b, (const struct entry_sync_hard *)(e + 1));
        at += e->bytes;
    }
    multicast_release(m);
    records_sweep(b);
    basecast_watch(b);
}

/* ---- validation ---------------------------------------------------------------------------- */

/* A command into its own group's log, or another group's timestamp. */
static bool entry_valid(const struct entry *e, uint32_t group, const struct limits *l)
{
    uint32_t room = e->bytes - (uint32_t)sizeof(*e);
    if (e->kind == ENTRY_SET_HARD) {
        const struct command *c = (const struct command *)(e + 1);
        return limits_command(l, c, room) && group_set_has(&c->dests, group);
    }
    const struct entry_sync_hard *sync = (const struct entry_sync_hard *)(e + 1);
    return e->kind == ENTRY_SYNC_HARD && room == sizeof(*sync) && limits_id(l, sync->id) &&
           sync->group < l->topology->groups && sync->group != group && !sync->reserved &&
           timestamp_believable(sync->timestamp, sync->group) &&
           sync->through >> TIMESTAMP_GROUP_BITS <= TIMESTAMP_COUNTER_MAX;
}

static bool entries_valid(const uint8_t *entries, uint32_t bytes, uint32_t group,
                          const struct limits *l)
{
    for (uint32_t at = 0; at < bytes;) {
        const struct entry *e = (const struct entry *)(entries + at);
        ASSERT(e->bytes >= sizeof(*e));
        if (!entry_valid(e, group, l)) return false;
        at += e->bytes;
    }
    return true;
}

/* ---- the plug-in --------------------------------------------------------------------------- */

static struct multicast *create(const struct multicast_setup *setup)
{
    struct basecast *b = allocate_zeroed(1, sizeof(*b));
    multicast_init(&b->base, &basecast_ops, setup);
    idmap_init(&b->records);
    b->sweep_at = 64;
    return &b->base;
}

static bool record_drop(void *context, struct idmap_node *node)
{
    record_free(context, (struct record *)node);
    return false;
}

static void destroy(struct multicast *m)
{
    struct basecast *b = (struct basecast *)m;
    for (uint32_t i = 0; i < b->heap_count; i++)
        if (group_set_single(&b->heap[i].record->dests)) record_free(b, b->heap[i].record);
    idmap_filter(&b->records, record_drop, b);
    while (b->spare) free(record_new(b));
    idmap_finish(&b->records);
    free(b->given);
    free(b->early);
    free(b->heap);
    multicast_finish(m);
    free(b);
}

static uint32_t pending(const struct multicast *m)
{
    return ((const struct basecast *)m)->heap_count;
}

static void on_timer(struct multicast *m)
{
    basecast_look_after((struct basecast *)m);
}

const struct multicast_ops basecast_ops = {
    .name = "basecast",
    .summary = "Skeen over Paxos groups (FT-Skeen), 3 steps to one group, 6 to several",
    .genuine = true,
    .steps = 6,
    .steps_single = 3,
    .messages = basecast_messages,
    .message_count = BASECAST_MESSAGES,
    .create = create,
    .destroy = destroy,
    .propose = propose,
    .settled = settled,
    .pending = pending,
    .apply = apply,
    .entries_valid = entries_valid,
    .started = basecast_started,
    .proposed = proposed,
    .leading = basecast_take_over,
    .leader_changed = basecast_leader_changed,
    .on_message = basecast_on_message,
    .on_timer = on_timer,
};
