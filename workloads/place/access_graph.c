/* access_graph.c - collects the graph of a workload (access_graph.h). */
#include "workloads/place/access_graph.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"
#include "proto/command.h"
#include "proto/partition/graph.h"

struct access_graph {
    struct graph *graph; /* NULL: sealed */
    uint32_t known;      /* variables of the catalogue whose granules are vertices already */
    struct graph_snapshot snapshot;
    uint32_t *granules; /* of the command being added */
    uint32_t granules_room;
};

struct access_graph *access_graph_create(void)
{
    struct access_graph *g = allocate_zeroed(1, sizeof(*g));
    g->graph = graph_create();
    return g;
}

void access_graph_destroy(struct access_graph *g)
{
    if (!g) return;
    graph_snapshot_finish(&g->snapshot);
    graph_destroy(g->graph);
    free(g->granules);
    free(g);
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t centre_of(const struct catalogue *catalogue, const struct trace_command *c)
{
    for (uint32_t i = 0; i < c->access_count; i++)
        if (c->accesses[i].mode == ACCESS_READ) return catalogue->granule[c->accesses[i].variable];
    return catalogue->granule[c->accesses[0].variable];
}

void access_graph_add(struct access_graph *g, const struct catalogue *catalogue,
                      const struct trace_command *command)
{
    ASSERT(g->graph);
    g->granules =
        array_grow32(g->granules, &g->granules_room, command->access_count, sizeof(*g->granules));
    for (uint32_t i = 0; i < command->access_count; i++)
        g->granules[i] = catalogue->granule[command->accesses[i].variable];
    qsort(g->granules, command->access_count, sizeof(*g->granules), compare);
    uint32_t distinct = 0;
    for (uint32_t i = 0; i < command->access_count; i++) {
        if (distinct == 0 || g->granules[distinct - 1] != g->granules[i])
            g->granules[distinct++] = g->granules[i];
        else
            graph_touch(g->graph, g->granules[i], 1); /* another variable of the same granule */
    }
    graph_add_command(g->graph, g->granules, distinct, centre_of(catalogue, command));
}

void access_graph_seal(struct access_graph *g)
{
    ASSERT(g->graph);
    graph_snapshot_finish(&g->snapshot);
    graph_snapshot(g->graph, &g->snapshot);
    graph_destroy(g->graph);
    g->graph = NULL;
}

const uint32_t *access_graph_granules(const struct access_graph *g)
{
    return g->snapshot.granule;
}

const struct graph_csr *access_graph_csr(struct access_graph *g, const struct catalogue *catalogue)
{
    if (!g->graph) return &g->snapshot.csr;
    uint32_t variables = names_count(catalogue->variables);
    for (; g->known < variables; g->known++)
        if (catalogue->granule[g->known] == g->known) graph_touch(g->graph, g->known, 1);
    graph_snapshot_finish(&g->snapshot);
    graph_snapshot(g->graph, &g->snapshot);
    return &g->snapshot.csr;
}

int access_graph_cut(struct access_graph *g, const struct catalogue *catalogue,
                     const struct access_graph_cut *how, uint16_t *partition, struct error *e)
{
    const struct graph_csr *csr = access_graph_csr(g, catalogue);
    struct partition_request request = {
        .graph = csr,
        .parts = how->partitions,
        .imbalance_permille = (uint32_t)(how->imbalance * 1000 + 0.5),
        .seed = how->seed,
    };
    uint32_t *part = allocate_zeroed(csr->vertices, sizeof(*part));
    int got = how->partitioner->cut(&request, part);
    for (uint32_t v = 0; got == 0 && v < csr->vertices; v++)
        partition[g->snapshot.granule[v]] = (uint16_t)part[v];
    free(part);
    if (got < 0)
        return error_set(e, "the graph of %u vertices and %llu edges is too large to be cut",
                         csr->vertices, (unsigned long long)csr->offset[csr->vertices] / 2);
    return 0;
}
