/* Plans are made, and take effect, after a replica has crashed, at the rate of the remaining ones.
 */
#include <stdio.h>

#include "tests/lib/figures.h"
#include "tests/lib/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Clients of a workload with an even load: 1000 users in communities. */
#define CHIRPER "-s dynastar -k 4 -p random -w chirper:users=1000,communities=4 "
#define PATIENT "-m cluster-2014:timeout.retry=10s,connection.timeout=10s "

static double last_half_per_s(const struct figures *f)
{
    double sum = 0;
    uint32_t first = f->intervals / 2;
    for (uint32_t i = first; i < f->intervals; i++) sum += f->interval[i].throughput_per_s;
    return sum / (f->intervals - first);
}

/* A replica that crashes, and the interval between plans. */
static const struct {
    const char *victim, *line;
} crashes[] = {
    {"p0.r0", CHIRPER PATIENT "--hints 1s --plan-every 1s --plan-guard off --duration 4s"},
    {"p2.r1", CHIRPER "--plan-every 250ms "
                      "--plan-guard off --hints 100ms --duration 3s --replicas 5"},
    {"oracle.r0", CHIRPER "--hints 1s --plan-every 1s --plan-guard off --duration 4s --replicas 5"},
    {"oracle.r1", CHIRPER PATIENT "--plan-every 250ms "
                                  "--plan-guard off --hints 100ms --duration 3s"},
    {"p1.r0", CHIRPER PATIENT "--plan-every 250ms "
                              "--plan-guard off --hints 100ms --duration 3s --transfer lazy"},
};

START_TEST(after_a_crash_plans_keep_the_rate_of_the_remaining_replicas)
{
    char faults[64];
    snprintf(faults, sizeof(faults), "at 0ms crash %s\n", crashes[_i].victim);
    struct figures reference = figures_with(faults, crashes[_i].line);
    snprintf(faults, sizeof(faults), "at 700ms crash %s\n", crashes[_i].victim);
    struct figures f = figures_with(faults, crashes[_i].line);
    ck_assert_uint_ge(f.plans, reference.plans - 1);
    ck_assert_msg(last_half_per_s(&f) >= 0.9 * last_half_per_s(&reference),
                  "%s crashes: %.0f commands/s, %.0f with it down from the start",
                  crashes[_i].victim, last_half_per_s(&f), last_half_per_s(&reference));
}
END_TEST

static const char *const leaders_and_followers[] = {"oracle.r0", "oracle.r1", "p0.r0", "p1.r2"};

START_TEST(plans_by_changes_continue_after_any_crash)
{
    static const char line[] = CHIRPER "--plan-changes 100000 "
                                       "--plan-guard off --hints 500ms --duration 3s";
    char faults[64];
    snprintf(faults, sizeof(faults), "at 700ms crash %s\n", leaders_and_followers[_i]);
    struct figures f = figures_with(faults, line);
    ck_assert_uint_ge(f.plans, 2);
    ck_assert_double_ge(f.last_plan_s, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plans after crashes");
    TCase *c = tcase_create("crashes");
    tcase_set_timeout(c, 0);
    tcase_add_loop_test(c, after_a_crash_plans_keep_the_rate_of_the_remaining_replicas, 0,
                        COUNT(crashes));
    tcase_add_loop_test(c, plans_by_changes_continue_after_any_crash, 0,
                        COUNT(leaders_and_followers));
    suite_add_tcase(suite, c);
    return test_main(suite);
}
