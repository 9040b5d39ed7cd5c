/* What a placement learns from a recorded workload, and what is measured then. In the trace, the
 * first half of the commands access a0 with b0, a1 with b1, and so on; the second half a0 with b1,
 * a1 with b2; and each tenth, a variable of its own. */
#include <stdio.h>
#include <string.h>

#include "proto/command.h"
#include "sim/simulation.h"
#include "tests/lib/simulated.h"
#include "tests/lib/streams.h"
#include "workloads/place/placement.h"

enum { COMMANDS = 3000, PAIRS = 20, NEW_EVERY = 10 };

static char *directory;
static const char *trace;

static void write_trace(uint32_t commands)
{
    FILE *file = fopen(trace, "w");
    ck_assert_ptr_nonnull(file);
    for (uint32_t i = 0; i < commands; i++) {
        bool first = i < commands / 2;
        uint32_t pair = i % PAIRS;
        fprintf(file, "post at=%uus rw=a%u,b%u", 1000 + i, pair, (pair + !first) % PAIRS);
        if (!first && i % NEW_EVERY == 0) fprintf(file, ",new%u", i);
        fprintf(file, "\n");
    }
    fclose(file);
}

static void begin(void)
{
    directory = test_scratch_directory();
    trace = path_in(directory, "pairs.trace");
    write_trace(COMMANDS);
}

static void end(void)
{
    free(directory);
}

static struct run *run(const char *options)
{
    char line[600];
    snprintf(line, sizeof(line), "%s -w %s", options, trace);
    return simulated(line);
}

/* The error of `aviary run OPTIONS` on the trace. */
static const char *refused(const char *options)
{
    static struct experiment experiment;
    static struct error e;
    static char words[600];
    char *argv[32] = {(char *)"run"}, *rest = words;
    int argc = 1;
    snprintf(words, sizeof(words), "%s -w %s", options, trace);
    while (argc < 31 && (argv[argc] = strtok_r(rest, " ", &rest))) argc++;
    experiment_finish(&experiment);
    ck_assert_int_eq(experiment_parse(&experiment, argc, argv, &simulation_command, &e), 0);
    ck_assert_ptr_null(run_execute(&experiment, &simulated_cluster, NULL, &e));
    return e.text;
}

/* ---- workloads and placements --------------------------------------------------------------- */

START_TEST(a_workload_begins_behind_skipped_commands_at_time_0)
{
    struct workload *w = must_open(trace, 1);
    struct trace_command c;
    struct error e;
    uint64_t count;
    ck_assert_int_eq(workload_count(w, UINT64_MAX, &count, &e), 0);
    ck_assert_uint_eq(count, COMMANDS);
    ck_assert_int_eq(workload_skip(w, 1500, &e), 0);
    for (uint32_t pass = 0; pass < 2; pass++) {
        ck_assert_int_eq(workload_next(w, &c, &e), 1);
        ck_assert_uint_eq(c.at_ns, 0);
        ck_assert_int_eq(workload_next(w, &c, &e), 1);
        ck_assert_uint_eq(c.at_ns, 1000);
        must_rewind(w);
    }
    ck_assert_int_eq(workload_count(w, UINT64_MAX, &count, &e), 0);
    ck_assert_uint_eq(count, COMMANDS - 1500);
    workload_close(w);
}
END_TEST

/* Of ten commands the graph has a0 with b0 to a9 with b9; the others are known by name only. */
START_TEST(variables_that_were_not_learnt_are_hashed)
{
    struct workload *w = must_open(trace, 1);
    struct placement learnt, hashed;
    struct error e;
    uint64_t count;
    struct placement_request request = {"metis", 2, 1, 10, 0.2, true};
    ck_assert_int_eq(workload_count(w, UINT64_MAX, &count, &e), 0);
    ck_assert_int_eq(placement_compute(&request, w, &learnt, &e), 0);
    request.spec = "hash";
    ck_assert_int_eq(placement_compute(&request, w, &hashed, &e), 0);
    ck_assert_uint_eq(learnt.variable_count, 2 * PAIRS + COMMANDS / 2 / NEW_EVERY);
    for (uint32_t v = 0; v < 20; v++) ck_assert(learnt.learnt[v]);
    for (uint32_t v = 0; v < 20; v += 2)
        ck_assert_uint_eq(learnt.partition[v], learnt.partition[v + 1]);
    for (uint32_t v = 20; v < learnt.variable_count; v++) {
        ck_assert(!learnt.learnt[v]);
        ck_assert_uint_eq(learnt.partition[v], hashed.partition[v]);
    }
    ck_assert_uint_eq(learnt.graph_count, 20 + 10); /* vertices, edges */
    ck_assert_ptr_null(hashed.learnt);
    placement_finish(&learnt);
    placement_finish(&hashed);
    workload_close(w);
}
END_TEST

START_TEST(partitioners_learn_except_in_hindsight)
{
    ck_assert(placement_learns("metis"));
    ck_assert(placement_learns("fennel"));
    ck_assert(!placement_learns("metis-hindsight"));
    ck_assert(!placement_learns("hash"));
    ck_assert(!placement_learns("hash-hindsight"));
    ck_assert(!placement_learns("file:metis"));
}
END_TEST

/* ---- runs ----------------------------------------------------------------------------------- */

static void expect(const char *options, const char *placement, uint64_t learnt, uint64_t measured,
                   double least_multi, double most_multi)
{
    struct run *s = run(options);
    const struct run_result *r = run_result(s);
    double multi = (double)r->measured_multi / (double)r->measured;
    ck_assert_str_eq(r->placement, placement);
    ck_assert_uint_eq(r->learnt, learnt);
    ck_assert_uint_eq(r->commands, measured);
    if (r->learnt == 1500 && measured == 1500 && multi > 0) /* 150 of 3150 */
        ck_assert_double_eq_tol(r->unseen_share, 150.0 / 3150, 1e-9);
    ck_assert_msg(multi >= least_multi && multi <= most_multi, "%s: %f", options, multi);
    run_destroy(s);
}

/* Pairs of the first half say little about those of the second. */
START_TEST(a_learnt_placement_is_measured_on_later_commands)
{
    expect("-s ssmr -k 2 -p metis --clients 4", "metis", 1500, 1500, 0.3, 0.7);
    expect("-s ssmr -k 2 -p metis --clients 4 --learn 40%", "metis", 1200, 1800, 0.2, 0.7);
    expect("-s ssmr -k 2 -p metis --clients 4 --commands 700", "metis", 1500, 700, 0.3, 0.7);
    expect("-s smr -k 2 -p metis --clients 4", "metis", 1500, 1500, 0, 0);
}
END_TEST

START_TEST(hindsight_is_named)
{
    expect("-s ssmr -k 2 -p metis-hindsight --clients 4", "metis-hindsight", 0, 3000, 0, 0.1);
    expect("-s ssmr -k 2 -p metis --clients 4 --learn 0", "metis-hindsight", 0, 3000, 0, 0.1);
    expect("-s ssmr -k 2 -p hash --clients 4", "hash", 0, 3000, 0.3, 0.7);
}
END_TEST

START_TEST(what_a_generator_draws_is_an_input)
{
    struct run *s = simulated("-s ssmr -k 2 -p metis -w chirper:users=200 --commands 500");
    ck_assert_str_eq(run_result(s)->placement, "metis");
    ck_assert_uint_eq(run_result(s)->learnt, 0);
    ck_assert_uint_eq(run_result(s)->commands, 500);
    run_destroy(s);
}
END_TEST

START_TEST(too_few_commands_to_learn_from_are_refused)
{
    ck_assert_ptr_nonnull(strstr(refused("-p metis --learn 30%"), "--learn 0"));
    ck_assert_ptr_nonnull(strstr(refused("-p metis --learn 100%"), "no command to measure"));
    write_trace(1500);
    ck_assert_ptr_nonnull(strstr(refused("-p metis"), "from 750 commands"));
}
END_TEST

/* The first plan is made of what one hint says; but the graph has been learnt before. */
START_TEST(the_graph_of_the_oracle_begins_with_what_was_learnt)
{
    static const char options[] = "-s dynastar -k 2 --clients 4 --hints 1ms --plan-changes 1 "
                                  "--plan-guard off";
    char line[200];
    uint32_t vertices[2];
    for (uint32_t i = 0; i < 2; i++) {
        snprintf(line, sizeof(line), "%s -p %s --commands 40", options, i ? "hash" : "metis");
        struct run *s = run(line);
        ck_assert_uint_ge(run_result(s)->plan_count, 1);
        vertices[i] = run_result(s)->plans[0].vertices;
        run_destroy(s);
    }
    ck_assert_uint_ge(vertices[0], 2 * PAIRS);
    ck_assert_uint_lt(vertices[1], 2 * PAIRS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("learning");
    TCase *t = tcase_create("learning");
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, a_workload_begins_behind_skipped_commands_at_time_0);
    tcase_add_test(t, variables_that_were_not_learnt_are_hashed);
    tcase_add_test(t, partitioners_learn_except_in_hindsight);
    tcase_add_test(t, a_learnt_placement_is_measured_on_later_commands);
    tcase_add_test(t, hindsight_is_named);
    tcase_add_test(t, what_a_generator_draws_is_an_input);
    tcase_add_test(t, too_few_commands_to_learn_from_are_refused);
    tcase_add_test(t, the_graph_of_the_oracle_begins_with_what_was_learnt);
    suite_add_tcase(suite, t);
    return test_main(suite);
}
