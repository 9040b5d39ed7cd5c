/* The published claims, by their direction: scaling of the schemes, their order, and the cost of
 * signals. Virtual time, so nothing here depends on the machine. Claims: Bezerra et al., DSN 2014
 * (scaling); IEEE Data Eng. Bull. 39(1), 2016 (signals). */
#include <stdio.h>

#include "tests/lib/claims.h"
#include "tests/lib/figures.h"
#include "tests/lib/harness.h"

/* One run of 300 ms with users placed by community. */
static struct figures measure(const char *scheme, uint32_t partitions, const char *workload,
                              const char *plant)
{
    char line[512];
    snprintf(line, sizeof(line), "-s %s -k %u -p range -w %s --plant %s --duration 300ms", scheme,
             partitions, workload, plant);
    return figures_of(line);
}

static double throughput(const char *scheme, uint32_t partitions, const char *workload)
{
    return measure(scheme, partitions, workload, "none").throughput_per_s;
}

START_TEST(local_commands_scale_with_ssmr)
{
    double one = throughput("ssmr", 1, "chirper:multi=0");
    double eight = throughput("ssmr", 8, "chirper:multi=0");
    claim_check("SS-1", eight / one);
}
END_TEST

START_TEST(throughput_of_smr_does_not_grow_with_partitions)
{
    double one = throughput("smr", 1, "chirper");
    double eight = throughput("smr", 8, "chirper");
    ck_assert_double_ge(eight / one, 0.95);
    ck_assert_double_le(eight / one, 1.05);
}
END_TEST

START_TEST(ssmr_with_one_partition_has_the_throughput_of_smr)
{
    double ratio = throughput("ssmr", 1, "chirper") / throughput("smr", 1, "chirper");
    ck_assert_double_eq_tol(ratio, 1, 0.02);
    claim_check("SS-3", ratio);
}
END_TEST

START_TEST(scaling_falls_with_the_share_of_multi_partition_commands)
{
    static const char *const workloads[] = {"chirper:multi=0%", "chirper:multi=1%",
                                            "chirper:multi=5%", "chirper:multi=10%"};
    double before = 1e9;
    for (int i = 0; i < 4; i++) {
        double scaling = throughput("ssmr", 8, workloads[i]) / throughput("ssmr", 1, workloads[i]);
        ck_assert_msg(scaling < before, "%s: %f", workloads[i], scaling);
        before = scaling;
    }
}
END_TEST

START_TEST(throughput_of_mixed_commands_on_eight_over_four_partitions_is_as_listed)
{
    claim_check("SS-5", throughput("ssmr", 8, "chirper:multi=10%") /
                            throughput("ssmr", 4, "chirper:multi=10%"));
}
END_TEST

START_TEST(waiting_time_dominates_mixed_runs_and_grows_with_partitions)
{
    double before = 0;
    for (uint32_t partitions = 2; partitions <= 8; partitions *= 2) {
        struct figures f = measure("ssmr", partitions, "chirper:multi=10%", "none");
        claim_check("SS-6", f.waiting_share);
        ck_assert_double_gt(f.waiting_us, before);
        before = f.waiting_us;
    }
}
END_TEST

/* The share of the throughput of two partitions that signals cost if every command spans both. */
static double cost_of_signals(const char *workload)
{
    double with = measure("ssmr", 2, workload, "none").throughput_per_s;
    return 1 - with / measure("ssmr", 2, workload, "no-signals").throughput_per_s;
}

START_TEST(signals_cost_data_free_commands_half_their_throughput)
{
    claim_check("BU-1", cost_of_signals("chirper:multi=100%,multi-kind=follow-noop"));
}
END_TEST

START_TEST(signals_cost_nothing_if_data_is_exchanged)
{
    claim_check("BU-4", cost_of_signals("chirper:multi=100%,multi-kind=follow,unfollow=0"));
    claim_check("BU-4", cost_of_signals("chirper:multi=100%,multi-kind=post,unfollow=0"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("figures");
    TCase *claims = tcase_create("claims");
    tcase_set_timeout(claims, 0);
    tcase_add_test(claims, local_commands_scale_with_ssmr);
    tcase_add_test(claims, throughput_of_smr_does_not_grow_with_partitions);
    tcase_add_test(claims, ssmr_with_one_partition_has_the_throughput_of_smr);
    tcase_add_test(claims, scaling_falls_with_the_share_of_multi_partition_commands);
    tcase_add_test(claims, throughput_of_mixed_commands_on_eight_over_four_partitions_is_as_listed);
    tcase_add_test(claims, waiting_time_dominates_mixed_runs_and_grows_with_partitions);
    tcase_add_test(claims, signals_cost_data_free_commands_half_their_throughput);
    tcase_add_test(claims, signals_cost_nothing_if_data_is_exchanged);
    suite_add_tcase(suite, claims);
    return test_main(suite);
}
