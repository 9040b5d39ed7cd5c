/* partitioner.h - cuts a weighted graph into parts of about equal weight with few edges between:
 * strategies behind one table, and how good a cut is.
 *
 * A strategy is a constant `NAME_partitioner` in a file of its own and one line of the table in
 * partitioner.c; partition_core.h has what they share. The dashes of its name are underscores
 * there. A strategy is a pure function: the same request gives the same parts. Some of them run
 * libraries whose generator is one per process: not for several threads. */
#ifndef AVIARY_PROTO_PARTITION_PARTITIONER_H
#define AVIARY_PROTO_PARTITION_PARTITIONER_H

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

enum { PARTITION_PARTS_MAX = 1024 };

struct partition_request {
    const struct graph_csr *graph;
    uint32_t parts;              /* 1 .. PARTITION_PARTS_MAX */
    uint32_t imbalance_permille; /* how much heavier than the mean a part may be, 200 for 20 % */
    uint64_t seed;
    const uint32_t
        *present; /* by vertex: its present part; `parts` or more: none. NULL: none for all */
    const uint32_t *bytes; /* by vertex: what moving it costs; NULL: 1 each */
};

struct partitioner {
    const char *name;
    const char *summary;
    /* Part numbers below `parts` go to part_out, one for each vertex.
     *
     * A part is heavier than allowed only where single heavy vertices leave no choice. A vertex
     * without edges stays where it is if the strategy uses `present` and there is room, else it
     * goes to the lightest part. No part stays empty unless there are fewer vertices than parts.
     *
     * 0; -1: out of memory, or too large (2^31 edge ends). */
    int (*cut)(const struct partition_request *request, uint32_t *part_out);
};

/* NULL for an unknown name. */
const struct partitioner *partitioner_find(const char *name);
/* The i-th, or NULL past the end. */
const struct partitioner *partitioner_at(uint32_t i);
const char *partitioner_name(uint32_t i);

/* The weight of the edges between different parts. */
uint64_t partition_cut(const struct graph_csr *graph, const uint32_t *part);

/* By how much the heaviest part is heavier than the mean, rounded up. */
uint32_t partition_imbalance_permille(const struct graph_csr *graph, uint32_t parts,
                                      const uint32_t *part);

/* The weight that a part may have: the mean and the imbalance, rounded down; but no less than the
 * mean rounded up, which one part has to have. */
uint64_t partition_load_max(const struct graph_csr *graph, uint32_t parts,
                            uint32_t imbalance_permille);

/* The cost of moves from `present`; vertices without a present part do not count. */
struct partition_moves {
    uint64_t vertices, bytes;
};
struct partition_moves partition_moved(const struct partition_request *request,
                                       const uint32_t *part);

#endif
