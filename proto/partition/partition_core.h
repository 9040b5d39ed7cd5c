/* partition_core.h - what all partitioners share.
 *
 * A strategy cuts only the core of the graph: the vertices that have edges, with weights scaled
 * into the 31 bits that libraries want. partition_by_core does the rest: the vertices without
 * edges, parts that stayed empty, parts that became too heavy, and graphs too small to be cut. */
#ifndef AVIARY_PROTO_PARTITION_PARTITION_CORE_H
#define AVIARY_PROTO_PARTITION_PARTITION_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/partition/partitioner.h"

/* The sums of the scaled vertex weights and of the scaled edge weights (each edge twice) stay near
 * it, whatever the graph. */
#define CORE_WEIGHT_SUM_MAX ((uint64_t)1 << 30)

struct partition_core {
    const struct partition_request *request;
    uint32_t vertices;                                         /* more than there are parts */
    int32_t *offset, *neighbour, *edge_weight, *vertex_weight; /* rows as in graph_csr; the strategy
                                                                  may change the weights */
    int32_t *part;    /* by vertex of the core: to be filled in */
    uint32_t *vertex; /* by vertex of the core: its number in the graph */
};

enum core_present { CORE_IGNORES_PRESENT, CORE_USES_PRESENT };

/* cut: fills in `part`; 0 or -1. As partitioner.cut. */
int partition_by_core(const struct partition_request *request, enum core_present present,
                      int (*cut)(struct partition_core *core), uint32_t *part_out);

/* The present part of a vertex of the core; UINT32_MAX: none. What moving it costs. */
uint32_t partition_core_present(const struct partition_core *core, uint32_t vertex);
uint32_t partition_core_bytes(const struct partition_core *core, uint32_t vertex);

/* What cuts the core for `metis` and `fennel`, for strategies that go on from there. */
int partition_core_metis(struct partition_core *core);
int partition_core_fennel(struct partition_core *core);

#endif
