/* test_prediction.c - the view `prediction`: which simulation belongs to which emulation, and its
 * relative error. Rows are made by hand, as `aviary emulate` and `aviary run` would add them. */
#include <stdio.h>

#include "analysis/results/results.h"
#include "tests/lib/databases.h"
#include "tests/lib/harness.h"

static char path[512];

static void fresh_file(void)
{
    snprintf(path, sizeof(path), "%s", database_path("prediction.db"));
    remove(path);
}

/* What differs between the runs of a test. */
struct run {
    const char *mode, *model, *scheme, *clients, *seed, *duration;
    double throughput_per_s, p50_us;
    const char *durable;
};

static const struct run emulated = {"emulation", "", "ssmr", "16", "1", "2s", 10000, 400, "off"};
static const struct run simulated = {"simulation", "./here.model", "ssmr", "16", "1",
                                     "5s",         9500,           440,    "off"};

static int64_t add(const struct run *run)
{
    const struct result_option options[] = {
        {"clients", run->clients},   {"seed", run->seed},   {"rate", ""},
        {"duration", run->duration}, {"model", run->model}, {"db", run->mode},
        {"durable", run->durable},   {"transport", "loop"}};
    uint32_t count = sizeof(options) / sizeof(options[0]);
    bool emulation = run->mode == emulated.mode;
    static struct run_result result;
    result = (struct run_result){.mode = run->mode,
                                 .scheme = run->scheme,
                                 .partitions = 2,
                                 .replicas = 3,
                                 .workload = "chirper",
                                 .placement = "hash",
                                 .model = run->model,
                                 .version = "0",
                                 .throughput_per_s = run->throughput_per_s,
                                 .latency = {500, run->p50_us, 800, 900},
                                 .options = options,
                                 .option_count = emulation ? count : count - 1};
    struct error error;
    int64_t id = 0;
    ck_assert_msg(results_add(path, &result, &id, &error) == 0, "%s", error.text);
    return id;
}

#define PAIRS "SELECT emulation_id || '-' || simulation_id FROM prediction ORDER BY 1"

START_TEST(a_row_holds_predicted_and_measured_figures)
{
    fresh_file();
    add(&emulated);
    add(&simulated);
    ck_assert_str_eq(
        database_rows(path,
                      "SELECT scheme || ' ' || partitions || ' ' || workload || ' ' || placement "
                      "|| ' ' || clients || ' ' || rate || '|' || transport || ' ' || model "
                      "FROM prediction"),
        "ssmr 2 chirper hash 16 |loop ./here.model");
    ck_assert_str_eq(
        database_rows(path,
                      "SELECT throughput_measured_per_s || ' ' || throughput_predicted_per_s || "
                      "' ' || throughput_error_pct FROM prediction"),
        "10000.0 9500.0 -5.0");
    ck_assert_str_eq(
        database_rows(path, "SELECT latency_p50_measured_ms || ' ' || latency_p50_predicted_ms || "
                            "' ' || latency_p50_error_pct FROM prediction"),
        "0.4 0.44 10.0");
    ck_assert_str_eq(database_rows(path,
                                   "SELECT latency_mean_error_pct || ' ' || latency_p95_error_pct "
                                   "FROM prediction"),
                     "0.0 0.0");
}
END_TEST

START_TEST(runs_with_different_options_are_not_compared)
{
    fresh_file();
    add(&emulated);
    struct run other = simulated;
    other.clients = "32";
    add(&other);
    other = simulated;
    other.scheme = "dynastar";
    add(&other);
    other = simulated;
    other.seed = "2";
    add(&other);
    ck_assert_str_eq(database_rows(path, PAIRS), "");
    add(&simulated);
    ck_assert_str_eq(database_rows(path, PAIRS), "1-5");
}
END_TEST

/* The directory of an emulation, `on` of a simulation. */
START_TEST(runs_with_storage_are_compared_with_each_other)
{
    fresh_file();
    struct run stored = emulated, modelled = simulated;
    stored.durable = "/var/logs";
    modelled.durable = "on";
    add(&emulated);
    add(&stored);
    add(&simulated);
    add(&modelled);
    ck_assert_str_eq(database_rows(path, PAIRS), "1-3\n2-4");
}
END_TEST

START_TEST(every_model_file_is_paired_with_every_emulation)
{
    fresh_file();
    struct run other = simulated;
    add(&emulated);
    add(&simulated);
    other.model = "mine.model:host.cores=4";
    add(&other);
    other.model = "cluster-2014:link.latency=constant 1us"; /* not of this host */
    add(&other);
    add(&emulated);
    ck_assert_str_eq(database_rows(path, PAIRS), "1-2\n1-3\n5-2\n5-3");
}
END_TEST

START_TEST(a_measured_figure_of_zero_has_no_relative_error)
{
    fresh_file();
    struct run idle = emulated;
    idle.throughput_per_s = 0;
    add(&idle);
    add(&simulated);
    ck_assert_str_eq(
        database_rows(path, "SELECT ifnull(throughput_error_pct, 'none') FROM prediction"), "none");
}
END_TEST

START_TEST(a_file_without_the_view_gets_it_with_its_next_run)
{
    fresh_file();
    add(&emulated);
    database_execute(path, "DROP VIEW prediction");
    ck_assert_str_eq(
        database_rows(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'prediction'"), "0");
    add(&simulated);
    ck_assert_str_eq(database_rows(path, PAIRS), "1-2");
    ck_assert_str_eq(database_rows(path, "PRAGMA user_version"), "6");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("prediction");
    TCase *t = tcase_create("view");
    tcase_add_test(t, a_row_holds_predicted_and_measured_figures);
    tcase_add_test(t, runs_with_different_options_are_not_compared);
    tcase_add_test(t, runs_with_storage_are_compared_with_each_other);
    tcase_add_test(t, every_model_file_is_paired_with_every_emulation);
    tcase_add_test(t, a_measured_figure_of_zero_has_no_relative_error);
    tcase_add_test(t, a_file_without_the_view_gets_it_with_its_next_run);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return test_main(suite());
}
