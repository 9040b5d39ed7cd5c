/* topology.h - who is who: groups of replicas first, group by group, then the clients. */
#ifndef AVIARY_PROTO_TOPOLOGY_H
#define AVIARY_PROTO_TOPOLOGY_H

#include <stdint.h>

#include "proto/command.h"

enum { REPLICAS_MAX = 9 };

struct topology {
    uint32_t groups;   /* 1 .. GROUPS_MAX */
    uint32_t replicas; /* of each group, 1 .. REPLICAS_MAX */
    uint32_t clients;
};

static inline uint32_t topology_replica(const struct topology *t, uint32_t group, uint32_t index)
{
    return group * t->replicas + index;
}

static inline uint32_t topology_client(const struct topology *t, uint32_t client)
{
    return t->groups * t->replicas + client;
}

static inline uint32_t topology_nodes(const struct topology *t)
{
    return t->groups * t->replicas + t->clients;
}

/* The group of a node, or GROUPS_MAX for a client. */
static inline uint32_t topology_group(const struct topology *t, uint32_t node)
{
    uint32_t group = node / t->replicas;
    return group < t->groups ? group : (uint32_t)GROUPS_MAX;
}

#endif
