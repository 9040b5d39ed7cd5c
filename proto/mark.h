/* mark.h - marks: names of paths that few runs take, such as a retransmission or an election.
 *
 * Code reports that it takes one by transport_mark(). A simulator counts marks, so that a test can
 * assert that its path was taken, and so that paths which no seed of the swarm takes are found. A
 * trace of messages has a line for each. */
#ifndef AVIARY_PROTO_MARK_H
#define AVIARY_PROTO_MARK_H

#include <stdint.h>

/* X(NAME, name, what happens). */
#define MARKS(X)                                                                                  \
    /* the log of a group */                                                                      \
    X(BALLOT_REFUSED, "ballot-refused", "a replica refuses a message of a lower ballot")          \
    X(FOLLOWER_STALLED, "follower-stalled", "a leader resends slots, since the follower stalled") \
    X(GAP_REPORTED, "gap-reported", "a leader resends slots, since the follower reported a gap")  \
    X(CATCHING_UP, "catching-up", "a leader resends slots to a follower that is far behind")      \
    X(BATCH_FULL, "batch-full", "a batch is proposed because it is full")                         \
    /* elections */                                                                               \
    X(LEADER_SUSPECTED, "leader-suspected", "a follower asks whether others have a leader")       \
    X(SUPPORT_DENIED, "support-denied", "a replica that has a leader denies its support")         \
    X(SUSPECTED_LEADER_ANSWERS, "suspected-leader-answers", "the leader itself is asked")         \
    X(SLOT_LEARNT, "slot-learnt", "a follower learns a decision from another follower")           \
    X(ELECTION, "election", "a replica stands for election")                                      \
    X(SLOT_REPROPOSED, "slot-reproposed", "a new leader proposes a value of a former one")        \
    X(GAP_FILLED, "gap-filled", "a new leader proposes an empty batch for an unknown slot")       \
    X(PROMISED_AGAIN, "promised-again", "a candidate receives a slot of a promise twice")         \
    X(LEADER_DEPOSED, "leader-deposed", "a leader becomes a follower")                            \
    X(LEADER_ALONE, "leader-alone", "a heartbeat says that no majority is heard")                 \
    /* storage of a replica */                                                                    \
    X(VOTE_STORED, "vote-stored", "a PREPARE or promise is sent, its ballot is stored")           \
    X(ANSWER_SHARED, "answer-shared", "one answer to a leader for the values of a sync")          \
    X(DECIDED_UNSTORED, "decided-unstored", "others decide what their leader has not stored")     \
    /* atomic multicast */                                                                        \
    X(TIMESTAMP_ASKED, "timestamp-asked", "a leader requests timestamps of a command")            \
    X(TIMESTAMP_ASKED_ALL, "timestamp-asked-all", "again, from all replicas")                     \
    X(TIMESTAMPS_MISSED, "timestamps-missed", "a gap between two timestamps of a group")          \
    X(COMMAND_ASKED, "command-asked", "a leader requests a command that another group has")       \
    X(COMMAND_CARRIED, "command-carried", "a replica sends the command with its timestamp")       \
    X(COMMAND_AGAIN, "command-again", "a leader receives a command that it has ordered")          \
    X(COMMAND_HELD, "command-held", "a command waits for those it follows (FIFO)")                \
    X(PAYLOAD_WANTED, "payload-wanted", "a leader requests a large payload after an inquiry")     \
    X(SENT_TO_ALL, "sent-to-all", "a command is sent to all replicas of its groups")              \
    X(RELAYED, "relayed", "a follower passes a message on to its leader")                         \
    X(POINTED_TO_LEADER, "pointed-to-leader", "a follower tells a sender its leader")             \
    /* the exchange between partitions */                                                         \
    X(VALUES_ASKED, "values-asked", "a replica asks for a message that a command waits for")      \
    X(VALUES_ASKED_ALL, "values-asked-all", "again, from all replicas")                           \
    X(VALUES_MISSED, "values-missed", "a gap between two messages of a group")                    \
    X(VALUES_TOLD_LOST, "values-told-lost", "the sender tells that it has sent the message")      \
    X(VALUES_AGAIN, "values-again", "a message about a command that is executed")                 \
    X(VALUES_RESENT, "values-resent", "a new leader sends messages of the former one again")      \
    X(SIGNALS_FULL, "signals-full",                                                               \
      "a signal is sent as a message: the receiver has no free slot")                             \
    X(SIGNAL_TORN, "signal-torn", "a slot is read while it is being written")                     \
    X(SIGNAL_LOST, "signal-lost", "the write of a signal fails")                                  \
    X(NEED_POSTPONED, "need-postponed", "a request comes before there is an answer")              \
    X(ANSWERED_ASIDE, "answered-aside", "a follower sends a reply, since it was asked")           \
    X(GUESS_CONFIRMED, "guess-confirmed", "a speculation used present copies")                    \
    X(GUESS_REFUTED, "guess-refuted", "a speculation used a stale copy: it is repeated")          \
    /* dynamic schemes */                                                                         \
    X(PLACE_STALE, "place-stale", "a partition refuses a command whose variable has left")        \
    X(LOAN_UNUSED, "loan-unused", "a target returns a loan unchanged")                            \
    X(MOVE_MISSED, "move-missed", "a variable to be moved is not at its believed place")          \
    X(EXECUTED_EVERYWHERE, "executed-everywhere", "the last resort: all partitions execute")      \
    X(TRANSFER_AWAITED, "transfer-awaited", "a command waits for a plan's variable")              \
    X(TRANSFER_CHAINED, "transfer-chained", "a variable is to leave before it has come")          \
    X(OBJECTS_AGAIN, "objects-again", "a variable of a plan arrives twice")                       \
    X(FETCH_POSTPONED, "fetch-postponed", "a fetch names a plan that is not executed yet")        \
    X(INQUIRY_REPEATED, "inquiry-repeated", "a request of a transfer is sent to another replica") \
    /* the oracle */                                                                              \
    X(QUESTION_REFUSED, "question-refused", "the oracle refuses: a variable does not exist")      \
    X(DISPATCHED_AGAIN, "dispatched-again", "the oracle repeats the multicast of a command")      \
    X(PLAN_AWAITED, "plan-awaited", "a plan is delivered before it is computed")                  \
    X(PLAN_DISCARDED, "plan-discarded", "an oracle's guard refuses a plan")                       \
    X(PLAN_ANNOUNCED_AGAIN, "plan-announced-again", "an oracle repeats the multicast of a plan")  \
    X(PART_POSTPONED, "part-postponed", "a partition asks for a plan that is not there yet")      \
    /* clients */                                                                                 \
    X(COMMAND_RESENT, "command-resent", "a client sends a command again")                         \
    X(ATTEMPT_REFUSED, "attempt-refused", "an attempt of a client is refused")                    \
    X(REPLY_FIRST, "reply-first", "a reply overtakes the prophecy that announces it")             \
    X(LEADER_LEARNT, "leader-learnt", "a client sends its commands to a new leader")

enum mark {
#define X(NAME, name, what) MARK_##NAME,
    MARKS(X)
#undef X
        MARK_COUNT
};

/* Such as "ballot-refused". */
const char *mark_name(enum mark mark);

#endif
