/* test_recorded_plans.c - plans of the oracle become rows, and must be the same in the same order
 * at all replicas. */
#include <math.h>

#include "tests/check/recording.h"
#include "tests/lib/harness.h"

START_TEST(a_plan_reported_by_two_replicas_is_one_row)
{
    recording_begin((struct recorder_options){.variables = &variables});
    now_ns = 30 * MS;
    report_plan(0, 1, 0xa);
    now_ns = 50 * MS;
    report_plan(1, 1, 0xa);
    report_plan(1, 2, 0xb);
    recording_finish(100 * MS);
    assert_property("plan-order", RESULT_OK, "");
    ck_assert_uint_eq(result.plan_count, 2);
    ck_assert_uint_eq(result.plans[0].id, 1);
    ck_assert_double_eq_tol(result.plans[0].t_s, 0.030, 1e-9);
    ck_assert_double_eq_tol(result.plans[1].t_s, 0.050, 1e-9);
    ck_assert_double_eq_tol(result.plans[0].imbalance, 0.2, 1e-9);
    ck_assert_double_eq_tol(result.plans[0].modelled_ms, 35, 1e-9);
    ck_assert_uint_eq(result.plans[0].edge_cut, 3);
}
END_TEST

/* ---- what they gained ------------------------------------------------------------------------ */

/* A client's commands on x, answered at these times, the first `multi` of them in two partitions.
 */
static void answers(const uint64_t *times_ms, uint32_t count, uint32_t multi)
{
    for (uint32_t i = 0; i < count; i++) {
        union recorded_room room;
        struct command *c = command_in_round(&room, 0, 0, PURPOSE_EXECUTE, i < multi ? 3 : 1);
        c->id.seq = i + 1;
        now_ns = times_ms[i] * MS - 5 * MS;
        report_issued(c);
        report_multicast(c);
        report_delivered(c, 0);
        now_ns = times_ms[i] * MS;
        report_answered(c, 1);
    }
}

START_TEST(a_plan_is_measured_by_the_answers_before_and_after_it)
{
    static const uint64_t times_ms[] = {100, 200, 350, 450, 550, 650, 750, 850, 950};
    recording_begin((struct recorder_options){.variables = &variables});
    now_ns = 150 * MS;
    report_discarded_plan(0, 1, 0xa);
    now_ns = 300 * MS;
    report_plan(0, 2, 0xb);
    now_ns = 700 * MS;
    report_plan(0, 3, 0xc);
    answers(times_ms, 9, 3);
    recording_finish(1000 * MS);
    const struct result_plan *p = result.plans;
    ck_assert_uint_eq(result.plan_count, 3);
    ck_assert_uint_eq(result.plan_announced, 2);
    ck_assert(!p[0].announced);
    ck_assert(isnan(p[0].before.throughput_per_s) && isnan(p[0].after.throughput_per_s));
    ck_assert_double_eq_tol(p[1].before.throughput_per_s, 2 / .3, 1e-6);
    ck_assert_double_eq_tol(p[1].after.throughput_per_s, 4 / .4, 1e-6);
    ck_assert_double_eq_tol(p[1].before.multi_pct, 100, 1e-6);
    ck_assert_double_eq_tol(p[1].after.multi_pct, 25, 1e-6);
    ck_assert_double_eq_tol(p[2].before.throughput_per_s, 4 / .4, 1e-6);
    ck_assert_double_eq_tol(p[2].after.throughput_per_s, 3 / .3, 1e-6);
    ck_assert_double_eq_tol(result.plan_gain, (7 / .7) / (2 / .3) - 1, 1e-6);
    ck_assert_uint_eq(p[1].edge_cut_before, 12);
    ck_assert_double_eq_tol(p[1].imbalance_before, 0.5, 1e-9);
    ck_assert_uint_eq(p[1].work, 70);
    ck_assert_uint_eq(p[1].work_before, 100);
}
END_TEST

START_TEST(without_answers_there_is_no_share_and_without_plans_no_gain)
{
    recording_begin((struct recorder_options){.variables = &variables});
    now_ns = 300 * MS;
    report_plan(0, 1, 0xb);
    recording_finish(1000 * MS);
    ck_assert(isnan(result.plans[0].before.multi_pct));
    ck_assert(!isfinite(result.plan_gain));
    recording_end();
    recording_begin((struct recorder_options){.variables = &variables});
    recording_finish(1000 * MS);
    ck_assert_uint_eq(result.plan_announced, 0);
    ck_assert(isnan(result.plan_gain));
}
END_TEST

/* ---- agreement ------------------------------------------------------------------------------- */

START_TEST(a_version_left_out_is_detected)
{
    recording_begin((struct recorder_options){.variables = &variables});
    report_plan(0, 1, 0xa);
    report_plan(0, 3, 0xa);
    recording_finish(100 * MS);
    assert_property("plan-order", RESULT_FAIL,
                    "oracle.r0 reported version 3 of the plan after version 1");
}
END_TEST

START_TEST(two_plans_of_one_version_are_detected)
{
    recording_begin((struct recorder_options){.variables = &variables});
    report_plan(0, 1, 0xa);
    report_plan(1, 1, 0xb);
    recording_finish(100 * MS);
    assert_property("plan-order", RESULT_FAIL,
                    "version 1 of the plan is 000000000000000a at oracle.r0, but "
                    "000000000000000b at oracle.r1");
}
END_TEST

START_TEST(plans_delivered_out_of_order_are_detected)
{
    union recorded_room one, two;
    recording_begin((struct recorder_options){.variables = &variables});
    report_multicast(plan_of(&one, 1));
    report_multicast(plan_of(&two, 2));
    observer->ops->delivered(observer, 0, 0, MS, &two.command, 10);
    observer->ops->delivered(observer, 0, 0, MS, &one.command, 20);
    recording_finish(100 * MS);
    assert_property("plan-order", RESULT_FAIL, "p0.r0 delivered plan 1 after plan 2");
}
END_TEST

START_TEST(another_plan_under_the_same_number_is_detected)
{
    union recorded_room room;
    recording_begin((struct recorder_options){.variables = &variables});
    struct command *c = plan_of(&room, 1);
    report_multicast(c);
    report_multicast(c);
    c->dests.word[0] = 3;
    report_multicast(c);
    recording_finish(100 * MS);
    assert_property("integrity", RESULT_FAIL,
                    "oracle.r0 multicast plan 1 again, with another purpose or to other groups");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plans");
    TCase *c = tcase_create("plans");
    tcase_add_checked_fixture(c, NULL, recording_end);
    tcase_add_test(c, a_plan_reported_by_two_replicas_is_one_row);
    tcase_add_test(c, a_plan_is_measured_by_the_answers_before_and_after_it);
    tcase_add_test(c, without_answers_there_is_no_share_and_without_plans_no_gain);
    tcase_add_test(c, a_version_left_out_is_detected);
    tcase_add_test(c, two_plans_of_one_version_are_detected);
    tcase_add_test(c, plans_delivered_out_of_order_are_detected);
    tcase_add_test(c, another_plan_under_the_same_number_is_detected);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
