/* histogram.h - a log-linear histogram of durations: relative error below 1 %, any 64-bit value.
 *
 * Values below 128 ns have a bucket each; every further power of two is cut into 64 buckets.
 * Recording costs an index computation and an increment. Mean, least and largest are exact. */
#ifndef AVIARY_BASE_HISTOGRAM_H
#define AVIARY_BASE_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_SUB_BITS = 6,
    HISTOGRAM_SUBS = 1 << HISTOGRAM_SUB_BITS,
    HISTOGRAM_BUCKETS = (64 - HISTOGRAM_SUB_BITS + 1) * HISTOGRAM_SUBS,
};

struct histogram {
    uint64_t count;
    uint64_t least_ns; /* UINT64_MAX while empty */
    uint64_t largest_ns;
    unsigned __int128 sum_ns;
    uint64_t bucket[HISTOGRAM_BUCKETS];
};

void histogram_init(struct histogram *h);

static inline uint32_t histogram_index(uint64_t ns)
{
    if (ns < 2 * HISTOGRAM_SUBS) return (uint32_t)ns;
    uint32_t shift = 63 - (uint32_t)__builtin_clzll(ns) - HISTOGRAM_SUB_BITS;
    return shift * HISTOGRAM_SUBS + (uint32_t)(ns >> shift);
}

static inline void histogram_record(struct histogram *h, uint64_t ns)
{
    h->bucket[histogram_index(ns)]++;
    h->count++;
    h->sum_ns += ns;
    if (ns < h->least_ns) h->least_ns = ns;
    if (ns > h->largest_ns) h->largest_ns = ns;
}

/* The values a bucket holds: low <= value <= high. */
uint64_t histogram_low_ns(uint32_t index);
uint64_t histogram_high_ns(uint32_t index);

void histogram_merge(struct histogram *into, const struct histogram *from);

/* 0 when empty. */
double histogram_mean_ns(const struct histogram *h);
/* The quantile: the least value that at least `share` (0..1) of the values do not exceed; 0 when
 * empty. */
double histogram_percentile_ns(const struct histogram *h, double share);

#endif
