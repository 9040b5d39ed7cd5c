/* runner.h - one run on any transport: an experiment's workload through one scheme, from the set-up
 * to the verdict. */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_RUNNER_H
#define AVIARY_ANALYSIS_EXPERIMENT_RUNNER_H

#include "analysis/experiment/cluster.h"
#include "base/progress.h"

struct run;

/* Runs until every client has its replies, or no progress is possible, and then until replicas
 * agree, or a limit. NULL: the error names the wrong input, or what was missing. The experiment and
 * the transport are borrowed until run_destroy. `progress` may be NULL. */
struct run *run_execute(const struct experiment *e, const struct cluster_ops *transport,
                        struct progress *progress, struct error *error);
/* The result; lives until run_destroy. */
const struct run_result *run_result(const struct run *r);
void run_destroy(struct run *r);

#endif
