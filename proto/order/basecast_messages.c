/* basecast_messages.c - BaseCast's messages: commands, timestamps, leader announcements; and loss
 * detection (basecast.h). */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "proto/order/basecast_state.h"

enum {
    MISSED_ANSWERS_MAX = 64, /* HARDs that answer one MISSED */
    LEADER_ATTEMPTS = 3,     /* a command is sent to leaders only */
    INQUIRY_BYTES = 4096,    /* a larger payload is retransmitted only on WANTED */
    ANNOUNCE_NODES = 64,     /* announcements sent between two heartbeats */
};

/* ---- timestamps to other groups ------------------------------------------------------------ */

static struct message_hard *hard_new(struct basecast *b, const struct record *r, uint32_t flags)
{
    bool carries = flags & HARD_CARRIES;
    ASSERT(!carries || r->command);
    ASSERT(b->delivered >> TIMESTAMP_GROUP_BITS <= b->clock);
    uint32_t size = (uint32_t)sizeof(struct message_hard) + (carries ? r->command->bytes : 0);
    struct message_hard *m = (struct message_hard *)transport_message_new(b->t, size, MESSAGE_HARD);
    m->id = r->node.id;
    m->timestamp = r->hard;
    m->previous = 0;
    m->through = b->delivered;
    m->group = b->setup.group;
    m->flags = flags;
    if (carries) {
        memcpy(m->command, r->command, r->command->bytes);
        m->m.opaque_bytes = r->command->request_bytes;
    }
    return m;
}

/* To the leader of a group, or to another replica that relays it. */
static void hard_send(struct basecast *b, uint32_t group, struct message_hard *m)
{
    uint32_t contact = route_contact(&b->route, group);
    if (contact != b->route.leader[group]) m->flags |= HARD_RELAY;
    transport_send_one(b->t, contact, &m->m);
}

void basecast_announce(struct basecast *b, const struct record *r)
{
    ASSERT(group_leading(b->group));
    ASSERT(r->hard > b->delivered);
    group_set_each (h, &r->dests) {
        if (h == b->setup.group) continue;
        struct message_hard *m = hard_new(b, r, 0);
        m->previous = b->given_last[h];
        ASSERT(m->previous < m->timestamp);
        hard_send(b, h, m);
        group_keep_alive(b->group);
    }
}

/* Request a command's missing timestamps. From the second time on from all members: the leader may
 * have changed, or the link to it may be broken. The command itself is sent only to a group that
 * requests it, since it may be large. */
static void ask(struct basecast *b, struct record *r)
{
    ASSERT(group_leading(b->group));
    ASSERT(!r->final);
    struct group_set missing = r->dests;
    group_set_subtract(&missing, &r->known);
    ASSERT(group_set_next(&missing, 0) < GROUPS_MAX);
    r->asked_ns = transport_now(b->t);
    transport_mark(b->t, r->asked ? MARK_TIMESTAMP_ASKED_ALL : MARK_TIMESTAMP_ASKED);
    if (r->asked++ == 0) {
        group_set_each (h, &missing) hard_send(b, h, hard_new(b, r, HARD_ASKS));
    } else {
        uint32_t to[GROUPS_MAX * REPLICAS_MAX];
        uint32_t count = route_replicas(&b->route, &missing, GROUPS_MAX, to);
        b->t->ops->message_send(b->t, to, count, &hard_new(b, r, HARD_ASKS | HARD_RELAY)->m);
    }
    group_keep_alive(b->group);
}

static void ask_for_command(struct basecast *b, const struct record *r, uint32_t group)
{
    transport_mark(b->t, MARK_COMMAND_ASKED);
    hard_send(b, group, hard_new(b, r, HARD_ASKS_COMMAND));
}

/* ---- what is missing ----------------------------------------------------------------------- */

/* The time-out for a START, measured from the first HARD. `again`: the sender has waited for
 * long. */
static void expect_command(struct basecast *b, struct record *r, uint32_t group, bool again)
{
    ASSERT(!r->command_proposed);
    ASSERT(!r->hard);
    uint64_t now = transport_now(b->t);
    if (r->early_ns && !again) return;
    if (!r->early_ns) r->early_ns = now;
    if (again || b->start_delays.mean_ns == 0) {
        ask_for_command(b, r, group);
        return;
    }
    if (b->early_first == b->early_count) b->early_first = b->early_count = 0;
    if (b->early_count == b->early_capacity) {
        b->early_capacity = b->early_capacity ? 2 * b->early_capacity : 64;
        b->early = reallocate(b->early, b->early_capacity * sizeof(*b->early));
    }
    b->early[b->early_count++] = (struct early){
        now + timing_patience_ns(b->setup.timing, &b->start_delays, 0), r->node.id, group};
    basecast_watch(b);
}

static void ask_for_early(struct basecast *b, uint64_t now)
{
    ASSERT(b->early_first <= b->early_count);
    ASSERT(b->early_count <= b->early_capacity);
    for (; b->early_first < b->early_count && b->early[b->early_first].due_ns <= now;
         b->early_first++) {
        const struct early *e = &b->early[b->early_first];
        const struct record *r = basecast_find(b, e->id);
        if (r && !r->command_proposed && !r->hard) ask_for_command(b, r, e->group);
    }
}

/* When the missing timestamps of a command are to be requested. */
static uint64_t due_ns(const struct basecast *b, const struct record *r)
{
    return r->asked_ns + timing_patience_ns(b->setup.timing, &b->answers, r->asked);
}

static bool overdue(const struct basecast *b, const struct record *r, uint64_t now)
{
    return !r->final && now >= due_ns(b, r);
}

/* One timer, set when none is: where it fires too early it is set again. Only the first command in
 * the order blocks others; when its time-out expires, the timestamps of all expired ones are
 * requested. */
void basecast_watch(struct basecast *b)
{
    bool waits = b->heap_count > 0 && !b->heap[0].record->final;
    ASSERT(!waits || b->heap[0].record->hard > b->delivered);
    if (b->timer_set || !group_leading(b->group)) return;
    uint64_t now = transport_now(b->t);
    uint64_t first_ns = waits ? due_ns(b, b->heap[0].record) : UINT64_MAX;
    if (b->early_first < b->early_count && b->early[b->early_first].due_ns < first_ns)
        first_ns = b->early[b->early_first].due_ns;
    if (first_ns == UINT64_MAX) return;
    b->timer_set = true;
    b->t->ops->timer_set(b->t, TIMER_MULTICAST, first_ns > now ? first_ns - now : 1);
}

void basecast_look_after(struct basecast *b)
{
    uint64_t now = transport_now(b->t);
    b->timer_set = false;
    if (!group_leading(b->group)) return;
    ask_for_early(b, now);
    if (b->heap_count && overdue(b, b->heap[0].record, now))
        for (uint32_t i = 0; i < b->heap_count; i++)
            if (overdue(b, b->heap[i].record, now)) ask(b, b->heap[i].record);
    basecast_watch(b);
}

/* HARDs of one group are sent in the order of its timestamps, each naming the one before. */
static void look_for_gap(struct basecast *b, const struct message_hard *m)
{
    uint64_t *heard = &b->received_through[m->group];
    if (*heard && m->previous > *heard) {
        transport_mark(b->t, MARK_TIMESTAMPS_MISSED);
        struct message_missed *missed =
            (struct message_missed *)transport_message_new(b->t, sizeof(*missed), MESSAGE_MISSED);
        missed->after = *heard;
        missed->through = m->previous;
        missed->group = b->setup.group;
        missed->reserved = 0;
        bool direct = topology_group(b->setup.topology, m->m.from) == m->group;
        transport_send_one(b->t, direct ? m->m.from : route_contact(&b->route, m->group),
                           &missed->m);
    }
    if (m->previous && m->timestamp > *heard) *heard = m->timestamp;
}

/* Any replica can answer: applied entries are decided. */
static void on_missed(struct basecast *b, const struct message_missed *m)
{
    ASSERT(m->group < b->setup.topology->groups);
    uint32_t low = 0, high = b->given_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (b->given[middle].hard <= m->after)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t answers = 0;
    for (; low < b->given_count && b->given[low].hard <= m->through; low++) {
        const struct record *r = basecast_find(b, b->given[low].id);
        if (!r || !group_set_has(&r->dests, m->group)) continue;
        transport_send_one(b->t, m->m.from, &hard_new(b, r, 0)->m);
        if (++answers == MISSED_ANSWERS_MAX) return;
    }
}

/* ---- leaders --------------------------------------------------------------------------------- */

static struct message *leader_new(struct basecast *b)
{
    struct message_leader *m =
        (struct message_leader *)transport_message_new(b->t, sizeof(*m), MESSAGE_LEADER);
    m->group = b->setup.group;
    m->node = group_leader(b->group);
    ASSERT(topology_group(b->setup.topology, m->node) == m->group);
    m->ballot = group_ballot(b->group);
    return &m->m;
}

static void point_to_leader(struct basecast *b, uint32_t to)
{
    uint32_t leader = group_leader(b->group);
    if (leader == UINT32_MAX || leader == b->t->self) return;
    transport_mark(b->t, MARK_POINTED_TO_LEADER);
    transport_send_one(b->t, to, leader_new(b));
}

/* To all nodes of other groups, and all clients. */
static void announce_leader(struct basecast *b)
{
    ASSERT(group_leading(b->group));
    struct message *m = leader_new(b);
    uint32_t to[ANNOUNCE_NODES], count = 0;
    uint32_t nodes = topology_nodes(b->setup.topology);
    for (uint32_t node = 0; node < nodes; node++) {
        if (topology_group(b->setup.topology, node) != b->setup.group) to[count++] = node;
        if (count < ANNOUNCE_NODES && node + 1 < nodes) continue;
        b->t->ops->message_send(b->t, to, count, b->t->ops->message_retain(b->t, m));
        group_keep_alive(b->group);
        count = 0;
    }
    b->t->ops->message_release(b->t, m);
}

static bool record_forget_proposals(void *context, struct idmap_node *node)
{
    struct record *r = (struct record *)node;
    (void)context;
    r->proposed = r->known;
    r->command_proposed = false;
    r->early_ns = 0;
    return true;
}

/* The former leader's messages may not have been sent; those it received may not be in the log. */
void basecast_take_over(struct basecast *b, uint64_t ballot)
{
    ASSERT(group_leading(b->group));
    ASSERT(ballot == group_ballot(b->group));
    idmap_filter(&b->records, record_forget_proposals, b);
    memset(b->received_through, 0, sizeof(b->received_through));
    b->early_first = b->early_count = 0;
    if (ballot >> 8 > 1) announce_leader(b); /* the first is known */
    for (uint32_t i = 0; i < b->heap_count; i++) {
        struct record *r = b->heap[i].record;
        r->asked = 0;
        r->since_ns = transport_now(b->t);
        if (!r->final) ask(b, r);
    }
    basecast_watch(b);
}

static void on_leader(struct basecast *b, const struct message_leader *m)
{
    if (m->group == b->setup.group || !route_learn(&b->route, m->group, m->node, m->ballot)) return;
    b->received_through[m->group] = 0;
    for (uint32_t i = 0; group_leading(b->group) && i < b->heap_count; i++) {
        struct record *r = b->heap[i].record;
        if (r->final || !group_set_has(&r->dests, m->group)) continue;
        if (group_set_has(&r->known, m->group)) continue;
        r->asked = 0;
        r->since_ns = transport_now(b->t);
        ask(b, r);
    }
    b->setup.events->leader_changed(b->setup.above, m->group);
}

/* ---- commands ------------------------------------------------------------------------------ */

/* Addressed to this group? Else it is refused. */
static bool addressed(struct basecast *b, const struct message *m, const struct command *c)
{
    if (group_set_has(&c->dests, b->setup.group)) return true;
    transport_refuse(b->t, m);
    return false;
}

/* A copy to this group's leader: received messages must not be sent. */
static void relay(struct basecast *b, const struct message *m)
{
    uint32_t leader = group_leader(b->group);
    if (leader == UINT32_MAX) return;
    ASSERT(leader != b->t->self);
    transport_mark(b->t, MARK_RELAYED);
    struct message *copy = transport_message_new(b->t, m->bytes, (enum message_kind)m->kind);
    copy->opaque_bytes = m->opaque_bytes;
    memcpy(copy + 1, m + 1, m->bytes - sizeof(*m));
    if (m->kind == MESSAGE_START)
        ((struct message_start *)copy)->relay = 0;
    else
        ((struct message_hard *)copy)->flags &= ~(uint32_t)HARD_RELAY;
    transport_send_one(b->t, leader, copy);
}

/* A command that is not in the log yet. */
static void admit(struct basecast *b, const struct command *c)
{
    ASSERT(group_leading(b->group));
    if (basecast_may_come(b, c))
        basecast_propose(b, c);
    else
        basecast_hold(b, c);
}

static void send_wanted(struct basecast *b, uint32_t to, struct command_id id)
{
    struct message_wanted *m =
        (struct message_wanted *)transport_message_new(b->t, sizeof(*m), MESSAGE_WANTED);
    m->id = id;
    m->group = b->setup.group;
    transport_send_one(b->t, to, &m->m);
}

/* The leader's answer to an inquiry that this replica relayed. */
static void on_wanted(struct basecast *b, const struct message_wanted *m)
{
    if (m->id.client >= b->setup.topology->clients || m->group != b->setup.group) {
        transport_refuse(b->t, &m->m);
        return;
    }
    send_wanted(b, topology_client(b->setup.topology, m->id.client), m->id);
}

static void on_start(struct basecast *b, const struct message_start *m)
{
    const struct command *c = m->command;
    if (!addressed(b, &m->m, c)) return;
    if (!group_leading(b->group)) {
        if (!m->relay) {
            point_to_leader(b, m->m.from);
            return;
        }
        relay(b, &m->m);
        b->setup.events->asked_here(b->setup.above, c->id);
        return;
    }
    struct record *r = group_set_single(&c->dests) ? NULL : basecast_find(b, c->id);
    if (r && r->early_ns) {
        patience_sample(&b->start_delays, transport_now(b->t) - r->early_ns);
        r->early_ns = 0;
    }
    if (sessions_seen(b->setup.sessions, c->id)) {
        transport_mark(b->t, MARK_COMMAND_AGAIN);
        b->setup.events->asked_again(b->setup.above, c->id);
    } else if (!m->inquiry) {
        admit(b, c);
    } else if (!(r && r->command_proposed) &&
               !sessions_proposed(b->setup.sessions, c->id, group_ballot(b->group))) {
        transport_mark(b->t, MARK_PAYLOAD_WANTED);
        send_wanted(b, m->m.from, c->id);
    }
}

/* ---- timestamps of other groups ------------------------------------------------------------ */

/* What the sender requests is sent to it or, where that was relayed, to its group's contact. */
static void answer_hard(struct basecast *b, const struct message_hard *m, const struct record *r)
{
    uint32_t flags = 0;
    if (m->flags & HARD_ASKS_COMMAND && r->command) flags = HARD_CARRIES;
    if (!(m->flags & HARD_ASKS && r->hard) && !flags) return;
    struct message_hard *answer = hard_new(b, r, flags);
    if (flags) transport_mark(b->t, MARK_COMMAND_CARRIED);
    if (topology_group(b->setup.topology, m->m.from) == m->group)
        transport_send_one(b->t, m->m.from, &answer->m);
    else
        hard_send(b, m->group, answer);
}

static void on_hard_aside(struct basecast *b, const struct message_hard *m)
{
    const struct record *r = basecast_find(b, m->id);
    if (r) answer_hard(b, m, r);
    if (m->flags & HARD_RELAY)
        relay(b, &m->m);
    else
        point_to_leader(b, m->m.from);
}

/* Of another group, by one of its members or relayed by one of this group. */
static bool hard_believable(const struct basecast *b, const struct message_hard *m)
{
    uint32_t by = topology_group(b->setup.topology, m->m.from);
    return m->group != b->setup.group && (by == m->group || by == b->setup.group);
}

static void on_hard(struct basecast *b, const struct message_hard *m)
{
    if (!hard_believable(b, m)) {
        transport_refuse(b->t, &m->m);
        return;
    }
    if (!group_leading(b->group)) {
        on_hard_aside(b, m);
        return;
    }
    look_for_gap(b, m);
    struct record *r = basecast_find(b, m->id);
    bool seen = sessions_seen(b->setup.sessions, m->id);
    if (!r && seen) return; /* all have delivered it */
    if (!r) r = basecast_add(b, m->id);
    answer_hard(b, m, r);
    if (m->timestamp && !group_set_has(&r->proposed, m->group)) {
        group_set_add(&r->proposed, m->group);
        struct entry_sync_hard *e = group_propose(b->group, ENTRY_SYNC_HARD, sizeof(*e));
        *e = (struct entry_sync_hard){m->id, m->timestamp, m->through, m->group, 0};
    }
    if (seen || r->command_proposed) return;
    if (!(m->flags & HARD_CARRIES))
        expect_command(b, r, m->group, m->flags & HARD_ASKS);
    else if (addressed(b, &m->m, m->command))
        admit(b, m->command);
}

bool basecast_handle(struct basecast *b, struct message *m)
{
    switch (m->kind) {
    case MESSAGE_START:
        on_start(b, (const struct message_start *)m);
        return true;
    case MESSAGE_WANTED:
        on_wanted(b, (const struct message_wanted *)m);
        return true;
    case MESSAGE_HARD:
        on_hard(b, (const struct message_hard *)m);
        return true;
    case MESSAGE_MISSED:
        on_missed(b, (const struct message_missed *)m);
        return true;
    case MESSAGE_LEADER:
        on_leader(b, (const struct message_leader *)m);
        return true;
    default:
        return false;
    }
}

/* ---- sending commands ---------------------------------------------------------------------- */

static void send_start(struct transport *t, const struct command *c, const uint32_t *to,
                       uint32_t count, bool relays, bool inquires)
{
    if (count == 0) return;
    uint32_t size = (uint32_t)sizeof(struct message_start) + c->bytes;
    struct message_start *m = (struct message_start *)transport_message_new(t, size, MESSAGE_START);
    m->m.opaque_bytes = inquires ? 0 : c->request_bytes;
    m->relay = relays;
    m->inquiry = inquires;
    memcpy(m->command, c, c->bytes);
    t->ops->message_send(t, to, count, &m->m);
}

/* First to the leaders, or where the link to one is down to a replica that relays. After two
 * attempts without an answer, to all members, which relay: the leader may be unreachable.
 * `inquires`: a large payload is retransmitted only on WANTED. */
static void send_command(struct transport *t, const struct route *route, const struct command *c,
                         const struct group_set *dests, uint32_t attempt, bool inquires)
{
    ASSERT(attempt >= 1);
    uint32_t to[GROUPS_MAX * REPLICAS_MAX], relays[GROUPS_MAX];
    uint32_t count = 0, relay_count = 0;
    if (attempt > LEADER_ATTEMPTS) {
        transport_mark(t, MARK_SENT_TO_ALL);
        count = route_replicas(route, dests, GROUPS_MAX, to);
        send_start(t, c, to, count, true, inquires);
        return;
    }
    group_set_each (g, dests) {
        uint32_t contact = route_contact(route, g);
        if (contact == route->leader[g])
            to[count++] = contact;
        else
            relays[relay_count++] = contact;
    }
    send_start(t, c, to, count, false, inquires);
    send_start(t, c, relays, relay_count, true, inquires);
}

void basecast_send(struct transport *t, const struct route *route, const struct command *c,
                   const struct group_set *dests, uint32_t attempt)
{
    send_command(t, route, c, dests, attempt, attempt > 1 && c->request_bytes > INQUIRY_BYTES);
}

void basecast_submit(struct multicast *m, const struct command *c, uint32_t attempt)
{
    struct basecast *b = (struct basecast *)m;
    struct group_set others = c->dests;
    ASSERT(group_leading(b->group));
    if (group_set_has(&others, b->setup.group)) {
        group_set_remove(&others, b->setup.group);
        if (!sessions_seen(b->setup.sessions, c->id)) basecast_propose(b, c);
    }
    send_command(b->t, &b->route, c, &others, attempt, false);
}

/* ---- validation ---------------------------------------------------------------------------- */

/* By a member of the group it speaks of, or relayed by one of the receiver's. */
static bool hard_valid(const struct message_hard *h, const struct limits *l)
{
    if (h->group >= l->topology->groups || !limits_replica(l, h->m.from)) return false;
    if (!limits_id(l, h->id) || h->flags > HARD_FLAGS) return false;
    if (h->timestamp && !timestamp_believable(h->timestamp, h->group)) return false;
    if (h->previous && !timestamp_believable(h->previous, h->group)) return false;
    if (h->previous && h->previous >= h->timestamp) return false;
    if (h->through >> TIMESTAMP_GROUP_BITS > TIMESTAMP_COUNTER_MAX) return false;
    if (!(h->flags & HARD_CARRIES)) return h->m.bytes == sizeof(*h) && h->m.opaque_bytes == 0;
    return multicast_carried_valid(l, &h->m, h->command) &&
           command_id_equal(h->command->id, h->id) &&
           h->m.opaque_bytes == h->command->request_bytes;
}

static bool missed_valid(const struct message_missed *m, const struct limits *l)
{
    return m->m.bytes == sizeof(*m) && limits_replica(l, m->m.from) && m->after < m->through &&
           m->group == topology_group(l->topology, m->m.from);
}

bool basecast_message_valid(const struct message *m, const struct limits *l)
{
    if (m->kind == MESSAGE_MISSED) return missed_valid((const struct message_missed *)m, l);
    return m->kind == MESSAGE_HARD && m->bytes >= sizeof(struct message_hard) &&
           hard_valid((const struct message_hard *)m, l);
}
