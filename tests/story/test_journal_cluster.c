/*
 * The merged journals of a cluster, one of each node, give the same result as one recorder of all
 * nodes: under faults, crashes included, and with clocks that differ.
 */
#include <unistd.h>

#include "analysis/journal/journal.h"
#include "tests/lib/harness.h"
#include "tests/lib/sources.h"
#include "tests/lib/streams.h"
#include "tests/lib/tables.h"
#include "tests/lib/world.h"

#define MS UINT64_C(1000000)

static char *scratch;

static struct journal *must_create(const char *path, const struct topology *t)
{
    struct error e = {""};
    struct journal *j = journal_create(path, t, true, &e);
    ck_assert_msg(j != NULL, "%s", e.text);
    return j;
}

static void must_merge(const struct journal_merge *m)
{
    struct error e = {""};
    struct journal_counts counts;
    int status = journal_merge(m, &counts, &e);
    ck_assert_msg(status == 0, "%s", e.text);
    ck_assert_uint_gt(counts.events, 0);
}

/* ---- a whole cluster, each node with a journal ------------------------------------------------
 */

/* Forwards events to the world's own recorder and to the node's journal. */
struct splitter {
    struct observer observer;
    struct world *world;
    struct journal *journals[64]; /* by node */
    char *paths[64];
    uint32_t nodes;
};

#define SPLIT(call, ...)                                                            \
    do {                                                                            \
        struct splitter *s = (struct splitter *)o;                                  \
        struct observer *both[] = {recorder_observer(s->world->recorder),           \
                                   journal_observer(s->journals[node])};            \
        for (int i = 0; i < 2; i++) both[i]->ops->call(both[i], node, __VA_ARGS__); \
    } while (0)

static void split_issued(struct observer *o, uint32_t node, uint64_t now_ns,
                         const struct command *c)
{
    SPLIT(issued, now_ns, c);
}

static void split_answered(struct observer *o, uint32_t node, uint64_t now_ns,
                           const struct command *c, const struct reply_view *reply,
                           uint32_t attempts)
{
    SPLIT(answered, now_ns, c, reply, attempts);
}

static void split_delivered(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                            const struct command *c, uint64_t timestamp)
{
    SPLIT(delivered, group, now_ns, c, timestamp);
}

static void split_started(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                          const struct command *c)
{
    SPLIT(started, group, now_ns, c);
}

static void split_executed(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                           const struct command *c, uint64_t digest, const uint64_t *seen,
                           uint64_t state_hash)
{
    SPLIT(executed, group, now_ns, c, digest, seen, state_hash);
}

static void split_leading(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                          uint64_t ballot)
{
    SPLIT(leading, group, now_ns, ballot);
}

static void split_multicast(struct observer *o, uint32_t node, uint64_t now_ns,
                            const struct command *c)
{
    SPLIT(multicast, now_ns, c);
}

static void split_ownership(struct observer *o, uint32_t node, uint64_t now_ns,
                            const struct ownership_event *e)
{
    SPLIT(ownership, now_ns, e);
}

static void split_exchanged(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                            uint64_t variables, uint64_t bytes)
{
    SPLIT(exchanged, group, now_ns, variables, bytes);
}

static void split_planned(struct observer *o, uint32_t node, uint64_t now_ns,
                          const struct plan_report *plan)
{
    SPLIT(planned, now_ns, plan);
}

static const struct observer_ops splitter_ops = {
    .issued = split_issued,
    .answered = split_answered,
    .delivered = split_delivered,
    .started = split_started,
    .executed = split_executed,
    .leading = split_leading,
    .multicast = split_multicast,
    .ownership = split_ownership,
    .exchanged = split_exchanged,
    .planned = split_planned,
};

static void splitter_begin(struct splitter *s, struct world *w, uint32_t nodes)
{
    *s = (struct splitter){.observer = {&splitter_ops}, .world = w, .nodes = nodes};
    for (uint32_t i = 0; i < nodes; i++) {
        char name[16];
        snprintf(name, sizeof(name), "node%u", i);
        s->paths[i] = strdup(path_in(scratch, name));
    }
}

static void splitter_end(struct splitter *s)
{
    for (uint32_t i = 0; i < s->nodes; i++) {
        unlink(s->paths[i]);
        free(s->paths[i]);
    }
}

/* A replica that reports final values of its own group only. */
struct reporter {
    const struct world *world;
    uint32_t node;
};

static const struct executor *own_executor(void *context, uint32_t group)
{
    const struct reporter *s = context;
    const struct topology *t = &s->world->cluster.setup.nodes.topology;
    return topology_group(t, s->node) == group
               ? replica_executor(s->world->cluster.replicas[s->node])
               : NULL;
}

/* All operational replicas record the final variables of their groups in their journals. */
static void report_finals(struct splitter *s)
{
    struct world *w = s->world;
    const struct topology *t = &w->cluster.setup.nodes.topology;
    for (uint32_t node = 0; node < t->groups * t->replicas; node++) {
        struct reporter reporter = {w, node};
        const struct finals_source source = {own_executor, &reporter};
        if (sim_crash_ns(w->cluster.sim, node) <= sim_now(w->cluster.sim)) continue;
        finals_tell(t, w->variables.count, &source, journal_finals(s->journals[node]));
    }
}

/* Sums may be computed in another order. */
static void assert_close(double a, double b)
{
    ck_assert_double_eq_tol(a, b, 1e-9 * (1 + a));
}

static void assert_same_latency(const struct result_latency *a, const struct result_latency *b)
{
    assert_close(a->mean_us, b->mean_us);
    ck_assert_double_eq(a->p50_us, b->p50_us);
    ck_assert_double_eq(a->p95_us, b->p95_us);
    ck_assert_double_eq(a->p99_us, b->p99_us);
}

static void assert_same_result(const struct run_result *a, const struct run_result *b)
{
    ck_assert_uint_gt(a->commands, 0);
    ck_assert_uint_eq(a->commands, b->commands);
    ck_assert_int_eq(a->verdict, b->verdict);
    ck_assert_uint_eq(a->property_count, b->property_count);
    for (uint32_t i = 0; i < a->property_count; i++) {
        ck_assert_str_eq(a->properties[i].name, b->properties[i].name);
        ck_assert_str_eq(a->properties[i].reason, b->properties[i].reason);
        ck_assert_int_eq(a->properties[i].result, b->properties[i].result);
    }
    ck_assert_uint_eq(a->measured, b->measured);
    ck_assert_uint_eq(a->measured_multi, b->measured_multi);
    ck_assert_uint_eq(a->retries, b->retries);
    ck_assert_uint_eq(a->moves, b->moves);
    ck_assert_uint_eq(a->oracle_queries, b->oracle_queries);
    ck_assert_uint_eq(a->fallbacks, b->fallbacks);
    ck_assert_uint_eq(a->exchanged, b->exchanged);
    ck_assert_uint_eq(a->exchanged_bytes, b->exchanged_bytes);
    ck_assert_double_eq(a->throughput_per_s, b->throughput_per_s);
    assert_same_latency(&a->latency, &b->latency);
    ck_assert_uint_eq(a->plan_count, b->plan_count);
    ck_assert_uint_eq(a->bucket_count, b->bucket_count);
    ck_assert_uint_eq(a->phases_count, b->phases_count);
    for (uint32_t i = 0; i < a->phases_count; i++) {
        assert_close(a->phases[i].ordering_us, b->phases[i].ordering_us);
        assert_close(a->phases[i].executing_us, b->phases[i].executing_us);
    }
    ck_assert_uint_eq(a->interval_count, b->interval_count);
    for (uint32_t i = 0; i < a->interval_count; i++)
        assert_same_latency(&a->intervals[i].latency, &b->intervals[i].latency);
}

/* Runs a world of 2 partitions, 3 replicas, 4 clients under faults, with a journal for each node.
 */
static void run_world(struct world *w, struct splitter *s, const struct scheme *scheme,
                      uint64_t seed)
{
    bool oracle = scheme->oracle != NULL;
    struct topology topology = {2 + oracle, 3, 4, oracle};
    struct scheme_options options = world_options(scheme->name);
    if (scheme->plans) {
        options.hint_ns = 5 * MS;
        options.plan_every_ns = 20 * MS;
    }
    struct random_source source;
    random_source_init(&source, &(struct random_source_setup){.seed = seed,
                                                              .groups = 2,
                                                              .variables = 10,
                                                              .each = 100,
                                                              .multi_pct = 50,
                                                              .clients = 4});
    splitter_begin(s, w, topology_nodes(&topology));
    for (uint32_t i = 0; i < s->nodes; i++) s->journals[i] = must_create(s->paths[i], &topology);
    world_begin(w, &(struct world_setup){.scheme = scheme->name,
                                         .model = world_lan_model,
                                         .groups = 2,
                                         .replicas = 3,
                                         .clients = 4,
                                         .variables = 10,
                                         .outstanding = 2,
                                         .options = &options,
                                         .source = &source.source,
                                         .swarm = true,
                                         .horizon_ns = 100 * MS,
                                         .seed = seed,
                                         .observer = &s->observer});
    ck_assert(world_run(w, 100000 * MS));
    report_finals(s);
    for (uint32_t i = 0; i < s->nodes; i++) journal_destroy(s->journals[i]);
    random_source_finish(&source);
}

/* Faults of a swarm, crashes included. */
START_TEST(merged_journals_give_the_result_of_one_recorder)
{
    struct world w;
    struct splitter s;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        run_world(&w, &s, scheme_at((uint32_t)seed % scheme_count()), seed);
        const struct topology *t = &w.cluster.setup.nodes.topology;
        struct recorder *merged = world_recorder(&w, t);
        world_report_crashes(&w, merged); /* before its events: the order is free */
        must_merge(&(struct journal_merge){.paths = (const char *const *)s.paths,
                                           .count = s.nodes,
                                           .topology = t,
                                           .observer = recorder_observer(merged),
                                           .finals = recorder_finals(merged),
                                           .causes = merged});
        struct run_result result = {0};
        recorder_finish(
            merged,
            &(struct recorder_end){.window_end_ns = sim_now(w.cluster.sim), .drained = true},
            &result);
        const struct property *failed = world_check(&w);
        ck_assert_msg(!failed, "%s", failed ? failed->reason : "");
        assert_same_result(&w.result, &result);
        recorder_destroy(merged);
        world_end(&w);
        splitter_end(&s);
    }
}
END_TEST

/* ---- clocks that differ ------------------------------------------------------------------------
 */

/* A command of client 1 that writes a variable of p0 and one of p1. */
union room {
    struct command command;
    uint64_t word[32];
};

static struct command *command_of(union room *room)
{
    *room = (union room){.command = {.bytes = command_bytes(2),
                                     .access_count = 2,
                                     .id = {.client = 1, .seq = 1},
                                     .execution = EXECUTION_EVERYWHERE}};
    room->command.accesses[0] = (struct access){7, 0, ACCESS_WRITE, 0};
    room->command.accesses[1] = (struct access){9, 1, ACCESS_WRITE, 0};
    group_set_add(&room->command.dests, 0);
    group_set_add(&room->command.dests, 1);
    return &room->command;
}

static const uint64_t seen[2] = {0, 0};

static void report_client(struct observer *o, uint64_t now_ns)
{
    union room room;
    struct command *c = command_of(&room);
    o->ops->issued(o, 5, now_ns, c);
    o->ops->multicast(o, 5, now_ns, c);
    o->ops->answered(o, 5, now_ns + MS, c, &(struct reply_view){REPLY_OK, 0xabc, seen}, 1);
}

static void report_replicas(struct observer *o, uint64_t now_ns)
{
    union room room;
    struct command *c = command_of(&room);
    for (uint32_t node = 0; node < 4; node++) {
        o->ops->delivered(o, node, node / 2, now_ns, c, 10);
        o->ops->started(o, node, node / 2, now_ns, c);
        o->ops->executed(o, node, node / 2, now_ns + 10, c, 0xabc, seen, 5);
    }
}

/* The command took 1 ms and was executed halfway, but the clock of the client's host is ahead of
 * that of the replicas' host. The verdict of checkers that allow for a clock error. */
static enum result verdict_at(int64_t ahead_ns, uint64_t clock_error_ns)
{
    static const struct topology topology = {.groups = 2, .replicas = 2, .clients = 2};
    const char *const paths[] = {path_in(scratch, "client"), path_in(scratch, "replicas")};
    struct journal *client = must_create(paths[0], &topology);
    struct journal *replicas = must_create(paths[1], &topology);
    report_client(journal_observer(client), 10 * MS + (uint64_t)ahead_ns);
    report_replicas(journal_observer(replicas), 10 * MS + MS / 2);
    journal_destroy(client);
    journal_destroy(replicas);
    struct recorder *r =
        recorder_create(&(struct recorder_options){.topology = topology,
                                                   .check = true,
                                                   .check_history = true,
                                                   .interval_ns = MS,
                                                   .clock_error_ns = clock_error_ns});
    struct run_result result = {0};
    must_merge(&(struct journal_merge){.paths = paths,
                                       .count = 2,
                                       .topology = &topology,
                                       .observer = recorder_observer(r),
                                       .finals = recorder_finals(r),
                                       .causes = r,
                                       .clock_error_ns = clock_error_ns});
    recorder_finish(r, &(struct recorder_end){.window_end_ns = 20 * MS, .drained = true}, &result);
    recorder_destroy(r);
    unlink(paths[0]);
    unlink(paths[1]);
    return result.verdict;
}

START_TEST(merged_events_keep_causal_order_within_the_clock_error)
{
    ck_assert_int_eq(verdict_at(0, 0), RESULT_OK);
    ck_assert_int_eq(verdict_at(2 * (int64_t)MS, 0), RESULT_FAIL); /* delivered before issued */
    ck_assert_int_eq(verdict_at(2 * (int64_t)MS, 2 * MS), RESULT_OK);
    ck_assert_int_eq(verdict_at(-2 * (int64_t)MS, 0), RESULT_FAIL); /* answered before executed */
    ck_assert_int_eq(verdict_at(-2 * (int64_t)MS, 2 * MS), RESULT_OK);
    ck_assert_int_eq(verdict_at(-5 * (int64_t)MS, 2 * MS),
                     RESULT_FAIL); /* more than the clock error */
}
END_TEST

/* ---- the suite ---------------------------------------------------------------------------------
 */

int main(void)
{
    Suite *suite = suite_create("journals of a cluster");
    TCase *c = tcase_create("cluster");
    scratch = test_scratch_directory();
    tcase_set_timeout(c, 120);
    tcase_add_test(c, merged_journals_give_the_result_of_one_recorder);
    tcase_add_test(c, merged_events_keep_causal_order_within_the_clock_error);
    suite_add_tcase(suite, c);
    int status = test_main(suite);
    free(scratch);
    return status;
}
