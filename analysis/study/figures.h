/* figures.h - the figures of a cell: what the stored runs of all its replications say together. */
#ifndef AVIARY_ANALYSIS_STUDY_FIGURES_H
#define AVIARY_ANALYSIS_STUDY_FIGURES_H

#include "analysis/results/summary.h"
#include "analysis/study/estimate.h"
#include "analysis/study/study.h"

struct figures {
    const struct cell *cell;
    uint32_t runs;       /* stored, of the cell's replications */
    struct summary *run; /* by replication; run_id 0: it is missing */
    double *throughput;  /* of those that are not, in order, and their replications */
    uint32_t *replication;
    struct estimate throughput_per_s;
    double latency_mean_ms;                /* mean of the runs' means */
    double latency_p50_ms, latency_p95_ms; /* of all answers of all runs; NAN: too few */
    double latency_p99_ms;
    double multi_partition_pct, messages_per_command, moves, retries; /* means over runs */
    double plans_made, plans_announced;
    double plan_gain_pct; /* of the runs that have one; NAN: none has */
    enum result verdict;  /* the worst */
};

/* Reads runs of that database, by replication (0: it is missing), as those of the cell. 0, and
 * figures_finish() is due; or -1 with the error. */
int figures_of(struct figures *f, const struct cell *cell, const char *db, const int64_t *run_id,
               struct error *e);
/* Reads the cell's own runs. 0, and figures_finish() is due; or -1 with the error. */
int figures_read(struct figures *f, const struct study *s, const struct cell *cell,
                 struct error *e);
void figures_finish(struct figures *f);

/* By how much `other` differs from `base`, over the replications that both have. */
struct estimate_difference figures_difference(const struct figures *base,
                                              const struct figures *other);

#endif
