/* test_recorded_plans.c - plans of the oracle become rows, and must be the same in the same order
 * at all replicas. */
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
    tcase_add_test(c, a_version_left_out_is_detected);
    tcase_add_test(c, two_plans_of_one_version_are_detected);
    tcase_add_test(c, plans_delivered_out_of_order_are_detected);
    tcase_add_test(c, another_plan_under_the_same_number_is_detected);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
