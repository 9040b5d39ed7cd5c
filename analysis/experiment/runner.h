/* runner.h - one run on any transport: an experiment's workload through one scheme, from the set-up
 * to the verdict. */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_RUNNER_H
#define AVIARY_ANALYSIS_EXPERIMENT_RUNNER_H

#include "analysis/experiment/cluster.h"
#include "base/progress.h"

/* Borrowed until run_destroy. */
struct run_setup {
    const struct experiment *experiment;
    const struct scheme *scheme;
    uint32_t partitions;
    const struct cluster_ops *transport;
};

struct run;

/* Runs until every client has its replies, or no progress is possible, and then until replicas
 * agree, or a limit. NULL: the error names the wrong input, or what was missing. `progress` may be
 * NULL. */
struct run *run_execute(const struct run_setup *setup, struct progress *progress,
                        struct error *error);
/* The result; lives until run_destroy. */
const struct run_result *run_result(const struct run *r);
void run_destroy(struct run *r);

#endif
