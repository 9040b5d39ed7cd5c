/* graph_sample.h - an eighth of a graph's edge weight, set apart, so that a cut of the rest can be
 * judged by what it was not made from.
 *
 * A cut fits the graph that it was computed from better than the workload behind it: of pairs that
 * never come again METIS still separates few. So a cut's own edges say little about it, and those
 * set apart what it is worth. Edges are drawn by the access: one that weighs many accesses is in
 * both graphs, one of a single access in either. */
#ifndef AVIARY_PROTO_PARTITION_GRAPH_SAMPLE_H
#define AVIARY_PROTO_PARTITION_GRAPH_SAMPLE_H

#include "proto/partition/partitioner.h"

enum { GRAPH_SAMPLE_PARTS = 8 }; /* one of them is set apart */

/* Two graphs of the same vertices, whose edge weights add up to those of the whole. */
struct graph_sample {
    struct graph_csr rest, apart;
    uint32_t *memory; /* of both */
};

/* `unit`: the weight of one access. The whole must outlive the sample. */
void graph_sample(const struct graph_csr *whole, uint32_t unit, uint64_t seed,
                  struct graph_sample *out);
void graph_sample_finish(struct graph_sample *sample);

#endif
