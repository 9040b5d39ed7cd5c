/* state.h - the variables of a run, as a first pass over its workload and a placement have them.
 *
 * A variable whose first access creates it does not exist at the start; all others do. */
#ifndef AVIARY_WORKLOADS_STATE_H
#define AVIARY_WORKLOADS_STATE_H

#include "proto/variables.h"
#include "workloads/placement.h"
#include "workloads/workload.h"

struct state {
    struct variables variables; /* for the core; valid after state_place */
    uint16_t *place, *home;
    uint8_t *first; /* by variable met: how it is accessed first */
    uint32_t met, room;
    bool makes; /* some command creates or deletes a variable */
};

/* Reads a workload with an end through, at most `commands` of it, and rewinds it: every line is
 * read once before anything happens, and every variable is known. 0 or -1 with the error. */
int state_survey(struct state *s, struct workload *w, uint64_t commands, struct error *e);
/* Settles places; `p` NULL: everything is in partition 0. Both are borrowed. */
void state_place(struct state *s, const struct catalogue *c, const struct placement *p);
void state_finish(struct state *s);

#endif
