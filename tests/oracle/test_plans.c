/* Plans: the time to compute one, the decreasing weights of its graph, and plans of more than one
 * message for each partition. Steps take 1 ms. */
#include "proto/oracle/planner.h"
#include "proto/schemes/transfer.h"
#include "tests/story/two_partitions.h"

/* Both in p0, which sends the oracle a hint at 20 ms; the oracle delivers it at 23 ms, and it
 * suffices for a plan. */
#define PAIR ON(0, 0, RW), ON(2, 0, RW)

enum {
    PAIR_CHANGES = 3, /* two accesses, one pair */
    ACCESS_WEIGHT = 16,
};

/* ---- time ----------------------------------------------------------------------------------- */

/* 3.5 us n (n / 10000)^0.11; below 10000 vertices 3.5 us for each. */
START_TEST(the_time_to_compute_a_plan_grows_with_its_vertices)
{
    static const struct {
        uint64_t vertices;
        double seconds;
    } measured[] = {{1, 3.5e-6},    {1000, 0.0035},  {10000, 0.035},
                    {100000, .451}, {1000000, 5.81}, {10000000, 74.8}};
    for (uint32_t i = 0; i < COUNT(measured); i++) {
        double seconds = (double)planner_modelled_ns(measured[i].vertices) / 1e9;
        ck_assert_double_eq_tol(seconds / measured[i].seconds, 1, 0.02);
    }
}
END_TEST

START_TEST(a_plan_is_multicast_when_it_is_computed)
{
    static const struct scripted script[] = {AT(1, 0, PAIR)};
    struct scheme_options options = with_plans(PAIR_CHANGES, false);
    struct story_run *t =
        run_story_ok(&STORY(script, .clients = 1, .options = &options, .parts = all_to_p1));
    uint32_t at = 0;
    while (at < t->multicast_count && t->multicasts[at].purpose != PURPOSE_PLAN) at++;
    ck_assert_uint_lt(at, t->multicast_count);
    ck_assert_uint_eq(t->multicasts[at].now_ns, 23 * MS + 2 * 3500);
    ck_assert_double_eq_tol(t->world.result.plans[0].modelled_ms, 2 * 0.0035, 1e-9);
    story_run_end(t);
}
END_TEST

/* ---- decreasing weights --------------------------------------------------------------------- */

enum { PLANS = 3 };

/* Of the first vertex, for each plan that a replica of the oracle computes. */
static uint32_t weights[PLANS * REPLICAS], made;

static int record_weights(const struct partition_request *request, uint32_t *part_out)
{
    ck_assert_uint_lt(made, COUNT(weights));
    weights[made++] = request->graph->vertex_weight[0];
    for (uint32_t v = 0; v < request->graph->vertices; v++) part_out[v] = request->present[v];
    return 0;
}

static const struct partitioner weighing = {"weighing", "nothing moves", record_weights};

START_TEST(weights_of_older_accesses_decrease_at_each_plan)
{
    static const struct scripted script[] = {AT(1, 0, PAIR), AT(101, 0, PAIR), AT(201, 0, PAIR)};
    static const struct {
        uint32_t keeps_permille;
        uint32_t accesses_1000[PLANS];
    } cases[] = {{0, {1000, 1000, 1000}}, {500, {1000, 1500, 1750}}, {1000, {1000, 2000, 3000}}};
    struct scheme_options options = with_plans(PAIR_CHANGES, false);
    options.planning = &weighing;
    options.plan_keeps_permille = cases[_i].keeps_permille;
    made = 0;
    struct story_run *t = run_story_ok(&STORY(script, .clients = 1, .options = &options));
    ck_assert_uint_eq(t->world.result.plan_count, PLANS);
    ck_assert_uint_eq(made, COUNT(weights));
    for (uint32_t i = 0; i < made; i++)
        ck_assert_uint_eq(weights[i] * 1000, cases[_i].accesses_1000[i / REPLICAS] * ACCESS_WEIGHT);
    story_run_end(t);
}
END_TEST
enum { FADING_CASES = 3 };

/* ---- plans larger than a message ------------------------------------------------------------ */

/* A plan with that number of granules, of which v0's and v2's move from p0 to p1. */
enum { GRANULES = 8, MOVING = 2 };

/* The i-th variable that moves. */
static uint32_t moving(uint32_t i)
{
    return i / MOVING * GRANULES + i % MOVING * 2;
}

static struct story_run *large_plan(uint32_t variables, const struct scripted *script,
                                    uint32_t count, const char *faults)
{
    struct scheme_options options = with_plans(PAIR_CHANGES, false);
    struct story story = {.scheme = "dynastar",
                          .commands = script,
                          .count = count,
                          .groups = 2,
                          .clients = 2,
                          .variables = variables,
                          .granules = GRANULES,
                          .options = &options,
                          .parts = all_to_p1,
                          .faults = faults};
    struct story_run *t = run_story_ok(&story);
    ck_assert_uint_eq(t->world.result.plan_count, 1);
    ck_assert_uint_eq(t->world.result.plans[0].moved, variables / GRANULES * MOVING);
    for (uint32_t v = 0; v < variables; v++)
        ck_assert_uint_eq(owner(t, v), v % GRANULES == 0 || v % GRANULES == 2 ? 1 : v % 2);
    return t;
}

/* Numbers of variables with which the moves just fit into a part, just do not, and fill three
 * parts, the last one not completely. */
static const struct {
    uint32_t moving, parts;
} sizes[] = {{PLAN_PART_MAX, 1}, {PLAN_PART_MAX + MOVING, 2}, {10000, 3}};

START_TEST(a_long_plan_is_sent_in_parts)
{
    static const struct scripted script[] = {AT(1, 0, PAIR)};
    struct story_run *t = large_plan(sizes[_i].moving / MOVING * GRANULES, script, 1, "");
    ck_assert_uint_eq(t->kinds[MESSAGE_PLAN_NEED], sizes[_i].parts * PARTITION_REPLICAS);
    ck_assert_uint_eq(t->kinds[MESSAGE_PLAN_PART], sizes[_i].parts * PARTITION_REPLICAS);
    story_run_end(t);
}
END_TEST

/* The first variable of the second part, the last one of all. */
START_TEST(all_parts_of_a_plan_take_effect)
{
    const struct scripted script[] = {AT(1, 0, PAIR), AT(2000, 1, ON(moving(PLAN_PART_MAX), 0, RW)),
                                      AT(2050, 1, ON(moving(9999), 0, RW))};
    struct story_run *t = large_plan(5000 * GRANULES, script, COUNT(script), "");
    ck_assert_uint_eq(executed_by(t, 1, 1).word[0], P1);
    ck_assert_uint_eq(executed_by(t, 1, 2).word[0], P1);
    story_run_end(t);
}
END_TEST

START_TEST(a_duplicate_part_counts_once)
{
    static const struct scripted script[] = {AT(1, 0, PAIR)};
    story_run_end(large_plan(5000 * GRANULES, script, 1, "at 0ms duplicate 1 * *\n"));
}
END_TEST

/* The first part arrives at 31 ms, the second one is lost. */
START_TEST(a_lost_part_is_requested_again)
{
    static const struct scripted script[] = {AT(1, 0, PAIR)};
    struct story_run *t =
        large_plan(5000 * GRANULES, script, 1, "at 32.5ms cut p*.* oracle.* for 20ms\n");
    ck_assert_uint_gt(t->kinds[MESSAGE_PLAN_NEED], 3 * PARTITION_REPLICAS);
    story_run_end(t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plans");
    TCase *making = tcase_create("making");
    tcase_add_test(making, the_time_to_compute_a_plan_grows_with_its_vertices);
    tcase_add_test(making, a_plan_is_multicast_when_it_is_computed);
    tcase_add_loop_test(making, weights_of_older_accesses_decrease_at_each_plan, 0, FADING_CASES);
    suite_add_tcase(suite, making);
    TCase *parts = tcase_create("parts");
    tcase_add_loop_test(parts, a_long_plan_is_sent_in_parts, 0, COUNT(sizes));
    tcase_add_test(parts, all_parts_of_a_plan_take_effect);
    tcase_add_test(parts, a_duplicate_part_counts_once);
    tcase_add_test(parts, a_lost_part_is_requested_again);
    suite_add_tcase(suite, parts);
    return test_main(suite);
}
