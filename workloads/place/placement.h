/* placement.h - where each variable is at the start: strategies behind one table.
 *
 * Placement is independent of the scheme. A strategy maps granules to partitions; a variable is
 * where its granule is. Variables that a first pass over the workload did not meet are hashed. */
#ifndef AVIARY_WORKLOADS_PLACE_PLACEMENT_H
#define AVIARY_WORKLOADS_PLACE_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "proto/partition/graph.h"
#include "workloads/trace/workload.h"

/* At the end of a strategy's name: it is given the very commands that are then measured. */
#define PLACEMENT_HINDSIGHT "-hindsight"

/* The part of an endless workload that a strategy reads, at most. */
enum { PLACEMENT_ENDLESS_MAX = 200000 };

struct placement {
    uint32_t partitions;
    uint32_t variable_count;
    uint16_t *partition; /* by variable */
    /* If it was learnt: by variable, whether a command has accessed its granule; and the graph of
     * those commands. Else NULL and none. */
    bool *learnt;
    struct graph_item *graph;
    uint32_t graph_count;
};

/* The input of a strategy. */
struct placement_request {
    const char *spec;    /* a name of the table, with its argument */
    uint32_t partitions; /* 1 .. 128 */
    uint64_t seed;
    uint64_t commands_max; /* the part of the workload to read for the graph */
    double imbalance;      /* allowed, 0.2 = 20 % as in the DynaStar paper */
    /* A strategy that learns reads that part to learn from it, and hashes what it does not access.
     * False: that part is what is placed. */
    bool learns;
};

/* Reads through the workload where the strategy needs it (a graph, the set of variables) and
 * rewinds it. Deterministic. 0, or -1 with the error (an unknown strategy: lists the known
 * ones). */
int placement_compute(const struct placement_request *request, struct workload *w,
                      struct placement *out, struct error *e);
void placement_finish(struct placement *p);

/* Does this strategy learn its placement from commands of the workload that come before those that
 * are measured? */
bool placement_learns(const char *spec);

/* The partition of a variable, also of one added after the placement. */
uint32_t placement_of(const struct placement *p, uint32_t variable);

/* The table, the partitioners behind it; false past the end. */
struct placement_kind {
    const char *name;
    const char *argument; /* what follows a colon; NULL: nothing may */
    const char *summary;
};
bool placement_at(uint32_t i, struct placement_kind *out);

#endif
