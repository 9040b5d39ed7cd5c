/* basecast_messages.c - timestamps between groups, and detection of lost ones (basecast.h). */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "proto/order/basecast_state.h"

enum {
    MISSED_ANSWERS_MAX = 64, /* HARDs that answer one MISSED */
};

/* ---- timestamps to other groups ------------------------------------------------------------ */

static struct message_hard *hard_new(struct basecast *b, const struct record *r, uint32_t flags)
{
    bool carries = flags & HARD_CARRIES;
    ASSERT(!carries || r->command);
    ASSERT(b->base.delivered >> TIMESTAMP_GROUP_BITS <= b->clock);
    uint32_t size = (uint32_t)sizeof(struct message_hard) + (carries ? r->command->bytes : 0);
    struct message_hard *m =
        (struct message_hard *)transport_message_new(b->base.t, size, MESSAGE_HARD);
    m->id = r->node.id;
    m->timestamp = r->hard;
    m->previous = 0;
    m->through = b->base.delivered;
    m->group = b->base.setup.group;
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
    uint32_t contact = route_contact(&b->base.route, group);
    if (contact != b->base.route.leader[group]) m->flags |= HARD_RELAY;
    transport_send_one(b->base.t, contact, &m->m);
}

void basecast_announce(struct basecast *b, const struct record *r)
{
    ASSERT(group_leading(b->base.group));
    ASSERT(r->hard > b->base.delivered);
    group_set_each (h, &r->dests) {
        if (h == b->base.setup.group) continue;
        struct message_hard *m = hard_new(b, r, 0);
        m->previous = b->given_last[h];
        ASSERT(m->previous < m->timestamp);
        hard_send(b, h, m);
        group_keep_alive(b->base.group);
    }
}

/* Request a command's missing timestamps. From the second time on from all members: the leader may
 * have changed, or the link to it may be broken. The command itself is sent only to a group that
 * requests it, since it may be large. */
static void ask(struct basecast *b, struct record *r)
{
    ASSERT(group_leading(b->base.group));
    ASSERT(!r->final);
    struct group_set missing = r->dests;
    group_set_subtract(&missing, &r->known);
    ASSERT(group_set_next(&missing, 0) < GROUPS_MAX);
    r->asked_ns = transport_now(b->base.t);
    transport_mark(b->base.t, r->asked ? MARK_TIMESTAMP_ASKED_ALL : MARK_TIMESTAMP_ASKED);
    if (r->asked++ == 0) {
        group_set_each (h, &missing) hard_send(b, h, hard_new(b, r, HARD_ASKS));
    } else {
        uint32_t to[GROUPS_MAX * REPLICAS_MAX];
        uint32_t count = route_replicas(&b->base.route, &missing, GROUPS_MAX, to);
        b->base.t->ops->message_send(b->base.t, to, count,
                                     &hard_new(b, r, HARD_ASKS | HARD_RELAY)->m);
    }
    group_keep_alive(b->base.group);
}

static void ask_for_command(struct basecast *b, const struct record *r, uint32_t group)
{
    transport_mark(b->base.t, MARK_COMMAND_ASKED);
    hard_send(b, group, hard_new(b, r, HARD_ASKS_COMMAND));
}

/* ---- what is missing ----------------------------------------------------------------------- */

/* The time-out for a START, measured from the first HARD. `again`: the sender has waited for
 * long. */
static void expect_command(struct basecast *b, struct record *r, uint32_t group, bool again)
{
    ASSERT(!r->command_proposed);
    ASSERT(!r->hard);
    uint64_t now = transport_now(b->base.t);
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
        now + timing_patience_ns(b->base.setup.timing, &b->start_delays, 0), r->node.id, group};
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
    return r->asked_ns + timing_patience_ns(b->base.setup.timing, &b->answers, r->asked);
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
    ASSERT(!waits || b->heap[0].record->hard > b->base.delivered);
    if (b->timer_set || !group_leading(b->base.group)) return;
    uint64_t now = transport_now(b->base.t);
    uint64_t first_ns = waits ? due_ns(b, b->heap[0].record) : UINT64_MAX;
    if (b->early_first < b->early_count && b->early[b->early_first].due_ns < first_ns)
        first_ns = b->early[b->early_first].due_ns;
    if (first_ns == UINT64_MAX) return;
    b->timer_set = true;
    b->base.t->ops->timer_set(b->base.t, TIMER_MULTICAST, first_ns > now ? first_ns - now : 1);
}

void basecast_look_after(struct basecast *b)
{
    uint64_t now = transport_now(b->base.t);
    b->timer_set = false;
    if (!group_leading(b->base.group)) return;
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
        transport_mark(b->base.t, MARK_TIMESTAMPS_MISSED);
        struct message_missed *missed = (struct message_missed *)transport_message_new(
            b->base.t, sizeof(*missed), MESSAGE_MISSED);
        missed->after = *heard;
        missed->through = m->previous;
        missed->group = b->base.setup.group;
        missed->reserved = 0;
        bool direct = topology_group(b->base.setup.topology, m->m.from) == m->group;
        transport_send_one(b->base.t, direct ? m->m.from : route_contact(&b->base.route, m->group),
                           &missed->m);
    }
    if (m->previous && m->timestamp > *heard) *heard = m->timestamp;
}

/* Any replica can answer: applied entries are decided. */
static void on_missed(struct basecast *b, const struct message_missed *m)
{
    ASSERT(m->group < b->base.setup.topology->groups);
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
        transport_send_one(b->base.t, m->m.from, &hard_new(b, r, 0)->m);
        if (++answers == MISSED_ANSWERS_MAX) return;
    }
}

/* ---- leaders --------------------------------------------------------------------------------- */

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
void basecast_take_over(struct multicast *m)
{
    struct basecast *b = (struct basecast *)m;
    ASSERT(group_leading(b->base.group));
    idmap_filter(&b->records, record_forget_proposals, b);
    memset(b->received_through, 0, sizeof(b->received_through));
    b->early_first = b->early_count = 0;
    for (uint32_t i = 0; i < b->heap_count; i++) {
        struct record *r = b->heap[i].record;
        r->asked = 0;
        r->since_ns = transport_now(b->base.t);
        if (!r->final) ask(b, r);
    }
    basecast_watch(b);
}

void basecast_leader_changed(struct multicast *m, uint32_t group)
{
    struct basecast *b = (struct basecast *)m;
    b->received_through[group] = 0;
    for (uint32_t i = 0; group_leading(b->base.group) && i < b->heap_count; i++) {
        struct record *r = b->heap[i].record;
        if (r->final || !group_set_has(&r->dests, group)) continue;
        if (group_set_has(&r->known, group)) continue;
        r->asked = 0;
        r->since_ns = transport_now(b->base.t);
        ask(b, r);
    }
}

/* A HARD may have come before: measures how much later its START is. */
void basecast_started(struct multicast *m, const struct command *c)
{
    struct basecast *b = (struct basecast *)m;
    struct record *r = group_set_single(&c->dests) ? NULL : basecast_find(b, c->id);
    if (!r || !r->early_ns) return;
    patience_sample(&b->start_delays, transport_now(b->base.t) - r->early_ns);
    r->early_ns = 0;
}

/* ---- timestamps of other groups ------------------------------------------------------------ */

/* What the sender requests is sent to it or, where that was relayed, to its group's contact. */
static void answer_hard(struct basecast *b, const struct message_hard *m, const struct record *r)
{
    uint32_t flags = 0;
    if (m->flags & HARD_ASKS_COMMAND && r->command) flags = HARD_CARRIES;
    if (!(m->flags & HARD_ASKS && r->hard) && !flags) return;
    struct message_hard *answer = hard_new(b, r, flags);
    if (flags) transport_mark(b->base.t, MARK_COMMAND_CARRIED);
    if (topology_group(b->base.setup.topology, m->m.from) == m->group)
        transport_send_one(b->base.t, m->m.from, &answer->m);
    else
        hard_send(b, m->group, answer);
}

static void relay(struct basecast *b, const struct message_hard *m)
{
    struct message *copy = multicast_relay_new(&b->base, &m->m);
    if (!copy) return;
    ((struct message_hard *)copy)->flags &= ~(uint32_t)HARD_RELAY;
    transport_send_one(b->base.t, group_leader(b->base.group), copy);
}

static void on_hard_aside(struct basecast *b, const struct message_hard *m)
{
    const struct record *r = basecast_find(b, m->id);
    if (r) answer_hard(b, m, r);
    if (m->flags & HARD_RELAY)
        relay(b, m);
    else
        multicast_point_to_leader(&b->base, m->m.from);
}

/* Of another group, by one of its members or relayed by one of this group. */
static bool hard_believable(const struct basecast *b, const struct message_hard *m)
{
    uint32_t by = topology_group(b->base.setup.topology, m->m.from);
    return m->group != b->base.setup.group && (by == m->group || by == b->base.setup.group);
}

static void on_hard(struct basecast *b, const struct message_hard *m)
{
    if (!hard_believable(b, m)) {
        transport_refuse(b->base.t, &m->m);
        return;
    }
    if (!group_leading(b->base.group)) {
        on_hard_aside(b, m);
        return;
    }
    look_for_gap(b, m);
    struct record *r = basecast_find(b, m->id);
    bool seen = sessions_seen(b->base.setup.sessions, m->id);
    if (!r && seen) return; /* all have delivered it */
    if (!r) r = basecast_add(b, m->id);
    answer_hard(b, m, r);
    if (m->timestamp && !group_set_has(&r->proposed, m->group)) {
        group_set_add(&r->proposed, m->group);
        struct entry_sync_hard *e = group_propose(b->base.group, ENTRY_SYNC_HARD, sizeof(*e));
        *e = (struct entry_sync_hard){m->id, m->timestamp, m->through, m->group, 0};
    }
    if (seen || r->command_proposed) return;
    if (!(m->flags & HARD_CARRIES))
        expect_command(b, r, m->group, m->flags & HARD_ASKS);
    else if (multicast_addressed(&b->base, &m->m, m->command))
        multicast_admit(&b->base, m->command);
}

void basecast_on_message(struct multicast *base, struct message *m)
{
    struct basecast *b = (struct basecast *)base;
    if (m->kind == MESSAGE_HARD)
        on_hard(b, (const struct message_hard *)m);
    else
        on_missed(b, (const struct message_missed *)m);
}

/* ---- the kinds ------------------------------------------------------------------------------- */

/* By a member of the group it speaks of, or relayed by one of the receiver's. */
static bool hard_valid(const struct message *m, const struct limits *l)
{
    const struct message_hard *h = (const struct message_hard *)m;
    if (m->bytes < sizeof(*h) || h->group >= l->topology->groups || !limits_replica(l, m->from))
        return false;
    if (!limits_id(l, h->id) || h->flags > HARD_FLAGS) return false;
    if (h->timestamp && !timestamp_believable(h->timestamp, h->group)) return false;
    if (h->previous && !timestamp_believable(h->previous, h->group)) return false;
    if (h->previous && h->previous >= h->timestamp) return false;
    if (h->through >> TIMESTAMP_GROUP_BITS > TIMESTAMP_COUNTER_MAX) return false;
    if (!(h->flags & HARD_CARRIES)) return m->bytes == sizeof(*h) && m->opaque_bytes == 0;
    return multicast_carried_valid(l, m, h->command) && command_id_equal(h->command->id, h->id) &&
           m->opaque_bytes == h->command->request_bytes;
}

static bool missed_valid(const struct message *m, const struct limits *l)
{
    const struct message_missed *missed = (const struct message_missed *)m;
    return m->bytes == sizeof(*missed) && limits_replica(l, m->from) &&
           missed->after < missed->through && missed->group == topology_group(l->topology, m->from);
}

static const struct message_field hard[] = {
    FIELD_AS("of", message_hard, id, FIELD_COMMAND), FIELD(message_hard, group, FIELD_NUMBER),
    FIELD(message_hard, timestamp, FIELD_NUMBER),    FIELD(message_hard, previous, FIELD_NUMBER),
    FIELD(message_hard, through, FIELD_NUMBER),      FIELD(message_hard, flags, FIELD_NUMBER)};
static const struct message_field missed[] = {FIELD(message_missed, group, FIELD_NUMBER),
                                              FIELD(message_missed, after, FIELD_NUMBER),
                                              FIELD(message_missed, through, FIELD_NUMBER)};

const struct multicast_message basecast_messages[BASECAST_MESSAGES] = {
    {MESSAGE_HARD, "hard", hard_valid, LAYOUT(hard)},
    {MESSAGE_MISSED, "missed", missed_valid, LAYOUT(missed)},
};
