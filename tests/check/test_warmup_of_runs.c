/* test_warmup_of_runs.c - which part of a run is measured, by default and as asked. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/harness.h"
#include "tests/lib/simulated.h"

/* DS-SMR begins with a good placement and moves variables away from it. */
#define SCATTERED "-s dssmr -k 4 -w chirper:cut=0.05 -p metis "
#define SHORT "-s ssmr -k 2 -w chirper:users=200 --duration 300ms "

static const char *option(const struct run_result *r, const char *name)
{
    for (uint32_t i = 0; i < r->option_count; i++)
        if (strcmp(r->options[i].name, name) == 0) return r->options[i].value;
    return "";
}

/* The throughput of the second half of the measured window over that of the first, by the intervals
 * that are whole parts of it. */
static double second_half(const struct run_result *r)
{
    double begin_s = r->warmup_s, end_s = begin_s + r->measured_s, middle_s = (begin_s + end_s) / 2;
    double step_s = r->intervals[1].t_s, rate[2] = {0}, count[2] = {0};
    for (uint32_t i = 0; i < r->interval_count; i++) {
        double t_s = r->intervals[i].t_s;
        if (t_s < begin_s) continue;
        int half = t_s >= middle_s ? 1 : t_s + step_s <= middle_s ? 0 : -1;
        if (half < 0) continue;
        rate[half] += r->intervals[i].throughput_per_s;
        count[half]++;
    }
    return rate[1] / count[1] / (rate[0] / count[0]);
}

START_TEST(the_first_half_of_what_is_measured_is_like_the_second)
{
    struct run *cut = simulated(SCATTERED "--interval 20ms");
    ck_assert_str_eq(option(run_result(cut), "warmup"), "mser-5");
    ck_assert_double_eq_tol(second_half(run_result(cut)), 1, 0.1);
    struct run *tenth = simulated(SCATTERED "--interval 20ms --warmup tenth");
    ck_assert_double_lt(second_half(run_result(tenth)), 0.85);
    ck_assert_double_eq_tol(run_result(tenth)->warmup_s, 0.2, 1e-9);
    ck_assert_uint_eq(run_result(cut)->fingerprint, run_result(tenth)->fingerprint);
    run_destroy(cut);
    run_destroy(tenth);
}
END_TEST

/* The option as stored, and the length. */
static void check_rule(struct run *run, const char *rule, double least_s, double most_s)
{
    const struct run_result *r = run_result(run);
    ck_assert_str_eq(option(r, "warmup"), rule);
    ck_assert_double_ge(r->warmup_s, least_s);
    ck_assert_double_le(r->warmup_s, most_s);
    ck_assert_double_eq_tol(r->warmup_s + r->measured_s, 0.3, 1e-9);
    run_destroy(run);
}

START_TEST(faults_and_plans_keep_a_tenth)
{
    const char plans[] = "-s dynastar -k 2 -w chirper:users=200 --duration 300ms --plan-every ";
    check_rule(simulated(SHORT), "mser-5", 0, 0.15);
    check_rule(simulated_with("at 100ms cut p0.r0 p0.r1 for 10ms\n", SHORT), "tenth", 0.03, 0.03);
    char line[256];
    snprintf(line, sizeof(line), "%s100ms --hints 50ms --plan-guard off", plans);
    check_rule(simulated(line), "tenth", 0.03, 0.03);
    snprintf(line, sizeof(line), "%s1s", plans); /* none is made */
    check_rule(simulated(line), "mser-5", 0, 0.15);
}
END_TEST

START_TEST(a_time_or_a_rule_may_be_asked_for)
{
    check_rule(simulated(SHORT "--warmup 50ms"), "50ms", 0.05, 0.05);
    check_rule(simulated(SHORT "--warmup tenth"), "tenth", 0.03, 0.03);
    check_rule(simulated_with("at 100ms cut p0.r0 p0.r1 for 10ms\n", SHORT "--warmup mser-5"),
               "mser-5", 0, 0.15);
}
END_TEST

/* Of one client, 300 ms have fewer than a thousand answers. */
START_TEST(few_answers_keep_a_tenth)
{
    check_rule(simulated(SHORT "--clients 1 --replicas 3"), "tenth", 0.03, 0.03);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("warmup");
    TCase *c = tcase_create("warmup");
    tcase_set_timeout(c, 0);
    tcase_add_test(c, the_first_half_of_what_is_measured_is_like_the_second);
    tcase_add_test(c, faults_and_plans_keep_a_tenth);
    tcase_add_test(c, a_time_or_a_rule_may_be_asked_for);
    tcase_add_test(c, few_answers_keep_a_tenth);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
