/* replicas.h - checks that replicas execute alike: the same casts, digests and states at the same
 * positions of a group, in delivery order, also where the group takes part in a cast without
 * executing it; that all groups which execute a command saw its variables alike; and that a command
 * is executed in one of its rounds only. */
#ifndef AVIARY_ANALYSIS_CHECK_REPLICAS_H
#define AVIARY_ANALYSIS_CHECK_REPLICAS_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/check/ledger.h"
#include "analysis/check/verdict.h"
#include "proto/topology.h"

enum replicas_property {
    REPLICAS_STATE, /* within a group: same cast, digest and state at the same position */
    REPLICAS_VIEWS, /* over all that execute a cast: same digest, same versions seen */
    REPLICAS_ONCE,  /* a command is executed by one of its casts at most */
    REPLICAS_PROPERTIES,
};

struct replicas_group {
    uint32_t *sequence; /* casts in the order of execution, of the furthest replica */
    uint64_t *state;    /* parallel: the hash of the state after it */
    uint64_t count, sequence_room, state_room;
};

struct replicas_node {
    uint32_t count;     /* executions that agree with the group's */
    uint32_t delivered; /* 1 + delivery position of the last cast it was done with */
    bool diverged;      /* disagreed; not checked any more */
};

struct replicas {
    struct ledger *ledger; /* borrowed; writes commands' `executed` and `executed_by`, slots'
                            * `done`, `executed` and digests, accesses' versions */
    struct topology topology;
    struct replicas_group *groups;
    struct replicas_node *nodes;
    struct property properties[REPLICAS_PROPERTIES];
};

/* A replica's report of an execution: observer.h's `executed`. */
struct replicas_execution {
    uint32_t node;
    uint32_t group;
    uint32_t cast; /* number in the ledger */
    uint64_t digest;
    uint64_t state_hash;
    const uint64_t *seen; /* by access; NULL: took part, did not execute */
    uint32_t access_count;
};

void replicas_init(struct replicas *r, struct ledger *ledger, const struct topology *topology);
void replicas_finish(struct replicas *r);

/* Delivered first, by the same replica: delivery positions come from the ledger. */
void replicas_executed(struct replicas *r, const struct replicas_execution *x);

#endif
