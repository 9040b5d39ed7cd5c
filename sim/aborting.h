/* aborting.h - when a simulated run aborts, as by a failed assertion, standard error says which
 * node was doing what, at what virtual time, and what to type to see it again. */
#ifndef AVIARY_SIM_ABORTING_H
#define AVIARY_SIM_ABORTING_H

#include "sim/sim.h"

/* From now on, by a handler of SIGABRT; what is said then does not allocate. `again` is the command
 * line, borrowed. */
void aborting_tell(const char *again);
/* Which run is under way, borrowed; NULL: none. */
void aborting_watch(const struct sim *s);

#endif
