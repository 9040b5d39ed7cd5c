/* study.h - a study: the replications of all its cells, run or found in the results store.
 *
 * Runs are processes of their own, some at a time, isolated from each other; each adds its own
 * transaction to the store, where it is known by cell, replication and version. So a study that was
 * interrupted, or grows, runs only what is missing, and a run that fails takes no other with it.
 * Replications of one number are run one after the other, so that an interrupted study has as many
 * of each cell as possible. What runs for real is measured by itself: its runs come last and one
 * after the other. */
#ifndef AVIARY_ANALYSIS_STUDY_STUDY_H
#define AVIARY_ANALYSIS_STUDY_STUDY_H

#include "analysis/study/cells.h"
#include "analysis/study/study_options.h"

/* A replication of a cell. */
struct study_run {
    const struct cell *cell;
    uint32_t replication;
    int64_t run_id; /* in the store; 0: there is none, */
    char *failure;  /* and why, or NULL: it was not run */
    double wall_s;  /* of a run that this study made: with its set-up */
};

struct study {
    struct cells cells;
    const struct study_options *options; /* borrowed, like the next */
    const char *db;
    int64_t id;            /* 0: nothing had to be run */
    struct study_run *run; /* cell after cell */
    uint32_t count;
    uint32_t found; /* in the store */
    bool interrupted;
};

/* The cells, and which of their runs are stored. `all` and `options` are borrowed. 0, or -1 with
 * the error. */
int study_create(struct study *s, const struct experiment *all, const struct study_options *options,
                 struct error *e);
void study_finish(struct study *s);

/* Runs what is missing, with a progress line; `command` is stored with it. Ctrl-C ends it early. 0,
 * or -1 with the error: nothing can be run or stored at all. */
int study_execute(struct study *s, const char *command, struct error *e);

/* Runs a small part of each cell with missing runs, and estimates the seconds that study_execute()
 * would take. Nothing is stored. */
double study_estimate(struct study *s);

/* The runs of one cell: the first, cell->replications of them. */
struct study_run *study_runs(const struct study *s, const struct cell *cell);
/* The command line of a run. The caller frees it. */
char *study_replay(const struct study *s, const struct study_run *run);

#endif
