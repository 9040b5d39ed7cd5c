/* test_histogram.c - a histogram of latencies: buckets and percentiles are exact within one
 * percent.
 */
#include "base/histogram.h"
#include "tests/lib/harness.h"

START_TEST(buckets_cover_all_values_within_two_percent_of_their_width)
{
    for (uint32_t i = 0; i + 1 < HISTOGRAM_BUCKETS; i++) {
        uint64_t low = histogram_low_ns(i), high = histogram_high_ns(i);
        ck_assert_uint_eq(histogram_index(low), i);
        ck_assert_uint_eq(histogram_index(high), i);
        ck_assert_uint_eq(histogram_low_ns(i + 1), high + 1);
        /* The middle represents all values of a bucket: the error is at most half its width. */
        ck_assert_double_le((double)(high - low) / 2, 0.01 * (double)low + 0.5);
    }
    ck_assert_uint_eq(histogram_index(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}
END_TEST

START_TEST(percentiles_are_within_one_percent)
{
    static struct histogram h;
    histogram_init(&h);
    ck_assert_double_eq(histogram_percentile_ns(&h, 0.5), 0);
    for (uint64_t i = 1; i <= 100000; i++) histogram_record(&h, i * 37);
    ck_assert_double_eq_tol(histogram_percentile_ns(&h, 0.50), 1850000, 18500);
    ck_assert_double_eq_tol(histogram_percentile_ns(&h, 0.99), 3663000, 36630);
    ck_assert_double_eq_tol(histogram_percentile_ns(&h, 0), 37, 0.5);
    ck_assert_double_eq_tol(histogram_percentile_ns(&h, 1), 3700000, 37000);
    ck_assert_double_eq_tol(histogram_mean_ns(&h), 37 * 50000.5, 0.001);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("histogram");
    TCase *c = tcase_create("histogram");
    tcase_add_test(c, buckets_cover_all_values_within_two_percent_of_their_width);
    tcase_add_test(c, percentiles_are_within_one_percent);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
