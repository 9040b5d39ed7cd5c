/* graph.h - the graph of a workload: which granules are accessed, and which together.
 *
 * A vertex is a granule and weighs the accesses to it; an edge weighs the commands that accessed
 * both its ends. DynaStar's oracle keeps one as the input of plans; servers collect small ones and
 * send them to it in batches, as hints (graph_drain at the sender, graph_merge at the oracle).
 *
 * Weights are numbers from 1; they stop at UINT32_MAX. Granules are numbers given out densely: a
 * snapshot takes a while and 4 bytes for each number up to the largest. Everything is a function of
 * the calls made; running out of memory ends the program (memory.h).
 */
#ifndef AVIARY_PROTO_PARTITION_GRAPH_H
#define AVIARY_PROTO_PARTITION_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/partition/partitioner.h"

enum {
    /* Up to so many granules of a command form a clique: 28 edges. More would make quadratically
     * many edges of little significance, so they become a star: as many edges as granules, and
     * still one cut edge for each granule apart from the centre. */
    GRAPH_CLIQUE_MAX = 8,
    /* A celebrity's post can touch tens of thousands of granules. The bound limits the cost of one
     * command; the others are joined by other commands. */
    GRAPH_STAR_MAX = 256
};

struct graph;

struct graph *graph_create(void);
void graph_destroy(struct graph *g); /* may be NULL */

/* Adds to the weight of a vertex, of an edge between two different ones. weight 0 adds nothing. */
void graph_touch(struct graph *g, uint32_t vertex, uint32_t weight);
void graph_join(struct graph *g, uint32_t a, uint32_t b, uint32_t weight);

/* Adds one access to each of the granules, which are ascending and distinct, and joins them: all
 * pairs up to GRAPH_CLIQUE_MAX, else `centre`, one of them, to at most GRAPH_STAR_MAX of the others
 * (evenly spaced, so that neither low nor high numbers are favoured). */
void graph_add_command(struct graph *g, const uint32_t *granules, uint32_t count, uint32_t centre);

/* Multiplies all weights with permille/1000 (at most 1), rounding down. Entries that fall to 0 are
 * removed, and their memory is freed. */
void graph_age(struct graph *g, uint32_t permille);

/* Vertices that were touched, and edges; an edge may outlive the weight of its ends. */
uint64_t graph_vertex_count(const struct graph *g);
uint64_t graph_edge_count(const struct graph *g);
bool graph_empty(const struct graph *g); /* no vertices and no edges */

/* A weight on its way from one graph to another: of an edge, or where a == b of a vertex. */
struct graph_item {
    uint32_t a, b, weight;
};

/* Takes up to `max` items out of the graph and returns how many; fewer only when nothing is left.
 * Their order is a scattered one, but the same after the same calls. Calls that add may come
 * between two drains. */
uint32_t graph_drain(struct graph *g, struct graph_item *items, uint32_t max);
void graph_merge(struct graph *g, const struct graph_item *items, uint32_t count);

/* A copy for a partitioner: vertices in ascending order of their granules, among them the ends of
 * all edges (weight 1 if never accessed); neighbours ascending. */
struct graph_snapshot {
    struct graph_csr csr;
    uint32_t *granule;                                          /* by vertex */
    uint32_t *offset, *neighbour, *edge_weight, *vertex_weight; /* what csr points to */
};

/* The rows with every edge reversed, each row ascending, into arrays as large as those of `from`.
 * A symmetric graph remains what it is, with its rows sorted. */
void graph_transpose(const struct graph_csr *from, uint32_t *offset, uint32_t *neighbour,
                     uint32_t *edge_weight);

void graph_snapshot(const struct graph *g, struct graph_snapshot *out);
void graph_snapshot_finish(struct graph_snapshot *snapshot);

#endif
