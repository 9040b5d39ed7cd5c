/* simulation.c - the simulator's cluster for the runner (simulation.h). */
#include "sim/simulation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/experiment/message_trace.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/units.h"
#include "sim/aborting.h"
#include "sim/sim_cluster.h"
#include "sim/simulation_options.h"

/* Of swarm faults where the run's length is not known. */
#define HORIZON_DEFAULT_NS UINT64_C(1000000000)
/* Events between two readings of the clock: some milliseconds. */
#define SLICE_EVENTS UINT64_C(50000)

struct simulation {
    struct cluster cluster; /* first: the runner's */
    struct model *model;
    struct scenario *scenario;
    const struct simulation_options *options; /* of the scenario's experiment */
    struct faults *faults;
    struct recorder *recorder;
    struct sim_cluster nodes;
    struct message_trace *trace; /* NULL: none is written */
    bool begun;                  /* the nodes exist */
    uint64_t horizon_ns;         /* faults are over */
    uint64_t begin_wall_ns;
    char limit[64]; /* which limit of the experiment has been reached; "": none */
    struct result_node *node_rows;
    struct result_fault *fault_rows;
    uint32_t fault_count;
};

static struct simulation *simulation_of(const struct cluster *c)
{
    return (struct simulation *)(uintptr_t)c;
}

/* ---- setting up ---------------------------------------------------------------------------- */

static int draw_faults(struct simulation *s, struct error *error)
{
    const char *source = s->options->faults;
    uint64_t duration_ns = s->scenario->duration_ns;
    if (!source) return 0;
    if (strcmp(source, "swarm") != 0) {
        s->faults = faults_open(source, error);
        if (!s->faults) return -1;
    } else {
        s->faults = faults_swarm(&(struct faults_swarm){
            .seed = s->scenario->setup.experiment->seed,
            .topology = &s->scenario->nodes.topology,
            .names = (const char *const *)s->scenario->names,
            .horizon_ns = duration_ns == UINT64_MAX ? HORIZON_DEFAULT_NS : duration_ns,
            .scale_ns = s->scenario->nodes.timing.leader_timeout_ns,
        });
    }
    for (uint32_t i = 0; i < s->faults->count; i++) {
        const struct fault *f = &s->faults->fault[i];
        uint64_t end_ns = f->for_ns == FAULT_FOREVER ? f->at_ns : f->at_ns + f->for_ns;
        if (end_ns > s->horizon_ns) s->horizon_ns = end_ns;
    }
    return 0;
}

static uint64_t cost_ns(void *context, const char *kind)
{
    return model_execute_ns(context, kind);
}

static void trace_node(void *context, uint32_t node, const struct node_ops **ops, void **state)
{
    message_trace_node(context, node, ops, state);
}

static int build(struct simulation *s, struct error *error)
{
    s->begun = true;
    return sim_cluster_create(&s->nodes,
                              &(struct sim_cluster_setup){
                                  .nodes = s->scenario->nodes,
                                  .observer = recorder_observer(s->recorder),
                                  .decorate = s->trace ? trace_node : NULL,
                                  .context = s->trace,
                                  .model = s->model,
                                  .faults = s->faults,
                                  .seed = s->scenario->setup.experiment->seed,
                                  .durable = s->options->durable,
                              },
                              error);
}

/* 0 as well where none was asked for. */
static int open_trace(struct simulation *s, struct error *error)
{
    const struct message_filter *filter = &s->scenario->setup.experiment->messages;
    if (!filter->file) return 0;
    s->trace = message_trace_create(filter, NULL, &s->scenario->nodes, s->scenario->names, error);
    return s->trace ? 0 : -1;
}

/* A new leader hears from its followers when they have stored its ballot. */
static uint64_t storage_ns(const struct simulation_options *o, const struct model *m)
{
    return o->durable ? m->disk.sync.most_ns : 0;
}

static void settle_timing(struct simulation *s)
{
    const struct topology *t = &s->scenario->nodes.topology;
    uint64_t bytes = s->scenario->state.largest_bytes;
    uint64_t latency_ns = model_latency_ns(s->model, t, bytes) + storage_ns(s->options, s->model);
    scenario_set_latency(s->scenario, latency_ns, model_burst_ns(s->model, t, bytes));
}

static int set_up(struct simulation *s, const struct experiment *e, struct error *error)
{
    s->options = simulation_options(e);
    s->model = model_open(s->options->model, error);
    if (!s->model) return -1;
    s->scenario = scenario_create(
        &(struct scenario_setup){
            .experiment = e, .timing = s->model->timing, .cost_ns = cost_ns, .context = s->model},
        error);
    if (!s->scenario) return -1;
    settle_timing(s);
    if (draw_faults(s, error) < 0 || open_trace(s, error) < 0) return -1;
    s->recorder = scenario_recorder(s->scenario, 0);
    return build(s, error);
}

static void simulation_destroy(struct cluster *c)
{
    struct simulation *s = simulation_of(c);
    if (!s) return;
    aborting_watch(NULL);
    if (s->begun) sim_cluster_destroy(&s->nodes);
    message_trace_destroy(s->trace);
    recorder_destroy(s->recorder);
    for (uint32_t i = 0; i < s->fault_count; i++) free((char *)(uintptr_t)s->fault_rows[i].what);
    free(s->fault_rows);
    free(s->node_rows);
    faults_destroy(s->faults);
    scenario_destroy(s->scenario);
    model_close(s->model);
    free(s);
}

static struct cluster *simulation_create(const struct experiment *e, struct error *error)
{
    struct simulation *s = allocate_zeroed(1, sizeof(*s));
    s->cluster.ops = &simulated_cluster;
    if (set_up(s, e, error) < 0) {
        simulation_destroy(&s->cluster);
        return NULL;
    }
    s->cluster.scenario = s->scenario;
    s->begin_wall_ns = clock_now();
    aborting_watch(s->nodes.sim);
    return &s->cluster;
}

static bool check_options(const struct experiment *e, struct error *warning)
{
    struct error why; /* the run reports it */
    struct model *m = model_open(simulation_options(e)->model, &why);
    if (!m) return false;
    struct topology t = scenario_topology(e);
    uint64_t latency_ns = model_latency_ns(m, &t, 0) + storage_ns(simulation_options(e), m);
    model_close(m);
    return scenario_timeout_too_short(e, latency_ns, warning);
}

/* ---- running ------------------------------------------------------------------------------- */

static uint64_t now(const struct cluster *c)
{
    return sim_now(simulation_of(c)->nodes.sim);
}

static void look_at_limits(struct simulation *s)
{
    const struct simulation_options *o = s->options;
    char time[32];
    if (sim_stats(s->nodes.sim)->events >= o->max_events)
        snprintf(s->limit, sizeof(s->limit), "%" PRIu64 " events (--max-events)", o->max_events);
    else if (o->max_wall_ns != UINT64_MAX && clock_now() - s->begin_wall_ns >= o->max_wall_ns)
        snprintf(s->limit, sizeof(s->limit), "%s of real time (--max-wall)",
                 units_print_time(o->max_wall_ns, time));
}

static enum cluster_state advance(struct cluster *c, uint64_t ns, struct error *error)
{
    struct simulation *s = simulation_of(c);
    struct sim *sim = s->nodes.sim;
    bool more = true;
    uint64_t most = s->options->max_events;
    uint64_t until_ns = sim_now(sim) + ns;
    while (!s->limit[0] && sim_now(sim) < until_ns) {
        uint64_t slice = sim_stats(sim)->events + SLICE_EVENTS;
        sim_limit(sim, slice < most ? slice : most);
        more = sim_run(sim, until_ns, NULL);
        look_at_limits(s);
    }
    const struct error *wrong = loader_error(s->scenario->loader);
    if (wrong) {
        *error = *wrong;
        return CLUSTER_FAILED;
    }
    if (s->limit[0]) return CLUSTER_ENDED;
    return more ? CLUSTER_RUNS : CLUSTER_IDLE;
}

static struct cluster_load load(const struct cluster *c)
{
    const struct simulation *s = simulation_of(c);
    return (struct cluster_load){.done = sim_cluster_clients_done(&s->nodes),
                                 .answered = recorder_answered(s->recorder),
                                 .unanswered = sim_cluster_unanswered(&s->nodes)};
}

static struct cluster_replica replica(const struct cluster *c, uint32_t node)
{
    return sim_cluster_replica(&simulation_of(c)->nodes, node);
}

static uint64_t faults_end(const struct cluster *c)
{
    return simulation_of(c)->horizon_ns;
}

static uint64_t patience(const struct cluster *c)
{
    return scenario_patience_ns(simulation_of(c)->scenario);
}

/* ---- results ------------------------------------------------------------------------------- */

static void gather_nodes(struct simulation *s, struct run_result *r)
{
    uint32_t count = topology_nodes(&s->scenario->nodes.topology);
    s->node_rows = allocate_zeroed(count, sizeof(*s->node_rows));
    for (uint32_t i = 0; i < count; i++) {
        const struct sim_node_stats *n = sim_node_stats(s->nodes.sim, i);
        struct result_node *row = &s->node_rows[i];
        *row = scenario_result_node(s->scenario, i);
        row->cpu_busy_s = (double)n->cpu_busy_ns / 1e9;
        row->messages_in = n->messages_in;
        row->messages_out = n->messages_out;
        row->bytes_in = n->bytes_in;
        row->bytes_out = n->bytes_out;
    }
    r->nodes = s->node_rows;
    r->node_count = count;
}

static void gather_faults(struct simulation *s, struct run_result *r)
{
    if (!s->faults) return;
    s->fault_count = s->faults->count;
    s->fault_rows = allocate_zeroed(s->fault_count, sizeof(*s->fault_rows));
    for (uint32_t i = 0; i < s->fault_count; i++) {
        char text[FAULT_TEXT_MAX];
        s->fault_rows[i] = (struct result_fault){
            (double)s->faults->fault[i].at_ns / 1e9,
            allocate_text(fault_print(&s->faults->fault[i], text)),
        };
    }
    r->faults = s->fault_rows;
    r->fault_count = s->fault_count;
}

static void gather(struct simulation *s, struct run_result *r)
{
    const struct sim_stats *stats = sim_stats(s->nodes.sim);
    r->model = s->options->model;
    r->simulated_s = (double)sim_now(s->nodes.sim) / 1e9;
    r->events = stats->events;
    r->fingerprint = sim_fingerprint(s->nodes.sim);
    for (uint32_t kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
        r->message_count[kind] = stats->kind_count[kind];
        r->message_bytes[kind] = stats->kind_bytes[kind];
        r->message_corrupted[kind] = stats->kind_corrupted[kind];
        r->messages += stats->kind_count[kind];
    }
    memcpy(r->marks, stats->marks, sizeof(r->marks));
    memcpy(r->message_refused, stats->kind_refused, sizeof(r->message_refused));
    r->corrupted = stats->corrupted;
    r->malformed = stats->malformed + stats->refused;
    gather_nodes(s, r);
    gather_faults(s, r);
}

/* A limit ended the run: missing replies do not prove a failure. */
static void cut_off(const struct simulation *s, struct recorder_end *how, uint64_t end_ns)
{
    how->drained = false;
    how->limit = s->limit;
    how->limit_ns = sim_now(s->nodes.sim);
    if (how->window_end_ns > end_ns) how->window_end_ns = end_ns;
}

static struct recorder *collect(struct cluster *c, const struct cluster_end *end,
                                struct run_result *result, struct recorder_end *how,
                                struct error *error)
{
    struct simulation *s = simulation_of(c);
    if (s->trace && message_trace_commit(s->trace, error) < 0) return NULL;
    if (end->converged) sim_cluster_report_owners(&s->nodes, s->recorder);
    for (uint32_t node = 0; node < topology_nodes(&s->scenario->nodes.topology); node++)
        if (sim_crash_ns(s->nodes.sim, node) <= sim_now(s->nodes.sim))
            recorder_crashed(s->recorder, node);
    gather(s, result);
    how->links = sim_cluster_links(&s->nodes);
    if (s->limit[0]) cut_off(s, how, end->end_ns);
    return s->recorder;
}

const struct cluster_ops simulated_cluster = {
    .transport = EXPERIMENT_SIM,
    .mode = "simulation",
    .options = &simulation_kind,
    .check_options = check_options,
    .create = simulation_create,
    .destroy = simulation_destroy,
    .now = now,
    .advance = advance,
    .load = load,
    .replica = replica,
    .faults_end = faults_end,
    .patience = patience,
    .collect = collect,
};

static const struct cluster_ops *const clusters[] = {&simulated_cluster, NULL};
const struct experiment_command simulation_command = {EXPERIMENT_RUN, clusters, NULL};
