/* partitioner_metis.c - the partitioner by METIS: the only file that knows METIS.
 *
 * Multilevel k-way from scratch, as the DynaStar paper has it: where vertices are today plays no
 * part, so that a plan can move very many of them. */
#include <metis.h>
#include <stddef.h>

#include "proto/partition_core.h"

_Static_assert(sizeof(idx_t) == 4, "METIS is built for 32-bit numbers");

int partition_core_metis(struct partition_core *core)
{
    const struct partition_request *r = core->request;
    idx_t options[METIS_NOPTIONS];
    idx_t vertices = (idx_t)core->vertices, constraints = 1, parts = (idx_t)r->parts, cut = 0;
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

int partitioner_metis(const struct partition_request *request, uint32_t *part_out)
{
    return partition_by_core(request, CORE_IGNORES_PRESENT, partition_core_metis, part_out);
}
