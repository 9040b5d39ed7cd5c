/* calibration_fit.c - least squares by GSL; a cost that would be negative is taken out and the rest
 * fitted again, which is no exact optimum under that condition but near enough to it. */
#include "rdma/calibrate/calibration_fit.h"

#include <gsl/gsl_fit.h>
#include <gsl/gsl_multifit.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"

/* Fits the included terms; rows are weighted by relative error. */
static void fit_some(uint32_t rows, uint32_t terms, const double *count, const double *work,
                     const bool *in, double *cost)
{
    uint32_t used = 0, term[FIT_TERMS_MAX];
    for (uint32_t i = 0; i < terms; i++) {
        cost[i] = 0;
        if (in[i]) term[used++] = i;
    }
    if (used == 0) return;
    gsl_matrix *x = gsl_matrix_alloc(rows, used), *covariance = gsl_matrix_alloc(used, used);
    gsl_vector *y = gsl_vector_alloc(rows), *c = gsl_vector_alloc(used);
    gsl_multifit_linear_workspace *space = gsl_multifit_linear_alloc(rows, used);
    for (uint32_t row = 0; row < rows; row++) {
        gsl_vector_set(y, row, 1);
        for (uint32_t i = 0; i < used; i++)
            gsl_matrix_set(x, row, i, count[row * terms + term[i]] / work[row]);
    }
    double squares;
    gsl_multifit_linear(x, y, c, covariance, &squares, space);
    for (uint32_t i = 0; i < used; i++) cost[term[i]] = gsl_vector_get(c, i);
    gsl_multifit_linear_free(space);
    gsl_vector_free(c);
    gsl_vector_free(y);
    gsl_matrix_free(covariance);
    gsl_matrix_free(x);
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double median_error(uint32_t rows, uint32_t terms, const double *count, const double *work,
                           const double *cost)
{
    double *error = allocate(rows * sizeof *error);
    for (uint32_t row = 0; row < rows; row++) {
        double sum = 0;
        for (uint32_t i = 0; i < terms; i++) sum += count[row * terms + i] * cost[i];
        error[row] = fabs(sum / work[row] - 1);
    }
    qsort(error, rows, sizeof *error, compare);
    double median = error[rows / 2];
    free(error);
    return median;
}

double fit_costs(uint32_t rows, uint32_t terms, const double *count, const double *work,
                 double *cost)
{
    ASSERT(terms <= FIT_TERMS_MAX);
    ASSERT(rows >= terms);
    bool in[FIT_TERMS_MAX];
    for (uint32_t i = 0; i < terms; i++) in[i] = true;
    for (;;) {
        fit_some(rows, terms, count, work, in, cost);
        uint32_t least = 0;
        for (uint32_t i = 1; i < terms; i++)
            if (cost[i] < cost[least]) least = i;
        if (cost[least] >= 0) break;
        in[least] = false;
    }
    return median_error(rows, terms, count, work, cost);
}

void fit_line(uint32_t count, const double *x, const double *y, double *base, double *slope)
{
    double cov00, cov01, cov11, squares;
    gsl_fit_linear(x, 1, y, 1, count, base, slope, &cov00, &cov01, &cov11, &squares);
    if (*slope >= 0 && *base >= 0) return;
    double sum = 0;
    for (uint32_t i = 0; i < count; i++) sum += y[i];
    if (*slope < 0) {
        *slope = 0;
        *base = sum / count;
        return;
    }
    *base = 0;
    gsl_fit_mul(x, 1, y, 1, count, slope, &cov11, &squares);
}
