/* results_file.h - opening and recognising a results store; results*.c only.
 *
 * The file is untrusted: damaged, of another program, or malicious. Until its tables have been
 * recognised, and wherever it is only read, SQLite's work is limited in proportion to the file's
 * length; its triggers and views are never used. */
#ifndef AVIARY_ANALYSIS_RESULTS_RESULTS_FILE_H
#define AVIARY_ANALYSIS_RESULTS_RESULTS_FILE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct results_file {
    sqlite3 *db;            /* NULL: closed */
    const char *path;       /* borrowed */
    uint64_t bytes;         /* its length when it was opened */
    uint64_t steps_left;    /* of SQLite's virtual machine */
    uint64_t text_left;     /* bytes of texts that may still be read from it */
    uint64_t wait_begin_ns; /* for another process, at a statement */
    bool told;              /* standard error was, of a wait */
};

/* Opens the file of that name, without interpreting the name. `flags` are those of sqlite3_open_v2.
 * Whatever uses it waits for other processes (results_wait_most). 0, or -1 with the error and
 * nothing to close. The struct must stay where it is until it is closed. */
int results_file_open(struct results_file *f, const char *path, int flags, struct error *e);
/* Rolls back what was not committed. */
void results_file_close(struct results_file *f);

/* The message for the user of the database's last error; returns -1. */
int results_file_error(const struct results_file *f, struct error *e);

/* Runs statements that yield nothing. 0 or -1 with the error. */
int results_file_execute(struct results_file *f, const char *sql, struct error *e);

/* The version of a results store with a supported version and that version's tables; 0: an empty
 * database; -1 with the error: something else. */
int results_file_recognise(struct results_file *f, struct error *e);

/* Lifts the limit: further work does not depend on the file's contents. */
void results_file_unlimit(struct results_file *f);

#endif
