/* cluster.h - a whole cluster of the core in the simulator: groups of replicas, and clients.
 *
 * Nodes are named p0.r0, p0.r1, ... (partition, replica), oracle.r0, ..., and c0, c1, ...; they are
 * numbered as
 * proto/topology.h says. Replica i of every group is at site i: a rack or region holds one replica
 * of each group. */
#ifndef AVIARY_SIM_CLUSTER_H
#define AVIARY_SIM_CLUSTER_H

#include "analysis/recorder.h"
#include "proto/client.h"
#include "proto/replica.h"
#include "sim/sim.h"

struct cluster_setup {
    struct topology topology;
    struct timing timing;
    const struct scheme *scheme;
    const struct multicast_ops *multicast;
    uint32_t window;
    uint32_t outstanding; /* of each client; 0: open loop */
    uint32_t plant;
    struct command_source *source; /* borrowed, like all pointers here, until cluster_destroy */
    const struct variables *variables;
    const struct scheme_options *options;
    struct observer *observer; /* may be NULL */
    const struct model *model;
    const struct faults *faults; /* may be NULL */
    uint64_t seed;
};

struct cluster {
    struct cluster_setup setup;
    struct sim *sim;
    struct replica **replicas; /* by node */
    struct client **clients;
};

/* All nodes made and initialised. -1: the fault schedule names a node that is not there. */
int cluster_create(struct cluster *c, const struct cluster_setup *setup, struct error *e);
void cluster_destroy(struct cluster *c);

/* The names of all nodes of a topology, in its order; free with cluster_names_free. */
char **cluster_names(const struct topology *t);
void cluster_names_free(char **names, const struct topology *t);

/* All clients have issued all their commands and have every reply. */
bool cluster_clients_done(const struct cluster *c);
/* Commands that clients wait for. */
uint64_t cluster_unanswered(const struct cluster *c);
/* Commands executed so far, summed over all replicas. */
uint64_t cluster_executed(const struct cluster *c);
/* Replicas that have not crashed have executed as much as any other of their group, and have what
 * plans move to them. */
bool cluster_converged(const struct cluster *c);
/* After the run: tells the recorder where all variables are, by the partitions and by the oracle.
 */
void cluster_tell_owners(const struct cluster *c, struct recorder *r);

#endif
