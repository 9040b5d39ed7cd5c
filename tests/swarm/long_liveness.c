/* No leader is deposed without a fault: five hundred drawn runs, and a million heartbeats of each
 * shipped model.
 *
 * A run draws its size, its commands and its network: commands of 64 B to 4 MiB, which may take up
 * to a second, 1 to 512 clients for each partition, round trips of 1 us to 2 s, uniform on a
 * logarithmic scale. AVIARY_SEEDS=N runs N / 40 of them, and AVIARY_SEED=S one alone. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/swarm/draw.h"
#include "base/random.h"
#include "tests/lib/harness.h"
#include "tests/lib/liveness.h"
#include "tests/lib/tables.h"

enum { SEEDS_A_CASE = 40, SEEDS_DEFAULT = 20000, EVENTS_A_CASE = 4000000 };
enum { PLANNED_BYTES_MAX = 64 << 20 };
#define DRAWN UINT64_C(4548777980450192783) /* hash of the first five hundred */

/* Shipped models, and their leader timeouts. */
static const struct testbed {
    const char *model;
    uint64_t timeout_ns;
    bool shared; /* replicas execute one after the other, on the same cores */
} testbeds[] = {{"cluster-2014", 200000000, false},
                {"ec2-2019", 200000000, false},
                {"rdma-r320", 1000000, false},
                {"rdma-xl170", 1000000, false},
                {"softroce", 600000000, true}};
enum { TESTBEDS = sizeof(testbeds) / sizeof(testbeds[0]) };

static uint64_t from_environment(const char *name, uint64_t standard)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : standard;
}

/* ---- drawing -------------------------------------------------------------------------------- */

struct draw {
    struct random random;
    char options[512], model[256];
    uint64_t timeout_ns;
    bool slow;      /* commands take about a timeout to execute */
    uint64_t bytes; /* of all variables */
};

static uint64_t between(struct draw *d, uint64_t least, uint64_t most)
{
    return least + random_below(&d->random, most - least + 1);
}

/* From least to most, uniform on a logarithmic scale. */
static uint64_t scaled(struct draw *d, uint64_t least, uint64_t most)
{
    double u = (double)(random_next(&d->random) >> 11) / 0x1p53;
    return (uint64_t)((double)least * pow((double)most / (double)least, u) + 0.5);
}

static const char *one_of(struct draw *d, const char *const *words, uint64_t count)
{
    return words[random_below(&d->random, count)];
}

/* `link.latency = ...` with about that mean, with or without a bound. */
static int draw_latency(struct draw *d, uint64_t ns, char *at, size_t room)
{
    switch (random_below(&d->random, 4)) {
    case 0:
        return snprintf(at, room, "constant %" PRIu64 "ns", ns);
    case 1:
        return snprintf(at, room, "uniform %" PRIu64 "ns %" PRIu64 "ns", ns / 2, ns + ns / 2);
    case 2:
        return snprintf(at, room, "empirical 0:%" PRIu64 "ns 0.99:%" PRIu64 "ns 1:%" PRIu64 "ns",
                        ns / 2, ns, 10 * ns);
    default:
        return snprintf(at, room, "lognormal %" PRIu64 "ns median %" PRIu64 "ns sigma 0.%" PRIu64,
                        ns / 2, ns / 2 + 1, between(d, 3, 8));
    }
}

/* Also about the leader timeout, for values drawn in proportion to it. */
static void draw_model(struct draw *d)
{
    char *at = d->model, *end = d->model + sizeof(d->model);
    const struct testbed *t = &testbeds[random_below(&d->random, TESTBEDS)];
    uint64_t ns = scaled(d, 500, 1000000000);
    d->timeout_ns = t->timeout_ns > 4 * ns ? t->timeout_ns : 4 * ns;
    at += snprintf(at, (size_t)(end - at), "%s:link.latency=", t->model);
    at += draw_latency(d, ns, at, (size_t)(end - at));
    if (random_chance(&d->random, 1, 2))
        at += snprintf(at, (size_t)(end - at), ",link.bandwidth=%" PRIu64 "Mbps",
                       scaled(d, 200, 100000));
    d->slow = random_chance(&d->random, 1, 4) && !t->shared;
    if (d->slow)
        snprintf(at, (size_t)(end - at), ",execute.default=%" PRIu64 "ns",
                 scaled(d, d->timeout_ns / 30, d->timeout_ns * 30));
}

/* Each draw is a statement: the order of arguments would be the compiler's. */
static int draw_workload(struct draw *d, char *at, size_t room)
{
    static const struct {
        const char *text;
        uint64_t most;
    } keys[] = {{"2", 2}, {"4", 4}, {"2-8", 8}, {"8", 8}};
    const char *place = swarm_draw_placement(&d->random);
    size_t i = random_below(&d->random, 4);
    uint64_t variables = scaled(d, 64, 4096);
    uint64_t size = scaled(d, 64, 4 << 20) / keys[i].most; /* of the largest command in all */
    uint64_t get = between(d, 0, 50), put = between(d, 1, 50);
    uint64_t multi_get = random_chance(&d->random, 1, 4) ? 0 : scaled(d, 1, 100);
    uint64_t multi_put = between(d, 0, 20);
    d->bytes = variables * size;
    return snprintf(at, room,
                    " -p %s -w kv:variables=%" PRIu64 ",size=%" PRIu64 "B,get=%" PRIu64
                    ",put=%" PRIu64 ",multi-get=%" PRIu64 ",multi-put=%" PRIu64 ",keys=%s",
                    place, variables, size, get, put, multi_get, multi_put, keys[i].text);
}

/* Plans whose moves take at most a few seconds. */
static void draw_plans(struct draw *d, char *at, size_t room)
{
    uint64_t hint_ns = scaled(d, d->timeout_ns / 10, 10 * d->timeout_ns);
    uint64_t changes = scaled(d, 100, 10000);
    if (random_chance(&d->random, 1, 2) && d->bytes < PLANNED_BYTES_MAX)
        snprintf(at, room, " --hints %" PRIu64 "ns --plan-changes %" PRIu64, hint_ns, changes);
}

/* As many commands as take less than a second of real time, and one for each client. Those of
 * DS-SMR, which does not lend, take dozens of moves each, one after the other. */
static uint64_t draw_load(struct draw *d, const struct scheme *scheme, char *at, size_t room)
{
    bool moves = scheme->oracle && !scheme->proxy->lends;
    uint64_t k = between(d, 1, 8), clients = k * scaled(d, 1, d->slow || moves ? 16 : 512);
    uint64_t commands = d->slow || moves ? 200 : 10000 / k;
    if (commands < clients) commands = clients;
    uint64_t used =
        (uint64_t)snprintf(at, room, " -k %" PRIu64 " --clients %" PRIu64 " --commands %" PRIu64, k,
                           clients, commands);
    if (moves || random_chance(&d->random, 4, 5)) return used;
    /* An open loop: all are issued within 2000 timeouts. */
    return used + (uint64_t)snprintf(at + used, room - used, " --rate %" PRIu64 "/s",
                                     scaled(d, 1 + 5000000000 / d->timeout_ns, 1000000));
}

static void draw_case(struct draw *d, uint64_t seed)
{
    static const char *const sizes[] = {"1", "3", "3", "5"};
    char *at = d->options, *end = d->options + sizeof(d->options);
    d->random = random_named(seed, "liveness", "case");
    draw_model(d);
    const struct scheme *scheme = scheme_draw(&d->random);
    at += snprintf(at, (size_t)(end - at), "-s %s --replicas %s --seed %" PRIu64, scheme->name,
                   one_of(d, sizes, 4), seed);
    at += draw_load(d, scheme, at, (size_t)(end - at));
    at += draw_workload(d, at, (size_t)(end - at));
    if (scheme->plans) draw_plans(d, at, (size_t)(end - at));
}

/* ---- tests ---------------------------------------------------------------------------------- */

/* All commands were answered; or, if the budget was exhausted, commands were answered until then.
 */
static bool answers(const struct liveness *l)
{
    if (!l->cut_short) return liveness_all_answered(l);
    return liveness_rate(l, l->end_ns - l->end_ns / 4, UINT64_MAX) > 0;
}

/* A slow one without an answer at the end of its budget gets ten times as much: DS-SMR may move
 * variables for seconds between two answers. */
static void run_case(struct liveness_setup *s, struct liveness *l)
{
    s->events_max = EVENTS_A_CASE;
    liveness_run(s, l);
    if (!l->cut_short || answers(l)) return;
    liveness_finish(l);
    s->events_max *= 10;
    liveness_run(s, l);
}

static bool run_without_election(uint64_t seed, char message[static 2 * LIVENESS_TEXT_MAX])
{
    struct draw d = {.options = ""};
    draw_case(&d, seed);
    struct liveness_setup s = {.options = d.options, .model = d.model};
    struct liveness l;
    run_case(&s, &l);
    bool holds = answers(&l) && liveness_without_election(&l);
    snprintf(message, 2 * LIVENESS_TEXT_MAX, "AVIARY_SEED=%" PRIu64 ": %s", seed,
             liveness_text(&s, &l));
    liveness_finish(&l);
    return holds;
}

/* A seed gives the same draws with every compiler, so that a failure can be repeated. */
START_TEST(draws_of_a_seed_are_the_same_on_every_platform)
{
    uint64_t hash = 0;
    for (uint64_t seed = 1; seed <= 500; seed++) {
        struct draw d = {.options = ""};
        draw_case(&d, seed);
        hash = hash_text(hash_text(hash, d.options), d.model);
    }
    ck_assert_uint_eq(hash, DRAWN);
}
END_TEST

/* All are run, so that the message of a failure has their number. */
START_TEST(drawn_runs_without_faults_hold_no_elections)
{
    static char message[2 * LIVENESS_TEXT_MAX], first[2 * LIVENESS_TEXT_MAX];
    uint64_t one = from_environment("AVIARY_SEED", 0), failed = 0;
    uint64_t cases = from_environment("AVIARY_SEEDS", SEEDS_DEFAULT) / SEEDS_A_CASE;
    for (uint64_t seed = one ? one : 1; seed <= (one ? one : cases); seed++) {
        if (run_without_election(seed, message)) continue;
        printf("# %s\n", message);
        if (failed++ == 0) snprintf(first, sizeof(first), "%s", message);
    }
    ck_assert_msg(failed == 0, "%" PRIu64 " of %" PRIu64 " runs; the first: %s", failed,
                  one ? 1 : cases, first);
}
END_TEST

/* Latencies have no bound, and there are almost no commands: followers receive heartbeats only. */
START_TEST(a_million_heartbeats_cause_less_than_one_election)
{
    const struct testbed *t = &testbeds[_i];
    char options[256];
    /* Two followers in each of eight groups receive at least five heartbeats per timeout. */
    snprintf(options, sizeof(options),
             "-s dynastar -k 7 -w kv:multi=5%% --clients 1 --rate %.1f/s --duration %.0fms",
             1e9 / (double)t->timeout_ns, 13000 * (double)t->timeout_ns / 1e6);
    struct liveness_setup s = {.options = options, .model = t->model, .events_max = 50000000};
    struct liveness l;
    liveness_run(&s, &l);
    ck_assert_msg(liveness_all_answered(&l) && l.heartbeats > 1000000 &&
                      liveness_without_election(&l),
                  "%s", liveness_text(&s, &l));
    liveness_finish(&l);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("long liveness");
    TCase *drawn = tcase_create("drawn");
    tcase_set_timeout(drawn, 0);
    tcase_add_test(drawn, draws_of_a_seed_are_the_same_on_every_platform);
    tcase_add_test(drawn, drawn_runs_without_faults_hold_no_elections);
    suite_add_tcase(suite, drawn);
    TCase *idle = tcase_create("idle");
    tcase_set_timeout(idle, 0);
    tcase_add_loop_test(idle, a_million_heartbeats_cause_less_than_one_election, 0, TESTBEDS);
    suite_add_tcase(suite, idle);
    return test_main(suite);
}
