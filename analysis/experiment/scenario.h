/* scenario.h - an experiment made ready to run, whatever runs it: simulator or real processes.
 *
 * One scenario is one scheme on one number of partitions: the workload opened and read through, the
 * variables placed, the cluster's shape, timing and options settled, the commands ready to be
 * dealt. Setting it up is deterministic, so that processes on several hosts which set up the same
 * experiment have the same; and nothing in it is tied to the process: set it up once, fork, and let
 * each child make its own nodes. The loader deals each command once in each process, so all clients
 * are to be in one, or commands must name their clients.
 *
 * Then: make nodes with scenario_replica() and scenario_client() and drive them; make the recorder,
 * where the observers' reports come together, with scenario_recorder(); at the end tell it who
 * crashed and (finals.h) where variables are, fill the result in with scenario_result() and what
 * the driver measured, and recorder_finish() it with scenario_end(). */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_SCENARIO_H
#define AVIARY_ANALYSIS_EXPERIMENT_SCENARIO_H

#include "analysis/experiment/experiment.h"
#include "analysis/experiment/nodes.h"
#include "analysis/check/recorder.h"
#include "analysis/results/results.h"
#include "workloads/place/loader.h"
#include "workloads/place/state.h"

struct scenario_setup {
    const struct experiment *experiment; /* borrowed until scenario_destroy, like the scheme */
    const struct scheme *scheme;
    uint32_t partitions;
    struct timing timing; /* before it is settled, see scenario_set_latency() */
    /* What executing a command of that kind costs where the trace does not tell, and what `consult`
     * and `move` cost (proto/options.h). NULL: nothing, for processors that are real. */
    uint64_t (*cost_ns)(void *context, const char *kind);
    void *context;
};

/* Look, but change nothing. */
struct scenario {
    struct scenario_setup setup;
    struct nodes nodes;   /* topology and timing as used, among others */
    char **names;         /* of the nodes, by number */
    uint64_t latency_ns;  /* as scenario_set_latency() was told, 0 at first */
    uint64_t duration_ns; /* clients issue nothing from then on; UINT64_MAX: until they are done */
    struct workload *workload;
    struct placement placement;
    bool placed;
    struct state state;
    struct scheme_options options;
    struct loader *loader;
    struct result_option used[EXPERIMENT_OPTIONS_MAX];
    char texts[4][32]; /* of options whose value was chosen */
};

/* NULL: the error says which input is wrong. */
struct scenario *scenario_create(const struct scenario_setup *setup, struct error *e);
void scenario_destroy(struct scenario *s); /* after its nodes and its recorder */

/* Settles s->nodes.timing for the longest that a small message takes; before the nodes are
 * initialised. A leader is suspected after the setup's time-out, or four times the latency if that
 * is more, or when a heartbeat that a burst delays so long on top must have come; or after
 * --leader-timeout, whatever the latency; the other times keep their proportion. Five heartbeats
 * fit into the time-out, and nothing is sent again earlier than after four latencies. */
void scenario_set_latency(struct scenario *s, uint64_t latency_ns, uint64_t burst_ns);
/* What the nodes of such a run would be. */
struct topology scenario_topology(const struct experiment *e, const struct scheme *scheme,
                                  uint32_t partitions);
/* Is --leader-timeout less than that? True with a warning that says so, in one line. */
bool scenario_hasty(const struct experiment *e, uint64_t latency_ns, struct error *warning);

/* A node of its own; replica_destroy() or client_destroy() it before the scenario. Nodes are
 * numbered as in topology.h; s->names[node] is its name. */
struct replica *scenario_replica(const struct scenario *s, uint32_t node, struct observer *o);
struct client *scenario_client(const struct scenario *s, uint32_t client, struct observer *o);

/* Does that recorder look at what is delivered, started and executed? */
bool scenario_checks(const struct scenario *s);
/* A recorder for the whole run, the caller's to destroy before the scenario; clock_error_ns as in
 * struct recorder_options. It knows variables and kinds by the names that are known by now. */
struct recorder *scenario_recorder(const struct scenario *s, uint64_t clock_error_ns);

/* ---- how long to wait ----------------------------------------------------------------------- */

/* A watch over a run that may have come to a stand. */
struct scenario_patience {
    uint64_t limit_ns; /* so long without any answer, and nothing more can be expected */
    uint64_t moved_ns; /* something was answered then, or nobody was waiting; 0 at first */
    uint64_t answered; /* 0 at first */
};

/* What is patient enough in virtual time, also with replicas that do not come to agree: a minute, a
 * hundred leader timeouts, or a hundred of the slowest commands; and all variables may have to be
 * moved first. */
uint64_t scenario_patience_ns(struct scenario *s);

/* Called now and again: is there still something to wait for? `answered`: so far, by all clients
 * (after them: executed, by all replicas); `waiting`: some command is unanswered; faults are over
 * at horizon_ns. */
bool scenario_patient(struct scenario_patience *p, uint64_t now_ns, uint64_t answered, bool waiting,
                      uint64_t horizon_ns);

/* When replicas may be believed to have settled at the earliest, after faults that are over at
 * horizon_ns (0: there were none): who crashed last may have delivered what the others learn from
 * the next leader only. */
uint64_t scenario_settled_ns(const struct scenario *s, uint64_t horizon_ns);

/* ---- the end -------------------------------------------------------------------------------- */

/* Fills in what the experiment says about itself: scheme, options as used and so on; not mode,
 * model, times and counts, nor what recorder_finish() sets. Texts live as long as the scenario and
 * the experiment. */
void scenario_result(struct scenario *s, struct run_result *r);
/* Name, role and partition of a node; the rest is 0. */
struct result_node scenario_result_node(const struct scenario *s, uint32_t node);

/* How it ended: at end_ns clients were done (`answered`) or were given up. */
struct recorder_end scenario_end(const struct scenario *s, uint64_t end_ns, bool answered);

#endif
