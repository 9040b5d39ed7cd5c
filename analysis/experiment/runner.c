/* runner.c - see runner.h. */
#include "analysis/experiment/runner.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"

enum { QUIET_HEARTBEATS = 4 }; /* between two checks whether replicas agree */

struct run {
    const struct experiment *experiment;
    const struct cluster_ops *ops;
    struct cluster *cluster;
    struct scenario *scenario;
    struct progress *progress;
    struct error *error;
    enum cluster_state state;
    struct run_result result;
};

/* ---- clients ------------------------------------------------------------------------------- */

static void advance(struct run *r, uint64_t ns)
{
    r->state = r->ops->advance(r->cluster, ns, r->error);
}

static void show_progress(const struct run *r, uint64_t answered)
{
    if (!r->progress) return;
    uint64_t commands = r->scenario->commands, duration_ns = r->scenario->duration_ns;
    double share = 0;
    if (duration_ns != UINT64_MAX) share = (double)r->ops->now(r->cluster) / (double)duration_ns;
    if (commands != UINT64_MAX && (double)answered / (double)commands > share)
        share = (double)answered / (double)commands;
    progress_update(r->progress, share < 1 ? share : 1, answered);
}

/* True when every client is done; false when no progress is possible. */
static bool run_clients(struct run *r)
{
    struct scenario_patience patience = {.limit_ns = r->ops->patience(r->cluster)};
    for (;;) {
        uint64_t now_ns = r->ops->now(r->cluster);
        advance(r, r->scenario->nodes.timing.heartbeat_ns);
        if (r->state == CLUSTER_FAILED) return false;
        struct cluster_load load = r->ops->load(r->cluster);
        show_progress(r, load.answered);
        if (load.done) return true;
        if (r->state != CLUSTER_RUNS ||
            !scenario_patient(&patience, now_ns, load.answered, load.unanswered > 0,
                              r->ops->faults_end(r->cluster)))
            return false;
    }
}

/* ---- replicas, after the clients ----------------------------------------------------------- */

static struct cluster_replica replica(const void *context, uint32_t node)
{
    const struct run *r = context;
    return r->ops->replica(r->cluster, node);
}

/* Waits for the end of faults and for followers to catch up, while there is progress. True: they
 * agree. */
static bool run_replicas(struct run *r)
{
    uint64_t step_ns = QUIET_HEARTBEATS * r->scenario->nodes.timing.heartbeat_ns;
    uint64_t settled_ns = scenario_settled_ns(r->scenario, r->ops->faults_end(r->cluster));
    struct scenario_patience patience = {.limit_ns = r->ops->patience(r->cluster)};
    const struct agreement agreement = {&r->scenario->nodes.topology, replica, r};
    uint64_t now_ns, executed = UINT64_MAX;
    if (r->ops->rest) r->ops->rest(r->cluster);
    do {
        advance(r, step_ns);
        if (r->state == CLUSTER_ENDED || r->state == CLUSTER_FAILED) return false;
        uint64_t before = executed;
        executed = agreement_executed(&agreement);
        now_ns = r->ops->now(r->cluster);
        if (now_ns > settled_ns && executed == before && agreement_reached(&agreement)) return true;
    } while (scenario_patient(&patience, now_ns, executed, true, settled_ns));
    return false;
}

/* ---- from begin to end --------------------------------------------------------------------- */

/* A run that a limit has ended may be shorter than its warm-up. */
static int check_window(const struct run *r, const char *limit)
{
    if (limit || r->result.warmup_rule != WARMUP_GIVEN || r->result.measured_s > 0) return 0;
    return error_set(r->error, "the run ended before --warmup did: nothing was measured");
}

static int execute(struct run *r)
{
    r->cluster = r->ops->create(r->experiment, r->error);
    if (!r->cluster) return -1;
    r->scenario = r->cluster->scenario;
    uint64_t begin_ns = clock_now();
    bool answered = run_clients(r);
    if (r->state == CLUSTER_FAILED) return -1;
    struct cluster_end end = {.end_ns = r->ops->now(r->cluster)};
    end.converged = run_replicas(r);
    if (r->state == CLUSTER_FAILED) return -1;
    struct recorder_end how = scenario_end(r->scenario, end.end_ns, answered);
    struct recorder *recorder = r->ops->collect(r->cluster, &end, &r->result, &how, r->error);
    if (!recorder) return -1;
    how.warmup_rule = scenario_warmup(r->scenario, r->result.fault_count > 0);
    r->result.mode = r->ops->mode;
    r->result.wall_s = (double)(clock_now() - begin_ns) / 1e9;
    recorder_finish(recorder, &how, &r->result);
    scenario_result(r->scenario, &r->result);
    return check_window(r, how.limit);
}

struct run *run_execute(const struct experiment *e, const struct cluster_ops *transport,
                        struct progress *progress, struct error *error)
{
    struct run *r = allocate_zeroed(1, sizeof(*r));
    r->experiment = e;
    r->ops = transport;
    r->progress = progress;
    r->error = error;
    if (execute(r) == 0) return r;
    run_destroy(r);
    return NULL;
}

const struct run_result *run_result(const struct run *r)
{
    return &r->result;
}

void run_destroy(struct run *r)
{
    if (!r) return;
    if (r->cluster) r->ops->destroy(r->cluster);
    free(r);
}
