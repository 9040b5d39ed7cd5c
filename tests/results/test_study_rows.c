/* test_study_rows.c - the runs of a study: found by cell and replication, and read back as they
 * were stored. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/results/results.h"
#include "analysis/results/results_study.h"
#include "tests/lib/databases.h"
#include "tests/lib/simulated.h"
#include "tests/lib/streams.h"

static char *directory;
static const char *path;
static struct error error;

static void begin(void)
{
    directory = test_scratch_directory();
    path = path_in(directory, "study.db");
}

static void end(void)
{
    free(directory);
}

static int64_t store(const struct run *run, const char *cell, const char *replication)
{
    struct run_result result = *run_result(run);
    int64_t id;
    result.cell = cell;
    result.replication = replication;
    ck_assert_msg(results_add(path, &result, &id, &error) == 0, "%s", error.text);
    return id;
}

struct tally {
    uint64_t answers, buckets;
};

static void count_bucket(void *context, double low_us, double high_us, uint64_t count)
{
    struct tally *t = context;
    ck_assert_double_le(low_us, high_us);
    t->answers += count;
    t->buckets++;
}

static void assert_same(const struct summary *read, const struct summary *made)
{
    ck_assert_int_eq(read->run_id, made->run_id);
    ck_assert_str_eq(read->scheme, made->scheme);
    ck_assert_str_eq(read->placement, made->placement);
    ck_assert_str_eq(read->reasons, made->reasons);
    ck_assert_uint_eq(read->partitions, made->partitions);
    ck_assert_uint_eq(read->seed, made->seed);
    ck_assert_uint_eq(read->measured, made->measured);
    ck_assert_uint_eq(read->commands, made->commands);
    ck_assert_uint_eq(read->messages, made->messages);
    ck_assert_uint_eq(read->moves, made->moves);
    ck_assert_uint_eq(read->retries, made->retries);
    ck_assert_uint_eq(read->plans_made, made->plans_made);
    ck_assert_uint_eq(read->plans_announced, made->plans_announced);
    ck_assert_double_eq(read->throughput_per_s, made->throughput_per_s);
    ck_assert_double_eq(read->latency.mean_us, made->latency.mean_us);
    ck_assert_double_eq(read->latency.p50_us, made->latency.p50_us);
    ck_assert_double_eq(read->latency.p95_us, made->latency.p95_us);
    ck_assert_double_eq(read->latency.p99_us, made->latency.p99_us);
    ck_assert_double_eq(read->multi_partition_pct, made->multi_partition_pct);
    ck_assert_double_eq(read->messages_per_command, made->messages_per_command);
    ck_assert_int_eq(read->verdict, made->verdict);
    ck_assert_int_eq(read->unchecked, made->unchecked);
    ck_assert_int_eq(read->unsettled, made->unsettled);
    ck_assert(isnan(read->plan_gain_pct) == isnan(made->plan_gain_pct));
}

static const char *const lines[] = {
    "-s ssmr -k 2 -w chirper:users=100 --commands 2k",
    "-s dssmr -k 2 -w chirper:users=100 --commands 2k --check off",
    "-s dynastar -k 2 -w chirper:users=200 -p random --duration 400ms --plan-every 100ms",
    "-s ssmr -k 2 -w chirper:users=50 --commands 2k --plant no-signals --clients 64",
};

START_TEST(a_run_is_read_back_as_it_was_stored)
{
    struct run *run = simulated(lines[_i]);
    struct tally tally = {0};
    struct results_reading reading = {.bucket = count_bucket, .context = &tally};
    struct summary made;
    int64_t id = store(run, "a cell", "seed=1");
    summary_fill(&made, run_result(run), id);
    ck_assert_msg(results_study_read(path, id, &reading, &error) == 0, "%s", error.text);
    assert_same(&reading.summary, &made);
    ck_assert_uint_eq(tally.answers, run_result(run)->measured);
    ck_assert_uint_gt(tally.buckets, 1);
    run_destroy(run);
}
END_TEST

/* The newest counts. */
START_TEST(a_run_is_found_by_cell_replication_and_version)
{
    struct run *run = simulated(lines[0]);
    const char *version = run_result(run)->version;
    int64_t id[4];
    store(run, "a", "seed=1");
    int64_t second = store(run, "a", "seed=1"), other = store(run, "b", "seed=1");
    const struct results_replication wanted[] = {{"a", "seed=1", version},
                                                 {"b", "seed=1", version},
                                                 {"a", "seed=2", version},
                                                 {"a", "seed=1", "another"}};
    ck_assert_int_eq(results_study_find(path, wanted, 4, id, &error), 0);
    ck_assert_int_eq(id[0], second);
    ck_assert_int_eq(id[1], other);
    ck_assert_int_eq(id[2], 0);
    ck_assert_int_eq(id[3], 0);
    run_destroy(run);
}
END_TEST

START_TEST(a_file_that_does_not_exist_has_no_run)
{
    const struct results_replication wanted = {"a", "seed=1", "1"};
    int64_t id = 7;
    ck_assert_int_eq(results_study_find(path, &wanted, 1, &id, &error), 0);
    ck_assert_int_eq(id, 0);
    ck_assert_int_eq(results_study_probe(path, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "cannot open"));
}
END_TEST

START_TEST(values_that_cannot_be_are_refused)
{
    static const char *const damages[][2] = {
        {"UPDATE run SET measured_multi = measured + 1", "measured_multi: expected"},
        {"UPDATE run SET throughput_per_s = 9e999", "throughput_per_s: expected a number"},
        {"UPDATE latency SET high_us = low_us - 1", "expected 0 <= low_us <= high_us"},
        {"UPDATE latency SET count = -1", "count: expected"},
        {"DELETE FROM run", "expected id 1, found none"},
    };
    struct run *run = simulated(lines[0]);
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        struct tally tally = {0};
        struct results_reading reading = {.bucket = count_bucket, .context = &tally};
        remove(path);
        int64_t id = store(run, "a", "seed=1");
        database_execute(path, damages[i][0]);
        ck_assert_int_eq(results_study_read(path, id, &reading, &error), -1);
        ck_assert_msg(strstr(error.text, damages[i][1]), "%s", error.text);
    }
    run_destroy(run);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("study rows");
    TCase *c = tcase_create("rows");
    tcase_set_timeout(c, 0);
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_loop_test(c, a_run_is_read_back_as_it_was_stored, 0,
                        sizeof(lines) / sizeof(lines[0]));
    tcase_add_test(c, a_run_is_found_by_cell_replication_and_version);
    tcase_add_test(c, a_file_that_does_not_exist_has_no_run);
    tcase_add_test(c, values_that_cannot_be_are_refused);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
