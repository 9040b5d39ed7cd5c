/* results_file.h - opening a results store and telling whether it is one; results*.c only.
 *
 * The file may be anybody's: damaged, of another program, or made to do harm. Until its tables have
 * been recognised, and wherever it is only read, SQLite's work is limited in proportion to the
 * file's length; its triggers never run and its views are never looked into. */
#ifndef AVIARY_ANALYSIS_RESULTS_RESULTS_FILE_H
#define AVIARY_ANALYSIS_RESULTS_RESULTS_FILE_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/error.h"

struct results_file {
    sqlite3 *db;         /* NULL: closed */
    const char *path;    /* borrowed */
    uint64_t bytes;      /* its length when it was opened */
    uint64_t steps_left; /* of SQLite's virtual machine */
    uint64_t text_left;  /* bytes of texts that may still be read from it */
};

/* Opens the file of that name, whatever the name looks like. `flags` are those of sqlite3_open_v2.
 * Waits long for other writers. 0, or -1 with the error and nothing to close. The struct must stay
 * where it is until it is closed. */
int results_file_open(struct results_file *f, const char *path, int flags, struct error *e);
/* Rolls back what was not committed. */
void results_file_close(struct results_file *f);

/* The sentence for the user about what the database just said; returns -1. */
int results_file_error(const struct results_file *f, struct error *e);

/* Runs statements that yield nothing. 0 or -1 with the error. */
int results_file_execute(struct results_file *f, const char *sql, struct error *e);

/* The version of a results store, one that is still known and whose tables are as that version's;
 * 0: an empty database; -1 with the error: something else. */
int results_file_recognise(struct results_file *f, struct error *e);

/* From now on work is not limited: what is done next is not up to what the file holds. */
void results_file_trust(struct results_file *f);

#endif
