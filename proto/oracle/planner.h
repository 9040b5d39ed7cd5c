/* planner.h - the oracle's workload graph, and the plans made of it (DynaStar, ICDCS 2019).
 *
 * Partitions send hints: which granules were accessed, which together. The oracle merges them in
 * the order of its log, so all its replicas have the same graph. When enough has changed, or the
 * leader's timer asks for it by a multicast (REPARTITION), every replica takes a snapshot at that
 * point of the log and computes the same plan in the background, while the oracle goes on
 * answering. The leader multicasts the plan's version to all groups when it has computed it; where
 * that multicast is delivered, the new map is in force. The moves are determined at that point,
 * from the oracle's map: variables created or deleted since the snapshot are where the map has
 * them. A granule that no hint has named stays in place.
 *
 * With the guard, replicas compute from the same snapshot what the plan would change (forecast.h).
 * If it would not be better, the leader multicasts to the oracle alone that it is discarded
 * (DISCARD): partitions and clients never hear of it.
 *
 * Multicasts are in the name of the oracle: seq 2v - 1 asks for plan v, seq 2v puts it in force or
 * discards it. Numbers of discarded plans are versions that never are in force. */
#ifndef AVIARY_PROTO_ORACLE_PLANNER_H
#define AVIARY_PROTO_ORACLE_PLANNER_H

#include "proto/execution/executor.h"
#include "proto/oracle/plan.h"
#include "proto/partition/graph.h"

extern const struct plant plant_snapshot_map;

struct plan_work;

/* A plan's moves, kept for partitions that are behind. */
struct plan {
    uint32_t count;
    struct plan_entry *entries; /* by variable */
};

struct planner {
    struct executor *e;
    uint16_t *place; /* by variable: the oracle's map */
    struct graph *graph;
    uint64_t changes;       /* accesses and co-accesses since a plan was last begun, */
    uint64_t horizon;       /* and since the begin of the one in force */
    struct plan_work *work; /* NULL: no plan is being made */
    bool computed;
    uint64_t due_ns;               /* leader: when the next plan is due by the timer, 0: never */
    uint64_t ripe_ns;              /* leader: when one that the changes call for is, 0: none */
    uint32_t announced;            /* leader: number of multicasts of the new plan, */
    uint64_t announced_ns;         /* time of the last one, */
    uint64_t since_ns;             /* and of the first */
    struct patience announcements; /* their delivery latency */
    struct plan *plans;            /* by version - 1; without moves if it was discarded */
    uint64_t plan_count;
    uint64_t
        *postponed; /* by node: the version of a plan that it needs and that is not ready yet */
};

void planner_init(struct planner *p, struct executor *e, uint16_t *place);
void planner_finish(struct planner *p);

void planner_hint(struct planner *p, const struct command *c);
void planner_repartition(struct planner *p, uint64_t seq);
/* Is it the seq of the plan that is being made? Another has no effect. */
bool planner_next(const struct planner *p, uint64_t seq);
/* That plan, or that it is discarded, is at the head: true, it is in force, or discarded; false: it
 * is still being computed. */
bool planner_decide(struct planner *p, const struct command *c, uint64_t timestamp);

void planner_leading(struct planner *p, bool leading);
void planner_on_timer(struct planner *p);
void planner_on_completion(struct planner *p);
/* A partition's replica needs a part of a plan. */
void planner_on_need(struct planner *p, const struct message_plan_need *m);

/* How long computing a plan takes on a graph of so many vertices, in nanoseconds. */
uint64_t planner_modelled_ns(uint64_t vertices);

#endif
