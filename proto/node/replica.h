/* replica.h - the replica node: atomic multicast below, a scheme's execution above. */
#ifndef AVIARY_PROTO_NODE_REPLICA_H
#define AVIARY_PROTO_NODE_REPLICA_H

#include "proto/schemes/scheme.h"

struct replica_setup {
    const struct topology *topology;
    const struct timing *timing;
    const struct multicast_ops *multicast;
    const struct scheme *scheme;
    const struct application *application;
    uint32_t group;
    uint32_t window; /* undecided batches at a time */
    const struct variables *variables;
    const struct scheme_options *options;
    struct observer *observer; /* may be NULL */
    const struct plant *plant; /* NULL: none */
};

struct replica;

struct replica *replica_create(const struct replica_setup *setup);
void replica_destroy(struct replica *r);
extern const struct node_ops replica_node_ops; /* its state is the struct replica */

/* Its executor, to inspect ownership and the oracle's map. */
const struct executor *replica_executor(const struct replica *r);

/* How many commands it has executed, and the running hash over all its writes. */
uint64_t replica_executed(const struct replica *r, uint64_t *state_hash);

#endif
