/* members.h - which nodes live together: a member is one thread or process of an emulated cluster.
 *
 * Every replica is a member by itself, so that it can be killed alone; all clients are one, the
 * last, since one source issues their commands. */
#ifndef AVIARY_RDMA_WIRE_MEMBERS_H
#define AVIARY_RDMA_WIRE_MEMBERS_H

#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "proto/topology.h"

#define MEMBER_CLIENTS "clients" /* its name; others are called like their node */

struct members {
    uint32_t count;
    uint32_t nodes;
    const uint32_t *of_node; /* the member of each node */
};

/* How many nodes a member has. */
static inline uint32_t members_nodes(const struct members *m, uint32_t member)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < m->nodes; i++) count += m->of_node[i] == member;
    return count;
}

/* The first node of a member; as many as there are nodes: it has none. */
static inline uint32_t members_first_node(const struct members *m, uint32_t member)
{
    uint32_t node = 0;
    while (node < m->nodes && m->of_node[node] != member) node++;
    return node;
}

/* Those of a topology: free with members_finish(). */
static inline void members_init(struct members *m, const struct topology *t)
{
    uint32_t replicas = t->groups * t->replicas, nodes = topology_nodes(t);
    uint32_t *of_node = allocate(nodes * sizeof(*of_node));
    for (uint32_t i = 0; i < nodes; i++) of_node[i] = i < replicas ? i : replicas;
    *m = (struct members){replicas + 1, nodes, of_node};
}

static inline void members_finish(struct members *m)
{
    free((void *)(uintptr_t)m->of_node);
    *m = (struct members){0};
}

#endif
