/* transfer.h - transfer of the variables that a plan moves between partitions.
 *
 * DynaStar's plan (ICDCS 2019) changes the map at one point of the order, at all partitions alike;
 * its objects follow. At the plan a partition freezes what leaves (a departure for each receiving
 * partition, departures.h) and expects what arrives (an arrival for each sending one, arrivals.h).
 * A replica learns both from the oracle's replicas, which hold the whole plan:
 *
 *   PLAN_NEED(version, from)     partition -> oracle     the entries of the sender's partition
 *   PLAN_PART(version, entries)  oracle -> partition     in parts, each requested in turn
 *   FETCH(version, variables)    new owner -> old owner  each replica pulls for itself
 *   OBJECTS(version, values)     old owner -> new owner
 *   RECEIVED(version)            new owner -> old owner  all received: may be forgotten
 *
 * The plan is the same at all replicas of the oracle, frozen values at all of the old owner, so
 * that any of them can serve (inquiry.h). Pulling limits the rate: one FETCH of some 64 KiB of
 * objects is pending for each old owner, so that heartbeats are not delayed, and one more for what
 * the next commands need. Commands that need no missing variable go on meanwhile.
 *
 * Eager: all is pulled at once. Lazy: what the next commands and the next plan need. */
#ifndef AVIARY_PROTO_SCHEMES_TRANSFER_H
#define AVIARY_PROTO_SCHEMES_TRANSFER_H

#include "proto/oracle/plan.h"
#include "proto/schemes/arrivals.h"

/* Commands behind the head whose variables are prefetched. */
enum { TRANSFER_LOOK_AHEAD = 64 };

bool transfer_message_valid(const struct message *m, const struct limits *l);

struct transfer {
    struct executor *e;
    uint8_t *holding; /* by variable: enum holding */
    struct inquiries inquiries;
    struct departures departures;
    struct arrivals arrivals;
    /* the plan at the head: its entries received so far */
    uint64_t version;
    uint64_t next;        /* UINT64_MAX: all are here */
    struct inquiry *need; /* for the next part; NULL: none is pending */
    struct plan_entry *entries;
    uint32_t entry_count, entry_room;
    uint32_t checked; /* of them, whose variables are here if they are to leave */
    bool wanting;     /* those that cannot are wanted */
};

void transfer_init(struct transfer *t, struct executor *e);
void transfer_finish(struct transfer *t);

static inline enum holding transfer_holding(const struct transfer *t, uint32_t variable)
{
    bool known = variable < t->e->setup.variables->count;
    return known ? (enum holding)t->holding[variable] : HOLDING_NONE;
}

/* Are all variables of c, at the head, here? Else requests them. */
bool transfer_ready(struct transfer *t, const struct command *c);
/* The plan `version` is at the head: begin; go on (true: it is in force here). */
void transfer_plan_begin(struct transfer *t, uint64_t version);
bool transfer_plan_go_on(struct transfer *t, uint64_t timestamp);

/* Where the last plan moved a variable from here; `otherwise` if it did not (planted bugs). */
uint32_t transfer_gone_to(const struct transfer *t, uint32_t variable, uint32_t otherwise);

bool transfer_on_message(struct transfer *t, struct message *m);

#endif
