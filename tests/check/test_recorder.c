/* test_recorder.c - the result of a run of a dynamic scheme: counts of queries, moves, retries and
 * fallbacks, durations of phases, and properties. */
#include "tests/check/recording.h"
#include "tests/lib/harness.h"

/* c0.1 queries the oracle, is sent to p1 and refused since x is in p0; x is moved and c0.1
 * executed. */
static void try_move_and_execute(void)
{
    union recorded_room room;
    struct command *c = command_in_round(&room, 0, 0, PURPOSE_CONSULT, 4);
    report_issued(c);
    report_multicast(c);
    report_delivered(c, GROUPS_MAX);
    c = command_in_round(&room, 0, 1, PURPOSE_EXECUTE, 2);
    report_multicast(c);
    report_delivered(c, GROUPS_MAX);
    c = command_in_round(&room, 0, 2, PURPOSE_MOVE, 7);
    report_multicast(c);
    report_ownership(OWNERSHIP_GIVEN, 0, 1, X, 50);
    observer->ops->exchanged(observer, 0, 0, now_ns, 1, 64);
    now_ns = 120 * MS;
    report_ownership(OWNERSHIP_TAKEN, 1, 0, X, 50);
    report_delivered(c, GROUPS_MAX);
    c = command_in_round(&room, 0, 3, PURPOSE_EXECUTE, 2);
    report_multicast(c);
    report_delivered(c, 1);
    now_ns += MS;
    report_answered(c, 2);
}

START_TEST(queries_moves_and_retries_are_counted)
{
    recording_begin((struct recorder_options){.variables = &variables});
    try_move_and_execute();
    report_final_owner(1, X);
    report_final_owner(1, Y);
    report_final_place(X, 1);
    report_final_place(Y, 1);
    recording_finish(200 * MS);
    assert_all_ok();
    ck_assert_uint_eq(result.oracle_queries, 1);
    ck_assert_uint_eq(result.moves, 1);
    ck_assert_uint_eq(result.retries, 1);
    ck_assert_uint_eq(result.fallbacks, 0);
    ck_assert_uint_eq(result.exchanged, 1);
    ck_assert_uint_eq(result.exchanged_bytes, 64);
    ck_assert_uint_eq(result.interval_count, 2);
    ck_assert_uint_eq(result.intervals[0].oracle_queries, 1);
    ck_assert_uint_eq(result.intervals[0].exchanged, 1);
    ck_assert_uint_eq(result.intervals[0].moves, 0);
    ck_assert_uint_eq(result.intervals[1].moves, 1);
    ck_assert_uint_eq(result.intervals[1].retries, 1);
}
END_TEST

START_TEST(a_command_counts_the_partitions_of_its_moves)
{
    recording_begin((struct recorder_options){.variables = &variables});
    try_move_and_execute();
    recording_finish(200 * MS);
    ck_assert_uint_eq(result.history->commands[0].partitions, 2); /* the oracle is no partition */
    ck_assert_uint_eq(result.measured_multi, 1);
    ck_assert_str_eq(result.buckets[0].scope, "multi");
}
END_TEST

START_TEST(without_checks_the_figures_are_the_same)
{
    union recorded_room room;
    recording_begin_as((struct recorder_options){.variables = &variables});
    try_move_and_execute();
    report_multicast(
        command_in_round(&room, 0, 0, PURPOSE_CONSULT, 4)); /* sent again: not another query */
    recording_finish(200 * MS);
    ck_assert_int_eq(property("answered-once")->result, RESULT_UNKNOWN);
    ck_assert_uint_eq(result.oracle_queries, 1);
    ck_assert_uint_eq(result.moves, 1);
    ck_assert_uint_eq(result.retries, 1);
    ck_assert_uint_eq(result.measured_multi, 1);
}
END_TEST

START_TEST(phases_are_those_of_the_round_that_executed)
{
    recording_begin((struct recorder_options){.variables = &variables});
    try_move_and_execute();
    recording_finish(200 * MS);
    ck_assert_uint_eq(result.phases_count, 1);
    ck_assert_double_eq_tol(result.phases[0].ordering_us, 126000, 0.1); /* from the first query */
    ck_assert_double_eq_tol(result.phases[0].waiting_us, 1000, 0.1);
    ck_assert_double_eq_tol(result.phases[0].executing_us, 2000, 0.1);
    ck_assert_double_eq_tol(result.phases[0].replying_us, 2000, 0.1);
}
END_TEST

START_TEST(counts_end_with_the_window)
{
    recording_begin((struct recorder_options){.variables = &variables});
    try_move_and_execute();
    recording_finish(100 * MS);
    ck_assert_uint_eq(result.oracle_queries, 1);
    ck_assert_uint_eq(result.moves, 0);
    ck_assert_uint_eq(result.measured, 0);
}
END_TEST

START_TEST(executing_everywhere_after_a_retry_is_a_fallback)
{
    union recorded_room room;
    recording_begin((struct recorder_options){.variables = &variables});
    struct command *c = command_in_round(&room, 0, 0, PURPOSE_EXECUTE, 2);
    report_issued(c);
    c->execution = EXECUTION_EVERYWHERE;
    report_multicast(c); /* one group is all groups: no fallback in round 0 */
    report_delivered(c, GROUPS_MAX);
    c = command_in_round(&room, 0, 1, PURPOSE_EXECUTE, 3);
    c->execution = EXECUTION_EVERYWHERE;
    report_multicast(c);
    report_delivered(c, 0);
    report_answered(c, 2);
    recording_finish(100 * MS);
    ck_assert_uint_eq(result.fallbacks, 1);
    ck_assert_uint_eq(result.intervals[0].fallbacks, 1);
}
END_TEST

START_TEST(static_schemes_have_no_properties_of_owners)
{
    recording_begin((struct recorder_options){0});
    recording_finish(100 * MS);
    ck_assert_ptr_null(property("one-owner"));
    ck_assert_ptr_null(property("oracle-map"));
    ck_assert_ptr_null(property("bounded-attempts"));
    ck_assert_ptr_nonnull(property("executed-once"));
}
END_TEST

START_TEST(final_owners_and_the_oracle_s_map_are_checked)
{
    recording_begin((struct recorder_options){.variables = &variables});
    report_final_owner(1, X);
    report_final_owner(1, Y);
    report_final_place(X, 0);
    report_final_place(Y, PLACE_NONE);
    recording_finish(100 * MS);
    assert_property("one-owner", RESULT_FAIL, "in the end p1 owns x, but p0 had it from the start");
    assert_property("loans-closed", RESULT_OK, "");
    assert_property("oracle-map", RESULT_FAIL,
                    "the oracle knows no place of y, but p1 had it from the start");
}
END_TEST

START_TEST(a_command_executed_in_two_rounds_is_the_verdict)
{
    union recorded_room room;
    recording_begin((struct recorder_options){.variables = &variables});
    struct command *c = command_in_round(&room, 0, 0, PURPOSE_EXECUTE, 1);
    report_issued(c);
    report_multicast(c);
    report_delivered(c, 0);
    c = command_in_round(&room, 0, 1, PURPOSE_EXECUTE, 2);
    report_multicast(c);
    report_delivered(c, 1);
    report_answered(c, 2);
    recording_finish(100 * MS);
    ck_assert_int_eq(result.verdict, RESULT_FAIL);
    assert_property("executed-once", RESULT_FAIL,
                    "c0.1 post was executed, and so was c0.1/1 post, by p1.r0");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recorder");
    TCase *c = tcase_create("recorder");
    tcase_add_checked_fixture(c, NULL, recording_end);
    tcase_add_test(c, queries_moves_and_retries_are_counted);
    tcase_add_test(c, a_command_counts_the_partitions_of_its_moves);
    tcase_add_test(c, without_checks_the_figures_are_the_same);
    tcase_add_test(c, phases_are_those_of_the_round_that_executed);
    tcase_add_test(c, counts_end_with_the_window);
    tcase_add_test(c, executing_everywhere_after_a_retry_is_a_fallback);
    tcase_add_test(c, static_schemes_have_no_properties_of_owners);
    tcase_add_test(c, final_owners_and_the_oracle_s_map_are_checked);
    tcase_add_test(c, a_command_executed_in_two_rounds_is_the_verdict);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
