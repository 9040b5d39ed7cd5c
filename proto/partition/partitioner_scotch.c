/* partitioner_scotch.c - the partitioner by Scotch: the only file that uses Scotch.
 *
 * Scotch can weigh what must move against the cut: a vertex that leaves its present part costs as
 * much as so many units of edges cut (SCOTCH_graphRepart). Without a present placement it is an
 * ordinary multilevel partitioner.
 *
 * A context for each call, with one thread and a generator seeded by the request, makes the result
 * a function of the request. */
#include <stdio.h> /* scotch.h needs it */

#include <scotch.h>
#include <stdlib.h>

#include "base/assert.h"
#include "proto/partition/partition_core.h"

#include "base/memory.h"

_Static_assert(sizeof(SCOTCH_Num) == 4, "Scotch is built for 32-bit numbers");

/* Moving everything costs as much as cutting a MOVE_SHARE-th of the weight of all edges: enough to
 * hold Scotch back from moves that gain little, without binding it to a bad cut. */
enum { MOVE_SHARE = 2 };

/* The present placement. Scotch 7.0.3 reads uninitialised memory for a vertex without one (-1, by
 * its manual), so those are placed as by a streaming partitioner. */
static int find_present(struct partition_core *core, SCOTCH_Num *present)
{
    bool all_placed = true;
    for (uint32_t v = 0; v < core->vertices; v++)
        all_placed = all_placed && partition_core_present(core, v) != UINT32_MAX;
    if (!all_placed && partition_core_fennel(core) < 0) return -1;
    for (uint32_t v = 0; v < core->vertices; v++) {
        uint32_t known = partition_core_present(core, v);
        present[v] = known != UINT32_MAX ? (SCOTCH_Num)known : core->part[v];
        ASSERT((uint32_t)present[v] < core->request->parts);
    }
    return 0;
}

/* What moving costs, by vertex of the core, in units of edge weight; nothing for those without a
 * present part. */
static void price_moves(const struct partition_core *core, SCOTCH_Num *price)
{
    uint64_t edges = 0, bytes = 0;
    for (int32_t i = 0; i < core->offset[core->vertices]; i++)
        edges += (uint64_t)core->edge_weight[i];
    for (uint32_t v = 0; v < core->vertices; v++) bytes += partition_core_bytes(core, v);
    edges = edges / 2 / MOVE_SHARE;
    for (uint32_t v = 0; v < core->vertices; v++) {
        if (partition_core_present(core, v) == UINT32_MAX) continue;
        uint64_t share = (uint64_t)((unsigned __int128)edges * partition_core_bytes(core, v) /
                                    (bytes > 0 ? bytes : 1));
        price[v] = share > 0 ? (SCOTCH_Num)share : 1;
    }
}

static int repart(struct partition_core *core, SCOTCH_Graph *graph, SCOTCH_Strat *strategy)
{
    SCOTCH_Num parts = (SCOTCH_Num)core->request->parts;
    if (!core->request->present) return SCOTCH_graphPart(graph, parts, strategy, core->part);
    SCOTCH_Num *present = allocate_zeroed(core->vertices, sizeof(*present));
    SCOTCH_Num *price = allocate_zeroed(core->vertices, sizeof(*price));
    int result = find_present(core, present);
    if (result == 0) {
        price_moves(core, price);
        result = SCOTCH_graphRepart(graph, parts, present, 1.0, price, strategy, core->part);
    }
    free(present);
    free(price);
    return result;
}

/* graph: within its context. */
static int cut_graph(struct partition_core *core, SCOTCH_Graph *graph)
{
    const struct partition_request *r = core->request;
    SCOTCH_Strat strategy;
    if (SCOTCH_stratInit(&strategy) != 0) return -1;
    int result = SCOTCH_stratGraphMapBuild(&strategy, SCOTCH_STRATQUALITY, (SCOTCH_Num)r->parts,
                                           (double)r->imbalance_permille / 1000);
    if (result == 0) result = repart(core, graph, &strategy);
    SCOTCH_stratExit(&strategy);
    return result == 0 ? 0 : -1;
}

static int cut_in_context(struct partition_core *core, SCOTCH_Context *context)
{
    SCOTCH_Graph graph, bound;
    int result = -1;
    if (SCOTCH_contextOptionSetNum(context, SCOTCH_OPTIONNUMDETERMINISTIC, 1) != 0) return -1;
    SCOTCH_contextRandomSeed(context, (SCOTCH_Num)(core->request->seed & 0x7fffffff));
    if (SCOTCH_contextThreadSpawn(context, 1, NULL) != 0) return -1;
    if (SCOTCH_graphInit(&graph) != 0) return -1;
    if (SCOTCH_graphInit(&bound) != 0) goto exit_graph;
    if (SCOTCH_graphBuild(&graph, 0, (SCOTCH_Num)core->vertices, core->offset, NULL,
                          core->vertex_weight, NULL, core->offset[core->vertices], core->neighbour,
                          core->edge_weight) != 0)
        goto exit_bound;
    if (SCOTCH_contextBindGraph(context, &graph, &bound) != 0) goto exit_bound;
    result = cut_graph(core, &bound);
exit_bound:
    SCOTCH_graphExit(&bound);
exit_graph:
    SCOTCH_graphExit(&graph);
    return result;
}

static int cut(struct partition_core *core)
{
    SCOTCH_Context context;
    if (SCOTCH_contextInit(&context) != 0) return -1;
    int result = cut_in_context(core, &context);
    SCOTCH_contextExit(&context);
    return result;
}

static int cut_all(const struct partition_request *request, uint32_t *part_out)
{
    return partition_by_core(request, CORE_USES_PRESENT, cut, part_out);
}

const struct partitioner scotch_remap_partitioner = {
    "scotch-remap", "Scotch, weighing what must move against the cut", cut_all};
