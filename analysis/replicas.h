/* replicas.h - checks that replicas execute alike: the same commands, digests and states at the
 * same positions of a group, in delivery order; and that all groups saw a command's variables
 * alike. */
#ifndef AVIARY_ANALYSIS_REPLICAS_H
#define AVIARY_ANALYSIS_REPLICAS_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/ledger.h"
#include "analysis/verdict.h"
#include "proto/topology.h"

enum replicas_property {
    REPLICAS_STATE, /* within a group: same command, digest and state at the same position */
    REPLICAS_VIEWS, /* over all groups: same digest, same versions seen of the same command */
    REPLICAS_PROPERTIES,
};

struct replicas_group {
    uint32_t *sequence; /* commands in the order of execution, of the furthest replica */
    uint64_t *state;    /* parallel: the hash of the state after it */
    uint64_t count, sequence_room, state_room;
};

struct replicas_node {
    uint32_t count;     /* executions that agree with the group's */
    uint32_t delivered; /* 1 + delivery position of the last executed command */
    bool diverged;      /* disagreed; not looked at any more */
};

struct replicas {
    struct ledger *ledger; /* borrowed; writes `executed`, slots' digests, accesses' versions */
    struct topology topology;
    struct replicas_group *groups;
    struct replicas_node *nodes;
    struct property properties[REPLICAS_PROPERTIES];
};

/* What a replica tells about an execution: observer.h's `executed`. */
struct replicas_execution {
    uint32_t node;
    uint32_t group;
    uint32_t command; /* number in the ledger */
    uint64_t digest;
    uint64_t state_hash;
    const uint64_t *seen; /* by access */
    uint32_t access_count;
};

void replicas_init(struct replicas *r, struct ledger *ledger, const struct topology *topology);
void replicas_finish(struct replicas *r);

/* Delivered first, by the same replica: delivery positions come from the ledger. */
void replicas_executed(struct replicas *r, const struct replicas_execution *x);

#endif
