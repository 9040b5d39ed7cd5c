/* replay.h - the command line that repeats one run of an experiment. */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_REPLAY_H
#define AVIARY_ANALYSIS_EXPERIMENT_REPLAY_H

#include "analysis/experiment/experiment.h"

/* The command line of `aviary run`, or `aviary emulate`, with every option whose value is not the
 * default, quoted for a shell. The caller frees it. */
char *replay_line(const struct experiment *e);
/* The same without the options of those names, which end with NULL. */
char *replay_line_without(const struct experiment *e, const char *const *without);
/* `aviary` and those words, quoted for a shell. The caller frees it. */
char *replay_words(int count, char *const *words);

#endif
