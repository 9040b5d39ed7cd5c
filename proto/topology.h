/* topology.h - numbering of nodes: groups of replicas first, group by group, then the clients.
 *
 * Group p is partition p; the oracle, where a scheme has one, is the last group. */
#ifndef AVIARY_PROTO_TOPOLOGY_H
#define AVIARY_PROTO_TOPOLOGY_H

#include <stdint.h>

#include "base/assert.h"
#include "proto/command.h"

enum { REPLICAS_MAX = 9 };

struct topology {
    uint32_t groups;   /* 1 .. GROUPS_MAX */
    uint32_t replicas; /* of each group, 1 .. REPLICAS_MAX */
    uint32_t clients;
    bool oracle; /* the last group is the oracle */
};

static inline uint32_t topology_partitions(const struct topology *t)
{
    ASSERT(t->groups > t->oracle);
    return t->groups - t->oracle;
}

/* The oracle's group, or GROUPS_MAX. */
static inline uint32_t topology_oracle(const struct topology *t)
{
    return t->oracle ? t->groups - 1 : (uint32_t)GROUPS_MAX;
}

static inline uint32_t topology_replica(const struct topology *t, uint32_t group, uint32_t index)
{
    ASSERT(index < t->replicas);
    return group * t->replicas + index;
}

static inline uint32_t topology_client(const struct topology *t, uint32_t client)
{
    ASSERT(client < t->clients);
    return t->groups * t->replicas + client;
}

static inline uint32_t topology_nodes(const struct topology *t)
{
    return t->groups * t->replicas + t->clients;
}

/* Senders of multicasts: clients are 0 .. clients - 1, then the replicas by node. Hints come from
 * the leader of a partition; plans bear the number of the oracle's replica 0. */
static inline uint32_t topology_sender(const struct topology *t, uint32_t node)
{
    ASSERT(node < t->groups * t->replicas);
    return t->clients + node;
}

static inline uint32_t topology_sender_node(const struct topology *t, uint32_t sender)
{
    ASSERT(sender < t->clients + t->groups * t->replicas);
    return sender < t->clients ? topology_client(t, sender) : sender - t->clients;
}

static inline uint32_t topology_senders(const struct topology *t)
{
    return t->clients + t->groups * t->replicas;
}

/* The group of a node, or GROUPS_MAX for a client. */
static inline uint32_t topology_group(const struct topology *t, uint32_t node)
{
    uint32_t group = node / t->replicas;
    return group < t->groups ? group : (uint32_t)GROUPS_MAX;
}

#endif
