/* basecast.c - see basecast.h for the protocol. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "proto/observer.h"
#include "proto/order/basecast_state.h"

static const struct plant skipped_delivery = {"skipped-delivery",
                                              "one replica of partition 0 leaves out one delivery"};
static const struct plant *const plants[] = {&skipped_delivery, NULL};

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
        if (h != b->setup.group && b->through[h] < r->final) return true;
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
    ASSERT(r->hard > b->delivered);
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

static void deliver(struct basecast *b, const struct command *c, uint64_t timestamp)
{
    ASSERT(timestamp > b->delivered);
    ASSERT(timestamp >> TIMESTAMP_GROUP_BITS <= b->clock);
    b->delivered = timestamp;
    b->deliveries++;
    if (b->setup.plant == &skipped_delivery && b->t->self == 1 && b->deliveries == PLANT_AT) return;
    struct observer *o = b->setup.observer;
    if (o) o->ops->delivered(o, b->t->self, b->setup.group, transport_now(b->t), c, timestamp);
    b->setup.events->deliver(b->setup.above, c, timestamp);
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
        if (final > b->delivered) deliver(b, c, final);
        free(c);
    }
}

/* The timestamps of all other destinations are known. */
static void answered(struct basecast *b, const struct record *r)
{
    uint64_t waited_ns = transport_now(b->t) - r->since_ns;
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
    ASSERT(r->final > b->delivered);
    if (!group_set_single(&r->dests)) answered(b, r);
    uint64_t counter = r->final >> TIMESTAMP_GROUP_BITS;
    if (counter > b->clock) b->clock = counter;
}

void basecast_propose(struct basecast *b, const struct command *c)
{
    ASSERT(group_leading(b->group));
    if (!group_set_single(&c->dests)) {
        struct record *r = basecast_find(b, c->id);
        if (!r) r = basecast_add(b, c->id);
        if (r->command_proposed) return;
        r->command_proposed = true;
    }
    sessions_propose(b->setup.sessions, c->id, group_ballot(b->group));
    memcpy(group_propose(b->group, ENTRY_SET_HARD, c->bytes), c, c->bytes);
}

/* ---- FIFO ---------------------------------------------------------------------------------- */

bool basecast_may_come(const struct basecast *b, const struct command *c)
{
    struct command_id id = c->id;
    for (uint32_t i = 0; c->purpose != PURPOSE_HINT && i < c->follows; i++) {
        id.round--;
        const struct record *r = basecast_find(b, id);
        if (r ? !r->final : !sessions_seen(b->setup.sessions, id)) return false;
    }
    return true;
}

void basecast_hold(struct basecast *b, const struct command *c)
{
    ASSERT(group_leading(b->group));
    struct held **at = &b->held;
    for (; *at; at = &(*at)->next)
        if (command_id_equal((*at)->command.id, c->id)) return;
    transport_mark(b->t, MARK_COMMAND_HELD);
    *at = allocate(sizeof(**at) + c->bytes - sizeof((*at)->command));
    (*at)->next = NULL;
    memcpy(&(*at)->command, c, c->bytes);
}

static void held_propose(struct basecast *b)
{
    for (struct held **at = &b->held; *at;) {
        struct held *h = *at;
        if (!basecast_may_come(b, &h->command)) {
            at = &h->next;
            continue;
        }
        if (!sessions_seen(b->setup.sessions, h->command.id)) basecast_propose(b, &h->command);
        *at = h->next;
        free(h);
    }
}

static void held_forget(struct basecast *b)
{
    for (struct held *h = b->held, *next; h; h = next) {
        next = h->next;
        free(h);
    }
    b->held = NULL;
}

/* ---- the log ------------------------------------------------------------------------------- */

static struct command *command_copy(const struct command *c)
{
    struct command *copy = allocate(c->bytes);
    memcpy(copy, c, c->bytes);
    return copy;
}

static void apply_set_hard(struct basecast *b, const struct command *c)
{
    if (!sessions_admit(b->setup.sessions, c)) return;
    uint64_t hard = ++b->clock << TIMESTAMP_GROUP_BITS | b->setup.group;
    ASSERT(hard > b->delivered);
    bool alone = group_set_single(&c->dests);
    if (alone && b->heap_count == 0) {
        deliver(b, c, hard); /* the common case: nothing to wait for, nothing to copy */
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
    r->since_ns = r->asked_ns = transport_now(b->t);
    heap_push(b, r);
    timestamp_known(b, r, b->setup.group, hard);
    if (!alone) given_add(b, r);
    if (!alone && group_leading(b->group)) basecast_announce(b, r);
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
        if (sessions_seen(b->setup.sessions, e->id)) return;
        r = basecast_add(b, e->id);
    }
    if (group_set_has(&r->known, e->group)) return;
    if (r->hard && !group_set_has(&r->dests, e->group)) return;
    timestamp_known(b, r, e->group, e->timestamp);
    drain(b);
}

static void apply(void *above, const uint8_t *entries, uint32_t bytes)
{
    struct basecast *b = above;
    ASSERT(group_applied(b->group) == b->batches + 1);
    b->batches++;
    for (uint32_t at = 0; at < bytes;) {
        const struct entry *e = (const struct entry *)(entries + at);
        if (e->kind == ENTRY_SET_HARD)
            apply_set_hard(b, (const struct command *)(e + 1));
        else
            apply_sync_hard(b, (const struct entry_sync_hard *)(e + 1));
        at += e->bytes;
    }
    if (b->held) held_propose(b);
    records_sweep(b);
    basecast_watch(b);
}

static void on_leading(void *above, bool leading, uint64_t ballot)
{
    struct basecast *b = above;
    struct observer *o = b->setup.observer;
    ASSERT(leading == group_leading(b->group));
    ASSERT(ballot == group_ballot(b->group));
    if (leading && o) o->ops->leading(o, b->t->self, b->setup.group, transport_now(b->t), ballot);
    if (leading)
        basecast_take_over(b, ballot);
    else
        held_forget(b);
    b->setup.events->leading(b->setup.above, leading);
}

/* ---- the plug-in --------------------------------------------------------------------------- */

static const struct group_events group_events = {apply, on_leading};

static struct multicast *basecast_create(const struct multicast_setup *setup)
{
    struct basecast *b = allocate_zeroed(1, sizeof(*b));
    b->base.ops = &basecast_ops;
    b->setup = *setup;
    b->t = setup->transport;
    idmap_init(&b->records);
    b->sweep_at = 64;
    route_init(&b->route, setup->topology, setup->links);
    b->group = group_create(&(struct group_setup){setup->transport, setup->topology, setup->timing,
                                                  setup->group, setup->window, &group_events, b});
    return &b->base;
}

static bool record_drop(void *context, struct idmap_node *node)
{
    record_free(context, (struct record *)node);
    return false;
}

static void basecast_destroy(struct multicast *m)
{
    if (!m) return;
    struct basecast *b = (struct basecast *)m;
    for (uint32_t i = 0; i < b->heap_count; i++)
        if (group_set_single(&b->heap[i].record->dests)) record_free(b, b->heap[i].record);
    idmap_filter(&b->records, record_drop, b);
    while (b->spare) free(record_new(b));
    idmap_finish(&b->records);
    held_forget(b);
    free(b->given);
    free(b->early);
    free(b->heap);
    group_destroy(b->group);
    free(b);
}

static void basecast_start(struct multicast *m)
{
    group_start(((struct basecast *)m)->group);
}

static bool basecast_on_message(struct multicast *base, struct message *m)
{
    struct basecast *b = (struct basecast *)base;
    if (group_on_message(b->group, m)) return true;
    return basecast_handle(b, m);
}

static bool basecast_on_timer(struct multicast *base, uint32_t timer)
{
    struct basecast *b = (struct basecast *)base;
    if (timer == TIMER_GROUP) {
        group_on_timer(b->group);
    } else if (timer == TIMER_MULTICAST) {
        basecast_look_after(b);
    } else {
        return false;
    }
    return true;
}

static bool basecast_on_completion(struct multicast *base, uint64_t cookie)
{
    return group_on_completion(((struct basecast *)base)->group, cookie);
}

static void basecast_flush(struct multicast *m)
{
    group_flush(((struct basecast *)m)->group);
}

static void basecast_set_executed(struct multicast *m, uint64_t timestamp)
{
    struct basecast *b = (struct basecast *)m;
    ASSERT(timestamp <= b->delivered);
    group_set_progress(b->group, timestamp);
}

static uint32_t basecast_pending(const struct multicast *m)
{
    return ((const struct basecast *)m)->heap_count;
}

static uint64_t basecast_executed_min(const struct multicast *m)
{
    return group_progress_min(((const struct basecast *)m)->group);
}

static void basecast_keep_alive(struct multicast *m)
{
    group_keep_alive(((struct basecast *)m)->group);
}

static const struct route *basecast_route(const struct multicast *m)
{
    return &((const struct basecast *)m)->route;
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

const struct multicast_ops basecast_ops = {
    .name = "basecast",
    .summary = "Skeen over Paxos groups (FT-Skeen), 3 steps to one group, 6 to several",
    .plants = plants,
    .create = basecast_create,
    .destroy = basecast_destroy,
    .start = basecast_start,
    .on_message = basecast_on_message,
    .on_timer = basecast_on_timer,
    .on_completion = basecast_on_completion,
    .flush = basecast_flush,
    .keep_alive = basecast_keep_alive,
    .route = basecast_route,
    .set_executed = basecast_set_executed,
    .executed_min = basecast_executed_min,
    .pending = basecast_pending,
    .submit = basecast_submit,
    .send = basecast_send,
    .message_valid = basecast_message_valid,
    .entries_valid = entries_valid,
};
