/* access_graph.h - the graph of a workload (proto/partition/graph.h), collected from its commands.
 *
 * Every granule of the catalogue is a vertex and weighs the accesses to it plus one. The centre of
 * a command with many granules is its first variable that is only read, else the first. */
#ifndef AVIARY_WORKLOADS_PLACE_ACCESS_GRAPH_H
#define AVIARY_WORKLOADS_PLACE_ACCESS_GRAPH_H

#include "proto/partition/partitioner.h"
#include "workloads/trace/workload.h"

struct access_graph;

struct access_graph *access_graph_create(void);
void access_graph_destroy(struct access_graph *g);
void access_graph_add(struct access_graph *g, const struct catalogue *catalogue,
                      const struct trace_command *command);

/* Ends the collecting, in less memory: nothing can be added any more, and the granules that no
 * command accessed are no vertices. */
void access_graph_seal(struct access_graph *g);

/* The graph of the commands added so far, over all granules of the catalogue in the order of their
 * numbers; neighbours in ascending order. Valid until the next call of this, of a sealed graph for
 * as long as that lives. */
const struct graph_csr *access_graph_csr(struct access_graph *g, const struct catalogue *catalogue);
/* By vertex of that graph: the granule. */
const uint32_t *access_graph_granules(const struct access_graph *g);

/* Cuts it into partitions: fills in `partition` for each granule that is a vertex, by variable.
 * imbalance: 0.2 for 20 %. 0 or -1. */
struct access_graph_cut {
    const struct partitioner *partitioner;
    uint32_t partitions;
    double imbalance;
    uint64_t seed;
};
int access_graph_cut(struct access_graph *g, const struct catalogue *catalogue,
                     const struct access_graph_cut *how, uint16_t *partition, struct error *e);

#endif
