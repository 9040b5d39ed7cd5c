/* commands.h - the sub-commands of `aviary` in this folder. Each returns the exit status. */
#ifndef AVIARY_ANALYSIS_RESULTS_COMMANDS_H
#define AVIARY_ANALYSIS_RESULTS_COMMANDS_H

/* aviary check FILE.db: 0 all ok, 1 a verdict failed, 2 usage or input error. */
int cmd_check(int argc, char **argv);

#endif
