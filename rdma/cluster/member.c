/* member.c - makes the nodes of a member and runs them on a host, as the block's orders say. */
#include "rdma/cluster/member.h"

#include <stdio.h>
#include <sys/prctl.h>

#include "analysis/journal/journal.h"
#include "analysis/experiment/message_trace.h"
#include "base/clock.h"
#include "base/last_words.h"
#include "base/memory.h"
#include "rdma/cluster/emulation_options.h"
#include "rdma/cluster/replica_logs.h"

enum { TICK_NS = 5000000 };

struct member {
    const struct member_setup *setup;
    struct host *host;
    struct journal *journal;
    struct message_trace *trace; /* NULL: none is written */
    struct log_file *log;        /* NULL: no storage */
    struct replica *replica;     /* NULL: this member is the clients */
    struct client **clients;
    uint32_t first, count; /* its nodes */
    bool resting;
};

void member_fail(struct block *block, const char *why)
{
    snprintf(block->report.failure, sizeof(block->report.failure), "%s", why);
    atomic_store(&block->report.state, MEMBER_FAILED);
}

/* ---- a replica that can be made quiescent -------------------------------------------------- */

static void resting_init(void *node, struct transport *t)
{
    replica_node_ops.init(((struct member *)node)->replica, t);
}

static void resting_message(void *node, struct message *message)
{
    replica_node_ops.on_message(((struct member *)node)->replica, message);
}

/* A replica starts hints and plans on its own, for ever: at the end of a run some would always be
 * incomplete. */
static void resting_timer(void *node, uint32_t timer)
{
    struct member *m = node;
    if (m->resting && (timer == TIMER_HINT || timer == TIMER_PLAN)) return;
    replica_node_ops.on_timer(m->replica, timer);
}

static void resting_completion(void *node, uint64_t cookie, enum completion how)
{
    replica_node_ops.on_completion(((struct member *)node)->replica, cookie, how);
}

static void resting_peer(void *node, uint32_t peer, bool up)
{
    replica_node_ops.on_peer(((struct member *)node)->replica, peer, up);
}

static void resting_write(void *node, uint32_t region, uint32_t writer)
{
    replica_node_ops.on_write(((struct member *)node)->replica, region, writer);
}

static const struct node_ops resting_node_ops = {
    .init = resting_init,
    .on_message = resting_message,
    .on_timer = resting_timer,
    .on_completion = resting_completion,
    .on_peer = resting_peer,
    .on_write = resting_write,
};

/* ---- its nodes ----------------------------------------------------------------------------- */

static bool is_replica(const struct member *m)
{
    return topology_group(&m->setup->scenario->nodes.topology, m->first) < GROUPS_MAX;
}

static const char *member_name(const struct member *m)
{
    return is_replica(m) ? m->setup->scenario->names[m->first] : MEMBER_CLIENTS;
}

static void add_node(struct member *m, uint32_t node, const struct node_ops *ops, void *state)
{
    const struct scenario *s = m->setup->scenario;
    if (m->trace) message_trace_node(m->trace, node, &ops, &state);
    host_add_node(
        m->host,
        &(struct host_node){
            .node = node, .name = s->names[node], .ops = ops, .state = state, .log = m->log});
}

static void make_nodes(struct member *m)
{
    const struct scenario *s = m->setup->scenario;
    const struct topology *t = &s->nodes.topology;
    struct observer *observer = journal_observer(m->journal);
    if (is_replica(m)) {
        m->count = 1;
        m->replica = scenario_replica(s, m->first, observer);
        add_node(m, m->first, &resting_node_ops, m);
        return;
    }
    m->count = t->clients;
    m->clients = allocate_zeroed(t->clients, sizeof(*m->clients));
    for (uint32_t i = 0; i < t->clients; i++) {
        m->clients[i] = scenario_client(s, i, observer);
        add_node(m, topology_client(t, i), &client_node_ops, m->clients[i]);
    }
}

static void free_nodes(struct member *m)
{
    if (m->replica) replica_destroy(m->replica);
    for (uint32_t i = 0; m->clients && i < m->count; i++) client_destroy(m->clients[i]);
    free(m->clients);
}

/* ---- reports to the coordinator ------------------------------------------------------------- */

static void report_progress(struct member *m)
{
    struct report *r = &m->setup->block->report;
    if (m->replica) {
        uint64_t hash;
        const struct executor *e = replica_executor(m->replica);
        atomic_store(&r->executed, replica_executed(m->replica, &hash));
        atomic_store(&r->settled, executor_settled(e) && !host_working(m->host));
        atomic_store(&r->leading, e->leading);
        return;
    }
    uint64_t unanswered = 0;
    bool done = true;
    for (uint32_t i = 0; i < m->count; i++) {
        unanswered += client_unanswered(m->clients[i]);
        done = done && client_done(m->clients[i]);
    }
    atomic_store(&r->answered, journal_answered(m->journal));
    atomic_store(&r->unanswered, unanswered);
    atomic_store(&r->done, done);
}

static void report_counters(struct member *m)
{
    struct report *r = &m->setup->block->report;
    r->stats = *host_stats(m->host);
    for (uint32_t i = 0; i < m->count; i++) r->nodes[i] = host_node_stats(m->host, m->first + i);
}

static bool tick(void *context)
{
    struct member *m = context;
    report_progress(m);
    report_counters(m);
    uint32_t order = atomic_load(&m->setup->block->orders.order);
    if (m->clients && order >= ORDER_DRAIN) loader_stop(m->setup->scenario->loader);
    m->resting = order >= ORDER_REST;
    atomic_store(&m->setup->block->report.resting, m->resting);
    if (m->log && log_file_error(m->log)) return false;
    return order < ORDER_STOP;
}

/* ---- if it aborts -------------------------------------------------------------------------- */

static void tell_abort(struct last_words *w, const void *context)
{
    const struct member *m = context;
    const char *node = host_handling(m->host);
    const char *member = member_name(m);
    last_words_add(w, node ? "aborted in " : "aborted between two events of ");
    last_words_add(w, node ? node : member);
    last_words_add(w, " at ");
    last_words_add_time(w, host_now(m->host));
    last_words_add(w, " of the run");
}

/* ---- its life ------------------------------------------------------------------------------ */

static bool connected(struct member *m)
{
    struct report *r = &m->setup->block->report;
    for (uint32_t i = 0; i < m->setup->members->count; i++) {
        if (i == m->setup->self || host_peer_up(m->host, i)) continue;
        atomic_store(&r->missing, i);
        return false;
    }
    return true;
}

/* Threads share the coordinator's scenario; other processes have their own. */
static void take_latency(struct member *m)
{
    struct scenario *s = m->setup->scenario;
    uint64_t latency_ns = atomic_load(&m->setup->block->orders.latency_ns);
    if (s->latency_ns != latency_ns) scenario_set_latency(s, latency_ns, 0);
}

/* What an answer takes; a new leader hears from a replica when that has stored its ballot. */
static uint64_t latency(const struct member *m)
{
    return m->setup->wire->latency_ns + (m->log ? log_file_sync_ns(m->log) : 0);
}

/* Until the nodes' time begins, or the run is cancelled. */
static bool tick_connecting(void *context)
{
    struct member *m = context;
    const struct orders *orders = &m->setup->block->orders;
    bool ready = connected(m);
    atomic_store(&m->setup->block->report.latency_ns, latency(m));
    atomic_store(&m->setup->block->report.state, ready ? MEMBER_READY : MEMBER_CONNECTING);
    uint64_t epoch_ns = atomic_load(&orders->epoch_ns);
    if (epoch_ns) take_latency(m);
    host_set_epoch(m->host, epoch_ns);
    bool begins = epoch_ns && clock_now() >= epoch_ns;
    return !begins && atomic_load(&orders->order) < ORDER_STOP;
}

static const struct executor *live_executor(void *context, uint32_t group)
{
    const struct member *m = context;
    const struct topology *t = &m->setup->scenario->nodes.topology;
    if (!m->replica || topology_group(t, m->first) != group) return NULL;
    return replica_executor(m->replica);
}

static void report_owners(struct member *m)
{
    const struct scenario *s = m->setup->scenario;
    finals_tell(&s->nodes.topology, s->state.variables.count,
                &(struct finals_source){live_executor, m}, journal_finals(m->journal));
}

static void live(struct member *m)
{
    const struct orders *orders = &m->setup->block->orders;
    struct report *report = &m->setup->block->report;
    host_connect(m->host, TICK_NS / 5, tick_connecting, m);
    if (atomic_load(&orders->order) < ORDER_STOP) {
        atomic_store(&report->state, MEMBER_RUNNING);
        host_run(m->host, TICK_NS, tick, m);
    }
    if (atomic_load(&orders->order) == ORDER_STOP_AND_REPORT) report_owners(m);
    report_counters(m);
}

static int open_files(struct member *m, struct error *e)
{
    const struct scenario *s = m->setup->scenario;
    const struct message_filter *filter = &s->setup.experiment->messages;
    const struct emulation_options *o = emulation_options(s->setup.experiment);
    m->journal = journal_create(m->setup->journal, &s->nodes.topology, scenario_checks(s), e);
    if (!m->journal) return -1;
    if (filter->file) {
        m->trace = message_trace_create(filter, member_name(m), &s->nodes, s->names, e);
        if (!m->trace) return -1;
    }
    if (!o->durable || !is_replica(m)) return 0;
    m->log = replica_log_create(o->durable, member_name(m), e);
    return m->log ? 0 : -1;
}

static void free_files(struct member *m)
{
    log_file_close(m->log);
    message_trace_destroy(m->trace);
    journal_destroy(m->journal);
}

static int close_files(struct member *m, struct error *e)
{
    int got = m->trace ? message_trace_commit(m->trace, e) : 0;
    if (journal_incomplete(m->journal))
        got = error_set(e, "the disk is full: its journal is incomplete");
    if (m->log && log_file_error(m->log)) got = error_set(e, "%s", log_file_error(m->log)->text);
    free_files(m);
    return got;
}

void member_run(const struct member_setup *setup)
{
    struct member m = {.setup = setup};
    struct error e;
    while (setup->members->of_node[m.first] != setup->self) m.first++;
    if (open_files(&m, &e) < 0) {
        free_files(&m);
        setup->wire->ops->close(setup->wire);
        member_fail(setup->block, e.text);
        return;
    }
    struct limits limits = nodes_limits(&setup->scenario->nodes);
    m.host = host_create(&(struct host_setup){
        .limits = &limits,
        .seed = setup->scenario->setup.experiment->seed,
        .members = setup->members,
        .self = setup->self,
        .wire = setup->wire,
    });
    last_words_by(tell_abort, &m);
    make_nodes(&m);
    prctl(PR_SET_NAME, member_name(&m)); /* as `top -H` shows it */
    live(&m);
    host_stop(m.host);
    free_nodes(&m);
    last_words_by(NULL, NULL);
    host_destroy(m.host);
    if (close_files(&m, &e) < 0)
        member_fail(setup->block, e.text);
    else
        atomic_store(&setup->block->report.state, MEMBER_STOPPED);
}
