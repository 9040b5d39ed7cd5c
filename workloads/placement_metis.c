/* placement_metis.c - by METIS, from the graph of the workload: the papers' optimised placement. */
#include "workloads/strategy.h"

int placement_metis(const struct strategy_input *in, uint16_t *partition, struct error *e)
{
    return access_graph_cut(in->graph, in->catalogue, in->request->partitions,
                            in->request->imbalance, in->request->seed, partition, e);
}
