/* strategy.h - the interface of a placement strategy.
 *
 * A strategy is a constant `NAME_placement` in a file of its own and one line of the table in
 * placement.c. One that cuts the graph of the workload is a partitioner
 * (proto/partition/partitioner.h), and a strategy by itself. */
#ifndef AVIARY_WORKLOADS_PLACE_STRATEGY_H
#define AVIARY_WORKLOADS_PLACE_STRATEGY_H

#include <stddef.h>

#include "workloads/place/access_graph.h"
#include "workloads/place/placement.h"

struct strategy_input {
    const struct placement_request *request;
    const char *argument; /* what follows `name:`, or NULL */
    const struct catalogue *catalogue;
    const struct partitioner *partitioner; /* placement_graph only: the one to ask */
    struct access_graph *graph;            /* NULL but for placement_graph */
};

struct strategy {
    const char *name;
    const char *argument; /* what follows a colon; NULL: nothing may */
    const char *summary;
    /* Fills in `partition`, by variable, for every granule (catalogue->granule[v] == v); the other
     * variables follow their granules. It comes hashed. 0, or -1 with the error. */
    int (*place)(const struct strategy_input *in, uint16_t *partition, struct error *e);
};

/* Of every partitioner. */
int placement_graph(const struct strategy_input *in, uint16_t *partition, struct error *e);

#endif
