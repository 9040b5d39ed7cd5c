/* The published claims about the dynamic schemes, by their direction and within the bands that
 * their figures suggest: the gain by DS-SMR if the workload can be partitioned, the gain by
 * DynaStar if it cannot, and throughput around a plan. Virtual time throughout. Claims: Le,
 * Bezerra, Pedone, DSN 2016 (DS-SMR); Le et al., ICDCS 2019 (DynaStar). */
#include <stdio.h>

#include "tests/lib/claims.h"
#include "tests/lib/figures.h"
#include "tests/lib/harness.h"

static double throughput(const char *scheme, uint32_t partitions, const char *rest)
{
    char line[512];
    snprintf(line, sizeof(line), "-s %s -k %u %s", scheme, partitions, rest);
    return figures_of(line).throughput_per_s;
}

/* ---- DS-SMR -------------------------------------------------------------------------------- */

/* Communities of ten users that follow only each other, placed at random at first. */
#define STRONG_LOCALITY                                                                          \
    "-p random -w chirper:users=1000,communities=100,degree=6,cut=0,zipf=0,timeline=0,post=100," \
    "follow=0,unfollow=0 --clients 128 "

START_TEST(with_strong_locality_moves_end_and_throughput_rises)
{
    struct figures f =
        figures_of("-s dssmr -k 4 " STRONG_LOCALITY "--duration 3s --interval 100ms");
    uint64_t most = 0;
    for (uint32_t i = 0; i < f.intervals; i++)
        if (f.interval[i].moves > most) most = f.interval[i].moves;
    const struct result_interval *first = &f.interval[0], *last = &f.interval[f.intervals - 1];
    ck_assert_uint_gt(most, 100);
    claim_check("DS-8", (double)last->moves / (double)most);
    ck_assert_double_ge(last->throughput_per_s, 2.5 * first->throughput_per_s);
}
END_TEST

START_TEST(posts_scale_with_dssmr_and_not_with_ssmr)
{
    static const char *const ratio[] = {"DS-3 (2)", "DS-3 (4)", "DS-3 (8)"};
    const char *rest = STRONG_LOCALITY "--duration 4s --warmup 3s";
    double dssmr_one = throughput("dssmr", 1, rest), dssmr = 0;
    double ssmr_one = throughput("ssmr", 1, rest), ssmr = ssmr_one;
    claim_check("DS-6", dssmr_one / ssmr_one);
    for (uint32_t i = 0; i < 3; i++) {
        double dssmr_before = dssmr;
        ssmr = throughput("ssmr", 2U << i, rest);
        dssmr = throughput("dssmr", 2U << i, rest);
        ck_assert_double_lt(ssmr, ssmr_one / 4);
        ck_assert_double_gt(dssmr, dssmr_before);
        claim_check(ratio[i], dssmr / ssmr);
    }
    claim_check("DS-2", dssmr / dssmr_one);
    claim_check("DS-2 (S-SMR)", ssmr / ssmr_one);
}
END_TEST

START_TEST(timelines_are_as_fast_with_dssmr_as_with_ssmr)
{
    const char *rest = "-w chirper:users=2000,post=0,follow=0,unfollow=0 --duration 500ms";
    claim_check("DS-1", throughput("dssmr", 4, rest) / throughput("ssmr", 4, rest));
}
END_TEST

/* ---- DynaStar ------------------------------------------------------------------------------ */

/* A graph of which 5 % of the edges cross in any placement, placed by METIS. */
#define NO_CLEAN_CUT                                                        \
    "-p metis -w chirper:cut=0.05,timeline=85,post=15,follow=0,unfollow=0 " \
    "--duration 1s --warmup 400ms --plan-changes off"

START_TEST(dynastar_beats_ssmr_and_dssmr_without_a_clean_cut)
{
    static const char *const over_dssmr[] = {"DY-4 (2)", "DY-4 (4)", "DY-4 (8)", "DY-4 (16)"};
    static const char *const over_ssmr[] = {"DY-3", "DY-2 (4)", "DY-2 (8)", "DY-2 (16)"};
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t partitions = 2U << i;
        double dynastar = throughput("dynastar", partitions, NO_CLEAN_CUT);
        double ssmr = throughput("ssmr", partitions, NO_CLEAN_CUT);
        double dssmr = throughput("dssmr", partitions, NO_CLEAN_CUT);
        claim_check(over_dssmr[i], dynastar / dssmr);
        claim_check(over_ssmr[i], dynastar / ssmr);
    }
}
END_TEST

/* A random placement, and one plan at 2 s, in intervals of 100 ms. */
static struct figures with_a_plan(void)
{
    return figures_of("-s dynastar -k 4 -p random -w chirper:users=4000,cut=0.05 --clients 16 "
                      "--outstanding 16 --hints 250ms --plan-every 2s "
                      "--plan-guard off --plan-keeps 100% --duration 3700ms "
                      "--interval 100ms --transfer eager");
}

static double mean_throughput(const struct figures *f, uint32_t from, uint32_t to)
{
    double sum = 0;
    for (uint32_t i = from; i < to; i++) sum += f->interval[i].throughput_per_s;
    return sum / (to - from);
}

START_TEST(throughput_dips_at_a_plan_and_is_higher_after_it)
{
    struct figures f = with_a_plan();
    double before = mean_throughput(&f, 5, 19), after = mean_throughput(&f, 27, 37);
    double dip = f.interval[20].throughput_per_s;
    ck_assert_uint_eq(f.plans, 1);
    claim_check("DY-10", after / before);
    ck_assert_msg(dip < 0.8 * after, "dip %f, then %f", dip, after);
}
END_TEST

START_TEST(a_plan_makes_most_commands_single_partition)
{
    struct figures f = with_a_plan();
    uint64_t multi[2] = {0, 0}, completed[2] = {0, 0};
    for (uint32_t i = 0; i < 37; i++) {
        completed[i >= 22] += f.interval[i].completed;
        multi[i >= 22] += f.interval[i].multi_partition;
    }
    double before = (double)multi[0] / (double)completed[0];
    double after = (double)multi[1] / (double)completed[1];
    ck_assert_msg(after < before / 3, "%f before, %f after", before, after);
}
END_TEST

START_TEST(queries_to_the_oracle_start_at_the_plan_and_then_decrease)
{
    struct figures f = with_a_plan();
    uint64_t before = 0, most = 0;
    for (uint32_t i = 0; i < 19; i++) before += f.interval[i].oracle_queries;
    for (uint32_t i = 20; i < 26; i++)
        if (f.interval[i].oracle_queries > most) most = f.interval[i].oracle_queries;
    ck_assert_uint_eq(before, 0);
    ck_assert_uint_gt(most, 500);
    claim_check("DY-11", (double)f.interval[36].oracle_queries / (double)most);
}
END_TEST

START_TEST(relabelling_and_remapping_move_less_than_planning_from_scratch)
{
    const char *line = "-s dynastar -k 4 -p metis -w chirper:users=4000,cut=0.05 --clients 16 "
                       "--outstanding 16 --hints 250ms --plan-every 1s "
                       "--plan-guard off --duration 1500ms "
                       "--planning ";
    static const char *const planning[] = {"metis", "metis-relabel", "scotch-remap", "fennel"};
    uint64_t moves[4];
    for (uint32_t i = 0; i < 4; i++) {
        char whole[512];
        snprintf(whole, sizeof(whole), "%s%s", line, planning[i]);
        struct figures f = figures_of(whole);
        moves[i] = 0;
        for (uint32_t j = 0; j < f.intervals; j++) moves[i] += f.interval[j].moves;
    }
    ck_assert_uint_gt(moves[0], 0);
    for (uint32_t i = 1; i < 4; i++)
        ck_assert_msg(moves[i] < moves[0], "%s moves %llu, metis %llu", planning[i],
                      (unsigned long long)moves[i], (unsigned long long)moves[0]);
}
END_TEST

/* Plans place districts, so clients cache locations of districts: soon after one plan clients of
 * TPC-C have cached all of them, and send no more queries. */
START_TEST(queries_to_the_oracle_end_after_a_plan_of_districts)
{
    struct figures f = figures_of("-s dynastar -k 2 -w tpcc:warehouses=2,customers=60,items=200 "
                                  "-p random --duration 2s --plan-every 800ms --plan-guard off "
                                  "--hints 200ms --warmup 0s --interval 100ms -m cluster-2014");
    ck_assert_uint_ge(f.plans, 1);
    uint64_t queries = 0, late = 0;
    for (uint32_t i = 0; i < f.intervals; i++) queries += f.interval[i].oracle_queries;
    for (uint32_t i = 14; i < 16; i++) late += f.interval[i].oracle_queries;
    ck_assert_uint_gt(queries, 0);
    ck_assert_msg(late * 100 <= queries, "%lu queries, %lu of them just before the second plan",
                  (unsigned long)queries, (unsigned long)late);
}
END_TEST

/* Without returns, commands take variables from each other; after three attempts all partitions
 * execute one. The property bounded-attempts checks it, and figures_of() checks that all hold. */
START_TEST(commands_that_keep_borrowed_variables_are_executed)
{
    struct figures f =
        figures_of("-s dynastar -k 2 -w tpcc:warehouses=1,customers=20,items=50,orders=20 "
                   "-p random --clients 32 --duration 200ms --hints off --return no");
    ck_assert_double_gt(f.throughput_per_s, 500);
    /* The ring of orders has room for those that come late, whatever the seed. */
    figures_of("-s dynastar -k 2 -w tpcc:warehouses=1,customers=20,items=50,orders=100 "
               "-m rdma-xl170 -p random --clients 3 --rate 100k/s --duration 10ms --hints off "
               "--return no");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("figures");
    TCase *claims = tcase_create("claims");
    tcase_set_timeout(claims, 0);
    tcase_add_test(claims, with_strong_locality_moves_end_and_throughput_rises);
    tcase_add_test(claims, posts_scale_with_dssmr_and_not_with_ssmr);
    tcase_add_test(claims, timelines_are_as_fast_with_dssmr_as_with_ssmr);
    tcase_add_test(claims, dynastar_beats_ssmr_and_dssmr_without_a_clean_cut);
    tcase_add_test(claims, throughput_dips_at_a_plan_and_is_higher_after_it);
    tcase_add_test(claims, a_plan_makes_most_commands_single_partition);
    tcase_add_test(claims, queries_to_the_oracle_start_at_the_plan_and_then_decrease);
    tcase_add_test(claims, relabelling_and_remapping_move_less_than_planning_from_scratch);
    tcase_add_test(claims, queries_to_the_oracle_end_after_a_plan_of_districts);
    tcase_add_test(claims, commands_that_keep_borrowed_variables_are_executed);
    suite_add_tcase(suite, claims);
    return test_main(suite);
}
