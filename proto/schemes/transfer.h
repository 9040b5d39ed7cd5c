/* transfer.h - how the variables that a plan moves get from partition to partition.
 *
 * DynaStar's plan (ICDCS 2019) changes the map at one point of the order, at all partitions alike;
 * its objects follow. At the plan a partition freezes what leaves (a departure for each partition
 * that gets something, departures.h) and expects what comes (an arrival for each that gives
 * something, arrivals.h). What each gives and gets, a replica has from the oracle's replicas, which
 * hold the whole plan:
 *
 *   PLAN_NEED(version, from)     partition -> oracle     give me what concerns my partition
 *   PLAN_PART(version, entries)  oracle -> partition     in parts, each asked for in turn
 *   FETCH(version, variables)    new owner -> old owner  each replica pulls for itself
 *   OBJECTS(version, values)     old owner -> new owner
 *   RECEIVED(version)            new owner -> old owner  all have come here: may be forgotten
 *
 * The plan is the same at all replicas of the oracle, frozen values at all of the old owner, so
 * that any of them can serve (inquiry.h). Pulling sets its own pace: one FETCH of some 64 KiB of
 * objects under way for each old owner, so that heartbeats get through, and one more for what the
 * next commands need. Commands that need nothing that is still on its way go on meanwhile.
 *
 * Eager: all is pulled at once. Lazy: what the next commands and the next plan need. */
#ifndef AVIARY_PROTO_SCHEMES_TRANSFER_H
#define AVIARY_PROTO_SCHEMES_TRANSFER_H

#include "proto/schemes/arrivals.h"
#include "proto/oracle/plan.h"

/* Commands behind the head whose needs are fetched with its own. */
enum { TRANSFER_LOOK_AHEAD = 64 };

bool transfer_message_valid(const struct message *m);

struct transfer {
    struct executor *e;
    uint8_t *holding; /* by variable: enum holding */
    struct inquiries inquiries;
    struct departures departures;
    struct arrivals arrivals;
    /* the plan at the head: its entries, as far as they have come */
    uint64_t version;
    uint64_t next;        /* UINT64_MAX: all are here */
    struct inquiry *need; /* for the next part; NULL: none is asked for */
    struct plan_entry *entries;
    uint32_t entry_count, entry_room;
    uint32_t checked; /* of them, whose variables can leave if they are to */
    bool wanting;     /* those that cannot are wanted */
};

void transfer_init(struct transfer *t, struct executor *e);
void transfer_finish(struct transfer *t);

static inline enum holding transfer_holding(const struct transfer *t, uint32_t variable)
{
    bool known = variable < t->e->setup.variables->count;
    return known ? (enum holding)t->holding[variable] : HOLDING_NONE;
}

/* Is nothing that c, at the head, accesses here still on its way? Else it is asked for. */
bool transfer_ready(struct transfer *t, const struct command *c);
/* The plan `version` is at the head: begin; go on (true: it is in force here). */
void transfer_plan_begin(struct transfer *t, uint64_t version);
bool transfer_plan_go_on(struct transfer *t, uint64_t timestamp);

/* Where the last plan brought a variable from here; `otherwise` if it did not (planted bugs). */
uint32_t transfer_gone_to(const struct transfer *t, uint32_t variable, uint32_t otherwise);

bool transfer_on_message(struct transfer *t, struct message *m);

#endif
