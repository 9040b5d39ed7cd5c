/* commands.h - the sub-commands of `aviary` that run experiments, one path for all transports. Each
 * returns the exit status; argv[0] is its name. */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_COMMANDS_H
#define AVIARY_ANALYSIS_EXPERIMENT_COMMANDS_H

#include "analysis/experiment/experiment.h"

/* `aviary run`, `aviary emulate`: one run over the transport that its options name. */
int cmd_run(int argc, char **argv, const struct experiment_command *command);
/* `aviary compare`: every combination. */
int cmd_compare(int argc, char **argv, const struct experiment_command *command);
/* `aviary swarm`: experiments drawn from seeds. */
int cmd_swarm(int argc, char **argv, const struct experiment_command *command);

#endif
