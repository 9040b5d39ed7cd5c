/* test_tpcc_schemes.c - TPC-C over every scheme: runs are correct and end in a consistent state,
 * lost writes are found, and plans place warehouses in one partition. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/claims.h"
#include "tests/lib/figures.h"
#include "tests/lib/harness.h"
#include "tests/lib/simulated.h"
#include "tests/workloads/tpcc.h"

#define SMALL "-w tpcc:warehouses=4,customers=60,items=500 --clients 16 "

static const char *const runs[] = {
    "-s smr -k 2 " SMALL "--commands 2000",
    "-s ssmr -k 1 " SMALL "--commands 2000 -p range",
    "-s ssmr -k 2 " SMALL "--commands 2000 -p range",
    "-s ssmr -k 4 " SMALL "--commands 2000 -p hash",
    "-s ssmr -k 4 " SMALL "--commands 2000 -p hash --value-cache speculative",
    "-s dssmr -k 1 " SMALL "--commands 1000",
    "-s dssmr -k 2 " SMALL "--commands 300 -p range",
    "-s dssmr -k 4 " SMALL "--commands 100 -p hash",
    "-s dynastar -k 1 " SMALL "--commands 2000",
    "-s dynastar -k 2 " SMALL "--commands 2000 -p range",
    "-s dynastar -k 4 " SMALL "--commands 2000 -p hash",
    "-s dynastar -k 4 " SMALL "--commands 3000 -p random --plan-changes 2000 "
    "--plan-guard off --hint 10ms",
    "-s smr -k 2 " SMALL "--commands 1000 --faults swarm",
    "-s ssmr -k 4 " SMALL "--commands 1000 -p range --faults swarm",
    "-s dssmr -k 2 " SMALL "--commands 200 -p range --faults swarm",
    "-s dynastar -k 4 " SMALL "--commands 1000 -p hash --faults swarm",
};

START_TEST(a_run_is_correct_and_its_state_consistent)
{
    figures_of(runs[_i]);
}
END_TEST

/* The result of a run for the conditions of TPC-C. */
static struct property conditions_in(struct run *s)
{
    const struct property *p = result_property(run_result(s), "tpcc-consistency");
    ck_assert_ptr_nonnull(p);
    struct property found = *p;
    run_destroy(s);
    return found;
}

static const char *const buggy[] = {
    "-s smr -k 2 " SMALL "--commands 500 --plant lost-write",
    "-s ssmr -k 2 " SMALL "--commands 500 -p range --plant lost-write",
    "-s dssmr -k 2 " SMALL "--commands 200 -p range --plant lost-write",
    "-s dynastar -k 2 " SMALL "--commands 500 -p range --plant lost-write",
};

START_TEST(lost_writes_violate_the_conditions)
{
    struct property p = conditions_in(simulated(buggy[_i]));
    ck_assert_msg(p.result == RESULT_FAIL, "%s: %s", buggy[_i], p.reason);
    ck_assert_ptr_nonnull(strstr(p.reason, "(condition "));
}
END_TEST

START_TEST(a_run_of_reads_leaves_a_consistent_state)
{
    struct property p = conditions_in(
        simulated("-s ssmr -k 2 --clients 4 --commands 100 "
                  "-w tpcc:warehouses=1,customers=9,items=9,new-order=0,payment=0,delivery=0"));
    ck_assert_msg(p.result == RESULT_OK, "%s", p.reason);
}
END_TEST

START_TEST(a_crashed_client_does_not_violate_the_conditions)
{
    struct property p =
        conditions_in(simulated_with("at 20ms crash c3\nat 21ms crash c4\nat 22ms crash c5\n",
                                     "-s ssmr -k 2 " SMALL "--commands 1000"));
    ck_assert_msg(p.result != RESULT_FAIL, "%s", p.reason);
}
END_TEST

START_TEST(without_checks_the_conditions_are_unknown)
{
    struct property p =
        conditions_in(simulated("-s ssmr -k 2 " SMALL "--commands 500 --check off"));
    ck_assert(p.result == RESULT_UNKNOWN);
    ck_assert_str_eq(p.reason, "off");
}
END_TEST

/* The DynaStar paper: about 10.5 % of the transactions cross partitions once each
 * warehouse has one of its own; a run of the whole stack agrees with the arithmetic. */
START_TEST(a_long_run_has_the_expected_share_of_multi_partition_commands)
{
    struct figures f =
        figures_of("-s ssmr -k 4 -p range -w tpcc:warehouses=4,customers=60,items=500 --clients 64 "
                   "--commands 20000 --warmup 0s");
    assert_share("multi-partition", (uint64_t)(f.multi_share * 20000 + 0.5), 20000,
                 0.45 * distributed_orders() + 0.43 * 0.15);
}
END_TEST

/* Variables in transit at the end are in the former owner's objects for the next one. */
START_TEST(variables_in_transit_at_the_end_keep_their_values)
{
    char line[256];
    snprintf(line, sizeof(line),
             "-s dynastar -k %d -w tpcc:warehouses=2 -p random --duration 200ms --hints 20ms "
             "--plan-every 50ms --plan-guard off --transfer lazy --seed %d",
             2 + _i % 2, 1 + _i);
    struct run *run = simulated(line);
    ck_assert_int_eq(run_result(run)->verdict, RESULT_OK);
    run_destroy(run);
}
END_TEST

static double multi_share(const struct figures *f, uint32_t interval)
{
    return (double)f->interval[interval].multi_partition / (double)f->interval[interval].completed;
}

/* Its claim DY-9: placed at random nearly all commands span partitions; a plan finds the
 * warehouses. */
START_TEST(a_plan_lowers_the_share_of_multi_partition_commands)
{
    struct figures f = figures_of(
        "-s dynastar -k 4 -p random -w tpcc:warehouses=4,customers=60,items=500 --clients 64 "
        "--rate 4k/s --duration 4s --interval 1s --hints 200ms --plan-every 2s --plan-guard off");
    ck_assert_uint_ge(f.plans, 1);
    ck_assert_double_gt(multi_share(&f, 0), 0.75);
    claim_check("DY-9 (multi)", multi_share(&f, 3));
}
END_TEST

/* The other half of DY-9: commands of a closed loop, a second before the plan and the last. */
START_TEST(a_plan_raises_the_throughput_less_than_published)
{
    struct figures f = figures_of(
        "-s dynastar -k 4 -p random -w tpcc:warehouses=4,customers=60,items=500 --clients 64 "
        "--duration 4s --interval 1s --hints 200ms --plan-every 2s --plan-guard off -m ec2-2019");
    claim_check("DY-9", f.interval[3].throughput_per_s / f.interval[1].throughput_per_s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tpcc schemes");
    TCase *c = tcase_create("tpcc schemes");
    tcase_set_timeout(c, 600);
    tcase_add_loop_test(c, a_run_is_correct_and_its_state_consistent, 0,
                        sizeof(runs) / sizeof(runs[0]));
    tcase_add_loop_test(c, lost_writes_violate_the_conditions, 0, sizeof(buggy) / sizeof(buggy[0]));
    tcase_add_test(c, a_run_of_reads_leaves_a_consistent_state);
    tcase_add_test(c, a_crashed_client_does_not_violate_the_conditions);
    tcase_add_test(c, without_checks_the_conditions_are_unknown);
    tcase_add_test(c, a_long_run_has_the_expected_share_of_multi_partition_commands);
    tcase_add_loop_test(c, variables_in_transit_at_the_end_keep_their_values, 0, 4);
    tcase_add_test(c, a_plan_lowers_the_share_of_multi_partition_commands);
    tcase_add_test(c, a_plan_raises_the_throughput_less_than_published);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
