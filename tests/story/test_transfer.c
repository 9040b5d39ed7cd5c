/* Plans, hints and retries when replicas are down and links broken: the replica that a request is
 * sent to, its latency, and the number of messages. A leader timeout is 100 ms. */
#include <stdio.h>

#include "tests/lib/figures.h"
#include "tests/story/two_partitions.h"

/* Half a leader timeout before the first measurement; after one answer, which takes two steps, that
 * and sixteen times half of it. */
#define PATIENCE_AT_FIRST (50 * MS)
#define PATIENCE_MEASURED ((2 + 16 * 1) * MS)

/* ---- requests to replicas that are down ----------------------------------------------------- */

/* Two plans; the second one moves nothing. */
static const struct scripted two_plans[] = {AT(1, 0, TRIPLE), AT(201, 0, TRIPLE)};

START_TEST(a_replica_queries_the_oracle_s_replica_of_the_same_number)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story_run *t =
        run_story_ok(&STORY(two_plans, .clients = 1, .options = &options, .parts = all_to_p1));
    ck_assert_uint_eq(t->world.result.plan_count, 2);
    ck_assert_uint_eq(t->kinds[MESSAGE_PLAN_NEED], 2 * PARTITION_REPLICAS);
    ck_assert_uint_eq(t->kinds[MESSAGE_FETCH], REPLICAS);
    story_run_end(t);
}
END_TEST

START_TEST(a_crashed_replica_of_the_oracle_is_queried_once)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story_run *t =
        run_story_ok(&STORY(two_plans, .clients = 1, .options = &options, .parts = all_to_p1,
                            .faults = "at 10ms crash oracle.r2\n"));
    ck_assert_uint_eq(t->world.result.plan_count, 2);
    ck_assert_uint_eq(t->kinds[MESSAGE_PLAN_NEED], 2 * PARTITION_REPLICAS + 2);
    story_run_end(t);
}
END_TEST

START_TEST(a_replica_behind_a_broken_link_is_not_queried)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story_run *t =
        run_story_ok(&STORY(two_plans, .clients = 1, .options = &options, .parts = all_to_p1,
                            .faults = "at 10ms break p1.r2 oracle.r2\n"
                                      "at 10ms break p1.r1 p0.r1\n"));
    ck_assert_uint_eq(t->world.result.plan_count, 2);
    ck_assert_uint_eq(t->kinds[MESSAGE_PLAN_NEED], 2 * PARTITION_REPLICAS);
    ck_assert_uint_eq(t->kinds[MESSAGE_FETCH], REPLICAS);
    story_run_end(t);
}
END_TEST

/* p1's clients access v0 and v2, which the plan moves there; the times of their answers. */
static const struct scripted then_v0_v2[] = {AT(1, 0, TRIPLE), AT(65, 1, ON(0, 1, RW)),
                                             AT(165, 1, ON(2, 1, RW))};
struct times {
    uint64_t v0_ns, v2_ns;
};

static struct times answered(const char *faults, uint32_t fetches)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, true);
    struct story_run *t = run_story_ok(&STORY(then_v0_v2, .clients = 2, .options = &options,
                                              .parts = all_to_p1, .faults = faults));
    struct times times = {answer_to(t, 1, 1)->now_ns, answer_to(t, 1, 2)->now_ns};
    ck_assert_uint_eq(executed_by(t, 1, 1).word[0], P1);
    ck_assert_uint_eq(executed_by(t, 1, 2).word[0], P1);
    ck_assert_uint_eq(t->kinds[MESSAGE_FETCH], fetches);
    story_run_end(t);
    return times;
}

/* FETCHes leave p1.r0 at 68 and at 168 ms. */
START_TEST(a_fetch_over_a_link_that_breaks_is_repeated_elsewhere_at_once)
{
    struct times undisturbed = answered("", 2 * REPLICAS);
    struct times broken = answered("at 68.5ms break p1.r0 p0.r0\n", 2 * REPLICAS + 1);
    ck_assert_uint_eq(broken.v0_ns, undisturbed.v0_ns + MS / 2);
    ck_assert_uint_eq(broken.v2_ns, undisturbed.v2_ns);
}
END_TEST

/* The broken link is not reported: it is cut for less than the connection's timeout. */
START_TEST(an_unanswered_fetch_is_repeated_elsewhere_and_the_next_sent_there)
{
    struct times undisturbed = answered("", 2 * REPLICAS);
    struct times cut = answered("at 68.5ms cut p1.r0 p0.r0 for 400ms\n", 2 * REPLICAS + 1);
    ck_assert_uint_eq(cut.v0_ns, undisturbed.v0_ns + PATIENCE_AT_FIRST);
    ck_assert_uint_eq(cut.v2_ns, undisturbed.v2_ns);
}
END_TEST

START_TEST(the_time_out_of_a_fetch_follows_measured_answers)
{
    struct times undisturbed = answered("", 2 * REPLICAS);
    struct times cut = answered("at 168.5ms cut p1.r0 p0.r0 for 400ms\n", 2 * REPLICAS + 1);
    ck_assert_uint_eq(cut.v0_ns, undisturbed.v0_ns);
    ck_assert_uint_eq(cut.v2_ns, undisturbed.v2_ns + PATIENCE_MEASURED);
}
END_TEST

/* ---- fetches ------------------------------------------------------------------------------ */

#define THREE(of, g) ON(of, g, RW), ON((of) + 2, g, RW), ON((of) + 4, g, RW)

START_TEST(all_variables_of_a_command_are_one_fetch)
{
    static const struct scripted script[] = {AT(1, 0, THREE(0, 0)), AT(65, 1, THREE(0, 1))};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, true);
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 2, .options = &options, .parts = all_to_p1));
    ck_assert_uint_eq(executed_by(t, 1, 1).word[0], P1);
    ck_assert_uint_eq(t->kinds[MESSAGE_FETCH], REPLICAS);
    ck_assert_uint_eq(t->kinds[MESSAGE_OBJECTS], REPLICAS);
    ck_assert_uint_eq(t->kinds[MESSAGE_RECEIVED], REPLICAS * REPLICAS);
    story_run_end(t);
}
END_TEST

START_TEST(variables_of_queued_commands_are_fetched_together)
{
    /* The three are ordered together. The first one does not wait for the others to be queued. */
    static const struct scripted script[] = {AT(1, 0, THREE(0, 0)), AT(65, 1, ON(0, 1, RW)),
                                             AT(65, 2, ON(2, 1, RW)), AT(65, 3, ON(4, 1, RW))};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, true);
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 4, .options = &options, .parts = all_to_p1));
    ck_assert_uint_eq(t->kinds[MESSAGE_FETCH], 2 * REPLICAS);
    story_run_end(t);
}
END_TEST

START_TEST(variables_moved_on_before_their_arrival_are_one_fetch)
{
    /* The first plan moves v6, v8 and v10 to p1, the second one moves them back, and v0, v2 and v4
     * to p1. */
    static const uint32_t parts[STORY_VERTICES_MAX] = {1, 1, 1, 0, 0, 0};
    static const struct scripted script[] = {AT(1, 0, THREE(6, 0)), AT(101, 0, THREE(0, 0)),
                                             AT(201, 1, THREE(6, 0))};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, true);
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 2, .options = &options, .parts = parts));
    ck_assert_uint_ge(t->world.result.plan_count, 2);
    ck_assert_uint_eq(executed_by(t, 1, 1).word[0], P0);
    ck_assert_uint_eq(t->kinds[MESSAGE_FETCH], (1 + 1) * REPLICAS);
    story_run_end(t);
}
END_TEST

#define TPCC "-s dynastar -k 4 -p random -w tpcc:warehouses=4,customers=60,items=500 --clients 64 "

START_TEST(lazy_moves_take_no_more_messages_than_eager_moves)
{
    static const char line[] = TPCC "--rate 4k/s --duration 3s --hints 200ms --plan-every 1s "
                                    "--plan-guard off ";
    char lazy_line[256];
    snprintf(lazy_line, sizeof(lazy_line), "%s--transfer lazy", line);
    struct figures eager = figures_of(line), lazy = figures_of(lazy_line);
    ck_assert_uint_ge(lazy.plans, 2);
    ck_assert_double_le(lazy.messages_per_command, 1.1 * eager.messages_per_command);
}
END_TEST

/* ---- hints ---------------------------------------------------------------------------------- */

static const struct scripted once[] = {AT(1, 0, TRIPLE)};

/* When the first multicast of that purpose was made, and by which node. */
static const struct story_multicast *first(const struct story_run *t, enum purpose purpose)
{
    for (uint32_t i = 0; i < t->multicast_count; i++)
        if (t->multicasts[i].purpose == purpose) return &t->multicasts[i];
    ck_abort_msg("no multicast of purpose %d", (int)purpose);
    return NULL;
}

START_TEST(a_hint_is_answered_and_not_repeated)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story_run *t =
        run_story_ok(&STORY(once, .clients = 1, .options = &options, .parts = all_to_p1));
    ck_assert_uint_eq(first(t, PURPOSE_HINT)->now_ns, 20 * MS);
    /* The command's to two leaders, the hint's to one, the plan's to two. */
    ck_assert_uint_eq(t->kinds[MESSAGE_START], 2 + 1 + 2);
    ck_assert_uint_eq(t->kinds[MESSAGE_REPLY], 2);
    story_run_end(t);
}
END_TEST

START_TEST(a_lost_hint_is_repeated)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story story = STORY(once, .clients = 1, .options = &options, .parts = all_to_p1);
    struct story_run *undisturbed = run_story_ok(&story);
    story.faults = "at 19ms cut p0.r0 oracle.* for 20ms\n";
    struct story_run *t = run_story_ok(&story);
    ck_assert_uint_eq(multicasts(t, PURPOSE_HINT), 1);
    ck_assert_uint_eq(first(t, PURPOSE_PLAN)->now_ns,
                      first(undisturbed, PURPOSE_PLAN)->now_ns + PATIENCE_AT_FIRST);
    story_run_end(t);
    story_run_end(undisturbed);
}
END_TEST

START_TEST(plans_continue_after_a_crash_of_the_oracle_s_leader)
{
    /* The hint of 20 ms is lost with it. */
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(1000, 1, ON(3, 1, RW))};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 2, .options = &options, .parts = all_to_p1,
                            .faults = "at 20.5ms crash oracle.r0\n"));
    ck_assert_uint_eq(t->world.result.plan_count, 1);
    ck_assert_uint_eq(owner(t, 0), 1);
    story_run_end(t);
}
END_TEST

START_TEST(a_partition_s_next_leader_sends_hints_about_later_commands_only)
{
    /* The former leader's record of commands is lost; its hint was due at 50 ms. */
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(505, 0, TRIPLE)};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    options.hint_ns = 50 * MS;
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 1, .options = &options, .parts = all_to_p1,
                            .faults = "at 45ms crash p0.r0\n"));
    ck_assert_uint_eq(multicasts(t, PURPOSE_HINT), 1);
    ck_assert_uint_eq(first(t, PURPOSE_HINT)->node, 1);
    ck_assert_uint_eq(first(t, PURPOSE_HINT)->now_ns, 550 * MS);
    ck_assert_uint_eq(t->world.result.plan_count, 1);
    story_run_end(t);
}
END_TEST

/* ---- bounded attempts ----------------------------------------------------------------------- */

START_TEST(a_command_out_of_retries_is_executed_by_all_partitions)
{
    /* v1 remains in p0, which has borrowed it; the second client has a stale location. */
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(60, 1, ON(1, 1, RW))};
    struct scheme_options options = world_options("dynastar");
    options.returns = false;
    options.retries = 1;
    struct story_run *t = run_story_ok(&STORY(script, .clients = 2, .options = &options));
    ck_assert_uint_eq(answer_to(t, 1, 1)->attempts, 2);
    ck_assert_uint_eq(answer_to(t, 1, 1)->seen, 1);
    ck_assert_uint_eq(executed_by(t, 1, 1).word[0], P0 | P1);
    ck_assert_uint_eq(multicasts(t, PURPOSE_ASK), 0);
    ck_assert_uint_eq(owner(t, 1), 0);
    story_run_end(t);
}
END_TEST

START_TEST(commands_that_move_each_other_s_variables_terminate)
{
    struct figures f = figures_of(
        "-s dynastar -k 2 -w tpcc:warehouses=1,customers=20,items=50,orders=20 -m rdma-xl170 "
        "-p random --clients 3 --rate 100k/s --duration 10ms --hints off --return no");
    ck_assert_uint_gt(f.fallbacks, 0);
    figures_of("-s dynastar -k 4 -w kv:variables=20,multi-put=50,keys=3 -p random --clients 32 "
               "--commands 2000 --return no --retries 2");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("transfer");
    TCase *c = tcase_create("transfer");
    tcase_set_timeout(c, 0);
    tcase_add_test(c, a_replica_queries_the_oracle_s_replica_of_the_same_number);
    tcase_add_test(c, a_crashed_replica_of_the_oracle_is_queried_once);
    tcase_add_test(c, a_replica_behind_a_broken_link_is_not_queried);
    tcase_add_test(c, a_fetch_over_a_link_that_breaks_is_repeated_elsewhere_at_once);
    tcase_add_test(c, an_unanswered_fetch_is_repeated_elsewhere_and_the_next_sent_there);
    tcase_add_test(c, the_time_out_of_a_fetch_follows_measured_answers);
    tcase_add_test(c, all_variables_of_a_command_are_one_fetch);
    tcase_add_test(c, variables_of_queued_commands_are_fetched_together);
    tcase_add_test(c, variables_moved_on_before_their_arrival_are_one_fetch);
    tcase_add_test(c, lazy_moves_take_no_more_messages_than_eager_moves);
    tcase_add_test(c, a_hint_is_answered_and_not_repeated);
    tcase_add_test(c, a_lost_hint_is_repeated);
    tcase_add_test(c, plans_continue_after_a_crash_of_the_oracle_s_leader);
    tcase_add_test(c, a_partition_s_next_leader_sends_hints_about_later_commands_only);
    tcase_add_test(c, a_command_out_of_retries_is_executed_by_all_partitions);
    tcase_add_test(c, commands_that_move_each_other_s_variables_terminate);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
