/* results_layout.h - verifies that a file's tables are those of its version, and upgrades them;
 * results*.c only. */
#ifndef AVIARY_ANALYSIS_RESULTS_RESULTS_LAYOUT_H
#define AVIARY_ANALYSIS_RESULTS_RESULTS_LAYOUT_H

#include "analysis/results/results_file.h"

/* Every table of that version is there, a table, and declared as results_steps do, so that its
 * columns have the types that are asked for; what is called as one of our views is a view. Other
 * tables and views do not matter. 0, or -1 with the error. */
int results_layout_check(struct results_file *f, int version, struct error *e);

/* Makes a file of that version, 0 for an empty one, one of RESULTS_USER_VERSION, with the present
 * views. Call it in a transaction. 0, or -1 with the error. */
int results_layout_update(struct results_file *f, int version, struct error *e);

#endif
