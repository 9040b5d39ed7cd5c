/* Fail-over: after one crashed replica a scheme is back within five leader timeouts of the model,
 * whatever its retry and connection timeouts are.
 *
 * Reference: the same seed with that replica crashed at time 0, mean throughput of the last half.
 * Down: until the end of the last window below 80 % of the reference within 5 s after the fault;
 * where a leader timeout is shorter than a window the time after the fault and the windows shrink
 * with it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/liveness.h"

#define US UINT64_C(1000)
#define MS UINT64_C(1000000)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A model, and how closely it is looked at. */
struct testbed {
    const char *model;
    const char *load;
    uint64_t fault_ms, end_ms; /* the crash; clients issue nothing from then on */
    uint64_t window_ns;
    uint64_t bound_ns; /* five leader timeouts */
};

static const struct testbed cluster = {"cluster-2014", "--clients 32", 1300,
                                       4000,           50 * MS,        1000 * MS};
static const struct testbed xl170 = {"rdma-xl170", "--clients 32", 20, 70, 1 * MS, 5 * MS};
static const struct testbed softroce = {"softroce", "--clients 8", 1300, 7000, 50 * MS, 3000 * MS};

/* Timeouts that a fail-over must not wait for. */
#define PATIENT ":timeout.retry=10s,connection.timeout=10s"

struct failure {
    const char *scheme;
    const char *victim;
    uint32_t replicas;
    const struct testbed *testbed;
    const char *settings; /* of the model, or "" */
};

static struct liveness run(const struct failure *f, uint64_t crash_ms, char *text, size_t room)
{
    const struct testbed *b = f->testbed;
    char options[512], model[256], faults[64];
    snprintf(options, sizeof(options),
             "-s %s -k 4 -w chirper:users=1000,communities=4 -p random --replicas %u %s "
             "--duration %" PRIu64 "ms",
             f->scheme, f->replicas, b->load, b->end_ms);
    snprintf(model, sizeof(model), "%s%s", b->model, f->settings);
    snprintf(faults, sizeof(faults), "at %" PRIu64 "ms crash %s", crash_ms, f->victim);
    struct liveness_setup s = {
        .options = options, .model = model, .faults = faults, .window_ns = b->window_ns};
    struct liveness l;
    liveness_run(&s, &l);
    snprintf(text, room, "%s", liveness_text(&s, &l));
    return l;
}

static void tell(const struct failure *f)
{
    static char text[2 * LIVENESS_TEXT_MAX], reference_text[2 * LIVENESS_TEXT_MAX];
    const struct testbed *b = f->testbed;
    struct liveness reference = run(f, 0, reference_text, sizeof(reference_text));
    struct liveness l = run(f, b->fault_ms, text, sizeof(text));
    double per_s = liveness_rate(&reference, b->end_ms * MS / 2, b->end_ms * MS);
    uint64_t down_ns = liveness_down_ns(&l, per_s, b->fault_ms * MS, 5000 * MS);
    if (getenv("AVIARY_SHOW"))
        printf("# %-8s %-9s %u %s%s: down %.1f ms of at most %.0f ms, reference %.0f/s\n",
               f->scheme, f->victim, f->replicas, b->model, f->settings, (double)down_ns / 1e6,
               (double)b->bound_ns / 1e6, per_s);
    ck_assert_msg(liveness_all_answered(&reference), "reference: %s", reference_text);
    ck_assert_msg(liveness_all_answered(&l) && down_ns <= b->bound_ns,
                  "%s\ndown for %.1f ms, expected at most %.0f ms; reference %.1f commands/s", text,
                  (double)down_ns / 1e6, (double)b->bound_ns / 1e6, per_s);
    liveness_finish(&reference);
    liveness_finish(&l);
}

/* Each story is one replica that crashes. */
static const struct failure failures[] = {
    {"smr", "p0.r0", 3, &cluster, ""},
    {"ssmr", "p0.r0", 3, &cluster, ""},
    {"dssmr", "p0.r0", 3, &cluster, ""},
    {"dynastar", "p0.r0", 3, &cluster, ""},
    {"ssmr", "p0.r1", 3, &cluster, ""},
    {"dynastar", "p0.r1", 3, &cluster, ""},
    {"dssmr", "oracle.r0", 3, &cluster, ""},
    {"dynastar", "oracle.r0", 3, &cluster, ""},
    {"ssmr", "p0.r0", 5, &cluster, PATIENT},
    {"dynastar", "p0.r0", 3, &cluster, PATIENT},
    {"ssmr", "p0.r0", 3, &xl170, ""},
    {"dssmr", "p0.r0", 3, &xl170, PATIENT},
    {"dynastar", "p0.r0", 5, &xl170, ""},
    {"dynastar", "oracle.r0", 3, &xl170, PATIENT},
    {"ssmr", "p0.r1", 3, &xl170, ""},
    {"ssmr", "p0.r0", 3, &softroce, ""},
    {"dynastar", "p0.r0", 3, &softroce, PATIENT},
};

START_TEST(failure)
{
    tell(&failures[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("failover");
    TCase *crashes = tcase_create("crashes");
    tcase_set_timeout(crashes, 0);
    tcase_add_loop_test(crashes, failure, 0, COUNT(failures));
    suite_add_tcase(suite, crashes);
    return test_main(suite);
}
