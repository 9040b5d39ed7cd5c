/* test_attempts.c - a command takes no more attempts than its scheme allows, and one more for each
 * plan that is delivered meanwhile. */
#include "tests/check/recording.h"
#include "tests/lib/harness.h"

/* c0.1, issued now, is answered 50 ms later after that number of attempts. */
static void attempt(uint32_t attempts)
{
    union recorded_room room;
    struct command *c = command_in_round(&room, 0, 0, PURPOSE_EXECUTE, 1);
    report_issued(c);
    report_multicast(c);
    report_delivered(c, 0);
    now_ns += 45 * MS;
    report_answered(c, attempts);
}

START_TEST(more_attempts_than_allowed_are_detected)
{
    recording_begin((struct recorder_options){.variables = &variables, .attempts = {4, 4}});
    attempt(5);
    recording_finish(100 * MS);
    assert_property("bounded-attempts", RESULT_FAIL, "c0.1 post took 5 attempts: 4 are allowed");
}
END_TEST

START_TEST(as_many_attempts_as_allowed_are_accepted)
{
    recording_begin((struct recorder_options){.variables = &variables, .attempts = {4, 4}});
    attempt(4);
    recording_finish(100 * MS);
    assert_property("bounded-attempts", RESULT_OK, "");
}
END_TEST

/* A plan is delivered by the first group at `from`, and by the last replica at `to`. */
static void plan_between(uint64_t seq, uint64_t from, uint64_t to)
{
    union recorded_room room;
    struct command *c = plan_of(&room, seq);
    report_multicast(c);
    for (uint32_t node = 0; node < 6; node++)
        observer->ops->delivered(observer, node, node / 2, node < 5 ? from : to, c,
                                 1000 * MS + seq);
}

START_TEST(each_plan_during_a_command_allows_one_more_attempt)
{
    for (int plans = 0; plans <= 2; plans++) {
        recording_begin((struct recorder_options){.variables = &variables, .attempts = {2, 4}});
        if (plans > 0) plan_between(1, 10 * MS, 20 * MS);
        if (plans > 1) plan_between(2, 40 * MS, 90 * MS);
        plan_between(3, 60 * MS, 70 * MS); /* after the answer */
        attempt(4);
        recording_finish(100 * MS);
        if (plans == 2)
            assert_property("bounded-attempts", RESULT_OK, "");
        else
            ck_assert_int_eq(property("bounded-attempts")->result, RESULT_FAIL);
        recording_end();
    }
}
END_TEST

START_TEST(plans_allow_no_more_attempts_than_the_last_resort)
{
    recording_begin((struct recorder_options){.variables = &variables, .attempts = {2, 3}});
    plan_between(1, 10 * MS, 20 * MS);
    plan_between(2, 40 * MS, 90 * MS);
    attempt(4);
    recording_finish(100 * MS);
    assert_property("bounded-attempts", RESULT_FAIL, "c0.1 post took 4 attempts: 3 are allowed");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("attempts");
    TCase *c = tcase_create("attempts");
    tcase_add_checked_fixture(c, NULL, recording_end);
    tcase_add_test(c, more_attempts_than_allowed_are_detected);
    tcase_add_test(c, as_many_attempts_as_allowed_are_accepted);
    tcase_add_test(c, each_plan_during_a_command_allows_one_more_attempt);
    tcase_add_test(c, plans_allow_no_more_attempts_than_the_last_resort);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
