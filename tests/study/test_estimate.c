/* test_estimate.c - means and differences of replications with their intervals, and percentiles of
 * pooled answers. */
#include <math.h>
#include <stdlib.h>

#include "analysis/study/estimate.h"
#include "base/memory.h"
#include "base/random.h"
#include "tests/lib/harness.h"
#include "tests/lib/simulated.h"

/* ---- means ---------------------------------------------------------------------------------- */

/* By hand: the mean of 10, 12, 14 is 12, their standard deviation 2; t with two degrees of freedom
 * is 4.3027 (tables of Student's distribution), times 2 / sqrt(3) is 4.968. */
START_TEST(the_half_width_of_three_replications_is_that_of_tables)
{
    struct estimate e = estimate_mean((const double[]){10, 12, 14}, 3);
    ck_assert_uint_eq(e.replications, 3);
    ck_assert_double_eq_tol(e.mean, 12, 1e-12);
    ck_assert(e.bounded);
    ck_assert_double_eq_tol(e.half_width, 4.968, 0.001);
}
END_TEST

START_TEST(fewer_than_three_replications_have_no_interval)
{
    struct estimate e = estimate_mean((const double[]){10, 12}, 2);
    ck_assert_double_eq(e.mean, 11);
    ck_assert(!e.bounded);
    ck_assert(!estimate_mean((const double[]){10}, 1).bounded);
    ck_assert(!estimate_mean(NULL, 0).bounded);
}
END_TEST

/* ---- differences ---------------------------------------------------------------------------- */

static struct estimate_difference difference(const double *base, const double *other, uint32_t n)
{
    return estimate_difference(&(struct estimate_pairs){base, other, n});
}

/* Replications differ much more from one another than the two cells do in each. */
START_TEST(what_all_pairs_have_in_common_does_not_hide_a_difference)
{
    static const double base[] = {100, 150, 200, 250, 300};
    static const double above[] = {110, 161, 211, 259, 309}, times[] = {110, 165, 220, 275, 330};
    struct estimate_difference summand = difference(base, above, 5);
    ck_assert_double_eq_tol(summand.relative, 0.05, 1e-12);
    ck_assert(summand.significant);
    struct estimate_difference factor = difference(base, times, 5);
    ck_assert_double_eq_tol(factor.relative, 0.1, 1e-12);
    ck_assert_double_eq_tol(factor.half_width, 0, 1e-12);
    ck_assert(factor.significant);
    ck_assert_double_gt(estimate_mean(base, 5).half_width, 80);
}
END_TEST

/* By hand: the differences -2, 4, 1 have the mean 1 and the standard deviation 3; with a base of
 * 100 the ratio is 1.01, the half width 4.3027 * 3 / sqrt(3) = 7.4525 of 100. */
START_TEST(a_difference_within_its_interval_is_not_significant)
{
    struct estimate_difference d =
        difference((const double[]){100, 100, 100}, (const double[]){98, 104, 101}, 3);
    ck_assert_double_eq_tol(d.relative, 0.01, 1e-12);
    ck_assert_double_eq_tol(d.half_width, 0.074525, 1e-5);
    ck_assert(!d.significant);
}
END_TEST

START_TEST(a_difference_of_two_pairs_has_no_interval_and_is_not_significant)
{
    struct estimate_difference d = difference((const double[]){1, 1}, (const double[]){9, 9}, 2);
    ck_assert_double_eq(d.relative, 8);
    ck_assert(!d.bounded);
    ck_assert(!d.significant);
}
END_TEST

START_TEST(no_difference_is_relative_to_nothing)
{
    struct estimate_difference d =
        difference((const double[]){0, 0, 0}, (const double[]){1, 2, 3}, 3);
    ck_assert(isnan(d.relative));
    ck_assert(!d.bounded);
    ck_assert(!d.significant);
}
END_TEST

/* About normal: a sum of twelve uniform numbers, with the mean 0 and the variance 1. */
static double normal(struct random *r)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) sum += (double)random_below(r, 1U << 20) / (1U << 20);
    return sum;
}

/* Each pair has the same random numbers, and each cell noise of its own. */
START_TEST(intervals_hold_the_true_difference_nineteen_times_in_twenty)
{
    struct random r = random_named(1, "test", "intervals");
    uint32_t held = 0;
    for (int experiment = 0; experiment < 2000; experiment++) {
        double base[5], other[5];
        for (int i = 0; i < 5; i++) {
            double common = 1 + 0.1 * normal(&r);
            base[i] = 100 * common + normal(&r);
            other[i] = 150 * common + 2 * normal(&r);
        }
        struct estimate_difference d = difference(base, other, 5);
        held += fabs(d.relative - 0.5) <= d.half_width;
    }
    ck_assert_uint_ge(held, 1860);
    ck_assert_uint_le(held, 1940);
}
END_TEST

/* ---- pools ---------------------------------------------------------------------------------- */

static void pool_all(struct histogram *pool, uint32_t answers, double us)
{
    estimate_pool(pool, &(struct estimate_bucket){us, us, answers});
}

START_TEST(a_pool_has_the_percentiles_of_all_answers)
{
    struct histogram *pool = allocate(sizeof(*pool));
    histogram_init(pool);
    pool_all(pool, 989, 100); /* of one run, and of another that has the slow ones */
    pool_all(pool, 11, 100);
    pool_all(pool, 989, 100);
    pool_all(pool, 11, 8000);
    ck_assert_double_eq(estimate_percentile_us(pool, 0.5), 100);
    ck_assert_double_eq_tol(estimate_percentile_us(pool, 0.99), 100, 1);
    pool_all(pool, 10, 8000);
    ck_assert_double_eq_tol(estimate_percentile_us(pool, 0.99), 8000, 80);
    free(pool);
}
END_TEST

static void pool_run(struct histogram *pool, const struct run_result *r)
{
    for (uint32_t i = 0; i < r->bucket_count; i++) {
        const struct result_bucket *b = &r->buckets[i];
        estimate_pool(pool, &(struct estimate_bucket){b->low_us, b->high_us, b->count});
    }
}

START_TEST(the_pool_of_one_run_has_the_percentiles_of_the_run)
{
    static const char *const lines[] = {
        "-s ssmr -k 2 -w chirper:users=200 --duration 200ms",
        "-s smr -k 1 -w chirper:users=200 --duration 200ms", /* hardly differ */
        "-s dssmr -k 3 -w chirper:users=200 --duration 200ms",
    };
    struct histogram *pool = allocate(sizeof(*pool));
    for (int i = 0; i < 3; i++) {
        struct run *run = simulated(lines[i]);
        const struct run_result *r = run_result(run);
        histogram_init(pool);
        pool_run(pool, r);
        ck_assert_uint_eq(pool->count, r->measured);
        ck_assert_double_eq(estimate_percentile_us(pool, 0.50), r->latency.p50_us);
        ck_assert_double_eq(estimate_percentile_us(pool, 0.95), r->latency.p95_us);
        ck_assert_double_eq(estimate_percentile_us(pool, 0.99), r->latency.p99_us);
        run_destroy(run);
    }
    free(pool);
}
END_TEST

START_TEST(a_percentile_needs_ten_answers_beyond_it)
{
    struct histogram *pool = allocate(sizeof(*pool));
    histogram_init(pool);
    ck_assert(isnan(estimate_percentile_us(pool, 0.5)));
    pool_all(pool, 199, 100);
    ck_assert(isnan(estimate_percentile_us(pool, 0.95)));
    ck_assert_double_eq(estimate_percentile_us(pool, 0.5), 100);
    pool_all(pool, 1, 100);
    ck_assert_double_eq(estimate_percentile_us(pool, 0.95), 100);
    pool_all(pool, 799, 100);
    ck_assert(isnan(estimate_percentile_us(pool, 0.99)));
    pool_all(pool, 1, 100);
    ck_assert_double_eq(estimate_percentile_us(pool, 0.99), 100);
    free(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("estimate");
    TCase *c = tcase_create("estimate");
    tcase_add_test(c, the_half_width_of_three_replications_is_that_of_tables);
    tcase_add_test(c, fewer_than_three_replications_have_no_interval);
    tcase_add_test(c, what_all_pairs_have_in_common_does_not_hide_a_difference);
    tcase_add_test(c, a_difference_within_its_interval_is_not_significant);
    tcase_add_test(c, a_difference_of_two_pairs_has_no_interval_and_is_not_significant);
    tcase_add_test(c, no_difference_is_relative_to_nothing);
    tcase_add_test(c, intervals_hold_the_true_difference_nineteen_times_in_twenty);
    tcase_add_test(c, a_pool_has_the_percentiles_of_all_answers);
    tcase_add_test(c, the_pool_of_one_run_has_the_percentiles_of_the_run);
    tcase_add_test(c, a_percentile_needs_ten_answers_beyond_it);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
