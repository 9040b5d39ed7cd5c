/* emulation.c - the coordinator of an emulated cluster (emulation.h).
 *
 * It sets the scenario up, has the members brought to life (launch.h), waits until all are
 * connected, gives the common begin of time, watches, and gives the order to stop when clients are
 * done and replicas agree. What the members observed stands in their journals; merged, they go
 * through the same recorder and checkers as a simulation. */
#include "config.h"

#include "rdma/cluster/emulation.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysis/check/journal.h"
#include "base/memory.h"
#include "base/clock.h"
#include "rdma/cluster/crashes.h"
#include "rdma/cluster/deployment.h"
#include "rdma/cluster/launch.h"
#include "rdma/cluster/timing.h"

enum {
    ATTEND_NS = 10000000,
    LEAD_NS = 50000000, /* from the order to begin until time begins, for all to hear of it */
    ROUND_NS = 1000000, /* measured times are told as whole milliseconds */
    STOP_SECONDS = 10,  /* for a member that was told to stop */
};
#define SECOND UINT64_C(1000000000)

struct emulation {
    const struct experiment *e;
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
    uint64_t begin_ns; /* of waiting for members, and then of the run: wall time */
    struct recorder *recorder;
    struct run_result result;
    struct result_node *nodes;
    struct result_fault *faults;
};

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
            .scheme = e->schemes[0],
            .partitions = e->partitions[0],
            .timing = emulation_timing(e->transport),
        },
        error);
}

static int make_directory(struct emulation *m, struct error *error)
{
    const char *where = getenv("TMPDIR");
    int length = snprintf(m->directory, sizeof(m->directory), "%s/aviary-XXXXXX",
                          where && *where ? where : "/tmp");
    if (length < (int)sizeof(m->directory) && mkdtemp(m->directory)) return 0;
    m->directory[0] = 0;
    return error_set(error, "cannot make a directory for journals in %s: %s",
                     where && *where ? where : "/tmp", strerror(errno));
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
        l->journal = allocate(sizeof(m->directory) + sizeof(l->where.name) + 16);
        sprintf(l->journal, "%s/%s.journal", m->directory, l->where.name);
    }
}

static int set_up(struct emulation *m, struct error *error)
{
    m->scenario = emulation_scenario(m->e, error);
    if (!m->scenario || make_directory(m, error) < 0) return -1;
    make_members(m);
    if (deployment_settle(&m->deployment, m->e, m->e->replicas, m->launched, m->members.count,
                          error) < 0)
        return -1;
    m->launch_setup = (struct launch_setup){
        .scenario = m->scenario,
        .members = &m->members,
        .launched = m->launched,
        .ring_bytes = m->e->ring_bytes,
        .waiting = m->e->waiting,
        .dead_after_ns = m->e->dead_after_ns,
        .run_id = clock_now() ^ (uint64_t)getpid() << 48,
        .coordinator = m->deployment.coordinator,
    };
    m->ops = m->deployment.launch;
    if (m->e->crash && !m->ops->crash)
        return error_set(error, "--crash: processes of a cluster file are killed where they run");
    if (crashes_read(&m->crashes, m->e->crash, m->launched, m->members.count - 1, error) < 0)
        return -1;
    m->launch = m->ops->start(&m->launch_setup, error);
    return m->launch ? 0 : -1;
}

/* ---- starting ------------------------------------------------------------------------------ */

static bool stopped(struct emulation *m, struct error *error)
{
    if (interrupted) error_set(error, "interrupted: nothing is kept of this run");
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
            used += (size_t)snprintf(list + used, room, " %s has not come;", l->where.name);
        else if (l->ended)
            used += (size_t)snprintf(list + used, room, " %s %s;", l->where.name, l->how);
        else if (state == MEMBER_STARTING)
            used += (size_t)snprintf(list + used, room, " %s is not set up;", l->where.name);
        else if (state == MEMBER_CONNECTING && other < m->members.count &&
                 m->launched[other].present)
            used += (size_t)snprintf(list + used, room, " %s cannot reach %s;", l->where.name,
                                     m->launched[other].where.name);
    }
    return error_set(error, "the cluster did not come together in time:%s", list);
}

static bool all_ready(const struct emulation *m)
{
    for (uint32_t i = 0; i < m->members.count; i++)
        if (atomic_load(&m->launched[i].block->report.state) != MEMBER_READY) return false;
    return true;
}

/* Connecting has shown how long messages take: no leader is to be suspected earlier. */
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
    if (scenario_hasty(m->e, most_ns, &warning))
        fprintf(stderr, "aviary: warning: %s\n", warning.text);
}

static int gather_members(struct emulation *m, struct error *error)
{
    uint64_t until_ns = clock_now() + m->e->patience_ns;
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

static uint64_t run_time(const struct emulation *m)
{
    uint64_t now_ns = clock_now();
    return now_ns > m->epoch_ns ? now_ns - m->epoch_ns : 0;
}

static const struct report *clients_of(const struct emulation *m)
{
    return &m->launched[m->members.count - 1].block->report;
}

static void show_progress(struct emulation *m, struct progress *progress)
{
    if (!progress) return;
    uint64_t answered = atomic_load(&clients_of(m)->answered);
    double share = 0;
    if (m->scenario->duration_ns != UINT64_MAX)
        share = (double)run_time(m) / (double)m->scenario->duration_ns;
    if (m->e->commands != UINT64_MAX && (double)answered / (double)m->e->commands > share)
        share = (double)answered / (double)m->e->commands;
    progress_update(progress, share < 1 ? share : 1, answered);
}

/* When the last member died, in the run's time; 0: none has. */
static uint64_t last_death(const struct emulation *m)
{
    uint64_t last_ns = 0;
    for (uint32_t i = 0; i < m->members.count; i++) {
        const struct launched *l = &m->launched[i];
        if (l->ended && l->ended_ns > m->epoch_ns && l->ended_ns - m->epoch_ns > last_ns)
            last_ns = l->ended_ns - m->epoch_ns;
    }
    return last_ns;
}

static void order_all(struct emulation *m, enum order order)
{
    for (uint32_t i = 0; i < m->members.count; i++)
        atomic_store(&m->launched[i].block->orders.order, order);
}

/* True when all is answered; false: nothing more can be expected, or *error. */
static bool run_clients(struct emulation *m, struct progress *progress, struct error *error)
{
    struct scenario_patience patience = {.limit_ns = m->e->patience_ns};
    const struct launched *clients = &m->launched[m->members.count - 1];
    for (;;) {
        m->ops->attend(m->launch, ATTEND_NS);
        show_progress(m, progress);
        if (draining) order_all(m, ORDER_DRAIN);
        crashes_carry_out(&m->crashes, run_time(m), m->ops, m->launch);
        if (stopped(m, error) || clients->ended) return false;
        if (atomic_load(&clients_of(m)->done)) return true;
        if (!scenario_patient(&patience, run_time(m), atomic_load(&clients_of(m)->answered),
                              atomic_load(&clients_of(m)->unanswered) > 0, last_death(m)))
            return false;
    }
}

/* The group's live replicas have executed alike, and one of them leads; see sim/cluster.c. */
static bool group_converged(const struct emulation *m, uint32_t group)
{
    const struct topology *t = &m->scenario->nodes.topology;
    uint64_t executed = UINT64_MAX;
    uint32_t live = 0;
    bool led = false;
    for (uint32_t i = 0; i < t->replicas; i++) {
        const struct launched *l = &m->launched[topology_replica(t, group, i)];
        const struct report *r = &l->block->report;
        if (l->ended) continue;
        if (!atomic_load(&r->resting)) return false;
        if (executed == UINT64_MAX) executed = atomic_load(&r->executed);
        if (atomic_load(&r->executed) != executed || !atomic_load(&r->settled)) return false;
        led = led || atomic_load(&r->leading);
        live++;
    }
    return led || live <= t->replicas / 2;
}

static uint64_t executed_by_all(const struct emulation *m)
{
    uint64_t executed = 0;
    for (uint32_t i = 0; i < m->members.count; i++)
        executed += atomic_load(&m->launched[i].block->report.executed);
    return executed;
}

static bool all_converged(const struct emulation *m)
{
    for (uint32_t group = 0; group < m->scenario->nodes.topology.groups; group++)
        if (!group_converged(m, group)) return false;
    return true;
}

/* After the clients: followers catch up. */
static bool run_replicas(struct emulation *m, struct error *error)
{
    uint64_t step_ns = 4 * m->scenario->nodes.timing.heartbeat_ns;
    uint64_t settled_ns = scenario_settled_ns(m->scenario, last_death(m));
    uint64_t limit_ns = run_time(m) + settled_ns + m->e->patience_ns;
    uint64_t executed = UINT64_MAX;
    order_all(m, ORDER_REST);
    while (run_time(m) < limit_ns) {
        for (uint64_t until_ns = clock_now() + step_ns; clock_now() < until_ns;)
            m->ops->attend(m->launch, ATTEND_NS);
        if (stopped(m, error)) return false;
        uint64_t before = executed;
        executed = executed_by_all(m);
        if (run_time(m) > settled_ns && executed == before && all_converged(m)) return true;
    }
    return false;
}

/* ---- stopping ------------------------------------------------------------------------------ */

/* One live replica of each group tells who owns what, if they have converged. */
static void order_stop(struct emulation *m, bool converged)
{
    const struct topology *t = &m->scenario->nodes.topology;
    uint32_t told = GROUPS_MAX;
    for (uint32_t i = 0; i < m->members.count; i++) {
        uint32_t group = topology_group(t, i);
        bool tells = converged && group < GROUPS_MAX && group != told && !m->launched[i].ended;
        if (tells) told = group;
        atomic_store(&m->launched[i].block->orders.order, tells ? ORDER_STOP_AND_TELL : ORDER_STOP);
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
            return error_set(error, "%s does not stop when told to", m->launched[i].where.name);
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
        return error_set(error, "the disk of %s was full: not everything was noted", m->directory);
    return merged;
}

static void gather_nodes(struct emulation *m)
{
    struct run_result *r = &m->result;
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
static void gather_faults(struct emulation *m)
{
    m->faults = allocate_zeroed(m->members.count, sizeof(*m->faults));
    for (uint32_t i = 0; i < m->members.count; i++) {
        const struct launched *l = &m->launched[i];
        if (!l->how[0]) continue;
        char text[LAUNCHED_HOW_BYTES + 64];
        snprintf(text, sizeof(text), "crash %s: %s", l->where.name, l->how);
        double t_s = ((double)l->ended_ns - (double)m->epoch_ns) / 1e9;
        m->faults[m->result.fault_count++] = (struct result_fault){t_s, allocate_text(text)};
    }
    m->result.faults = m->faults;
}

static int judge(struct emulation *m, uint64_t end_ns, bool answered, struct error *error)
{
    struct run_result *r = &m->result;
    m->recorder = scenario_recorder(m->scenario, clock_error(m));
    if (merge_journals(m, error) < 0) return -1;
    scenario_result(m->scenario, r);
    r->mode = "emulation";
    r->model = m->deployment.transport;
    r->simulated_s = (double)end_ns / 1e9;
    r->wall_s = (double)(clock_now() - m->begin_ns) / 1e9;
    gather_nodes(m);
    gather_faults(m);
    for (uint32_t node = 0; node < m->members.nodes; node++)
        if (m->launched[m->members.of_node[node]].how[0]) recorder_crashed(m->recorder, node);
    struct recorder_end end = scenario_end(m->scenario, end_ns, answered);
    recorder_finish(m->recorder, &end, r);
    return 0;
}

static int run(struct emulation *m, struct progress *progress, struct error *error)
{
    error->text[0] = 0;
    if (set_up(m, error) < 0 || gather_members(m, error) < 0) return -1;
    m->begin_ns = clock_now();
    bool answered = run_clients(m, progress, error);
    uint64_t end_ns = run_time(m);
    bool converged = !error->text[0] && run_replicas(m, error);
    if (error->text[0]) return -1;
    order_stop(m, converged);
    if (await_end(m, error) < 0) return -1;
    return judge(m, end_ns, answered, error);
}

struct emulation *emulation_run(const struct experiment *e, struct progress *progress,
                                struct error *error)
{
    struct emulation *m = allocate_zeroed(1, sizeof(*m));
    m->e = e;
    int status = run(m, progress, error);
    if (m->launch) m->ops->destroy(m->launch);
    m->launch = NULL;
    if (status == 0) return m;
    emulation_destroy(m);
    return NULL;
}

struct emulation_losses emulation_losses(const struct emulation *m)
{
    struct emulation_losses losses = {0};
    for (uint32_t i = 0; i < m->members.count; i++) {
        losses.malformed += m->launched[i].block->report.stats.malformed;
        losses.overflowed += m->launched[i].block->report.stats.overflowed;
    }
    return losses;
}

const struct run_result *emulation_result(const struct emulation *m)
{
    return &m->result;
}

void emulation_destroy(struct emulation *m)
{
    if (!m) return;
    recorder_destroy(m->recorder);
    for (uint32_t i = 0; i < m->result.fault_count; i++) free((char *)m->faults[i].what);
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
