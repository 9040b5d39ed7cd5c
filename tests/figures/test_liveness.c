/* Liveness: no leader is deposed without a fault, for any costs of commands and any latencies; a
 * service whose groups keep connected majorities makes progress whichever links are cut; and a lost
 * message costs round trips, not timeouts. Virtual time, so each run is the same on every machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/harness.h"
#include "tests/lib/liveness.h"
#include "tests/lib/simulated.h"
#include "tests/lib/tables.h"

#define MS UINT64_C(1000000)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Runs it; all commands must be answered and all properties hold. */
static struct liveness run_answered(const struct liveness_setup *s)
{
    struct liveness l;
    liveness_run(s, &l);
    ck_assert_msg(liveness_all_answered(&l), "%s", liveness_text(s, &l));
    return l;
}

static void run_without_election(const struct liveness_setup *s)
{
    struct liveness l = run_answered(s);
    ck_assert_msg(liveness_without_election(&l), "%s", liveness_text(s, &l));
    liveness_finish(&l);
}

/* ---- no elections without faults ------------------------------------------------------------ */

/* Three commands, each on a hundred variables of 30 kB in four partitions: a partition's values are
 * 0.75 MB for each of nine replicas, 5 ms of a 10 Gb/s link, where leaders are suspected after 1
 * ms. */
START_TEST(commands_on_a_hundred_large_variables_depose_no_leader)
{
    char trace[4096], list[1024] = "";
    for (int i = 0; i < 100; i++) sprintf(list + strlen(list), "%sv%d", i ? "," : "", i);
    snprintf(trace, sizeof(trace), "@variable %s size=30kB\nsum rw=%s\nsum rw=%s\nsum rw=%s\n",
             list, list, list, list);
    run_without_election(&(struct liveness_setup){
        .options = "-s ssmr -k 4 --clients 1", .model = "rdma-xl170", .trace = trace});
}
END_TEST

/* Commands on four values of half a megabyte each, in all partitions. */
START_TEST(commands_on_large_values_depose_no_leader)
{
    run_without_election(&(struct liveness_setup){
        .options = "-s ssmr -k 4 -w kv:variables=100,multi-get=1,keys=4,size=512KiB --clients 4 "
                   "--commands 200",
        .model = "rdma-xl170"});
}
END_TEST

/* 512 clients whose commands all go to all eight partitions: a leader has hundreds of commands
 * pending, each of eight groups. */
START_TEST(hundreds_of_pending_commands_depose_no_leader)
{
    run_without_election(&(struct liveness_setup){
        .options = "-s ssmr -k 8 -p range -w kv:variables=4096,get=0,put=100,size=64B,groups=8,"
                   "spread=8,keys=8,multi=100%,multi-put=1,multi-get=0 --clients 512 "
                   "--commands 2000",
        .model = "rdma-xl170"});
}
END_TEST

/* Combinations of extreme parameters: command size, clients for each partition, round trip, model.
 */
static const struct corner {
    const char *options, *model;
} corners[] = {
    /* Small commands, many clients, the models as shipped. */
    {"-s ssmr -k 2 --clients 1024 -w kv:size=64B,multi-get=5 --commands 10000", "cluster-2014"},
    {"-s dynastar -k 2 --clients 1024 -w kv:size=64B,multi-put=5 --commands 10000", "rdma-xl170"},
    {"-s dssmr -k 2 --clients 1024 -w kv:size=64B,multi-get=5 --commands 5000", "softroce"},
    /* Commands of up to 4 MiB: one takes several times the leader timeout on the wire. */
    {"-s smr --clients 512 --replicas 5 -w kv:size=4MiB,variables=100 --commands 1000",
     "rdma-r320"},
    {"-s dynastar -k 2 --clients 2 -w kv:size=1MiB,variables=100,multi-put=20 --commands 100",
     "cluster-2014"},
    {"-s dssmr -k 4 --clients 64 -w kv:size=64KiB,variables=400,multi-get=20 --commands 1000",
     "ec2-2019"},
    {"-s ssmr -k 4 --clients 4 -w kv:size=1MiB,variables=100,multi-put=20 --commands 50",
     "softroce"},
    /* A command computes for ten leader timeouts. */
    {"-s dynastar -k 2 --clients 16 -w kv:multi-put=20 --commands 200",
     "cluster-2014:execute.default=2s"},
    /* Round trips of a microsecond and of two seconds, in place of the model's. */
    {"-s ssmr -k 4 --clients 256 -w kv:size=64B,multi-get=20 --commands 10000",
     "rdma-xl170:link.latency=constant 500ns"},
    {"-s dynastar -k 2 --clients 2 -w kv:size=1KiB,multi-put=20 --commands 60",
     "rdma-xl170:link.latency=uniform 900ms 1s"},
    {"-s ssmr -k 4 --clients 2048 -w kv:size=64B,multi-get=20 --commands 8000",
     "cluster-2014:link.latency=constant 1s"},
    {"-s dssmr -k 2 --clients 32 -w kv:size=1MiB,variables=100,multi-get=20 --commands 100",
     "ec2-2019:link.latency=constant 1s"},
    /* A latency without a bound, whose mean is half the leader timeout. */
    {"-s ssmr -k 2 --clients 64 -w kv:size=1KiB,multi-put=20 --commands 4000",
     "ec2-2019:link.latency=lognormal 60ms median 20ms sigma 0.8"},
    /* A leader has answers to a hundred clients in its NIC when its followers expect a heartbeat.
     */
    {"-s dynastar --seed 2100 -k 4 --clients 140 --commands 2500 --rate 20292/s -p range -w "
     "kv:variables=337,size=2735B,get=10,put=29,multi-get=0,multi-put=20,keys=8 --hints 8690676ns "
     "--plan-changes 247 --plan-guard off",
     "rdma-xl170:link.latency=empirical 0:1631ns 0.99:3262ns 1:32620ns,link.bandwidth=2445Mbps"},
    /* Every batch is full, and takes longer than a leader timeout on the wire. */
    {"-s smr -k 6 -p random --seed 7713 --clients 6 --commands 1666 --rate 756286/s -w "
     "kv:variables=286,size=97B,get=18,put=18,multi-get=81,multi-put=20,keys=2",
     "rdma-xl170:link.latency=lognormal 307ns median 308ns sigma 0.8,link.bandwidth=403Mbps"},
    /* A plan moves variables one by one, each in a third of a heartbeat. */
    {"-s dynastar --seed 3788 -k 7 --clients 7 --commands 200 -p random -w "
     "kv:variables=1998,size=22B,get=12,put=15,multi-get=0,multi-put=5,keys=4 --hints 4335102ns "
     "--plan-changes 215 --plan-guard off",
     "rdma-xl170:link.latency=empirical 0:953ns 0.99:1906ns 1:19060ns,execute.default=112571ns"},
    /* On a shared host a round of sixty-four large messages takes half a leader timeout. */
    {"-s dynastar --seed 5404 -k 8 --clients 1584 --commands 1584 -p random -w "
     "kv:variables=2036,size=302567B,get=38,put=21,multi-get=11,multi-put=9,keys=4",
     "softroce:link.latency=uniform 1099ns 3297ns,link.bandwidth=11088Mbps"},
};

START_TEST(extreme_parameters_depose_no_leader)
{
    const struct corner *c = &corners[_i];
    run_without_election(&(struct liveness_setup){.options = c->options, .model = c->model});
}
END_TEST

/* ---- cuts ----------------------------------------------------------------------------------- */

#define CUT_WORKLOAD \
    " -k 2 -w chirper:users=1000,communities=4 -p random --duration 2s --clients 16"

/* Rate under the faults from 500 ms on, against that of the same run without. */
static void assert_rate_share(const char *options, const char *faults, double least)
{
    struct liveness_setup without = {.options = options},
                          with = {.options = options, .faults = faults};
    struct liveness whole = run_answered(&without), l;
    liveness_run(&with, &l);
    double share =
        liveness_rate(&l, 500 * MS, UINT64_MAX) / liveness_rate(&whole, 500 * MS, UINT64_MAX);
    ck_assert_msg(liveness_all_answered(&l) && share >= least,
                  "%s\n%.1f %% of the rate without faults, expected at least %.0f %%",
                  liveness_text(&with, &l), 100 * share, 100 * least);
    liveness_finish(&whole);
    liveness_finish(&l);
}

static void assert_rate_share_of(const char *scheme, const char *workload, const char *faults,
                                 double least)
{
    char options[512];
    snprintf(options, sizeof(options), "-s %s%s", scheme, workload);
    assert_rate_share(options, faults, least);
}

/* Two replicas without a link, both connected to the third, must not depose each other repeatedly.
 */
START_TEST(a_follower_cut_from_the_leader_only_does_not_depose_it)
{
    assert_rate_share_of(scheme_at((uint32_t)_i)->name, CUT_WORKLOAD, "at 300ms cut p0.r0 p0.r1",
                         0.9);
}
END_TEST

/* The link between leaders of two groups, or between all clients and a leader, is cut for good;
 * other links of their groups are not. The rate is at least a tenth of that without the cut. */
static const char *const severed[] = {
    "at 300ms cut p0.r0 p1.r0",
    "at 300ms cut c* p0.r0",
    "at 300ms cut c*,p1.r0 p0.r0",
};

START_TEST(a_leader_cut_from_clients_or_other_leaders_is_replaced)
{
    for (uint32_t i = 0; scheme_at(i); i++)
        if (scheme_at(i)->partitioned)
            assert_rate_share_of(scheme_at(i)->name, CUT_WORKLOAD, severed[_i], 0.1);
}
END_TEST

/* The same of the oracle's leader. */
START_TEST(an_oracle_leader_cut_from_clients_or_partitions_is_replaced)
{
    for (uint32_t i = 0; scheme_at(i); i++) {
        if (!scheme_at(i)->oracle) continue;
        assert_rate_share_of(scheme_at(i)->name, CUT_WORKLOAD, "at 300ms cut c* oracle.r0", 0.1);
        assert_rate_share_of(scheme_at(i)->name, CUT_WORKLOAD, "at 300ms cut oracle.r0 p0.r0", 0.1);
    }
}
END_TEST

/* ---- losses --------------------------------------------------------------------------------- */

#define LOSS_WORKLOAD " -k 4 -w chirper:users=1000,communities=4 -p random --duration 2s"

START_TEST(loss_of_one_message_in_ten_thousand_costs_at_most_a_tenth_of_the_rate)
{
    assert_rate_share_of(scheme_at((uint32_t)_i)->name, LOSS_WORKLOAD, "at 0ms loss 0.01% * *",
                         0.9);
}
END_TEST

START_TEST(loss_of_one_message_in_a_thousand_costs_at_most_two_fifths_of_the_rate)
{
    assert_rate_share_of(scheme_at((uint32_t)_i)->name, LOSS_WORKLOAD, "at 0ms loss 0.1% * *", 0.6);
}
END_TEST

/* A second of heavy loss and cuts between up to eight partitions and the oracle: groups wait for
 * each other in cycles. After the faults all commands are answered. */
static const char *const heavy_loss[] = {
    "-s dssmr -k 8 --replicas 5 --location-cache off -m ec2-2019 --window 7 --clients 7 "
    "-w tpcc:warehouses=4,customers=20,items=50,orders=20 --commands 107 --rate 7409/s --faults "
    "swarm --seed 8872",
    "-s dssmr -k 5 --location-cache off -p random -m rdma-xl170 --window 13 --clients 15 "
    "-w kv:variables=2707,multi=34% --commands 79 --outstanding 6 --faults swarm --seed 13109",
    "-s dynastar -k 7 -w tpcc:warehouses=2,customers=20,items=50,orders=20 -p random --replicas 1 "
    "--window 2 --clients 18 --rate 7228/s --commands 293 --seed 295 --target most --retries 2 "
    "--hints 27ms --plan-every 11ms --plan-changes 37 --plan-guard off --transfer lazy "
    "-m rdma-r320 --faults swarm",
};

START_TEST(commands_are_answered_after_a_second_of_heavy_loss)
{
    struct run *run = simulated(heavy_loss[_i]);
    ck_assert_msg(run_result(run)->verdict == RESULT_OK, "%s", heavy_loss[_i]);
    run_destroy(run);
}
END_TEST

/* ---- permanent loss of a group -------------------------------------------------------------- */

static const struct {
    const char *scheme, *faults, *reason;
} lost[] = {
    {"ssmr", "at 100ms crash p0.r1,p0.r2",
     "survivable: p0 has no connected majority left: r1, r2 crashed"},
    {"ssmr", "at 100ms cut p0.r0,p0.r1 p0.r1,p0.r2",
     "survivable: p0 has no connected majority left: its links are cut"},
    {"ssmr", "at 100ms loss 100% p0.* p1.*", "survivable: p0 and p1 cannot reach each other"},
    {"ssmr", "at 100ms cut c3 p1.*", "survivable: c3 cannot reach p1"},
    {"dssmr", "at 100ms crash p1.r0,p1.r2",
     "survivable: p1 has no connected majority left: r0, r2 crashed"},
    {"dynastar", "at 100ms crash oracle.r0,oracle.r1",
     "survivable: oracle has no connected majority left: r0, r1 crashed"},
    {"smr", "at 100ms crash *",
     "survivable: p0 has no connected majority left: r0, r1, r2 crashed"},
};

/* The verdict is `unknown` and names the lost group or link; never `fail`. */
START_TEST(a_lost_majority_or_link_is_named)
{
    char options[256];
    snprintf(options, sizeof(options), "-s %s -k 3 -w kv:multi=20%% --clients 12 --duration 300ms",
             lost[_i].scheme);
    struct liveness_setup s = {.options = options, .faults = lost[_i].faults};
    struct liveness l;
    liveness_run(&s, &l);
    ck_assert_msg(l.verdict == RESULT_UNKNOWN && strcmp(l.reason, lost[_i].reason) == 0, "%s",
                  liveness_text(&s, &l));
    liveness_finish(&l);
}
END_TEST

/* One replica of each group is cut off permanently, as if it had crashed. */
START_TEST(commands_are_answered_with_a_minority_cut_off)
{
    char options[256];
    snprintf(options, sizeof(options), "-s %s -k 3 -w kv:multi=20%% --clients 12 --duration 1s",
             scheme_at((uint32_t)_i)->name);
    struct liveness_setup s = {.options = options, .faults = "at 100ms cut *.r2 *"};
    struct liveness l;
    liveness_run(&s, &l);
    ck_assert_msg(liveness_all_answered(&l), "%s", liveness_text(&s, &l));
    liveness_finish(&l);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("liveness");
    TCase *elections = tcase_create("no elections");
    tcase_set_timeout(elections, 0);
    tcase_add_test(elections, commands_on_a_hundred_large_variables_depose_no_leader);
    tcase_add_test(elections, commands_on_large_values_depose_no_leader);
    tcase_add_test(elections, hundreds_of_pending_commands_depose_no_leader);
    tcase_add_loop_test(elections, extreme_parameters_depose_no_leader, 0, COUNT(corners));
    suite_add_tcase(suite, elections);
    TCase *cuts = tcase_create("cuts");
    tcase_set_timeout(cuts, 0);
    tcase_add_loop_test(cuts, a_follower_cut_from_the_leader_only_does_not_depose_it, 0,
                        (int)scheme_count());
    tcase_add_loop_test(cuts, a_leader_cut_from_clients_or_other_leaders_is_replaced, 0,
                        COUNT(severed));
    tcase_add_test(cuts, an_oracle_leader_cut_from_clients_or_partitions_is_replaced);
    suite_add_tcase(suite, cuts);
    TCase *losses = tcase_create("losses");
    tcase_set_timeout(losses, 0);
    tcase_add_loop_test(losses,
                        loss_of_one_message_in_ten_thousand_costs_at_most_a_tenth_of_the_rate, 0,
                        (int)scheme_count());
    tcase_add_loop_test(losses,
                        loss_of_one_message_in_a_thousand_costs_at_most_two_fifths_of_the_rate, 0,
                        (int)scheme_count());
    tcase_add_loop_test(losses, commands_are_answered_after_a_second_of_heavy_loss, 0,
                        COUNT(heavy_loss));
    suite_add_tcase(suite, losses);
    TCase *nothing = tcase_create("lost");
    tcase_set_timeout(nothing, 0);
    tcase_add_loop_test(nothing, a_lost_majority_or_link_is_named, 0, COUNT(lost));
    tcase_add_loop_test(nothing, commands_are_answered_with_a_minority_cut_off, 0,
                        (int)scheme_count());
    suite_add_tcase(suite, nothing);
    return test_main(suite);
}
