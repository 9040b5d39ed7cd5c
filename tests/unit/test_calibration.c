/* test_calibration.c - costs fitted to work, the model file that the simulator reads, and the
 * probes. Nothing here depends on how fast the machine is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rdma/calibrate/calibration.h"
#include "rdma/calibrate/calibration_fit.h"
#include "rdma/calibrate/load.h"
#include "rdma/calibrate/probing.h"
#include "rdma/calibrate/storage.h"
#include "rdma/calibrate/trial.h"
#include "rdma/cluster/timing.h"
#include "sim/model.h"
#include "tests/lib/harness.h"

static const struct fabric_kind loop = {.transport = EXPERIMENT_LOOP};
static struct error error;

/* ---- fits ----------------------------------------------------------------------------------- */

START_TEST(fitted_costs_equal_the_true_costs)
{
    const double count[] = {100, 10, 1, 20, 10, 5, 300, 50, 100, 10, 200, 7};
    const double true_cost[] = {200, 1000, 30};
    double work[4], cost[3];
    for (uint32_t row = 0; row < 4; row++) {
        work[row] = 0;
        for (uint32_t i = 0; i < 3; i++) work[row] += count[3 * row + i] * true_cost[i];
    }
    ck_assert_double_le(fit_costs(4, 3, count, work, cost), 1e-9);
    for (uint32_t i = 0; i < 3; i++) ck_assert_double_eq_tol(cost[i], true_cost[i], 1e-6);
}
END_TEST

/* The second is unrelated to the work: the best fit would have a negative cost. */
START_TEST(a_fitted_cost_is_never_negative)
{
    const double count[] = {1, 3, 2, 2, 3, 1, 4, 0.5}, work[] = {10, 25, 40, 52};
    double cost[2];
    fit_costs(4, 2, count, work, cost);
    ck_assert_double_gt(cost[0], 0);
    ck_assert_double_eq(cost[1], 0);
}
END_TEST

START_TEST(a_fitted_line_has_the_true_base_and_slope)
{
    const double x[] = {0, 1, 8, 64}, y[] = {100, 120, 260, 1380}, falling[] = {9, 8, 7, 6};
    double base, slope;
    fit_line(4, x, y, &base, &slope);
    ck_assert_double_eq_tol(base, 100, 1e-6);
    ck_assert_double_eq_tol(slope, 20, 1e-6);
    fit_line(4, x, falling, &base, &slope);
    ck_assert_double_eq(slope, 0);
    ck_assert_double_eq_tol(base, 7.5, 1e-9);
}
END_TEST

/* ---- the model file ------------------------------------------------------------------------- */

static struct calibration made_up_calibration(enum experiment_transport transport)
{
    struct calibration c = {.kind = {.transport = transport}, .cores = 2, .switch_ns = 1000};
    for (uint32_t i = 0; i < CALIBRATION_QUANTILES; i++)
        c.hop_ns[i] = c.write_ns[i] = c.read_ns[i] = c.swap_ns[i] = 2000;
    c.waking_hop_ns = 12000;
    c.rouse_ns = 3000;
    c.sleep_ns = 4000;
    c.probe_send_ns = 200;
    c.probe_receive_ns = 100;
    c.bytes_per_second = 1e9;
    c.replica = (struct calibration_role){.receive_ns = 300, .resume_ns = 500, .execute_ns = 800};
    c.client = (struct calibration_role){.send_ns = 400};
    c.kind_ns[1] = 1500;
    return c;
}

static struct model *written_from(struct calibration c)
{
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    calibration_write(&c, out);
    fclose(out);
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = 0;
        ck_assert_msg(!*line || strchr(line, '#'), "no origin: %s", line);
        *end = '\n';
    }
    struct model *m = model_parse(text, "here.model", &error);
    ck_assert_msg(m != NULL, "%s", error.text);
    free(text);
    return m;
}

static struct model *written(enum experiment_transport transport)
{
    return written_from(made_up_calibration(transport));
}

START_TEST(a_written_model_file_is_read_by_the_simulator)
{
    struct model *m = written(EXPERIMENT_LOOP);
    ck_assert_uint_eq(m->host.cores, 2);
    ck_assert(m->host.clients_together);
    ck_assert_uint_eq(m->host.switch_ns, 1000);
    ck_assert_uint_eq(m->link.mean_ns, 2000 - 200 - 100);
    ck_assert_uint_eq(m->replica.wake_ns, 4000);
    ck_assert_uint_eq(m->host.rouse_ns, 3000);
    ck_assert_uint_eq(m->host.idle_ns, 12000 - 2000 - 3000 - 2000);
    ck_assert_uint_eq(m->replica.receive_ns, 300);
    ck_assert_uint_eq(m->client.receive_ns, 0);
    ck_assert_uint_eq(m->client.send_ns, 400);
    ck_assert_uint_eq(model_execute_ns(m, "post"), 1500);
    ck_assert_uint_eq(model_execute_ns(m, "payment"), 800);
    ck_assert_uint_eq(m->bits_per_second, 0);
    ck_assert_uint_eq(m->disk.sync.mean_ns, 1000000); /* it was not measured */
    model_close(m);
}
END_TEST

START_TEST(a_written_model_has_the_device_that_was_measured)
{
    struct calibration c = made_up_calibration(EXPERIMENT_LOOP);
    c.durable = ".";
    c.storage = (struct storage_costs){.append_ns = 90, .bytes_per_second = 25e6};
    for (uint32_t i = 0; i < CALIBRATION_QUANTILES; i++) c.sync_ns[i] = 40000;
    struct model *m = written_from(c);
    ck_assert_uint_eq(m->disk.append_ns, 90);
    ck_assert_uint_eq(m->disk.sync.min_ns, 40000);
    ck_assert_uint_le(m->disk.sync.most_ns, 40000 + CALIBRATION_QUANTILES);
    ck_assert_uint_eq(m->disk.bits_per_second, 200000000);
    model_close(m);
    c.storage.bytes_per_second = 0;
    m = written_from(c);
    ck_assert_uint_eq(m->disk.bits_per_second, 0);
    model_close(m);
}
END_TEST

START_TEST(a_written_model_has_the_timeouts_of_an_emulation)
{
    for (int i = 0; i < 2; i++) {
        enum experiment_transport transport = i ? EXPERIMENT_VERBS : EXPERIMENT_LOOP;
        struct timing t = emulation_timing(transport);
        struct model *m = written(transport);
        ck_assert_uint_eq(m->timing.heartbeat_ns, t.heartbeat_ns);
        ck_assert_uint_eq(m->timing.leader_timeout_ns, t.leader_timeout_ns);
        ck_assert_uint_eq(m->timing.retry_ns, t.retry_ns);
        model_close(m);
    }
}
END_TEST

/* ---- probes --------------------------------------------------------------------------------- */

/* A limit in case of an error. A hop takes a scheduler's slice if other processes use the cores. */
#define LIMIT_NS (UINT64_C(1000000000) * SLOW_SECONDS)
#define MOMENT_NS UINT64_C(200000000)

enum { SLOW_SECONDS = 600 };

START_TEST(hops_are_sampled_and_sorted)
{
    static struct samples s;
    ck_assert_msg(probing_hops(&loop, 2, 64, 0, LIMIT_NS, &s, &error) == 0, "%s", error.text);
    ck_assert_uint_eq(s.count, PROBING_SAMPLES_MAX);
    for (uint32_t i = 1; i < s.count; i++) ck_assert_uint_le(s.ns[i - 1], s.ns[i]);
    ck_assert_uint_eq(samples_quantile(&s, 0), s.ns[0]);
    ck_assert_uint_eq(samples_quantile(&s, 1), s.ns[s.count - 1]);
}
END_TEST

START_TEST(floods_and_one_sided_operations_are_measured)
{
    static struct samples s;
    struct flood f;
    ck_assert_msg(probing_flood(&loop, 65536, MOMENT_NS, &f, &error) == 0, "%s", error.text);
    ck_assert_uint_gt(f.messages, 0);
    for (int i = 0; i < 3; i++) {
        ck_assert_msg(probing_one_sided(&loop, (enum probing_operation)i, MOMENT_NS, &s, &error) ==
                          0,
                      "%s", error.text);
        ck_assert_uint_gt(s.count, 0);
    }
}
END_TEST

START_TEST(costs_of_waking_up_are_measured)
{
    struct wakes w;
    ck_assert_msg(probing_wakes(&loop, 4 * MOMENT_NS, &w, &error) == 0, "%s", error.text);
    ck_assert_double_gt(w.sleep_ns, 0);
    ck_assert_double_ge(w.rouse_ns, 0);
}
END_TEST

START_TEST(a_device_is_measured_by_a_log_that_is_removed)
{
    static struct samples syncs;
    struct storage_costs costs = {0};
    char *directory = test_scratch_directory();
    ck_assert_msg(storage_measure(directory, MOMENT_NS, &syncs, &costs, &error) == 0, "%s",
                  error.text);
    ck_assert_uint_gt(syncs.count, 0);
    for (uint32_t i = 1; i < syncs.count; i++) ck_assert_uint_le(syncs.ns[i - 1], syncs.ns[i]);
    ck_assert_double_gt(costs.append_ns, 0);
    ck_assert_int_eq(rmdir(directory), 0); /* it is empty */
    ck_assert_int_lt(storage_measure(directory, MOMENT_NS, &syncs, &costs, &error), 0);
    ck_assert_ptr_nonnull(strstr(error.text, directory));
    free(directory);
}
END_TEST

/* The process's own work never counts as load of others. */
START_TEST(the_load_of_others_is_the_rest_of_the_processor_time)
{
    struct load from = {.all = 10, .idle = 5, .stolen = 1, .own = 2};
    struct load to = {.all = 20, .idle = 9, .stolen = 2, .own = 5};
    ck_assert_double_eq_tol(load_of_others(&from, &to), 0.2, 1e-9);
    ck_assert_double_eq_tol(load_stolen(&from, &to), 0.1, 1e-9);
    ck_assert_double_eq(load_of_others(&from, &from), 0);
    to.own = 12;
    ck_assert_double_eq(load_of_others(&from, &to), 0);
}
END_TEST

START_TEST(a_trial_reports_the_work_of_each_member)
{
    static const char *const options[] = {"-s",        "ssmr", "-k", "1", "-w", "chirper:users=50",
                                          "--clients", "4",    NULL};
    static struct trial_result r;
    ck_assert_msg(trial_run(&loop, options, 4 * MOMENT_NS, &r, &error) == 0, "%s", error.text);
    ck_assert_uint_eq(r.members, 4);
    for (uint32_t i = 0; i < r.members; i++) ck_assert_uint_gt(r.member[i].work_ns, 0);
    ck_assert_uint_eq(r.member[3].executed, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("calibration");
    TCase *t = tcase_create("fits");
    tcase_add_test(t, fitted_costs_equal_the_true_costs);
    tcase_add_test(t, a_fitted_cost_is_never_negative);
    tcase_add_test(t, a_fitted_line_has_the_true_base_and_slope);
    suite_add_tcase(s, t);
    t = tcase_create("the model file");
    tcase_add_test(t, a_written_model_file_is_read_by_the_simulator);
    tcase_add_test(t, a_written_model_has_the_timeouts_of_an_emulation);
    tcase_add_test(t, a_written_model_has_the_device_that_was_measured);
    suite_add_tcase(s, t);
    t = tcase_create("probes");
    tcase_set_timeout(t, SLOW_SECONDS);
    tcase_add_test(t, hops_are_sampled_and_sorted);
    tcase_add_test(t, floods_and_one_sided_operations_are_measured);
    tcase_add_test(t, costs_of_waking_up_are_measured);
    tcase_add_test(t, a_device_is_measured_by_a_log_that_is_removed);
    tcase_add_test(t, the_load_of_others_is_the_rest_of_the_processor_time);
    tcase_add_test(t, a_trial_reports_the_work_of_each_member);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return test_main(suite());
}
