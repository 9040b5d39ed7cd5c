/* cluster.h - the nodes of one run as the runner (runner.h) sees them: simulated, or for real.
 *
 * A transport is a table of these operations. All are called by one thread, in this order: create;
 * advance, and between two of them load, replica, faults_end, now; rest, once, when the clients
 * have ended; collect, once; destroy. Times are in ns of the run: virtual in a simulation, since
 * the common begin in an emulation. */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_CLUSTER_H
#define AVIARY_ANALYSIS_EXPERIMENT_CLUSTER_H

#include "analysis/experiment/agreement.h"
#include "analysis/experiment/scenario.h"

struct cluster_ops;

/* Begins every cluster. */
struct cluster {
    const struct cluster_ops *ops;
    struct scenario *scenario; /* the cluster's */
};

enum cluster_state {
    CLUSTER_RUNS,
    CLUSTER_IDLE,   /* clients will not be answered any more: nothing is left to happen */
    CLUSTER_ENDED,  /* a limit of the run is reached: collect() tells which */
    CLUSTER_FAILED, /* *error says why; no result will come */
};

/* What clients have had, and wait for. */
struct cluster_load {
    bool done; /* every client that lives has issued all its commands and has every reply */
    uint64_t answered, unanswered;
};

/* How the run ended. */
struct cluster_end {
    uint64_t end_ns; /* the clients', or when they were given up */
    bool converged;  /* after that, replicas have come to agree */
};

struct cluster_ops {
    const char *name; /* for --transport */
    const char *mode; /* "simulation" or "emulation", as in results */
    bool exclusive;   /* two of them at a time would disturb each other */
    /* Is something about the options doubtful, before a run of any of the combinations? True with a
     * warning. NULL: nothing is known so early. */
    bool (*doubtful)(const struct experiment *e, struct error *warning);
    /* All nodes made, connected and begun. NULL with the error: which input is wrong, or which node
     * is missing. Everything that is pointed to is borrowed until destroy(). */
    struct cluster *(*create)(const struct experiment *e, const struct scheme *scheme,
                              uint32_t partitions, struct error *error);
    void (*destroy)(struct cluster *c); /* c may be NULL */
    uint64_t (*now)(const struct cluster *c);
    /* Goes on for so long. */
    enum cluster_state (*advance)(struct cluster *c, uint64_t ns, struct error *error);
    struct cluster_load (*load)(const struct cluster *c);
    struct cluster_replica (*replica)(const struct cluster *c, uint32_t node);
    /* No fault is known of after that; 0: none at all. */
    uint64_t (*faults_end)(const struct cluster *c);
    /* So long without any progress, and nothing more can be expected. */
    uint64_t (*patience)(const struct cluster *c);
    /* Replicas begin nothing of their own accord any more. NULL: they need not be told. */
    void (*rest)(struct cluster *c);
    /* Stops all nodes. Fills in what was measured (mode, model, times, counts, nodes, faults, which
     * live until destroy()), corrects *how where a limit cut the run off, and returns the recorder,
     * which knows everything that was observed and is the cluster's. NULL with the error. */
    struct recorder *(*collect)(struct cluster *c, const struct cluster_end *end,
                                struct run_result *result, struct recorder_end *how,
                                struct error *error);
};

#endif
