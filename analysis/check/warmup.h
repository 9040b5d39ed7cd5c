/* warmup.h - where the warm-up of a run ends: MSER-5 over its answers.
 *
 * The begin of a run is not like the rest of it: queues are empty, caches are cold, variables have
 * not moved yet. MSER (White, Simulation 69(6), 1997) cuts a series where the confidence interval
 * of the mean of what is left, computed as if its observations were independent, is the narrowest.
 * An observation is what was answered in a 500th part of the run; a batch has five of them (MSER-5:
 * White, Cobb and Spratt, WSC 2000; Franklin and White, WSC 2008), so that the run is cut at a
 * whole hundredth of it. There are two series, the number of answers and their mean latency: the
 * warm-up of a closed loop shows in both, that of an open loop in latency only. The later cut
 * counts. No more than half of the run is cut off: a minimum beyond that rests on too few
 * batches. */
#ifndef AVIARY_ANALYSIS_CHECK_WARMUP_H
#define AVIARY_ANALYSIS_CHECK_WARMUP_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/check/ledger.h"

/* How a run's warm-up is chosen. */
enum warmup_rule {
    WARMUP_GIVEN, /* as a time */
    WARMUP_MSER,
    WARMUP_TENTH, /* of the run */
    WARMUP_RULES
};

enum {
    WARMUP_OBSERVATIONS = 500,
    WARMUP_BATCHES = WARMUP_OBSERVATIONS / 5,
    /* Answers that it needs: ten in a batch, on the mean. */
    WARMUP_ANSWERS_LEAST = 10 * WARMUP_BATCHES,
};

/* "mser-5", "tenth". NULL: of a time, or past the end. */
const char *warmup_name(uint32_t rule);

/* The number of batches to cut off, at most half of them, of a series of at least two. */
uint32_t warmup_mser(const double *batch, uint32_t count);

/* Of the answers from the begin of the run to end_ns, the time of the cut. False: there are too few
 * answers. */
bool warmup_determine(const struct ledger *l, uint64_t end_ns, uint64_t *warmup_ns);

#endif
