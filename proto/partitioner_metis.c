/* partitioner_metis.c - the partitioner by METIS: the only file that knows METIS.
 *
 * METIS gets the vertices that have edges, with weights scaled into its 32 bits. The others, and
 * graphs too small for METIS, are dealt heaviest first to the lightest part. */
#include "proto/partitioner.h"

#include <assert.h>
#include <metis.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WEIGHT_SUM_MAX ((uint64_t)1 << 30)

_Static_assert(sizeof(idx_t) == 4, "METIS is built for 32-bit numbers");

/* A vertex that METIS does not place. */
struct loose {
    uint32_t vertex, weight;
};

/* Everything that is allocated during a call. */
struct work {
    idx_t *offset, *neighbour, *edge_weight, *vertex_weight, *part;
    uint32_t *number; /* by vertex: as METIS numbers it, UINT32_MAX: loose */
    struct loose *loose;
    uint32_t loose_count;
    uint64_t *load;  /* by part */
    uint32_t *count; /* by part: its vertices */
};

static uint32_t degree(const struct graph_csr *g, uint32_t vertex)
{
    return g->offset[vertex + 1] - g->offset[vertex];
}

static void *array(uint64_t count, size_t item_bytes)
{
    return calloc(count > 0 ? (size_t)count : 1, item_bytes);
}

static int allocate(struct work *w, const struct graph_csr *g, uint32_t parts)
{
    uint64_t ends = g->offset[g->vertices];
    w->offset = array((uint64_t)g->vertices + 1, sizeof(*w->offset));
    w->neighbour = array(ends, sizeof(*w->neighbour));
    w->edge_weight = array(ends, sizeof(*w->edge_weight));
    w->vertex_weight = array(g->vertices, sizeof(*w->vertex_weight));
    w->part = array(g->vertices, sizeof(*w->part));
    w->number = array(g->vertices, sizeof(*w->number));
    w->loose = array(g->vertices, sizeof(*w->loose));
    w->load = array(parts, sizeof(*w->load));
    w->count = array(parts, sizeof(*w->count));
    return w->offset && w->neighbour && w->edge_weight && w->vertex_weight && w->part &&
                   w->number && w->loose && w->load && w->count && w->count
               ? 0
               : -1;
}

static void release(struct work *w)
{
    free(w->offset);
    free(w->neighbour);
    free(w->edge_weight);
    free(w->vertex_weight);
    free(w->part);
    free(w->number);
    free(w->loose);
    free(w->load);
    free(w->count);
}

/* By how many bits the weights must shrink for their sum to fit. */
static uint32_t shift_for(const uint32_t *weights, uint64_t count)
{
    uint64_t sum = 0;
    uint32_t shift = 0;
    for (uint64_t i = 0; i < count; i++) sum += weights[i];
    while (sum >> shift > WEIGHT_SUM_MAX) shift++;
    return shift;
}

static idx_t scaled(uint32_t weight, uint32_t shift)
{
    return weight >> shift > 0 ? (idx_t)(weight >> shift) : 1;
}

/* Copies what METIS gets; the number of its vertices. */
static uint32_t translate(struct work *w, const struct graph_csr *g)
{
    uint32_t vertices = 0, ends = 0;
    uint32_t vertex_shift = shift_for(g->vertex_weight, g->vertices);
    uint32_t edge_shift = shift_for(g->edge_weight, g->offset[g->vertices]);
    for (uint32_t v = 0; v < g->vertices; v++)
        w->number[v] = degree(g, v) > 0 ? vertices++ : UINT32_MAX;
    for (uint32_t v = 0; v < g->vertices; v++) {
        if (w->number[v] == UINT32_MAX) continue;
        for (uint32_t i = g->offset[v]; i < g->offset[v + 1]; i++, ends++) {
            assert(g->neighbour[i] < g->vertices && g->neighbour[i] != v);
            w->neighbour[ends] = (idx_t)w->number[g->neighbour[i]];
            w->edge_weight[ends] = scaled(g->edge_weight[i], edge_shift);
        }
        w->vertex_weight[w->number[v]] = scaled(g->vertex_weight[v], vertex_shift);
        w->offset[w->number[v] + 1] = (idx_t)ends;
    }
    return vertices;
}

static int run_metis(struct work *w, uint32_t vertices, uint32_t parts, uint32_t imbalance_permille,
                     uint64_t seed)
{
    idx_t options[METIS_NOPTIONS];
    idx_t vertex_count = (idx_t)vertices, constraints = 1, part_count = (idx_t)parts, cut = 0;
    METIS_SetDefaultOptions(options);
    options[METIS_OPTION_OBJTYPE] = METIS_OBJTYPE_CUT;
    options[METIS_OPTION_NUMBERING] = 0;
    options[METIS_OPTION_SEED] = (idx_t)(seed & 0x7fffffff);
    options[METIS_OPTION_UFACTOR] = imbalance_permille > 0 ? (idx_t)imbalance_permille : 1;
    int got =
        METIS_PartGraphKway(&vertex_count, &constraints, w->offset, w->neighbour, w->vertex_weight,
                            NULL, w->edge_weight, &part_count, NULL, NULL, options, &cut, w->part);
    return got == METIS_OK ? 0 : -1;
}

static int heavier_first(const void *a, const void *b)
{
    const struct loose *x = a, *y = b;
    if (x->weight != y->weight) return x->weight < y->weight ? 1 : -1;
    return x->vertex < y->vertex ? -1 : 1;
}

static void put(struct work *w, const struct graph_csr *g, uint32_t vertex, uint32_t part,
                uint32_t *part_out)
{
    part_out[vertex] = part;
    w->load[part] += g->vertex_weight[vertex];
    w->count[part]++;
}

static void deal_loose(struct work *w, const struct graph_csr *g, uint32_t parts,
                       uint32_t *part_out)
{
    qsort(w->loose, w->loose_count, sizeof(*w->loose), heavier_first);
    for (uint32_t i = 0; i < w->loose_count; i++) {
        uint32_t lightest = 0;
        for (uint32_t p = 1; p < parts; p++)
            if (w->load[p] < w->load[lightest]) lightest = p;
        put(w, g, w->loose[i].vertex, lightest, part_out);
    }
}

/* METIS can leave a part empty where a few vertices weigh most of all. It then gets the vertex with
 * the fewest neighbours of the heaviest part that can spare one. */
static void fill_empty(struct work *w, const struct graph_csr *g, uint32_t parts,
                       uint32_t *part_out)
{
    for (uint32_t empty = 0; empty < parts && g->vertices >= parts; empty++) {
        if (w->count[empty] > 0) continue;
        uint32_t from = UINT32_MAX, moved = UINT32_MAX;
        for (uint32_t p = 0; p < parts; p++)
            if (w->count[p] > 1 && (from == UINT32_MAX || w->load[p] > w->load[from])) from = p;
        assert(from != UINT32_MAX);
        for (uint32_t v = 0; v < g->vertices; v++)
            if (part_out[v] == from && (moved == UINT32_MAX || degree(g, v) < degree(g, moved)))
                moved = v;
        put(w, g, moved, empty, part_out);
        w->load[from] -= g->vertex_weight[moved];
        w->count[from]--;
    }
}

int partitioner_kway(const struct graph_csr *graph, uint32_t parts, uint32_t imbalance_permille,
                     uint64_t seed, uint32_t *part_out)
{
    assert(parts > 0);
    if (parts == 1) {
        memset(part_out, 0, graph->vertices * sizeof(*part_out));
        return 0;
    }
    if (graph->offset[graph->vertices] > INT32_MAX || graph->vertices > INT32_MAX) return -1;
    struct work w = {0};
    int result = allocate(&w, graph, parts);
    if (result < 0) goto done;
    uint32_t vertices = translate(&w, graph);
    bool placed = vertices > parts;
    if (placed) result = run_metis(&w, vertices, parts, imbalance_permille, seed);
    if (result < 0) goto done;
    for (uint32_t v = 0; v < graph->vertices; v++) {
        if (placed && w.number[v] != UINT32_MAX)
            put(&w, graph, v, (uint32_t)w.part[w.number[v]], part_out);
        else
            w.loose[w.loose_count++] = (struct loose){v, graph->vertex_weight[v]};
    }
    deal_loose(&w, graph, parts, part_out);
    fill_empty(&w, graph, parts, part_out);
done:
    release(&w);
    return result;
}
