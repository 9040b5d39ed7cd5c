/* basecast.c - see basecast.h for the protocol. */
#include "proto/basecast.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/idmap.h"
#include "proto/memory.h"
#include "proto/observer.h"
#include "proto/plant.h"

/* Kinds of log entries. */
enum { ENTRY_SET_HARD = 1, ENTRY_SYNC_HARD = 2 };

struct entry_sync_hard {
    struct command_id id;
    uint64_t timestamp;
    uint64_t through;
    uint32_t group;
    uint32_t reserved;
};

/* A command between its first sign here and the time when no other group can ask about it. */
struct record {
    struct idmap_node node;  /* among basecast's records, if it has several destinations */
    struct command *command; /* NULL while only other groups' timestamps are known, or delivered */
    uint64_t hard;           /* this group's timestamp, 0: not yet given */
    uint64_t largest;        /* of those known */
    uint64_t final;          /* 0: not known */
    struct group_set dests;
    struct group_set known; /* groups whose timestamp is known */
    uint64_t asked_ns;      /* not replicated: when the missing ones were last asked for, */
    uint32_t asked_count;   /* and how often */
};

struct pending {
    uint64_t bound; /* the command's final timestamp is at least this */
    struct record *record;
};

/* A command that waits for others of its sender. */
struct held {
    struct held *next;
    struct command command;
};

struct basecast {
    struct multicast base;
    struct multicast_setup setup;
    struct transport *t;
    struct group *group;
    uint32_t leaders[GROUPS_MAX]; /* nodes, as far as known */

    uint64_t clock;
    uint64_t delivered; /* the last final timestamp */
    uint64_t deliveries;
    uint64_t through[GROUPS_MAX];

    struct pending *heap; /* undelivered commands with a timestamp of this group */
    uint32_t heap_count;
    uint32_t heap_capacity;

    struct idmap records; /* multi-group commands */
    uint32_t sweep_at;    /* forget delivered records when there are so many */
    struct record *spare;
    struct held *held; /* leader only */
};

/* ---- records ------------------------------------------------------------------------------- */

static struct record *record_find(const struct basecast *b, struct command_id id)
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

static struct record *record_add(struct basecast *b, struct command_id id)
{
    struct record *r = record_new(b);
    r->node.id = id;
    idmap_add(&b->records, &r->node);
    return r;
}

/* Can another destination still ask for this group's timestamp? */
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

/* Forget delivered commands; each time twice as many must have come, so it costs O(1) a command. */
static void records_sweep(struct basecast *b)
{
    if (b->records.count < b->sweep_at) return;
    idmap_filter(&b->records, record_keep, b);
    b->sweep_at = 2 * b->records.count + 64;
}

/* ---- the order ----------------------------------------------------------------------------- */

static void heap_sift_down(struct basecast *b, uint32_t at)
{
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
    assert(timestamp > b->delivered);
    b->delivered = timestamp;
    bool follows = b->t->self == topology_replica(b->setup.topology, 0, 1);
    if (++b->deliveries == PLANT_AT && follows && b->setup.plant == PLANT_SKIPPED_DELIVERY) return;
    struct observer *o = b->setup.observer;
    if (o) o->ops->delivered(o, b->t->self, b->setup.group, transport_now(b->t), c, timestamp);
    b->setup.events->deliver(b->setup.above, c, timestamp);
}

/* Deliver what no undelivered command can come before any more. */
static void drain(struct basecast *b)
{
    while (b->heap_count) {
        struct pending *top = &b->heap[0];
        struct record *r = top->record;
        if (!r->final) return;
        if (top->bound < r->final) {
            top->bound = r->final;
            heap_sift_down(b, 0);
            continue;
        }
        b->heap[0] = b->heap[--b->heap_count];
        if (b->heap_count) heap_sift_down(b, 0);
        struct command *c = r->command;
        r->command = NULL;
        uint64_t final = r->final;
        if (group_set_single(&r->dests)) record_free(b, r); /* never among b->records */
        deliver(b, c, final);
        free(c);
    }
}

static void timestamp_known(struct basecast *b, struct record *r, uint32_t group,
                            uint64_t timestamp)
{
    group_set_add(&r->known, group);
    if (timestamp > r->largest) r->largest = timestamp;
    if (!r->command || !group_set_equal(&r->known, &r->dests)) return;
    r->final = r->largest;
    uint64_t counter = r->final >> TIMESTAMP_GROUP_BITS;
    if (counter > b->clock) b->clock = counter;
}

/* ---- messages between groups --------------------------------------------------------------- */

static struct message_hard *hard_new(struct basecast *b, const struct record *r, bool wants)
{
    uint32_t size = sizeof(struct message_hard);
    if (wants) size += r->command->bytes;
    struct message_hard *m = (struct message_hard *)transport_message_new(b->t, size, MESSAGE_HARD);
    m->id = r->node.id;
    m->timestamp = r->hard;
    m->through = b->delivered;
    m->group = b->setup.group;
    m->wants = wants;
    if (wants) {
        memcpy(m->command, r->command, r->command->bytes);
        m->m.opaque_bytes = r->command->request_bytes;
    }
    return m;
}

static void hard_announce(struct basecast *b, const struct record *r)
{
    uint32_t to[GROUPS_MAX];
    uint32_t count = 0;
    group_set_each (h, &r->dests)
        if (h != b->setup.group) to[count++] = b->leaders[h];
    b->t->ops->message_send(b->t, to, count, &hard_new(b, r, false)->m);
}

/* Ask every member of the groups whose timestamp is missing: who leads there may have changed. */
static void hard_ask(struct basecast *b, struct record *r)
{
    uint32_t to[GROUPS_MAX * REPLICAS_MAX];
    uint32_t count = 0;
    group_set_each (h, &r->dests)
        if (!group_set_has(&r->known, h))
            for (uint32_t i = 0; i < b->setup.topology->replicas; i++)
                to[count++] = topology_replica(b->setup.topology, h, i);
    b->t->ops->message_send(b->t, to, count, &hard_new(b, r, true)->m);
}

static void point_to_leader(struct basecast *b, uint32_t to)
{
    uint32_t leader = group_leader(b->group);
    if (leader == UINT32_MAX || leader == b->t->self) return;
    struct message_leader *m =
        (struct message_leader *)transport_message_new(b->t, sizeof(*m), MESSAGE_LEADER);
    m->group = b->setup.group;
    m->node = leader;
    transport_send_one(b->t, to, &m->m);
}

static void propose_command(struct basecast *b, const struct command *c)
{
    memcpy(group_propose(b->group, ENTRY_SET_HARD, c->bytes), c, c->bytes);
}

/* ---- FIFO ---------------------------------------------------------------------------------- */

/* Is the order of all that c follows, as far as they come here, settled? Those not addressed to
 * this group do not count; the sender gives all that it follows a common destination with it. */
static bool may_come(const struct basecast *b, const struct command *c)
{
    struct command_id id = c->id;
    for (uint32_t i = 0; c->purpose != PURPOSE_HINT && i < c->follows; i++) {
        id.round--;
        const struct record *r = record_find(b, id);
        if (r ? !r->final : !sessions_seen(b->setup.sessions, id)) return false;
    }
    return true;
}

static void hold(struct basecast *b, const struct command *c)
{
    struct held **at = &b->held;
    for (; *at; at = &(*at)->next)
        if (command_id_equal((*at)->command.id, c->id)) return;
    *at = allocate(sizeof(**at) + c->bytes - sizeof((*at)->command));
    (*at)->next = NULL;
    memcpy(&(*at)->command, c, c->bytes);
}

static void held_propose(struct basecast *b)
{
    for (struct held **at = &b->held; *at;) {
        struct held *h = *at;
        if (!may_come(b, &h->command)) {
            at = &h->next;
            continue;
        }
        if (!sessions_seen(b->setup.sessions, h->command.id)) propose_command(b, &h->command);
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

/* Addressed to this group, and to groups that exist. */
static bool addressed(const struct basecast *b, const struct command *c)
{
    return group_set_has(&c->dests, b->setup.group) &&
           group_set_next(&c->dests, b->setup.topology->groups) == GROUPS_MAX;
}

static void on_start(struct basecast *b, uint32_t from, const struct command *c)
{
    if (!addressed(b, c)) return;
    if (!group_leading(b->group))
        point_to_leader(b, from);
    else if (sessions_seen(b->setup.sessions, c->id))
        b->setup.events->asked_again(b->setup.above, c->id);
    else if (may_come(b, c))
        propose_command(b, c);
    else
        hold(b, c);
}

static void on_hard(struct basecast *b, const struct message_hard *m)
{
    if (!group_leading(b->group)) {
        if (m->wants) point_to_leader(b, m->m.from);
        return;
    }
    b->leaders[m->group] = m->m.from;
    const struct record *r = record_find(b, m->id);
    if (m->wants && r && r->hard) transport_send_one(b->t, m->m.from, &hard_new(b, r, false)->m);
    bool known = r && group_set_has(&r->known, m->group);
    bool settled = !r && sessions_seen(b->setup.sessions, m->id);
    if (!known && !settled) {
        struct entry_sync_hard *e = group_propose(b->group, ENTRY_SYNC_HARD, sizeof(*e));
        *e = (struct entry_sync_hard){m->id, m->timestamp, m->through, m->group, 0};
    }
    if (m->wants && addressed(b, m->command) && !sessions_seen(b->setup.sessions, m->id))
        propose_command(b, m->command);
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
    bool alone = group_set_single(&c->dests);
    if (alone && b->heap_count == 0) {
        deliver(b, c, hard); /* the common case: nothing to wait for, nothing to copy */
        return;
    }
    struct record *r = alone ? record_new(b) : record_find(b, c->id);
    if (!r) r = record_add(b, c->id);
    r->command = command_copy(c);
    r->dests = c->dests;
    r->hard = hard;
    r->asked_ns = transport_now(b->t);
    heap_push(b, r);
    timestamp_known(b, r, b->setup.group, hard);
    if (!alone && group_leading(b->group)) hard_announce(b, r);
    drain(b);
}

static void apply_sync_hard(struct basecast *b, const struct entry_sync_hard *e)
{
    if (e->through > b->through[e->group]) b->through[e->group] = e->through;
    struct record *r = record_find(b, e->id);
    if (!r) {
        if (sessions_seen(b->setup.sessions, e->id)) return;
        r = record_add(b, e->id);
    }
    if (group_set_has(&r->known, e->group)) return;
    timestamp_known(b, r, e->group, e->timestamp);
    drain(b);
}

static void apply(void *above, const uint8_t *entries, uint32_t bytes)
{
    struct basecast *b = above;
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
}

/* A new leader takes over the announcements that the old one may not have sent. */
static void on_leading(void *above, bool leading, uint64_t ballot)
{
    struct basecast *b = above;
    if (leading) {
        struct observer *o = b->setup.observer;
        if (o) o->ops->leading(o, b->t->self, b->setup.group, transport_now(b->t), ballot);
        for (uint32_t i = 0; i < b->heap_count; i++)
            if (!b->heap[i].record->final) hard_announce(b, b->heap[i].record);
        b->t->ops->timer_set(b->t, TIMER_MULTICAST, b->setup.timing->retry_ns);
    } else {
        b->t->ops->timer_cancel(b->t, TIMER_MULTICAST);
        held_forget(b);
    }
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
    for (uint32_t g = 0; g < setup->topology->groups; g++)
        b->leaders[g] = topology_replica(setup->topology, g, 0);
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
    if (m->kind == MESSAGE_START) {
        on_start(b, m->from, ((struct message_start *)m)->command);
    } else if (m->kind == MESSAGE_HARD) {
        if (((struct message_hard *)m)->group < b->setup.topology->groups)
            on_hard(b, (struct message_hard *)m);
    } else if (m->kind == MESSAGE_LEADER) {
        const struct message_leader *l = (struct message_leader *)m;
        if (topology_group(b->setup.topology, l->node) == l->group) b->leaders[l->group] = l->node;
    } else {
        return false;
    }
    return true;
}

/* The leader asks for what it has missed for long, each time with twice the patience. */
static void ask_for_missing(struct basecast *b)
{
    uint64_t now = transport_now(b->t);
    for (uint32_t i = 0; i < b->heap_count; i++) {
        struct record *r = b->heap[i].record;
        uint32_t doublings = r->asked_count < 6 ? r->asked_count : 6;
        if (r->final || now - r->asked_ns < b->setup.timing->retry_ns << doublings) continue;
        r->asked_ns = now;
        r->asked_count++;
        hard_ask(b, r);
    }
}

static bool basecast_on_timer(struct multicast *base, uint32_t timer)
{
    struct basecast *b = (struct basecast *)base;
    if (timer == TIMER_GROUP) {
        group_on_timer(b->group);
    } else if (timer == TIMER_MULTICAST) {
        b->t->ops->timer_set(b->t, TIMER_MULTICAST, b->setup.timing->retry_ns);
        ask_for_missing(b);
    } else {
        return false;
    }
    return true;
}

static void basecast_flush(struct multicast *m)
{
    group_flush(((struct basecast *)m)->group);
}

static void basecast_set_executed(struct multicast *m, uint64_t timestamp)
{
    group_set_progress(((struct basecast *)m)->group, timestamp);
}

static uint32_t basecast_pending(const struct multicast *m)
{
    return ((const struct basecast *)m)->heap_count;
}

static uint64_t basecast_executed_min(const struct multicast *m)
{
    return group_progress_min(((const struct basecast *)m)->group);
}

/* To the believed leaders; from the second time on to everybody, for the belief may be wrong. */
static void send_start(struct transport *t, const struct topology *topology,
                       const uint32_t *leaders, const struct command *c,
                       const struct group_set *dests, uint32_t attempt)
{
    uint32_t to[GROUPS_MAX * REPLICAS_MAX];
    uint32_t count = 0;
    group_set_each (g, dests)
        if (attempt == 1)
            to[count++] = leaders[g];
        else
            for (uint32_t i = 0; i < topology->replicas; i++)
                to[count++] = topology_replica(topology, g, i);
    uint32_t size = (uint32_t)sizeof(struct message_start) + c->bytes;
    struct message_start *m = (struct message_start *)transport_message_new(t, size, MESSAGE_START);
    m->m.opaque_bytes = c->request_bytes;
    memcpy(m->command, c, c->bytes);
    t->ops->message_send(t, to, count, &m->m);
}

static void basecast_send(struct transport *t, const struct topology *topology,
                          const uint32_t *leaders, const struct command *c, uint32_t attempt)
{
    send_start(t, topology, leaders, c, &c->dests, attempt);
}

static void basecast_submit(struct multicast *m, const struct command *c, uint32_t attempt)
{
    struct basecast *b = (struct basecast *)m;
    struct group_set others = c->dests;
    if (group_set_has(&others, b->setup.group)) {
        group_set_remove(&others, b->setup.group);
        if (!sessions_seen(b->setup.sessions, c->id)) propose_command(b, c);
    }
    if (group_set_next(&others, 0) < GROUPS_MAX)
        send_start(b->t, b->setup.topology, b->leaders, c, &others, attempt);
}

const struct multicast_ops basecast_ops = {
    .name = "basecast",
    .summary = "Skeen over Paxos groups (FT-Skeen), 3 steps to one group, 6 to several",
    .create = basecast_create,
    .destroy = basecast_destroy,
    .start = basecast_start,
    .on_message = basecast_on_message,
    .on_timer = basecast_on_timer,
    .flush = basecast_flush,
    .set_executed = basecast_set_executed,
    .executed_min = basecast_executed_min,
    .pending = basecast_pending,
    .submit = basecast_submit,
    .send = basecast_send,
};

bool basecast_entries_valid(const uint8_t *entries, uint32_t bytes)
{
    for (uint32_t at = 0; at < bytes;) {
        const struct entry *e = (const struct entry *)(entries + at);
        const struct entry_sync_hard *sync = (const struct entry_sync_hard *)(e + 1);
        uint32_t room = e->bytes - (uint32_t)sizeof(*e);
        bool valid =
            e->kind == ENTRY_SET_HARD
                ? command_valid((const struct command *)(e + 1), room)
                : e->kind == ENTRY_SYNC_HARD && room == sizeof(*sync) && sync->group < GROUPS_MAX;
        if (!valid) return false;
        at += e->bytes;
    }
    return true;
}

bool basecast_message_valid(const struct message *m)
{
    const struct message_hard *h = (const struct message_hard *)m;
    if (m->kind != MESSAGE_HARD || m->bytes < sizeof(*h) || h->group >= GROUPS_MAX) return false;
    if (!h->wants) return m->bytes == sizeof(*h);
    return command_valid(h->command, m->bytes - sizeof(*h)) &&
           command_id_equal(h->command->id, h->id);
}
