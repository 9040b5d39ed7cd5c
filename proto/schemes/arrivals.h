/* arrivals.h - the variables that plans move to this partition, and how they are pulled
 * (transfer.h).
 *
 * Of each arrival at most two FETCHes are under way: one for the wanted variables, which the next
 * commands and the next plan need, and in eager mode one for the others in turn. */
#ifndef AVIARY_PROTO_SCHEMES_ARRIVALS_H
#define AVIARY_PROTO_SCHEMES_ARRIVALS_H

#include "proto/schemes/departures.h"
#include "proto/schemes/inquiry.h"

extern const struct plant plant_lost_value_transfer, plant_objects_again;

/* A replica's state of a variable's ownership. */
enum holding {
    HOLDING_NONE,
    HOLDING_OWNED,
    HOLDING_COMING, /* owned since a plan, its value is on its way */
    HOLDING_COUNT,
};

/* The one way to change what is held of a variable. `holding`: by variable. */
void holding_set(uint8_t *holding, uint32_t variable, enum holding to);

struct arrival;

struct arrivals {
    struct executor *e;
    struct inquiries *inquiries;
    uint8_t *holding; /* by variable: enum holding */
    struct arrival *list;
    uint64_t coming;  /* variables */
    uint32_t fetches; /* so far: gives each its number */
};

/* Borrows the inquiries and the holdings. */
void arrivals_init(struct arrivals *as, struct executor *e, struct inquiries *inquiries,
                   uint8_t *holding);
void arrivals_finish(struct arrivals *as);

/* The plan `version`, delivered at `timestamp`, gives this partition `count` variables of `group`:
 * they are expected. Ascending; taken over. */
void arrivals_expect(struct arrivals *as, uint64_t version, uint64_t timestamp, uint32_t group,
                     uint32_t *variables, uint32_t count);
/* It is expected, and needed soon. */
void arrivals_want(struct arrivals *as, uint32_t variable);
/* Requests what has become wanted. */
void arrivals_pull(struct arrivals *as);

void arrivals_on_objects(struct arrivals *as, const struct message_objects *m);

/* Reports an ownership event, if there is an observer. */
void executor_ownership(struct executor *e, enum ownership what, uint32_t other, uint32_t variable,
                        uint64_t timestamp);

#endif
