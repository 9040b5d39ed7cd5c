/* Fail-over: after a crash of one replica a scheme recovers within five leader timeouts of the
 * model, independently of its retry and connection timeouts.
 *
 * Reference: the same seed with that replica crashed at time 0, mean throughput of the last half.
 * Down: until the end of the last window below 80 % of the reference. Windows have 50 ms and lie
 * within 5 s after the fault for a leader timeout of 200 ms; both are in proportion to the timeout,
 * but windows are long enough not to be below 80 % by chance.
 *
 * `make check-long` runs all combinations. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/harness.h"
#include "tests/lib/liveness.h"
#include "tests/lib/tables.h"

#define MS UINT64_C(1000000)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A model with a load that is even enough for windows of this length. */
struct testbed {
    const char *model;
    const char *load;
    uint64_t fault_ms, end_ms; /* clients issue no commands from then on */
    uint64_t window_ms;        /* of some 500 answers: a fifth fewer is not by chance */
    uint64_t bound_ms;         /* five leader timeouts */
};

#define EVEN_LOAD "-k 4 -p range -w kv:multi=2%"
#define ISSUE_LOAD "-k 4 -p random -w chirper:users=1000,communities=4"

static const struct testbed cluster = {
    "cluster-2014", EVEN_LOAD " --clients 8", 1300, 6300, 50, 1000};
static const struct testbed xl170 = {"rdma-xl170", EVEN_LOAD " --clients 8", 20, 70, 2, 5};
static const struct testbed softroce = {"softroce", EVEN_LOAD " --clients 16", 1350, 8000, 150,
                                        3000};
/* Hundreds of commands are pending when the replica crashes. */
static const struct testbed crowded_cluster = {"cluster-2014", ISSUE_LOAD, 1300, 8000, 50, 1000};
static const struct testbed crowded_xl170 = {"rdma-xl170", EVEN_LOAD, 20, 70, 2, 5};
/* Variables of users move to those of the users that they follow: after a second few commands span
 * partitions, and clients without cached locations query the oracle. */
static const struct testbed gathered_cluster = {
    "cluster-2014", ISSUE_LOAD " --target most --clients 8", 1300, 6300, 50, 1000};
/* The same windows as on the cluster: a short outage does not show in them, but a second one would.
 */
static const struct testbed long_xl170 = {"rdma-xl170", EVEN_LOAD " --clients 8", 100, 600, 50, 5};

/* Timeouts that must not delay a fail-over. */
#define PATIENT ":timeout.retry=10s,connection.timeout=10s"

struct story {
    const char *scheme;
    const char *victim;
    uint32_t replicas;
    const struct testbed *testbed;
    const char *settings; /* of the model */
};

static struct liveness crash(const struct story *s, uint64_t at_ms, char *text, size_t room)
{
    const struct testbed *b = s->testbed;
    char options[512], model[256], faults[64];
    snprintf(options, sizeof(options),
             "-s %s --replicas %u %s --plan-changes off --duration %" PRIu64 "ms", s->scheme,
             s->replicas, b->load, b->end_ms);
    snprintf(model, sizeof(model), "%s%s", b->model, s->settings);
    snprintf(faults, sizeof(faults), "at %" PRIu64 "ms crash %s", at_ms, s->victim);
    struct liveness_setup setup = {
        .options = options, .model = model, .faults = faults, .window_ns = b->window_ms * MS};
    struct liveness l;
    liveness_run(&setup, &l);
    snprintf(text, room, "%s", liveness_text(&setup, &l));
    return l;
}

static void run_failover(const struct story *s)
{
    static char text[2 * LIVENESS_TEXT_MAX], reference_text[2 * LIVENESS_TEXT_MAX];
    const struct testbed *b = s->testbed;
    uint64_t fault_ns = b->fault_ms * MS, end_ns = b->end_ms * MS, bound_ns = b->bound_ms * MS;
    struct liveness reference = crash(s, 0, reference_text, sizeof(reference_text));
    struct liveness l = crash(s, b->fault_ms, text, sizeof(text));
    double per_s = liveness_rate(&reference, end_ns / 2, end_ns);
    double before_per_s = liveness_rate(&l, fault_ns / 2, fault_ns);
    uint64_t down_ns = liveness_down_ns(&l, per_s, fault_ns, 5 * bound_ns);
    ck_assert_msg(liveness_all_answered(&reference) && per_s > before_per_s / 2,
                  "%s\nno reference: %.1f commands/s, and %.1f before the crash", reference_text,
                  per_s, before_per_s);
    ck_assert_msg(liveness_all_answered(&l) && down_ns <= bound_ns,
                  "%s\ndown for %.1f ms, expected at most %.1f; %.1f commands/s before the crash, "
                  "reference %.1f",
                  text, (double)down_ns / 1e6, (double)bound_ns / 1e6, before_per_s, per_s);
    liveness_finish(&reference);
    liveness_finish(&l);
}

/* Some combinations of scheme, victim, size and model, among them those that have failed before. */
static const struct story stories[] = {
    {"ssmr", "p0.r0", 3, &crowded_cluster, ""}, /* recovered after six seconds */
    {"dynastar", "p0.r0", 3, &crowded_cluster, ""},
    {"dynastar", "p0.r0", 3, &crowded_xl170, ""},
    {"ssmr", "p0.r0", 3, &long_xl170, ""},
    {"smr", "p0.r0", 3, &cluster, PATIENT},
    {"ssmr", "p0.r0", 3, &cluster, PATIENT},
    {"dssmr", "p0.r0", 3, &gathered_cluster, ""},
    {"dssmr", "p0.r0", 3, &cluster, ""},
    {"dssmr", "p1.r0", 5, &cluster, PATIENT},
    {"dynastar", "p0.r0", 5, &cluster, PATIENT},
    {"ssmr", "p0.r1", 3, &cluster, ""},
    {"dynastar", "p2.r2", 3, &cluster, PATIENT},
    {"dssmr", "oracle.r0", 3, &cluster, PATIENT},
    {"dynastar", "oracle.r0", 5, &cluster, ""},
    {"dynastar", "oracle.r1", 3, &cluster, ""},
    {"smr", "p0.r0", 5, &xl170, ""},
    {"ssmr", "p3.r0", 3, &xl170, ""},
    {"ssmr", "p0.r0", 5, &xl170, PATIENT},
    {"dssmr", "p0.r0", 3, &xl170, PATIENT},
    {"dynastar", "p0.r0", 3, &xl170, PATIENT},
    {"ssmr", "p0.r1", 3, &xl170, PATIENT},
    {"dssmr", "oracle.r0", 3, &xl170, PATIENT},
    {"dynastar", "oracle.r0", 3, &xl170, ""},
    {"smr", "p0.r0", 3, &softroce, ""},
    {"ssmr", "p0.r0", 3, &softroce, PATIENT},
    {"dssmr", "p0.r0", 3, &softroce, PATIENT},
    {"dynastar", "p0.r0", 5, &softroce, ""},
    {"ssmr", "p1.r2", 3, &softroce, ""},
    {"dynastar", "oracle.r0", 3, &softroce, PATIENT},
};

START_TEST(a_service_recovers_from_a_crash_within_five_leader_timeouts)
{
    run_failover(&stories[_i]);
}
END_TEST

/* ---- all combinations ----------------------------------------------------------------------- */

static const char *const victims[] = {"p0.r0", "p0.r1", "oracle.r0"};
static const struct testbed *const testbeds[] = {&cluster, &xl170, &softroce};
static const char *const settings[] = {"", PATIENT};

enum { EVERY_OF_A_SCHEME = COUNT(victims) * COUNT(testbeds) * COUNT(settings) * 2 };

START_TEST(a_service_recovers_from_each_crash_within_five_leader_timeouts)
{
    size_t i = (size_t)_i;
    const char *setting = settings[i % COUNT(settings)];
    i /= COUNT(settings);
    const struct testbed *testbed = testbeds[i % COUNT(testbeds)];
    i /= COUNT(testbeds);
    uint32_t replicas = i % 2 ? 5 : 3;
    i /= 2;
    const char *victim = victims[i % COUNT(victims)];
    const struct scheme *scheme = scheme_at((uint32_t)(i / COUNT(victims)));
    if (strncmp(victim, "oracle", 6) == 0 && !scheme->oracle) return;
    run_failover(&(struct story){scheme->name, victim, replicas, testbed, setting});
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("failover");
    TCase *some = tcase_create("some");
    tcase_set_timeout(some, 0);
    if (!getenv("AVIARY_SEEDS"))
        tcase_add_loop_test(some, a_service_recovers_from_a_crash_within_five_leader_timeouts, 0,
                            COUNT(stories));
    suite_add_tcase(suite, some);
    TCase *every = tcase_create("every");
    tcase_set_timeout(every, 0);
    if (getenv("AVIARY_SEEDS"))
        tcase_add_loop_test(every, a_service_recovers_from_each_crash_within_five_leader_timeouts,
                            0, (int)scheme_count() * EVERY_OF_A_SCHEME);
    suite_add_tcase(suite, every);
    return test_main(suite);
}
