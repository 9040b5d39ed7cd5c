/* draw.h - whole experiments drawn from seeds: a scheme, its options, a workload, faults.
 *
 * Swarm testing (Groce et al., ISSTA 2012): a seed decides the options of its run as well, since
 * some failures need the absence of others. Each option is drawn from a stream of its own, so that
 * one that is fixed, or one more in the table, changes no other. */
#ifndef AVIARY_ANALYSIS_SWARM_DRAW_H
#define AVIARY_ANALYSIS_SWARM_DRAW_H

#include "analysis/study/cells.h"
#include "base/random.h"

/* The run of that seed. An option that was given to the whole is the same in all runs, or one of
 * the values of its list; the scheme is one that has the rule of a bug that is planted. 0, and
 * cell_run_finish() is due; or -1 with the error: what was given does not fit together. `given` is
 * borrowed until then. */
int swarm_draw(const struct experiment *given, uint64_t seed, struct cell_run *run,
               struct error *e);

/* One of the placements that need neither an argument nor a graph, each with the same
 * probability. */
const char *swarm_draw_placement(struct random *random);

#endif
