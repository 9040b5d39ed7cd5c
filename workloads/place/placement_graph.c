/* placement_graph.c - by a partitioner, from the graph of the workload: few commands cross. */
#include "workloads/place/strategy.h"

int placement_graph(const struct strategy_input *in, uint16_t *partition, struct error *e)
{
    const struct placement_request *r = in->request;
    struct access_graph_cut how = {in->partitioner, r->partitions, r->imbalance, r->seed};
    return access_graph_cut(in->graph, in->catalogue, &how, partition, e);
}
