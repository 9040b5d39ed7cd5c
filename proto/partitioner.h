/* partitioner.h - cuts a weighted graph into parts of about equal weight with few edges between.
 *
 * A pure function: the same graph and seed give the same parts. What does it is behind this header;
 * today METIS (partitioner_metis.c), whose generator is one per process: not for several threads.
 */
#ifndef AVIARY_PROTO_PARTITIONER_H
#define AVIARY_PROTO_PARTITIONER_H

#include <stdint.h>

/* Compressed rows: the neighbours of v are neighbour[offset[v] .. offset[v + 1]). Each edge stands
 * in both rows with the same weight; no loops, no edge twice. Weights are at least 1. */
struct graph_csr {
    uint32_t vertices;
    const uint32_t *offset; /* vertices + 1 of them */
    const uint32_t *neighbour;
    const uint32_t *edge_weight;
    const uint32_t *vertex_weight;
};

/* Part numbers below `parts` (at least 1) go to part_out, one for each vertex. imbalance_permille:
 * how much heavier than the mean a part may be, 200 for 20 %; a single heavy vertex can make it
 * more. A vertex without edges goes where least weight is. No part stays empty unless there are
 * fewer vertices than parts. 0; -1: out of memory or too large (2^31 edge ends). */
int partitioner_kway(const struct graph_csr *graph, uint32_t parts, uint32_t imbalance_permille,
                     uint64_t seed, uint32_t *part_out);

#endif
