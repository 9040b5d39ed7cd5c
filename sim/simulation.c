/* simulation.c - sets a run up, drives it to its end, gathers what came out (simulation.h). */
#include "config.h"

#include "proto/memory.h"
#include "sim/simulation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/recorder.h"
#include "sim/cluster.h"
#include "workloads/placement.h"
#include "workloads/state.h"
#include "workloads/units.h"

enum {
    CLIENTS_PER_PARTITION = 64,
    GRAPH_COMMANDS = 200000, /* of a generator without an end, for placement */
};
#define SECOND UINT64_C(1000000000)
#define DURATION_DEFAULT_NS (2 * SECOND)
#define HORIZON_DEFAULT_NS SECOND /* of swarm faults where the run's length is not known */
#define PATIENCE_NS (60 * SECOND) /* without any progress, when the faults are over */

struct simulation {
    const struct experiment *e;
    const struct scheme *scheme;
    struct model *model;
    struct workload *workload;
    struct placement placement;
    bool placed;
    struct faults *faults;
    struct loader *loader;
    struct recorder *recorder;
    struct cluster cluster;
    bool clustered;
    struct topology topology;
    struct timing timing;
    struct state state;
    struct scheme_options scheme_options;
    uint64_t duration_ns; /* UINT64_MAX: until the workload ends */
    uint64_t horizon_ns;  /* faults are over */
    struct run_result result;
    struct result_option options[EXPERIMENT_OPTIONS_MAX];
    char texts[4][32]; /* of options whose value was chosen */
    struct result_node *nodes;
    struct result_fault *fault_rows;
};

/* ---- setting up ---------------------------------------------------------------------------- */

static int place(struct simulation *s, uint32_t partitions, struct error *error)
{
    if (!s->scheme->partitioned) return 0;
    uint64_t most = s->e->commands;
    if (workload_endless(s->workload) && most > GRAPH_COMMANDS) most = GRAPH_COMMANDS;
    struct placement_request request = {s->e->placement, partitions, s->e->seed, most,
                                        s->e->imbalance};
    if (placement_compute(&request, s->workload, &s->placement, error) < 0) return -1;
    s->placed = true;
    return 0;
}

static void set_times(struct simulation *s)
{
    const struct experiment *e = s->e;
    s->duration_ns = e->duration_ns;
    bool unlimited = e->duration_ns == UINT64_MAX && e->commands == UINT64_MAX;
    if (unlimited && workload_endless(s->workload)) s->duration_ns = DURATION_DEFAULT_NS;
    s->timing = s->model->timing;
    if (e->leader_timeout_ns) {
        /* The others keep their proportion. */
        double factor = (double)e->leader_timeout_ns / (double)s->timing.leader_timeout_ns;
        s->timing.leader_timeout_ns = e->leader_timeout_ns;
        s->timing.heartbeat_ns = (uint64_t)((double)s->timing.heartbeat_ns * factor) + 1;
        s->timing.retry_ns = (uint64_t)((double)s->timing.retry_ns * factor) + 1;
    }
}

static void set_options(struct simulation *s)
{
    s->scheme_options = s->e->options;
    if (!s->e->target_given) s->scheme_options.target = s->scheme->target;
    s->scheme_options.imbalance_permille = (uint32_t)(s->e->imbalance * 1000 + 0.5);
    s->scheme_options.seed = s->e->seed;
    s->scheme_options.oracle_cost_ns = model_execute_ns(s->model, "consult");
    s->scheme_options.move_cost_ns = model_execute_ns(s->model, "move");
    if (!s->scheme->plans) s->scheme_options.plan_every_ns = s->scheme_options.plan_changes = 0;
    bool plans = s->scheme_options.plan_every_ns || s->scheme_options.plan_changes;
    if (!plans) s->scheme_options.hint_ns = 0; /* nobody would use the graph */
}

static int draw_faults(struct simulation *s, struct error *error)
{
    if (!s->e->faults) return 0;
    if (strcmp(s->e->faults, "swarm") != 0) {
        s->faults = faults_open(s->e->faults, error);
        if (!s->faults) return -1;
    } else {
        char **names = cluster_names(&s->topology);
        s->faults = faults_swarm(&(struct faults_swarm){
            .seed = s->e->seed,
            .topology = &s->topology,
            .names = (const char *const *)names,
            .horizon_ns = s->duration_ns == UINT64_MAX ? HORIZON_DEFAULT_NS : s->duration_ns,
            .scale_ns = s->timing.leader_timeout_ns,
        });
        cluster_names_free(names, &s->topology);
    }
    for (uint32_t i = 0; i < s->faults->count; i++) {
        const struct fault *f = &s->faults->fault[i];
        uint64_t end_ns = f->for_ns == FAULT_FOREVER ? f->at_ns : f->at_ns + f->for_ns;
        if (end_ns > s->horizon_ns) s->horizon_ns = end_ns;
    }
    return 0;
}

static uint64_t kind_cost_ns(void *context, const char *kind)
{
    return model_execute_ns(context, kind);
}

static void load(struct simulation *s)
{
    const struct experiment *e = s->e;
    s->loader = loader_create(&(struct loader_setup){
        .workload = s->workload,
        .placement = &s->placement,
        .partitioned = s->scheme->partitioned,
        .clients = s->topology.clients,
        .pace = e->pace,
        .rate_per_second = e->rate_per_second,
        .seed = e->seed,
        .commands_max = e->commands,
        .until_ns = s->duration_ns,
        .kind_cost_ns = kind_cost_ns,
        .context = s->model,
    });
    s->recorder = recorder_create(&(struct recorder_options){
        .topology = s->topology,
        .catalogue = workload_catalogue(s->workload),
        .check = e->check,
        .check_history = e->check,
        .keep_history = e->history,
        .interval_ns = e->interval_ns,
        .variables = s->scheme->oracle ? &s->state.variables : NULL,
        .attempts_max = scheme_attempts_max(s->scheme, &s->scheme_options, s->state.makes),
        .attempts_per_plan = true,
        .moves_lazily = s->scheme_options.lazy,
    });
}

static int build(struct simulation *s, struct error *error)
{
    const struct experiment *e = s->e;
    s->clustered = true;
    return cluster_create(&s->cluster,
                          &(struct cluster_setup){
                              .topology = s->topology,
                              .timing = s->timing,
                              .scheme = s->scheme,
                              .multicast = e->multicast,
                              .window = e->window,
                              .outstanding = e->pace == LOADER_CLOSED ? e->outstanding : 0,
                              .plant = e->plant,
                              .source = loader_source(s->loader),
                              .variables = &s->state.variables,
                              .options = &s->scheme_options,
                              .observer = recorder_observer(s->recorder),
                              .model = s->model,
                              .faults = s->faults,
                              .seed = e->seed,
                          },
                          error);
}

static int set_up(struct simulation *s, uint32_t partitions, struct error *error)
{
    s->model = model_open(s->e->model, error);
    if (!s->model) return -1;
    s->workload = workload_open(s->e->workload, s->e->seed, error);
    if (!s->workload) return -1;
    if (!workload_endless(s->workload) &&
        state_survey(&s->state, s->workload, s->e->commands, error) < 0)
        return -1;
    if (place(s, partitions, error) < 0) return -1;
    s->topology = (struct topology){
        .groups = (s->scheme->partitioned ? partitions : 1) + (s->scheme->oracle != NULL),
        .replicas = s->e->replicas,
        .clients = s->e->clients ? s->e->clients : CLIENTS_PER_PARTITION * partitions,
        .oracle = s->scheme->oracle != NULL,
    };
    set_times(s);
    set_options(s);
    state_place(&s->state, workload_catalogue(s->workload), s->placed ? &s->placement : NULL);
    if (draw_faults(s, error) < 0) return -1;
    load(s);
    return build(s, error);
}

/* ---- running ------------------------------------------------------------------------------- */

static void show_progress(struct simulation *s, struct progress *progress)
{
    if (!progress) return;
    uint64_t answered = recorder_answered(s->recorder);
    double share = 0;
    if (s->duration_ns != UINT64_MAX)
        share = (double)sim_now(s->cluster.sim) / (double)s->duration_ns;
    if (s->e->commands != UINT64_MAX && (double)answered / (double)s->e->commands > share)
        share = (double)answered / (double)s->e->commands;
    progress_update(progress, share < 1 ? share : 1, answered);
}

/* Until every client is done, or has waited so long that nothing more can be expected. */
static bool run_clients(struct simulation *s, struct progress *progress)
{
    uint64_t moved_ns = 0; /* something was answered then, or nobody was waiting */
    uint64_t answered = 0;
    for (;;) {
        uint64_t now = sim_now(s->cluster.sim);
        sim_run(s->cluster.sim, now + s->timing.heartbeat_ns, NULL);
        show_progress(s, progress);
        if (cluster_clients_done(&s->cluster)) return true;
        if (answered != recorder_answered(s->recorder) || !cluster_unanswered(&s->cluster))
            moved_ns = now;
        answered = recorder_answered(s->recorder);
        uint64_t from_ns = moved_ns > s->horizon_ns ? moved_ns : s->horizon_ns;
        if (now > from_ns + PATIENCE_NS) return false;
    }
}

/* After the clients: faults run out, followers catch up. */
static bool run_replicas(struct simulation *s)
{
    uint64_t step_ns = 4 * s->timing.heartbeat_ns;
    /* Who crashed last may have delivered what the others learn from the next leader only. */
    uint64_t settled_ns = s->horizon_ns ? s->horizon_ns + 10 * s->timing.leader_timeout_ns : 0;
    uint64_t limit_ns = sim_now(s->cluster.sim) + settled_ns + PATIENCE_NS;
    uint64_t executed = UINT64_MAX;
    while (sim_now(s->cluster.sim) < limit_ns) {
        sim_run(s->cluster.sim, sim_now(s->cluster.sim) + step_ns, NULL);
        uint64_t before = executed;
        executed = cluster_executed(&s->cluster);
        if (sim_now(s->cluster.sim) > settled_ns && executed == before &&
            cluster_converged(&s->cluster))
            return true;
    }
    return false;
}

/* Every group has kept a majority: only then is progress promised. */
static bool majorities_live(struct simulation *s)
{
    const struct topology *t = &s->topology;
    bool all = true;
    for (uint32_t group = 0; group < t->groups; group++) {
        uint32_t live = 0;
        for (uint32_t i = 0; i < t->replicas; i++)
            live += sim_crash_ns(s->cluster.sim, topology_replica(t, group, i)) == UINT64_MAX;
        all = all && live > t->replicas / 2;
    }
    return all;
}

/* ---- results ------------------------------------------------------------------------------- */

static void gather_nodes(struct simulation *s)
{
    const struct sim *sim = s->cluster.sim;
    uint32_t count = topology_nodes(&s->topology);
    s->nodes = allocate_zeroed(count, sizeof(*s->nodes));
    for (uint32_t i = 0; i < count; i++) {
        const struct sim_node_stats *n = sim_node_stats(sim, i);
        s->nodes[i] = (struct result_node){
            .name = sim_node_name(sim, i),
            .cpu_busy_s = (double)n->cpu_busy_ns / 1e9,
            .messages_in = n->messages_in,
            .messages_out = n->messages_out,
            .bytes_in = n->bytes_in,
            .bytes_out = n->bytes_out,
        };
        result_node_place(&s->nodes[i], &s->topology, i);
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
            strdup(fault_print(&s->faults->fault[i], text)),
        };
    }
    s->result.faults = s->fault_rows;
    s->result.fault_count = s->faults->count;
}

/* Every option as it was used: of lists the one element, and what was chosen for lack of a value.
 */
static void gather_options(struct simulation *s)
{
    struct run_result *r = &s->result;
    char *partitions = s->texts[0], *clients = s->texts[1], *duration = s->texts[2];
    char *leader_timeout = s->texts[3];
    snprintf(partitions, sizeof(s->texts[0]), "%u", r->partitions);
    snprintf(clients, sizeof(s->texts[1]), "%u", s->topology.clients);
    if (s->duration_ns != UINT64_MAX) units_write_time(s->duration_ns, duration);
    units_write_time(s->timing.leader_timeout_ns, leader_timeout);
    const struct result_option used[] = {{"scheme", r->scheme},
                                         {"partitions", partitions},
                                         {"clients", clients},
                                         {"duration", duration},
                                         {"leader-timeout", leader_timeout}};
    const char *name, *value;
    for (uint32_t i = 0; experiment_option(s->e, i, &name, &value); i++) {
        for (size_t j = 0; j < sizeof(used) / sizeof(used[0]); j++)
            if (strcmp(name, used[j].name) == 0) value = used[j].value;
        s->options[r->option_count++] = (struct result_option){name, value};
    }
    r->options = s->options;
}

static void gather(struct simulation *s, uint32_t partitions, double wall_s)
{
    const struct sim_stats *stats = sim_stats(s->cluster.sim);
    struct run_result *r = &s->result;
    r->mode = "simulation";
    r->scheme = s->scheme->name;
    r->partitions = partitions;
    r->replicas = s->e->replicas;
    r->workload = s->e->workload;
    r->placement = s->e->placement;
    r->model = s->e->model;
    r->seed = s->e->seed;
    r->version = PACKAGE_VERSION AVIARY_REVISION;
    r->simulated_s = (double)sim_now(s->cluster.sim) / 1e9;
    r->wall_s = wall_s;
    r->events = stats->events;
    r->fingerprint = sim_fingerprint(s->cluster.sim);
    for (uint32_t kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
        r->message_count[kind] = stats->kind_count[kind];
        r->message_bytes[kind] = stats->kind_bytes[kind];
        r->messages += stats->kind_count[kind];
    }
    gather_options(s);
    gather_nodes(s);
    gather_faults(s);
}

static double wall_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct simulation *simulation_run(const struct experiment *e, const struct scheme *scheme,
                                  uint32_t partitions, struct progress *progress,
                                  struct error *error)
{
    struct simulation *s = allocate_zeroed(1, sizeof(*s));
    s->e = e;
    s->scheme = scheme;
    if (set_up(s, partitions, error) < 0) goto failed;
    double begin_s = wall_s();
    bool answered = run_clients(s, progress);
    bool ended_early = answered && sim_now(s->cluster.sim) < s->duration_ns;
    if (loader_error(s->loader)) {
        *error = *loader_error(s->loader);
        goto failed;
    }
    if (run_replicas(s)) cluster_tell_owners(&s->cluster, s->recorder);
    for (uint32_t node = 0; node < topology_nodes(&s->topology); node++)
        if (sim_crash_ns(s->cluster.sim, node) <= sim_now(s->cluster.sim))
            recorder_crashed(s->recorder, node);
    gather(s, partitions, wall_s() - begin_s);
    recorder_finish(s->recorder,
                    &(struct recorder_end){
                        .window_end_ns = ended_early ? UINT64_MAX : s->duration_ns,
                        .warmup_ns = e->warmup_ns,
                        .drained = answered || majorities_live(s),
                    },
                    &s->result);
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
    if (s->clustered) cluster_destroy(&s->cluster);
    recorder_destroy(s->recorder);
    loader_destroy(s->loader);
    for (uint32_t i = 0; i < s->result.fault_count; i++) free((char *)s->fault_rows[i].what);
    free(s->fault_rows);
    free(s->nodes);
    faults_destroy(s->faults);
    if (s->placed) placement_finish(&s->placement);
    state_finish(&s->state);
    workload_close(s->workload);
    model_close(s->model);
    free(s);
}
