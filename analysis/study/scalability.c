/* scalability.c - non-linear least squares by GSL (scalability.h).
 *
 * No parameter may be negative: the fit is made with each subset of sigma and kappa held at 0, and
 * of the fits without negative parameters the best is taken. */
#include "analysis/study/scalability.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>

#include "base/assert.h"

enum { LAMBDA, SIGMA, KAPPA, PARAMETERS, STEPS_MAX = 500 };
#define TOLERANCE 1e-10

/* Throughput in units of the greatest one, so that tolerances suit every curve. */
struct fit {
    const struct scalability_point *point;
    uint32_t count;
    double unit_per_s;
    bool free[PARAMETERS];
    double parameter[PARAMETERS];
    double squares; /* of the differences */
};

static double law(const double *parameter, double n)
{
    return parameter[LAMBDA] * n /
           (1 + parameter[SIGMA] * (n - 1) + parameter[KAPPA] * n * (n - 1));
}

/* The parameters with those that are free taken from the solver. */
static void take(const struct fit *f, const gsl_vector *x, double *parameter)
{
    size_t at = 0;
    for (int p = 0; p < PARAMETERS; p++)
        parameter[p] = f->free[p] ? gsl_vector_get(x, at++) : f->parameter[p];
}

static int differences(const gsl_vector *x, void *context, gsl_vector *out)
{
    const struct fit *f = context;
    double parameter[PARAMETERS];
    take(f, x, parameter);
    for (uint32_t i = 0; i < f->count; i++) {
        double found = f->point[i].throughput_per_s / f->unit_per_s;
        gsl_vector_set(out, i, law(parameter, f->point[i].n) - found);
    }
    return GSL_SUCCESS;
}

static int derivatives(const gsl_vector *x, void *context, gsl_matrix *out)
{
    const struct fit *f = context;
    double parameter[PARAMETERS];
    take(f, x, parameter);
    for (uint32_t i = 0; i < f->count; i++) {
        double n = f->point[i].n;
        double below = 1 + parameter[SIGMA] * (n - 1) + parameter[KAPPA] * n * (n - 1);
        double by[PARAMETERS] = {
            [LAMBDA] = n / below,
            [SIGMA] = -parameter[LAMBDA] * n * (n - 1) / (below * below),
            [KAPPA] = -parameter[LAMBDA] * n * n * (n - 1) / (below * below),
        };
        size_t at = 0;
        for (int p = 0; p < PARAMETERS; p++)
            if (f->free[p]) gsl_matrix_set(out, i, at++, by[p]);
    }
    return GSL_SUCCESS;
}

/* From lambda as at the least N, and half of the loss at the largest N for each of the others. */
static void begin(struct fit *f)
{
    const struct scalability_point *first = f->point, *last = f->point;
    for (uint32_t i = 0; i < f->count; i++) {
        if (f->point[i].n < first->n) first = &f->point[i];
        if (f->point[i].n > last->n) last = &f->point[i];
    }
    double lambda = first->throughput_per_s / f->unit_per_s / first->n;
    double reached = last->throughput_per_s / f->unit_per_s;
    double loss = reached > 0 ? fmax(lambda * last->n / reached - 1, 0) / 2 : 0;
    f->parameter[LAMBDA] = lambda;
    f->parameter[SIGMA] = f->free[SIGMA] ? loss / (last->n - 1) : 0;
    f->parameter[KAPPA] = f->free[KAPPA] ? loss / (last->n * (last->n - 1)) : 0;
}

/* Sum of squares, at the solver's position. */
static double squares(const gsl_multifit_nlinear_workspace *w)
{
    const gsl_vector *rest = gsl_multifit_nlinear_residual(w);
    double length = gsl_blas_dnrm2(rest);
    return length * length;
}

static bool solve(struct fit *f)
{
    double start[PARAMETERS];
    size_t free_count = 0;
    for (int p = 0; p < PARAMETERS; p++)
        if (f->free[p]) start[free_count++] = f->parameter[p];
    gsl_multifit_nlinear_parameters how = gsl_multifit_nlinear_default_parameters();
    gsl_multifit_nlinear_fdf problem = {
        .f = differences, .df = derivatives, .n = f->count, .p = free_count, .params = f};
    gsl_multifit_nlinear_workspace *w =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &how, f->count, free_count);
    gsl_vector_const_view x = gsl_vector_const_view_array(start, free_count);
    int why = GSL_SUCCESS;
    gsl_multifit_nlinear_init(&x.vector, &problem, w);
    int status = gsl_multifit_nlinear_driver(STEPS_MAX, TOLERANCE, TOLERANCE, TOLERANCE, NULL, NULL,
                                             &why, w);
    take(f, gsl_multifit_nlinear_position(w), f->parameter);
    f->squares = squares(w);
    gsl_multifit_nlinear_free(w);
    /* GSL_ENOPROG: no first step makes the sum less, so the fit began at the bottom. */
    return (status == GSL_SUCCESS || why == GSL_ENOPROG) && isfinite(f->squares);
}

static bool allowed(const struct fit *f)
{
    return f->parameter[LAMBDA] > 0 && f->parameter[SIGMA] >= 0 && f->parameter[KAPPA] >= 0;
}

/* The best of all subsets of free parameters; an infinite sum of squares: none fits. */
static struct fit fit_subsets(const struct fit *curve)
{
    struct fit best = *curve;
    best.squares = INFINITY;
    for (int subset = 0; subset < 4; subset++) {
        struct fit f = *curve;
        f.free[LAMBDA] = true;
        f.free[SIGMA] = subset & 1;
        f.free[KAPPA] = subset & 2;
        begin(&f);
        if (solve(&f) && allowed(&f) && f.squares < best.squares) best = f;
    }
    return best;
}

/* ---- what the fit says ---------------------------------------------------------------------- */

static double explained(const struct fit *f)
{
    double mean = 0, variance = 0;
    for (uint32_t i = 0; i < f->count; i++) mean += f->point[i].throughput_per_s / f->count;
    for (uint32_t i = 0; i < f->count; i++)
        variance += pow((f->point[i].throughput_per_s - mean) / f->unit_per_s, 2);
    return variance > 0 ? 1 - f->squares / variance : 1;
}

/* Where the derivative of the law is 0, but not below N = 1. */
static void find_peak(struct scalability *s)
{
    if (s->sigma >= 1)
        s->peak_n = 1;
    else
        s->peak_n = s->kappa > 0 ? fmax(1, sqrt((1 - s->sigma) / s->kappa)) : INFINITY;
    if (isfinite(s->peak_n))
        s->peak_per_s = scalability_at(s, s->peak_n);
    else
        s->peak_per_s = s->sigma > 0 ? s->lambda_per_s / s->sigma : INFINITY;
}

static uint32_t different(const struct scalability_point *point, uint32_t count)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t before = 0;
        while (before < i && point[before].n != point[i].n) before++;
        found += before == i;
    }
    return found;
}

bool scalability_fit(const struct scalability_point *point, uint32_t count, struct scalability *s)
{
    struct fit curve = {.point = point, .count = count};
    for (uint32_t i = 0; i < count; i++) {
        ASSERT(point[i].n >= 1);
        ASSERT(point[i].throughput_per_s >= 0);
        curve.unit_per_s = fmax(curve.unit_per_s, point[i].throughput_per_s);
    }
    if (different(point, count) < SCALABILITY_POINTS_LEAST || curve.unit_per_s == 0) return false;
    struct fit best = fit_subsets(&curve);
    if (!isfinite(best.squares)) return false;
    *s = (struct scalability){.lambda_per_s = best.parameter[LAMBDA] * best.unit_per_s,
                              .sigma = best.parameter[SIGMA],
                              .kappa = best.parameter[KAPPA],
                              .r_squared = explained(&best)};
    find_peak(s);
    return true;
}

double scalability_at(const struct scalability *s, double n)
{
    return law((const double[]){s->lambda_per_s, s->sigma, s->kappa}, n);
}

uint32_t scalability_knee(const struct scalability_point *point, uint32_t count)
{
    uint32_t knee = count;
    double greatest = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!(point[i].latency_us > 0)) continue;
        double power = point[i].throughput_per_s / point[i].latency_us;
        if (power <= greatest) continue;
        greatest = power;
        knee = i;
    }
    return knee;
}
