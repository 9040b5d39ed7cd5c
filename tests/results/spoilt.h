/* spoilt.h - a valid results database that a test makes invalid, and the message of `aviary check`:
 * it names file, table, row and the expected value, and ends with status 2. */
#ifndef AVIARY_TESTS_RESULTS_SPOILT_H
#define AVIARY_TESTS_RESULTS_SPOILT_H

#include "tests/lib/databases.h"

/* Parts of statements: the columns of two tables, and a row of the table command. */
#define COMMAND \
    "command(run_id, client, seq, kind, issued_ns, returned_ns, attempts, partitions, status)"
#define ACCESS "access(run_id, client, seq, variable, mode, version)"
#define FIRST " WHERE client = 0 AND seq = 1"

/* A view with an endless query. */
#define ENDLESS                                                                            \
    "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM " \
    "n) SELECT count(*) AS c FROM n;"

/* A change of a valid database, and the words of the message about it. */
struct story {
    const char *sql;
    const char *words[3]; /* the rest is NULL */
};

/* A valid database; always at the same path, so that it replaces the previous one. */
const char *good_file(void);

/* All of the words are in the message; `what` describes the case. */
void assert_message_has(const char *what, const char *message, const char *const *words);

/* The status of `aviary check PATH`; its message has the words of the case, and with status 2 the
 * path. */
void assert_check(const char *path, int expected, const struct story *story);

/* No run can be added to the file, and it is not changed. */
void assert_closed(const char *path, const char *what);

#endif
