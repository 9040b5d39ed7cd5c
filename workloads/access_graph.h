/* access_graph.h - the graph of a workload: which granules are accessed, and which together.
 *
 * A vertex is a granule, weighing the accesses to it plus one; an edge weighs the commands that
 * access both its ends. A command with many granules would join all pairs: beyond
 * ACCESS_GRAPH_CLIQUE_MAX its first variable that is only read (else the first) is joined to the
 * others, as a star. */
#ifndef AVIARY_WORKLOADS_ACCESS_GRAPH_H
#define AVIARY_WORKLOADS_ACCESS_GRAPH_H

#include "proto/partitioner.h"
#include "workloads/workload.h"

enum { ACCESS_GRAPH_CLIQUE_MAX = 8 };

struct access_graph;

struct access_graph *access_graph_create(void);
void access_graph_destroy(struct access_graph *g);
void access_graph_add(struct access_graph *g, const struct catalogue *catalogue,
                      const struct trace_command *command);

/* The graph of what has been added so far, over all granules of the catalogue in the order of their
 * numbers; neighbours in ascending order. Valid until the next add. */
const struct graph_csr *access_graph_csr(struct access_graph *g, const struct catalogue *catalogue);

/* Cuts it into partitions: fills in `partition` for each granule, by variable. 0 or -1. */
int access_graph_cut(struct access_graph *g, const struct catalogue *catalogue, uint32_t partitions,
                     double imbalance, uint64_t seed, uint16_t *partition, struct error *e);

#endif
