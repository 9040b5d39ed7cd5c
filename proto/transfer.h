/* transfer.h - how the variables that a plan moves get from partition to partition.
 *
 * DynaStar's plan (ICDCS 2019) changes the map at one point of the order, at all partitions alike;
 * its objects follow. At the plan a partition freezes what leaves (a departure for each partition
 * that gets something) and expects what comes (an arrival for each that gives something). What each
 * gives and gets, a replica has from the oracle's replicas, which hold the whole plan:
 *
 *   PLAN_NEED(version, from)     partition -> oracle     give me what concerns my partition
 *   PLAN_PART(version, entries)  oracle -> partition     in parts, each asked for in turn
 *   FETCH(version, variables)    new owner -> old owner  each replica pulls for itself
 *   OBJECTS(version, values)     old owner -> new owner
 *   RECEIVED(version)            new owner -> old owner  all have come here: may be forgotten
 *
 * Frozen values are the same at all replicas of the old owner, so that any of them can serve: the
 * replica with the same number is asked first, then the others in turn. Pulling sets its own pace:
 * one FETCH of some 64 KiB of objects under way for each old owner, so that heartbeats get through.
 * Eager: all is pulled at once, one after the other. Lazy: what a command needs. Commands that need
 * nothing that is still on its way go on meanwhile. */
#ifndef AVIARY_PROTO_TRANSFER_H
#define AVIARY_PROTO_TRANSFER_H

#include "proto/executor.h"

enum {
    PLAN_PART_MAX = 4096,        /* entries in one PLAN_PART */
    FETCH_VARIABLES_MAX = 1024,  /* in one FETCH, */
    FETCH_BYTES_MAX = 64 * 1024, /* and about so many bytes of objects */
    TRANSFER_POSTPONED_MAX = 64, /* questions about plans that are not in force here yet */
};

/* One variable that a plan moves. */
struct plan_entry {
    uint32_t variable;
    uint16_t from, to;
};

struct message_plan_need {
    struct message m;
    uint64_t version;
    uint64_t from; /* index in the whole plan at which to go on */
};

struct message_plan_part {
    struct message m;
    uint64_t version;
    uint64_t from;
    uint64_t next; /* where the next part begins; UINT64_MAX: this is the last one */
    uint32_t count;
    uint32_t reserved;
    struct plan_entry entries[]; /* by variable */
};

struct message_fetch {
    struct message m;
    uint64_t version;
    uint32_t count;
    uint32_t cursor;      /* the asker's, echoed: goes on there; 0: a command wants these */
    uint32_t variables[]; /* ascending; an odd number is followed by four zero bytes */
};

struct message_objects {
    struct message m;
    uint64_t version;
    uint32_t group;
    uint32_t count;
    uint32_t cursor; /* of the FETCH */
    uint32_t reserved;
    struct pushed_value values[];
};

struct message_received {
    struct message m;
    uint64_t version;
};

_Static_assert(sizeof(struct plan_entry) == 8, "no padding");
_Static_assert(sizeof(struct message_plan_need) == 32, "no padding");
_Static_assert(sizeof(struct message_plan_part) == 48, "no padding");
_Static_assert(sizeof(struct message_fetch) == 32, "no padding");
_Static_assert(sizeof(struct message_objects) == 40, "no padding");
_Static_assert(sizeof(struct message_received) == 24, "no padding");

bool transfer_message_valid(const struct message *m);

/* What a group's replica holds of a variable. */
enum holding {
    HOLDING_NONE,
    HOLDING_OWNED,
    HOLDING_COMING, /* owned since a plan, its value is on its way */
};

struct departure;
struct arrival;

struct transfer {
    struct executor *e;
    uint8_t *holding; /* by variable: enum holding */
    struct departure *departures;
    struct arrival *arrivals;
    uint64_t coming; /* variables */
    bool wanted;     /* what the head lacks has been asked for */
    bool timer_set;
    uint32_t turn; /* which replica of the old owner is asked after patience */
    /* the plan at the head: its entries, as far as they have come */
    uint64_t version;
    uint64_t next; /* UINT64_MAX: all are here */
    struct plan_entry *entries;
    uint32_t entry_count, entry_room;
    struct message *postponed[TRANSFER_POSTPONED_MAX]; /* retained FETCHes */
    uint32_t postponed_count;
};

void transfer_init(struct transfer *t, struct executor *e);
void transfer_finish(struct transfer *t);

static inline enum holding transfer_holding(const struct transfer *t, uint32_t variable)
{
    bool known = variable < t->e->setup.variables->count;
    return known ? (enum holding)t->holding[variable] : HOLDING_NONE;
}

/* Does this group own all that c accesses here, or will it: false if something is still on its way,
 * which is then asked for. `everything`: whatever group the command believes it in. */
bool transfer_ready(struct transfer *t, const struct command *c, bool everything);
/* The plan `version` is at the head: begin; go on (true: it is in force here); ask all. */
void transfer_plan_begin(struct transfer *t, uint64_t version);
bool transfer_plan_go_on(struct transfer *t, uint64_t timestamp);
/* The head has waited long. */
void transfer_ask(struct transfer *t, const struct command *c);

/* Where the last plan brought a variable from here; `otherwise` if it did not (planted bugs). */
uint32_t transfer_gone_to(const struct transfer *t, uint32_t variable, uint32_t otherwise);

bool transfer_on_message(struct transfer *t, struct message *m);
void transfer_on_timer(struct transfer *t);

/* Reports an ownership event, if anybody listens. */
void executor_ownership(struct executor *e, enum ownership what, uint32_t other, uint32_t variable,
                        uint64_t timestamp);

#endif
