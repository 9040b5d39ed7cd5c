/* test_patience.c - measured time-outs (proto/patience.h, proto/timing.h): they follow the waits
 * that were measured, within bounds. */
#include "proto/timing.h"
#include "tests/lib/harness.h"

#define MS UINT64_C(1000000)

static const struct timing timing = {
    .heartbeat_ns = 20 * MS, .leader_timeout_ns = 200 * MS, .retry_ns = 500 * MS};

static uint64_t timeout_ns(const struct patience *p)
{
    return timing_patience_ns(&timing, p, 0);
}

START_TEST(without_measurements_the_timeout_is_half_a_leader_timeout)
{
    ck_assert_uint_eq(timeout_ns(&(struct patience){0}), 100 * MS);
}
END_TEST

START_TEST(short_waits_give_a_timeout_of_at_least_a_quarter_of_a_heartbeat)
{
    struct patience p = {0};
    for (int i = 0; i < 100; i++) patience_sample(&p, 1000);
    ck_assert_uint_ge(timeout_ns(&p), 5 * MS);
    ck_assert_uint_le(timeout_ns(&p), 6 * MS);
}
END_TEST

START_TEST(waits_longer_than_half_a_leader_timeout_raise_the_timeout_above_them)
{
    struct patience p = {0};
    for (int i = 0; i < 100; i++) patience_sample(&p, 150 * MS + (uint64_t)(i % 10) * 10 * MS);
    ck_assert_uint_gt(timeout_ns(&p), 240 * MS);
}
END_TEST

/* Each wait ends when another group's time-out has expired, which has grown like this one. */
START_TEST(waits_for_the_timeouts_of_others_raise_it_to_four_leader_timeouts_at_most)
{
    struct patience p = {0};
    for (int i = 0; i < 1000; i++) patience_sample(&p, 2 * timeout_ns(&p));
    ck_assert_uint_eq(timeout_ns(&p), 800 * MS);
}
END_TEST

START_TEST(each_request_without_an_answer_doubles_the_timeout_up_to_a_factor_of_64)
{
    struct patience p = {0};
    for (uint32_t asked = 0; asked < 10; asked++)
        ck_assert_uint_eq(timing_patience_ns(&timing, &p, asked),
                          100 * MS << (asked < 6 ? asked : 6));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("patience");
    TCase *c = tcase_create("time-outs");
    tcase_add_test(c, without_measurements_the_timeout_is_half_a_leader_timeout);
    tcase_add_test(c, short_waits_give_a_timeout_of_at_least_a_quarter_of_a_heartbeat);
    tcase_add_test(c, waits_longer_than_half_a_leader_timeout_raise_the_timeout_above_them);
    tcase_add_test(c, waits_for_the_timeouts_of_others_raise_it_to_four_leader_timeouts_at_most);
    tcase_add_test(c, each_request_without_an_answer_doubles_the_timeout_up_to_a_factor_of_64);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
