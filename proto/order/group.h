/* group.h - one replica's part in its group's log: Multi-Paxos with batching and leader change.
 *
 * A log of slots; each slot decides one batch of entries. The leader, which holds the highest
 * ballot, proposes; a majority of acceptances decides; every replica hands decided batches to the
 * layer above in slot order. (Lamport, The Part-Time Parliament; as Multi-Paxos in FACTS'
 * protocols: acceptors, learners and proposers are co-located.)
 *
 *   leader    ACCEPT(ballot, slot, entries, commit)  ->  followers
 *   follower  ACCEPTED(ballot, through)              ->  leader      all slots <= through are held
 *   leader    commit := what a majority holds; followers learn it from the next ACCEPT or HEARTBEAT
 *
 * Batching needs no timer: while `window` batches are undecided, new entries gather in an open
 * batch. Lost messages: to a follower that makes no progress between two heartbeats the leader
 * retransmits what it lacks, however far behind it is; the log is kept from the slowest replica's
 * position on. Leader change. A follower that receives nothing from a leader for its election
 * time-out suspects it and queries all others (SUSPECT); a leader that is only slow answers by a
 * heartbeat, a replica that has no leader either by SUPPORT, one that has a leader only by newly
 * decided slots (LEARN). With a majority's support (pre-vote: Ongaro, Consensus, 2014, section 9.6)
 * and after a grace of half a time-out it starts phase 1 with its next ballot (PREPARE / PROMISE +
 * one PROMISED per slot), adopts for each slot the value of the highest ballot, fills gaps with
 * empty batches and proposes them anew. So a replica that has lost only its link to the leader
 * deposes no leader, and follows by LEARN. The election time-out is the configured one or, if that
 * is more, the mean gap between heartbeats plus four deviations; it doubles with each election
 * until a slot is decided again. At the start replica 0 leads with ballot 1, its phase 1 taken as
 * done on the empty log.
 *
 * Without faults no leader is deposed: silence counts only while the follower itself is idle, and
 * long handlers call group_keep_alive() now and then.
 *
 * Storage. Without it nothing is written, and a crashed replica does not come back. With it
 * (transport.h, durable) each replica appends records of what it promises and accepts: the log is
 * then what the replica would be after a crash. A record is a message: PROMISE of a ballot that was
 * promised; ACCEPT, PROMISED or LEARN of a value stored in a slot. A candidate's PREPARE, a PROMISE
 * and an ACCEPTED are sent only when the records that they speak of are stored, and a leader counts
 * its own acceptance then; the decision of a majority of others needs not wait for it. Heartbeats
 * are answered at once, by what is stored so far. One sync is under way at a time: all records
 * appended meanwhile share the next one (group commit), and one ACCEPTED answers all of a sync. */
#ifndef AVIARY_PROTO_ORDER_GROUP_H
#define AVIARY_PROTO_ORDER_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/limits.h"
#include "proto/timing.h"
#include "proto/transport.h"

enum {
    GROUP_BATCH_BYTES_MAX = 64 * 1024, /* a full open batch is sent whatever the window */
    GROUP_RESEND_MAX = 64,             /* slots retransmitted to one follower at a time */
    /* A slot further beyond the last one that is known to be decided is not taken: one that is
     * behind so far gets them in turn, and a number that is wrong cannot make the log large. */
    GROUP_SLOTS_AHEAD_MAX = 1 << 16,
};

#define BALLOT_MAX (UINT64_MAX >> 8) /* no higher one is believed: it leaves room for elections */

/* The index of the one replica that may lead in a ballot. */
static inline uint32_t ballot_owner(uint64_t ballot)
{
    return (uint32_t)(ballot & 0xff);
}

static inline bool ballot_believable(uint64_t ballot, const struct topology *t)
{
    return ballot <= BALLOT_MAX && ballot_owner(ballot) < t->replicas;
}

/* One entry of a batch; its payload follows, the whole is a multiple of 8 bytes. */
struct entry {
    uint32_t bytes; /* this header included */
    uint32_t kind;  /* of the layer above */
};

/* ACCEPT, PROMISED (one slot of a promise), LEARN (one decided slot). The batch is
 * entries[0 .. entry_bytes). */
struct message_accept {
    struct message m;
    uint64_t ballot;
    uint64_t slot;            /* from 1 */
    uint64_t accepted_ballot; /* PROMISED: the ballot it was accepted in; UINT64_MAX: decided */
    uint64_t commit;          /* ACCEPT: all slots <= commit are decided */
    uint64_t stable;          /* ACCEPT: all replicas have applied all slots <= stable */
    uint32_t entry_bytes;
    uint32_t more; /* LEARN: 1: the last of this answer, but more is decided; else 0 */
    uint8_t entries[];
};

/* The other kinds of messages; meaning of the fields:
 *   ballot    the sender's promise (HEARTBEAT, PREPARE: its own ballot)
 *   commit    highest slot decided, as far as the sender knows; ACCEPTED: the newest slot it holds,
 *             if it lacks one before
 *   through   ACCEPTED: holds, and has stored, all slots of this ballot through; PROMISE: slots
 *             following;
 *             HEARTBEAT: 1: a majority acknowledges the leader
 *   applied   ACCEPTED: applied, and stored, through; HEARTBEAT: all replicas have
 *   progress  ACCEPTED: the layer above's watermark (group_set_progress) */
struct message_group {
    struct message m;
    uint64_t ballot, commit, through, applied, progress;
};

_Static_assert(sizeof(struct message_accept) == 64, "no padding");
_Static_assert(sizeof(struct message_group) == 56, "no padding");

/* Upcalls to the layer above. */
struct group_events {
    /* A decided batch, in slot order, the same on all replicas. */
    void (*apply)(void *above, const uint8_t *entries, uint32_t bytes);
    /* This replica has become the leader, or is no longer. */
    void (*leading)(void *above, bool leading, uint64_t ballot);
};

struct group_setup {
    struct transport *transport;
    const struct topology *topology;
    const struct timing *timing;
    uint32_t group;
    uint32_t window; /* undecided batches at a time */
    const struct group_events *events;
    void *above;
};

/* Of a group's syncs; no other operation of the node has it. */
#define GROUP_SYNC_COOKIE UINT64_MAX

struct group;

struct group *group_create(const struct group_setup *setup);
void group_destroy(struct group *g);
/* Begin: sets TIMER_GROUP; replica 0 becomes leader (reported by `leading`). */
void group_start(struct group *g);

bool group_leading(const struct group *g);
/* The node believed to lead: this one, another, or UINT32_MAX while none is known. */
uint32_t group_leader(const struct group *g);
/* The ballot of that leader. */
uint64_t group_ballot(const struct group *g);
/* The slot of the batch that was applied last, or is being applied. */
uint64_t group_applied(const struct group *g);

/* Leader only: room for one entry's payload (8-aligned, `bytes` rounded up to 8) in the open batch;
 * fill it before the next call. The batch leaves by group_flush, which the owner calls at the end
 * of every handler. */
void *group_propose(struct group *g, uint32_t kind, uint32_t bytes);
void group_flush(struct group *g);
/* To be called at times by handlers that may take longer than a heartbeat: sends a heartbeat, or an
 * acknowledgement, if one is due. */
void group_keep_alive(struct group *g);

/* The progress of the layer above (any increasing measure); the leader knows the minimum over all
 * replicas, from their acknowledgements. */
void group_set_progress(struct group *g, uint64_t progress);
uint64_t group_progress_min(const struct group *g);

/* True if the message was one of this layer's. */
bool group_on_message(struct group *g, struct message *m);
void group_on_timer(struct group *g);
/* True if the completion was one of this layer's. */
bool group_on_completion(struct group *g, uint64_t cookie);

/* The message without the contents of its entries, whose framing is sound where it is valid. */
bool group_message_valid(const struct message *m, const struct limits *l);
/* Is it one with a slot, struct message_accept? */
bool group_message_slotted(const struct message *m);

#endif
