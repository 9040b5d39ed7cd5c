/* test_scalability.c - fits of curves whose law is known, and knees. */
#include <math.h>
#include <stdint.h>

#include "analysis/study/scalability.h"
#include "tests/lib/harness.h"

enum { SIZES = 7 };
static const double sizes[SIZES] = {1, 2, 4, 8, 16, 32, 64};

/* The law itself, times 1 + error, -error, ... */
static void curve_of(const struct scalability *s, double error, struct scalability_point *point)
{
    for (int i = 0; i < SIZES; i++) {
        point[i] = (struct scalability_point){.n = sizes[i]};
        point[i].throughput_per_s = scalability_at(s, sizes[i]) * (1 + (i % 2 ? -error : error));
    }
}

START_TEST(the_law_is_found_in_a_curve_that_follows_it)
{
    const struct scalability law = {.lambda_per_s = 30000, .sigma = 0.05, .kappa = 0.001};
    struct scalability_point point[SIZES];
    struct scalability s;
    curve_of(&law, 0, point);
    ck_assert(scalability_fit(point, SIZES, &s));
    ck_assert_double_eq_tol(s.lambda_per_s, 30000, 0.1);
    ck_assert_double_eq_tol(s.sigma, 0.05, 1e-6);
    ck_assert_double_eq_tol(s.kappa, 0.001, 1e-7);
    ck_assert_double_eq_tol(s.r_squared, 1, 1e-9);
    ck_assert_double_eq_tol(s.peak_n, sqrt(0.95 / 0.001), 0.01);
    ck_assert_double_eq_tol(s.peak_per_s, scalability_at(&law, s.peak_n), 0.1);
}
END_TEST

/* Measured with an error of 1 %. */
START_TEST(errors_of_measurement_change_the_fit_a_little)
{
    const struct scalability law = {.lambda_per_s = 1000, .sigma = 0.1, .kappa = 0.0005};
    struct scalability_point point[SIZES];
    struct scalability s;
    curve_of(&law, 0.01, point);
    ck_assert(scalability_fit(point, SIZES, &s));
    ck_assert_double_eq_tol(s.sigma, 0.1, 0.01);
    ck_assert_double_eq_tol(s.kappa, 0.0005, 0.0001);
    ck_assert_double_lt(s.r_squared, 1);
    ck_assert_double_gt(s.r_squared, 0.99);
}
END_TEST

START_TEST(a_curve_without_loss_grows_without_end)
{
    const struct scalability linear = {.lambda_per_s = 500};
    struct scalability_point point[SIZES];
    struct scalability s;
    curve_of(&linear, 0, point);
    ck_assert(scalability_fit(point, SIZES, &s));
    ck_assert_double_eq_tol(s.lambda_per_s, 500, 1e-3);
    ck_assert_double_eq(s.sigma, 0);
    ck_assert_double_eq(s.kappa, 0);
    ck_assert(isinf(s.peak_n));
    ck_assert(isinf(s.peak_per_s));
}
END_TEST

/* Amdahl's law, with larger throughput at the end than it has: kappa would be negative. */
START_TEST(contention_alone_has_a_limit_instead_of_a_peak)
{
    const struct scalability law = {.lambda_per_s = 1000, .sigma = 0.1};
    struct scalability_point point[SIZES];
    struct scalability s;
    curve_of(&law, 0, point);
    point[SIZES - 1].throughput_per_s *= 1.02;
    ck_assert(scalability_fit(point, SIZES, &s));
    ck_assert_double_eq(s.kappa, 0);
    ck_assert_double_eq_tol(s.sigma, 0.1, 0.01);
    ck_assert(isinf(s.peak_n));
    ck_assert_double_eq_tol(s.peak_per_s, s.lambda_per_s / s.sigma, 1e-6);
}
END_TEST

/* More than in proportion: no parameter becomes negative. */
START_TEST(a_curve_steeper_than_a_line_is_fitted_by_a_line)
{
    struct scalability_point point[SIZES];
    struct scalability s;
    for (int i = 0; i < SIZES; i++)
        point[i] = (struct scalability_point){sizes[i], sizes[i] * (1 + sizes[i] / 100), 0};
    ck_assert(scalability_fit(point, SIZES, &s));
    ck_assert_double_eq(s.sigma, 0);
    ck_assert_double_eq(s.kappa, 0);
    ck_assert_double_lt(s.r_squared, 1);
}
END_TEST

START_TEST(throughput_that_only_falls_has_its_peak_at_one)
{
    const struct scalability law = {.lambda_per_s = 1000, .sigma = 1.5, .kappa = 0.01};
    struct scalability_point point[SIZES];
    struct scalability s;
    curve_of(&law, 0, point);
    ck_assert(scalability_fit(point, SIZES, &s));
    ck_assert_double_eq(s.peak_n, 1);
    ck_assert_double_eq_tol(s.peak_per_s, 1000, 1e-2);
}
END_TEST

/* One group executes all commands, however many partitions there might be. */
START_TEST(the_same_throughput_everywhere_is_contention_of_all)
{
    struct scalability_point point[SIZES];
    struct scalability s;
    for (int i = 0; i < SIZES; i++)
        point[i] = (struct scalability_point){.n = sizes[i], .throughput_per_s = 31764};
    ck_assert(scalability_fit(point, SIZES, &s));
    ck_assert_double_eq_tol(s.sigma, 1, 1e-6);
    ck_assert_double_eq_tol(s.kappa, 0, 1e-6);
}
END_TEST

/* Numbers of clients, up to ten thousand, whose parameters are tiny. */
START_TEST(clients_by_the_thousand_are_fitted_too)
{
    struct scalability_point point[SIZES];
    struct scalability s;
    const struct scalability law = {.lambda_per_s = 200, .sigma = 1e-3, .kappa = 1e-7};
    for (int i = 0; i < SIZES; i++) {
        double n = 16 * pow(3, i);
        point[i] = (struct scalability_point){.n = n, .throughput_per_s = scalability_at(&law, n)};
    }
    ck_assert(scalability_fit(point, SIZES, &s));
    ck_assert_double_eq_tol(s.sigma, 1e-3, 1e-7);
    ck_assert_double_eq_tol(s.kappa, 1e-7, 1e-10);
}
END_TEST

START_TEST(four_sizes_are_needed)
{
    struct scalability_point point[] = {{1, 10, 0}, {2, 19, 0}, {4, 35, 0}, {4, 36, 0}, {8, 60, 0}};
    struct scalability s;
    ck_assert(!scalability_fit(point, 4, &s)); /* 4 was measured twice */
    ck_assert(scalability_fit(point, 5, &s));
    for (int i = 0; i < 5; i++) point[i].throughput_per_s = 0;
    ck_assert(!scalability_fit(point, 5, &s));
}
END_TEST

/* ---- knees ---------------------------------------------------------------------------------- */

/* Twice the throughput at the same latency is gain; a fifth more at twice the latency is not. */
START_TEST(the_knee_is_where_latency_begins_to_outgrow_throughput)
{
    const struct scalability_point point[] = {
        {1, 1000, 1000}, {2, 2000, 1000}, {4, 3800, 1050}, {8, 4500, 1780}, {16, 4600, 3480},
    };
    ck_assert_uint_eq(scalability_knee(point, 5), 2);
    ck_assert_uint_eq(scalability_knee(point, 2), 1); /* not reached yet */
}
END_TEST

START_TEST(points_without_answers_have_no_knee)
{
    const struct scalability_point point[] = {{1, 0, 0}, {2, 0, NAN}, {4, 10, 5}};
    ck_assert_uint_eq(scalability_knee(point, 2), 2);
    ck_assert_uint_eq(scalability_knee(point, 3), 2);
    ck_assert_uint_eq(scalability_knee(NULL, 0), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scalability");
    TCase *c = tcase_create("scalability");
    tcase_add_test(c, the_law_is_found_in_a_curve_that_follows_it);
    tcase_add_test(c, errors_of_measurement_change_the_fit_a_little);
    tcase_add_test(c, a_curve_without_loss_grows_without_end);
    tcase_add_test(c, contention_alone_has_a_limit_instead_of_a_peak);
    tcase_add_test(c, a_curve_steeper_than_a_line_is_fitted_by_a_line);
    tcase_add_test(c, throughput_that_only_falls_has_its_peak_at_one);
    tcase_add_test(c, the_same_throughput_everywhere_is_contention_of_all);
    tcase_add_test(c, clients_by_the_thousand_are_fitted_too);
    tcase_add_test(c, four_sizes_are_needed);
    tcase_add_test(c, the_knee_is_where_latency_begins_to_outgrow_throughput);
    tcase_add_test(c, points_without_answers_have_no_knee);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
