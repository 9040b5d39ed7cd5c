/* estimate.h - what the replications of one cell of a study say together.
 *
 * A mean with the half width of its 95 % confidence interval, by Student's t over one value for
 * each replication; the difference of two cells, paired by replication; and percentiles of all
 * answers of all replications. Fewer than three replications have no interval. */
#ifndef AVIARY_ANALYSIS_STUDY_ESTIMATE_H
#define AVIARY_ANALYSIS_STUDY_ESTIMATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/histogram.h"

enum { ESTIMATE_REPLICATIONS_LEAST = 3 };

struct estimate {
    uint32_t replications;
    double mean; /* 0 without any */
    bool bounded;
    double half_width; /* of the interval around the mean, if it is bounded */
};

/* Of independent replications. */
struct estimate estimate_mean(const double *value, uint32_t replications);

/* Of two cells whose replications of one number had the same random numbers, or the same part of a
 * trace. */
struct estimate_pairs {
    const double *base, *other; /* by replication */
    uint32_t replications;
};

struct estimate_difference {
    uint32_t replications;
    double relative; /* mean(other) / mean(base) - 1: 0.2 is 20 % more; NAN if the base is 0 */
    bool bounded;
    double half_width; /* of the interval around `relative`, if it is bounded */
    bool significant;  /* the interval is known, and 0 is outside */
};

/* The ratio of the means, and its variance by the deviations of other[i] from that ratio times
 * base[i] (the ratio estimator of sampling theory). So what both cells of a pair have in common
 * widens the interval neither as a summand nor as a factor. */
struct estimate_difference estimate_difference(const struct estimate_pairs *pairs);

/* Adds a row of the table `latency` to a pool, which histogram_init() has made. A percentile of the
 * pool of one run, all kinds and scopes, is that of the run itself. */
struct estimate_bucket {
    double low_us, high_us; /* as in struct result_bucket, 0 <= low <= high */
    uint64_t count;
};
void estimate_pool(struct histogram *pool, const struct estimate_bucket *bucket);
/* The percentile in microseconds, share as 0.99. NAN: there are too few answers for it
 * (percentile_determined() of analysis/check/statistics.h). */
double estimate_percentile_us(const struct histogram *pool, double share);

#endif
