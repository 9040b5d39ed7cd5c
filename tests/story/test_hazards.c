/* Hazards that a specification of DynaStar has to resolve, one test each: all properties hold, and
 * one is violated if the rule that resolves the hazard is disabled (proto/plant.h). */
#include <stdio.h>
#include <string.h>

#include "proto/schemes/plants.h"
#include "tests/lib/stories.h"

/* Two of the three are in p0, which therefore executes. After its hint, at 20 ms, a plan is due; at
 * 29 ms it is delivered, at 31 ms the partitions have received its moves. */
#define TRIPLE ON(0, 0, RW), ON(1, 1, RW), ON(3, 0, RW)
enum { TRIPLE_CHANGES = 6 }; /* three accesses, three pairs */

#define STORY(script, ...) STORY_OF("dynastar", 3, script, __VA_ARGS__)

/* v1 leaves p1 for p2. */
static const uint32_t v1_to_p2[STORY_VERTICES_MAX] = {0, 2};

/* 1. A client without the plan has cached v1 in p1. p1 has nothing to lend and reports it; the
 * target refuses, and through the oracle the command is sent to p0 and p2. */
static const struct scripted stale_set[] = {AT(1, 0, TRIPLE), AT(100, 1, TRIPLE)};

START_TEST(a_command_with_a_stale_set_of_partitions_is_retried)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story story = STORY(stale_set, .clients = 2, .options = &options, .parts = v1_to_p2);
    struct story_run *t = run_story_ok(&story);
    ck_assert_uint_eq(answer_to(t, 1, 1)->attempts, 2);
    ck_assert_uint_eq(multicasts(t, PURPOSE_ASK), 1);
    ck_assert_uint_eq(owner(t, 1), 2);
    ck_assert(reached(t, MARK_LOAN_UNUSED));
    story_run_end(t);
    expect_detected(story, "incomplete-set");
}
END_TEST

/* 2. The oracle delivers a query before the plan, and p1 delivers the dispatched command after the
 * plan. p2 has had so many commands that its clock orders the plan late, at 29 ms: queries of the
 * oracle in the meantime come before. */
#define P2_ALONE AT(10, 2, ON(2, 2, RW))
#define OVERTAKEN                                                                                 \
    AT(1, 0, TRIPLE), AT(1, 2, ON(2, 2, RW)), P2_ALONE, P2_ALONE, P2_ALONE, P2_ALONE, P2_ALONE,   \
        P2_ALONE, P2_ALONE, P2_ALONE, P2_ALONE, P2_ALONE, P2_ALONE, P2_ALONE, P2_ALONE, P2_ALONE, \
        P2_ALONE, P2_ALONE, P2_ALONE
enum { OVERTAKEN_CHANGES = TRIPLE_CHANGES + 18 };
static const uint32_t v1_and_v2_to_p2[STORY_VERTICES_MAX] = {0, 2, 2, 0};

START_TEST(a_dispatched_command_with_stale_locations_is_retried)
{
    static const struct scripted script[] = {OVERTAKEN, AT(25, 1, ON(1, 1, RW))};
    struct scheme_options options = with_plans(OVERTAKEN_CHANGES, false);
    options.location_cache = CACHE_COLD;
    struct story story = STORY(script, .clients = 3, .options = &options, .parts = v1_and_v2_to_p2);
    struct story_run *t = run_story_ok(&story);
    ck_assert_uint_eq(answer_to(t, 1, 1)->attempts, 2);
    ck_assert_uint_eq(executed_by(t, 1, 1).word[0], 4);
    story_run_end(t);
    expect_detected_by(story, "final-retry", "answered-once");
}
END_TEST

/* The same, and the dispatched command creates v66, too. It is refused, and then all partitions are
 * to execute it; but meanwhile another client has created v66. */
START_TEST(an_existing_variable_is_not_created_by_all_partitions)
{
    static const struct scripted script[] = {OVERTAKEN, AT(25, 1, ON(1, 1, RW), ON(66, 0, CREATE)),
                                             AT(25, 3, ON(66, 0, CREATE)),
                                             AT(200, 3, ON(66, 0, RW))};
    struct scheme_options options = with_plans(OVERTAKEN_CHANGES, false);
    options.location_cache = CACHE_COLD;
    options.retries = 1;
    struct story_run *t = run_story_ok(&STORY(script, .clients = 4, .variables = 66, .unborn = 3,
                                              .options = &options, .parts = v1_and_v2_to_p2));
    ck_assert_uint_eq(answer_to(t, 1, 1)->attempts, 2);
    ck_assert_uint_eq(t->world.result.fallbacks, 1);
    ck_assert_int_eq(answer_to(t, 1, 1)->status, REPLY_NOK);
    ck_assert_int_eq(answer_to(t, 3, 1)->status, REPLY_OK);
    ck_assert_uint_eq(answer_to(t, 3, 2)->seen, 1); /* it was created once */
    story_run_end(t);
}
END_TEST

/* 3. As in 1; but when the stale command is ordered, p0 has five others of 50 ms each before it.
 * p1, which has nothing to lend, has to wait for it nevertheless: else its part would end before
 * p0's began. */
#define BUSY(by)                                                                           \
    {                                                                                      \
        .client = (by), .at_ns = 98 * MS, .cost_ns = 50 * MS, .accesses = { ON(6, 0, RW) } \
    }
static const struct scripted busy_target[] = {AT(1, 0, TRIPLE), BUSY(2), BUSY(3),           BUSY(4),
                                              BUSY(5),          BUSY(6), AT(100, 1, TRIPLE)};

START_TEST(a_partition_without_the_variable_waits_for_the_execution)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story story = STORY(busy_target, .clients = 7, .options = &options, .parts = v1_to_p2);
    expect_detected_by(story, "impatient-lender", "execution-atomicity");
}
END_TEST

/* 4. Objects arrive twice: the answer to the first request by v0's new owner is slow, so it
 * requests them again from another replica, executes with that answer, and then the first answer
 * arrives. */
static const struct scripted twice[] = {AT(1, 0, TRIPLE), AT(100, 1, ON(0, 0, RW)),
                                        AT(800, 1, ON(0, 0, RW))};
static const char slow_first_answer[] = "at 105ms slow p0.r0 p1.r0 x300 for 50ms\n";

START_TEST(duplicate_objects_count_once)
{
    static const uint32_t parts[] = {1, 1, 1};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, true);
    struct story story = STORY(twice, .clients = 2, .options = &options, .parts = parts,
                               .faults = slow_first_answer);
    struct story_run *t = run_story_ok(&story);
    ck_assert_uint_eq(t->kinds[MESSAGE_OBJECTS], 4); /* to three replicas, to one of them twice */
    ck_assert_uint_eq(answer_to(t, 1, 2)->seen, 2);
    ck_assert(reached(t, MARK_OBJECTS_AGAIN));
    story_run_end(t);
    expect_detected(story, "objects-again");
}
END_TEST

/* The same for loans and returns: each message arrives twice, and counts once. */
START_TEST(duplicate_loans_and_returns_count_once)
{
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(20, 0, TRIPLE),
                                             AT(40, 0, TRIPLE)};
    story_run_end(run_story_ok(&STORY(script, .clients = 1, .faults = "at 0ms duplicate 1 * *\n")));
}
END_TEST

/* 5. A waiting replica must handle messages: the loan arrives when the target's leader has started
 * to wait for it, and it is never returned. (Followers start later, and one of them answers in the
 * end.) */
static const struct scripted once[] = {AT(1, 0, TRIPLE)};

START_TEST(a_replica_that_waits_for_a_loan_receives_it)
{
    expect_detected_by(STORY(once, .clients = 1), "queued-values", "loans-closed");
}
END_TEST

/* 6. Between 23 ms, when the plan's computation begins, and 29 ms, when the plan is delivered, a
 * variable is created, one is deleted: the plan must not undo that. */
static const struct scripted created[] = {AT(1, 0, TRIPLE), AT(19, 1, ON(66, 0, CREATE)),
                                          AT(200, 1, ON(66, 0, RW))};
static const struct scripted deleted[] = {AT(1, 0, TRIPLE), AT(19, 1, ON(4, 1, DELETE)),
                                          AT(200, 1, ON(4, 1, RW))};

START_TEST(a_variable_created_during_a_plan_s_computation_remains)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story story = STORY(created, .clients = 2, .variables = 66, .unborn = 3,
                               .options = &options, .parts = v1_to_p2);
    struct story_run *t = run_story_ok(&story);
    ck_assert_int_eq(answer_to(t, 1, 1)->status, REPLY_OK);
    ck_assert_int_eq(answer_to(t, 1, 2)->status, REPLY_OK);
    ck_assert_uint_eq(t->world.result.plan_count, 1);
    ck_assert_uint_eq(owner(t, 66), 0);
    story_run_end(t);
    expect_detected(story, "snapshot-map");
}
END_TEST

START_TEST(a_variable_deleted_during_a_plan_s_computation_remains_deleted)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story story = STORY(deleted, .clients = 2, .options = &options, .parts = v1_to_p2);
    struct story_run *t = run_story_ok(&story);
    ck_assert_int_eq(answer_to(t, 1, 1)->status, REPLY_OK);
    ck_assert_int_eq(answer_to(t, 1, 2)->status, REPLY_NOK);
    story_run_end(t);
    expect_detected(story, "snapshot-map");
}
END_TEST

/* 7. The stale client of 1: v1 belongs to p2 by now, but p1 must not lend to p2, which never
 * receives the command. */
START_TEST(a_variable_is_lent_to_destinations_of_the_command_only)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story story = STORY(stale_set, .clients = 2, .options = &options, .parts = v1_to_p2);
    expect_detected_by(story, "own-target", "all-answered");
}
END_TEST

/* ---- every planted bug --------------------------------------------------------------------- */

/* Detected by a test above; the others must be detected under random load. */
static bool is_tested_above(const char *bug)
{
    static const char *const tested_above[] = {
        "queued-values", "incomplete-set", "final-retry",  "impatient-lender",
        "own-target",    "objects-again",  "snapshot-map",
    };
    for (uint32_t i = 0; i < COUNT(tested_above); i++)
        if (strcmp(tested_above[i], bug) == 0) return true;
    return false;
}

/* Eight clients, some creating and deleting, plans all the time. Returns the properties that do not
 * hold, one after the other ("": all hold), until the next call. `bug`: planted, or NULL. */
static const char *under_load(const char *scheme, const char *bug)
{
    static char broken[1024];
    struct random_source source;
    struct world w;
    struct scheme_options options = world_options(scheme);
    options.hint_ns = 5 * MS;
    options.plan_changes = scheme_find(scheme)->target == TARGET_MOST ? 200 : 0;
    random_source_init(&source, &(struct random_source_setup){.seed = 3,
                                                              .groups = 3,
                                                              .variables = 12,
                                                              .each = 150,
                                                              .multi_pct = 50,
                                                              .clients = 8,
                                                              .unborn = 3,
                                                              .make_pct = 5});
    world_begin(&w, &(struct world_setup){.scheme = scheme,
                                          .model = world_lan_model,
                                          .groups = 3,
                                          .replicas = 3,
                                          .clients = 8,
                                          .variables = 12,
                                          .unborn = 3,
                                          .outstanding = 2,
                                          .plant = bug ? plant_find(bug) : NULL,
                                          .options = &options,
                                          .source = &source.source,
                                          .seed = 3});
    snprintf(broken, sizeof(broken), "%s", world_run(&w, 20000 * MS) ? "" : "no-end ");
    world_check(&w);
    for (uint32_t i = 0; i < w.result.property_count; i++) {
        const struct property *p = &w.result.properties[i];
        if (p->result == RESULT_OK) continue;
        size_t used = strlen(broken);
        snprintf(broken + used, sizeof(broken) - used, "%s ", p->name);
        if (getenv("AVIARY_WHY"))
            fprintf(stderr, "%s %s: %s: %s\n", scheme, bug ? bug : "-", p->name, p->reason);
    }
    world_end(&w);
    random_source_finish(&source);
    return broken;
}

START_TEST(without_a_planted_bug_all_properties_hold)
{
    for (uint32_t i = 0; scheme_at(i); i++)
        if (scheme_at(i)->oracle) ck_assert_str_eq(under_load(scheme_at(i)->name, NULL), "");
}
END_TEST

START_TEST(every_planted_bug_is_detected)
{
    const struct scheme *s;
    const struct plant *bug;
    for (uint32_t i = 0; (s = scheme_at(i)); i++)
        for (uint32_t j = 0; s->oracle && (bug = plant_at(j)); j++)
            if (plant_concerns(bug, s, multicast_find("basecast")) && !is_tested_above(bug->name))
                ck_assert_msg(*under_load(s->name, bug->name), "%s: %s went unnoticed", s->name,
                              bug->name);
}
END_TEST

/* They change neither versions nor owners nor order: no other check detects them. */
START_TEST(lost_values_and_wrong_refusals_are_detected_by_one_check)
{
    ck_assert_str_eq(under_load("dssmr", "lost-value-move"), "serial-values ");
    ck_assert_str_eq(under_load("dynastar", "lost-value-transfer"), "serial-values ");
    ck_assert_str_eq(under_load("dynastar", "lost-value-loan"), "serial-values ");
    ck_assert_str_eq(under_load("dynastar", "lost-value-return"), "serial-values ");
    ck_assert_str_eq(under_load("dssmr", "wrong-nok"), "right-refusals ");
    ck_assert_str_eq(under_load("dynastar", "wrong-nok"), "right-refusals ");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hazards");
    TCase *hazards = tcase_create("hazards");
    tcase_add_test(hazards, a_command_with_a_stale_set_of_partitions_is_retried);
    tcase_add_test(hazards, a_dispatched_command_with_stale_locations_is_retried);
    tcase_add_test(hazards, an_existing_variable_is_not_created_by_all_partitions);
    tcase_add_test(hazards, a_partition_without_the_variable_waits_for_the_execution);
    tcase_add_test(hazards, duplicate_objects_count_once);
    tcase_add_test(hazards, duplicate_loans_and_returns_count_once);
    tcase_add_test(hazards, a_replica_that_waits_for_a_loan_receives_it);
    tcase_add_test(hazards, a_variable_created_during_a_plan_s_computation_remains);
    tcase_add_test(hazards, a_variable_deleted_during_a_plan_s_computation_remains_deleted);
    tcase_add_test(hazards, a_variable_is_lent_to_destinations_of_the_command_only);
    suite_add_tcase(suite, hazards);
    TCase *plants = tcase_create("plants");
    tcase_set_timeout(plants, 0);
    tcase_add_test(plants, without_a_planted_bug_all_properties_hold);
    tcase_add_test(plants, every_planted_bug_is_detected);
    tcase_add_test(plants, lost_values_and_wrong_refusals_are_detected_by_one_check);
    suite_add_tcase(suite, plants);
    return test_main(suite);
}
