/* partitioner_metis.c - the partitioner by METIS: the only file that uses METIS.
 *
 * Multilevel k-way from scratch, as in the DynaStar paper: the present placement is ignored, so
 * that a plan can move very many vertices.
 *
 * METIS bisects recursively. Where one vertex has all the weight of a side the other is left
 * without any: METIS then complains on standard output, which is not its own, and cuts badly. So it
 * gets no such graph. */
#include <metis.h>
#include <stddef.h>

#include "base/assert.h"
#include "proto/partition/partition_core.h"

_Static_assert(sizeof(idx_t) == 4, "METIS is built for 32-bit numbers");

/* The sum of the weights, each clipped to `most`. */
static uint64_t sum_of_weights(const struct partition_core *core, int32_t most)
{
    uint64_t sum = 0;
    for (uint32_t v = 0; v < core->vertices; v++)
        sum += (uint64_t)(core->vertex_weight[v] < most ? core->vertex_weight[v] : most);
    return sum;
}

/* Clips the weights so that no vertex is heavier than the mean part, by the clipped weights: such a
 * vertex has a part for itself in any case. */
static void clip_weights(struct partition_core *core)
{
    uint32_t parts = core->request->parts;
    int32_t least = 1, most = INT32_MAX; /* the limit is among them */
    while (least < most) {
        int32_t middle = most - (most - least) / 2;
        if (sum_of_weights(core, middle) >= (uint64_t)parts * (uint64_t)middle)
            least = middle;
        else
            most = middle - 1;
    }
    ASSERT(least == most);
    for (uint32_t v = 0; v < core->vertices; v++)
        if (core->vertex_weight[v] > least) core->vertex_weight[v] = least;
}

int partition_core_metis(struct partition_core *core)
{
    ASSERT(core->vertices > core->request->parts);
    const struct partition_request *r = core->request;
    idx_t options[METIS_NOPTIONS];
    idx_t vertices = (idx_t)core->vertices, constraints = 1, parts = (idx_t)r->parts, cut = 0;
    clip_weights(core);
    METIS_SetDefaultOptions(options);
    options[METIS_OPTION_OBJTYPE] = METIS_OBJTYPE_CUT;
    options[METIS_OPTION_NUMBERING] = 0;
    options[METIS_OPTION_SEED] = (idx_t)(r->seed & 0x7fffffff);
    options[METIS_OPTION_UFACTOR] =
        r->imbalance_permille > 0 ? (idx_t)r->imbalance_permille : 1; /* in permille, too */
    int got = METIS_PartGraphKway(&vertices, &constraints, core->offset, core->neighbour,
                                  core->vertex_weight, NULL, core->edge_weight, &parts, NULL, NULL,
                                  options, &cut, core->part);
    return got == METIS_OK ? 0 : -1;
}

static int cut(const struct partition_request *request, uint32_t *part_out)
{
    return partition_by_core(request, CORE_IGNORES_PRESENT, partition_core_metis, part_out);
}

const struct partitioner metis_partitioner = {
    "metis", "METIS from scratch, wherever the vertices are today", cut};
