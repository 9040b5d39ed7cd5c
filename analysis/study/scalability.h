/* scalability.h - what a curve of throughput says: how a system scales, and where its knee is.
 *
 * Gunther's Universal Scalability Law is X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)):
 * lambda is the throughput of one, sigma the share that is serial (contention), kappa the cost of
 * each two that must agree (coherency), by which throughput falls beyond a peak. N is what grew:
 * clients or partitions. */
#ifndef AVIARY_ANALYSIS_STUDY_SCALABILITY_H
#define AVIARY_ANALYSIS_STUDY_SCALABILITY_H

#include <stdbool.h>
#include <stdint.h>

/* Different N that a fit needs: one more than it has parameters, for else it goes through all. */
enum { SCALABILITY_POINTS_LEAST = 4 };

struct scalability_point {
    double n; /* >= 1 */
    double throughput_per_s;
    double latency_us; /* its mean, for the knee */
};

struct scalability {
    double lambda_per_s, sigma, kappa; /* > 0, >= 0, >= 0 */
    double r_squared;                  /* the share of the variance that the law explains, <= 1 */
    double peak_n;                     /* INFINITY: throughput grows without end, */
    double peak_per_s;                 /* towards this */
};

/* Least squares of throughput. False: fewer N than needed, no throughput at all, or no law of that
 * form comes near. */
bool scalability_fit(const struct scalability_point *point, uint32_t count, struct scalability *s);
double scalability_at(const struct scalability *s, double n);

/* The knee of a curve: the point with the greatest power, throughput / latency (Kleinrock 1979);
 * the first of several. Beyond it latency grows faster than throughput, in proportion. Points
 * without a latency are passed over. Returns `count` if there is none. */
uint32_t scalability_knee(const struct scalability_point *point, uint32_t count);

#endif
