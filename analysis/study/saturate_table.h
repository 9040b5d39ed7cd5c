/* saturate_table.h - what `aviary compare --saturate` prints. */
#ifndef AVIARY_ANALYSIS_STUDY_SATURATE_TABLE_H
#define AVIARY_ANALYSIS_STUDY_SATURATE_TABLE_H

#include "analysis/study/saturate.h"

/* The table, how to read it and what it rests on, on standard output. 0 or 1, the exit status: 1 if
 * a verdict is fail; or -1 with the error: a stored run cannot be read. */
int saturations_print(const struct saturations *all, const struct study *s, struct error *e);

#endif
