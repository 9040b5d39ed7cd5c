/*
 * What a run of a dynamic scheme adds up to: a recorder is told of questions, moves, loans, plans
 * and rounds by hand, and its result is looked at: counts, rows, properties, the printed table.
 * There are p0, p1 and an oracle, of two replicas each; x starts in p0, y in p1.
 */
#include "analysis/check/recorder.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/results/summary.h"
#include "tests/lib/commands.h"
#include "tests/lib/harness.h"

#define MS UINT64_C(1000000)
enum { X, Y, VARIABLES, ORACLE = 2 };

static const struct topology topology = {.groups = 3, .replicas = 2, .clients = 2, .oracle = true};
static const uint16_t places[VARIABLES] = {0, 1};
static const struct variables variables = {.count = VARIABLES, .place = places};

static struct catalogue names;
static struct recorder *recorder;
static struct observer *observer;
static struct run_result result;
static uint64_t now_ns;

static void begin_as(struct recorder_options options)
{
    names = (struct catalogue){.variables = names_create(), .kinds = names_create()};
    names_intern(names.variables, "x", 1);
    names_intern(names.variables, "y", 1);
    names_intern(names.kinds, "post", 4);
    options.topology = topology;
    options.catalogue = &names;
    options.interval_ns = 100 * MS;
    recorder = recorder_create(&options);
    observer = recorder_observer(recorder);
    now_ns = 0;
    for (uint32_t group = 0; group < topology.groups; group++)
        observer->ops->leading(observer, topology_replica(&topology, group, 0), group, 0, 1);
}

/* With all that is recorded. */
static void begin(struct recorder_options options)
{
    options.check = options.check_history = options.keep_history = true;
    begin_as(options);
}

/* The run lasted for so long, without a warm-up. */
static void end(uint64_t end_ns)
{
    result = (struct run_result){.mode = "simulation", .scheme = "dynastar", .partitions = 2};
    recorder_finish(
        recorder, &(struct recorder_end){.window_end_ns = end_ns, .warmup_ns = 0, .drained = true},
        &result);
}

static void forget(void)
{
    recorder_destroy(recorder);
    names_destroy(names.variables);
    names_destroy(names.kinds);
}

static const struct property *property(const char *name)
{
    for (uint32_t i = 0; i < result.property_count; i++)
        if (strcmp(result.properties[i].name, name) == 0) return &result.properties[i];
    return NULL;
}

static void assert_property(const char *name, enum result is, const char *reason)
{
    const struct property *p = property(name);
    ck_assert_msg(p != NULL, "%s", name);
    ck_assert_msg(p->result == is, "%s: %s", name, p->reason);
    ck_assert_str_eq(p->reason, reason);
}

static void assert_all_ok(void)
{
    for (uint32_t i = 0; i < result.property_count; i++)
        ck_assert_msg(result.properties[i].result == RESULT_OK, "%s: %s", result.properties[i].name,
                      result.properties[i].reason);
}

/* ---- what happens --------------------------------------------------------------------------- */

union room {
    struct command command;
    uint64_t words[16];
};

/* A client's command on x, in one of its rounds; destinations as bits. */
static struct command *in_round(union room *room, uint32_t client, uint32_t round,
                                enum purpose purpose, uint32_t groups)
{
    *room = (union room){.command = {.bytes = command_bytes(1),
                                     .access_count = 1,
                                     .purpose = (uint8_t)purpose,
                                     .execution = EXECUTION_LEND,
                                     .id = {.client = client, .round = round, .seq = 1}}};
    room->command.dests.word[0] = groups;
    room->command.accesses[0] = (struct access){.variable = X, .mode = ACCESS_READ | ACCESS_WRITE};
    return &room->command;
}

static void issue(const struct command *c)
{
    observer->ops->issued(observer, topology_client(&topology, c->id.client), now_ns, c);
}

static void multicast(const struct command *c)
{
    bool client = c->id.client < topology.clients;
    uint32_t node =
        client ? topology_client(&topology, c->id.client) : c->id.client - topology.clients;
    observer->ops->multicast(observer, node, now_ns, c);
}

/* All replicas of all destinations deliver it and are done; `executes` does execute it. */
static void deliver(const struct command *c, uint32_t executes)
{
    uint64_t seen[1] = {0}, timestamp = now_ns += MS;
    group_set_each (group, &c->dests) {
        for (uint32_t i = 0; i < topology.replicas; i++) {
            uint32_t node = topology_replica(&topology, group, i);
            observer->ops->delivered(observer, node, group, timestamp, c, timestamp);
            observer->ops->started(observer, node, group, timestamp + MS, c);
            observer->ops->executed(observer, node, group, timestamp + 3 * MS, c, 7,
                                    group == executes ? seen : NULL, timestamp);
        }
    }
    now_ns += 4 * MS;
}

static void answer(const struct command *c, uint32_t attempts)
{
    uint64_t seen[1] = {0};
    struct reply_view view = {.status = REPLY_OK, .digest = 7, .seen = seen};
    observer->ops->answered(observer, topology_client(&topology, c->id.client), now_ns, c, &view,
                            attempts);
}

/* Both replicas of the group report it. */
static void own(enum ownership what, uint32_t group, uint32_t other, uint32_t variable,
                uint64_t timestamp)
{
    for (uint32_t i = 0; i < topology.replicas; i++)
        observer->ops->ownership(
            observer, topology_replica(&topology, group, i), now_ns,
            &(struct ownership_event){what, group, other, variable, timestamp});
}

static struct command *plan_of(union room *room, uint64_t seq)
{
    *room = (union room){.command = {.bytes = command_bytes(0),
                                     .purpose = PURPOSE_PLAN,
                                     .id = {.client = topology_sender(&topology, 4), .seq = seq}}};
    room->command.dests.word[0] = 7;
    return &room->command;
}

static void report_plan(uint32_t replica, uint64_t version, uint64_t hash)
{
    observer->ops->planned(observer, topology_replica(&topology, ORACLE, replica), now_ns,
                           &(struct plan_report){.version = version,
                                                 .timestamp = 40 * version,
                                                 .hash = hash,
                                                 .vertices = 2,
                                                 .edges = 1,
                                                 .edge_cut = 3,
                                                 .imbalance_permille = 200,
                                                 .moved = 1,
                                                 .modelled_ns = 35 * MS});
}

static void finally_owns(uint32_t group, uint32_t variable)
{
    recorder_finals(recorder)->owner(recorder_finals(recorder), group, variable);
}

static void finally_believed(uint32_t variable, uint16_t group)
{
    recorder_finals(recorder)->location(recorder_finals(recorder), variable, group);
}

/* ---- stories -------------------------------------------------------------------------------- */

/* c0.1 asks the oracle, is sent to p1, refused since x is in p0, moved there and executed. */
static void try_move_and_execute(void)
{
    union room room;
    struct command *c = in_round(&room, 0, 0, PURPOSE_CONSULT, 4);
    issue(c);
    multicast(c);
    deliver(c, GROUPS_MAX);
    c = in_round(&room, 0, 1, PURPOSE_EXECUTE, 2);
    multicast(c);
    deliver(c, GROUPS_MAX);
    c = in_round(&room, 0, 2, PURPOSE_MOVE, 7);
    multicast(c);
    own(OWNERSHIP_GIVEN, 0, 1, X, 50);
    observer->ops->exchanged(observer, 0, 0, now_ns, 1, 64);
    now_ns = 120 * MS;
    own(OWNERSHIP_TAKEN, 1, 0, X, 50);
    deliver(c, GROUPS_MAX);
    c = in_round(&room, 0, 3, PURPOSE_EXECUTE, 2);
    multicast(c);
    deliver(c, 1);
    now_ns += MS;
    answer(c, 2);
}

START_TEST(questions_moves_and_retries_are_counted)
{
    begin((struct recorder_options){.variables = &variables});
    try_move_and_execute();
    finally_owns(1, X);
    finally_owns(1, Y);
    finally_believed(X, 1);
    finally_believed(Y, 1);
    end(200 * MS);
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
    forget();
}
END_TEST

START_TEST(a_command_is_over_the_partitions_of_its_moves)
{
    begin((struct recorder_options){.variables = &variables});
    try_move_and_execute();
    end(200 * MS);
    ck_assert_uint_eq(result.history->commands[0].partitions, 2); /* the oracle is none */
    ck_assert_uint_eq(result.measured_multi, 1);
    ck_assert_str_eq(result.buckets[0].scope, "multi");
    forget();
}
END_TEST

START_TEST(figures_need_no_checks)
{
    union room room;
    begin_as((struct recorder_options){.variables = &variables});
    try_move_and_execute();
    multicast(in_round(&room, 0, 0, PURPOSE_CONSULT, 4)); /* again: not another question */
    end(200 * MS);
    ck_assert_int_eq(property("answered-once")->result, RESULT_UNKNOWN);
    ck_assert_uint_eq(result.oracle_queries, 1);
    ck_assert_uint_eq(result.moves, 1);
    ck_assert_uint_eq(result.retries, 1);
    ck_assert_uint_eq(result.measured_multi, 1);
    forget();
}
END_TEST

START_TEST(phases_are_those_of_the_round_that_executed)
{
    begin((struct recorder_options){.variables = &variables});
    try_move_and_execute();
    end(200 * MS);
    ck_assert_uint_eq(result.phases_count, 1);
    ck_assert_double_eq_tol(result.phases[0].ordering_us, 126000,
                            0.1); /* from the first question */
    ck_assert_double_eq_tol(result.phases[0].waiting_us, 1000, 0.1);
    ck_assert_double_eq_tol(result.phases[0].executing_us, 2000, 0.1);
    ck_assert_double_eq_tol(result.phases[0].replying_us, 2000, 0.1);
    forget();
}
END_TEST

START_TEST(counts_end_with_the_window)
{
    begin((struct recorder_options){.variables = &variables});
    try_move_and_execute();
    end(100 * MS);
    ck_assert_uint_eq(result.oracle_queries, 1);
    ck_assert_uint_eq(result.moves, 0);
    ck_assert_uint_eq(result.measured, 0);
    forget();
}
END_TEST

START_TEST(going_everywhere_after_attempts_in_vain_is_a_fallback)
{
    union room room;
    begin((struct recorder_options){.variables = &variables});
    struct command *c = in_round(&room, 0, 0, PURPOSE_EXECUTE, 2);
    issue(c);
    c->execution = EXECUTION_EVERYWHERE;
    multicast(c); /* one group is everywhere enough: not a fallback in round 0 */
    deliver(c, GROUPS_MAX);
    c = in_round(&room, 0, 1, PURPOSE_EXECUTE, 3);
    c->execution = EXECUTION_EVERYWHERE;
    multicast(c);
    deliver(c, 0);
    answer(c, 2);
    end(100 * MS);
    ck_assert_uint_eq(result.fallbacks, 1);
    ck_assert_uint_eq(result.intervals[0].fallbacks, 1);
    forget();
}
END_TEST

START_TEST(static_schemes_claim_nothing_about_owners)
{
    begin((struct recorder_options){0});
    end(100 * MS);
    ck_assert_ptr_null(property("one-owner"));
    ck_assert_ptr_null(property("oracle-map"));
    ck_assert_ptr_null(property("bounded-attempts"));
    ck_assert_ptr_nonnull(property("executed-once"));
    forget();
}
END_TEST

START_TEST(owners_and_map_are_compared_in_the_end)
{
    begin((struct recorder_options){.variables = &variables});
    finally_owns(1, X);
    finally_owns(1, Y);
    finally_believed(X, 0);
    finally_believed(Y, PLACE_NONE);
    end(100 * MS);
    assert_property("one-owner", RESULT_FAIL, "in the end p1 owns x, but p0 had it from the start");
    assert_property("loans-closed", RESULT_OK, "");
    assert_property("oracle-map", RESULT_FAIL,
                    "the oracle knows no place of y, but p1 had it from the start");
    forget();
}
END_TEST

START_TEST(a_round_that_executes_again_is_the_verdict)
{
    union room room;
    begin((struct recorder_options){.variables = &variables});
    struct command *c = in_round(&room, 0, 0, PURPOSE_EXECUTE, 1);
    issue(c);
    multicast(c);
    deliver(c, 0);
    c = in_round(&room, 0, 1, PURPOSE_EXECUTE, 2);
    multicast(c);
    deliver(c, 1);
    answer(c, 2);
    end(100 * MS);
    ck_assert_int_eq(result.verdict, RESULT_FAIL);
    assert_property("executed-once", RESULT_FAIL,
                    "c0.1 post was executed, and so was c0.1/1 post, by p1.r0");
    forget();
}
END_TEST

/* ---- bounded attempts ----------------------------------------------------------------------- */

/* c0.1, issued now, is answered 50 ms later after so many attempts. */
static void attempt(uint32_t attempts)
{
    union room room;
    struct command *c = in_round(&room, 0, 0, PURPOSE_EXECUTE, 1);
    issue(c);
    multicast(c);
    deliver(c, 0);
    now_ns += 45 * MS;
    answer(c, attempts);
}

START_TEST(too_many_attempts_are_found)
{
    begin((struct recorder_options){.variables = &variables, .attempts = {4, 4}});
    attempt(5);
    end(100 * MS);
    assert_property("bounded-attempts", RESULT_FAIL, "c0.1 post took 5 attempts: 4 are allowed");
    forget();
}
END_TEST

START_TEST(as_many_attempts_as_allowed_are_fine)
{
    begin((struct recorder_options){.variables = &variables, .attempts = {4, 4}});
    attempt(4);
    end(100 * MS);
    assert_property("bounded-attempts", RESULT_OK, "");
    forget();
}
END_TEST

/* A plan is delivered by the first group at `from`, and by the last replica at `to`. */
static void plan_between(uint64_t seq, uint64_t from, uint64_t to)
{
    union room room;
    struct command *c = plan_of(&room, seq);
    multicast(c);
    for (uint32_t node = 0; node < 6; node++)
        observer->ops->delivered(observer, node, node / 2, node < 5 ? from : to, c,
                                 1000 * MS + seq);
}

START_TEST(each_plan_that_is_met_allows_one_attempt_more)
{
    for (int plans = 0; plans <= 2; plans++) {
        begin((struct recorder_options){.variables = &variables, .attempts = {2, 4}});
        if (plans > 0) plan_between(1, 10 * MS, 20 * MS);
        if (plans > 1) plan_between(2, 40 * MS, 90 * MS);
        plan_between(3, 60 * MS, 70 * MS); /* after the answer */
        attempt(4);
        end(100 * MS);
        if (plans == 2)
            assert_property("bounded-attempts", RESULT_OK, "");
        else
            ck_assert_int_eq(property("bounded-attempts")->result, RESULT_FAIL);
        forget();
    }
}
END_TEST

START_TEST(plans_allow_no_more_than_the_last_resort_takes)
{
    begin((struct recorder_options){.variables = &variables, .attempts = {2, 3}});
    plan_between(1, 10 * MS, 20 * MS);
    plan_between(2, 40 * MS, 90 * MS);
    attempt(4);
    end(100 * MS);
    assert_property("bounded-attempts", RESULT_FAIL, "c0.1 post took 4 attempts: 3 are allowed");
    forget();
}
END_TEST

/* ---- plans ---------------------------------------------------------------------------------- */

START_TEST(a_plan_becomes_a_row_once)
{
    begin((struct recorder_options){.variables = &variables});
    now_ns = 30 * MS;
    report_plan(0, 1, 0xa);
    now_ns = 50 * MS;
    report_plan(1, 1, 0xa);
    report_plan(1, 2, 0xb);
    end(100 * MS);
    assert_property("plan-order", RESULT_OK, "");
    ck_assert_uint_eq(result.plan_count, 2);
    ck_assert_uint_eq(result.plans[0].id, 1);
    ck_assert_double_eq_tol(result.plans[0].t_s, 0.030, 1e-9);
    ck_assert_double_eq_tol(result.plans[1].t_s, 0.050, 1e-9);
    ck_assert_double_eq_tol(result.plans[0].imbalance, 0.2, 1e-9);
    ck_assert_double_eq_tol(result.plans[0].modelled_ms, 35, 1e-9);
    ck_assert_uint_eq(result.plans[0].edge_cut, 3);
    forget();
}
END_TEST

START_TEST(a_version_left_out_is_found)
{
    begin((struct recorder_options){.variables = &variables});
    report_plan(0, 1, 0xa);
    report_plan(0, 3, 0xa);
    end(100 * MS);
    assert_property("plan-order", RESULT_FAIL,
                    "oracle.r0 reported version 3 of the plan after version 1");
    forget();
}
END_TEST

START_TEST(two_plans_of_one_version_are_found)
{
    begin((struct recorder_options){.variables = &variables});
    report_plan(0, 1, 0xa);
    report_plan(1, 1, 0xb);
    end(100 * MS);
    assert_property("plan-order", RESULT_FAIL,
                    "version 1 of the plan is 000000000000000a at oracle.r0, but "
                    "000000000000000b at oracle.r1");
    forget();
}
END_TEST

START_TEST(plans_delivered_backwards_are_found)
{
    union room one, two;
    begin((struct recorder_options){.variables = &variables});
    multicast(plan_of(&one, 1));
    multicast(plan_of(&two, 2));
    observer->ops->delivered(observer, 0, 0, MS, &two.command, 10);
    observer->ops->delivered(observer, 0, 0, MS, &one.command, 20);
    end(100 * MS);
    assert_property("plan-order", RESULT_FAIL, "p0.r0 delivered plan 1 after plan 2");
    forget();
}
END_TEST

START_TEST(another_plan_under_the_same_number_is_found)
{
    union room room;
    begin((struct recorder_options){.variables = &variables});
    struct command *c = plan_of(&room, 1);
    multicast(c);
    multicast(c);
    c->dests.word[0] = 3;
    multicast(c);
    end(100 * MS);
    assert_property("integrity", RESULT_FAIL,
                    "oracle.r0 multicast plan 1 again, with another purpose or to other groups");
    forget();
}
END_TEST

/* ---- rows and the table --------------------------------------------------------------------- */

START_TEST(nodes_have_roles)
{
    struct result_node node;
    result_node_place(&node, &topology, 3);
    ck_assert_str_eq(node.role, "replica");
    ck_assert_int_eq(node.partition, 1);
    result_node_place(&node, &topology, 4);
    ck_assert_str_eq(node.role, "oracle");
    ck_assert_int_eq(node.partition, -1);
    result_node_place(&node, &topology, 6);
    ck_assert_str_eq(node.role, "client");
    ck_assert_int_eq(node.partition, -1);
}
END_TEST

static int print_rows(int argc, char **argv)
{
    struct summary rows[2] = {
        {.run_id = 1234,
         .scheme = "dynastar",
         .partitions = 128,
         .throughput_per_s = 1234567,
         .latency = {345670, 345670, 345670, 1345670},
         .multi_partition_pct = 100,
         .messages_per_command = 1234.5,
         .moves = 1234567,
         .retries = 123456,
         .verdict = RESULT_UNKNOWN},
        {.run_id = 1, .scheme = "ssmr", .partitions = 2, .verdict = RESULT_OK},
    };
    (void)argv;
    summary_print(argc == 2 ? rows : &rows[1], argc == 2 ? 2 : 1);
    return 0;
}

START_TEST(moves_and_retries_have_columns_where_there_are_any)
{
    char *scratch = test_scratch_directory();
    struct printed p = run_command(print_rows, "print", "both", scratch);
    ck_assert_ptr_nonnull(strstr(p.out, "moves"));
    ck_assert_ptr_nonnull(strstr(p.out, "1 234 567"));
    ck_assert_ptr_nonnull(strstr(p.out, "retries"));
    for (const char *line = p.out; *line; line = strchr(line, '\n') + 1)
        ck_assert_uint_lt((size_t)(strchr(line, '\n') - line), 120);
    printed_finish(&p);
    p = run_command(print_rows, "print", "", scratch);
    ck_assert_ptr_null(strstr(p.out, "moves"));
    printed_finish(&p);
    free(scratch);
}
END_TEST

/* ---- the suite ------------------------------------------------------------------------------ */

int main(void)
{
    Suite *suite = suite_create("recorder");
    TCase *c = tcase_create("dynamic");
    tcase_add_test(c, questions_moves_and_retries_are_counted);
    tcase_add_test(c, a_command_is_over_the_partitions_of_its_moves);
    tcase_add_test(c, figures_need_no_checks);
    tcase_add_test(c, phases_are_those_of_the_round_that_executed);
    tcase_add_test(c, counts_end_with_the_window);
    tcase_add_test(c, going_everywhere_after_attempts_in_vain_is_a_fallback);
    tcase_add_test(c, static_schemes_claim_nothing_about_owners);
    tcase_add_test(c, owners_and_map_are_compared_in_the_end);
    tcase_add_test(c, a_round_that_executes_again_is_the_verdict);
    tcase_add_test(c, too_many_attempts_are_found);
    tcase_add_test(c, as_many_attempts_as_allowed_are_fine);
    tcase_add_test(c, each_plan_that_is_met_allows_one_attempt_more);
    tcase_add_test(c, plans_allow_no_more_than_the_last_resort_takes);
    tcase_add_test(c, a_plan_becomes_a_row_once);
    tcase_add_test(c, a_version_left_out_is_found);
    tcase_add_test(c, two_plans_of_one_version_are_found);
    tcase_add_test(c, plans_delivered_backwards_are_found);
    tcase_add_test(c, another_plan_under_the_same_number_is_found);
    tcase_add_test(c, nodes_have_roles);
    tcase_add_test(c, moves_and_retries_have_columns_where_there_are_any);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
