/* members.h - which nodes live together: a member is one thread or process of an emulated cluster.
 *
 * Every replica is a member by itself, so that it can be killed alone; all clients are one. */
#ifndef AVIARY_RDMA_MEMBERS_H
#define AVIARY_RDMA_MEMBERS_H

#include <stdint.h>

struct members {
    uint32_t count;
    uint32_t nodes;
    const uint32_t *of_node; /* the member of each node */
};

#endif
