/*
 * The checkers of executions: equality of replicas, answers, execution atomicity, leaders. Each
 * test reports events by hand (followed.h).
 */
#include "analysis/check/atomicity.h"
#include "analysis/check/leaders.h"
#include "tests/lib/followed.h"

/* ---- replicas ------------------------------------------------------------------------------- */

START_TEST(equal_executions_of_replicas_are_accepted)
{
    uint32_t a = issue(0, 3);
    deliver(0, a);
    deliver(1, a);
    execute_at(0, 0, a, (struct outcome){.digest = 7, .state = 70, .seen = 4});
    execute_at(0, 1, a, (struct outcome){.digest = 7, .state = 70, .seen = 4});
    execute_at(1, 1, a, (struct outcome){.digest = 7, .state = 71, .seen = VERSION_UNSEEN});
    ck_assert_int_eq(verdict_of(replicas.properties, REPLICAS_PROPERTIES), RESULT_OK);
    ck_assert_uint_eq(ledger.accesses[0].version, 4);
}
END_TEST

START_TEST(a_diverging_state_is_detected)
{
    uint32_t a = issue(0, 1);
    deliver(0, a);
    execute_at(0, 0, a, (struct outcome){.digest = 7, .state = 0x70});
    execute_at(0, 1, a, (struct outcome){.digest = 7, .state = 0x71});
    assert_fails(&replicas.properties[REPLICAS_STATE],
                 "after c0.1, number 1, the state of p0.r1 is 0000000000000071, that of another "
                 "replica of p0 0000000000000070");
}
END_TEST

START_TEST(a_diverging_digest_is_detected)
{
    uint32_t a = issue(0, 1);
    deliver(0, a);
    execute_at(0, 0, a, (struct outcome){.digest = 7, .state = 70});
    execute_at(0, 1, a, (struct outcome){.digest = 8, .state = 70});
    assert_fails(&replicas.properties[REPLICAS_STATE],
                 "p0.r1 executed c0.1 with digest 0000000000000008, another replica of p0 with "
                 "0000000000000007");
}
END_TEST

START_TEST(a_skipped_execution_is_detected)
{
    uint32_t a = issue(0, 1), b = issue(1, 1);
    deliver(0, a);
    deliver(0, b);
    execute_at(0, 0, a, (struct outcome){.digest = 7, .state = 70});
    execute_at(0, 1, b, (struct outcome){.digest = 9, .state = 90});
    assert_fails(&replicas.properties[REPLICAS_STATE],
                 "p0.r1 executed c1.1 as number 1, where another replica of p0 executed c0.1");
}
END_TEST

START_TEST(an_execution_out_of_delivery_order_is_detected)
{
    uint32_t a = issue(0, 1), b = issue(1, 1);
    deliver(0, a);
    deliver(0, b);
    execute_at(0, 0, b, (struct outcome){.digest = 7, .state = 70});
    execute_at(0, 0, a, (struct outcome){.digest = 9, .state = 90});
    assert_fails(&replicas.properties[REPLICAS_STATE],
                 "p0.r0 executed c0.1 twice or against the delivery order");
}
END_TEST

START_TEST(an_execution_before_delivery_is_detected)
{
    execute_at(0, 0, issue(0, 1), (struct outcome){.digest = 7, .state = 70});
    assert_fails(&replicas.properties[REPLICAS_STATE],
                 "p0.r0 executed c0.1 before it was delivered");
}
END_TEST

START_TEST(groups_that_saw_different_versions_are_detected)
{
    uint32_t a = issue(0, 3);
    deliver(0, a);
    deliver(1, a);
    execute_at(0, 0, a, (struct outcome){.digest = 7, .state = 70, .seen = 4});
    execute_at(1, 0, a, (struct outcome){.digest = 7, .state = 71, .seen = 3});
    assert_fails(&replicas.properties[REPLICAS_VIEWS],
                 "c0.1 saw version 4 of variable 5 at p0, but version 3 at p1.r0");
}
END_TEST

START_TEST(a_group_that_only_participates_may_see_other_versions)
{
    uint32_t a = issue(0, 3);
    deliver(0, a);
    deliver(1, a);
    take_part_at(1, 0, a, (struct outcome){.digest = 1, .state = 71});
    execute_at(0, 0, a, (struct outcome){.digest = 7, .state = 70, .seen = 4});
    take_part_at(1, 1, a, (struct outcome){.digest = 1, .state = 71});
    ck_assert_int_eq(verdict_of(replicas.properties, REPLICAS_PROPERTIES), RESULT_OK);
    ck_assert_uint_eq(ledger.accesses[0].version, 4);
    ck_assert(ledger.commands[0].executed);
}
END_TEST

START_TEST(different_participation_within_a_group_is_detected)
{
    uint32_t a = issue(0, 3);
    deliver(1, a);
    take_part_at(1, 0, a, (struct outcome){.digest = 1, .state = 71});
    take_part_at(1, 1, a, (struct outcome){.digest = 2, .state = 71});
    assert_fails(&replicas.properties[REPLICAS_STATE],
                 "p1.r1 executed c0.1 with digest 0000000000000002, another replica of p1 with "
                 "0000000000000001");
}
END_TEST

START_TEST(an_execution_that_the_other_replica_refused_is_detected)
{
    uint32_t a = issue(0, 1);
    deliver(0, a);
    take_part_at(0, 0, a, (struct outcome){.digest = 7, .state = 70});
    execute_at(0, 1, a, (struct outcome){.digest = 7, .state = 70, .seen = 4});
    assert_fails(&replicas.properties[REPLICAS_STATE],
                 "p0.r1 executed c0.1, another replica of p0 did not");
    ck_assert(!ledger.commands[0].executed);
}
END_TEST

START_TEST(a_command_refused_in_one_round_is_executed_in_the_next)
{
    uint32_t a = issue(0, 1), b = again(a, 1, PURPOSE_EXECUTE, 2);
    deliver(0, a);
    take_part_at(0, 0, a, (struct outcome){.digest = 1, .state = 70});
    deliver(1, b);
    for (uint32_t i = 0; i < LIVE; i++)
        execute_at(1, i, b, (struct outcome){.digest = 7, .state = 71, .seen = 4});
    ck_assert_int_eq(verdict_of(replicas.properties, REPLICAS_PROPERTIES), RESULT_OK);
    ck_assert_uint_eq(ledger.commands[0].executed_by, b);
}
END_TEST

START_TEST(a_command_executed_in_two_rounds_is_detected)
{
    uint32_t a = issue(0, 1), b = again(a, 1, PURPOSE_EXECUTE, 2);
    deliver(0, a);
    execute_at(0, 0, a, (struct outcome){.digest = 7, .state = 70, .seen = 4});
    deliver(1, b);
    execute_at(1, 0, b, (struct outcome){.digest = 8, .state = 71, .seen = 5});
    assert_fails(&replicas.properties[REPLICAS_ONCE],
                 "c0.1 was executed, and so was c0.1/1, by p1.r0");
}
END_TEST

/* ---- answers -------------------------------------------------------------------------------- */

static uint32_t executed_command(void)
{
    uint32_t a = issue(0, 1);
    deliver(0, a);
    execute_at(0, 0, a, (struct outcome){.digest = 7, .state = 70, .seen = 4});
    return a;
}

START_TEST(one_correct_answer_is_accepted)
{
    uint32_t a = executed_command();
    ck_assert(answer(a, id_of(a), 7, 4));
    check_answers(true);
    ck_assert_int_eq(verdict_of(answers.properties, ANSWERS_PROPERTIES), RESULT_OK);
}
END_TEST

START_TEST(two_answers_are_detected)
{
    uint32_t a = executed_command();
    ck_assert(answer(a, id_of(a), 7, 4));
    ck_assert(!answer(a, id_of(a), 7, 4));
    assert_fails(&answers.properties[ANSWERS_ONCE], "c0.1 was answered twice");
}
END_TEST

START_TEST(an_answer_to_no_command_is_detected)
{
    ck_assert(!answer(LEDGER_NONE, (struct command_id){.client = 2, .seq = 5}, 7, 4));
    assert_fails(&answers.properties[ANSWERS_ONCE], "c2.5 was answered, but never issued");
}
END_TEST

START_TEST(an_answer_without_execution_is_detected)
{
    uint32_t a = issue(0, 1);
    answer(a, id_of(a), 7, 4);
    assert_fails(&answers.properties[ANSWERS_ONCE],
                 "c0.1 was answered, but no replica had executed it");
}
END_TEST

START_TEST(a_wrong_answer_is_detected)
{
    uint32_t a = executed_command();
    answer(a, id_of(a), 7, 3);
    assert_fails(&answers.properties[ANSWERS_ONCE],
                 "the reply to c0.1 says it saw version 3 of variable 5, which no replica did");
}
END_TEST

START_TEST(a_digest_of_no_execution_is_detected)
{
    uint32_t a = executed_command();
    answer(a, id_of(a), 6, 4);
    assert_fails(&answers.properties[ANSWERS_ONCE],
                 "c0.1 was answered with digest 0000000000000006, which no replica computed");
}
END_TEST

START_TEST(the_digest_of_any_executed_round_is_correct)
{
    uint32_t a = issue(0, 1), b = again(a, 1, PURPOSE_EXECUTE, 2);
    deliver(0, a);
    take_part_at(0, 0, a, (struct outcome){.digest = 6, .state = 70});
    deliver(1, b);
    execute_at(1, 0, b, (struct outcome){.digest = 7, .state = 71, .seen = 4});
    ck_assert(answer(a, id_of(a), 7, 4));
    ck_assert_int_eq(verdict_of(answers.properties, ANSWERS_PROPERTIES), RESULT_OK);
}
END_TEST

START_TEST(the_digest_of_a_refusal_is_no_answer)
{
    uint32_t a = issue(0, 1), b = again(a, 1, PURPOSE_EXECUTE, 2);
    deliver(0, a);
    take_part_at(0, 0, a, (struct outcome){.digest = 6, .state = 70});
    deliver(1, b);
    execute_at(1, 0, b, (struct outcome){.digest = 7, .state = 71, .seen = 4});
    ck_assert(answer(a, id_of(a), 6, 4));
    assert_fails(&answers.properties[ANSWERS_ONCE],
                 "c0.1 was answered with digest 0000000000000006, which no replica computed");
}
END_TEST

START_TEST(the_oracle_may_refuse_a_command_that_was_not_executed)
{
    uint32_t a = issue(0, 8);
    deliver(3, a);
    take_part_at(3, 0, a, (struct outcome){.digest = 1});
    ck_assert(answer_with(a, id_of(a), (struct reply_view){.status = REPLY_NOK}, 0));
    check_answers(true);
    ck_assert_int_eq(verdict_of(answers.properties, ANSWERS_PROPERTIES), RESULT_OK);
    ck_assert_uint_eq(ledger.commands[0].attempts, 0);
}
END_TEST

START_TEST(a_refusal_of_a_command_executed_later_is_detected)
{
    uint32_t a = issue(0, 1);
    deliver(0, a);
    answer_with(a, id_of(a), (struct reply_view){.status = REPLY_NOK}, 1);
    execute_at(0, 0, a, (struct outcome){.digest = 7, .state = 70, .seen = 4});
    check_answers(true);
    assert_fails(&answers.properties[ANSWERS_ONCE],
                 "c0.1 was answered with a refusal, but it was executed");
}
END_TEST

START_TEST(a_retry_passed_to_the_application_is_detected)
{
    uint32_t a = issue(0, 1);
    answer_with(a, id_of(a), (struct reply_view){.status = REPLY_RETRY}, 1);
    assert_fails(&answers.properties[ANSWERS_ONCE],
                 "c0.1 was answered with retry, which no application should see");
}
END_TEST

START_TEST(success_without_an_attempt_is_detected)
{
    uint32_t a = executed_command();
    uint64_t seen = 4;
    answer_with(a, id_of(a), (struct reply_view){.status = REPLY_OK, .digest = 7, .seen = &seen},
                0);
    assert_fails(&answers.properties[ANSWERS_ONCE],
                 "c0.1 was answered after no attempt to execute it");
}
END_TEST

START_TEST(a_missing_answer_is_detected_unless_its_client_crashed)
{
    executed_command();
    crashed[topology_client(&topology, 0)] = true;
    check_answers(true);
    ck_assert_int_eq(answers.properties[ANSWERS_EVERY].result, RESULT_OK);
    crashed[topology_client(&topology, 0)] = false;
    check_answers(false);
    ck_assert_int_eq(answers.properties[ANSWERS_EVERY].result, RESULT_UNKNOWN);
    check_answers(true);
    assert_fails(&answers.properties[ANSWERS_EVERY],
                 "c0.1, issued at 0.000000 s, was never answered");
}
END_TEST

/* ---- execution atomicity and leaders -------------------------------------------------------- */

static struct property atomicity_of(uint32_t cast)
{
    struct property p;
    property_init(&p, "execution-atomicity");
    ck_assert_uint_lt(cast, ledger.cast_count);
    atomicity_check(&ledger, &p);
    return p;
}

START_TEST(executions_that_overlap_are_atomic)
{
    uint32_t a = issue(0, 7);
    for (uint32_t group = 0; group < 3; group++) {
        atomicity_started(ledger_slot(&ledger, a, group), 1000 + group);
        atomicity_ended(ledger_slot(&ledger, a, group), 2000 + group);
    }
    ck_assert_int_eq(atomicity_of(a).result, RESULT_OK);
}
END_TEST

START_TEST(one_start_in_each_group_suffices)
{
    uint32_t a = issue(0, 3);
    atomicity_started(ledger_slot(&ledger, a, 0), 1000);
    atomicity_ended(ledger_slot(&ledger, a, 0), 2000);
    atomicity_started(ledger_slot(&ledger, a, 1), 5000); /* the late replica of p1 reports first */
    atomicity_started(ledger_slot(&ledger, a, 1), 1500);
    atomicity_ended(ledger_slot(&ledger, a, 1), 6000);
    ck_assert_int_eq(atomicity_of(a).result, RESULT_OK);
}
END_TEST

START_TEST(an_end_before_the_other_group_s_start_is_detected)
{
    uint32_t a = issue(0, 7);
    atomicity_started(ledger_slot(&ledger, a, 0), 1000);
    atomicity_ended(ledger_slot(&ledger, a, 0), 4000);
    atomicity_started(ledger_slot(&ledger, a, 1), 3000);
    atomicity_ended(ledger_slot(&ledger, a, 1), 4000);
    atomicity_started(ledger_slot(&ledger, a, 2), 1000);
    atomicity_ended(ledger_slot(&ledger, a, 2), 3000);
    struct property p = atomicity_of(a);
    assert_fails(&p, "p2 ended c0.1 at 0.000003000 s, before p1 started it at 0.000003000 s");
}
END_TEST

START_TEST(an_end_without_the_other_group_s_start_is_detected)
{
    uint32_t a = issue(0, 3);
    atomicity_started(ledger_slot(&ledger, a, 0), 1000);
    atomicity_ended(ledger_slot(&ledger, a, 0), 4000);
    struct property p = atomicity_of(a);
    assert_fails(&p, "p0 ended c0.1 at 0.000004000 s, but p1 never started it");
}
END_TEST

START_TEST(each_round_is_atomic_separately)
{
    uint32_t a = issue(0, 3), b = again(a, 1, PURPOSE_EXECUTE, 3);
    atomicity_started(ledger_slot(&ledger, a, 0), 1000);
    atomicity_started(ledger_slot(&ledger, a, 1), 1000);
    atomicity_ended(ledger_slot(&ledger, a, 0), 2000);
    atomicity_started(ledger_slot(&ledger, b, 0), 3000);
    atomicity_ended(ledger_slot(&ledger, b, 0), 4000);
    struct property p = atomicity_of(b);
    assert_fails(&p, "p0 ended c0.1/1 at 0.000004000 s, but p1 never started it");
}
END_TEST

START_TEST(a_plan_need_not_be_atomic)
{
    struct command_id plan = {.client = topology_sender(&topology, 6), .seq = 1};
    uint32_t cast;
    multicast(plan, PURPOSE_PLAN, 3, &cast);
    atomicity_started(ledger_slot(&ledger, cast, 0), 1000);
    atomicity_ended(ledger_slot(&ledger, cast, 0), 2000);
    atomicity_started(ledger_slot(&ledger, cast, 1), 3000);
    ck_assert_int_eq(atomicity_of(cast).result, RESULT_OK);
}
END_TEST

START_TEST(two_leaders_of_one_ballot_are_detected)
{
    struct leaders l;
    leaders_init(&l, &topology);
    leaders_leading(&l, 0, 0, 5);
    leaders_leading(&l, 2, 1, 5);
    leaders_leading(&l, 0, 0, 5);
    leaders_check(&l);
    ck_assert_int_eq(l.property.result, RESULT_OK);
    leaders_leading(&l, 1, 0, 5);
    leaders_check(&l);
    assert_fails(&l.property, "p0.r0 and p0.r1 both led with ballot 5");
    leaders_finish(&l);
}
END_TEST

/* ---- the suite ------------------------------------------------------------------------------ */

static void add_execution(Suite *suite)
{
    TCase *c = tcase_create("execution");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, equal_executions_of_replicas_are_accepted);
    tcase_add_test(c, a_diverging_state_is_detected);
    tcase_add_test(c, a_diverging_digest_is_detected);
    tcase_add_test(c, a_skipped_execution_is_detected);
    tcase_add_test(c, an_execution_out_of_delivery_order_is_detected);
    tcase_add_test(c, an_execution_before_delivery_is_detected);
    tcase_add_test(c, groups_that_saw_different_versions_are_detected);
    tcase_add_test(c, one_correct_answer_is_accepted);
    tcase_add_test(c, two_answers_are_detected);
    tcase_add_test(c, an_answer_to_no_command_is_detected);
    tcase_add_test(c, an_answer_without_execution_is_detected);
    tcase_add_test(c, a_wrong_answer_is_detected);
    tcase_add_test(c, a_digest_of_no_execution_is_detected);
    tcase_add_test(c, a_missing_answer_is_detected_unless_its_client_crashed);
    tcase_add_test(c, executions_that_overlap_are_atomic);
    tcase_add_test(c, one_start_in_each_group_suffices);
    tcase_add_test(c, an_end_before_the_other_group_s_start_is_detected);
    tcase_add_test(c, an_end_without_the_other_group_s_start_is_detected);
    tcase_add_test(c, a_group_that_only_participates_may_see_other_versions);
    tcase_add_test(c, different_participation_within_a_group_is_detected);
    tcase_add_test(c, an_execution_that_the_other_replica_refused_is_detected);
    tcase_add_test(c, a_command_refused_in_one_round_is_executed_in_the_next);
    tcase_add_test(c, a_command_executed_in_two_rounds_is_detected);
    tcase_add_test(c, the_digest_of_any_executed_round_is_correct);
    tcase_add_test(c, the_digest_of_a_refusal_is_no_answer);
    tcase_add_test(c, the_oracle_may_refuse_a_command_that_was_not_executed);
    tcase_add_test(c, a_refusal_of_a_command_executed_later_is_detected);
    tcase_add_test(c, a_retry_passed_to_the_application_is_detected);
    tcase_add_test(c, success_without_an_attempt_is_detected);
    tcase_add_test(c, each_round_is_atomic_separately);
    tcase_add_test(c, a_plan_need_not_be_atomic);
    tcase_add_test(c, two_leaders_of_one_ballot_are_detected);
    suite_add_tcase(suite, c);
}

int main(void)
{
    Suite *suite = suite_create("execution");
    add_execution(suite);
    return test_main(suite);
}
