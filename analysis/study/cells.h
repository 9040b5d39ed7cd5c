/* cells.h - what a study measures: cells, one for each combination of its options, and replications
 * of each.
 *
 * A cell is what `aviary run` or `aviary emulate` would do with those options. Options that do not
 * concern it are left out, so that the same run is one cell: a scheme without partitions is run
 * once for each number of clients. What one placement learns from, all cells skip.
 *
 * A replication of a cell is a run of its own that differs in what chance decides: of a generator a
 * seed, of a recorded workload a block, that is, one of n consecutive parts. The i-th of all cells
 * have this in common (common random numbers), so that their differences are paired. */
#ifndef AVIARY_ANALYSIS_STUDY_CELLS_H
#define AVIARY_ANALYSIS_STUDY_CELLS_H

#include "analysis/experiment/experiment.h"
#include "analysis/study/study_options.h"

/* The order of the rows. */
enum cell_axis {
    AXIS_WORKLOAD,
    AXIS_MODEL,
    AXIS_FAULTS,
    AXIS_REPLICAS,
    AXIS_TRANSPORT,
    AXIS_SCHEME,
    AXIS_PLACEMENT,
    AXIS_PARTITIONS,
    AXIS_RATE,
    AXIS_CLIENTS,
    AXES
};

/* One run, such as a replication of a cell, ready to run. */
struct cell_run {
    struct experiment experiment;
    char *words[EXPERIMENT_OPTIONS_MAX + 1]; /* which its texts point into */
    uint32_t count;
};

struct cell {
    const char *value[AXES]; /* as given; NULL: by default, or it does not concern the cell */
    const char *learn;       /* as given, or what other cells learn from; NULL: by default */
    const struct cluster_ops *cluster[2]; /* the one it runs on, and NULL */
    struct cell_run first;
    /* The command line without the replication, and a checksum of the files that it names. */
    char *name;
    uint32_t replications;
    bool blocks;                /* they are blocks, not seeds */
    uint32_t first_run;         /* of study.run: its first replication; set by the study */
    uint64_t commands;          /* that a replication measures at most; UINT64_MAX: no limit */
    char clients[16], rate[32]; /* the texts of values that were computed */
};

/* NULL: by default. */
struct cell_load {
    const char *clients, *rate;
};

struct cells {
    const struct experiment *all; /* borrowed */
    struct cell **cell;
    uint32_t count;
};

/* Were several loads asked for? A scheme without partitions has several in any case: those of the
 * others. */
bool cells_are_curves(const struct cells *c);

/* From the options of the whole. 0, or -1 with the error: an option or an input is wrong. */
int cells_create(struct cells *c, const struct experiment *all, const struct study_options *options,
                 struct error *e);
void cells_finish(struct cells *c);

/* The cell that is like another but for its load, added if there is none yet. NULL with the error.
 * `load` is copied. */
const struct cell *cells_with_load(struct cells *c, const struct cell *like,
                                   const struct cell_load *load, struct error *e);

/* The i-th replication, such as `seed=3` or `block=2/5`, from 0. The caller frees it. */
char *cell_replication(const struct cells *c, const struct cell *cell, uint32_t i);
/* 0, and cell_run_finish() is due; or -1 with the error. */
int cell_run_create(const struct cells *c, const struct cell *cell, uint32_t i,
                    struct cell_run *run, struct error *e);
void cell_run_finish(struct cell_run *run);

/* Runs are made of words: of `aviary run` or `aviary emulate`, as the cluster says; then
 * `--NAME=VALUE`, or a switch, each; then they are read. cell_run_read() returns 0, and
 * cell_run_finish() is due; or -1 with the error, and it is finished. Clusters are borrowed. */
void cell_run_begin(struct cell_run *run, const struct cluster_ops *cluster);
void cell_run_add(struct cell_run *run, const char *name, const char *value);
void cell_run_add_switch(struct cell_run *run, const char *name);
int cell_run_read(struct cell_run *run, const struct cluster_ops *const *clusters, struct error *e);

/* In all. */
uint32_t cell_clients(const struct cell *cell);
/* The replicas of its partitions and its oracle. */
uint32_t cell_servers(const struct cell *cell);

#endif
