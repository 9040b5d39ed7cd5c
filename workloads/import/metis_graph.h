/* metis_graph.h - reads graphs in the format of METIS and of Walshaw's archive, and partitions.
 *
 * The first line of a graph has its numbers of vertices and edges, then optionally three binary
 * digits for further columns: sizes of vertices, weights of vertices, weights of edges (`1` is
 * `001`). Then comes a line for each vertex: its size, its weight, its neighbours, counted from 1
 * and each followed by the weight of the edge. Lines that begin with % are comments. An edge is in
 * the lines of both its ends. */
#ifndef AVIARY_WORKLOADS_IMPORT_METIS_GRAPH_H
#define AVIARY_WORKLOADS_IMPORT_METIS_GRAPH_H

#include "base/error.h"
#include "base/lines.h"
#include "proto/partition/partitioner.h"

struct metis_graph {
    struct graph_csr csr; /* rows ascending; missing weights are 1 */
    uint32_t *bytes;      /* the sizes of vertices, NULL: none given */
    uint32_t *offset, *neighbour, *edge_weight, *vertex_weight; /* what csr points to */
};

/* Errors name the line and what was expected there. Call metis_graph_finish in any case. */
int metis_graph_open(const char *path, struct metis_graph *out, struct error *e);
int metis_graph_read(struct lines *lines, struct metis_graph *out, struct error *e);
void metis_graph_finish(struct metis_graph *graph);

/* Reads a partition: the part of each vertex, one a line, % comments. */
int metis_parts_open(const char *path, uint32_t vertices, uint32_t *part, struct error *e);

#endif
