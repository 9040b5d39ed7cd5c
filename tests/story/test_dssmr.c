/* DS-SMR: the cost of a command whose variables are in several partitions, the effect of the cache,
 * and commands whose variables are moved away by others. */
#include "tests/lib/stories.h"

#define STORY(script, ...) STORY_OF("dssmr", 3, script, __VA_ARGS__)

enum {
    P0 = 1,
    P1 = 2,
    P2 = 4,
    /* In a move three groups, the oracle among them, send signals to each other: six pairs, all
     * replicas. */
    MOVE_VALUES = 6 * 3,
};

/* Variables move to where most of them are, not to a random partition: so that the destination is
 * known. */
static struct scheme_options most(void)
{
    struct scheme_options options = world_options("dssmr");
    options.target = TARGET_MOST;
    return options;
}

/* Two are in p0, v1 has to be moved there. */
#define TO_P0 ON(0, 0, RW), ON(1, 1, RW), ON(3, 0, RW)
/* Two are in p2. */
#define TO_P2 ON(1, 1, RW), ON(2, 2, RW), ON(5, 2, RW)

START_TEST(a_cached_local_command_is_one_multicast)
{
    static const struct scripted script[] = {AT(1, 0, ON(0, 0, RW), ON(3, 0, R))};
    struct story_run *t = run_story_ok(&STORY(script, .clients = 1));
    ck_assert_uint_eq(t->multicast_count, 1);
    ck_assert_uint_eq(t->kinds[MESSAGE_VALUES], 0);
    ck_assert_double_eq_tol(steps(t, script, 0, 1), 4, 0.05);
    story_run_end(t);
}
END_TEST

START_TEST(a_remote_variable_costs_a_consult_a_move_and_the_access)
{
    static const struct scripted script[] = {AT(1, 0, TO_P0)};
    struct scheme_options options = most();
    struct story_run *t = run_story_ok(&STORY(script, .clients = 1, .options = &options));
    ck_assert_uint_eq(t->multicast_count, 3);
    ck_assert_uint_eq(multicasts(t, PURPOSE_CONSULT), 1);
    ck_assert_uint_eq(multicasts(t, PURPOSE_MOVE), 1);
    ck_assert_uint_eq(multicasts(t, PURPOSE_EXECUTE), 1);
    ck_assert_uint_eq(t->kinds[MESSAGE_VALUES], MOVE_VALUES);
    ck_assert_uint_eq(executed_by(t, 0, 1).word[0], P0);
    ck_assert_uint_eq(owner(t, 1), 0);
    /* The consult takes 4 steps, the move 6; the access may not be ordered before, which takes 2
     * more, while the value arrives in one; the reply one. */
    ck_assert_double_eq_tol(steps(t, script, 0, 1), 13, 0.05);
    story_run_end(t);
}
END_TEST

START_TEST(two_remote_variables_move_at_the_same_time)
{
    static const struct scripted script[] = {
        AT(1, 0, ON(0, 0, RW), ON(1, 1, RW), ON(2, 2, RW), ON(3, 0, RW))};
    struct scheme_options options = most();
    struct story_run *t = run_story_ok(&STORY(script, .clients = 1, .options = &options));
    ck_assert_uint_eq(multicasts(t, PURPOSE_MOVE), 2);
    ck_assert_uint_eq(t->kinds[MESSAGE_VALUES], 2 * MOVE_VALUES);
    ck_assert_uint_eq(owner(t, 1), 0);
    ck_assert_uint_eq(owner(t, 2), 0);
    ck_assert_double_le(steps(t, script, 0, 1), 14);
    story_run_end(t);
}
END_TEST

START_TEST(moved_variables_stay_and_are_cached)
{
    static const struct scripted script[] = {AT(1, 0, TO_P0), AT(20, 0, TO_P0)};
    struct scheme_options options = most();
    struct story_run *t = run_story_ok(&STORY(script, .clients = 1, .options = &options));
    ck_assert_uint_eq(t->multicast_count, 3 + 1);
    ck_assert_double_eq_tol(steps(t, script, 0, 2), 4, 0.05);
    story_run_end(t);
}
END_TEST

/* Both consult at once and learn that v1 is in p1; one of the two moves arrives too late, when v1
 * has been moved. */
static const struct scripted rivals[] = {AT(1, 0, TO_P0), AT(1, 1, TO_P2)};

START_TEST(a_command_whose_variable_was_moved_away_consults_again)
{
    struct scheme_options options = most();
    struct story_run *t = run_story_ok(&STORY(rivals, .clients = 2, .options = &options));
    uint32_t first = answer_to(t, 0, 1)->attempts, second = answer_to(t, 1, 1)->attempts;
    ck_assert_uint_eq(first + second, 1 + 2);
    ck_assert_uint_eq(multicasts(t, PURPOSE_CONSULT), 3);
    ck_assert_uint_eq(multicasts(t, PURPOSE_MOVE), 3); /* one of them is refused */
    ck_assert_uint_eq(t->kinds[MESSAGE_VALUES], 3 * MOVE_VALUES);
    ck_assert_uint_eq(owner(t, 1), first == 2 ? 0 : 2);
    ck_assert(reached(t, MARK_MOVE_MISSED));
    story_run_end(t);
}
END_TEST

START_TEST(a_command_out_of_retries_is_executed_by_all_partitions)
{
    /* One refusal is enough here. Each partition then sends its values to each other. */
    struct scheme_options options = most();
    options.retries = 1;
    struct story_run *t = run_story_ok(&STORY(rivals, .clients = 2, .options = &options));
    uint32_t loser = answer_to(t, 0, 1)->attempts == 2 ? 0 : 1;
    ck_assert_uint_eq(answer_to(t, loser, 1)->attempts, 2);
    ck_assert_uint_eq(executed_by(t, loser, 1).word[0], P0 | P1 | P2);
    ck_assert_uint_eq(multicasts(t, PURPOSE_CONSULT), 2);
    ck_assert_uint_eq(t->kinds[MESSAGE_VALUES], 2 * MOVE_VALUES + 6 * 3);
    ck_assert_uint_eq(owner(t, 1), loser == 0 ? 2 : 0); /* no variable moves */
    ck_assert_uint_eq(t->world.result.fallbacks, 1);
    ck_assert(reached(t, MARK_EXECUTED_EVERYWHERE));
    story_run_end(t);
}
END_TEST

/* The same two commands, and both create v66. The oracle permits both; the second one is refused
 * since v1 has been moved, and by all partitions since v66 exists. */
START_TEST(an_existing_variable_is_not_created_by_all_partitions)
{
    static const struct scripted script[] = {AT(1, 0, TO_P0, ON(66, 0, CREATE)),
                                             AT(1, 1, TO_P2, ON(66, 0, CREATE)),
                                             AT(100, 0, ON(66, 0, RW))};
    struct scheme_options options = most();
    options.retries = 1;
    struct story_run *t = run_story_ok(
        &STORY(script, .clients = 2, .variables = 66, .unborn = 3, .options = &options));
    uint32_t loser = answer_to(t, 0, 1)->attempts == 2 ? 0 : 1;
    ck_assert_uint_eq(answer_to(t, loser, 1)->attempts, 2);
    ck_assert_uint_eq(t->world.result.fallbacks, 1);
    ck_assert_int_eq(answer_to(t, 1 - loser, 1)->status, REPLY_OK);
    ck_assert_int_eq(answer_to(t, loser, 1)->status, REPLY_NOK);
    ck_assert_uint_eq(answer_to(t, 0, 2)->seen, 1); /* it was created once */
    story_run_end(t);
}
END_TEST

/* One client, one command after the other; v66 to v68 do not exist at the start. */
static void create_delete_and_create_again(const char *scheme)
{
    static const struct scripted script[] = {
        AT(0, 0, ON(66, 0, RW)), AT(0, 0, ON(66, 0, CREATE)), AT(0, 0, ON(66, 0, CREATE)),
        AT(0, 0, ON(66, 0, RW)), AT(0, 0, ON(66, 0, RW)),     AT(0, 0, ON(66, 0, DELETE)),
        AT(0, 0, ON(66, 0, RW)), AT(0, 0, ON(66, 0, DELETE)), AT(0, 0, ON(66, 0, CREATE)),
        AT(0, 0, ON(66, 0, R)),
    };
    static const enum reply_status expected[] = {REPLY_NOK, REPLY_OK, REPLY_NOK, REPLY_OK,
                                                 REPLY_OK,  REPLY_OK, REPLY_NOK, REPLY_NOK,
                                                 REPLY_OK,  REPLY_OK};
    /* Versions continue after a deletion and a new creation. */
    static const uint64_t seen[] = {0, 0, 0, 1, 2, 3, 0, 0, 4, 5};
    struct story story =
        STORY(script, .clients = 1, .variables = 66, .unborn = 3, .one_by_one = true);
    story.scheme = scheme;
    struct story_run *t = run_story_ok(&story);
    for (uint32_t i = 0; i < COUNT(script); i++) {
        const struct story_answer *a = answer_to(t, 0, i + 1);
        ck_assert_int_eq(a->status, expected[i]);
        if (a->status == REPLY_OK) ck_assert_uint_eq(a->seen, seen[i]);
    }
    ck_assert_uint_eq(owner(t, 66), 0);
    story_run_end(t);
}

START_TEST(a_deleted_variable_can_be_created_again)
{
    create_delete_and_create_again("dssmr");
    create_delete_and_create_again("dynastar");
}
END_TEST

START_TEST(the_oracle_s_map_follows_moves)
{
    /* With the planted bug it sends the second client to p1, which no longer has v1. */
    static const struct scripted script[] = {AT(1, 0, TO_P0), AT(50, 1, TO_P2)};
    struct scheme_options options = most();
    expect_detected_by(STORY(script, .clients = 2, .options = &options), "unheard-moves",
                       "oracle-map");
}
END_TEST

START_TEST(a_move_completes_after_a_crash_of_its_leader)
{
    /* At 11 ms p1's leader delivers the move, and crashes before it sends v1. */
    static const struct scripted script[] = {AT(1, 0, TO_P0)};
    struct scheme_options options = most();
    struct story_run *t = run_story_ok(
        &STORY(script, .clients = 1, .options = &options, .faults = "at 10.5ms crash p1.r0\n"));
    ck_assert_uint_ge(t->kinds[MESSAGE_PREPARE], 1); /* p1 elected another leader */
    ck_assert_double_gt(steps(t, script, 0, 1), 13); /* and the client had to wait for it */
    story_run_end(t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dssmr");
    TCase *stories = tcase_create("dssmr");
    tcase_add_test(stories, a_cached_local_command_is_one_multicast);
    tcase_add_test(stories, a_remote_variable_costs_a_consult_a_move_and_the_access);
    tcase_add_test(stories, two_remote_variables_move_at_the_same_time);
    tcase_add_test(stories, moved_variables_stay_and_are_cached);
    tcase_add_test(stories, a_command_whose_variable_was_moved_away_consults_again);
    tcase_add_test(stories, a_command_out_of_retries_is_executed_by_all_partitions);
    tcase_add_test(stories, an_existing_variable_is_not_created_by_all_partitions);
    tcase_add_test(stories, a_deleted_variable_can_be_created_again);
    tcase_add_test(stories, the_oracle_s_map_follows_moves);
    tcase_add_test(stories, a_move_completes_after_a_crash_of_its_leader);
    suite_add_tcase(suite, stories);
    return test_main(suite);
}
