/* zipf.c - see zipf.h. The names are those of the paper: H is the integral of h(x) = x^-exponent.
 */
#include "workloads/generate/zipf.h"

#include <math.h>

#include "base/assert.h"

static double h(const struct zipf *z, double x)
{
    return exp(-z->exponent * log(x));
}

/* expm1(x) / x and log1p(x) / x, also near x = 0, which the exponent 1 needs. */
static double expm1_over(double x)
{
    return fabs(x) > 1e-8 ? expm1(x) / x : 1 + x / 2 * (1 + x / 3);
}

static double log1p_over(double x)
{
    return fabs(x) > 1e-8 ? log1p(x) / x : 1 - x * (0.5 - x / 3);
}

static double big_h(const struct zipf *z, double x)
{
    double logarithm = log(x);
    return expm1_over((1 - z->exponent) * logarithm) * logarithm;
}

static double big_h_inverse(const struct zipf *z, double y)
{
    double t = y * (1 - z->exponent);
    return exp(log1p_over(t > -1 ? t : -1) * y);
}

void zipf_init(struct zipf *z, uint64_t ranks, double exponent)
{
    ASSERT(ranks > 0);
    ASSERT(ranks < UINT64_C(1) << 53);
    ASSERT(exponent >= 0);
    *z = (struct zipf){.ranks = ranks, .exponent = exponent};
    z->low = big_h(z, 1.5) - 1;
    z->high = big_h(z, (double)ranks + 0.5);
    z->shortcut = 2 - big_h_inverse(z, big_h(z, 2.5) - h(z, 2));
}

uint64_t zipf_draw(const struct zipf *z, struct random *random)
{
    if (z->exponent == 0) return random_below(random, z->ranks);
    for (;;) {
        double y = z->high + zipf_uniform(random) * (z->low - z->high);
        double x = big_h_inverse(z, y), nearest = floor(x + 0.5);
        if (nearest < 1) nearest = 1;
        if (nearest > (double)z->ranks) nearest = (double)z->ranks;
        if (nearest - x <= z->shortcut || y >= big_h(z, nearest + 0.5) - h(z, nearest))
            return (uint64_t)nearest - 1;
    }
}
