/* emulation.c - the coordinator of an emulated cluster (emulation.h).
 *
 * It sets the scenario up, starts the members (launch.h), waits until all are connected, sets the
 * common begin of time, and passes the cluster to the runner, which drives it by orders and
 * reports. The members' observations are in their journals; merged, they go through the same
 * recorder and checkers as a simulation. */
#include "config.h"

#include "rdma/cluster/emulation.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysis/journal/journal.h"
#include "base/clock.h"
#include "base/memory.h"
#include "rdma/cluster/crashes.h"
#include "rdma/cluster/deployment.h"
#include "rdma/cluster/emulation_options.h"
#include "rdma/cluster/launch.h"
#include "rdma/cluster/replica_logs.h"
#include "rdma/cluster/timing.h"
#include "rdma/wire/members.h"

enum {
    ATTEND_NS = 10000000,
    LEAD_NS = 50000000, /* from the order to begin until time begins */
    ROUND_NS = 1000000, /* measured times are shown in whole milliseconds */
    STOP_SECONDS = 60,  /* for a member to stop: it frees its state, beside all others */
};
#define SECOND UINT64_C(1000000000)

struct emulation {
    struct cluster cluster; /* first: the runner's */
    const struct experiment *e;
    const struct emulation_options *options; /* of e */
    struct scenario *scenario;
    struct members members;
    struct launched *launched;
    struct deployment deployment;
    struct launch_setup launch_setup;
    const struct launch_ops *ops;
    struct launch *launch;
    struct crashes crashes;
    char directory[64]; /* of the journals; "": none */
    uint64_t epoch_ns;
    bool resting; /* members were ordered to */
    bool done;    /* reported by the clients */
    struct recorder *recorder;
    struct result_node *nodes;
    struct result_fault *faults;
    uint32_t fault_count;
};

static struct emulation *emulation_of(const struct cluster *c)
{
    return (struct emulation *)(uintptr_t)c;
}

static volatile sig_atomic_t interrupted, draining;

void emulation_end_load(void)
{
    draining = 1;
}

void emulation_interrupt(void)
{
    interrupted = 1;
}

bool emulation_interrupted(void)
{
    return interrupted;
}

/* ---- setting up ---------------------------------------------------------------------------- */

struct scenario *emulation_scenario(const struct experiment *e, struct error *error)
{
    return scenario_create(
        &(struct scenario_setup){
            .experiment = e,
            .timing = emulation_timing(e->transport),
        },
        error);
}

/* Where the members run here; others look themselves. */
static int check_storage(const struct emulation *m, struct error *error)
{
    if (!m->options->durable || m->options->cluster) return 0;
    return replica_logs_check(m->options->durable, &m->scenario->nodes.topology, m->scenario->names,
                              error);
}

static int make_directory(struct emulation *m, struct error *error)
{
    const char *where = getenv("TMPDIR");
    int length = snprintf(m->directory, sizeof(m->directory), "%s/aviary-XXXXXX",
                          where && *where ? where : "/tmp");
    if (length < (int)sizeof(m->directory) && mkdtemp(m->directory)) return 0;
    m->directory[0] = 0;
    return error_errno(error, "cannot make a directory for journals in %s",
                       where && *where ? where : "/tmp");
}

static void make_members(struct emulation *m)
{
    members_init(&m->members, &m->scenario->nodes.topology);
    m->launched = allocate_zeroed(m->members.count, sizeof(*m->launched));
    for (uint32_t i = 0; i < m->members.count; i++) {
        struct launched *l = &m->launched[i];
        uint32_t nodes = members_nodes(&m->members, i);
        bool clients = i == m->members.count - 1;
        snprintf(l->where.name, sizeof(l->where.name), "%s",
                 clients ? MEMBER_CLIENTS : m->scenario->names[i]);
        l->block = block_create(nodes);
        size_t room = sizeof(m->directory) + sizeof(l->where.name) + 16;
        l->journal = allocate(room);
        snprintf(l->journal, room, "%s/%s.journal", m->directory, l->where.name);
    }
}

static int set_up(struct emulation *m, struct error *error)
{
    m->scenario = emulation_scenario(m->e, error);
    if (!m->scenario || check_storage(m, error) < 0 || make_directory(m, error) < 0) return -1;
    make_members(m);
    if (deployment_settle(&m->deployment, m->e, m->e->replicas, m->launched, m->members.count,
                          error) < 0)
        return -1;
    m->launch_setup = (struct launch_setup){
        .scenario = m->scenario,
        .members = &m->members,
        .launched = m->launched,
        .ring_bytes = m->options->ring_bytes,
        .waiting = m->options->waiting,
        .dead_after_ns = m->options->dead_after_ns,
        .run_id = clock_now() ^ (uint64_t)getpid() << 48,
        .coordinator = m->deployment.coordinator,
    };
    m->ops = m->deployment.launch;
    if (m->options->crash && !m->ops->crash)
        return error_set(error, "--crash: processes of a cluster file are killed where they run");
    if (crashes_read(&m->crashes, m->options->crash, m->launched, m->members.count - 1, error) < 0)
        return -1;
    m->launch = m->ops->start(&m->launch_setup, error);
    return m->launch ? 0 : -1;
}

/* ---- starting ------------------------------------------------------------------------------ */

static bool stopped(struct emulation *m, struct error *error)
{
    if (interrupted) error_set(error, "interrupted: this run is discarded");
    for (uint32_t i = 0; i < m->members.count && !interrupted; i++) {
        struct report *r = &m->launched[i].block->report;
        if (atomic_load(&r->state) != MEMBER_FAILED) continue;
        error_set(error, "%s: %s", m->launched[i].where.name, r->failure);
        return true;
    }
    return interrupted;
}

/* Those that are not ready yet, and why. */
static int name_missing(struct emulation *m, struct error *error)
{
    char list[400] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < m->members.count && used < sizeof(list); i++) {
        const struct launched *l = &m->launched[i];
        uint32_t state = atomic_load(&l->block->report.state);
        uint32_t other = atomic_load(&l->block->report.missing);
        size_t room = sizeof(list) - used;
        if (!l->present)
            used += (size_t)snprintf(list + used, room, " %s did not connect;", l->where.name);
        else if (l->ended)
            used += (size_t)snprintf(list + used, room, " %s %s;", l->where.name, l->how);
        else if (state == MEMBER_STARTING)
            used += (size_t)snprintf(list + used, room, " %s is not set up;", l->where.name);
        else if (state == MEMBER_CONNECTING && other < m->members.count &&
                 m->launched[other].present)
            used += (size_t)snprintf(list + used, room, " %s cannot reach %s;", l->where.name,
                                     m->launched[other].where.name);
    }
    return error_set(error, "the cluster was not connected in time:%s", list);
}

static bool all_ready(const struct emulation *m)
{
    for (uint32_t i = 0; i < m->members.count; i++)
        if (atomic_load(&m->launched[i].block->report.state) != MEMBER_READY) return false;
    return true;
}

/* Connecting has shown how long messages take: the minimum of leader time-outs. */
static void settle_latency(struct emulation *m)
{
    uint64_t most_ns = 0;
    for (uint32_t i = 0; i < m->members.count; i++) {
        uint64_t latency_ns = atomic_load(&m->launched[i].block->report.latency_ns);
        if (latency_ns > most_ns) most_ns = latency_ns;
    }
    most_ns = (most_ns + ROUND_NS - 1) / ROUND_NS * ROUND_NS;
    scenario_set_latency(m->scenario, most_ns, 0);
    for (uint32_t i = 0; i < m->members.count; i++)
        atomic_store(&m->launched[i].block->orders.latency_ns, most_ns);
    struct error warning;
    if (scenario_timeout_too_short(m->e, most_ns, &warning))
        fprintf(stderr, "aviary: warning: %s\n", warning.text);
}

static int gather_members(struct emulation *m, struct error *error)
{
    uint64_t until_ns = clock_now() + m->options->patience_ns;
    while (!all_ready(m)) {
        m->ops->attend(m->launch, ATTEND_NS);
        if (stopped(m, error)) return -1;
        bool dead = false;
        for (uint32_t i = 0; i < m->members.count; i++) dead = dead || m->launched[i].ended;
        if (dead || clock_now() > until_ns) return name_missing(m, error);
    }
    settle_latency(m);
    m->epoch_ns = clock_now() + LEAD_NS;
    for (uint32_t i = 0; i < m->members.count; i++)
        atomic_store(&m->launched[i].block->orders.epoch_ns, m->epoch_ns);
    return 0;
}

/* ---- running ------------------------------------------------------------------------------- */

static uint64_t now(const struct cluster *c)
{
    uint64_t epoch_ns = emulation_of(c)->epoch_ns, now_ns = clock_now();
    return now_ns > epoch_ns ? now_ns - epoch_ns : 0;
}

static const struct launched *clients_of(const struct emulation *m)
{
    return &m->launched[m->members.count - 1];
}

static struct cluster_load load(const struct cluster *c)
{
    const struct report *r = &clients_of(emulation_of(c))->block->report;
    return (struct cluster_load){.done = atomic_load(&r->done),
                                 .answered = atomic_load(&r->answered),
                                 .unanswered = atomic_load(&r->unanswered)};
}

static void order_all(struct emulation *m, enum order order)
{
    for (uint32_t i = 0; i < m->members.count; i++)
        atomic_store(&m->launched[i].block->orders.order, order);
}

/* Shorter when the clients are done meanwhile. */
static enum cluster_state advance(struct cluster *c, uint64_t ns, struct error *error)
{
    struct emulation *m = emulation_of(c);
    for (uint64_t at_ns, until_ns = clock_now() + ns; (at_ns = clock_now()) < until_ns;) {
        m->ops->attend(m->launch, until_ns - at_ns < ATTEND_NS ? until_ns - at_ns : ATTEND_NS);
        if (draining && !m->resting) order_all(m, ORDER_DRAIN);
        crashes_carry_out(&m->crashes, now(c), m->ops, m->launch);
        if (stopped(m, error)) return CLUSTER_FAILED;
        if (m->done || !load(c).done) continue;
        m->done = true;
        break;
    }
    return clients_of(m)->ended ? CLUSTER_IDLE : CLUSTER_RUNS;
}

static struct cluster_replica replica(const struct cluster *c, uint32_t node)
{
    const struct launched *l = &emulation_of(c)->launched[node];
    const struct report *r = &l->block->report;
    return (struct cluster_replica){
        .left_out = l->ended,
        .settled = atomic_load(&r->resting) && atomic_load(&r->settled),
        .leading = atomic_load(&r->leading),
        .executed = atomic_load(&r->executed),
    };
}

/* When the last member died. */
static uint64_t faults_end(const struct cluster *c)
{
    const struct emulation *m = emulation_of(c);
    uint64_t last_ns = 0;
    for (uint32_t i = 0; i < m->members.count; i++) {
        const struct launched *l = &m->launched[i];
        if (l->ended && l->ended_ns > m->epoch_ns && l->ended_ns - m->epoch_ns > last_ns)
            last_ns = l->ended_ns - m->epoch_ns;
    }
    return last_ns;
}

static uint64_t patience(const struct cluster *c)
{
    return emulation_of(c)->options->patience_ns;
}

static void rest(struct cluster *c)
{
    emulation_of(c)->resting = true;
    order_all(emulation_of(c), ORDER_REST);
}

/* ---- stopping ------------------------------------------------------------------------------ */

/* One live replica of each group reports its variables, if they have converged. */
static void order_stop(struct emulation *m, bool converged)
{
    const struct topology *t = &m->scenario->nodes.topology;
    uint32_t reported = GROUPS_MAX;
    for (uint32_t i = 0; i < m->members.count; i++) {
        uint32_t group = topology_group(t, i);
        bool reports =
            converged && group < GROUPS_MAX && group != reported && !m->launched[i].ended;
        if (reports) reported = group;
        atomic_store(&m->launched[i].block->orders.order,
                     reports ? ORDER_STOP_AND_REPORT : ORDER_STOP);
    }
}

static int await_end(struct emulation *m, struct error *error)
{
    uint64_t until_ns = clock_now() + STOP_SECONDS * SECOND;
    for (uint32_t i = 0; i < m->members.count;) {
        if (m->launched[i].ended) {
            i++;
            continue;
        }
        m->ops->attend(m->launch, ATTEND_NS);
        if (stopped(m, error)) return -1;
        if (clock_now() > until_ns)
            return error_set(error, "%s does not stop", m->launched[i].where.name);
    }
    return 0;
}

/* ---- results ------------------------------------------------------------------------------- */

/* How far the clocks of two members may differ. */
static uint64_t clock_error(const struct emulation *m)
{
    uint64_t most_ns = 0;
    for (uint32_t i = 0; i < m->members.count; i++) {
        uint64_t error_ns = atomic_load(&m->launched[i].block->report.clock_error_ns);
        if (2 * error_ns > most_ns) most_ns = 2 * error_ns;
    }
    return most_ns;
}

static int merge_journals(struct emulation *m, struct error *error)
{
    const char **paths = allocate(m->members.count * sizeof(*paths));
    for (uint32_t i = 0; i < m->members.count; i++) paths[i] = m->launched[i].journal;
    struct journal_counts counts;
    int merged = journal_merge(
        &(struct journal_merge){
            .paths = paths,
            .count = m->members.count,
            .topology = &m->scenario->nodes.topology,
            .observer = recorder_observer(m->recorder),
            .causes = m->recorder,
            .clock_error_ns = clock_error(m),
            .finals = recorder_finals(m->recorder),
        },
        &counts, error);
    free(paths);
    if (merged == 0 && counts.incomplete)
        return error_set(error, "the disk of %s was full: its journal is incomplete", m->directory);
    return merged;
}

static void gather_nodes(struct emulation *m, struct run_result *r)
{
    m->nodes = allocate_zeroed(m->members.nodes, sizeof(*m->nodes));
    uint32_t node = 0;
    for (uint32_t i = 0; i < m->members.count; i++) {
        const struct report *report = &m->launched[i].block->report;
        for (uint32_t j = 0; j < report->node_count; j++, node++) {
            const struct host_node_stats *n = &report->nodes[j];
            m->nodes[node] = scenario_result_node(m->scenario, node);
            m->nodes[node].cpu_busy_s = (double)n->cpu_busy_ns / 1e9;
            m->nodes[node].messages_in = n->messages_in;
            m->nodes[node].messages_out = n->messages_out;
            m->nodes[node].bytes_in = n->bytes_in;
            m->nodes[node].bytes_out = n->bytes_out;
        }
        r->events += report->stats.delivered;
        r->malformed += report->stats.malformed + report->stats.refused;
        r->corrupted += report->stats.corrupted;
        for (uint32_t kind = 0; kind <= MESSAGE_KIND_COUNT; kind++) {
            r->message_refused[kind] += report->stats.kind_refused[kind];
            r->message_corrupted[kind] += report->stats.kind_corrupted[kind];
        }
        r->overflowed += report->stats.overflowed;
        for (uint32_t kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
            r->message_count[kind] += report->stats.kind_count[kind];
            r->message_bytes[kind] += report->stats.kind_bytes[kind];
            r->messages += report->stats.kind_count[kind];
        }
    }
    r->nodes = m->nodes;
    r->node_count = node;
}

/* Members that died are the faults of the run. */
static void gather_faults(struct emulation *m, struct run_result *r)
{
    m->faults = allocate_zeroed(m->members.count, sizeof(*m->faults));
    for (uint32_t i = 0; i < m->members.count; i++) {
        const struct launched *l = &m->launched[i];
        if (!l->how[0]) continue;
        char text[LAUNCHED_HOW_BYTES + 64];
        snprintf(text, sizeof(text), "crash %s: %s", l->where.name, l->how);
        double t_s = ((double)l->ended_ns - (double)m->epoch_ns) / 1e9;
        m->faults[m->fault_count++] = (struct result_fault){t_s, allocate_text(text)};
    }
    r->faults = m->faults;
    r->fault_count = m->fault_count;
}

static struct recorder *collect(struct cluster *c, const struct cluster_end *end,
                                struct run_result *r, struct recorder_end *how, struct error *error)
{
    (void)how;
    struct emulation *m = emulation_of(c);
    order_stop(m, end->converged);
    if (await_end(m, error) < 0) return NULL;
    m->recorder = scenario_recorder(m->scenario, clock_error(m));
    if (merge_journals(m, error) < 0) return NULL;
    r->model = m->deployment.transport;
    r->simulated_s = (double)end->end_ns / 1e9;
    gather_nodes(m, r);
    gather_faults(m, r);
    for (uint32_t node = 0; node < m->members.nodes; node++)
        if (m->launched[m->members.of_node[node]].how[0]) recorder_crashed(m->recorder, node);
    return m->recorder;
}

/* ---- begin and end ------------------------------------------------------------------------- */

static void destroy(struct cluster *c)
{
    struct emulation *m = emulation_of(c);
    if (!m) return;
    if (m->launch) m->ops->destroy(m->launch);
    recorder_destroy(m->recorder);
    for (uint32_t i = 0; i < m->fault_count; i++) free((char *)(uintptr_t)m->faults[i].what);
    for (uint32_t i = 0; m->launched && i < m->members.count; i++) {
        unlink(m->launched[i].journal);
        free(m->launched[i].journal);
        block_free(m->launched[i].block);
    }
    if (m->directory[0]) rmdir(m->directory);
    free(m->launched);
    free(m->faults);
    free(m->nodes);
    deployment_finish(&m->deployment);
    members_finish(&m->members);
    scenario_destroy(m->scenario);
    free(m);
}

static struct cluster *create(const struct experiment *e, struct error *error)
{
    struct emulation *m = allocate_zeroed(1, sizeof(*m));
    m->e = e;
    m->options = emulation_options(e);
    m->cluster.ops = e->transport == EXPERIMENT_VERBS ? &emulated_verbs : &emulated_loop;
    if (set_up(m, error) < 0 || gather_members(m, error) < 0) {
        destroy(&m->cluster);
        return NULL;
    }
    m->cluster.scenario = m->scenario;
    return &m->cluster;
}

#define EMULATED                                                                          \
    .mode = "emulation", .exclusive = true, .options = &emulation_kind, .create = create, \
    .destroy = destroy, .now = now, .advance = advance, .load = load, .replica = replica, \
    .faults_end = faults_end, .patience = patience, .rest = rest, .collect = collect

const struct cluster_ops emulated_loop = {.transport = EXPERIMENT_LOOP, EMULATED};
const struct cluster_ops emulated_verbs = {.transport = EXPERIMENT_VERBS, EMULATED};

static const struct cluster_ops *const clusters[] = {&emulated_loop, &emulated_verbs, NULL};
const struct experiment_command emulation_command = {EXPERIMENT_EMULATE, clusters, NULL};
