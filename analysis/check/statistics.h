/* statistics.h - statistics of a run's answers: latencies, the measured window, intervals.
 *
 * Everything but the counts (counts.h) is computed from the ledger after the run, so that recording
 * is cheap and the measured window may be chosen late. */
#ifndef AVIARY_ANALYSIS_CHECK_STATISTICS_H
#define AVIARY_ANALYSIS_CHECK_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/check/counts.h"
#include "analysis/check/ledger.h"
#include "analysis/check/run_result.h"

struct statistics_window {
    uint64_t begin_ns;    /* the end of the warm-up */
    uint64_t end_ns;      /* the end of the measured window */
    uint64_t interval_ns; /* > 0 */
};

/* The arrays that a result points to. */
struct statistics {
    struct result_interval *intervals;
    uint64_t interval_count;
    struct result_bucket *buckets;
    uint64_t bucket_count, bucket_room;
    struct result_phases phases[2];
};

/* Initialises `s` and fills in the counts and latencies of the result; intervals cover all from the
 * begin of the run to the end of the window, the rest the window alone, except that sums of counts
 * are over all intervals. Kinds are named by the ledger's catalogue. */
void statistics_compute(struct statistics *s, const struct ledger *l,
                        const struct counts_series *counts, const struct statistics_window *window,
                        struct run_result *result);
void statistics_finish(struct statistics *s);

/* Are there enough answers for that percentile (share as 0.99)? At least ten are to lie beyond it,
 * so that it is not decided by a few: 20 for the median, 200 for p95, 1 000 for p99, as in the
 * database's view summary. */
bool percentile_determined(uint64_t answers, double share);

#endif
