/* commands.h - the sub-commands of `aviary` that run experiments, one path for all transports. Each
 * returns the exit status; argv[0] is its name. */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_COMMANDS_H
#define AVIARY_ANALYSIS_EXPERIMENT_COMMANDS_H

#include "analysis/experiment/cluster.h"

/* `aviary run`, `aviary emulate`: one run over the transport that its options name, out of a table
 * that NULL ends. */
int cmd_run(int argc, char **argv, enum experiment_use use,
            const struct cluster_ops *const *transports);
/* `aviary compare`: every combination. */
int cmd_compare(int argc, char **argv, const struct cluster_ops *const *transports);

#endif
