/* election.c - suspicion, pre-vote and election in a group (group.h has the protocol). */
#include <string.h>

#include "base/assert.h"
#include "base/random.h"
#include "proto/order/group_state.h"

/* ---- suspicion ----------------------------------------------------------------------------- */

uint64_t election_patience_ns(const struct group *g)
{
    uint64_t first_ns = g->setup.timing->leader_timeout_ns;
    uint64_t ns = g->beats.mean_ns + 4 * g->beats.deviation_ns;
    if (ns < first_ns) ns = first_ns;
    return ns << (g->elections < PATIENCE_DOUBLINGS_MAX ? g->elections : PATIENCE_DOUBLINGS_MAX);
}

void election_reset(struct group *g)
{
    g->silence_ns = 0;
    g->heard_ns = 0;
    g->beats = (struct patience){0};
    g->supporters = 0;
    g->jitter_ns = random_below(g->random, election_patience_ns(g));
}

void election_heard(struct group *g, bool beat)
{
    g->silence_ns = 0;
    g->supporters = 0;
    if (!beat) return;
    uint64_t now = transport_now(g->t);
    if (g->heard_ns) patience_sample(&g->beats, now - g->heard_ns);
    g->heard_ns = now;
}

/* Pre-vote: has another replica a leader? Repeated at every tick without an answer, since each
 * answer that denies support also brings newly decided slots. */
static void suspect(struct group *g)
{
    g->supporters |= 1U << g->self;
    transport_mark(g->t, MARK_LEADER_SUSPECTED);
    group_send_others(g, &group_message_new(g, MESSAGE_SUSPECT)->m);
}

static void stand_for_election(struct group *g)
{
    ASSERT(g->role != LEADER);
    uint64_t round = (g->ballot >> 8) + 1;
    transport_mark(g->t, MARK_ELECTION);
    g->elections++;
    group_become_follower(g, round << 8 | g->self, UINT32_MAX);
    ASSERT(ballot_owner(g->ballot) == g->self);
    ASSERT(g->through == g->commit);
    g->role = CANDIDATE;
    memset(g->peers, 0, sizeof(g->peers));
    for (uint64_t slot = g->first; slot <= g->last; slot++) slot_at(g, slot)->promised_by = 0;
    election_vote(g);
}

/* A leader that is only slow can answer the suspicion for half a time-out. */
void election_tick(struct group *g)
{
    ASSERT(g->role != LEADER);
    ASSERT(g->leader != g->self);
    uint64_t patience = election_patience_ns(g) + g->jitter_ns;
    uint64_t grace_ns = g->setup.timing->leader_timeout_ns / 2;
    g->silence_ns += g->setup.timing->heartbeat_ns;
    if (g->silence_ns <= patience) return;
    bool supported = (uint32_t)__builtin_popcount(g->supporters) >= group_majority(g);
    if (supported && g->silence_ns > patience + grace_ns)
        stand_for_election(g);
    else if (!g->learning)
        suspect(g);
    g->learning = false;
}

/* Sends the slots decided beyond that replica's commit: a replica that has lost only its link to
 * the leader follows this way. */
static void send_decided(struct group *g, uint32_t index, uint64_t commit)
{
    uint64_t from = commit + 1 < g->first ? g->first : commit + 1;
    uint64_t to = from + GROUP_RESEND_MAX - 1 < g->commit ? from + GROUP_RESEND_MAX - 1 : g->commit;
    ASSERT(to <= g->commit);
    for (uint64_t slot = from; slot <= to; slot++) {
        ASSERT(slot_at(g, slot)->ballot == DECIDED);
        const struct message_accept *value = slot_at(g, slot)->value;
        struct message_accept *m =
            group_accept_new(g, MESSAGE_LEARN, slot, value->entries, value->entry_bytes);
        m->accepted_ballot = DECIDED;
        m->more = slot == to && to < g->commit;
        transport_send_one(g->t, group_peer_node(g, index), &m->m);
    }
}

/* Supports if this replica has itself no message of a leader for half its time-out. */
void election_on_suspect(struct group *g, uint32_t from, const struct message_group *m)
{
    if (g->role == LEADER) {
        transport_mark(g->t, MARK_SUSPECTED_LEADER_ANSWERS);
        group_heartbeat(g, from);
        return;
    }
    send_decided(g, from, m->commit);
    if (2 * g->silence_ns < election_patience_ns(g)) {
        transport_mark(g->t, MARK_SUPPORT_DENIED);
        return;
    }
    struct message_group *support = group_message_new(g, MESSAGE_SUPPORT);
    transport_send_one(g->t, group_peer_node(g, from), &support->m);
}

void election_on_support(struct group *g, uint32_t from, const struct message_group *m)
{
    if (m->ballot > g->ballot) group_become_follower(g, m->ballot, UINT32_MAX);
    if (g->role != LEADER && g->supporters) g->supporters |= 1U << from;
}

void election_on_learn(struct group *g, uint32_t from, struct message_accept *m)
{
    if (g->role == LEADER) return;
    g->learning = true;
    if (m->slot > g->commit && m->slot >= g->first && !group_slot_far(g, m)) {
        transport_mark(g->t, MARK_SLOT_LEARNT);
        group_slot_store(g, m->slot, DECIDED, &m->m);
        uint64_t decided = g->commit;
        while (decided < g->last && slot_at(g, decided + 1)->ballot == DECIDED) decided++;
        ASSERT(decided <= g->last);
        group_commit(g, decided);
        ASSERT(g->commit <= g->through);
    }
    if (m->more)
        transport_send_one(g->t, group_peer_node(g, from),
                           &group_message_new(g, MESSAGE_SUSPECT)->m);
}

/* ---- election ------------------------------------------------------------------------------ */

/* The promise: what this replica knows beyond the candidate's commit, one message a slot. */
static void promise(struct group *g, uint32_t candidate, uint64_t candidate_commit)
{
    ASSERT(g->role == FOLLOWER);
    ASSERT(g->leader == UINT32_MAX);
    ASSERT(ballot_owner(g->ballot) == candidate);
    uint64_t from = candidate_commit + 1;
    if (from < g->first) from = g->first;
    uint64_t count = 0;
    for (uint64_t slot = from; slot <= g->last; slot++) {
        const struct slot *s = slot_at(g, slot);
        if (!s->value) continue;
        ASSERT(s->ballot < g->ballot || s->ballot == DECIDED);
        struct message_accept *m =
            group_accept_new(g, MESSAGE_PROMISED, slot, s->value->entries, s->value->entry_bytes);
        m->accepted_ballot = slot <= g->commit ? DECIDED : s->ballot;
        transport_send_one(g->t, group_peer_node(g, candidate), &m->m);
        count++;
    }
    struct message_group *m = group_message_new(g, MESSAGE_PROMISE);
    m->through = count;
    transport_send_one(g->t, group_peer_node(g, candidate), &m->m);
}

void election_on_prepare(struct group *g, uint32_t from, const struct message_group *m)
{
    ASSERT(ballot_owner(m->ballot) == from);
    if (m->ballot < g->ballot) {
        group_refuse(g, from);
        return;
    }
    if (m->ballot > g->ballot) group_become_follower(g, m->ballot, UINT32_MAX);
    if (g->role != FOLLOWER || g->leader != UINT32_MAX) return;
    g->candidate_commit = m->commit;
    election_vote(g);
}

void election_vote(struct group *g)
{
    g->vote_waits = !group_on_device(g, g->ballot_record);
    if (g->vote_waits) return;
    if (g->role == CANDIDATE)
        group_send_others(g, &group_message_new(g, MESSAGE_PREPARE)->m);
    else
        promise(g, ballot_owner(g->ballot), g->candidate_commit);
}

static void candidate_count(struct group *g)
{
    ASSERT(g->role == CANDIDATE);
    uint32_t promised = 1;
    for (uint32_t i = 0; i < g->setup.topology->replicas; i++) {
        const struct peer *p = &g->peers[i];
        promised += i != g->self && p->promised && p->received_slots >= p->promised_slots;
    }
    ASSERT(promised <= g->setup.topology->replicas);
    if (promised >= group_majority(g)) group_become_leader(g);
}

void election_on_promise(struct group *g, uint32_t from, const struct message_group *m)
{
    if (m->ballot > g->ballot) group_become_follower(g, m->ballot, UINT32_MAX);
    if (g->role != CANDIDATE || m->ballot != g->ballot) return;
    ASSERT(ballot_owner(g->ballot) == g->self);
    struct peer *p = &g->peers[from];
    if (!p->promised) {
        p->promised = true;
        p->promised_slots = m->through;
    }
    candidate_count(g);
}

/* A slot of a promise: adopt what was accepted in the highest ballot. Holding it as if accepted in
 * that ballot is sound: a ballot has one value per slot, and this is never counted as an
 * acceptance.
 */
void election_on_promised(struct group *g, uint32_t from, struct message_accept *m)
{
    if (g->role != CANDIDATE || m->ballot != g->ballot || m->slot < g->first) return;
    if (m->accepted_ballot >= g->ballot && m->accepted_ballot != DECIDED) return;
    if (group_slot_far(g, m)) return;
    bool known = m->slot <= g->last;
    if (!known || slot_at(g, m->slot)->ballot < m->accepted_ballot)
        group_slot_store(g, m->slot, m->accepted_ballot, &m->m);
    uint64_t decided = g->commit;
    while (decided < g->last && slot_at(g, decided + 1)->ballot == DECIDED) decided++;
    group_commit(g, decided);
    ASSERT(m->slot <= g->last);
    ASSERT(g->role == CANDIDATE);
    /* Counted once a slot: a duplicate must not make a promise look complete. */
    if (slot_at(g, m->slot)->promised_by >> from & 1) {
        transport_mark(g->t, MARK_PROMISED_AGAIN);
        return;
    }
    slot_at(g, m->slot)->promised_by |= 1U << from;
    g->peers[from].received_slots++;
    candidate_count(g);
}
