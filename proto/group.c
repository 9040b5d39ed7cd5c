/* group.c - Multi-Paxos: the log, the leader, the election. See group.h for the protocol. */
#include "proto/group.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/memory.h"

#define DECIDED UINT64_MAX /* as a slot's ballot: no other value is possible any more */

struct slot {
    uint64_t ballot;              /* it was accepted in; 0: empty; DECIDED */
    struct message_accept *value; /* retained */
    uint32_t promised_by;         /* election: bit per replica whose PROMISED for it came */
};

enum { ELECTION_DOUBLINGS_MAX = 6 };

enum role { FOLLOWER, CANDIDATE, LEADER };

/* What the leader, or a candidate, knows about another replica. */
struct peer {
    uint64_t through;        /* holds all slots <= through in this ballot */
    uint64_t through_ticked; /* the same at the last heartbeat: no progress since means a loss */
    uint64_t resent;         /* catching up: slots <= resent have been sent again; 0: it is not */
    uint64_t applied;
    uint64_t progress;
    uint64_t heard_ns;
    /* election */
    bool promised;
    uint64_t promised_slots; /* slots that the promise announced, */
    uint64_t received_slots; /* and how many of them came */
};

struct group {
    struct group_setup setup;
    struct transport *t;
    uint32_t self; /* index in the group */
    enum role role;
    uint64_t ballot; /* highest promised: round << 8 | replica index */
    uint32_t leader; /* index, or UINT32_MAX */
    uint64_t heard_ns;
    uint32_t elections;   /* since a leader was last effective: patience doubles with each */
    uint64_t patience_ns; /* silence this follower bears, drawn anew each time */
    struct random *random;

    struct slot *slots; /* ring of `capacity`, slot s at s & (capacity - 1) */
    uint64_t capacity;
    uint64_t first;   /* oldest slot kept */
    uint64_t last;    /* newest slot known */
    uint64_t through; /* all slots <= through are held in the present ballot, or decided */
    uint64_t commit;  /* all slots <= commit are decided, known here */
    uint64_t applied;
    uint64_t stable; /* all replicas have applied <= stable */
    uint64_t progress;

    struct peer peers[REPLICAS_MAX];
    uint32_t others[REPLICAS_MAX]; /* nodes of the group without this one */
    uint32_t other_count;

    uint8_t *open; /* the batch being gathered */
    uint32_t open_bytes;
    uint32_t open_capacity;
    bool applying;
};

static struct slot *slot_at(const struct group *g, uint64_t slot)
{
    return &g->slots[slot & (g->capacity - 1)];
}

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
}

/* Put a value into a slot, over whatever was accepted there in a lower ballot. */
static void slot_store(struct group *g, uint64_t slot, uint64_t ballot, struct message *value)
{
    assert(slot >= g->first);
    slots_grow(g, slot);
    struct slot *s = slot_at(g, slot);
    if (slot > g->last) {
        for (uint64_t gap = g->last + 1; gap <= slot; gap++) *slot_at(g, gap) = (struct slot){0};
        g->last = slot;
    }
    struct message *kept = g->t->ops->message_retain(g->t, value);
    if (s->value) g->t->ops->message_release(g->t, &s->value->m);
    s->value = (struct message_accept *)kept;
    s->ballot = ballot;
}

static void slots_forget(struct group *g, uint64_t through)
{
    if (through > g->applied) through = g->applied;
    for (; g->first <= through; g->first++) {
        struct slot *s = slot_at(g, g->first);
        if (s->value) g->t->ops->message_release(g->t, &s->value->m);
        *s = (struct slot){0};
    }
}

/* Decided batches go up, in order. What the layer above proposes meanwhile gathers in the open
 * batch. */
static void apply_decided(struct group *g)
{
    if (g->applying) return;
    g->applying = true;
    while (g->applied < g->commit) {
        struct slot *s = slot_at(g, g->applied + 1);
        assert(s->value);
        s->ballot = DECIDED;
        g->applied++;
        g->setup.events->apply(g->setup.above, s->value->entries, s->value->entry_bytes);
    }
    g->applying = false;
    slots_forget(g, g->stable);
}

static void commit_to(struct group *g, uint64_t slot)
{
    if (slot <= g->commit) return;
    g->commit = slot;
    apply_decided(g);
}

/* ---- messages ------------------------------------------------------------------------------ */

static struct message_group *message_group_new(struct group *g, enum message_kind kind)
{
    struct message_group *m = (struct message_group *)transport_message_new(g->t, sizeof(*m), kind);
    m->ballot = g->ballot;
    m->commit = g->commit;
    m->through = 0;
    m->applied = 0;
    m->progress = 0;
    return m;
}

static struct message_accept *accept_new(struct group *g, enum message_kind kind, uint64_t slot,
                                         const uint8_t *entries, uint32_t bytes)
{
    uint32_t size = (uint32_t)sizeof(struct message_accept) + bytes;
    struct message_accept *m = (struct message_accept *)transport_message_new(g->t, size, kind);
    m->ballot = g->ballot;
    m->slot = slot;
    m->accepted_ballot = g->ballot;
    m->commit = g->commit;
    m->stable = g->stable;
    m->entry_bytes = bytes;
    m->reserved = 0;
    if (bytes) memcpy(m->entries, entries, bytes);
    return m;
}

static void send_others(struct group *g, struct message *m)
{
    g->t->ops->message_send(g->t, g->others, g->other_count, m);
}

static uint32_t peer_node(const struct group *g, uint32_t index)
{
    return topology_replica(g->setup.topology, g->setup.group, index);
}

/* To a leader or candidate of a lower ballot: how far things have got. Never a PROMISE, which would
 * count as an empty one where the ballot has become the candidate's own meanwhile. */
static void refuse(struct group *g, uint32_t index)
{
    struct message_group *m = message_group_new(g, MESSAGE_ACCEPTED);
    transport_send_one(g->t, peer_node(g, index), &m->m);
}

static void acknowledge(struct group *g)
{
    struct message_group *m = message_group_new(g, MESSAGE_ACCEPTED);
    m->through = g->through;
    m->applied = g->applied;
    m->progress = g->progress;
    transport_send_one(g->t, peer_node(g, g->leader), &m->m);
}

/* ---- leader -------------------------------------------------------------------------------- */

static uint32_t majority(const struct group *g)
{
    return g->setup.topology->replicas / 2 + 1;
}

/* The highest slot that a majority (this leader included) holds in this ballot. */
static void leader_decide(struct group *g)
{
    uint64_t held[REPLICAS_MAX] = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < g->setup.topology->replicas; i++) {
        uint64_t through = i == g->self ? g->last : g->peers[i].through;
        uint32_t at = count++;
        for (; at > 0 && held[at - 1] < through; at--) held[at] = held[at - 1];
        held[at] = through;
    }
    commit_to(g, held[majority(g) - 1]);
}

static void leader_stabilise(struct group *g)
{
    uint64_t stable = g->applied;
    for (uint32_t i = 0; i < g->setup.topology->replicas; i++)
        if (i != g->self && g->peers[i].applied < stable) stable = g->peers[i].applied;
    if (stable > g->stable) g->stable = stable;
    slots_forget(g, g->stable);
}

static void leader_propose_slot(struct group *g, const uint8_t *entries, uint32_t bytes)
{
    struct message_accept *m = accept_new(g, MESSAGE_ACCEPT, g->last + 1, entries, bytes);
    slot_store(g, g->last + 1, g->ballot, &m->m);
    g->through = g->last;
    send_others(g, &m->m);
    if (g->other_count == 0) leader_decide(g);
}

static void leader_resend(struct group *g, uint32_t index)
{
    uint64_t from = g->peers[index].through + 1;
    if (from < g->first) from = g->first;
    uint64_t to = from + GROUP_RESEND_MAX - 1 < g->last ? from + GROUP_RESEND_MAX - 1 : g->last;
    g->peers[index].resent = to;
    for (uint64_t slot = from; slot <= to; slot++) {
        const struct message_accept *value = slot_at(g, slot)->value;
        struct message_accept *m =
            accept_new(g, MESSAGE_ACCEPT, slot, value->entries, value->entry_bytes);
        transport_send_one(g->t, peer_node(g, index), &m->m);
    }
}

static void become_follower(struct group *g, uint64_t ballot, uint32_t leader)
{
    bool led = g->role == LEADER;
    g->role = FOLLOWER;
    if (ballot > g->ballot) {
        g->ballot = ballot;
        g->through = g->commit;
    }
    g->leader = leader;
    g->heard_ns = transport_now(g->t);
    uint32_t doublings =
        g->elections < ELECTION_DOUBLINGS_MAX ? g->elections : ELECTION_DOUBLINGS_MAX;
    g->patience_ns = g->setup.timing->leader_timeout_ns << doublings;
    g->patience_ns += random_below(g->random, g->patience_ns);
    if (led) {
        g->open_bytes = 0;
        g->setup.events->leading(g->setup.above, false, g->ballot);
    }
}

static bool leader_hears_majority(const struct group *g, uint64_t now)
{
    uint32_t heard = 1;
    for (uint32_t i = 0; i < g->setup.topology->replicas; i++)
        heard +=
            i != g->self && now - g->peers[i].heard_ns < 2 * g->setup.timing->leader_timeout_ns;
    return heard >= majority(g);
}

static void leader_heartbeat(struct group *g)
{
    struct message_group *m = message_group_new(g, MESSAGE_HEARTBEAT);
    m->applied = g->stable;
    send_others(g, &m->m);
}

static void leader_tick(struct group *g)
{
    uint64_t now = transport_now(g->t);
    if (!leader_hears_majority(g, now)) {
        become_follower(g, g->ballot, UINT32_MAX);
        return;
    }
    for (uint32_t i = 0; i < g->setup.topology->replicas; i++) {
        struct peer *p = &g->peers[i];
        if (i == g->self) continue;
        bool alive = now - p->heard_ns < g->setup.timing->leader_timeout_ns;
        if (alive && p->through < g->last && p->through == p->through_ticked) leader_resend(g, i);
        p->through_ticked = p->through;
    }
    leader_heartbeat(g);
}

static void become_leader(struct group *g)
{
    uint64_t now = transport_now(g->t);
    g->role = LEADER;
    g->leader = g->self;
    for (uint32_t i = 0; i < g->setup.topology->replicas; i++) {
        g->peers[i] = (struct peer){.through = g->stable, .applied = g->stable, .heard_ns = now};
    }
    for (uint64_t slot = g->commit + 1; slot <= g->last; slot++) {
        const struct message_accept *old = slot_at(g, slot)->value;
        struct message_accept *m = accept_new(g, MESSAGE_ACCEPT, slot, old ? old->entries : NULL,
                                              old ? old->entry_bytes : 0);
        slot_store(g, slot, g->ballot, &m->m);
        send_others(g, &m->m);
    }
    g->through = g->last;
    leader_heartbeat(g); /* before the layers above, which may have much to send */
    g->setup.events->leading(g->setup.above, true, g->ballot);
    if (g->other_count == 0) leader_decide(g);
    group_flush(g);
}

/* ---- election ------------------------------------------------------------------------------ */

static void stand_for_election(struct group *g)
{
    uint64_t round = (g->ballot >> 8) + 1;
    g->elections++;
    become_follower(g, round << 8 | g->self, UINT32_MAX);
    g->role = CANDIDATE;
    memset(g->peers, 0, sizeof(g->peers));
    for (uint64_t slot = g->first; slot <= g->last; slot++) slot_at(g, slot)->promised_by = 0;
    struct message_group *m = message_group_new(g, MESSAGE_PREPARE);
    send_others(g, &m->m);
}

/* The promise: what this replica knows beyond the candidate's commit, one message a slot. */
static void promise(struct group *g, uint32_t candidate, uint64_t candidate_commit)
{
    uint64_t from = candidate_commit + 1;
    if (from < g->first) from = g->first;
    uint64_t count = 0;
    for (uint64_t slot = from; slot <= g->last; slot++) {
        const struct slot *s = slot_at(g, slot);
        if (!s->value) continue;
        struct message_accept *m =
            accept_new(g, MESSAGE_PROMISED, slot, s->value->entries, s->value->entry_bytes);
        m->accepted_ballot = slot <= g->commit ? DECIDED : s->ballot;
        transport_send_one(g->t, peer_node(g, candidate), &m->m);
        count++;
    }
    struct message_group *m = message_group_new(g, MESSAGE_PROMISE);
    m->through = count;
    transport_send_one(g->t, peer_node(g, candidate), &m->m);
}

static void on_prepare(struct group *g, uint32_t from, const struct message_group *m)
{
    if (m->ballot < g->ballot) {
        refuse(g, from);
        return;
    }
    if (m->ballot > g->ballot) become_follower(g, m->ballot, UINT32_MAX);
    if (g->role == FOLLOWER && g->leader == UINT32_MAX) promise(g, from, m->commit);
}

static void candidate_count(struct group *g)
{
    uint32_t promised = 1;
    for (uint32_t i = 0; i < g->setup.topology->replicas; i++) {
        const struct peer *p = &g->peers[i];
        promised += i != g->self && p->promised && p->received_slots >= p->promised_slots;
    }
    if (promised >= majority(g)) become_leader(g);
}

static void on_promise(struct group *g, uint32_t from, const struct message_group *m)
{
    if (m->ballot > g->ballot) become_follower(g, m->ballot, UINT32_MAX);
    if (g->role != CANDIDATE || m->ballot != g->ballot) return;
    struct peer *p = &g->peers[from];
    if (!p->promised) {
        p->promised = true;
        p->promised_slots = m->through;
    }
    candidate_count(g);
}

/* A slot of a promise: adopt what was accepted in the highest ballot. Holding it as if accepted in
 * that ballot is sound: a ballot has one value per slot, and nobody counts this as an acceptance.
 */
static void on_promised(struct group *g, uint32_t from, struct message_accept *m)
{
    if (g->role != CANDIDATE || m->ballot != g->ballot || m->slot < g->first) return;
    bool known = m->slot <= g->last;
    if (!known || slot_at(g, m->slot)->ballot < m->accepted_ballot)
        slot_store(g, m->slot, m->accepted_ballot, &m->m);
    uint64_t decided = g->commit;
    while (decided < g->last && slot_at(g, decided + 1)->ballot == DECIDED) decided++;
    commit_to(g, decided);
    /* Counted once a slot: a duplicate must not make a promise look complete. */
    if (slot_at(g, m->slot)->promised_by >> from & 1) return;
    slot_at(g, m->slot)->promised_by |= 1U << from;
    g->peers[from].received_slots++;
    candidate_count(g);
}

/* ---- follower ------------------------------------------------------------------------------ */

/* A message of the leader of `ballot`: is it one to obey? */
static bool obey(struct group *g, uint32_t from, uint64_t ballot)
{
    if (ballot < g->ballot) {
        refuse(g, from);
        return false;
    }
    g->elections = 0;
    if (ballot > g->ballot || g->leader != from) become_follower(g, ballot, from);
    g->heard_ns = transport_now(g->t);
    return true;
}

/* Acknowledges before it applies: the leader need not wait while commands execute here. */
static void follower_advance(struct group *g, uint64_t commit, uint64_t stable)
{
    while (g->through < g->last) {
        uint64_t ballot = slot_at(g, g->through + 1)->ballot;
        if (ballot != g->ballot && ballot != DECIDED) break;
        g->through++;
    }
    if (stable > g->stable) g->stable = stable;
    acknowledge(g);
    commit_to(g, commit < g->through ? commit : g->through);
}

static void on_accept(struct group *g, uint32_t from, struct message_accept *m)
{
    if (!obey(g, from, m->ballot)) return;
    if (m->slot > g->commit && m->slot >= g->first) {
        bool held = m->slot <= g->last && slot_at(g, m->slot)->ballot == m->ballot;
        if (!held) slot_store(g, m->slot, m->ballot, &m->m);
    }
    follower_advance(g, m->commit, m->stable);
}

static void on_heartbeat(struct group *g, uint32_t from, const struct message_group *m)
{
    if (!obey(g, from, m->ballot)) return;
    follower_advance(g, m->commit, m->applied);
}

static void on_accepted(struct group *g, uint32_t from, const struct message_group *m)
{
    if (m->ballot > g->ballot) {
        become_follower(g, m->ballot, UINT32_MAX);
        return;
    }
    if (g->role != LEADER || m->ballot != g->ballot) return;
    struct peer *p = &g->peers[from];
    p->heard_ns = transport_now(g->t);
    g->elections = 0;
    if (m->applied > p->applied) p->applied = m->applied;
    if (m->progress > p->progress) p->progress = m->progress;
    if (m->through > p->through) {
        p->through = m->through;
        leader_decide(g);
    }
    leader_stabilise(g);
    if (p->resent && p->through >= p->resent) {
        /* Catching up goes on at the follower's own pace until it has met the present. */
        p->resent = 0;
        if (p->through + g->setup.window < g->last) leader_resend(g, from);
    }
}

/* ---- the owner's side ---------------------------------------------------------------------- */

bool group_on_message(struct group *g, struct message *m)
{
    if (m->kind < MESSAGE_PREPARE || m->kind > MESSAGE_HEARTBEAT) return false;
    uint32_t from = m->from - peer_node(g, 0);
    if (from >= g->setup.topology->replicas || from == g->self) return true;
    const struct message_group *small = (const struct message_group *)m;
    struct message_accept *large = (struct message_accept *)m;
    bool slotted = m->kind == MESSAGE_ACCEPT || m->kind == MESSAGE_PROMISED;
    if (slotted && large->slot > g->last + GROUP_SLOTS_AHEAD_MAX) return true;
    switch (m->kind) {
    case MESSAGE_PREPARE:
        on_prepare(g, from, small);
        break;
    case MESSAGE_PROMISE:
        on_promise(g, from, small);
        break;
    case MESSAGE_PROMISED:
        on_promised(g, from, large);
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
    else if (transport_now(g->t) - g->heard_ns > g->patience_ns)
        stand_for_election(g);
    if (g->role == CANDIDATE) candidate_count(g); /* a group of one elects itself */
}

void *group_propose(struct group *g, uint32_t kind, uint32_t bytes)
{
    assert(g->role == LEADER);
    uint32_t size = (uint32_t)sizeof(struct entry) + ((bytes + 7) & ~7U);
    assert(size <= GROUP_BATCH_BYTES_MAX * 2);
    if (g->open_bytes && g->open_bytes + size > GROUP_BATCH_BYTES_MAX) {
        uint32_t full = g->open_bytes;
        g->open_bytes = 0;
        leader_propose_slot(g, g->open, full);
    }
    if (g->open_bytes + size > g->open_capacity) {
        while (g->open_bytes + size > g->open_capacity) g->open_capacity *= 2;
        g->open = reallocate(g->open, g->open_capacity);
    }
    struct entry *e = (struct entry *)(g->open + g->open_bytes);
    e->bytes = size;
    e->kind = kind;
    g->open_bytes += size;
    return e + 1;
}

void group_flush(struct group *g)
{
    if (g->role != LEADER) return;
    while (g->open_bytes && g->last - g->commit < g->setup.window) {
        uint32_t bytes = g->open_bytes;
        g->open_bytes = 0; /* before: a group of one decides at once, and may propose more */
        leader_propose_slot(g, g->open, bytes);
    }
}

bool group_leading(const struct group *g)
{
    return g->role == LEADER;
}

uint32_t group_leader(const struct group *g)
{
    return g->leader == UINT32_MAX ? UINT32_MAX : peer_node(g, g->leader);
}

void group_set_progress(struct group *g, uint64_t progress)
{
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
    g->self = g->t->self - peer_node(g, 0);
    assert(g->self < setup->topology->replicas);
    assert(setup->topology->replicas <= REPLICAS_MAX);
    for (uint32_t i = 0; i < setup->topology->replicas; i++)
        if (i != g->self) g->others[g->other_count++] = peer_node(g, i);
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
    become_follower(g, UINT64_C(1) << 8, 0);
    g->t->ops->timer_set(g->t, TIMER_GROUP, g->setup.timing->heartbeat_ns);
    if (g->self == 0) become_leader(g);
}

bool group_message_valid(const struct message *m)
{
    if (m->kind != MESSAGE_ACCEPT && m->kind != MESSAGE_PROMISED)
        return m->bytes == sizeof(struct message_group);
    const struct message_accept *a = (const struct message_accept *)m;
    if (m->bytes < sizeof(*a) || a->entry_bytes != m->bytes - sizeof(*a) || a->slot == 0)
        return false;
    for (uint32_t at = 0; at < a->entry_bytes;) {
        if (a->entry_bytes - at < sizeof(struct entry)) return false;
        uint32_t bytes = ((const struct entry *)(a->entries + at))->bytes;
        if (bytes < sizeof(struct entry) || bytes % 8 || bytes > a->entry_bytes - at) return false;
        at += bytes;
    }
    return true;
}
