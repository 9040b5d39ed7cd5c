/* thread_cluster.h - a few members as threads of this process, each with its own nodes: for
 * measuring. */
#ifndef AVIARY_RDMA_CALIBRATE_THREAD_CLUSTER_H
#define AVIARY_RDMA_CALIBRATE_THREAD_CLUSTER_H

#include <stdatomic.h>

#include "rdma/calibrate/fabric.h"
#include "rdma/wire/host.h"

struct thread_cluster;

/* One node for each member. NULL: the error says why. `members` is borrowed. */
struct thread_cluster *thread_cluster_create(const struct fabric_kind *kind,
                                             const struct members *members, struct error *e);
void thread_cluster_add_node(struct thread_cluster *c, uint32_t node, const struct node_ops *ops,
                             void *state);
/* Runs until *done, or for most_ns from when *begun is true, which must come within seconds;
 * members are on the cores in turn. */
void thread_cluster_run(struct thread_cluster *c, const atomic_bool *begun, const atomic_bool *done,
                        uint64_t most_ns);
/* Before thread_cluster_run(): all members on one processor. */
void thread_cluster_gather(struct thread_cluster *c);
/* After thread_cluster_run(): the usage of the member's thread. */
const struct metered *thread_cluster_meter(const struct thread_cluster *c, uint32_t member);
void thread_cluster_destroy(struct thread_cluster *c);

#endif
