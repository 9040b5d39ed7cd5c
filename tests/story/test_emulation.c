/* test_emulation.c - whole emulated clusters, as threads over shared memory: every scheme runs,
 * results are complete, and the checkers detect planted bugs. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/experiment/runner.h"
#include "rdma/cluster/emulation.h"
#include "tests/lib/harness.h"
#include "tests/lib/tables.h"

enum { WORDS_MAX = 48 };

struct emulated {
    char line[512];
    char *words[WORDS_MAX];
    struct experiment experiment;
    struct run *run; /* NULL: it failed, see error */
    struct error error;
    const struct run_result *result;
};

/* `aviary emulate LINE`, without a database. */
static struct emulated *emulate(const char *line)
{
    struct emulated *m = calloc(1, sizeof(*m));
    ck_assert(m != NULL);
    snprintf(m->line, sizeof(m->line), "%s", line);
    char *rest = m->line;
    int count = 1;
    m->words[0] = "emulate";
    while ((m->words[count] = strtok_r(rest, " ", &rest))) count++;
    int parsed = experiment_parse(&m->experiment, count, m->words, &emulation_command, &m->error);
    ck_assert_msg(parsed == 0, "%s", m->error.text);
    const struct experiment *e = &m->experiment;
    m->run = run_execute(e, &emulated_loop, NULL, &m->error);
    if (m->run) m->result = run_result(m->run);
    return m;
}

static void done(struct emulated *m)
{
    run_destroy(m->run);
    experiment_finish(&m->experiment);
    free(m);
}

static void expect_ok(const struct emulated *m)
{
    ck_assert_msg(m->run != NULL, "%s", m->error.text);
    for (uint32_t i = 0; i < m->result->property_count; i++)
        ck_assert_msg(m->result->properties[i].result == RESULT_OK, "%s: %s",
                      m->result->properties[i].name, m->result->properties[i].reason);
    ck_assert_int_eq(m->result->verdict, RESULT_OK);
}

static uint64_t messages_of(const struct run_result *r, const char *name)
{
    for (uint32_t kind = 0; kind < MESSAGE_KIND_COUNT; kind++)
        if (strcmp(message_kind_name(kind), name) == 0) return r->message_count[kind];
    ck_abort_msg("no message is called %s", name);
    return 0;
}

START_TEST(every_scheme_runs_correctly_in_emulation)
{
    char line[256];
    snprintf(line, sizeof(line), "-s %s -k 2 -w chirper:users=500 --clients 20 --commands 2000",
             scheme_at((uint32_t)_i)->name);
    struct emulated *m = emulate(line);
    expect_ok(m);
    const struct run_result *r = m->result;
    ck_assert_str_eq(r->mode, "emulation");
    ck_assert_str_eq(r->model, "loop");
    ck_assert_uint_eq(r->commands, 2000);
    ck_assert_uint_ge(messages_of(r, "reply"), 2000);
    ck_assert_uint_gt(messages_of(r, "accept"), 0);
    ck_assert(r->simulated_s > 0 && r->throughput_per_s > 0 && r->latency.p50_us > 0);
    ck_assert_uint_eq(r->fault_count, 0);
    done(m);
}
END_TEST

/* Every node has its row, and messages sent are received: heartbeats may be in transit. */
START_TEST(every_node_has_a_row_and_sent_messages_are_received)
{
    struct emulated *m = emulate("-s ssmr -k 2 -w chirper:users=500 --clients 7 --commands 500");
    expect_ok(m);
    uint64_t in = 0, out = 0;
    ck_assert_uint_eq(m->result->node_count, 2 * 3 + 7);
    ck_assert_str_eq(m->result->nodes[4].name, "p1.r1");
    ck_assert_str_eq(m->result->nodes[4].role, "replica");
    ck_assert_str_eq(m->result->nodes[12].name, "c6");
    for (uint32_t i = 0; i < m->result->node_count; i++) {
        in += m->result->nodes[i].messages_in;
        out += m->result->nodes[i].messages_out;
        ck_assert_uint_gt(m->result->nodes[i].messages_in, 0);
    }
    ck_assert_uint_eq(out, m->result->messages);
    ck_assert_uint_le(in, out);
    ck_assert_uint_ge(in + 100, out);
    done(m);
}
END_TEST

/* The oracle's partitioner runs on the side thread, and partitions exchange moved variables. */
START_TEST(plans_are_computed_and_variables_moved)
{
    struct emulated *m = emulate("-s dynastar -k 2 -p random -w chirper:users=1000,cut=0.05 "
                                 "--duration 1200ms --hints 100ms --plan-every 400ms "
                                 "--plan-guard off");
    expect_ok(m);
    ck_assert_uint_ge(m->result->plan_count, 1);
    ck_assert_uint_gt(m->result->plans[0].moved, 0);
    ck_assert_uint_gt(m->result->moves, 0);
    done(m);
}
END_TEST

START_TEST(a_planted_bug_is_detected)
{
    struct emulated *m = emulate("-s ssmr -k 2 -w chirper:users=100 --commands 4000 "
                                 "--plant lost-write");
    ck_assert_msg(m->run != NULL, "%s", m->error.text);
    ck_assert_int_eq(m->result->verdict, RESULT_FAIL);
    done(m);
}
END_TEST

START_TEST(an_open_loop_keeps_its_rate)
{
    struct emulated *m = emulate("-s ssmr -k 1 -w chirper:users=200 --clients 10 --rate 2k/s "
                                 "--commands 1000");
    expect_ok(m);
    ck_assert_uint_eq(m->result->commands, 1000);
    ck_assert(m->result->simulated_s > 0.2); /* as a burst it would take no time */
    done(m);
}
END_TEST

/* When a replica crashes, every command is still answered, within 30 s. */
static const struct {
    const char *scheme, *victim;
} crashes[] = {{"smr", "p0.r0"},
               {"ssmr", "p1.r1"},
               {"dssmr", "p0.r0"},
               {"dynastar", "p0.r0"},
               {"dynastar", "oracle.r0"}};

START_TEST(every_command_is_answered_within_30_s_of_a_crash)
{
    char line[256], noted[64];
    snprintf(line, sizeof(line),
             "-s %s -k 2 -w chirper:users=500 --clients 16 --rate 1k/s --duration 800ms "
             "--crash %s@200ms --history",
             crashes[_i].scheme, crashes[_i].victim);
    struct emulated *m = emulate(line);
    expect_ok(m);
    snprintf(noted, sizeof(noted), "crash %s: as told", crashes[_i].victim);
    ck_assert_uint_eq(m->result->fault_count, 1);
    ck_assert_str_eq(m->result->faults[0].what, noted);
    ck_assert(m->result->faults[0].t_s >= 0.2);
    const struct ledger *l = m->result->history;
    uint64_t after = 0, longest_ns = 0;
    for (uint64_t i = 0; i < l->command_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        uint64_t wait_ns = c->returned_ns - c->issued_ns;
        after += (double)c->issued_ns / 1e9 > m->result->faults[0].t_s;
        if (c->returned_ns > c->issued_ns && wait_ns > longest_ns) longest_ns = wait_ns;
    }
    ck_assert_uint_gt(after, 0);
    ck_assert_uint_lt(longest_ns, UINT64_C(30000000000));
    done(m);
}
END_TEST

START_TEST(a_workload_that_cannot_be_read_is_refused)
{
    struct emulated *m = emulate("-w /nonexistent/commands.trace");
    ck_assert(m->run == NULL);
    ck_assert_msg(strstr(m->error.text, "/nonexistent/commands.trace") != NULL, "%s",
                  m->error.text);
    done(m);
}
END_TEST

static void expect_refused(const char *line, const char *why)
{
    struct emulated *m = emulate(line);
    ck_assert(m->run == NULL);
    ck_assert_msg(strstr(m->error.text, why) != NULL, "%s", m->error.text);
    done(m);
}

START_TEST(crashes_of_unknown_replicas_or_at_bad_times_are_refused)
{
    expect_refused("--crash p9.r0@1s", "no replica is called 'p9.r0'");
    expect_refused("--crash clients@1s", "no replica is called 'clients'");
    expect_refused("--crash p0.r0", "expected REPLICA@TIME, found 'p0.r0'");
    expect_refused("--crash p0.r0@soon", "found 'soon'");
}
END_TEST

/* A cluster file whose coordinator is this process, and whose other processes never start. */
static char *cluster_without_others(const char *directory, const char *lines)
{
    char *path = malloc(strlen(directory) + 16);
    ck_assert(path != NULL);
    sprintf(path, "%s/cluster", directory);
    FILE *file = fopen(path, "w");
    ck_assert(file != NULL);
    fprintf(file, "coordinator 127.0.0.1:%d\n%s", 20000 + (int)getpid() % 10000, lines);
    fclose(file);
    return path;
}

#ifdef HAVE_VERBS
START_TEST(processes_that_do_not_join_are_named)
{
    char *directory = test_scratch_directory(), line[256];
    char *path = cluster_without_others(directory, "p0.r0 10.0.0.1:1\nclients 10.0.0.1:2\n");
    snprintf(line, sizeof(line), "-k 1 --replicas 1 --cluster %s --patience 200ms", path);
    expect_refused(line,
                   "was not connected in time: p0.r0 did not connect; clients did not connect");
    free(path);
    free(directory);
}
END_TEST

START_TEST(a_cluster_file_that_lacks_a_process_is_refused)
{
    char *directory = test_scratch_directory(), line[256];
    char *path = cluster_without_others(directory, "p0.r0 10.0.0.1:1\nclients 10.0.0.1:2\n");
    snprintf(line, sizeof(line), "-k 1 --replicas 3 --cluster %s", path);
    expect_refused(line, "expected a line for p0.r1, which this run needs");
    free(path);
    free(directory);
}
END_TEST
#else
START_TEST(a_build_without_verbs_refuses_the_verbs_transport)
{
    char *directory = test_scratch_directory(), line[256];
    char *path = cluster_without_others(directory, "");
    snprintf(line, sizeof(line), "--cluster %s", path);
    expect_refused(line, "built without verbs");
    expect_refused("--transport verbs", "built without verbs");
    free(path);
    free(directory);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("emulation");
    TCase *runs = tcase_create("runs"), *refusals = tcase_create("refusals");
    tcase_set_timeout(runs, 120);
    tcase_add_loop_test(runs, every_scheme_runs_correctly_in_emulation, 0, 4);
    tcase_add_test(runs, every_node_has_a_row_and_sent_messages_are_received);
    tcase_add_test(runs, plans_are_computed_and_variables_moved);
    tcase_add_test(runs, a_planted_bug_is_detected);
    tcase_add_test(runs, an_open_loop_keeps_its_rate);
    tcase_add_loop_test(runs, every_command_is_answered_within_30_s_of_a_crash, 0,
                        sizeof(crashes) / sizeof(crashes[0]));
    tcase_add_test(refusals, a_workload_that_cannot_be_read_is_refused);
    tcase_add_test(refusals, crashes_of_unknown_replicas_or_at_bad_times_are_refused);
#ifdef HAVE_VERBS
    tcase_add_test(refusals, processes_that_do_not_join_are_named);
    tcase_add_test(refusals, a_cluster_file_that_lacks_a_process_is_refused);
#else
    tcase_add_test(refusals, a_build_without_verbs_refuses_the_verbs_transport);
#endif
    suite_add_tcase(suite, runs);
    suite_add_tcase(suite, refusals);
    return test_main(suite);
}
