/* aborting.h - when a simulated run aborts, as by a failed assertion, standard error names the
 * node, its action, the virtual time, and the command that repeats the run. */
#ifndef AVIARY_SIM_ABORTING_H
#define AVIARY_SIM_ABORTING_H

#include "sim/sim.h"

/* The current run and its command line, both borrowed; NULL, NULL: none. The report is written by a
 * handler of SIGABRT, which does not allocate. */
void aborting_watch(const struct sim *s, const char *again);

#endif
