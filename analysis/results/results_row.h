/* results_row.h - one row after the other of an untrusted database, each value checked for its type
 * and range before use; results*.c only.
 *
 * Messages name file, table and row: the first columns of the query are the row's key. */
#ifndef AVIARY_ANALYSIS_RESULTS_RESULTS_ROW_H
#define AVIARY_ANALYSIS_RESULTS_RESULTS_ROW_H

#include <stdbool.h>

#include "analysis/results/results.h"
#include "analysis/results/results_file.h"

struct results_row {
    struct results_file *file;
    sqlite3_stmt *statement;
    const char *table;
    int keys; /* columns that name the row */
};

/* 0, or -1 with the error; call results_row_finish() in both cases. */
int results_row_begin(struct results_row *r, const char *query, struct error *e);
void results_row_finish(struct results_row *r);

/* 1: there is a next row, 0: there is none, -1 with the error. */
int results_row_next(struct results_row *r, struct error *e);

/* Of the current row. -1 with the error: NULL, of another type, out of range. Texts have no NUL
 * inside, and are valid until another row is asked for. */
int results_row_integer(struct results_row *r, int column, int64_t least, int64_t most,
                        int64_t *value, struct error *e);
int results_row_real(struct results_row *r, int column, double *value,
                     struct error *e); /* finite */
int results_row_text(struct results_row *r, int column, const char **text, uint32_t *length,
                     struct error *e);
/* The same, to be shown: cut to fit, without control characters. */
int results_row_label(struct results_row *r, int column, char *label, size_t bytes,
                      struct error *e);
/* One of a NULL-terminated list of words; *choice is its index. */
int results_row_word(struct results_row *r, int column, const char *const *words, uint32_t *choice,
                     struct error *e);
bool results_row_null(const struct results_row *r, int column);

/* The error "FILE: table TABLE, KEY VALUE, ...: REASON"; returns -1. */
int results_row_refuse(const struct results_row *r, struct error *e, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
