/* links.h - which connections of this node are reported broken (struct node_ops, on_peer).
 *
 * Only a hint: a message to a node whose link is up may be lost all the same, and a link may be up
 * again before its report. It selects among equivalent replicas; safety does not depend on it. */
#ifndef AVIARY_PROTO_ORDER_LINKS_H
#define AVIARY_PROTO_ORDER_LINKS_H

#include <stdbool.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"
#include "proto/topology.h"

struct links {
    uint64_t *down; /* bit set over nodes */
    uint32_t nodes;
};

static inline void links_init(struct links *l, const struct topology *t)
{
    l->nodes = topology_nodes(t);
    l->down = allocate_zeroed(l->nodes / 64 + 1, sizeof(*l->down));
}

static inline void links_finish(struct links *l)
{
    free(l->down);
}

static inline void links_report(struct links *l, uint32_t peer, bool up)
{
    if (peer >= l->nodes) return;
    uint64_t bit = UINT64_C(1) << peer % 64;
    l->down[peer / 64] = up ? l->down[peer / 64] & ~bit : l->down[peer / 64] | bit;
}

static inline bool links_up(const struct links *l, uint32_t peer)
{
    ASSERT(peer < l->nodes);
    return !(l->down[peer / 64] >> peer % 64 & 1);
}

/* The replica of `group` to contact: `preferred` (a node), or, while the link to it is down, the
 * next one of its group whose link is up. */
static inline uint32_t links_contact(const struct links *l, const struct topology *t,
                                     uint32_t group, uint32_t preferred)
{
    uint32_t first = topology_replica(t, group, 0);
    ASSERT(preferred - first < t->replicas);
    for (uint32_t i = 0; i < t->replicas; i++) {
        uint32_t node = first + (preferred - first + i) % t->replicas;
        if (links_up(l, node)) return node;
    }
    return preferred;
}

#endif
