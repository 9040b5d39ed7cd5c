/* plans.h - checks plans, and keeps their data: the oracle's replicas agree on each version, and
 * every replica of every group delivers plans in the order of their numbers. */
#ifndef AVIARY_ANALYSIS_CHECK_PLANS_H
#define AVIARY_ANALYSIS_CHECK_PLANS_H

#include <stdint.h>

#include "analysis/check/ledger.h"
#include "analysis/check/run_result.h"
#include "analysis/check/verdict.h"
#include "proto/observer.h"
#include "proto/topology.h"

/* A version, by its first report. */
struct plans_version {
    uint64_t timestamp, hash;
    uint32_t node;   /* that reported it, */
    uint64_t now_ns; /* and when */
};

/* When a plan came into force: from its first delivery anywhere to its last. */
struct plans_span {
    uint64_t seq;
    uint64_t first_ns, last_ns;
};

struct plans {
    const struct ledger *ledger; /* borrowed, for names */
    struct topology topology;
    struct plans_version *versions; /* from 1: version v at [v - 1] */
    struct result_plan *rows;       /* parallel */
    uint64_t count, version_room, row_room;
    struct plans_span *spans; /* in order of seq */
    uint64_t span_count, span_room;
    uint64_t *planned;   /* by node: the last version it reported */
    uint64_t *delivered; /* by node: the seq of the last plan it delivered */
    struct property property;
};

void plans_init(struct plans *p, const struct ledger *ledger, const struct topology *topology);
void plans_finish(struct plans *p);

/* observer.h's `planned`, and `delivered` of a cast with PURPOSE_PLAN. */
void plans_planned(struct plans *p, uint32_t node, uint64_t now_ns, const struct plan_report *plan);
void plans_delivered(struct plans *p, uint32_t node, uint64_t now_ns, uint64_t seq);

/* How many plans came into force in part or whole between two times. */
uint32_t plans_between(const struct plans *p, uint64_t from_ns, uint64_t to_ns);

#endif
