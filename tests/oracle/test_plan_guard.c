/* test_plan_guard.c - plans that the oracle's graph predicts to be no better are discarded. Steps
 * take 1 ms. With a guard, a plan is made half an interval of hints after a hint: requested at 33
 * ms, computed at 35 ms, and discarded at 37 ms, or put in force at 41 ms. */
#include "proto/oracle/planner.h"
#include "tests/story/two_partitions.h"

/* v0 and v2 are in p0, so nothing is won by moving both. */
#define PAIR ON(0, 0, RW), ON(2, 0, RW)

enum { PAIR_CHANGES = 3, REPEATED = 16 };

static const uint32_t all_to_p0[STORY_VERTICES_MAX] = {0};

static struct scheme_options guarded(uint64_t changes)
{
    struct scheme_options options = with_plans(changes, false);
    options.plan_guard = true;
    return options;
}

/* TRIPLE, again and again, with v1 in p1 lent each time: moving it saves that. */
static struct scripted *triples(void)
{
    static struct scripted script[REPEATED];
    for (uint32_t i = 0; i < REPEATED; i++) script[i] = (struct scripted)AT(1, i, TRIPLE);
    return script;
}

/* ---- what is announced ----------------------------------------------------------------------- */

START_TEST(a_plan_that_is_no_better_is_not_announced)
{
    static const struct scripted script[] = {AT(1, 0, PAIR)};
    struct scheme_options options = guarded(PAIR_CHANGES);
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 1, .options = &options, .parts = all_to_p1));
    ck_assert_uint_eq(multicasts(t, PURPOSE_PLAN), 0);
    ck_assert_uint_eq(multicasts(t, PURPOSE_DISCARD), 1);
    ck_assert(reached(t, MARK_PLAN_DISCARDED));
    ck_assert_uint_eq(owner(t, 0), 0);
    const struct run_result *r = &t->world.result;
    ck_assert_uint_eq(r->plan_count, 1);
    ck_assert_uint_eq(r->plan_announced, 0);
    ck_assert(!r->plans[0].announced);
    ck_assert_uint_eq(r->plans[0].moved, 2); /* would have moved */
    ck_assert_uint_gt(r->plans[0].work, r->plans[0].work_before);
    story_run_end(t);
}
END_TEST

START_TEST(without_a_guard_it_is_announced)
{
    static const struct scripted script[] = {AT(1, 0, PAIR)};
    struct scheme_options options = with_plans(PAIR_CHANGES, false);
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 1, .options = &options, .parts = all_to_p1));
    ck_assert_uint_eq(multicasts(t, PURPOSE_DISCARD), 0);
    ck_assert_uint_eq(owner(t, 0), 1);
    ck_assert_uint_eq(t->world.result.plan_announced, 1);
    ck_assert_uint_eq(t->world.result.plans[0].work, 0); /* nothing is predicted */
    story_run_end(t);
}
END_TEST

/* A plan that brings variables together which are accessed together. */
static struct story_run *run_better_plan(const char *faults)
{
    struct scheme_options options = guarded(TRIPLE_CHANGES);
    return run_story_ok(&(struct story){.scheme = "dynastar",
                                        .commands = triples(),
                                        .count = REPEATED,
                                        .groups = 2,
                                        .clients = REPEATED,
                                        .options = &options,
                                        .parts = all_to_p0,
                                        .faults = faults});
}

START_TEST(a_better_plan_is_announced)
{
    struct story_run *t = run_better_plan(NULL);
    ck_assert_uint_eq(owner(t, 1), 0);
    const struct run_result *r = &t->world.result;
    ck_assert(r->plans[0].announced);
    ck_assert_uint_lt(r->plans[0].work, r->plans[0].work_before);
    ck_assert_uint_gt(r->plans[0].edge_cut_before, 0);
    ck_assert_uint_eq(r->plans[0].edge_cut, 0);
    story_run_end(t);
}
END_TEST

/* ---- what comes after it --------------------------------------------------------------------- */

/* Partitions and clients never hear of the discarded plan; the next one is its successor. */
START_TEST(a_plan_after_a_discarded_one_is_put_in_force)
{
    struct scripted script[REPEATED + 2] = {AT(1, 0, PAIR)};
    for (uint32_t i = 0; i < REPEATED; i++) script[1 + i] = (struct scripted)AT(101, i, TRIPLE);
    script[REPEATED + 1] = (struct scripted)AT(301, 0, ON(1, 1, RW));
    static const uint32_t parts[STORY_VERTICES_MAX] = {0, 0, 0};
    struct scheme_options options = guarded(PAIR_CHANGES);
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = REPEATED, .options = &options, .parts = parts));
    const struct run_result *r = &t->world.result;
    ck_assert_uint_ge(r->plan_count, 2);
    ck_assert(!r->plans[0].announced);
    ck_assert(r->plans[1].announced);
    ck_assert_uint_eq(owner(t, 1), 0);
    ck_assert_uint_eq(executed_by(t, 0, 3).word[0], P0);
    story_run_end(t);
}
END_TEST

/* Half an interval after hints, which all partitions send at the same times, all have reported. */
START_TEST(a_guarded_plan_is_made_between_hints)
{
    static const struct scripted script[] = {AT(1, 0, PAIR), AT(1, 1, ON(1, 1, RW))};
    struct scheme_options options = guarded(1);
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 2, .options = &options, .parts = all_to_p1));
    ck_assert_uint_eq(multicasts(t, PURPOSE_HINT), 2);
    ck_assert_uint_eq(t->world.result.plan_count, 1);
    ck_assert_uint_eq(t->world.result.plans[0].vertices, 3);
    ck_assert_double_eq_tol(t->world.result.plans[0].t_s, 0.037, 1e-4);
    story_run_end(t);
}
END_TEST

/* ---- crashes --------------------------------------------------------------------------------- */

/* The leader has requested the plan, or computed it, or sent that it is discarded, when it crashes;
 * the next leader discards the same plan. */
START_TEST(a_plan_is_discarded_after_a_crash_of_the_oracle_s_leader)
{
    static const char *const crashes[] = {
        "at 24ms crash oracle.r0\n",
        "at 34.5ms crash oracle.r0\n",
        "at 35.5ms cut-oneway oracle.r0 * for 1s\nat 37ms crash oracle.r0\n",
    };
    static const struct scripted script[] = {AT(1, 0, PAIR), AT(1500, 1, ON(1, 1, RW))};
    struct scheme_options options = guarded(PAIR_CHANGES);
    struct story_run *t = run_story_ok(&STORY(script, .clients = 2, .options = &options,
                                              .parts = all_to_p1, .faults = crashes[_i]));
    ck_assert(reached(t, MARK_PLAN_DISCARDED));
    ck_assert(multicast_by(t, PURPOSE_DISCARD, PARTITION_REPLICAS + 1) ||
              multicast_by(t, PURPOSE_DISCARD, PARTITION_REPLICAS + 2));
    ck_assert_uint_eq(multicasts(t, PURPOSE_PLAN), 0);
    ck_assert_uint_eq(owner(t, 0), 0);
    story_run_end(t);
}
END_TEST

START_TEST(a_plan_is_announced_after_a_crash_of_the_oracle_s_leader)
{
    struct story_run *t = run_better_plan("at 34.5ms crash oracle.r0\n");
    ck_assert_uint_eq(owner(t, 1), 0);
    story_run_end(t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan guard");
    TCase *c = tcase_create("guard");
    tcase_add_test(c, a_plan_that_is_no_better_is_not_announced);
    tcase_add_test(c, without_a_guard_it_is_announced);
    tcase_add_test(c, a_better_plan_is_announced);
    tcase_add_test(c, a_plan_after_a_discarded_one_is_put_in_force);
    tcase_add_test(c, a_guarded_plan_is_made_between_hints);
    tcase_add_loop_test(c, a_plan_is_discarded_after_a_crash_of_the_oracle_s_leader, 0, 3);
    tcase_add_test(c, a_plan_is_announced_after_a_crash_of_the_oracle_s_leader);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
