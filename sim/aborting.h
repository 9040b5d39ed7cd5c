/* aborting.h - when a simulated run aborts, as by a failed assertion, standard error says which
 * node was doing what, at what virtual time, and what to type to see it again. */
#ifndef AVIARY_SIM_ABORTING_H
#define AVIARY_SIM_ABORTING_H

#include "sim/sim.h"

/* Which run is under way, and its command line, both borrowed; NULL, NULL: none. What is said is
 * said by a handler of SIGABRT, and does not allocate. */
void aborting_watch(const struct sim *s, const char *again);

#endif
