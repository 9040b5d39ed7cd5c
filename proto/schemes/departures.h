/* departures.h - variables that plans move away from this partition, with their values at the plan.
 *
 * Each replica of the new owner fetches it for itself, from any replica of the old one. It is kept
 * until all of them have it: a replica that was cut off may fetch it late, and a crashed one is
 * indistinguishable from that, so that what it lacks is kept for good (as is the log of its own
 * group). */
#ifndef AVIARY_PROTO_SCHEMES_DEPARTURES_H
#define AVIARY_PROTO_SCHEMES_DEPARTURES_H

#include "proto/execution/executor.h"

enum {
    FETCH_VARIABLES_MAX = 1024,    /* in one FETCH, */
    FETCH_BYTES_MAX = 64 * 1024,   /* and about so many bytes of objects */
    DEPARTURES_POSTPONED_MAX = 64, /* requests about plans that are not in force here yet */
};

struct message_fetch {
    struct message m;
    uint64_t version;
    uint32_t count;
    uint32_t number;      /* the requester's, echoed */
    uint32_t variables[]; /* an odd number is followed by four zero bytes */
};

struct message_objects {
    struct message m;
    uint64_t version;
    uint32_t group;
    uint32_t count;
    uint32_t number; /* of the FETCH */
    uint32_t reserved;
    struct pushed_value values[];
};

/* The sender has received all that plans up to this version move from the receiver's group. */
struct message_received {
    struct message m;
    uint64_t version;
};

_Static_assert(sizeof(struct message_fetch) == 32, "no padding");
_Static_assert(sizeof(struct message_objects) == 40, "no padding");
_Static_assert(sizeof(struct message_received) == 24, "no padding");

struct departure;

struct departures {
    struct executor *e;
    struct departure *list;
    uint64_t *received; /* by node: the version in its last RECEIVED */
    struct message *postponed[DEPARTURES_POSTPONED_MAX]; /* retained FETCHes */
    uint32_t postponed_count;
};

void departures_init(struct departures *ds, struct executor *e);
void departures_finish(struct departures *ds);

/* A departure to `group` with room for `count` variables, which are to be added in ascending order.
 */
struct departure *departures_begin(struct departures *ds, uint64_t version, uint32_t group,
                                   uint32_t count);
void departure_add(struct departure *d, uint32_t variable, struct variable_state state);
/* All departures of a plan are complete: early requests for it are answered. */
void departures_stand(struct departures *ds);

void departures_on_fetch(struct departures *ds, struct message *m);
void departures_on_received(struct departures *ds, const struct message_received *m);

/* Calls for everything that not all replicas of its new owner have. */
void departures_each(const struct departures *ds,
                     void (*call)(void *context, uint32_t variable, struct variable_state state),
                     void *context);

#endif
