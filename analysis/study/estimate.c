/* estimate.c - Student's t and a pool of histograms (estimate.h). */
#include "analysis/study/estimate.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/check/statistics.h"
#include "base/assert.h"
#include "base/memory.h"

/* Both ends leave out half of 5 %. */
#define UPPER_END 0.975

/* From the standard deviation of one replication. */
static double half_width(double deviation, uint32_t replications)
{
    double t = gsl_cdf_tdist_Pinv(UPPER_END, replications - 1);
    return t * deviation / sqrt(replications);
}

struct estimate estimate_mean(const double *value, uint32_t replications)
{
    struct estimate e = {.replications = replications,
                         .bounded = replications >= ESTIMATE_REPLICATIONS_LEAST};
    if (replications) e.mean = gsl_stats_mean(value, 1, replications);
    if (e.bounded)
        e.half_width = half_width(gsl_stats_sd_m(value, 1, replications, e.mean), replications);
    return e;
}

/* The standard deviation of other[i] - ratio * base[i], whose mean is 0. */
static double deviation_from_ratio(const struct estimate_pairs *p, double ratio)
{
    double *rest = allocate(p->replications * sizeof(*rest));
    for (uint32_t i = 0; i < p->replications; i++) rest[i] = p->other[i] - ratio * p->base[i];
    double deviation = gsl_stats_sd_m(rest, 1, p->replications, 0);
    free(rest);
    return deviation;
}

struct estimate_difference estimate_difference(const struct estimate_pairs *p)
{
    struct estimate_difference d = {.replications = p->replications, .relative = NAN};
    struct estimate base = estimate_mean(p->base, p->replications);
    struct estimate other = estimate_mean(p->other, p->replications);
    if (base.mean == 0) return d;
    double ratio = other.mean / base.mean;
    d.relative = ratio - 1;
    d.bounded = base.bounded;
    if (!d.bounded) return d;
    d.half_width = half_width(deviation_from_ratio(p, ratio), p->replications) / fabs(base.mean);
    d.significant = fabs(d.relative) > d.half_width;
    return d;
}

/* ---- the pool ------------------------------------------------------------------------------- */

/* Microseconds are stored with enough digits for whole nanoseconds. */
static uint64_t to_ns(double us)
{
    double ns = nearbyint(us * 1e3);
    ASSERT(ns >= 0);
    return ns < 0x1p64 ? (uint64_t)ns : UINT64_MAX;
}

void estimate_pool(struct histogram *pool, const struct estimate_bucket *bucket)
{
    uint64_t low_ns = to_ns(bucket->low_us), high_ns = to_ns(bucket->high_us);
    ASSERT(low_ns <= high_ns);
    pool->bucket[histogram_index(low_ns)] += bucket->count;
    pool->count += bucket->count;
    if (low_ns < pool->least_ns) pool->least_ns = low_ns;
    if (high_ns > pool->largest_ns) pool->largest_ns = high_ns;
}

double estimate_percentile_us(const struct histogram *pool, double share)
{
    if (!percentile_determined(pool->count, share)) return NAN;
    return histogram_percentile_ns(pool, share) / 1e3;
}
