/* liveness.c - see liveness.h. The frame of a run is that of sim/simulation.c, with a budget. */
#include "tests/lib/liveness.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/experiment/scenario.h"
#include "base/memory.h"
#include "sim/sim_cluster.h"
#include "sim/simulation.h"
#include "sim/simulation_options.h"
#include "tests/lib/harness.h"
#include "tests/lib/marks.h"

enum { WORDS_MAX = 64, STEPS = 256, STORM = 40 };
#define WINDOW_DEFAULT_NS UINT64_C(50000000)
#define EVENTS_DEFAULT UINT64_C(20000000)

struct run {
    const struct liveness_setup *setup;
    struct liveness *l;
    struct experiment experiment;
    char words[LIVENESS_TEXT_MAX];
    char trace[64];
    struct model *model;
    struct scenario *scenario;
    struct faults *faults;
    struct recorder *recorder;
    struct sim_cluster cluster;
    struct observer_ops watching;         /* the recorder's, except those that count here */
    const struct observer_ops *recording; /* the recorder's own */
    uint64_t room;                        /* of l->answers */
    uint64_t horizon_ns;
};

/* ---- watching ------------------------------------------------------------------------------ */

static struct run *watched; /* the present run: observers have no other context */

static void leading(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                    uint64_t ballot)
{
    watched->l->elections++;
    watched->recording->leading(o, node, group, now_ns, ballot);
}

static void answered(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c,
                     const struct reply_view *reply, uint32_t attempts)
{
    struct liveness *l = watched->l;
    uint64_t window = now_ns / l->window_ns;
    if (window >= watched->room) {
        uint64_t before = watched->room;
        l->answers = array_grow(l->answers, &watched->room, window + 1, sizeof(*l->answers));
        memset(l->answers + before, 0, (watched->room - before) * sizeof(*l->answers));
    }
    l->answers[window]++;
    watched->recording->answered(o, node, now_ns, c, reply, attempts);
}

static void watch(struct run *r)
{
    struct observer *o = recorder_observer(r->recorder);
    r->recording = o->ops;
    r->watching = *o->ops;
    r->watching.leading = leading;
    r->watching.answered = answered;
    o->ops = &r->watching;
    watched = r;
}

/* ---- setting up ---------------------------------------------------------------------------- */

static void write_trace(struct run *r)
{
    char *directory = test_scratch_directory();
    snprintf(r->trace, sizeof(r->trace), "%s/trace", directory);
    FILE *file = fopen(r->trace, "w");
    ck_assert_ptr_nonnull(file);
    fputs(r->setup->trace, file);
    ck_assert_int_eq(fclose(file), 0);
    free(directory);
}

static void parse(struct run *r)
{
    char *argv[WORDS_MAX] = {"run"}, *rest = r->words;
    int argc = 1;
    snprintf(r->words, sizeof(r->words), "%s", r->setup->options);
    while (argc < WORDS_MAX - 5 && (argv[argc] = strtok_r(rest, " ", &rest))) argc++;
    if (r->setup->model) {
        argv[argc++] = "-m";
        argv[argc++] = (char *)(uintptr_t)r->setup->model;
    }
    if (r->setup->trace) {
        write_trace(r);
        argv[argc++] = "-w";
        argv[argc++] = r->trace;
    }
    argv[argc] = NULL;
    struct error e;
    int parsed = experiment_parse(&r->experiment, argc, argv, &simulation_command, &e);
    ck_assert_msg(parsed == 0, "%s: %s", r->setup->options, e.text);
}

static uint64_t cost_ns(void *context, const char *kind)
{
    return model_execute_ns(context, kind);
}

static void open_faults(struct run *r)
{
    struct error e;
    if (!r->setup->faults) return;
    r->faults = faults_parse(r->setup->faults, "faults", &e);
    ck_assert_msg(r->faults != NULL, "%s", e.text);
    for (uint32_t i = 0; i < r->faults->count; i++) {
        const struct fault *f = &r->faults->fault[i];
        uint64_t end_ns = f->for_ns == FAULT_FOREVER ? f->at_ns : f->at_ns + f->for_ns;
        if (end_ns > r->horizon_ns) r->horizon_ns = end_ns;
    }
}

static void set_up(struct run *r)
{
    struct error e;
    parse(r);
    r->model = model_open(simulation_options(&r->experiment)->model, &e);
    ck_assert_msg(r->model != NULL, "%s", e.text);
    r->scenario = scenario_create(&(struct scenario_setup){.experiment = &r->experiment,
                                                           .timing = r->model->timing,
                                                           .cost_ns = cost_ns,
                                                           .context = r->model},
                                  &e);
    ck_assert_msg(r->scenario != NULL, "%s", e.text);
    const struct topology *t = &r->scenario->nodes.topology;
    uint64_t bytes = r->scenario->state.largest_bytes;
    scenario_set_latency(r->scenario, model_latency_ns(r->model, t, bytes),
                         model_burst_ns(r->model, t, bytes));
    open_faults(r);
    r->recorder = scenario_recorder(r->scenario, 0);
    watch(r);
    int created = sim_cluster_create(&r->cluster,
                                     &(struct sim_cluster_setup){
                                         .nodes = r->scenario->nodes,
                                         .observer = recorder_observer(r->recorder),
                                         .model = r->model,
                                         .faults = r->faults,
                                         .seed = r->experiment.seed,
                                     },
                                     &e);
    ck_assert_msg(created == 0, "%s", e.text);
}

static void tear_down(struct run *r)
{
    sim_cluster_destroy(&r->cluster);
    recorder_destroy(r->recorder);
    faults_destroy(r->faults);
    scenario_destroy(r->scenario);
    experiment_finish(&r->experiment);
    model_close(r->model);
    watched = NULL;
}

/* ---- running ------------------------------------------------------------------------------- */

static uint64_t messages_sent(const struct sim_stats *s)
{
    uint64_t sent = 0;
    for (uint32_t kind = 0; kind < MESSAGE_KIND_COUNT; kind++) sent += s->kind_count[kind];
    return sent;
}

/* Of events, and of messages in transit, so that a message storm ends before memory is exhausted.
 */
static bool budget_left(const struct run *r)
{
    const struct sim_stats *s = sim_stats(r->cluster.sim);
    uint64_t most = r->setup->events_max ? r->setup->events_max : EVENTS_DEFAULT;
    uint64_t in_transit = messages_sent(s) - s->delivered - s->dropped;
    return s->events < most && in_transit < most / STORM;
}

/* Runs for that time, or until the budget is exhausted. */
static void advance(struct run *r, uint64_t ns)
{
    uint64_t until_ns = sim_now(r->cluster.sim) + ns;
    while (sim_now(r->cluster.sim) < until_ns && budget_left(r))
        for (int i = 0; i < STEPS && sim_now(r->cluster.sim) < until_ns; i++)
            if (!sim_step(r->cluster.sim)) sim_run(r->cluster.sim, until_ns, NULL);
}

static bool run_clients(struct run *r)
{
    struct scenario_patience patience = {.limit_ns = scenario_patience_ns(r->scenario)};
    while (budget_left(r)) {
        uint64_t now_ns = sim_now(r->cluster.sim);
        advance(r, r->scenario->nodes.timing.heartbeat_ns);
        if (sim_cluster_clients_done(&r->cluster)) return true;
        if (!scenario_patient(&patience, now_ns, recorder_answered(r->recorder),
                              sim_cluster_unanswered(&r->cluster) > 0, r->horizon_ns))
            break;
    }
    return false;
}

static void run_replicas(struct run *r)
{
    uint64_t step_ns = 4 * r->scenario->nodes.timing.heartbeat_ns;
    uint64_t settled_ns = scenario_settled_ns(r->scenario, r->horizon_ns);
    struct scenario_patience patience = {.limit_ns = scenario_patience_ns(r->scenario)};
    const struct agreement agreement = sim_cluster_agreement(&r->cluster);
    uint64_t executed = UINT64_MAX;
    while (budget_left(r) &&
           scenario_patient(&patience, sim_now(r->cluster.sim), executed, true, settled_ns)) {
        advance(r, step_ns);
        uint64_t before = executed;
        executed = agreement_executed(&agreement);
        if (sim_now(r->cluster.sim) <= settled_ns || executed != before) continue;
        if (!agreement_reached(&agreement)) continue;
        sim_cluster_report_owners(&r->cluster, r->recorder);
        return;
    }
}

/* ---- the end ------------------------------------------------------------------------------- */

static void compute_verdict(struct run *r, uint64_t end_ns, bool done)
{
    const struct topology *t = &r->scenario->nodes.topology;
    struct run_result result = {0};
    for (uint32_t i = 0; i < topology_nodes(t); i++)
        if (sim_crash_ns(r->cluster.sim, i) <= sim_now(r->cluster.sim))
            recorder_crashed(r->recorder, i);
    struct recorder_end end = scenario_end(r->scenario, end_ns, done);
    end.links = sim_cluster_links(&r->cluster);
    recorder_finish(r->recorder, &end, &result);
    struct liveness *l = r->l;
    l->verdict = result.verdict;
    for (uint32_t i = 0; i < result.property_count; i++) {
        const struct property *p = &result.properties[i];
        if (p->result != result.verdict || p->result == RESULT_OK || *l->reason) continue;
        snprintf(l->reason, sizeof(l->reason), "%s: %.250s", p->name, p->reason);
    }
    l->cut_short = !budget_left(r);
    if (l->cut_short) snprintf(l->reason, sizeof(l->reason), "the budget ran out");
}

static void compute_figures(struct run *r, uint64_t end_ns)
{
    const struct sim_stats *stats = sim_stats(r->cluster.sim);
    struct liveness *l = r->l;
    marks_add(stats->marks);
    l->commands = r->experiment.commands;
    l->issued = recorder_issued(r->recorder);
    l->answered = recorder_answered(r->recorder);
    l->elections -= r->scenario->nodes.topology.groups;
    l->prepares = stats->kind_count[MESSAGE_PREPARE];
    l->heartbeats = stats->kind_count[MESSAGE_HEARTBEAT];
    l->messages = messages_sent(stats);
    l->events = stats->events;
    l->end_ns = end_ns;
    l->leader_timeout_ns = r->scenario->nodes.timing.leader_timeout_ns;
    l->replicas = r->scenario->nodes.topology.replicas;
    /* Windows without an answer count, too. */
    uint64_t windows = end_ns / l->window_ns, before = r->room;
    if (windows > r->room) {
        l->answers = array_grow(l->answers, &r->room, windows, sizeof(*l->answers));
        memset(l->answers + before, 0, (r->room - before) * sizeof(*l->answers));
    }
    l->windows = (uint32_t)windows;
}

void liveness_run(const struct liveness_setup *setup, struct liveness *l)
{
    *l = (struct liveness){.window_ns = setup->window_ns ? setup->window_ns : WINDOW_DEFAULT_NS};
    struct run *r = allocate_zeroed(1, sizeof(*r));
    r->setup = setup;
    r->l = l;
    set_up(r);
    bool done = run_clients(r);
    uint64_t end_ns = sim_now(r->cluster.sim);
    if (end_ns > r->scenario->duration_ns) end_ns = r->scenario->duration_ns;
    run_replicas(r);
    compute_figures(r, end_ns);
    compute_verdict(r, end_ns, done);
    tear_down(r);
    free(r);
}

void liveness_finish(struct liveness *l)
{
    free(l->answers);
    *l = (struct liveness){0};
}

/* ---- results ------------------------------------------------------------------------------- */

const char *liveness_text(const struct liveness_setup *setup, const struct liveness *l)
{
    static char text[2 * LIVENESS_TEXT_MAX];
    static const char *const verdicts[] = {
        [RESULT_OK] = "ok", [RESULT_FAIL] = "fail", [RESULT_UNKNOWN] = "unknown"};
    snprintf(text, sizeof(text),
             "%s%s%s%s%s%s%s: %s (%s), %" PRIu64 " of %" PRIu64 " answered, %" PRIu64
             " elections, %" PRIu64 " prepares, %" PRIu64 " heartbeats, %" PRIu64
             " messages, %" PRIu64 " events, %.3f s, %.1f commands/s",
             setup->options, setup->model ? " -m '" : "", setup->model ? setup->model : "",
             setup->model ? "'" : "", setup->trace ? " -w (its trace)" : "",
             setup->faults ? " --faults: " : "", setup->faults ? setup->faults : "",
             verdicts[l->verdict], l->reason, l->answered, l->issued, l->elections, l->prepares,
             l->heartbeats, l->messages, l->events, (double)l->end_ns / 1e9,
             liveness_rate(l, 0, UINT64_MAX));
    return text;
}

bool liveness_all_answered(const struct liveness *l)
{
    bool all = l->commands == UINT64_MAX || l->issued == l->commands;
    return l->verdict == RESULT_OK && all && l->issued > 0 && l->answered == l->issued;
}

bool liveness_without_election(const struct liveness *l)
{
    return l->elections == 0 && l->prepares == 0;
}

double liveness_rate(const struct liveness *l, uint64_t from_ns, uint64_t to_ns)
{
    uint64_t sum = 0, count = 0;
    for (uint32_t i = 0; i < l->windows; i++) {
        uint64_t begin_ns = i * l->window_ns;
        if (begin_ns < from_ns || begin_ns + l->window_ns > to_ns) continue;
        sum += l->answers[i];
        count++;
    }
    return count ? (double)sum / ((double)(count * l->window_ns) / 1e9) : 0;
}

uint64_t liveness_down_ns(const struct liveness *l, double reference_per_s, uint64_t fault_ns,
                          uint64_t within_ns)
{
    double least = 0.8 * reference_per_s * (double)l->window_ns / 1e9;
    uint64_t last_ns = fault_ns;
    for (uint32_t i = 0; i < l->windows; i++) {
        uint64_t end_ns = (i + 1) * l->window_ns;
        if (end_ns <= fault_ns || end_ns - l->window_ns >= fault_ns + within_ns) continue;
        if ((double)l->answers[i] < least) last_ns = end_ns;
    }
    return last_ns - fault_ns;
}
