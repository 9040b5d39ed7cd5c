/* forecast.h - what a plan is predicted to change, from the oracle's graph alone, so that a plan
 * that would do harm need not be announced (`--plan-guard`; ours, the paper announces every plan).
 *
 * Groups work on what the graph has, in units of half an access:
 *
 *   a partition  2 for each access to its variables,
 *                4 for each access together with a variable of another partition (lent, returned),
 *                1 for each variable that the plan moves here or away, once;
 *   the oracle   1 for each question of a client that a plan makes forget all places, once for each
 *                client and granule.
 *
 * The busiest group limits throughput. A plan is better if it leaves the busiest one a tenth less
 * to do, moves and questions included, within as many accesses as were reported since the last
 * plan: by then it has paid for itself. So plans that correct each other are far apart, and large
 * ones late. Forecasts err, by up to a tenth for most plans that gained nothing, on recorded
 * workloads that drift.
 *
 * Accesses across partitions are counted on edges that the plan was not made from
 * (graph_sample.h). */
#ifndef AVIARY_PROTO_ORACLE_FORECAST_H
#define AVIARY_PROTO_ORACLE_FORECAST_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/partition/partitioner.h"

struct forecast_request {
    const struct graph_csr *apart; /* a sample's edges set apart, the whole graph's vertices */
    uint32_t unit;                 /* the weight of one access */
    uint32_t parts, clients;
    uint64_t changes;               /* accesses and joint accesses that the graph has, */
    uint64_t horizon;               /* and since the last plan */
    const uint32_t *present, *part; /* by vertex */
    const uint32_t *variables;      /* by vertex: of its granule */
};

/* Of the busiest group. */
struct forecast {
    uint64_t work_present, work_planned;
};

struct forecast forecast(const struct forecast_request *request);
bool forecast_better(const struct forecast *f);

#endif
