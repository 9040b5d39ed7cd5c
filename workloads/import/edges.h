/* edges.h - reads an edge list: lines `A B` or `A,B`.
 *
 * A first line such as `4039,88234,u,graph` (vertices, edges, u or d for undirected or directed) is
 * recognised; lines that begin with # or % are comments. */
#ifndef AVIARY_WORKLOADS_IMPORT_EDGES_H
#define AVIARY_WORKLOADS_IMPORT_EDGES_H

#include <stdbool.h>
#include <stdint.h>

#include "workloads/trace/workload.h"

struct edge {
    uint32_t from, to; /* numbers of variables */
};

struct edges {
    struct edge *edge;
    uint32_t count, room;
    bool directed; /* by its first line; without one: false */
};

/* Adds the vertices to the variables of `owner`, named as in the file with a `u` in front. */
int edges_read(const char *path, struct workload *owner, struct edges *out, struct error *e);
void edges_finish(struct edges *edges);

#endif
