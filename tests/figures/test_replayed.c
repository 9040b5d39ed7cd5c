/* Recorded workloads through the schemes, on 8 partitions: the share of multi-partition commands
 * with hashing, with a placement by METIS from the whole recording, and with DynaStar's plans from
 * the past. The data are optional and beside the source tree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/figures.h"
#include "tests/lib/harness.h"

static char *higgs, *twitter;

static double share_after(const struct figures *f, uint32_t from)
{
    uint64_t multi = 0, completed = 0;
    for (uint32_t i = from; i < f->intervals; i++) {
        multi += f->interval[i].multi_partition;
        completed += f->interval[i].completed;
    }
    ck_assert_uint_gt(completed, 0);
    return (double)multi / (double)completed;
}

static struct figures replay(const char *options, const char *workload)
{
    char line[1024];
    snprintf(line, sizeof(line), "-k 8 %s -w %s", options, workload);
    return figures_of(line);
}

/* A flash crowd: most users that tweet about the discovery do so once, and to a new user. */
START_TEST(plans_from_the_past_reduce_little_in_a_flash_crowd)
{
    char workload[600];
    snprintf(workload, sizeof(workload), "interactions:file=%s,time=drop", higgs);
    double hashed = replay("-s ssmr -p hash --commands 40000", workload).multi_share;
    double future = replay("-s ssmr -p metis-hindsight --commands 40000", workload).multi_share;
    ck_assert_double_ge(hashed, 0.8);
    ck_assert_double_le(future, 0.15);
    struct figures f = replay("-s dynastar -p hash --commands 90000 --clients 32 --outstanding 16 "
                              "--hints 200ms --plan-every 1s --plan-guard off --plan-keeps 100% "
                              "--planning metis-relabel --interval 500ms",
                              workload);
    double planned = share_after(&f, 6);
    ck_assert_msg(planned < hashed - 0.02 && planned > future, "%f, %f, %f", hashed, planned,
                  future);
}
END_TEST

START_TEST(plans_reduce_multi_partition_commands_of_recorded_transactions)
{
    char workload[600];
    snprintf(workload, sizeof(workload), "recorded:clients=drop,file=%s", twitter);
    double hashed = replay("-s ssmr -p hash --commands 30000", workload).multi_share;
    double future = replay("-s ssmr -p metis-hindsight", workload).multi_share;
    double past = replay("-s ssmr -p metis", workload).multi_share;
    ck_assert_double_ge(hashed, 0.8);
    ck_assert_double_ge(future, 0.3);
    ck_assert_double_le(future, 0.5);
    ck_assert_double_ge(past, 0.65); /* little of the future is like the past */
    ck_assert_double_le(past, hashed);
    struct figures f = replay("-s dynastar -p hash --commands 50000 --clients 32 --outstanding 16 "
                              "--hints 100ms --plan-every 1s "
                              "--plan-guard off --plan-keeps 100% --interval 500ms",
                              workload);
    double planned = share_after(&f, 6);
    ck_assert_msg(planned < hashed - 0.05 && planned > future, "%f, %f, %f", hashed, planned,
                  future);
}
END_TEST

int main(void)
{
    higgs = test_data_path("higgs-activity/higgs-activity_time.txt.gz");
    twitter = test_data_path("cobra-twitter/twitter-100000.txt.xz");
    if (!higgs || !twitter) {
        puts("1..0 # SKIP the recorded data are not beside the source tree (or in $AVIARY_DATA)");
        return 0;
    }
    Suite *s = suite_create("replayed");
    TCase *c = tcase_create("recorded workloads");
    tcase_set_timeout(c, 0);
    tcase_add_test(c, plans_from_the_past_reduce_little_in_a_flash_crowd);
    tcase_add_test(c, plans_reduce_multi_partition_commands_of_recorded_transactions);
    suite_add_tcase(s, c);
    int status = test_main(s);
    free(higgs);
    free(twitter);
    return status;
}
