/* partition_core.c - what all partitioners share (partition_core.h).
 *
 * The strategy gets the vertices that have edges. The others, and graphs too small to be cut, are
 * assigned heaviest first. Then the guarantees of partitioner.h are restored, at the price of a few
 * more cut edges: METIS and Scotch occasionally leave parts empty, or too heavy. */
#include "proto/partition/partition_core.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"

/* A queued vertex: to be assigned, or to leave its part. */
struct candidate {
    uint32_t vertex;
    int64_t rank; /* the largest goes first */
};

/* Everything that is allocated during a call. */
struct work {
    const struct graph_csr *graph;
    uint32_t parts;
    uint32_t *part; /* the caller's */
    struct partition_core core;
    uint32_t *number; /* by vertex: in the core, UINT32_MAX: not in it */
    struct candidate *queue;
    uint64_t *load;      /* by part */
    uint32_t *count;     /* by part: its vertices */
    uint64_t *weight_to; /* by part: weight of its edges to the current vertex, else 0 */
};

static uint32_t degree(const struct graph_csr *g, uint32_t vertex)
{
    return g->offset[vertex + 1] - g->offset[vertex];
}

static void prepare(struct work *w)
{
    const struct graph_csr *g = w->graph;
    uint64_t ends = g->offset[g->vertices];
    struct partition_core *c = &w->core;
    c->offset = allocate_zeroed((uint64_t)g->vertices + 1, sizeof(*c->offset));
    c->neighbour = allocate_zeroed(ends, sizeof(*c->neighbour));
    c->edge_weight = allocate_zeroed(ends, sizeof(*c->edge_weight));
    c->vertex_weight = allocate_zeroed(g->vertices, sizeof(*c->vertex_weight));
    c->part = allocate_zeroed(g->vertices, sizeof(*c->part));
    c->vertex = allocate_zeroed(g->vertices, sizeof(*c->vertex));
    w->number = allocate_zeroed(g->vertices, sizeof(*w->number));
    w->queue = allocate_zeroed(g->vertices, sizeof(*w->queue));
    w->load = allocate_zeroed(w->parts, sizeof(*w->load));
    w->count = allocate_zeroed(w->parts, sizeof(*w->count));
    w->weight_to = allocate_zeroed(w->parts, sizeof(*w->weight_to));
}

static void release(struct work *w)
{
    free(w->core.offset);
    free(w->core.neighbour);
    free(w->core.edge_weight);
    free(w->core.vertex_weight);
    free(w->core.part);
    free(w->core.vertex);
    free(w->number);
    free(w->queue);
    free(w->load);
    free(w->count);
    free(w->weight_to);
}

/* --- the core -----------------------------------------------------------------------------------
 */

/* By how many bits the weights must shrink for their sum to fit. */
static uint32_t shift_for(const uint32_t *weights, uint64_t count)
{
    uint64_t sum = 0;
    uint32_t shift = 0;
    for (uint64_t i = 0; i < count; i++) sum += weights[i];
    while (sum >> shift > CORE_WEIGHT_SUM_MAX) shift++;
    return shift;
}

static int32_t scaled(uint32_t weight, uint32_t shift)
{
    return weight >> shift > 0 ? (int32_t)(weight >> shift) : 1;
}

static void translate(struct work *w)
{
    const struct graph_csr *g = w->graph;
    struct partition_core *c = &w->core;
    uint32_t ends = 0;
    uint32_t vertex_shift = shift_for(g->vertex_weight, g->vertices);
    uint32_t edge_shift = shift_for(g->edge_weight, g->offset[g->vertices]);
    for (uint32_t v = 0; v < g->vertices; v++) {
        w->number[v] = degree(g, v) > 0 ? c->vertices : UINT32_MAX;
        if (degree(g, v) > 0) c->vertex[c->vertices++] = v;
    }
    for (uint32_t i = 0; i < c->vertices; i++) {
        uint32_t v = c->vertex[i];
        for (uint32_t end = g->offset[v]; end < g->offset[v + 1]; end++, ends++) {
            ASSERT(g->neighbour[end] < g->vertices);
            ASSERT(g->neighbour[end] != v);
            c->neighbour[ends] = (int32_t)w->number[g->neighbour[end]];
            c->edge_weight[ends] = scaled(g->edge_weight[end], edge_shift);
        }
        c->vertex_weight[i] = scaled(g->vertex_weight[v], vertex_shift);
        c->offset[i + 1] = (int32_t)ends;
    }
    ASSERT(c->vertices <= g->vertices);
    ASSERT(ends == g->offset[g->vertices]);
}

static uint32_t present_of(const struct partition_request *r, uint32_t vertex)
{
    return r->present && r->present[vertex] < r->parts ? r->present[vertex] : UINT32_MAX;
}

uint32_t partition_core_present(const struct partition_core *core, uint32_t vertex)
{
    return present_of(core->request, core->vertex[vertex]);
}

uint32_t partition_core_bytes(const struct partition_core *core, uint32_t vertex)
{
    return core->request->bytes ? core->request->bytes[core->vertex[vertex]] : 1;
}

/* --- assignment
 * --------------------------------------------------------------------------------- */

static int heaviest_first(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? 1 : -1;
    return x->vertex < y->vertex ? -1 : 1;
}

static void sort_queue(struct work *w, uint32_t count)
{
    qsort(w->queue, count, sizeof(*w->queue), heaviest_first);
}

static void put(struct work *w, uint32_t vertex, uint32_t part)
{
    ASSERT(part < w->parts);
    w->part[vertex] = part;
    w->load[part] += w->graph->vertex_weight[vertex];
    w->count[part]++;
}

static void move(struct work *w, uint32_t vertex, uint32_t part)
{
    ASSERT(w->count[w->part[vertex]] > 0);
    ASSERT(w->load[w->part[vertex]] >= w->graph->vertex_weight[vertex]);
    ASSERT(w->part[vertex] != part);
    w->load[w->part[vertex]] -= w->graph->vertex_weight[vertex];
    w->count[w->part[vertex]]--;
    put(w, vertex, part);
}

static uint32_t lightest_part(const struct work *w)
{
    uint32_t lightest = 0;
    for (uint32_t p = 1; p < w->parts; p++)
        if (w->load[p] < w->load[lightest]) lightest = p;
    return lightest;
}

static bool has_room(const struct work *w, uint32_t part, uint32_t vertex, uint64_t load_max)
{
    return w->load[part] + w->graph->vertex_weight[vertex] <= load_max;
}

/* The vertices at the head of the queue. Those that may stay do so before the others fill the
 * gaps. */
static void assign(struct work *w, uint32_t count, enum core_present use, uint64_t load_max)
{
    uint32_t left = 0;
    sort_queue(w, count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t vertex = w->queue[i].vertex;
        uint32_t present = present_of(w->core.request, vertex);
        if (use == CORE_USES_PRESENT && present != UINT32_MAX &&
            has_room(w, present, vertex, load_max))
            put(w, vertex, present);
        else
            w->queue[left++] = w->queue[i];
    }
    ASSERT(left <= count);
    for (uint32_t i = 0; i < left; i++) put(w, w->queue[i].vertex, lightest_part(w));
}

/* --- guarantees restored
 * ------------------------------------------------------------------------ */

/* A part can be left empty where a few vertices have most of the weight. It then gets the vertex
 * with the fewest neighbours of the heaviest part with at least two vertices. */
static void fill_empty(struct work *w)
{
    const struct graph_csr *g = w->graph;
    for (uint32_t empty = 0; empty < w->parts && g->vertices >= w->parts; empty++) {
        if (w->count[empty] > 0) continue;
        uint32_t from = UINT32_MAX, moved = UINT32_MAX;
        for (uint32_t p = 0; p < w->parts; p++)
            if (w->count[p] > 1 && (from == UINT32_MAX || w->load[p] > w->load[from])) from = p;
        ASSERT(from != UINT32_MAX);
        for (uint32_t v = 0; v < g->vertices; v++)
            if (w->part[v] == from && (moved == UINT32_MAX || degree(g, v) < degree(g, moved)))
                moved = v;
        ASSERT(moved < g->vertices);
        ASSERT(w->count[empty] == 0);
        move(w, moved, empty);
    }
}

/* The other part with room for a vertex to which its edges weigh most, else the lightest with room;
 * UINT32_MAX: none. *gain: by how much the cut shrinks. */
static uint32_t best_move(struct work *w, uint32_t vertex, uint64_t load_max, int64_t *gain)
{
    const struct graph_csr *g = w->graph;
    uint32_t own = w->part[vertex], best = UINT32_MAX, lightest = lightest_part(w);
    for (uint32_t i = g->offset[vertex]; i < g->offset[vertex + 1]; i++)
        w->weight_to[w->part[g->neighbour[i]]] += g->edge_weight[i];
    for (uint32_t i = g->offset[vertex]; i < g->offset[vertex + 1]; i++) {
        uint32_t p = w->part[g->neighbour[i]];
        if (p == own || !has_room(w, p, vertex, load_max)) continue;
        if (best == UINT32_MAX || w->weight_to[p] > w->weight_to[best] ||
            (p < best && w->weight_to[p] == w->weight_to[best]))
            best = p;
    }
    if (best == UINT32_MAX && lightest != own && has_room(w, lightest, vertex, load_max))
        best = lightest;
    ASSERT(best != own);
    *gain = best == UINT32_MAX ? 0 : (int64_t)w->weight_to[best] - (int64_t)w->weight_to[own];
    for (uint32_t i = g->offset[vertex]; i < g->offset[vertex + 1]; i++)
        w->weight_to[w->part[g->neighbour[i]]] = 0;
    return best;
}

/* Of a vertex that leaves: by how much the cut shrinks per weight, as a fixed-point number. */
static int64_t gain_per_weight(int64_t gain, uint32_t weight)
{
    ASSERT(weight > 0);
    const int64_t limit = INT64_C(1) << 42, one = INT64_C(1) << 20;
    if (gain > limit) gain = limit;
    if (gain < -limit) gain = -limit;
    return gain * one / weight;
}

/* Vertices leave a part that is too heavy, first those that shrink the cut most, or extend it
 * least, per weight. */
static void unload(struct work *w, uint32_t part, uint64_t load_max)
{
    uint32_t count = 0;
    int64_t gain;
    for (uint32_t v = 0; v < w->graph->vertices; v++) {
        if (w->part[v] != part || best_move(w, v, load_max, &gain) == UINT32_MAX) continue;
        w->queue[count++] =
            (struct candidate){v, gain_per_weight(gain, w->graph->vertex_weight[v])};
    }
    ASSERT(count <= w->count[part]);
    sort_queue(w, count);
    for (uint32_t i = 0; i < count && w->load[part] > load_max && w->count[part] > 1; i++) {
        uint32_t to = best_move(w, w->queue[i].vertex, load_max, &gain);
        if (to != UINT32_MAX) move(w, w->queue[i].vertex, to);
    }
}

static void balance(struct work *w, uint64_t load_max)
{
    for (uint32_t p = 0; p < w->parts; p++)
        if (w->load[p] > load_max) unload(w, p, load_max);
}

int partition_by_core(const struct partition_request *request, enum core_present present,
                      int (*cut)(struct partition_core *core), uint32_t *part_out)
{
    const struct graph_csr *g = request->graph;
    ASSERT(request->parts > 0);
    ASSERT(request->parts <= PARTITION_PARTS_MAX);
    if (request->parts == 1) {
        memset(part_out, 0, g->vertices * sizeof(*part_out));
        return 0;
    }
    if (g->offset[g->vertices] > INT32_MAX || g->vertices > INT32_MAX) return -1;
    struct work w = {g, request->parts, part_out, .core = {.request = request}};
    int result = 0;
    prepare(&w);
    translate(&w);
    bool is_cut = w.core.vertices > request->parts;
    if (is_cut) result = cut(&w.core);
    if (result < 0) goto done;
    uint64_t load_max = partition_load_max(g, request->parts, request->imbalance_permille);
    uint32_t loose = 0;
    for (uint32_t v = 0; v < g->vertices; v++) {
        if (is_cut && w.number[v] != UINT32_MAX)
            put(&w, v, (uint32_t)w.core.part[w.number[v]]);
        else
            w.queue[loose++] = (struct candidate){v, g->vertex_weight[v]};
    }
    ASSERT(loose + (is_cut ? w.core.vertices : 0) == g->vertices);
    assign(&w, loose, present, load_max);
    fill_empty(&w);
    balance(&w, load_max);
done:
    release(&w);
    return result;
}
