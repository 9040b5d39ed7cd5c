/* study_table.h - what `aviary compare` prints of a study. */
#ifndef AVIARY_ANALYSIS_STUDY_STUDY_TABLE_H
#define AVIARY_ANALYSIS_STUDY_STUDY_TABLE_H

#include "analysis/study/study.h"

/* The tables of figures, of cost and causes, what they rest on, and the runs that failed or are not
 * ok, on standard output. 0 or 1, the exit status: 1 if a verdict is fail; or -1 with the error: a
 * stored run cannot be read. */
int study_print(const struct study *s, struct error *e);
/* The cells that would be run. */
void study_print_cells(const struct study *s);

#endif
