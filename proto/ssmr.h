/* ssmr.h - S-SMR's servers: every destination partition executes the whole command.
 *
 * Bezerra, Pedone, van Renesse: Scalable State-Machine Replication, DSN 2014, Algorithm 1.
 * Replicas execute sequentially in delivery order. At the START of a command (the one before it is
 * done), a partition pushes to each other destination one VALUES message with the variables it owns
 * and the command reads; the message counts as the partition's signal, also when it is empty. A
 * replica ends the command only when it has one from every other destination, so that for any two
 * partitions one has started before the other ends: without this the execution is serializable but
 * not linearizable. The bulletin of 2016 (Strong consistency at scale, IEEE Data Eng. Bull. 39(1))
 * says start; leaving at delivery is not enough (tests/test_history.c has the counter-example).
 *
 * Only the leader sends (the designated sender); all replicas keep what they would have sent, until
 * every replica of the other destinations has executed the command. A replica that waits for long
 * asks all members of the silent partition (NEED), and whoever has started the command answers; a
 * new leader sends again what may be missing. */
#ifndef AVIARY_PROTO_SSMR_H
#define AVIARY_PROTO_SSMR_H

#include "proto/executor.h"

struct pushed_value {
    uint32_t variable;
    uint32_t reserved;
    struct variable_state state;
};

/* VALUES: a partition has started the command; here is what it owns of what the command reads. */
struct message_values {
    struct message m; /* opaque_bytes = the sizes of the variables */
    struct command_id id;
    uint64_t timestamp; /* of the command */
    uint64_t executed;  /* all replicas of the sender's group have executed so far */
    uint32_t group;
    uint32_t count;
    struct pushed_value values[]; /* by variable */
};

enum {
    SSMR_ANSWERS_MAX = 64, /* VALUES that answer one NEED */
    SSMR_TAKEOVER =
        2, /* VALUES that a new leader sends again: the present command's and the last */
};

/* NEED: the sender waits for the receiver's VALUES of that command, and gets those of some that
 * follow with them. */
struct message_need {
    struct message m;
    uint64_t timestamp;
};

_Static_assert(sizeof(struct pushed_value) == 24, "no padding");
_Static_assert(sizeof(struct message_values) == 56, "no padding");
_Static_assert(sizeof(struct message_need) == 24, "no padding");

extern const struct executor_ops ssmr_executor;

bool ssmr_message_valid(const struct message *m);

#endif
