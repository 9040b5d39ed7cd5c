/* simulation.c - sets a run up, drives it to its end, gathers what came out (simulation.h). */
#include "base/memory.h"
#include "sim/simulation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/experiment/scenario.h"
#include "sim/aborting.h"
#include "sim/cluster.h"
#include "base/units.h"

/* Of swarm faults where the run's length is not known. */
#define HORIZON_DEFAULT_NS UINT64_C(1000000000)
/* Between two looks at the clock: some milliseconds. */
#define SLICE_EVENTS UINT64_C(50000)

struct simulation {
    struct model *model;
    struct scenario *scenario;
    struct faults *faults;
    struct recorder *recorder;
    struct cluster cluster;
    bool clustered;
    uint64_t horizon_ns; /* faults are over */
    uint64_t begin_wall_ns;
    char limit[64]; /* which limit of the experiment has been reached; "": none */
    struct run_result result;
    struct result_node *nodes;
    struct result_fault *fault_rows;
};

/* ---- setting up ---------------------------------------------------------------------------- */

static int draw_faults(struct simulation *s, struct error *error)
{
    const struct experiment *e = s->scenario->setup.experiment;
    uint64_t duration_ns = s->scenario->duration_ns;
    if (!e->faults) return 0;
    if (strcmp(e->faults, "swarm") != 0) {
        s->faults = faults_open(e->faults, error);
        if (!s->faults) return -1;
    } else {
        s->faults = faults_swarm(&(struct faults_swarm){
            .seed = e->seed,
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

static int build(struct simulation *s, struct error *error)
{
    s->clustered = true;
    return cluster_create(&s->cluster,
                          &(struct cluster_setup){
                              .nodes = s->scenario->nodes,
                              .observer = recorder_observer(s->recorder),
                              .model = s->model,
                              .faults = s->faults,
                              .seed = s->scenario->setup.experiment->seed,
                          },
                          error);
}

static void settle_timing(struct simulation *s)
{
    const struct topology *t = &s->scenario->nodes.topology;
    uint64_t bytes = s->scenario->state.largest_bytes;
    scenario_set_latency(s->scenario, model_latency_ns(s->model, t, bytes),
                         model_burst_ns(s->model, t, bytes));
}

static int set_up(struct simulation *s, const struct experiment *e, const struct scheme *scheme,
                  uint32_t partitions, struct error *error)
{
    s->model = model_open(e->model, error);
    if (!s->model) return -1;
    s->scenario = scenario_create(&(struct scenario_setup){.experiment = e,
                                                           .scheme = scheme,
                                                           .partitions = partitions,
                                                           .timing = s->model->timing,
                                                           .cost_ns = cost_ns,
                                                           .context = s->model},
                                  error);
    if (!s->scenario) return -1;
    settle_timing(s);
    if (draw_faults(s, error) < 0) return -1;
    s->recorder = scenario_recorder(s->scenario, 0);
    return build(s, error);
}

/* ---- running ------------------------------------------------------------------------------- */

static uint64_t wall_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static void look_at_limits(struct simulation *s)
{
    const struct experiment *e = s->scenario->setup.experiment;
    char time[32];
    if (sim_stats(s->cluster.sim)->events >= e->max_events)
        snprintf(s->limit, sizeof(s->limit), "%" PRIu64 " events (--max-events)", e->max_events);
    else if (e->max_wall_ns != UINT64_MAX && wall_ns() - s->begin_wall_ns >= e->max_wall_ns)
        snprintf(s->limit, sizeof(s->limit), "%s of real time (--max-wall)",
                 units_print_time(e->max_wall_ns, time));
}

/* Goes on for so long, or until a limit is reached. False: nothing happens after that. */
static bool advance(struct simulation *s, uint64_t ns)
{
    bool more = true;
    struct sim *sim = s->cluster.sim;
    uint64_t most = s->scenario->setup.experiment->max_events;
    uint64_t until_ns = sim_now(sim) + ns;
    while (!s->limit[0] && sim_now(sim) < until_ns) {
        uint64_t slice = sim_stats(sim)->events + SLICE_EVENTS;
        sim_limit(sim, slice < most ? slice : most);
        more = sim_run(sim, until_ns, NULL);
        look_at_limits(s);
    }
    return more && !s->limit[0];
}

static void show_progress(struct simulation *s, struct progress *progress)
{
    if (!progress) return;
    uint64_t commands = s->scenario->setup.experiment->commands;
    uint64_t answered = recorder_answered(s->recorder);
    double share = 0;
    if (s->scenario->duration_ns != UINT64_MAX)
        share = (double)sim_now(s->cluster.sim) / (double)s->scenario->duration_ns;
    if (commands != UINT64_MAX && (double)answered / (double)commands > share)
        share = (double)answered / (double)commands;
    progress_update(progress, share < 1 ? share : 1, answered);
}

/* Until every client is done, or has waited so long that nothing more can be expected. */
static bool run_clients(struct simulation *s, struct progress *progress)
{
    struct scenario_patience patience = {.limit_ns = scenario_patience_ns(s->scenario)};
    for (;;) {
        uint64_t now = sim_now(s->cluster.sim);
        bool more = advance(s, s->scenario->nodes.timing.heartbeat_ns);
        show_progress(s, progress);
        if (cluster_clients_done(&s->cluster)) return true;
        if (!more || !scenario_patient(&patience, now, recorder_answered(s->recorder),
                                       cluster_unanswered(&s->cluster) > 0, s->horizon_ns))
            return false;
    }
}

/* After the clients: faults run out, followers catch up, for as long as anything executes. */
static bool run_replicas(struct simulation *s)
{
    uint64_t step_ns = 4 * s->scenario->nodes.timing.heartbeat_ns;
    uint64_t settled_ns = scenario_settled_ns(s->scenario, s->horizon_ns);
    struct scenario_patience patience = {.limit_ns = scenario_patience_ns(s->scenario)};
    uint64_t now_ns, executed = UINT64_MAX;
    do {
        advance(s, step_ns);
        if (s->limit[0]) return false;
        uint64_t before = executed;
        executed = cluster_executed(&s->cluster);
        now_ns = sim_now(s->cluster.sim);
        if (now_ns > settled_ns && executed == before && cluster_converged(&s->cluster))
            return true;
    } while (scenario_patient(&patience, now_ns, executed, true, settled_ns));
    return false;
}

/* ---- results ------------------------------------------------------------------------------- */

static void gather_nodes(struct simulation *s)
{
    uint32_t count = topology_nodes(&s->scenario->nodes.topology);
    s->nodes = allocate_zeroed(count, sizeof(*s->nodes));
    for (uint32_t i = 0; i < count; i++) {
        const struct sim_node_stats *n = sim_node_stats(s->cluster.sim, i);
        struct result_node *row = &s->nodes[i];
        *row = scenario_result_node(s->scenario, i);
        row->cpu_busy_s = (double)n->cpu_busy_ns / 1e9;
        row->messages_in = n->messages_in;
        row->messages_out = n->messages_out;
        row->bytes_in = n->bytes_in;
        row->bytes_out = n->bytes_out;
    }
    s->result.nodes = s->nodes;
    s->result.node_count = count;
}

static void gather_faults(struct simulation *s)
{
    if (!s->faults) return;
    s->fault_rows = allocate_zeroed(s->faults->count + 1, sizeof(*s->fault_rows));
    for (uint32_t i = 0; i < s->faults->count; i++) {
        char text[FAULT_TEXT_MAX];
        s->fault_rows[i] = (struct result_fault){
            (double)s->faults->fault[i].at_ns / 1e9,
            allocate_text(fault_print(&s->faults->fault[i], text)),
        };
    }
    s->result.faults = s->fault_rows;
    s->result.fault_count = s->faults->count;
}

static void gather(struct simulation *s, double took_s)
{
    const struct sim_stats *stats = sim_stats(s->cluster.sim);
    struct run_result *r = &s->result;
    scenario_result(s->scenario, r);
    r->mode = "simulation";
    r->model = s->scenario->setup.experiment->model;
    r->simulated_s = (double)sim_now(s->cluster.sim) / 1e9;
    r->wall_s = took_s;
    r->events = stats->events;
    r->fingerprint = sim_fingerprint(s->cluster.sim);
    for (uint32_t kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
        r->message_count[kind] = stats->kind_count[kind];
        r->message_bytes[kind] = stats->kind_bytes[kind];
        r->messages += stats->kind_count[kind];
    }
    gather_nodes(s);
    gather_faults(s);
}

static void tell_crashes(struct simulation *s)
{
    for (uint32_t node = 0; node < topology_nodes(&s->scenario->nodes.topology); node++)
        if (sim_crash_ns(s->cluster.sim, node) <= sim_now(s->cluster.sim))
            recorder_crashed(s->recorder, node);
}

/* A limit ended the run: what is missing may have been about to come. */
static void cut_off(const struct simulation *s, struct recorder_end *end, uint64_t end_ns)
{
    end->drained = false;
    end->limit = s->limit;
    end->limit_ns = sim_now(s->cluster.sim);
    if (end->window_end_ns > end_ns) end->window_end_ns = end_ns;
}

bool simulation_hasty(const struct experiment *e, struct error *warning)
{
    struct error why;
    struct model *m = model_open(e->model, &why); /* what is wrong with it, the run will tell */
    bool hasty = false;
    for (uint32_t i = 0; m && i < e->scheme_count; i++)
        for (uint32_t j = 0; j < e->partitions_count && !hasty; j++) {
            struct topology t = scenario_topology(e, e->schemes[i], e->partitions[j]);
            hasty = scenario_hasty(e, model_latency_ns(m, &t, 0), warning);
        }
    model_close(m);
    return hasty;
}

struct simulation *simulation_run(const struct experiment *e, const struct scheme *scheme,
                                  uint32_t partitions, struct progress *progress,
                                  struct error *error)
{
    struct simulation *s = allocate_zeroed(1, sizeof(*s));
    if (set_up(s, e, scheme, partitions, error) < 0) goto failed;
    aborting_watch(s->cluster.sim);
    s->begin_wall_ns = wall_ns();
    bool answered = run_clients(s, progress);
    uint64_t end_ns = sim_now(s->cluster.sim);
    const struct error *wrong = loader_error(s->scenario->loader);
    if (wrong) {
        *error = *wrong;
        goto failed;
    }
    if (run_replicas(s)) cluster_tell_owners(&s->cluster, s->recorder);
    tell_crashes(s);
    gather(s, (double)(wall_ns() - s->begin_wall_ns) / 1e9);
    struct recorder_end end = scenario_end(s->scenario, end_ns, answered);
    end.links = cluster_links(&s->cluster);
    if (s->limit[0]) cut_off(s, &end, end_ns);
    recorder_finish(s->recorder, &end, &s->result);
    return s;
failed:
    simulation_destroy(s);
    return NULL;
}

const struct run_result *simulation_result(const struct simulation *s)
{
    return &s->result;
}

void simulation_destroy(struct simulation *s)
{
    if (!s) return;
    aborting_watch(NULL);
    if (s->clustered) cluster_destroy(&s->cluster);
    recorder_destroy(s->recorder);
    for (uint32_t i = 0; i < s->result.fault_count; i++) free((char *)s->fault_rows[i].what);
    free(s->fault_rows);
    free(s->nodes);
    faults_destroy(s->faults);
    scenario_destroy(s->scenario);
    model_close(s->model);
    free(s);
}
