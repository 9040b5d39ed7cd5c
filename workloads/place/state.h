/* state.h - the variables of a run, from a first pass over its workload and a placement.
 *
 * A variable whose first access creates it does not exist at the start; all others do. */
#ifndef AVIARY_WORKLOADS_PLACE_STATE_H
#define AVIARY_WORKLOADS_PLACE_STATE_H

#include "proto/variables.h"
#include "workloads/place/placement.h"
#include "workloads/trace/workload.h"

struct state {
    struct variables variables; /* for the core; valid after state_place */
    uint16_t *place, *home;
    uint8_t *first; /* by variable seen: how it is accessed first */
    uint32_t seen, room;
    bool makes;             /* some command creates or deletes a variable */
    bool timed;             /* some command has a time */
    struct names *clients; /* that commands of a survey name; NULL: none has a name, */
    bool any_client;       /* or some commands may come from any client */
    uint64_t largest_bytes; /* of a command's request, its reply, or all its variables together */
    /* Of a survey with a placement that was learnt: accesses, and those to variables that were not
     * accessed before. */
    uint64_t accesses, accesses_new;
};

/* Reads a workload with an end through, at most `commands` of it, and rewinds it: every line is
 * checked before the run, and every variable is known. `p`: NULL, or what was learnt before. 0 or
 * -1 with the error. */
int state_survey(struct state *s, struct workload *w, uint64_t commands, const struct placement *p,
                 struct error *e);
/* The same for a generator, whose variables are known: only the sizes of its first commands. */
int state_sample(struct state *s, struct workload *w, uint64_t commands, struct error *e);
/* The number of clients that all commands of the survey come from; 0: it is not limited. */
uint32_t state_clients(const struct state *s);
/* Fills in the places; `p` NULL: everything is in partition 0. Both are borrowed. */
void state_place(struct state *s, const struct catalogue *c, const struct placement *p);
void state_finish(struct state *s);

#endif
