/* Costs: processor time of consulting the oracle, moving a variable and executing, and the bytes of
 * requests, replies and values on the wire. Steps take 1 ms, and links and processors cost nothing
 * else. */
#include "proto/execution/exchange.h"
#include "proto/order/basecast.h"
#include "proto/schemes/departures.h"
#include "tests/lib/stories.h"
#include "tests/lib/tables.h"

#define STORY(scheme_name, script, ...) STORY_OF(scheme_name, 2, script, .clients = 2, __VA_ARGS__)

/* Two of the variables are in p0, to which v1 is moved or lent. */
#define TRIPLE ON(0, 0, RW), ON(1, 1, RW), ON(2, 0, RW)

enum {
    TRIPLE_CHANGES = 6, /* three accesses, three pairs */
    COST_STEPS = 5,
    REPLICAS = 3,
    /* The size of variables in the worlds and sources of tests. */
    VARIABLE_BYTES = 64,
    REQUEST_BYTES = 64,
    REPLY_BYTES = 64,
};

#define COST (COST_STEPS * MS)

static const uint32_t all_to_p1[STORY_VERTICES_MAX] = {1, 1, 1, 1, 1, 1, 1, 1};

/* ---- processor time ------------------------------------------------------------------------- */

static double steps_of(const char *scheme, const struct scripted *script, uint32_t count,
                       uint32_t client, const struct scheme_options *options)
{
    struct story story = {.scheme = scheme,
                          .commands = script,
                          .count = count,
                          .groups = 2,
                          .clients = 2,
                          .options = options,
                          .parts = all_to_p1};
    struct story_run *t = run_story_ok(&story);
    double taken = steps(t, script, client, 1);
    story_run_end(t);
    return taken;
}

static const struct scripted once[] = {AT(1, 0, TRIPLE)};

/* When DS-SMR's client has the locations, and moves v1. */
static uint64_t locations_ns(const struct scheme_options *options)
{
    struct story_run *t = run_story_ok(&STORY("dssmr", once, .options = options));
    uint32_t at = 0;
    while (at < t->multicast_count && t->multicasts[at].purpose != PURPOSE_MOVE) at++;
    ck_assert_uint_lt(at, t->multicast_count);
    uint64_t now_ns = t->multicasts[at].now_ns;
    story_run_end(t);
    return now_ns;
}

START_TEST(a_consult_costs_the_oracle)
{
    struct scheme_options options = world_options("dssmr");
    options.target = TARGET_MOST;
    uint64_t for_nothing_ns = locations_ns(&options);
    options.oracle_cost_ns = COST;
    ck_assert_uint_eq(locations_ns(&options), for_nothing_ns + COST);
}
END_TEST

START_TEST(a_query_costs_the_oracle)
{
    struct scheme_options options = world_options("dynastar");
    options.location_cache = CACHE_COLD;
    double for_nothing = steps_of("dynastar", once, 1, 0, &options);
    options.oracle_cost_ns = COST;
    ck_assert_double_eq_tol(steps_of("dynastar", once, 1, 0, &options), for_nothing + COST_STEPS,
                            0.05);
}
END_TEST

START_TEST(a_move_costs_the_destination_partition)
{
    struct scheme_options dssmr = world_options("dssmr"), dynastar = world_options("dynastar");
    dssmr.target = TARGET_MOST;
    dynastar.returns = false;
    double gathered = steps_of("dssmr", once, 1, 0, &dssmr);
    double taken = steps_of("dynastar", once, 1, 0, &dynastar);
    dssmr.move_cost_ns = dynastar.move_cost_ns = COST;
    /* The command waits for one step behind the move in any case. */
    ck_assert_double_eq_tol(steps_of("dssmr", once, 1, 0, &dssmr), gathered + COST_STEPS - 1, 0.05);
    ck_assert_double_eq_tol(steps_of("dynastar", once, 1, 0, &dynastar), taken + COST_STEPS, 0.05);
}
END_TEST

/* v1 leaves p1 at 8 ms; the other client's command is ordered there a step later. */
START_TEST(a_move_costs_the_source_partition)
{
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(6, 1, ON(3, 1, RW))};
    struct scheme_options options = world_options("dynastar");
    options.returns = false;
    double for_nothing = steps_of("dynastar", script, COUNT(script), 1, &options);
    options.move_cost_ns = COST;
    double taken = steps_of("dynastar", script, COUNT(script), 1, &options);
    ck_assert_double_eq_tol(for_nothing, 4, 0.05);
    ck_assert_double_eq_tol(taken, 4 + COST_STEPS - 1, 0.05);
}
END_TEST

/* At 100 ms p1 needs v0, which a plan has moved there: it costs the old owner and the new one. */
START_TEST(a_transfer_costs_both_ends)
{
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(100, 1, ON(0, 0, RW))};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, true);
    double for_nothing = steps_of("dynastar", script, COUNT(script), 1, &options);
    options.move_cost_ns = COST;
    ck_assert_double_eq_tol(steps_of("dynastar", script, COUNT(script), 1, &options),
                            for_nothing + 2 * COST_STEPS, 0.05);
}
END_TEST

START_TEST(an_execution_costs_the_command_s_own_time)
{
    static const struct scripted script[] = {
        {.client = 0, .at_ns = MS, .cost_ns = COST, .accesses = {ON(0, 0, RW)}}};
    double taken = steps_of(scheme_at((uint32_t)_i)->name, script, 1, 0, NULL);
    ck_assert_double_eq_tol(taken, 4 + COST_STEPS, 0.05);
}
END_TEST

/* ---- bytes ---------------------------------------------------------------------------------- */

static uint64_t bytes_of(const struct story_run *t, enum message_kind kind)
{
    return sim_stats(t->world.cluster.sim)->kind_bytes[kind];
}

START_TEST(requests_and_replies_carry_their_payload)
{
    static const struct scripted script[] = {AT(1, 0, ON(0, 0, RW))};
    struct story_run *t = run_story_ok(&STORY(scheme_at((uint32_t)_i)->name, script));
    ck_assert_uint_eq(bytes_of(t, MESSAGE_START),
                      sizeof(struct message_start) + command_bytes(1) + REQUEST_BYTES);
    ck_assert_uint_eq(bytes_of(t, MESSAGE_REPLY),
                      sizeof(struct message_reply) + sizeof(uint64_t) + REPLY_BYTES);
    story_run_end(t);
}
END_TEST

/* The client's message to p1 is lost, which therefore receives the command from p0. */
START_TEST(a_command_from_another_group_carries_its_payload)
{
    struct story_run *t =
        run_story_ok(&STORY("dynastar", once, .faults = "at 0ms cut c0 p1.* for 50ms\n"));
    uint64_t frames = t->kinds[MESSAGE_HARD] * sizeof(struct message_hard);
    ck_assert_uint_eq(bytes_of(t, MESSAGE_HARD), frames + command_bytes(3) + REQUEST_BYTES);
    story_run_end(t);
}
END_TEST

/* Each of the two sends its values to all replicas of the other. */
START_TEST(exchanged_values_carry_the_variables)
{
    struct story_run *t = run_story_ok(&STORY("ssmr", once));
    ck_assert_uint_eq(t->kinds[MESSAGE_VALUES], 2 * REPLICAS);
    ck_assert_uint_eq(bytes_of(t, MESSAGE_VALUES),
                      2 * REPLICAS * sizeof(struct message_values) +
                          3 * REPLICAS * (sizeof(struct pushed_value) + VARIABLE_BYTES));
    story_run_end(t);
}
END_TEST

START_TEST(loans_and_returns_carry_the_variable)
{
    struct story_run *t = run_story_ok(&STORY("dynastar", once));
    uint64_t bytes =
        REPLICAS * (sizeof(struct message_values) + sizeof(struct pushed_value) + VARIABLE_BYTES);
    ck_assert_uint_eq(bytes_of(t, MESSAGE_LOAN), bytes);
    ck_assert_uint_eq(bytes_of(t, MESSAGE_RETURN), bytes);
    story_run_end(t);
}
END_TEST

START_TEST(objects_carry_the_variables)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story_run *t =
        run_story_ok(&STORY("dynastar", once, .options = &options, .parts = all_to_p1));
    ck_assert_uint_eq(t->kinds[MESSAGE_OBJECTS], REPLICAS);
    ck_assert_uint_eq(bytes_of(t, MESSAGE_OBJECTS),
                      REPLICAS * (sizeof(struct message_objects) +
                                  2 * (sizeof(struct pushed_value) + VARIABLE_BYTES)));
    story_run_end(t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("costs");
    TCase *time = tcase_create("time");
    tcase_add_test(time, a_consult_costs_the_oracle);
    tcase_add_test(time, a_query_costs_the_oracle);
    tcase_add_test(time, a_move_costs_the_destination_partition);
    tcase_add_test(time, a_move_costs_the_source_partition);
    tcase_add_test(time, a_transfer_costs_both_ends);
    tcase_add_loop_test(time, an_execution_costs_the_command_s_own_time, 0, (int)scheme_count());
    suite_add_tcase(suite, time);
    TCase *bytes = tcase_create("bytes");
    tcase_add_loop_test(bytes, requests_and_replies_carry_their_payload, 0, (int)scheme_count());
    tcase_add_test(bytes, a_command_from_another_group_carries_its_payload);
    tcase_add_test(bytes, exchanged_values_carry_the_variables);
    tcase_add_test(bytes, loans_and_returns_carry_the_variable);
    tcase_add_test(bytes, objects_carry_the_variables);
    suite_add_tcase(suite, bytes);
    return test_main(suite);
}
