/* partitioner.c - the table of partitioners, and how good a cut is (partitioner.h). */
#include "proto/partition/partitioner.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"

/* A new partitioner is one line. */
#define PARTITIONERS(X) \
    X(metis)            \
    X(metis_relabel)    \
    X(scotch_remap)     \
    X(fennel)

#define X(name) extern const struct partitioner name##_partitioner;
PARTITIONERS(X)
#undef X

static const struct partitioner *const table[] = {
#define X(name) &name##_partitioner,
    PARTITIONERS(X)
#undef X
};

const struct partitioner *partitioner_at(uint32_t i)
{
    return i < sizeof(table) / sizeof(table[0]) ? table[i] : NULL;
}

const char *partitioner_name(uint32_t i)
{
    return partitioner_at(i) ? partitioner_at(i)->name : NULL;
}

const struct partitioner *partitioner_find(const char *name)
{
    for (uint32_t i = 0; partitioner_at(i); i++)
        if (strcmp(partitioner_at(i)->name, name) == 0) return partitioner_at(i);
    return NULL;
}

uint64_t partition_cut(const struct graph_csr *graph, const uint32_t *part)
{
    uint64_t cut = 0;
    for (uint32_t v = 0; v < graph->vertices; v++)
        for (uint32_t i = graph->offset[v]; i < graph->offset[v + 1]; i++)
            if (graph->neighbour[i] < v && part[graph->neighbour[i]] != part[v])
                cut += graph->edge_weight[i];
    return cut;
}

static uint64_t weight_sum(const struct graph_csr *graph)
{
    uint64_t sum = 0;
    for (uint32_t v = 0; v < graph->vertices; v++) sum += graph->vertex_weight[v];
    return sum;
}

uint32_t partition_imbalance_permille(const struct graph_csr *graph, uint32_t parts,
                                      const uint32_t *part)
{
    if (graph->vertices == 0) return 0;
    uint64_t sum = weight_sum(graph), heaviest = 0;
    uint64_t *load = allocate_zeroed(parts, sizeof(*load));
    for (uint32_t v = 0; v < graph->vertices; v++) {
        ASSERT(part[v] < parts);
        load[part[v]] += graph->vertex_weight[v];
        if (load[part[v]] > heaviest) heaviest = load[part[v]];
    }
    free(load);
    ASSERT(heaviest <= sum);
    ASSERT(heaviest * parts >= sum);
    unsigned __int128 scaled = (unsigned __int128)heaviest * parts * 1000;
    return (uint32_t)((scaled + sum - 1) / sum) - 1000;
}

uint64_t partition_load_max(const struct graph_csr *graph, uint32_t parts,
                            uint32_t imbalance_permille)
{
    uint64_t sum = weight_sum(graph), mean = (sum + parts - 1) / parts;
    unsigned __int128 scaled = (unsigned __int128)sum * (1000 + (uint64_t)imbalance_permille);
    uint64_t allowed = (uint64_t)(scaled / (1000 * (uint64_t)parts));
    ASSERT(mean * parts >= sum);
    return allowed > mean ? allowed : mean;
}

struct partition_moves partition_moved(const struct partition_request *request,
                                       const uint32_t *part)
{
    struct partition_moves moves = {0, 0};
    for (uint32_t v = 0; request->present && v < request->graph->vertices; v++) {
        if (request->present[v] >= request->parts || request->present[v] == part[v]) continue;
        moves.vertices++;
        moves.bytes += request->bytes ? request->bytes[v] : 1;
    }
    return moves;
}
