/* group_state.h - the inside of a group's replica, shared by group.c (the log, the leader, the
 * follower), group_storage.c (records on the device) and election.c (suspicion, pre-vote,
 * election). Users need group.h only. */
#ifndef AVIARY_PROTO_ORDER_GROUP_STATE_H
#define AVIARY_PROTO_ORDER_GROUP_STATE_H

#include "base/assert.h"
#include "proto/order/group.h"
#include "proto/patience.h"

#define DECIDED UINT64_MAX /* as a slot's ballot: no other value is possible any more */

struct slot {
    uint64_t ballot;              /* it was accepted in; 0: empty; DECIDED */
    struct message_accept *value; /* retained */
    uint64_t record;              /* that the value has */
    uint32_t promised_by;         /* election: bit per replica whose PROMISED for it was received */
};

enum role { FOLLOWER, CANDIDATE, LEADER };

/* What the leader, or a candidate, knows about another replica. */
struct peer {
    uint64_t through;    /* holds all slots <= through in this ballot */
    uint64_t stalled_ns; /* time without progress while it lacks slots */
    uint64_t resent;     /* catching up: slots <= resent have been sent again; 0: it is not */
    uint64_t applied;
    uint64_t progress;
    uint64_t silence_ns; /* as struct group's, of this peer */
    uint64_t heard_ns;   /* its last acknowledgement; 0: none yet */
    /* election */
    bool promised;
    uint64_t promised_slots; /* slots that the promise announced, */
    uint64_t received_slots; /* and those received */
};

struct group {
    struct group_setup setup;
    struct transport *t;
    uint32_t self; /* index in the group */
    enum role role;
    uint64_t ballot; /* highest promised: round << 8 | replica index */
    uint32_t leader; /* index, or UINT32_MAX */
    struct random *random;

    /* Suspicion. Silence is counted in ticks of this replica's own timer, one heartbeat each:
     * messages that arrived while a handler ran are handled before the next tick, so a replica that
     * was busy, or did not run, does not suspect the leader for that. */
    uint64_t silence_ns;   /* since the last message of a leader with a quorum */
    uint64_t jitter_ns;    /* random: two followers rarely suspect at the same tick */
    uint64_t heard_ns;     /* the last heartbeat of this leader; 0: none yet */
    struct patience beats; /* times between its heartbeats; of a leader: between acknowledgements */
    bool learning;         /* decided slots were received since the last tick */
    uint32_t supporters;   /* bit per replica that has no leader either */
    uint32_t elections;    /* since a slot was last decided: the time-out doubles with each */
    uint64_t sent_ns;      /* last heartbeat, or acknowledgement, sent */

    struct slot *slots; /* ring of `capacity`, slot s at s & (capacity - 1) */
    uint64_t capacity;
    uint64_t first; /* oldest slot kept */
    uint64_t last;  /* newest slot known */
    uint64_t
        through; /* all slots <= through are decided, or held in the present ballot and stored */
    uint64_t commit; /* all slots <= commit are decided, known here */
    uint64_t applied;
    uint64_t settled; /* all slots <= settled are applied, and stored */
    uint64_t stable;  /* the least `settled` of all replicas, as far as known */
    uint64_t progress;

    /* Records on the device are numbered from 1, in their order; 0: none is needed, as is always
     * so without storage. */
    uint64_t appended, synced; /* the last one appended, and the last one known to be stored */
    uint64_t syncing;          /* the last one that the sync under way stores; 0: none is */
    uint64_t ballot_record;    /* that `ballot` has */
    /* Follower: the first and the last record that an answer to the leader waits for; 0: none. */
    uint64_t answer_from, answer_to;
    uint64_t told_commit;      /* the leader's, as far as it has told */
    uint64_t candidate_commit; /* the candidate's of this ballot */
    bool vote_waits;           /* a PREPARE, or a PROMISE, for its ballot's record */

    struct patience decisions; /* leader: from a batch's proposal to its decision, */
    uint64_t probe_slot;       /* measured on this one at present; 0: on none */
    uint64_t probe_ns;

    struct peer peers[REPLICAS_MAX];
    uint32_t others[REPLICAS_MAX]; /* nodes of the group without this one */
    uint32_t other_count;

    uint8_t *open; /* the batch being gathered */
    uint32_t open_bytes;
    uint32_t open_capacity;
    bool applying;
};

static inline struct slot *slot_at(const struct group *g, uint64_t slot)
{
    return &g->slots[slot & (g->capacity - 1)];
}

static inline uint32_t group_peer_node(const struct group *g, uint32_t index)
{
    ASSERT(index < g->setup.topology->replicas);
    return topology_replica(g->setup.topology, g->setup.group, index);
}

/* Is it stored: would it survive a crash? */
static inline bool group_on_device(const struct group *g, uint64_t record)
{
    return record <= g->synced;
}

static inline uint32_t group_majority(const struct group *g)
{
    return g->setup.topology->replicas / 2 + 1;
}

/* ---- group.c ------------------------------------------------------------------------------- */

struct message_group *group_message_new(struct group *g, enum message_kind kind);
struct message_accept *group_accept_new(struct group *g, enum message_kind kind, uint64_t slot,
                                        const uint8_t *entries, uint32_t bytes);
void group_send_others(struct group *g, struct message *m);
/* Store a value in a slot, replacing one accepted there in a lower ballot. */
void group_slot_store(struct group *g, uint64_t slot, uint64_t ballot, struct message *value);
/* Is the message's slot too far ahead (GROUP_SLOTS_AHEAD_MAX)? Then it is refused. */
bool group_slot_far(struct group *g, const struct message_accept *m);
/* All slots through this one are decided: apply them. */
void group_commit(struct group *g, uint64_t slot);
/* To a leader or candidate of a lower ballot: the promised ballot and the commit. */
void group_refuse(struct group *g, uint32_t index);
void group_become_follower(struct group *g, uint64_t ballot, uint32_t leader);
void group_become_leader(struct group *g);
/* A heartbeat to one replica, or to all others (UINT32_MAX). */
void group_heartbeat(struct group *g, uint32_t index);
/* Leader: decides what a majority holds. */
void group_decide(struct group *g);

/* ---- group_storage.c ----------------------------------------------------------------------- */

/* Append the record of a slot's value, and that of the ballot. */
void group_record_slot(struct group *g, uint64_t slot);
void group_record_ballot(struct group *g);
/* Begins to store what was appended, unless a sync is under way. */
void group_sync(struct group *g);
/* Recomputes `through`. */
void group_advance(struct group *g);
/* Recomputes `settled`, and returns it. */
uint64_t group_settled(struct group *g);
/* Follower: tells its leader what it holds. */
void group_acknowledge(struct group *g);
/* Follower: the same in answer to a message of its leader's, now or when the record is stored, and
 * applies what is decided. */
void group_follow(struct group *g, uint64_t commit, uint64_t stable, uint64_t record);

/* ---- election.c ---------------------------------------------------------------------------- */

/* The silence after which a leader, or a follower, is suspected. */
uint64_t election_patience_ns(const struct group *g);
/* A follower's, or candidate's, tick. */
void election_tick(struct group *g);
/* A message of a leader with a quorum was received; `beat`: a heartbeat. */
void election_heard(struct group *g, bool beat);
/* Forget the former leader's heartbeat gaps, begin to measure. */
void election_reset(struct group *g);

/* What follows a new ballot, now or when its record is stored: a candidate's PREPARE, or the
 * promise of a follower that has received one. */
void election_vote(struct group *g);

void election_on_suspect(struct group *g, uint32_t from, const struct message_group *m);
void election_on_support(struct group *g, uint32_t from, const struct message_group *m);
void election_on_learn(struct group *g, uint32_t from, struct message_accept *m);
void election_on_prepare(struct group *g, uint32_t from, const struct message_group *m);
void election_on_promise(struct group *g, uint32_t from, const struct message_group *m);
void election_on_promised(struct group *g, uint32_t from, struct message_accept *m);

#endif
