/* databases.h - results databases in tests: queries and changes by SQL, the output of `aviary
 * check`, and a small correct run. */
#ifndef AVIARY_TESTS_LIB_DATABASES_H
#define AVIARY_TESTS_LIB_DATABASES_H

#include "analysis/results/results.h"

/* A path in a directory of this program; one of a few buffers taken in turn. */
const char *database_path(const char *name);

/* The first column of the only row a query yields, as text; valid until the next call. */
const char *database_query(const char *path, const char *query);

/* All rows that a query yields, a line each, columns with one blank between; NULL is `-`. Valid
 * until the next call. */
const char *database_rows(const char *path, const char *query);

/* Runs statements on a connection of their own. */
void database_execute(const char *path, const char *sql);

/* The status of `aviary check PATH`; `output` has what it wrote on standard output, then on
 * standard error, until the next call. */
int database_check(const char *path, const char **output);

/* A run with a correct history: clients 0 and 1 each add three times to x and read y in turn, from
 * seq 1; the caller finishes the ledger. */
void database_small_run(struct run_result *result, struct ledger *history);

/* Adds that run; fails the test on an error. */
void database_add_small_run(const char *path);

#endif
