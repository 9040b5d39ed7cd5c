/*
 * A scenario is the setup of an experiment: the same in every process, including a forked one, and
 * the same for simulation and emulation, except for costs.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/experiment/scenario.h"
#include "base/random.h"
#include "sim/simulation.h"
#include "tests/lib/harness.h"

#define MS UINT64_C(1000000)

static struct experiment experiment;

static void parse(const char *line)
{
    static char words[512], *argv[32];
    struct error e = {""};
    int argc = 0;
    snprintf(words, sizeof(words), "test %s", line);
    for (char *word = strtok(words, " "); word && argc < 31; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    experiment_finish(&experiment);
    int parsed = experiment_parse(&experiment, argc, argv, &simulation_command, &e);
    ck_assert_msg(parsed == 0, "%s", e.text);
}

static uint64_t costs(void *context, const char *kind)
{
    (void)context;
    return strcmp(kind, "consult") == 0 ? 3000 : strcmp(kind, "move") == 0 ? 2000 : 5000;
}

static struct scenario *must_create(uint64_t (*cost_ns)(void *context, const char *kind))
{
    struct error e = {""};
    struct scenario *s = scenario_create(
        &(struct scenario_setup){
            .experiment = &experiment, .timing = {2 * MS, 10 * MS, 5 * MS}, .cost_ns = cost_ns},
        &e);
    ck_assert_msg(s != NULL, "%s", e.text);
    return s;
}

/* A hash of the first commands of all clients, without their costs. */
static uint64_t fingerprint(struct scenario *s)
{
    uint64_t hash = 0, due_ns;
    struct command_source *source = s->nodes.source;
    for (uint32_t i = 0; i < 500; i++) {
        const struct command *c =
            source->ops->next(source, i % s->nodes.topology.clients, 0, &due_ns);
        ck_assert_ptr_nonnull(c);
        hash = hash_add(hash, (uint64_t)c->kind << 32 | c->access_count);
        for (uint32_t j = 0; j < c->access_count; j++)
            hash = hash_add(hash, (uint64_t)c->accesses[j].variable << 32 | c->accesses[j].group);
    }
    for (uint32_t v = 0; v < s->state.variables.count; v++)
        hash = hash_add(hash, s->state.variables.place[v]);
    return hash;
}

START_TEST(a_scenario_is_equal_in_every_process)
{
    parse("-s dynastar -k 3 -w chirper:users=500 -p metis --seed 7");
    struct scenario *one = must_create(costs), *two = must_create(NULL);
    pid_t child = fork();
    ck_assert(child >= 0);
    uint64_t hash = fingerprint(one);
    if (child == 0) _exit(hash == fingerprint(two) ? 0 : 1);
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ck_assert_uint_eq(hash, fingerprint(two));
    ck_assert_uint_eq(one->options.oracle_cost_ns, 3000);
    ck_assert_uint_eq(one->options.move_cost_ns, 2000);
    ck_assert_uint_eq(two->options.oracle_cost_ns, 0);
    ck_assert_uint_eq(two->options.move_cost_ns, 0);
    scenario_destroy(one);
    scenario_destroy(two);
}
END_TEST

START_TEST(nodes_have_names_and_can_be_created_one_by_one)
{
    parse("-s dynastar -k 2 --replicas 3 --clients 4 -w chirper:users=100");
    struct scenario *s = must_create(NULL);
    const struct topology *t = &s->nodes.topology;
    ck_assert_uint_eq(topology_nodes(t), 3 * 3 + 4);
    ck_assert_str_eq(s->names[5], "p1.r2");
    ck_assert_str_eq(s->names[6], "oracle.r0");
    ck_assert_str_eq(s->names[9], "c0");
    ck_assert_str_eq(scenario_result_node(s, 7).role, "oracle");
    for (uint32_t node = 0; node < topology_client(t, 0); node++)
        replica_destroy(scenario_replica(s, node, NULL));
    client_destroy(scenario_client(s, 3, NULL));
    scenario_destroy(s);
}
END_TEST

START_TEST(the_leader_timeout_scales_all_timing)
{
    parse("-s ssmr -k 2 -w chirper:users=100 --leader-timeout 100ms");
    struct scenario *s = must_create(NULL);
    struct run_result r = {0};
    ck_assert_uint_eq(s->nodes.timing.leader_timeout_ns, 100 * MS);
    ck_assert_uint_eq(s->nodes.timing.heartbeat_ns, 20 * MS);
    ck_assert_uint_eq(s->nodes.timing.retry_ns, 50 * MS);
    scenario_result(s, &r);
    for (uint32_t i = 0; i < r.option_count; i++) {
        if (strcmp(r.options[i].name, "clients") == 0) ck_assert_str_eq(r.options[i].value, "128");
        if (strcmp(r.options[i].name, "duration") == 0) ck_assert_str_eq(r.options[i].value, "2s");
    }
    ck_assert_uint_gt(r.option_count, 10);
    scenario_destroy(s);
}
END_TEST

/* The driver has a heartbeat of 2 ms, a leader timeout of 10 ms, and repeats messages after 5 ms.
 */
START_TEST(the_leader_timeout_is_at_least_four_latencies)
{
    parse("-s ssmr -k 2 -w chirper:users=100");
    struct scenario *s = must_create(NULL);
    const struct timing *t = &s->nodes.timing;
    ck_assert_uint_eq(t->leader_timeout_ns, 10 * MS);
    scenario_set_latency(s, 1 * MS, 0);
    ck_assert_uint_eq(t->leader_timeout_ns, 10 * MS);
    ck_assert_uint_eq(t->retry_ns, 5 * MS);
    scenario_set_latency(s, 1 * MS, 39 * MS); /* and a fifth of the timeout elapses before */
    ck_assert_uint_eq(t->leader_timeout_ns, 50 * MS);
    scenario_set_latency(s, 1000 * MS, 0);
    ck_assert_uint_eq(t->leader_timeout_ns, 4000 * MS);
    ck_assert_uint_eq(t->heartbeat_ns, 800 * MS);
    ck_assert_uint_eq(t->retry_ns, 4000 * MS);
    ck_assert(!scenario_timeout_too_short(&experiment, 1000 * MS, &(struct error){""}));
    struct run_result r = {0};
    scenario_result(s, &r);
    for (uint32_t i = 0; i < r.option_count; i++)
        if (strcmp(r.options[i].name, "leader-timeout") == 0)
            ck_assert_str_eq(r.options[i].value, "4s");
    scenario_destroy(s);
}
END_TEST

/* --leader-timeout is used independently of the latency, and five heartbeats fit into it. */
START_TEST(a_leader_timeout_that_is_too_short_is_used_with_a_warning)
{
    struct error warning = {""};
    parse("-s ssmr -k 2 -w chirper:users=100 --leader-timeout 7us");
    struct scenario *s = must_create(NULL);
    scenario_set_latency(s, 2 * MS, 0);
    ck_assert_uint_eq(s->nodes.timing.leader_timeout_ns, 7000);
    ck_assert_uint_eq(s->nodes.timing.heartbeat_ns, 1400);
    ck_assert_uint_eq(s->nodes.timing.retry_ns, 8 * MS);
    ck_assert(scenario_timeout_too_short(&experiment, 2 * MS, &warning));
    ck_assert_ptr_nonnull(strstr(warning.text, "--leader-timeout 7"));
    ck_assert_ptr_nonnull(strstr(warning.text, "than 8"));
    ck_assert(!scenario_timeout_too_short(&experiment, 1750, &warning));
    scenario_destroy(s);
}
END_TEST

START_TEST(waiting_ends_a_minute_after_the_last_answer_and_the_faults)
{
    struct scenario_patience p = {.limit_ns = UINT64_C(60000000000)};
    const uint64_t minute_ns = UINT64_C(60000000000);
    ck_assert(scenario_patient(&p, 5, 1, true, 0));
    ck_assert(scenario_patient(&p, 5 + minute_ns, 1, true, 0));
    ck_assert(!scenario_patient(&p, 6 + minute_ns, 1, true, 0));
    ck_assert(scenario_patient(&p, 6 + minute_ns, 1, true, 10));
    ck_assert(!scenario_patient(&p, 11 + minute_ns, 1, true, 10));
    ck_assert(scenario_patient(&p, 11 + minute_ns, 1, false, 10)); /* no client waits */
    ck_assert(scenario_patient(&p, 12 + minute_ns, 2, true, 10));  /* an answer */
}
END_TEST

START_TEST(a_run_that_ends_early_is_measured_to_its_last_answer)
{
    parse("-s ssmr -k 2 --replicas 3 --clients 1 -w chirper:users=100 --duration 1s");
    struct scenario *s = must_create(NULL);
    ck_assert_uint_eq(scenario_end(s, 400 * MS, true).window_end_ns, UINT64_MAX);
    ck_assert_uint_eq(scenario_end(s, 400 * MS, false).window_end_ns, 1000 * MS);
    ck_assert_uint_eq(scenario_end(s, 1100 * MS, true).window_end_ns, 1000 * MS);
    ck_assert(scenario_end(s, 1100 * MS, false).drained);
    scenario_destroy(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario");
    TCase *c = tcase_create("scenario");
    tcase_add_test(c, a_scenario_is_equal_in_every_process);
    tcase_add_test(c, nodes_have_names_and_can_be_created_one_by_one);
    tcase_add_test(c, the_leader_timeout_scales_all_timing);
    tcase_add_test(c, the_leader_timeout_is_at_least_four_latencies);
    tcase_add_test(c, a_leader_timeout_that_is_too_short_is_used_with_a_warning);
    tcase_add_test(c, waiting_ends_a_minute_after_the_last_answer_and_the_faults);
    tcase_add_test(c, a_run_that_ends_early_is_measured_to_its_last_answer);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
