/* sim_cluster.h - a whole cluster of the core in the simulator: groups of replicas, and clients.
 *
 * Where the model does not place it, replica i of every group is at site i: a rack or region holds
 * one replica of each group. */
#ifndef AVIARY_SIM_SIM_CLUSTER_H
#define AVIARY_SIM_SIM_CLUSTER_H

#include "analysis/check/recorder.h"
#include "analysis/experiment/agreement.h"
#include "analysis/experiment/nodes.h"
#include "sim/sim.h"

struct sim_cluster_setup {
    struct nodes
        nodes; /* what it points to is borrowed, like all here, until sim_cluster_destroy */
    struct observer *observer; /* may be NULL */
    /* Puts a decorator (proto/node/traced.h) between a node and its transport; NULL: nothing. */
    void (*decorate)(void *context, uint32_t node, const struct node_ops **ops, void **state);
    void *context; /* of decorate */
    const struct model *model;
    const struct faults *faults; /* may be NULL */
    uint64_t seed;
    bool durable; /* replicas have storage */
};

struct sim_cluster {
    struct sim_cluster_setup setup;
    struct limits limits;
    struct sim *sim;
    struct replica **replicas; /* by node */
    struct disk **disks;       /* the same; NULL: no storage */
    struct client **clients;
    bool *left_out; /* by replica: it crashes, or no link to its group's majority stays */
};

/* All nodes made and initialised. -1: the fault schedule names a node that is not there. */
int sim_cluster_create(struct sim_cluster *c, const struct sim_cluster_setup *setup,
                       struct error *e);
void sim_cluster_destroy(struct sim_cluster *c);

/* While the cluster exists: the links that faults leave intact in the end. */
struct survival_links sim_cluster_links(const struct sim_cluster *c);

/* All live clients have issued all their commands and have every reply. */
bool sim_cluster_clients_done(const struct sim_cluster *c);
/* Commands that live clients wait for. */
uint64_t sim_cluster_unanswered(const struct sim_cluster *c);
struct cluster_replica sim_cluster_replica(const struct sim_cluster *c, uint32_t node);
/* Of all clients. */
struct agreement sim_cluster_agreement(const struct sim_cluster *c);
/* After the run: reports all variables' places to the recorder, by the partitions and by the
 * oracle. */
void sim_cluster_report_owners(struct sim_cluster *c, struct recorder *r);

#endif
