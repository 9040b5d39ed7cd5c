/* access_graph.h - the graph of a workload (proto/graph.h), collected from its commands.
 *
 * Every granule of the catalogue is a vertex and weighs the accesses to it plus one. The centre of
 * a command with many granules is its first variable that is only read, else the first. */
#ifndef AVIARY_WORKLOADS_ACCESS_GRAPH_H
#define AVIARY_WORKLOADS_ACCESS_GRAPH_H

#include "proto/partitioner.h"
#include "workloads/workload.h"

struct access_graph;

struct access_graph *access_graph_create(void);
void access_graph_destroy(struct access_graph *g);
void access_graph_add(struct access_graph *g, const struct catalogue *catalogue,
                      const struct trace_command *command);

/* The graph of what has been added so far, over all granules of the catalogue in the order of their
 * numbers; neighbours in ascending order. Valid until the next call of this. */
const struct graph_csr *access_graph_csr(struct access_graph *g, const struct catalogue *catalogue);

/* Cuts it into partitions: fills in `partition` for each granule, by variable. imbalance: 0.2 for
 * 20 %. 0 or -1. */
struct access_graph_cut {
    const struct partitioner *partitioner;
    uint32_t partitions;
    double imbalance;
    uint64_t seed;
};
int access_graph_cut(struct access_graph *g, const struct catalogue *catalogue,
                     const struct access_graph_cut *how, uint16_t *partition, struct error *e);

#endif
