/* replay.h - the command line that repeats one run of an experiment. */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_REPLAY_H
#define AVIARY_ANALYSIS_EXPERIMENT_REPLAY_H

#include "analysis/experiment/experiment.h"

/* The command line of `aviary run`, or `aviary emulate`, for this scheme on so many partitions,
 * with every option whose value is not the default, quoted for a shell. The caller frees it. */
char *replay_line(const struct experiment *e, const struct scheme *scheme, uint32_t partitions);

#endif
