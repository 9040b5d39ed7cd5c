/* study_notes.h - what the figures of a study rest on: printed below its tables. */
#ifndef AVIARY_ANALYSIS_STUDY_STUDY_NOTES_H
#define AVIARY_ANALYSIS_STUDY_STUDY_NOTES_H

#include "analysis/study/figures.h"

/* The replications of those cells, what was learnt, the runs that are not ok; where the results
 * are, and, on standard error, the runs that failed. `compared`: the tables have differences. */
void study_print_notes(const struct study *s, const struct figures *figures, uint32_t count,
                       bool compared);
/* A verdict is fail. */
bool study_wrong(const struct figures *figures, uint32_t count);

#endif
