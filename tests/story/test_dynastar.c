/* DynaStar: the partition that executes, loans, queries to the oracle, moves of a plan, and crashes
 * and cuts at critical moments. */
#include "tests/story/two_partitions.h"

enum { ORACLE_R0 = 6 }; /* the node */

static const uint32_t all_to_p0[STORY_VERTICES_MAX] = {0};

/* ---- without plans ------------------------------------------------------------------------- */

START_TEST(a_single_partition_command_is_one_multicast)
{
    static const struct scripted script[] = {AT(1, 0, ON(0, 0, RW), ON(2, 0, R))};
    struct story_run *t = run_story_ok(&STORY(script, .clients = 1));
    ck_assert_uint_eq(t->multicast_count, 1);
    ck_assert_uint_eq(t->kinds[MESSAGE_PROPHECY], 0);
    ck_assert_double_eq_tol(steps(t, script, 0, 1), 4, 0.05);
    story_run_end(t);
}
END_TEST

START_TEST(a_two_partition_command_borrows_and_returns_a_variable)
{
    static const struct scripted script[] = {AT(1, 0, TRIPLE)};
    struct story_run *t = run_story_ok(&STORY(script, .clients = 1));
    ck_assert_uint_eq(t->multicast_count, 1);
    ck_assert_uint_eq(t->multicasts[0].target, 0);
    ck_assert_uint_eq(executed_by(t, 0, 1).word[0], P0);
    ck_assert_uint_eq(t->kinds[MESSAGE_LOAN], 3); /* to each replica of the target */
    ck_assert_uint_eq(t->kinds[MESSAGE_RETURN], 3);
    ck_assert_uint_eq(t->kinds[MESSAGE_VALUES], 0);
    ck_assert_double_eq_tol(steps(t, script, 0, 1), 8, 0.05);
    ck_assert_uint_eq(owner(t, 1), 1);
    story_run_end(t);
}
END_TEST

/* p1 has lent v1 and waits for it, since p0 has five other commands of 50 ms each before it. p1's
 * next command on v1, and its next loan, wait as well: the second loan carries the value that both
 * have written. */
#define BUSY(by)                                                                           \
    {                                                                                      \
        .client = (by), .at_ns = 98 * MS, .cost_ns = 50 * MS, .accesses = { ON(6, 0, RW) } \
    }
#define BORROW ON(1, 1, RW), ON(2, 0, RW), ON(4, 0, RW)

START_TEST(loans_are_sent_in_the_order_of_the_commands)
{
    static const struct scripted script[] = {BUSY(3),
                                             BUSY(4),
                                             BUSY(5),
                                             BUSY(6),
                                             BUSY(7),
                                             AT(99, 0, BORROW),
                                             AT(200, 1, ON(1, 1, RW)),
                                             AT(210, 2, BORROW)};
    struct story_run *t = run_story_ok(&STORY(script, .clients = 8));
    ck_assert_uint_gt(answer_to(t, 0, 1)->now_ns, 300 * MS);
    ck_assert_uint_eq(answer_to(t, 0, 1)->seen, 0);
    ck_assert_uint_eq(answer_to(t, 1, 1)->seen, 1);
    ck_assert_uint_eq(answer_to(t, 2, 1)->seen, 2);
    story_run_end(t);
}
END_TEST

START_TEST(the_oracle_dispatches_for_a_client_with_a_cold_cache)
{
    /* The client caches the answer of the oracle: the second command is sent directly. */
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(30, 0, TRIPLE)};
    struct scheme_options options = world_options("dynastar");
    options.location_cache = CACHE_COLD;
    struct story_run *t = run_story_ok(&STORY(script, .clients = 1, .options = &options));
    ck_assert_uint_eq(multicasts(t, PURPOSE_ASK), 1);
    ck_assert_uint_eq(multicasts(t, PURPOSE_EXECUTE), 2);
    ck_assert_uint_eq(t->kinds[MESSAGE_PROPHECY], 1);
    ck_assert_uint_eq(t->multicasts[1].id.round, 1);
    ck_assert_uint_eq(t->multicasts[1].dests.word[0], P0 | P1);
    /* Three steps to deliver the query at the oracle, and the eight of the command. */
    ck_assert_double_eq_tol(steps(t, script, 0, 1), 11, 0.05);
    ck_assert_double_eq_tol(steps(t, script, 0, 2), 8, 0.05);
    story_run_end(t);
}
END_TEST

START_TEST(without_returns_variables_remain_at_the_target)
{
    /* The third, by a client with a stale location, is refused and reaches p0 through the oracle,
     * whose map is up to date. */
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(30, 0, ON(1, 0, RW)),
                                             AT(60, 1, ON(1, 1, RW))};
    struct scheme_options options = world_options("dynastar");
    options.returns = false;
    struct story_run *t = run_story_ok(&STORY(script, .clients = 2, .options = &options));
    ck_assert_uint_eq(t->multicasts[0].dests.word[0], P0 | P1 | ORACLE);
    ck_assert_uint_eq(executed_by(t, 0, 1).word[0], P0);
    ck_assert_uint_eq(t->kinds[MESSAGE_LOAN], 0);
    ck_assert_uint_eq(t->kinds[MESSAGE_VALUES], 6 * 3);
    ck_assert_uint_eq(answer_to(t, 0, 2)->attempts, 1);
    ck_assert_uint_eq(answer_to(t, 1, 1)->attempts, 2);
    ck_assert_uint_eq(answer_to(t, 1, 1)->seen, 2);
    ck_assert_uint_eq(owner(t, 1), 0);
    story_run_end(t);
}
END_TEST

/* ---- plans --------------------------------------------------------------------------------- */

START_TEST(a_plan_moves_variables_and_a_stale_client_is_refused)
{
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(100, 1, ON(1, 1, RW)),
                                             AT(130, 1, ON(0, 0, RW))};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 2, .options = &options, .parts = all_to_p0));
    ck_assert_uint_eq(t->world.result.plan_count, 1);
    ck_assert_uint_eq(t->kinds[MESSAGE_FETCH], 3); /* from each replica */
    ck_assert_uint_eq(t->kinds[MESSAGE_OBJECTS], 3);
    ck_assert_uint_eq(t->kinds[MESSAGE_RECEIVED], 3 * 3);
    ck_assert_uint_eq(owner(t, 1), 0);
    /* Refused after 4 steps; 7 more through the oracle, which sends it to p0 alone. */
    ck_assert_uint_eq(answer_to(t, 1, 1)->attempts, 2);
    ck_assert_uint_eq(executed_by(t, 1, 1).word[0], P0);
    ck_assert_double_eq_tol(steps(t, script, 1, 1), 11, 0.05);
    /* The plan has invalidated all of its cache: it must query v0, too. */
    ck_assert_uint_eq(multicasts(t, PURPOSE_ASK), 2);
    ck_assert(reached(t, MARK_PLACE_STALE));
    story_run_end(t);
}
END_TEST

START_TEST(a_lazy_plan_moves_needed_variables_only)
{
    /* Both v0 and v2 are p1's by the plan, but only v0 is needed. */
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(100, 1, ON(0, 0, RW))};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, true);
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 2, .options = &options, .parts = all_to_p1));
    ck_assert_uint_eq(executed_by(t, 1, 1).word[0], P1);
    ck_assert_uint_eq(t->kinds[MESSAGE_FETCH], 3);
    ck_assert_uint_eq(t->kinds[MESSAGE_OBJECTS], 3);
    ck_assert_uint_eq(t->kinds[MESSAGE_RECEIVED], 0); /* more of them are to come */
    /* Two steps longer than with the variable in place. */
    ck_assert_double_eq_tol(steps(t, script, 1, 1), 13, 0.05);
    story_run_end(t);
}
END_TEST

/* The client has cached v1 and v4. It learns of the plan, which moves v1 to p0, by the answer about
 * v4, and must query both again, although v4 has not moved. */
START_TEST(a_plan_invalidates_the_clients_caches)
{
    static const struct scripted script[] = {
        AT(1, 0, TRIPLE),         AT(5, 1, ON(1, 1, RW)),   AT(5, 1, ON(4, 0, RW)),
        AT(100, 1, ON(4, 0, RW)), AT(130, 1, ON(1, 1, RW)), AT(160, 1, ON(4, 0, RW)),
    };
    struct scheme_options options = with_plans(TRIPLE_CHANGES + 2, false);
    options.location_cache = CACHE_COLD;
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 2, .options = &options, .parts = all_to_p0));
    ck_assert_uint_eq(t->world.result.plan_count, 1);
    ck_assert_double_eq_tol(steps(t, script, 1, 3), 4, 0.05); /* without a query */
    ck_assert_uint_eq(answer_to(t, 1, 4)->attempts, 1);       /* with one */
    ck_assert_double_eq_tol(steps(t, script, 1, 4), 7, 0.05);
    ck_assert_double_eq_tol(steps(t, script, 1, 5), 7, 0.05);
    ck_assert_uint_eq(multicasts(t, PURPOSE_ASK), 3 + 2);
    story_run_end(t);
}
END_TEST

/* The oracle's answer of 13 ms about v1, in p1 then, arrives at 113 ms, and so does p1's own
 * answer. The client has learned of the plan at 57 ms, and does not cache the answer. */
START_TEST(an_answer_older_than_the_plan_is_not_cached)
{
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(10, 1, ON(1, 1, RW)),
                                             AT(50, 1, ON(4, 0, RW)), AT(200, 1, ON(1, 1, RW))};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    options.location_cache = CACHE_COLD;
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 2, .options = &options, .parts = all_to_p0,
                            .faults = "at 12.5ms slow oracle.r0 c1 x100 for 1ms\n"
                                      "at 15.5ms slow p1.r0 c1 x100 for 1ms\n"));
    ck_assert_uint_eq(t->world.result.plan_count, 1);
    ck_assert_uint_lt(answer_to(t, 1, 2)->now_ns, 100 * MS);
    ck_assert_uint_gt(answer_to(t, 1, 1)->now_ns, 113 * MS);
    ck_assert_uint_eq(answer_to(t, 1, 1)->attempts, 1);
    ck_assert_uint_eq(answer_to(t, 1, 3)->attempts, 1);
    ck_assert_uint_eq(executed_by(t, 1, 3).word[0], P0);
    ck_assert_uint_eq(multicasts(t, PURPOSE_ASK), 4);
    story_run_end(t);
}
END_TEST

/* The variables that the plan moves to p1 are requested at 31 ms, and again, and arrive after a
 * tenth of a second. */
static const char slow_objects[] = "at 30.5ms slow p0.* p1.* x100 for 100ms\n";

START_TEST(only_commands_on_variables_in_transit_wait)
{
    static const struct scripted script[] = {
        AT(1, 0, TRIPLE),        AT(45, 1, ON(1, 1, RW)), AT(50, 2, ON(0, 0, RW)),
        AT(50, 3, ON(4, 0, RW)), AT(90, 1, ON(3, 1, RW)),
    };
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story_run *t = run_story_ok(&STORY(script, .clients = 4, .options = &options,
                                              .parts = all_to_p1, .faults = slow_objects));
    ck_assert_double_eq_tol(steps(t, script, 1, 1), 4, 0.05);
    ck_assert_double_eq_tol(steps(t, script, 3, 1), 4, 0.05);
    ck_assert_uint_ge(answer_to(t, 2, 1)->now_ns, 131 * MS);
    ck_assert_uint_le(answer_to(t, 2, 1)->now_ns, 140 * MS);
    ck_assert_uint_eq(executed_by(t, 2, 1).word[0], P1);
    /* Commands behind it in p1 wait, too: commands execute in order. */
    ck_assert_uint_ge(answer_to(t, 1, 2)->now_ns, 131 * MS);
    ck_assert(reached(t, MARK_TRANSFER_AWAITED));
    story_run_end(t);
}
END_TEST

/* ---- crashes and cuts ---------------------------------------------------------------------- */

START_TEST(a_command_is_dispatched_after_a_crash_of_the_oracle_s_leader)
{
    /* It delivers the query at 4 ms, and all messages that it sends then are lost. */
    static const struct scripted script[] = {AT(1, 0, TRIPLE)};
    struct scheme_options options = world_options("dynastar");
    options.location_cache = CACHE_COLD;
    struct story_run *t = run_story_ok(&STORY(script, .clients = 1, .options = &options,
                                              .faults = "at 3.5ms cut oracle.r0 p*.* for 1s\n"
                                                        "at 3.5ms cut oracle.r0 c0 for 1s\n"
                                                        "at 4.5ms crash oracle.r0\n"));
    ck_assert_uint_eq(answer_to(t, 0, 1)->attempts, 1);
    ck_assert_uint_eq(executed_by(t, 0, 1).word[0], P0);
    ck_assert(multicast_by(t, PURPOSE_EXECUTE, ORACLE_R0 + 1) ||
              multicast_by(t, PURPOSE_EXECUTE, ORACLE_R0 + 2));
    ck_assert(reached(t, MARK_DISPATCHED_AGAIN));
    story_run_end(t);
}
END_TEST

START_TEST(a_plan_is_multicast_after_a_crash_of_the_oracle_s_leader)
{
    /* Computed at 23 ms; the next leader computes the same plan, and multicasts it. */
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(1000, 1, ON(1, 1, RW))};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 2, .options = &options, .parts = all_to_p0,
                            .faults = "at 22.5ms cut-oneway oracle.r0 * for 1s\n"
                                      "at 24ms crash oracle.r0\n"));
    ck_assert(multicast_by(t, PURPOSE_PLAN, ORACLE_R0)); /* sent, but never received */
    ck_assert(multicast_by(t, PURPOSE_PLAN, ORACLE_R0 + 1) ||
              multicast_by(t, PURPOSE_PLAN, ORACLE_R0 + 2));
    ck_assert_uint_eq(owner(t, 1), 0);
    ck_assert_uint_eq(executed_by(t, 1, 1).word[0], P0);
    story_run_end(t);
}
END_TEST

START_TEST(a_source_that_crashes_is_replaced_by_another_replica)
{
    /* At 31 ms p1.r0 requests v0 and v2 from p0.r0, which crashes before the request arrives. */
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(1000, 1, ON(0, 0, RW))};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 2, .options = &options, .parts = all_to_p1,
                            .faults = "at 30.5ms slow p0.r0 p1.r0 x100 for 10ms\n"
                                      "at 60ms crash p0.r0\n"));
    ck_assert_uint_eq(t->kinds[MESSAGE_FETCH], 3 + 1);
    ck_assert_uint_eq(executed_by(t, 1, 1).word[0], P1);
    ck_assert(reached(t, MARK_INQUIRY_REPEATED));
    story_run_end(t);
}
END_TEST

START_TEST(a_partition_cut_from_the_oracle_requests_the_plan_again)
{
    /* p1 has delivered the plan, and is cut off from the oracle, which has the list of its moves.
     */
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(1500, 1, ON(0, 0, RW))};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 2, .options = &options, .parts = all_to_p1,
                            .faults = "at 28.5ms cut p1.* oracle.* for 400ms\n"));
    ck_assert_uint_gt(t->kinds[MESSAGE_PLAN_NEED], 2 * 3);
    ck_assert_uint_eq(executed_by(t, 1, 1).word[0], P1);
    ck_assert(reached(t, MARK_INQUIRY_REPEATED));
    story_run_end(t);
}
END_TEST

START_TEST(a_partition_cut_from_the_source_requests_the_objects_again)
{
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(1500, 1, ON(0, 0, RW))};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 2, .options = &options, .parts = all_to_p1,
                            .faults = "at 30.5ms cut p0.* p1.* for 500ms\n"));
    ck_assert_uint_gt(t->kinds[MESSAGE_FETCH], 3);
    ck_assert_uint_eq(executed_by(t, 1, 1).word[0], P1);
    story_run_end(t);
}
END_TEST

START_TEST(a_replica_catches_up_after_a_cut_during_a_plan)
{
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(100, 1, ON(0, 0, RW)),
                                             AT(900, 1, ON(0, 1, RW))};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 2, .options = &options, .parts = all_to_p1,
                            .faults = "at 15ms cut p1.r2 * for 600ms\n"));
    ck_assert_uint_eq(answer_to(t, 1, 1)->seen, 1);
    ck_assert_uint_le(answer_to(t, 1, 1)->now_ns, 120 * MS); /* no command waited for it */
    ck_assert_uint_eq(owner(t, 0), 1);                       /* r2 has caught up */
    ck_assert(reached(t, MARK_SLOT_LEARNT));
    story_run_end(t);
}
END_TEST

/* p1 receives the command when the client sends it again, and before p0 can forward it: both must
 * receive the same target. */
START_TEST(a_command_sent_again_has_the_same_target)
{
    static const struct scripted script[] = {AT(1, 0, TRIPLE)};
    struct story_run *t = run_story_ok(&STORY(script, .clients = 1,
                                              .faults = "at 0ms cut c0 p1.* for 50ms\n"
                                                        "at 0ms cut p0.* p1.* for 205ms\n"));
    ck_assert_double_gt(steps(t, script, 0, 1), 200);
    ck_assert_uint_eq(executed_by(t, 0, 1).word[0], P0);
    ck_assert_uint_eq(t->kinds[MESSAGE_RETURN], 3);
    ck_assert(reached(t, MARK_COMMAND_AGAIN));
    story_run_end(t);
}
END_TEST

/* Only the client's own timeout delivers a command whose first message is lost. */
START_TEST(a_lost_command_is_sent_again)
{
    static const struct scripted script[] = {AT(1, 0, ON(0, 0, RW))};
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 1, .faults = "at 0ms cut c0 p0.* for 50ms\n"));
    ck_assert_double_eq_tol(steps(t, script, 0, 1), 200 + 4, 0.05); /* timeout.retry */
    ck_assert(reached(t, MARK_COMMAND_RESENT));
    story_run_end(t);
}
END_TEST

START_TEST(a_lender_that_crashes_is_replaced)
{
    /* p1's leader delivers at 7 ms, and its loan is lost. */
    static const struct scripted script[] = {AT(1, 0, TRIPLE)};
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 1, .faults = "at 6.5ms crash p1.r0\n"));
    ck_assert_uint_ge(t->kinds[MESSAGE_PREPARE], 1); /* p1 elected another leader */
    ck_assert_double_gt(steps(t, script, 0, 1), 8);  /* and the client had to wait for it */
    ck_assert(reached(t, MARK_ELECTION));
    ck_assert(reached(t, MARK_VALUES_ASKED_ALL));
    story_run_end(t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dynastar");
    TCase *no_plans = tcase_create("without plans");
    tcase_add_test(no_plans, a_single_partition_command_is_one_multicast);
    tcase_add_test(no_plans, a_two_partition_command_borrows_and_returns_a_variable);
    tcase_add_test(no_plans, loans_are_sent_in_the_order_of_the_commands);
    tcase_add_test(no_plans, the_oracle_dispatches_for_a_client_with_a_cold_cache);
    tcase_add_test(no_plans, without_returns_variables_remain_at_the_target);
    suite_add_tcase(suite, no_plans);
    TCase *plans = tcase_create("plans");
    tcase_add_test(plans, a_plan_moves_variables_and_a_stale_client_is_refused);
    tcase_add_test(plans, a_lazy_plan_moves_needed_variables_only);
    tcase_add_test(plans, a_plan_invalidates_the_clients_caches);
    tcase_add_test(plans, an_answer_older_than_the_plan_is_not_cached);
    tcase_add_test(plans, only_commands_on_variables_in_transit_wait);
    suite_add_tcase(suite, plans);
    TCase *faults = tcase_create("faults");
    tcase_add_test(faults, a_command_is_dispatched_after_a_crash_of_the_oracle_s_leader);
    tcase_add_test(faults, a_plan_is_multicast_after_a_crash_of_the_oracle_s_leader);
    tcase_add_test(faults, a_source_that_crashes_is_replaced_by_another_replica);
    tcase_add_test(faults, a_partition_cut_from_the_oracle_requests_the_plan_again);
    tcase_add_test(faults, a_partition_cut_from_the_source_requests_the_objects_again);
    tcase_add_test(faults, a_replica_catches_up_after_a_cut_during_a_plan);
    tcase_add_test(faults, a_command_sent_again_has_the_same_target);
    tcase_add_test(faults, a_lost_command_is_sent_again);
    tcase_add_test(faults, a_lender_that_crashes_is_replaced);
    suite_add_tcase(suite, faults);
    return test_main(suite);
}
