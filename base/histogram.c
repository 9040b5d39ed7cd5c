/* histogram.c - the slower half of the latency histogram (histogram.h). */
#include "base/histogram.h"

#include <string.h>

#include "base/assert.h"

void histogram_init(struct histogram *h)
{
    memset(h, 0, sizeof(*h));
    h->least_ns = UINT64_MAX;
}

uint64_t histogram_low_ns(uint32_t index)
{
    ASSERT(index < HISTOGRAM_BUCKETS);
    if (index < 2 * HISTOGRAM_SUBS) return index;
    uint32_t shift = index / HISTOGRAM_SUBS - 1;
    return (uint64_t)(HISTOGRAM_SUBS + index % HISTOGRAM_SUBS) << shift;
}

uint64_t histogram_high_ns(uint32_t index)
{
    return index + 1 < HISTOGRAM_BUCKETS ? histogram_low_ns(index + 1) - 1 : UINT64_MAX;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) into->bucket[i] += from->bucket[i];
    into->count += from->count;
    into->sum_ns += from->sum_ns;
    if (from->least_ns < into->least_ns) into->least_ns = from->least_ns;
    if (from->largest_ns > into->largest_ns) into->largest_ns = from->largest_ns;
}

double histogram_mean_ns(const struct histogram *h)
{
    return h->count ? (double)h->sum_ns / (double)h->count : 0;
}

/* The middle of a bucket, but never beyond what was recorded. */
static double middle_ns(const struct histogram *h, uint32_t index)
{
    double middle = ((double)histogram_low_ns(index) + (double)histogram_high_ns(index)) / 2;
    if (middle < (double)h->least_ns) return (double)h->least_ns;
    if (middle > (double)h->largest_ns) return (double)h->largest_ns;
    return middle;
}

double histogram_percentile_ns(const struct histogram *h, double share)
{
    ASSERT(share >= 0);
    ASSERT(share <= 1);
    if (!h->count) return 0;
    double wanted = share * (double)h->count;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->bucket[i];
        if (h->bucket[i] && (double)seen >= wanted) return middle_ns(h, i);
    }
    return (double)h->largest_ns;
}
