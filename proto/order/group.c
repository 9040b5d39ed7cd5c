/* group.c - Multi-Paxos: the log, the leader, the follower. See group.h for the protocol. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "proto/order/group_state.h"

static void slots_grow(struct group *g, uint64_t slot)
{
    if (slot - g->first < g->capacity) return;
    uint64_t capacity = g->capacity;
    while (slot - g->first >= capacity) capacity *= 2;
    struct slot *slots = allocate_zeroed(capacity, sizeof(*slots));
    for (uint64_t s = g->first; s <= g->last; s++) slots[s & (capacity - 1)] = *slot_at(g, s);
    free(g->slots);
    g->slots = slots;
    g->capacity = capacity;
    ASSERT((g->capacity & (g->capacity - 1)) == 0);
    ASSERT(slot - g->first < g->capacity);
}

void group_slot_store(struct group *g, uint64_t slot, uint64_t ballot, struct message *value)
{
    ASSERT(slot >= g->first);
    ASSERT(slot > g->commit); /* a decided value never changes */
    slots_grow(g, slot);
    struct slot *s = slot_at(g, slot);
    if (slot > g->last) {
        for (uint64_t gap = g->last + 1; gap <= slot; gap++) *slot_at(g, gap) = (struct slot){0};
        g->last = slot;
    }
    ASSERT(s->ballot <= ballot || s->ballot == DECIDED);
    struct message *kept = g->t->ops->message_retain(g->t, value);
    if (s->value) g->t->ops->message_release(g->t, &s->value->m);
    s->value = (struct message_accept *)kept;
    s->ballot = ballot;
    group_record_slot(g, slot);
}

bool group_slot_far(struct group *g, const struct message_accept *m)
{
    if (m->slot <= g->commit + GROUP_SLOTS_AHEAD_MAX) return false;
    transport_refuse(g->t, &m->m);
    return true;
}

static void slots_forget(struct group *g, uint64_t through)
{
    uint64_t settled = group_settled(g);
    if (through > settled) through = settled;
    for (; g->first <= through; g->first++) {
        struct slot *s = slot_at(g, g->first);
        if (s->value) g->t->ops->message_release(g->t, &s->value->m);
        *s = (struct slot){0};
    }
    ASSERT(g->first <= g->applied + 1);
}

/* Hands decided batches to the layer above, in order. What that proposes meanwhile gathers in the
 * open batch. */
static void apply_decided(struct group *g)
{
    if (g->applying) return;
    g->applying = true;
    while (g->applied < g->commit) {
        struct slot *s = slot_at(g, g->applied + 1);
        ASSERT(g->applied < g->last);
        ASSERT(s->value);
        s->ballot = DECIDED;
        g->applied++;
        g->setup.events->apply(g->setup.above, s->value->entries, s->value->entry_bytes);
    }
    g->applying = false;
    ASSERT(g->applied == g->commit);
    slots_forget(g, g->stable);
}

void group_commit(struct group *g, uint64_t slot)
{
    if (slot <= g->commit) return;
    ASSERT(slot <= g->last);
    g->commit = slot;
    if (g->through < slot) g->through = slot;
    g->elections = 0;
    apply_decided(g);
}

/* ---- messages ------------------------------------------------------------------------------ */

struct message_group *group_message_new(struct group *g, enum message_kind kind)
{
    struct message_group *m = (struct message_group *)transport_message_new(g->t, sizeof(*m), kind);
    m->ballot = g->ballot;
    m->commit = g->commit;
    m->through = 0;
    m->applied = 0;
    m->progress = 0;
    return m;
}

struct message_accept *group_accept_new(struct group *g, enum message_kind kind, uint64_t slot,
                                        const uint8_t *entries, uint32_t bytes)
{
    ASSERT(slot >= g->first);
    ASSERT(slot <= g->last + 1);
    uint32_t size = (uint32_t)sizeof(struct message_accept) + bytes;
    struct message_accept *m = (struct message_accept *)transport_message_new(g->t, size, kind);
    m->ballot = g->ballot;
    m->slot = slot;
    m->accepted_ballot = g->ballot;
    m->commit = g->commit;
    m->stable = g->stable;
    m->entry_bytes = bytes;
    m->more = 0;
    if (bytes) memcpy(m->entries, entries, bytes);
    return m;
}

void group_send_others(struct group *g, struct message *m)
{
    g->t->ops->message_send(g->t, g->others, g->other_count, m);
}

/* Never a PROMISE, which would count as an empty one where the ballot has become the candidate's
 * own meanwhile. */
void group_refuse(struct group *g, uint32_t index)
{
    struct message_group *m = group_message_new(g, MESSAGE_ACCEPTED);
    transport_mark(g->t, MARK_BALLOT_REFUSED);
    transport_send_one(g->t, group_peer_node(g, index), &m->m);
}

/* ---- leader -------------------------------------------------------------------------------- */

/* The highest slot that a majority (this leader included) holds in this ballot. */
void group_decide(struct group *g)
{
    ASSERT(g->role == LEADER);
    uint64_t held[REPLICAS_MAX] = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < g->setup.topology->replicas; i++) {
        uint64_t through = i == g->self ? g->through : g->peers[i].through;
        uint32_t at = count++;
        for (; at > 0 && held[at - 1] < through; at--) held[at] = held[at - 1];
        held[at] = through;
    }
    uint64_t decided = held[group_majority(g) - 1];
    ASSERT(decided <= g->last);
    if (decided > g->through) transport_mark(g->t, MARK_DECIDED_UNSTORED);
    if (g->probe_slot && g->probe_slot <= decided) {
        patience_sample(&g->decisions, transport_now(g->t) - g->probe_ns);
        g->probe_slot = 0;
    }
    group_commit(g, decided);
}

static void leader_stabilise(struct group *g)
{
    uint64_t stable = group_settled(g);
    for (uint32_t i = 0; i < g->setup.topology->replicas; i++)
        if (i != g->self && g->peers[i].applied < stable) stable = g->peers[i].applied;
    if (stable > g->stable) g->stable = stable;
    slots_forget(g, g->stable);
}

static void leader_propose_slot(struct group *g, const uint8_t *entries, uint32_t bytes)
{
    ASSERT(g->role == LEADER);
    struct message_accept *m = group_accept_new(g, MESSAGE_ACCEPT, g->last + 1, entries, bytes);
    group_slot_store(g, g->last + 1, g->ballot, &m->m);
    ASSERT(g->last == m->slot);
    group_advance(g);
    if (!g->probe_slot) {
        g->probe_slot = g->last;
        g->probe_ns = transport_now(g->t);
    }
    group_send_others(g, &m->m);
    if (g->other_count == 0) group_decide(g);
}

static void leader_resend(struct group *g, uint32_t index, enum mark why)
{
    ASSERT(g->role == LEADER);
    ASSERT(g->peers[index].through <= g->last);
    uint64_t from = g->peers[index].through + 1;
    transport_mark(g->t, why);
    if (from < g->first) from = g->first;
    uint64_t to = from + GROUP_RESEND_MAX - 1 < g->last ? from + GROUP_RESEND_MAX - 1 : g->last;
    g->peers[index].resent = to;
    for (uint64_t slot = from; slot <= to; slot++) {
        const struct message_accept *value = slot_at(g, slot)->value;
        struct message_accept *m =
            group_accept_new(g, MESSAGE_ACCEPT, slot, value->entries, value->entry_bytes);
        transport_send_one(g->t, group_peer_node(g, index), &m->m);
    }
}

void group_become_follower(struct group *g, uint64_t ballot, uint32_t leader)
{
    ASSERT(ballot >= g->ballot); /* a promise is never taken back */
    bool led = g->role == LEADER;
    g->role = FOLLOWER;
    if (ballot > g->ballot) {
        g->ballot = ballot;
        g->through = g->commit;
        group_record_ballot(g);
    }
    g->answer_from = g->answer_to = g->told_commit = 0;
    g->vote_waits = false;
    g->leader = leader;
    election_reset(g);
    if (led) {
        transport_mark(g->t, MARK_LEADER_DEPOSED);
        g->open_bytes = 0;
        g->setup.events->leading(g->setup.above, false, g->ballot);
    }
}

static bool leader_has_quorum(const struct group *g)
{
    uint64_t patience = election_patience_ns(g);
    uint32_t heard = 1;
    for (uint32_t i = 0; i < g->setup.topology->replicas; i++)
        heard += i != g->self && g->peers[i].silence_ns < patience;
    return heard >= group_majority(g);
}

/* A leader that receives nothing from a majority can decide nothing and marks its heartbeats so:
 * followers do not count these, so that a one-way cut cannot keep such a leader in place. */
void group_heartbeat(struct group *g, uint32_t index)
{
    ASSERT(g->role == LEADER);
    ASSERT(g->leader == g->self);
    struct message_group *m = group_message_new(g, MESSAGE_HEARTBEAT);
    m->applied = g->stable;
    m->through = leader_has_quorum(g);
    if (!m->through) transport_mark(g->t, MARK_LEADER_ALONE);
    if (index != UINT32_MAX) {
        transport_send_one(g->t, group_peer_node(g, index), &m->m);
        return;
    }
    g->sent_ns = transport_now(g->t);
    group_send_others(g, &m->m);
}

/* Retransmits to a peer that has made no progress for longer than a decision takes. */
static void leader_look_after(struct group *g, uint32_t index)
{
    struct peer *p = &g->peers[index];
    ASSERT(p->through <= g->last);
    uint64_t tick_ns = g->setup.timing->heartbeat_ns;
    bool alive = p->silence_ns < g->setup.timing->leader_timeout_ns;
    p->silence_ns += tick_ns;
    p->stalled_ns = p->through < g->last ? p->stalled_ns + tick_ns : 0;
    if (!alive || p->stalled_ns <= tick_ns ||
        p->stalled_ns < timing_patience_ns(g->setup.timing, &g->decisions, 0))
        return;
    p->stalled_ns = 0;
    leader_resend(g, index, MARK_FOLLOWER_STALLED);
}

static void leader_tick(struct group *g)
{
    for (uint32_t i = 0; i < g->setup.topology->replicas; i++)
        if (i != g->self) leader_look_after(g, i);
    group_heartbeat(g, UINT32_MAX);
}

static void take_office(struct group *g)
{
    ASSERT(ballot_owner(g->ballot) == g->self);
    ASSERT(g->applied <= g->commit);
    ASSERT(g->commit <= g->last);
    g->role = LEADER;
    g->leader = g->self;
    g->probe_slot = 0;
    election_reset(g);
    for (uint32_t i = 0; i < g->setup.topology->replicas; i++)
        g->peers[i] = (struct peer){.through = g->stable, .applied = g->stable};
}

/* What may have been decided is proposed anew; at the least an empty batch, so that the election
 * shows progress. The heartbeat comes before the layers above, which may have much to send. */
void group_become_leader(struct group *g)
{
    ASSERT(g->role == CANDIDATE);
    ASSERT(g->leader == UINT32_MAX);
    ASSERT(g->open_bytes == 0);
    take_office(g);
    for (uint64_t slot = g->commit + 1; slot <= g->last; slot++) {
        const struct message_accept *old = slot_at(g, slot)->value;
        transport_mark(g->t, old ? MARK_SLOT_REPROPOSED : MARK_GAP_FILLED);
        struct message_accept *m = group_accept_new(
            g, MESSAGE_ACCEPT, slot, old ? old->entries : NULL, old ? old->entry_bytes : 0);
        group_slot_store(g, slot, g->ballot, &m->m);
        group_send_others(g, &m->m);
    }
    group_advance(g);
    if (g->commit == g->last) leader_propose_slot(g, NULL, 0);
    group_heartbeat(g, UINT32_MAX);
    g->setup.events->leading(g->setup.above, true, g->ballot);
    if (g->other_count == 0) group_decide(g);
    group_flush(g);
}

/* ---- follower ------------------------------------------------------------------------------ */

/* A message of the leader of `ballot`: accepts it as leader unless a higher ballot is promised.
 * Only the owner of a ballot leads in it.
 */
static bool accept_leader(struct group *g, uint32_t from, uint64_t ballot)
{
    ASSERT(ballot_owner(ballot) == from);
    if (ballot < g->ballot) {
        group_refuse(g, from);
        return false;
    }
    if (ballot > g->ballot || g->leader != from) group_become_follower(g, ballot, from);
    ASSERT(g->role == FOLLOWER);
    ASSERT(g->ballot == ballot);
    return true;
}

/* What all have applied, this replica has. */
static bool stable_believable(struct group *g, const struct message *m, uint64_t stable)
{
    if (stable <= g->applied) return true;
    transport_refuse(g->t, m);
    return false;
}

static void on_accept(struct group *g, uint32_t from, struct message_accept *m)
{
    if (!stable_believable(g, &m->m, m->stable) || !accept_leader(g, from, m->ballot)) return;
    election_heard(g, false);
    uint64_t record = g->ballot_record;
    if (m->slot > g->commit && m->slot >= g->first && !group_slot_far(g, m)) {
        bool held = m->slot <= g->last && slot_at(g, m->slot)->ballot == m->ballot;
        if (!held) group_slot_store(g, m->slot, m->ballot, &m->m);
        if (record < slot_at(g, m->slot)->record) record = slot_at(g, m->slot)->record;
    }
    group_follow(g, m->commit, m->stable, record);
}

static void on_heartbeat(struct group *g, uint32_t from, const struct message_group *m)
{
    if (!stable_believable(g, &m->m, m->applied) || !accept_leader(g, from, m->ballot)) return;
    if (m->through) election_heard(g, true);
    group_follow(g, m->commit, m->applied, g->ballot_record);
}

static void peer_heard(struct group *g, struct peer *p)
{
    uint64_t now = transport_now(g->t);
    if (p->heard_ns) patience_sample(&g->beats, now - p->heard_ns);
    p->heard_ns = now;
    p->silence_ns = 0;
}

/* A follower that holds slots beyond its `through` lacks one between: it is sent again at once, not
 * only when the follower has stalled. None holds more of this ballot, or has applied more, than was
 * proposed. */
static void on_accepted(struct group *g, uint32_t from, const struct message_group *m)
{
    if (m->ballot > g->ballot) {
        group_become_follower(g, m->ballot, UINT32_MAX);
        return;
    }
    if (g->role != LEADER || m->ballot != g->ballot) return;
    if (m->through > g->last) {
        transport_refuse(g->t, &m->m);
        return;
    }
    struct peer *p = &g->peers[from];
    peer_heard(g, p);
    if (m->applied > p->applied) p->applied = m->applied;
    if (m->progress > p->progress) p->progress = m->progress;
    if (m->through > p->through) {
        p->through = m->through;
        p->stalled_ns = 0;
        group_decide(g);
    }
    leader_stabilise(g);
    ASSERT(p->through <= g->last);
    ASSERT(p->applied <= g->last);
    if (m->commit > m->through && p->through == m->through && !p->resent)
        leader_resend(g, from, MARK_GAP_REPORTED);
    if (p->resent && p->through >= p->resent) {
        /* Catching up goes on at the follower's own pace until it has caught up with the log. */
        p->resent = 0;
        if (p->through + g->setup.window < g->last) leader_resend(g, from, MARK_CATCHING_UP);
    }
}

/* ---- the owner's side ---------------------------------------------------------------------- */

bool group_on_message(struct group *g, struct message *m)
{
    if (message_layer(m->kind) != LAYER_GROUP) return false;
    uint32_t from = m->from - group_peer_node(g, 0);
    if (from >= g->setup.topology->replicas || from == g->self) {
        transport_refuse(g->t, m);
        return true;
    }
    const struct message_group *small = (const struct message_group *)m;
    struct message_accept *large = (struct message_accept *)m;
    switch (m->kind) {
    case MESSAGE_PREPARE:
        election_on_prepare(g, from, small);
        break;
    case MESSAGE_PROMISE:
        election_on_promise(g, from, small);
        break;
    case MESSAGE_PROMISED:
        election_on_promised(g, from, large);
        break;
    case MESSAGE_SUSPECT:
        election_on_suspect(g, from, small);
        break;
    case MESSAGE_SUPPORT:
        election_on_support(g, from, small);
        break;
    case MESSAGE_LEARN:
        election_on_learn(g, from, large);
        break;
    case MESSAGE_ACCEPT:
        on_accept(g, from, large);
        break;
    case MESSAGE_ACCEPTED:
        on_accepted(g, from, small);
        break;
    default:
        on_heartbeat(g, from, small);
        break;
    }
    return true;
}

void group_on_timer(struct group *g)
{
    g->t->ops->timer_set(g->t, TIMER_GROUP, g->setup.timing->heartbeat_ns);
    if (g->role == LEADER)
        leader_tick(g);
    else
        election_tick(g);
}

void group_keep_alive(struct group *g)
{
    if (transport_now(g->t) - g->sent_ns < 2 * g->setup.timing->heartbeat_ns) return;
    if (g->role == LEADER)
        group_heartbeat(g, UINT32_MAX);
    else if (g->role == FOLLOWER && g->leader != UINT32_MAX && group_on_device(g, g->ballot_record))
        group_acknowledge(g);
}

void *group_propose(struct group *g, uint32_t kind, uint32_t bytes)
{
    ASSERT(g->role == LEADER);
    uint32_t size = (uint32_t)sizeof(struct entry) + ((bytes + 7) & ~7U);
    ASSERT(size <= GROUP_BATCH_BYTES_MAX * 2);
    if (g->open_bytes && g->open_bytes + size > GROUP_BATCH_BYTES_MAX) {
        uint32_t full = g->open_bytes;
        transport_mark(g->t, MARK_BATCH_FULL);
        g->open_bytes = 0;
        leader_propose_slot(g, g->open, full);
    }
    if (g->open_bytes + size > g->open_capacity) {
        while (g->open_bytes + size > g->open_capacity) g->open_capacity *= 2;
        g->open = reallocate(g->open, g->open_capacity);
    }
    ASSERT(g->open_bytes + size <= g->open_capacity);
    struct entry *e = (struct entry *)(g->open + g->open_bytes);
    e->bytes = size;
    e->kind = kind;
    g->open_bytes += size;
    return e + 1;
}

void group_flush(struct group *g)
{
    group_keep_alive(g);
    while (g->role == LEADER && g->open_bytes && g->last - g->commit < g->setup.window) {
        uint32_t bytes = g->open_bytes;
        g->open_bytes = 0; /* before: a group of one decides at once, and may propose more */
        leader_propose_slot(g, g->open, bytes);
    }
    group_sync(g);
}

bool group_leading(const struct group *g)
{
    return g->role == LEADER;
}

uint32_t group_leader(const struct group *g)
{
    return g->leader == UINT32_MAX ? UINT32_MAX : group_peer_node(g, g->leader);
}

uint64_t group_ballot(const struct group *g)
{
    return g->ballot;
}

uint64_t group_applied(const struct group *g)
{
    return g->applied;
}

void group_set_progress(struct group *g, uint64_t progress)
{
    ASSERT(progress >= g->progress);
    g->progress = progress;
}

uint64_t group_progress_min(const struct group *g)
{
    uint64_t least = g->progress;
    for (uint32_t i = 0; i < g->setup.topology->replicas; i++)
        if (i != g->self && g->peers[i].progress < least) least = g->peers[i].progress;
    return least;
}

struct group *group_create(const struct group_setup *setup)
{
    struct group *g = allocate_zeroed(1, sizeof(*g));
    g->setup = *setup;
    g->t = setup->transport;
    g->self = g->t->self - group_peer_node(g, 0);
    ASSERT(g->self < setup->topology->replicas);
    ASSERT(setup->topology->replicas <= REPLICAS_MAX);
    for (uint32_t i = 0; i < setup->topology->replicas; i++)
        if (i != g->self) g->others[g->other_count++] = group_peer_node(g, i);
    ASSERT(g->other_count == setup->topology->replicas - 1);
    g->random = g->t->ops->random(g->t, "election");
    g->capacity = 64;
    g->slots = allocate_zeroed(g->capacity, sizeof(*g->slots));
    g->first = 1;
    g->open_capacity = 4096;
    g->open = allocate(g->open_capacity);
    g->leader = UINT32_MAX;
    return g;
}

void group_destroy(struct group *g)
{
    if (!g) return;
    for (uint64_t slot = g->first; slot <= g->last; slot++)
        if (slot_at(g, slot)->value) g->t->ops->message_release(g->t, &slot_at(g, slot)->value->m);
    free(g->slots);
    free(g->open);
    free(g);
}

void group_start(struct group *g)
{
    ASSERT(g->ballot == 0);
    ASSERT(g->last == 0);
    g->ballot = UINT64_C(1) << 8; /* of all replicas: it needs no record */
    group_become_follower(g, g->ballot, 0);
    g->t->ops->timer_set(g->t, TIMER_GROUP, g->setup.timing->heartbeat_ns);
    if (g->self != 0) return;
    take_office(g);
    group_heartbeat(g, UINT32_MAX);
    g->setup.events->leading(g->setup.above, true, g->ballot);
}
