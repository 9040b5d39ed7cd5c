/* exchange.h - messages between the partitions of one command: values, signals, loans.
 *
 * A group sends each other group at most one message about a command, when it has started it (the
 * same to all, or different ones: each is pushed with the groups it is for); the message counts as
 * the group's signal, also when it carries no variable (S-SMR, DSN 2014, Algorithm 1 and its
 * optimisations). Only the leader sends (the designated sender); all replicas keep what they would
 * have sent, until every replica of the receiving groups is done with the command. Each message
 * names the one before it to the same group, and a gap is requested at once (NEED).
 *
 * With exchange_use_signals() messages without values are one-sided writes (signals.h) while the
 * receivers have slots. Writes and messages may overtake each other, which is no loss: so messages
 * with values form one chain, those without another, and each names the one before it in its own.
 *
 * A message that does not arrive is requested after a measured time-out. The leader answers with
 * the timestamp it has reached (TOLD) and not with the message, which may be on its way: links are
 * FIFO, so a message not received before TOLD is lost, and is requested again. Otherwise large
 * values would be retransmitted repeatedly exactly when links are busy. Where the leader is silent,
 * each other replica sends the message once it has started the command. A new leader retransmits
 * what may be missing. Messages may arrive before the command itself. */
#ifndef AVIARY_PROTO_EXECUTION_EXCHANGE_H
#define AVIARY_PROTO_EXECUTION_EXCHANGE_H

#include "proto/application.h"
#include "proto/execution/signals.h"
#include "proto/idmap.h"
#include "proto/observer.h"
#include "proto/order/multicast.h"
#include "proto/variables.h"

/* How a pushed value is to be understood. */
enum pushed_flag {
    /* The copy that the receivers have of the variable is its present value: no state travels, and
     * `state` is zero (S-SMR's caching, copies.h). */
    PUSHED_STILL_VALID = 1,
};

struct pushed_value {
    uint32_t variable;
    uint32_t flags; /* enum pushed_flag, or 0 */
    struct variable_state state;
};

/* VALUES: the sender has started the command; the variables that it owns and the command reads.
 * LOAN: the same to the executing group, which sends them back in a RETURN, with new values. */
struct message_values {
    struct message m; /* opaque_bytes = the sizes of what travels */
    struct command_id id;
    uint64_t timestamp; /* of the command */
    uint64_t previous;  /* of the previous message of its chain between the two groups */
    uint64_t executed;  /* all replicas of the sender's group are done up to this */
    uint16_t group;
    uint16_t verdict; /* enum reply_status: whether the sender's part can be executed */
    uint32_t count;
    struct pushed_value values[]; /* by variable */
};

/* NEED: the sender misses the receiver's messages about commands with timestamps from .. through;
 * without an end (EXCHANGE_INQUIRY) it does not know which were sent. */
struct message_need {
    struct message m;
    uint64_t from, through;
};
#define EXCHANGE_INQUIRY UINT64_MAX

/* TOLD: the sender's group has sent the receiver's all messages through this timestamp. */
struct message_told {
    struct message m;
    uint64_t through;
};

_Static_assert(sizeof(struct pushed_value) == 24, "no padding");
_Static_assert(sizeof(struct message_values) == 64, "no padding");
_Static_assert(sizeof(struct message_need) == 32, "no padding");
_Static_assert(sizeof(struct message_told) == 24, "no padding");

enum {
    EXCHANGE_ANSWERS_MAX = 64,   /* messages sent for one NEED */
    EXCHANGE_POSTPONED_MAX = 64, /* NEEDs answered later */
    /* Commands whose messages a new leader retransmits: the present one's and the last. No other
     * leader waits for older ones: this partition ends a command only after the others have started
     * it. Slow followers send NEED. */
    EXCHANGE_TAKEOVER = 2,
    /* After so many requests all members are asked, also if the leader answers: it may be unable to
     * start the command although they have. */
    EXCHANGE_ASKED_MANY = 6,
};

/* Messages between two groups, each of which names the one before. */
enum exchange_chain {
    CHAIN_MESSAGES,
    CHAIN_SIGNALS, /* those without values, where they are written */
    EXCHANGE_CHAINS,
};

struct inbox;
struct sent;

struct exchange {
    struct transport *transport;
    const struct topology *topology;
    struct multicast *multicast;
    const struct variables *variables; /* for their sizes */
    struct observer *observer;         /* may be NULL */
    uint32_t group;
    bool leading;
    uint64_t done; /* timestamp of the last command this replica is done with */
    struct idmap inboxes;
    struct inbox *spare;
    struct sent *sent; /* by timestamp */
    uint32_t sent_count;
    uint32_t sent_capacity;
    uint32_t sweep_at;
    uint64_t executed_by[GROUPS_MAX]; /* all replicas of that group are done up to this */
    /* Timestamps of the last message to that group, and of the last one from it. */
    uint64_t sent_through[EXCHANGE_CHAINS][GROUPS_MAX];
    uint64_t received_through[EXCHANGE_CHAINS][GROUPS_MAX];
    uint64_t lost[GROUPS_MAX];       /* some message through this one is lost; */
    uint64_t contact_ns[GROUPS_MAX]; /* last message from its contact */
    uint64_t asked_ns;               /* last request of this replica, */
    struct command_id asked_id;      /* its command, */
    uint64_t asked_timestamp;        /* and timestamp */
    struct postponed_need {
        uint64_t timestamp;
        uint32_t node;
    } postponed[EXCHANGE_POSTPONED_MAX];
    uint32_t postponed_count;
    struct signals *signals; /* NULL: all are messages */
};

/* The caller has set transport to group. */
void exchange_init(struct exchange *x);
void exchange_finish(struct exchange *x);
void exchange_leading(struct exchange *x, bool leading);
/* From now on messages without values are written; in init, and by all groups. */
void exchange_use_signals(struct exchange *x);

/* A message about c with room for `room` values; exchange_add() them by variable, then push it.
 * `exchanged`: the value itself is sent and charged, not only its version. */
struct message_values *exchange_new(struct exchange *x, enum message_kind kind,
                                    const struct command *c, uint64_t timestamp, uint32_t room);
void exchange_add(struct exchange *x, struct message_values *m, uint32_t variable,
                  struct variable_state state, bool exchanged);
/* The same, for a variable of which the receivers' copies are still valid. */
void exchange_add_valid(struct message_values *m, uint32_t variable);
/* To all replicas of the groups `to` (own group excepted). Gives up the message. A command's
 * messages to different groups are pushed one after the other. */
void exchange_push(struct exchange *x, const struct group_set *to, struct message_values *m);

/* The groups of `from` whose message about c is missing. */
struct group_set exchange_missing(const struct exchange *x, struct command_id id,
                                  struct group_set from);
/* All messages received about a command, or NULL; and that of `group`, or NULL. */
const struct inbox *exchange_inbox(const struct exchange *x, struct command_id id);
const struct message_values *exchange_from(const struct inbox *inbox, uint32_t group);
/* Its variable, or NULL if it is not among those sent. */
const struct pushed_value *exchange_value(const struct message_values *m, uint32_t variable);
/* Done with the command: forget its messages. */
void exchange_settle(struct exchange *x, const struct command *c, uint64_t timestamp);
/* Ask these groups for their messages about that command, for the (asked + 1)-th time: their
 * leaders, and all members of a group whose leader is silent. */
void exchange_ask(struct exchange *x, const struct group_set *groups, struct command_id id,
                  uint64_t timestamp, uint32_t asked);
/* Is one of these groups' messages about that command known to be lost, or the link to the group's
 * leader down? */
bool exchange_lost(const struct exchange *x, const struct group_set *groups, uint64_t timestamp);

/* True if the message was one of this layer's. *about: the command that something came for. */
bool exchange_on_message(struct exchange *x, struct message *m, struct command_id *about);
/* The next signal that a node has written; false: there is none. *about as above. */
bool exchange_take_signal(struct exchange *x, uint32_t node, struct command_id *about);
bool exchange_message_valid(const struct message *m, const struct limits *l);
/* Of a message: are its values possible, and, if they are to be, by variable? */
bool exchange_values_valid(const struct pushed_value *values, uint32_t count, bool sorted,
                           const struct limits *l);

#endif
