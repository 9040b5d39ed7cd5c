/* results_rows.h - rows into the results store, one prepared statement per table; results*.c only.
 *
 * A format names the columns' types in order: i int64_t, f double, t const char * (NULL: SQL NULL),
 * o const int64_t * (NULL: SQL NULL). */
#ifndef AVIARY_ANALYSIS_RESULTS_RESULTS_ROWS_H
#define AVIARY_ANALYSIS_RESULTS_RESULTS_ROWS_H

#include "analysis/results/results.h"
#include "analysis/results/results_file.h"

struct rows {
    struct results_file *file;
    sqlite3_stmt *statement;
    struct error *error;
};

int rows_begin(struct rows *r, const char *insert);
int rows_add(struct rows *r, const char *format, ...);
/* Frees the statement; allowed after a failed begin. */
void rows_end(struct rows *r);

/* The tables command, access and variable of one run (results_history.c). */
int rows_add_history(struct rows *rows, int64_t run_id, const struct run_result *r);

#endif
