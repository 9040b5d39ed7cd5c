/* test_failover_view.c - the view `failover`: the cost of a fault and the choice of its reference.
 * Most rows are made by hand, as `aviary run` would add them; one run is simulated. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysis/results/results.h"
#include "tests/lib/databases.h"
#include "tests/lib/harness.h"
#include "tests/lib/simulated.h"

static char path[512];

static void fresh_file(void)
{
    snprintf(path, sizeof(path), "%s", database_path("failover.db"));
    remove(path);
}

#define FAILOVER                                                                               \
    "SELECT run_id, fault, round(t_s, 3), round(reference_per_s, 3), round(lowest_per_s, 3), " \
    "round(below_80_s, 3), attempts_max FROM failover ORDER BY run_id, t_s"

/* ---- by hand -------------------------------------------------------------------------------- */

enum { STEPS_MAX = 256 };

/* A run of that number of steps with 100 commands each, except where given. */
struct run {
    double step_s;
    uint32_t steps;
    uint64_t completed[STEPS_MAX];
    uint32_t attempts_max[STEPS_MAX];
    struct result_fault faults[2];
    uint32_t fault_count;
    const char *clients, *faults_file, *scheme;
};

static struct run steady(double step_s, uint32_t steps)
{
    struct run run = {.step_s = step_s, .steps = steps, .clients = "8", .scheme = "ssmr"};
    run.faults_file = "faults";
    for (uint32_t i = 0; i < steps; i++) run.completed[i] = 100, run.attempts_max[i] = 1;
    return run;
}

static void add_fault(struct run *run, double t_s, const char *what)
{
    run->faults[run->fault_count++] = (struct result_fault){t_s, what};
}

static void add(const struct run *run)
{
    static struct result_interval intervals[STEPS_MAX];
    const struct result_option options[] = {{"clients", run->clients},
                                            {"faults", run->faults_file}};
    static struct run_result result;
    struct error error;
    for (uint32_t i = 0; i < run->steps; i++)
        intervals[i] = (struct result_interval){.t_s = i * run->step_s,
                                                .completed = run->completed[i],
                                                .attempts_max = run->attempts_max[i]};
    result = (struct run_result){.mode = "simulation",
                                 .scheme = run->scheme,
                                 .partitions = 2,
                                 .replicas = 3,
                                 .workload = "chirper",
                                 .placement = "hash",
                                 .model = "cluster-2014",
                                 .version = "0",
                                 .seed = 1,
                                 .warmup_s = 0.1,
                                 .measured_s = run->steps * run->step_s - 0.1,
                                 .options = options,
                                 .option_count = 2,
                                 .intervals = intervals,
                                 .interval_count = run->steps,
                                 .faults = run->faults,
                                 .fault_count = run->fault_count};
    ck_assert_msg(results_add(path, &result, NULL, &error) == 0, "%s", error.text);
}

/* At 1 s; no commands for 200 ms, half the rate for 50 ms, 70 % long after. */
static struct run outage(void)
{
    struct run run = steady(0.05, 160);
    add_fault(&run, 1, "at 1s crash p0.r0");
    for (int i = 20; i < 24; i++) run.completed[i] = 0;
    run.completed[24] = 50;
    run.completed[40] = 70;
    run.attempts_max[10] = 5;
    run.attempts_max[50] = 3;
    return run;
}

START_TEST(without_a_reference_run_the_rate_before_the_fault_is_the_reference)
{
    fresh_file();
    struct run run = outage();
    for (int i = 0; i < 10; i++) run.completed[i] = 10; /* the first half is left out */
    add(&run);
    ck_assert_str_eq(database_rows(path, FAILOVER), "1 crash p0.r0 1.0 2000.0 0.0 1.05 3");
}
END_TEST

START_TEST(a_run_without_the_node_from_the_start_is_the_reference)
{
    fresh_file();
    struct run run = outage(), reference = steady(0.05, 160);
    add_fault(&reference, 0, "at 0s crash p0.r0");
    reference.faults_file = "another";
    for (int i = 80; i < 160; i++) reference.completed[i] = 60;
    add(&run);
    add(&reference);
    /* 80 % of 60 are 48: half the rate is enough. */
    ck_assert_str_eq(database_rows(path, FAILOVER " LIMIT 1"),
                     "1 crash p0.r0 1.0 1200.0 0.0 0.2 3");
}
END_TEST

START_TEST(a_reference_run_differs_in_its_fault_only)
{
    fresh_file();
    struct run run = outage(), reference = steady(0.05, 160);
    for (int i = 80; i < 160; i++) reference.completed[i] = 60;
    add(&run);
    struct run other = reference;
    add_fault(&other, 0, "at 0s crash p0.r1"); /* of another node */
    add(&other);
    other = reference;
    add_fault(&other, 0.05, "at 50ms crash p0.r0"); /* later */
    add(&other);
    other = reference;
    add_fault(&other, 0, "at 0s crash p0.r0");
    other.clients = "16";
    add(&other);
    other.clients = "8";
    other.scheme = "dssmr";
    add(&other);
    other.scheme = "ssmr";
    add_fault(&other, 2, "at 2s crash p1.r1"); /* and more */
    add(&other);
    ck_assert_str_eq(database_rows(path, "SELECT reference_per_s FROM failover WHERE run_id = 1"),
                     "2000.0");
}
END_TEST

START_TEST(every_fault_has_a_row_about_the_next_five_seconds)
{
    fresh_file();
    struct run run = steady(0.05, 200);
    add_fault(&run, 0.5, "at 500ms loss 0.1% * *");
    add_fault(&run, 2.02, "at 2020ms cut p0.r0 p0.* for 2s");
    run.completed[2] = 0;    /* before both */
    run.completed[40] = 30;  /* when the second one happens, at 2 s */
    run.completed[109] = 79; /* 5.45 s: the last one within 5 s of both, 4.95 s after the first */
    run.completed[110] = 0;  /* 5.5 s: for the second one only */
    run.completed[141] = 0;  /* more than 5 s after both */
    add(&run);
    ck_assert_str_eq(database_rows(path, FAILOVER),
                     "1 loss 0.1% * * 0.5 2000.0 600.0 5.0 1\n"
                     "1 cut p0.r0 p0.* for 2s 2.02 2000.0 0.0 3.53 1");
}
END_TEST

START_TEST(windows_are_whole_steps_of_50_ms_at_least)
{
    fresh_file();
    struct run fine = steady(0.02, 200), coarse = steady(0.1, 40);
    /* 60 ms, so that one bad step of 20 ms is a third, and one at the end, when no commands are
     * issued, belongs to no window. */
    add_fault(&fine, 1.2, "crash p0.r0: killed by signal 9");
    fine.completed[70] = 0;
    fine.completed[198] = fine.completed[199] = 0;
    add_fault(&coarse, 1.2, "at 1200ms crash p0.r0");
    coarse.completed[13] = 0;
    add(&fine);
    add(&coarse);
    ck_assert_str_eq(database_rows(path, FAILOVER),
                     "1 crash p0.r0: killed by signal 9 1.2 5000.0 3333.333 0.24 1\n"
                     "2 crash p0.r0 1.2 1000.0 0.0 0.2 1");
}
END_TEST

START_TEST(columns_without_data_are_null)
{
    fresh_file();
    struct run at_once = steady(0.05, 20), late = steady(0.05, 20);
    add_fault(&at_once, 0, "at 0s loss 1% * *");
    add_fault(&late, 1, "at 1s crash p0.r0"); /* when clients are done */
    add(&at_once);
    add(&late);
    database_execute(
        path, "UPDATE interval SET attempts_max = NULL WHERE run_id = 1"); /* as before version 3 */
    ck_assert_str_eq(database_rows(path, FAILOVER), "1 loss 1% * * 0.0 - 2000.0 - -\n"
                                                    "2 crash p0.r0 1.0 2000.0 - - -");
}
END_TEST

START_TEST(a_file_of_version_2_gets_the_view)
{
    fresh_file();
    struct run run = outage();
    add(&run);
    static char columns[1024];
    const char *names = "SELECT name, type, \"notnull\", pk FROM pragma_table_info('interval')";
    snprintf(columns, sizeof(columns), "%s", database_rows(path, names));
    database_execute(path,
                     "DROP VIEW failover; ALTER TABLE interval DROP COLUMN attempts_max; "
                     "ALTER TABLE command DROP COLUMN digest; ALTER TABLE access DROP COLUMN life; "
                     "DROP TABLE variable; ALTER TABLE message DROP COLUMN corrupted; "
                     "ALTER TABLE message DROP COLUMN refused; "
                     "ALTER TABLE run DROP COLUMN learnt; ALTER TABLE run DROP COLUMN unseen; "
                     "DROP INDEX run_cell; ALTER TABLE run DROP COLUMN study_id; "
                     "ALTER TABLE run DROP COLUMN cell; ALTER TABLE run DROP COLUMN replication; "
                     "ALTER TABLE run DROP COLUMN plan_gain; DROP TABLE study; "
                     "PRAGMA user_version = 2");
    add(&run);
    ck_assert_str_eq(database_rows(path, "PRAGMA user_version"), "6");
    ck_assert_str_eq(database_rows(path, names), columns);
    ck_assert_str_eq(database_rows(path, FAILOVER), "1 crash p0.r0 1.0 2000.0 0.0 1.05 -\n"
                                                    "2 crash p0.r0 1.0 2000.0 0.0 1.05 3");
}
END_TEST

/* ---- a simulation --------------------------------------------------------------------------- */

/* Two seconds, with a crash of that replica at that time; the result is valid until the next call.
 */
static const struct run_result *simulate(const char *at)
{
    static struct run *s;
    struct error error;
    char faults[64];
    snprintf(faults, sizeof(faults), "at %s crash p1.r0\n", at);
    run_destroy(s);
    s = simulated_with(faults, "-s ssmr -k 2 -p range -w kv:multi=2% --clients 8 --duration 2s");
    ck_assert_msg(results_add(path, run_result(s), NULL, &error) == 0, "%s", error.text);
    return run_result(s);
}

/* The figures of the view agree with the time series of the run. */
START_TEST(a_simulated_crash_has_the_figures_of_its_time_series)
{
    fresh_file();
    const struct run_result *r = simulate("0s");
    uint64_t last_half = 0;
    ck_assert_uint_eq(r->interval_count, 40);
    for (uint32_t i = 20; i < 40; i++) last_half += r->intervals[i].completed;
    r = simulate("520ms");
    uint64_t lowest = UINT64_MAX, end_ms = 0;
    for (uint32_t i = 10; i < 40; i++) {
        uint64_t completed = r->intervals[i].completed;
        if (completed < lowest) lowest = completed;
        if (100 * completed < 4 * last_half) end_ms = 50 * (i + 1); /* 80 % of a twentieth */
    }
    ck_assert_uint_gt(end_ms, 600); /* there is an election */
    char expected[128];
    snprintf(expected, sizeof(expected), "2 crash p1.r0 0.52 %" PRIu64 ".0 %" PRIu64 ".0 %.2f 1",
             last_half, 20 * lowest, (double)(end_ms - 520) / 1e3);
    ck_assert_str_eq(database_rows(path, "SELECT * FROM (" FAILOVER ") WHERE run_id = 2"),
                     expected);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("failover_view");
    TCase *t = tcase_create("view");
    tcase_add_test(t, without_a_reference_run_the_rate_before_the_fault_is_the_reference);
    tcase_add_test(t, a_run_without_the_node_from_the_start_is_the_reference);
    tcase_add_test(t, a_reference_run_differs_in_its_fault_only);
    tcase_add_test(t, every_fault_has_a_row_about_the_next_five_seconds);
    tcase_add_test(t, windows_are_whole_steps_of_50_ms_at_least);
    tcase_add_test(t, columns_without_data_are_null);
    tcase_add_test(t, a_file_of_version_2_gets_the_view);
    tcase_add_test(t, a_simulated_crash_has_the_figures_of_its_time_series);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return test_main(suite());
}
