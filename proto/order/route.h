/* route.h - how a node reaches the groups: the last known leader of each, and its contact.
 *
 * A new leader announces itself to all nodes, and a replica that does not lead redirects (LEADER);
 * the higher ballot is right. While the link to a leader is down, another replica of its group is
 * the contact and relays. */
#ifndef AVIARY_PROTO_ORDER_ROUTE_H
#define AVIARY_PROTO_ORDER_ROUTE_H

#include "base/assert.h"
#include "proto/order/links.h"

struct route {
    const struct topology *topology;
    const struct links *links;
    uint32_t leader[GROUPS_MAX]; /* nodes */
    uint64_t ballot[GROUPS_MAX];
};

static inline void route_init(struct route *r, const struct topology *t, const struct links *links)
{
    ASSERT(t->groups <= GROUPS_MAX);
    *r = (struct route){.topology = t, .links = links};
    for (uint32_t g = 0; g < t->groups; g++) r->leader[g] = topology_replica(t, g, 0);
}

/* True: it was not known. */
static inline bool route_learn(struct route *r, uint32_t group, uint32_t node, uint64_t ballot)
{
    if (topology_group(r->topology, node) != group || ballot <= r->ballot[group]) return false;
    r->ballot[group] = ballot;
    bool news = r->leader[group] != node;
    r->leader[group] = node;
    ASSERT(topology_group(r->topology, r->leader[group]) == group);
    ASSERT(r->ballot[group] == ballot);
    return news;
}

static inline uint32_t route_contact(const struct route *r, uint32_t group)
{
    return links_contact(r->links, r->topology, group, r->leader[group]);
}

/* Every replica of these groups that is not in group `except` (GROUPS_MAX: of all): into `to`,
 * which has room for all. Returns their number. */
static inline uint32_t route_replicas(const struct route *r, const struct group_set *groups,
                                      uint32_t except, uint32_t *to)
{
    uint32_t count = 0;
    group_set_each (g, groups)
        for (uint32_t i = 0; g != except && i < r->topology->replicas; i++)
            to[count++] = topology_replica(r->topology, g, i);
    ASSERT(count <= r->topology->groups * r->topology->replicas);
    return count;
}

#endif
