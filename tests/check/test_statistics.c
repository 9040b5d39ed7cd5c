/* test_statistics.c - the figures and the verdict of a recorded run, measured between the warm-up
 * and the end of the window. */
#include <string.h>

#include "tests/lib/harness.h"
#include "tests/lib/recorded_run.h"

START_TEST(statistics_count_the_measured_window)
{
    struct recorder *r = recorded_run(true, false);
    static struct run_result result;
    recorded_result(&result, r);
    ck_assert_uint_eq(recorder_issued(r), 4);
    ck_assert_uint_eq(recorder_answered(r), 4);
    ck_assert_msg(result.verdict == RESULT_OK, "%s",
                  result.properties[result.property_count - 1].reason);
    ck_assert_uint_eq(result.commands, 4);
    ck_assert_uint_eq(result.measured, 2); /* one in the warm-up, one after the window */
    ck_assert_uint_eq(result.measured_multi, 1);
    ck_assert_double_eq(result.throughput_per_s, 1);
    ck_assert_double_eq_tol(result.latency.mean_us, 3000, 0.001);
    ck_assert_double_eq_tol(result.latency.p50_us, 2000, 20);
    ck_assert_double_eq_tol(result.latency.p99_us, 4000, 40);
    ck_assert_uint_eq(result.interval_count, 3);
    ck_assert_uint_eq(result.intervals[0].completed, 1);
    ck_assert_uint_eq(result.intervals[1].multi_partition, 1);
    ck_assert_double_eq_tol(result.intervals[2].latency.p50_us, 4000, 40);
    ck_assert_uint_eq(result.bucket_count, 2);
    ck_assert_str_eq(result.buckets[0].scope, "single");
    ck_assert_str_eq(result.buckets[1].kind, "post");
    recorded_forget(r);
}
END_TEST

/* A hundred latencies in ascending order; those adjacent to the percentiles are half or twice as
 * long. */
START_TEST(percentiles_of_a_hundred_latencies_are_those_of_their_ranks)
{
    struct recorder *r = recorded_nothing();
    for (uint64_t i = 1; i <= 100; i++) {
        uint64_t ms = i < 50 ? 1 : i == 50 ? 2 : i < 95 ? 4 : i == 95 ? 8 : i < 99 ? 16 : 32;
        if (i == 100) ms = 64;
        union recorded_room room;
        uint64_t issued_ns = SECOND + i * MS;
        recorded_command(r, command_on_x(&room, 0, i, 1), issued_ns, issued_ns + ms * MS, i - 1);
    }
    static struct run_result result;
    recorded_result(&result, r);
    ck_assert_uint_eq(result.measured, 100);
    ck_assert_double_eq_tol(result.latency.p50_us, 2000, 20);
    ck_assert_double_eq_tol(result.latency.p95_us, 8000, 80);
    ck_assert_double_eq_tol(result.latency.p99_us, 32000, 320);
    recorded_forget(r);
}
END_TEST

START_TEST(a_lost_update_fails_the_run)
{
    struct recorder *r = recorded_run(true, true);
    static struct run_result result;
    recorded_result(&result, r);
    ck_assert_int_eq(result.verdict, RESULT_FAIL);
    const struct property *history = result.properties;
    while (strcmp(history->name, "strict-serializability") != 0) history++;
    ck_assert_str_eq(history->reason,
                     "a lost update: c0.2 post and c1.1 post both wrote x after seeing version 1");
    recorded_forget(r);
}
END_TEST

START_TEST(without_checks_the_verdict_is_unknown)
{
    struct recorder *r = recorded_run(false, true);
    static struct run_result result;
    recorded_result(&result, r);
    ck_assert_int_eq(result.verdict, RESULT_UNKNOWN);
    ck_assert_str_eq(result.properties[0].reason, "off");
    ck_assert_uint_eq(result.measured, 2);
    recorded_forget(r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("statistics");
    TCase *c = tcase_create("statistics");
    tcase_add_test(c, statistics_count_the_measured_window);
    tcase_add_test(c, percentiles_of_a_hundred_latencies_are_those_of_their_ranks);
    tcase_add_test(c, a_lost_update_fails_the_run);
    tcase_add_test(c, without_checks_the_verdict_is_unknown);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
