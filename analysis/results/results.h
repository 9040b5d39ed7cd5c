/* results.h - the results store: one SQLite file, one row in `run` per run, documented in
 * aviary-results(5).
 *
 * A run is gathered in memory (struct run_result) and added in one transaction: a killed process
 * leaves no partial run, and several processes may add to one file at once. */
#ifndef AVIARY_ANALYSIS_RESULTS_RESULTS_H
#define AVIARY_ANALYSIS_RESULTS_RESULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/check/run_result.h"
#include "base/error.h"
#include "proto/application.h"

enum {
    RESULTS_USER_VERSION = 6,
    RESULTS_VERSION_OLDEST = 2, /* can be read, and is upgraded by adding a run */
};

/* How long all of these wait for a file that another process has locked, 60 s unless it is called.
 * After two seconds standard error says so. */
void results_wait_most(uint64_t ns);

/* Could a run be added here? Call it before a long run: nothing is changed or created. 0, or -1
 * with the error: not a database, not one of ours, another version of it, not writable, or locked.
 */
int results_probe(const char *path, struct error *e);

/* Adds the run in one transaction, creating the file and its tables if need be; waits for other
 * writers. *run_id (may be NULL) is the new row's id. 0, or -1 with the error and nothing added. */
int results_add(const char *path, const struct run_result *r, int64_t *run_id, struct error *e);

/* A run as it was made: every option with its text, of which scheme, partitions and seed are this
 * run's where a list was given. */
struct results_option {
    char *name, *value;
};
struct results_made {
    int64_t id;
    bool emulated;
    char *version; /* of the program */
    uint64_t fingerprint;
    struct results_option *options;
    uint64_t count, room;
};
/* 0, or -1 with the error, which for an unknown id names those that there are. In both cases
 * results_made_finish() is due; of one that is all zeros it frees nothing. */
int results_load_made(const char *path, int64_t id, struct results_made *made, struct error *e);
void results_made_finish(struct results_made *made);

/* Reading back what `aviary check` needs. The file is untrusted: the result is a well-formed
 * history, or an error that names table and row. Memory and time are in proportion to the file's
 * length. */
struct results_reader;
struct results_run {
    int64_t id;
    char scheme[32];
    uint32_t partitions;
    char workload[512];
    char verdict[16];          /* as it was stored */
    uint64_t history_commands; /* stored */
    bool history;              /* the run was made with --history, or something of one is stored */
};

/* NULL: the error says why. The file is only read. */
struct results_reader *results_open(const char *path, struct error *e);
void results_close(struct results_reader *r);
/* The next run by id: 1, 0 at the end, -1 with the error. */
int results_next_run(struct results_reader *r, struct results_run *run, struct error *e);
/* A run's data of the variables that its history accesses, by their numbers in the ledger. */
struct results_variable {
    uint32_t number;             /* in the run */
    uint32_t partition;          /* its final place, */
    struct variable_state final; /* and value, if recorded */
    bool absent;                 /* at the start */
    bool reported;
};
struct results_variables {
    struct results_variable *variable;
    uint64_t count; /* variables of the history; 0: an older file without them */
    uint64_t known; /* those recorded */
};
/* Of a history that was loaded: if all are known, the accesses of its commands are then in the
 * order of the run's numbers. The caller frees `variable`. 0, or -1 with the error. */
int results_load_variables(struct results_reader *r, int64_t run_id, struct ledger *l,
                           const struct catalogue *names, struct results_variables *v,
                           struct error *e);
/* Appends a run's raw history to an initialised ledger, naming variables and kinds in the
 * catalogue's name tables. 0, or -1 with the error. */
int results_load_history(struct results_reader *r, int64_t run_id, struct ledger *l,
                         const struct catalogue *names, struct error *e);

/* Replaces control characters by '?'. */
void results_plain(char *text);

#endif
