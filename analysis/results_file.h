/* results_file.h - opening a results store and telling whether it is one; results*.c only. */
#ifndef AVIARY_ANALYSIS_RESULTS_FILE_H
#define AVIARY_ANALYSIS_RESULTS_FILE_H

#include <sqlite3.h>
#include <stdint.h>

#include "workloads/error.h"

/* The sentence for the user about what the database just said; returns -1. */
int results_file_error(struct error *e, const char *path, sqlite3 *db);

/* NULL: the error says why. `flags` are those of sqlite3_open_v2. Waits long for other writers. */
sqlite3 *results_file_open(const char *path, int flags, struct error *e);

/* Runs statements that yield nothing. 0 or -1 with the error. */
int results_file_execute(sqlite3 *db, const char *path, const char *sql, struct error *e);

/* The version of a results store, one that is still known; 0: an empty database; -1 with the error:
 * something else. */
int results_file_recognise(sqlite3 *db, const char *path, struct error *e);

#endif
