/* simulation.h - one run: an experiment's workload through one scheme in the simulator, checked. */
#ifndef AVIARY_SIM_SIMULATION_H
#define AVIARY_SIM_SIMULATION_H

#include "analysis/experiment/experiment.h"
#include "base/progress.h"
#include "analysis/results/results.h"

struct simulation;

/* Is --leader-timeout shorter than the model's latencies allow, for any of the combinations? True
 * with a warning, for the user to see before the run. */
bool simulation_hasty(const struct experiment *e, struct error *warning);
/* Runs to the end. NULL: the error says which input is wrong, and nothing was run. `progress` may
 * be NULL. */
struct simulation *simulation_run(const struct experiment *e, const struct scheme *scheme,
                                  uint32_t partitions, struct progress *progress,
                                  struct error *error);
/* What came out; lives until simulation_destroy. */
const struct run_result *simulation_result(const struct simulation *s);
void simulation_destroy(struct simulation *s);

#endif
