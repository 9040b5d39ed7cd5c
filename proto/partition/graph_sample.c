/* graph_sample.c - see graph_sample.h. */
#include "proto/partition/graph_sample.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/random.h"

/* How much of an edge's weight is set apart: whole accesses, or all that is left of an old one.
 * Symmetric in its ends. */
static uint32_t weight_apart(uint32_t a, uint32_t b, uint32_t weight, uint32_t unit, uint64_t seed)
{
    uint64_t ends = a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
    uint32_t drawn = (uint32_t)(hash_add(seed, ends) % GRAPH_SAMPLE_PARTS);
    uint32_t accesses = weight / unit;
    if (accesses == 0) return drawn == 0 ? weight : 0;
    uint32_t whole = (accesses + drawn) / GRAPH_SAMPLE_PARTS;
    return accesses == whole ? weight : whole * unit;
}

/* Rows of a graph that are written edge by edge. */
struct rows {
    uint32_t *offset, *neighbour, *weight;
    uint32_t ends;
};

static void add(struct rows *r, uint32_t neighbour, uint32_t weight)
{
    if (weight == 0) return;
    r->neighbour[r->ends] = neighbour;
    r->weight[r->ends++] = weight;
}

void graph_sample(const struct graph_csr *whole, uint32_t unit, uint64_t seed,
                  struct graph_sample *out)
{
    uint32_t vertices = whole->vertices;
    size_t ends = whole->offset[vertices], size = vertices + 1 + 2 * ends;
    ASSERT(unit > 0);
    out->memory = allocate_zeroed(2 * size, sizeof(*out->memory));
    struct rows rows[2];
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t *begin = out->memory + i * size;
        rows[i] = (struct rows){begin, begin + vertices + 1, begin + vertices + 1 + ends, 0};
    }
    for (uint32_t v = 0; v < vertices; v++) {
        for (uint32_t i = whole->offset[v]; i < whole->offset[v + 1]; i++) {
            uint32_t to = whole->neighbour[i], weight = whole->edge_weight[i];
            uint32_t apart = weight_apart(v, to, weight, unit, seed);
            ASSERT(apart <= weight);
            add(&rows[0], to, weight - apart);
            add(&rows[1], to, apart);
        }
        for (uint32_t i = 0; i < 2; i++) rows[i].offset[v + 1] = rows[i].ends;
    }
    struct graph_csr *graphs[2] = {&out->rest, &out->apart};
    for (uint32_t i = 0; i < 2; i++)
        *graphs[i] = (struct graph_csr){vertices, rows[i].offset, rows[i].neighbour, rows[i].weight,
                                        whole->vertex_weight};
}

void graph_sample_finish(struct graph_sample *sample)
{
    free(sample->memory);
    *sample = (struct graph_sample){0};
}
