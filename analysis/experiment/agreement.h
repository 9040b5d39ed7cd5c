/* agreement.h - do a cluster's replicas agree? */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_AGREEMENT_H
#define AVIARY_ANALYSIS_EXPERIMENT_AGREEMENT_H

#include "proto/topology.h"

/* A replica at one moment. */
struct cluster_replica {
    bool crashed;          /* by now */
    bool left_out;         /* excluded: it crashes, or is cut off for good */
    bool settled, leading; /* everything known to it is done; it leads its group */
    uint64_t executed;     /* commands */
};

/* All of them, as they are read. */
struct agreement {
    const struct topology *topology;
    struct cluster_replica (*replica)(const void *context, uint32_t node);
    const void *context;
};

/* Commands executed so far, summed over all replicas that have not crashed. */
uint64_t agreement_executed(const struct agreement *a);
/* In every group the replicas not excluded have executed alike, have nothing left to do, and one of
 * them leads, so that no log entry is left that only the next leader would decide; a group without
 * a majority needs no leader. */
bool agreement_reached(const struct agreement *a);

#endif
