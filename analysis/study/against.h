/* against.h - what `aviary compare --against FILE` prints: how the cells of a study differ from
 * runs under the same conditions that are stored in another file, by an earlier version or with
 * other options. */
#ifndef AVIARY_ANALYSIS_STUDY_AGAINST_H
#define AVIARY_ANALYSIS_STUDY_AGAINST_H

#include "analysis/study/study.h"

/* The table, on standard output: of each cell both throughputs, the change, by the replications
 * that both have, and whether it is significant; then what has changed. 0, or -1 with the error. */
int against_print(const struct study *s, const char *path, struct error *e);

#endif
