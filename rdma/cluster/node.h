/* node.h - one process of a cluster that spans machines: waits for its coordinator's SETUP, runs
 * its member, returns its journal. */
#ifndef AVIARY_RDMA_CLUSTER_NODE_H
#define AVIARY_RDMA_CLUSTER_NODE_H

#include "rdma/cluster/cluster_file.h"

struct node_setup {
    const struct cluster_file *cluster;
    const char *name;     /* of this process */
    uint64_t patience_ns; /* for the coordinator to connect */
};

/* 0: the run has ended well; -1 with the error. An interrupt ends it at once, and leaves nothing.
 */
int node_run(const struct node_setup *setup, struct error *e);

/* For a signal handler. */
void node_interrupt(void);

#endif
