/* test_default_plans.c - DynaStar's plans by default: where the placement or the workload calls for
 * them they come within a default run of two seconds, and gain; else they cost nothing. */
#include "tests/lib/figures.h"
#include "tests/lib/harness.h"

#define WELL_PLACED "-s dynastar -k 4 -w chirper:cut=0.05 -p metis "

START_TEST(a_placement_by_hash_is_planned_away)
{
    struct figures without = figures_of("-s dynastar -k 4 --plan-changes off");
    struct figures by_default = figures_of("-s dynastar -k 4");
    ck_assert_uint_eq(without.plans, 0);
    ck_assert_uint_ge(by_default.plans_announced, 1);
    ck_assert_double_ge(by_default.plan_gain, 0.3);
    ck_assert_double_ge(by_default.throughput_per_s, 1.3 * without.throughput_per_s);
}
END_TEST

START_TEST(a_good_placement_is_kept_at_full_speed)
{
    struct figures without = figures_of(WELL_PLACED "--plan-changes off");
    struct figures by_default = figures_of(WELL_PLACED);
    ck_assert_uint_ge(by_default.plans, 4);
    ck_assert_uint_eq(by_default.plans_announced, 0);
    ck_assert_double_ge(by_default.throughput_per_s, 0.99 * without.throughput_per_s);
    ck_assert_double_le(by_default.messages_per_command, 1.02 * without.messages_per_command);
}
END_TEST

/* The paper's behaviour: each plan is announced, moves most variables, and has clients ask anew. */
START_TEST(without_a_guard_a_good_placement_is_given_up)
{
    struct figures by_default = figures_of(WELL_PLACED);
    struct figures unguarded = figures_of(WELL_PLACED "--plan-guard off");
    ck_assert_uint_eq(unguarded.plans_announced, unguarded.plans);
    ck_assert_double_le(unguarded.throughput_per_s, 0.9 * by_default.throughput_per_s);
}
END_TEST

START_TEST(a_single_partition_is_not_planned)
{
    ck_assert_uint_eq(figures_of("-s dynastar -k 1 --duration 1s").plans, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("default plans");
    TCase *c = tcase_create("plans");
    tcase_set_timeout(c, 0);
    tcase_add_test(c, a_placement_by_hash_is_planned_away);
    tcase_add_test(c, a_good_placement_is_kept_at_full_speed);
    tcase_add_test(c, without_a_guard_a_good_placement_is_given_up);
    tcase_add_test(c, a_single_partition_is_not_planned);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
