/* calibration_fit.h - cost model of work: non-negative least squares. */
#ifndef AVIARY_RDMA_CALIBRATE_CALIBRATION_FIT_H
#define AVIARY_RDMA_CALIBRATE_CALIBRATION_FIT_H

#include <stdint.h>

enum { FIT_TERMS_MAX = 6 };

/* Seeks cost[], none below 0, so that sum(count[row * terms + i] * cost[i]) comes near work[row],
 * relatively. Returns the median of the relative errors. */
double fit_costs(uint32_t rows, uint32_t terms, const double *count, const double *work,
                 double *cost);

/* y = base + slope * x, none below 0. */
void fit_line(uint32_t count, const double *x, const double *y, double *base, double *slope);

#endif
