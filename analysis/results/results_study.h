/* results_study.h - the runs of a study in the results store: recorded, found again, read back.
 *
 * A run of a study is known by its cell, its replication and the version of the program. The file
 * is untrusted, as in results.h. */
#ifndef AVIARY_ANALYSIS_RESULTS_RESULTS_STUDY_H
#define AVIARY_ANALYSIS_RESULTS_RESULTS_STUDY_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/results/summary.h"
#include "base/error.h"

/* Adds a study, and creates the file if need be. 0, or -1 with the error. */
int results_study_add(const char *path, const char *command, int64_t *id, struct error *e);

struct results_replication {
    const char *cell, *replication, *version;
};

/* The stored run of each, 0: there is none; a file that does not exist has none. 0, or -1 with the
 * error. */
int results_study_find(const char *path, const struct results_replication *wanted, uint32_t count,
                       int64_t *run_id, struct error *e);

/* What is read of a run. `bucket` is called for each row of its table `latency`; NULL: not. */
struct results_reading {
    struct summary summary;
    void (*bucket)(void *context, double low_us, double high_us, uint64_t count);
    void *context;
};
/* 0, or -1 with the error: there is no such run, or a value is not what it must be. */
int results_study_read(const char *path, int64_t run_id, struct results_reading *reading,
                       struct error *e);
/* Does that file have studies? 0, or -1 with the error. */
int results_study_probe(const char *path, struct error *e);

/* Runs of another file. */
struct results_other {
    const char *path;
    /* Called for the version and each option in which two matched runs differ; NULL: not. */
    void (*differs)(void *context, const char *name, const char *there, const char *here);
    void *context;
};
/* For each of these runs (0: none) the newest of the other file that was made under the same
 * conditions: scheme, partitions, replicas, workload, placement, model, clients, rate, faults,
 * transport and replication; 0: there is none. 0, or -1 with the error. */
int results_study_match(const char *path, const int64_t *run_id, uint32_t count,
                        const struct results_other *other, int64_t *other_id, struct error *e);

#endif
