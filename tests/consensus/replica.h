/* replica.h - one replica of a Multi-Paxos group under test: it receives the messages that the test
 * makes, and the messages that it sends are kept for inspection (manual.h). The other replicas
 * exist as numbers only; nodes of the group have the numbers of its replicas. */
#ifndef AVIARY_TESTS_CONSENSUS_REPLICA_H
#define AVIARY_TESTS_CONSENSUS_REPLICA_H

#include "proto/order/group.h"
#include "tests/lib/manual.h"

#define MS UINT64_C(1000000)
#define BALLOT(round, replica) ((uint64_t)(round) << 8 | (replica))
#define DECIDED UINT64_MAX /* in the place of the ballot in which a value was accepted */

enum {
    TICKS_MAX = 1000,
    APPLIED_MAX = 16,
    /* Values of slots. */
    NOTHING = 0, /* an empty batch */
    A,
    B,
    C,
};

/* The replica under test, and the values that it has applied. */
struct replica {
    struct manual manual;
    struct topology topology;
    struct timing timing;
    struct group *group;
    uint64_t applied[APPLIED_MAX];
    uint32_t applied_count;
};
extern struct replica replica;

/* Starts replica `self` of a group of `replicas`, in ballot (1, 0), and frees it: the latter is the
 * fixture after each test. */
void replica_begin(uint32_t replicas, uint32_t self);
/* The same, with storage. */
void replica_begin_durable(uint32_t replicas, uint32_t self);
void replica_end(void);

/* ---- messages that it receives from replica `from` ------------------------------------------- */

/* Any message, which must be valid; it is released. */
void receive_message(uint32_t from, struct message *m);
void receive(uint32_t from, enum message_kind kind, struct message_group content);
void receive_heartbeat(uint32_t from, uint64_t ballot, uint64_t commit);
void receive_accepted(uint32_t from, uint64_t ballot, uint64_t through);
void receive_prepare(uint32_t from, uint64_t ballot);
void receive_promise(uint32_t from, uint64_t ballot, uint64_t slots);
void receive_support(uint32_t from, uint64_t ballot);
void receive_accept(uint32_t from, uint64_t ballot, uint64_t slot, uint64_t value);
void receive_promised(uint32_t from, uint64_t ballot, uint64_t slot, uint64_t accepted_ballot,
                      uint64_t value);
void receive_learn(uint32_t from, uint64_t ballot, uint64_t slot, uint64_t value);

/* The sync under way completes; there must be one. */
void complete_sync(void);

/* Its timer fires. */
void tick(void);

/* It is the leader: it proposes the value. */
void propose(uint64_t value);

/* It receives only support for its suspicion until it is a candidate; returns its ballot. */
uint64_t stand_for_election(void);
/* As before, and a majority of promises without values makes it the leader. */
uint64_t get_elected(void);

/* ---- messages that it sent to replica `to` since manual_forget() ----------------------------- */

uint32_t sent_count(enum message_kind kind, uint32_t to);
/* The last one of that kind; there must be one. */
struct message_group last_sent(enum message_kind kind, uint32_t to);
/* The last one of that kind about that slot, and the value in it; there must be one. */
const struct message_accept *slot_sent(enum message_kind kind, uint32_t to, uint64_t slot);
uint64_t value_sent(enum message_kind kind, uint32_t to, uint64_t slot);

/* It has sent `to` a refusal, an ACCEPTED of the ballot that it has promised, and no promise; all
 * kept messages are released. */
void assert_refusal_sent(uint32_t to, uint64_t ballot);

/* `count` values were applied, the last of which is `value`. */
void assert_applied(uint32_t count, uint64_t value);

#endif
