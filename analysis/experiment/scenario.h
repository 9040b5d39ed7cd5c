/* scenario.h - an experiment prepared to run, in the simulator or in real processes.
 *
 * One scenario is one scheme on one number of partitions: the workload opened and read through, the
 * variables placed, the cluster's shape, timing and options determined, the commands ready to be
 * issued. Setting it up is deterministic, so that processes on several hosts which set up the same
 * experiment have the same; and it is independent of the process: set it up once, fork, and let
 * each child make its own nodes. The loader issues each command once in each process, so all
 * clients are to be in one, or commands must name their clients.
 *
 * Then: make nodes with scenario_replica() and scenario_client() and drive them; make the recorder,
 * where the observers' reports come together, with scenario_recorder(); at the end report to it the
 * crashes and (finals.h) the variables' places, fill the result in with what the driver measured,
 * recorder_finish() it with scenario_end(), and then scenario_result(). */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_SCENARIO_H
#define AVIARY_ANALYSIS_EXPERIMENT_SCENARIO_H

#include "analysis/check/recorder.h"
#include "analysis/experiment/experiment.h"
#include "analysis/experiment/nodes.h"
#include "analysis/experiment/preparation.h"
#include "analysis/results/results.h"
#include "workloads/place/loader.h"
#include "workloads/place/state.h"

struct scenario_setup {
    const struct experiment *experiment; /* borrowed until scenario_destroy */
    struct timing timing;                /* until scenario_set_latency() */
    /* The cost of executing a command of that kind if the trace has none, and those of `consult`
     * and `move` (proto/options.h). NULL: none, on real processors. */
    uint64_t (*cost_ns)(void *context, const char *kind);
    void *context;
};

/* Read-only. */
struct scenario {
    struct scenario_setup setup;
    struct nodes nodes;   /* topology and timing as used, among others */
    char **names;         /* of the nodes, by number */
    uint64_t latency_ns;  /* the argument of scenario_set_latency(), 0 at first */
    uint64_t duration_ns; /* clients issue nothing from then on; UINT64_MAX: until they are done */
    struct preparation *preparation; /* of the next two */
    struct preparation *own;         /* the same, if it is the scenario's; else NULL */
    struct workload *workload;
    const struct placement *placement; /* NULL: one group has all */
    char *placement_name;              /* as used: with PLACEMENT_HINDSIGHT where that holds */
    uint64_t commands;                 /* to run, at most */
    uint64_t learnt;                   /* the first commands, not measured; 0: all are measured */
    struct state state;
    struct scheme_options options;
    struct loader *loader;
    struct result_option used[EXPERIMENT_OPTIONS_MAX];
    char texts[6][32]; /* of options whose value was chosen */
};

/* NULL: the error says which input is wrong. */
struct scenario *scenario_create(const struct scenario_setup *setup, struct error *e);
void scenario_destroy(struct scenario *s); /* after its nodes and its recorder */

/* Prepares what a run of that experiment has in common with others, to be given to it by
 * experiment.preparation. 0, or -1 with the error. */
int scenario_prepare(struct preparation *p, const struct experiment *e, struct error *error);

/* Sets s->nodes.timing for the largest latency of a small message; before the nodes are
 * initialised. The leader time-out is --leader-timeout, or the maximum of the setup's, four
 * latencies, and the arrival of a heartbeat that a burst delays; the other times keep their
 * proportion. Five heartbeats fit into the time-out, and retransmission waits at least four
 * latencies. */
void scenario_set_latency(struct scenario *s, uint64_t latency_ns, uint64_t burst_ns);
/* The topology of such a run. */
struct topology scenario_topology(const struct experiment *e);
/* Is --leader-timeout less than that? True with a warning, in one line. */
bool scenario_timeout_too_short(const struct experiment *e, uint64_t latency_ns,
                                struct error *warning);

/* A node of its own; replica_destroy() or client_destroy() it before the scenario. Nodes are
 * numbered as in topology.h; s->names[node] is its name. */
struct replica *scenario_replica(const struct scenario *s, uint32_t node, struct observer *o);
struct client *scenario_client(const struct scenario *s, uint32_t client, struct observer *o);

/* Does that recorder use deliveries, starts and executions? */
bool scenario_checks(const struct scenario *s);
/* A recorder for the whole run, the caller's to destroy before the scenario; clock_error_ns as in
 * struct recorder_options. It uses the names of variables and kinds known so far. */
struct recorder *scenario_recorder(const struct scenario *s, uint64_t clock_error_ns);

/* ---- time limits ---------------------------------------------------------------------------- */

/* Detects a run without progress. */
struct scenario_patience {
    uint64_t limit_ns; /* time without any answer after which none is expected */
    uint64_t moved_ns; /* the last time of an answer, or without a waiting client; 0 at first */
    uint64_t answered; /* 0 at first */
};

/* A sufficient limit in virtual time, also if replicas never agree: a minute, a hundred leader
 * time-outs, or a hundred of the slowest commands; plus the time to move all variables. */
uint64_t scenario_patience_ns(struct scenario *s);

/* Called periodically: is progress still possible? `answered`: so far, by all clients (after them:
 * executed, by all replicas); `waiting`: some command is unanswered; faults are over at
 * horizon_ns. */
bool scenario_patient(struct scenario_patience *p, uint64_t now_ns, uint64_t answered, bool waiting,
                      uint64_t horizon_ns);

/* The earliest time at which agreement of replicas counts, after faults that are over at horizon_ns
 * (0: there were none): the last crashed replica may have delivered what the others learn from the
 * next leader only. */
uint64_t scenario_settled_ns(const struct scenario *s, uint64_t horizon_ns);

/* ---- the end -------------------------------------------------------------------------------- */

/* Fills in the experiment's description: scheme, options as used (--warmup, as recorder_finish()
 * has chosen it) and so on; not mode, model, times and counts. Texts live as long as the scenario
 * and the experiment. */
void scenario_result(struct scenario *s, struct run_result *r);
/* Name, role and partition of a node; the rest is 0. */
struct result_node scenario_result_node(const struct scenario *s, uint32_t node);

/* At end_ns clients were done (`answered`), or the run was ended. */
struct recorder_end scenario_end(const struct scenario *s, uint64_t end_ns, bool answered);
/* Of a run that had some faults, or none: --warmup, or MSER-5, or a tenth with faults or plans. */
enum warmup_rule scenario_warmup(const struct scenario *s, bool faults);

#endif
