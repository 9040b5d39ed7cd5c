/* cluster.h - the interface of the runner (runner.h) to the nodes of one run, simulated or
 * emulated.
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

/* First member of every cluster. */
struct cluster {
    const struct cluster_ops *ops;
    struct scenario *scenario; /* the cluster's */
};

enum cluster_state {
    CLUSTER_RUNS,
    CLUSTER_IDLE,   /* no more answers are possible: no events are left */
    CLUSTER_ENDED,  /* a limit of the run is reached: collect() names it */
    CLUSTER_FAILED, /* *error says why; there is no result */
};

/* Commands answered, and waiting for an answer. */
struct cluster_load {
    bool done; /* every live client has issued all its commands and has every reply */
    uint64_t answered, unanswered;
};

/* How the run ended. */
struct cluster_end {
    uint64_t end_ns; /* of the clients, or of the wait for them */
    bool converged;  /* after that, replicas agree */
};

struct cluster_ops {
    enum experiment_transport transport;
    const char *mode;                      /* "simulation" or "emulation", as in results */
    bool exclusive;                        /* two runs at a time would disturb each other */
    const struct cluster_options *options; /* of its kind */
    /* Are the options questionable, before the run? True with a warning.
     * NULL: no check. */
    bool (*check_options)(const struct experiment *e, struct error *warning);
    /* All nodes made, connected and begun. NULL with the error: which input is wrong, or which node
     * is missing. Everything that is pointed to is borrowed until destroy(). */
    struct cluster *(*create)(const struct experiment *e, struct error *error);
    void (*destroy)(struct cluster *c); /* c may be NULL */
    uint64_t (*now)(const struct cluster *c);
    /* Runs for that time. */
    enum cluster_state (*advance)(struct cluster *c, uint64_t ns, struct error *error);
    struct cluster_load (*load)(const struct cluster *c);
    struct cluster_replica (*replica)(const struct cluster *c, uint32_t node);
    /* The end of the last known fault; 0: none at all. */
    uint64_t (*faults_end)(const struct cluster *c);
    /* Time without progress after which none is expected. */
    uint64_t (*patience)(const struct cluster *c);
    /* Replicas start no more plans or hints. NULL: not needed. */
    void (*rest)(struct cluster *c);
    /* Stops all nodes. Fills in the measurements (mode, model, times, counts, nodes, faults, which
     * live until destroy()), corrects *how where a limit cut the run off, and returns the recorder,
     * which has all observations and belongs to the cluster. NULL with the error. */
    struct recorder *(*collect)(struct cluster *c, const struct cluster_end *end,
                                struct run_result *result, struct recorder_end *how,
                                struct error *error);
};

#endif
