/* deployment.h - where and how the members of a run are started, by its options. */
#ifndef AVIARY_RDMA_CLUSTER_DEPLOYMENT_H
#define AVIARY_RDMA_CLUSTER_DEPLOYMENT_H

#include "rdma/cluster/launch.h"

struct deployment {
    const char *transport; /* its name */
    const struct launch_ops *launch;
    struct cluster_file cluster;               /* empty without --cluster */
    const struct cluster_process *coordinator; /* NULL without --cluster */
};

/* Fills in `where` of each member, whose names are given: from the cluster file, or over the RDMA
 * addresses of this machine in turn: replica i of each group is at address i. Threads need none. 0,
 * or -1 with the error. */
int deployment_settle(struct deployment *d, const struct experiment *e, uint32_t replicas,
                      struct launched *launched, uint32_t members, struct error *error);
void deployment_finish(struct deployment *d);

#endif
