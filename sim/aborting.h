/* aborting.h - what a simulated run says when it aborts: which node was doing what, at what virtual
 * time (last_words.h). */
#ifndef AVIARY_SIM_ABORTING_H
#define AVIARY_SIM_ABORTING_H

#include "sim/sim.h"

/* Which run is under way in this thread, borrowed; NULL: none. */
void aborting_watch(const struct sim *s);

#endif
