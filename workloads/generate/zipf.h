/* zipf.h - draws ranks with Zipf's law, without a table: rank r with a weight of r^-exponent.
 *
 * Rejection-inversion (Hoermann, Derflinger: Rejection-inversion to generate variates from monotone
 * discrete distributions, ACM TOMACS 6(3), 1996): exact for any exponent and any number of ranks,
 * in constant time, so that the number may grow between two draws. */
#ifndef AVIARY_WORKLOADS_GENERATE_ZIPF_H
#define AVIARY_WORKLOADS_GENERATE_ZIPF_H

#include <stdint.h>

#include "base/random.h"

struct zipf {
    uint64_t ranks;
    double exponent; /* 0: uniform */
    double low, high, shortcut;
};

/* ranks: at least 1 and below 2^53; exponent: not negative. */
void zipf_init(struct zipf *z, uint64_t ranks, double exponent);
/* From 0, the most frequent, to ranks - 1. */
uint64_t zipf_draw(const struct zipf *z, struct random *random);

/* Uniform in [0, 1). */
static inline double zipf_uniform(struct random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

#endif
