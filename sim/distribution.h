/* distribution.h - a distribution of times as an integer quantile table.
 *
 * The inverse CDF is evaluated once, at load time; a draw is one random number, a table look-up and
 * a linear interpolation, all in integers: fast, and the same on every machine. 256 cells; the last
 * 16th (the tail) is resolved again by 256 finer ones, and its last 16th again, seven levels deep:
 * quantiles up to 1 - 2^-32, each with a resolution of at least a 16th of its distance to 1. */
#ifndef AVIARY_SIM_DISTRIBUTION_H
#define AVIARY_SIM_DISTRIBUTION_H

#include <stdint.h>

#include "base/error.h"
#include "base/random.h"

enum {
    DISTRIBUTION_LEVELS = 7,
    DISTRIBUTION_CELLS = 256,
    DISTRIBUTION_TAIL = 16,
    DISTRIBUTION_RARE_LEVEL = 5, /* begins where one draw in 16^5, a million, is above */
};

struct distribution {
    uint64_t min_ns; /* no draw is below */
    uint64_t mean_ns;
    uint64_t most_ns; /* no draw is above; of an unbounded one: one draw in 2^20 is */
    uint64_t (*table)[DISTRIBUTION_CELLS + 1]; /* [DISTRIBUTION_LEVELS]; NULL: constant min_ns */
};

/* Parse one of
 *   constant 50us
 *   uniform 40us 60us
 *   exponential 40us mean 10us                    minimum, and the mean of the excess
 *   lognormal 45us median 5us sigma 0.8           minimum, median on top, sigma of the logarithm
 *   empirical 0:40us 0.5:48us 0.99:90us 1:2ms     quantile:value, both rising, from 0 to 1
 * *d is overwritten: finish a used one first. 0, or -1 with what was expected. */
int distribution_parse(const char *text, struct distribution *d, struct error *e);
/* A constant needs no memory. */
struct distribution distribution_constant(uint64_t ns);
/* Own copy of the table. */
struct distribution distribution_copy(const struct distribution *d);
void distribution_finish(struct distribution *d);

/* One draw. A constant draws nothing from the stream. */
static inline uint64_t distribution_draw(const struct distribution *d, struct random *stream)
{
    if (!d->table) return d->min_ns;
    uint64_t u = random_next(stream);
    const uint64_t *level = d->table[0];
    for (int i = 1; i < DISTRIBUTION_LEVELS && u >> 60 == DISTRIBUTION_TAIL - 1; i++) {
        level = d->table[i];
        u <<= 4;
    }
    const uint64_t *cell = level + (u >> 56);
    uint64_t fraction = u << 8;
    return cell[0] + (uint64_t)(((unsigned __int128)(cell[1] - cell[0]) * fraction) >> 64);
}

#endif
