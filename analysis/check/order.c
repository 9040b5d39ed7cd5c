/* order.c - checks at each delivery, and uniform delivery at the end (order.h). The order over all
 * groups is in order_global.c. */
#include "analysis/check/order.h"

#include <stdlib.h>

#include "analysis/check/order_global.h"
#include "base/assert.h"
#include "base/memory.h"

static const char *const property_names[ORDER_PROPERTIES] = {
    [ORDER_INTEGRITY] = "integrity",        [ORDER_AGREEMENT] = "replica-agreement",
    [ORDER_TIMESTAMPS] = "timestamp-order", [ORDER_ACYCLIC] = "acyclic-order",
    [ORDER_PREFIX] = "prefix-order",        [ORDER_UNIFORM] = "uniform-delivery",
};

void order_init(struct order *o, struct ledger *ledger, const struct topology *topology)
{
    *o = (struct order){.ledger = ledger, .topology = *topology};
    o->groups = allocate_zeroed(topology->groups, sizeof(*o->groups));
    o->replicas =
        allocate_zeroed((uint64_t)topology->groups * topology->replicas, sizeof(*o->replicas));
    for (uint32_t i = 0; i < ORDER_PROPERTIES; i++)
        property_init(&o->properties[i], property_names[i]);
}

void order_finish(struct order *o)
{
    for (uint32_t i = 0; i < o->topology.groups; i++) free(o->groups[i].sequence);
    free(o->groups);
    free(o->replicas);
}

static bool allowed(struct order *o, uint32_t node, uint32_t group, uint32_t cast,
                    struct command_id id)
{
    struct property *integrity = &o->properties[ORDER_INTEGRITY];
    if (cast == LEDGER_NONE) {
        property_fail(integrity, "%s delivered %s, which was not multicast",
                      ledger_node_name(&o->topology, node).text,
                      ledger_id_name(o->ledger, id).text);
        return false;
    }
    if (!ledger_slot(o->ledger, cast, group)) {
        property_fail(integrity, "%s delivered %s, which is not addressed to %s",
                      ledger_node_name(&o->topology, node).text,
                      ledger_cast_name(o->ledger, cast).text,
                      ledger_group_name(&o->topology, group).text);
        return false;
    }
    return true;
}

void order_differs(struct order *o, uint32_t node, uint32_t cast)
{
    property_fail(&o->properties[ORDER_INTEGRITY],
                  "%s multicast %s again, with another purpose or to other groups",
                  ledger_node_name(&o->topology, node).text,
                  ledger_cast_name(o->ledger, cast).text);
}

void order_unissued(struct order *o, uint32_t node, struct command_id id)
{
    property_fail(&o->properties[ORDER_INTEGRITY], "%s multicast %s, which no client issued",
                  ledger_node_name(&o->topology, node).text, ledger_id_name(o->ledger, id).text);
}

static void report_twice(struct order *o, uint32_t node, uint32_t cast)
{
    property_fail(&o->properties[ORDER_INTEGRITY], "%s delivered %s twice",
                  ledger_node_name(&o->topology, node).text,
                  ledger_cast_name(o->ledger, cast).text);
}

void order_delivered(struct order *o, uint32_t node, uint32_t group, uint32_t cast,
                     struct command_id id, uint64_t timestamp)
{
    ASSERT(group < o->topology.groups);
    ASSERT(topology_group(&o->topology, node) == group);
    struct order_replica *r = &o->replicas[node];
    struct order_group *g = &o->groups[group];
    if (r->count && timestamp <= r->timestamp)
        property_fail(&o->properties[ORDER_TIMESTAMPS],
                      "%s delivered %s with timestamp %llu after one with %llu",
                      ledger_node_name(&o->topology, node).text, ledger_id_name(o->ledger, id).text,
                      (unsigned long long)timestamp, (unsigned long long)r->timestamp);
    r->timestamp = timestamp;
    if (r->diverged || !allowed(o, node, group, cast, id)) return;

    struct ledger_slot *slot = ledger_slot(o->ledger, cast, group);
    uint32_t position = r->count;
    if (slot->position < position) {
        report_twice(o, node, cast);
        return;
    }
    if (position == g->count) {
        ASSERT(slot->position == LEDGER_NONE);
        if (g->count == g->room)
            g->sequence = array_grow(g->sequence, &g->room, g->count + 1, sizeof(*g->sequence));
        g->sequence[g->count++] = cast;
        slot->position = position;
    } else if (g->sequence[position] != cast) {
        property_fail(&o->properties[ORDER_AGREEMENT],
                      "%s delivered %s as number %u, where another replica of %s delivered %s",
                      ledger_node_name(&o->topology, node).text,
                      ledger_cast_name(o->ledger, cast).text, position + 1,
                      ledger_group_name(&o->topology, group).text,
                      ledger_cast_name(o->ledger, g->sequence[position]).text);
        r->diverged = true;
        return;
    }
    r->count++;
}

/* The surviving nodes, for required deliveries. */
struct rest {
    struct order *order;
    const struct survival *survival;
    bool drained;
};

static bool group_lives(const struct rest *r, uint32_t group)
{
    const struct topology *t = &r->order->topology;
    for (uint32_t i = 0; i < t->replicas; i++)
        if (!r->survival->gone[topology_replica(t, group, i)]) return true;
    return false;
}

/* It was never delivered to `group`, at `where`. */
static void report_missing(const struct rest *r, uint32_t cast, uint32_t group, const char *where,
                           uint32_t elsewhere)
{
    struct property *uniform = &r->order->properties[ORDER_UNIFORM];
    struct ledger_text name = ledger_cast_name(r->order->ledger, cast);
    struct ledger_text other = ledger_group_name(&r->order->topology, elsewhere);
    if (r->survival->halted[group])
        property_unknown(uniform, "%s was delivered by %s but never by %s, and %s", name.text,
                         other.text, where, r->survival->property.reason);
    else if (r->drained)
        property_fail(uniform, "%s was delivered by %s but never by %s", name.text, other.text,
                      where);
    else
        property_unknown(uniform, "the run was cut off before %s, delivered by %s, came to %s",
                         name.text, other.text, where);
}

/* Every surviving replica of a group has the deliveries of the furthest one. */
static void check_replicas(const struct rest *r, uint32_t group)
{
    const struct order *o = r->order;
    const struct order_group *g = &o->groups[group];
    for (uint32_t i = 0; i < o->topology.replicas; i++) {
        uint32_t node = topology_replica(&o->topology, group, i);
        const struct order_replica *replica = &o->replicas[node];
        if (r->survival->gone[node] || replica->diverged || replica->count == g->count) continue;
        report_missing(r, g->sequence[replica->count], group,
                       ledger_node_name(&o->topology, node).text, group);
    }
}

/* Every destination group has the deliveries of any one. */
static void check_destinations(const struct rest *r, uint32_t group)
{
    const struct order *o = r->order;
    const struct order_group *g = &o->groups[group];
    for (uint64_t i = 0; i < g->count; i++) {
        const struct ledger_cast *c = &o->ledger->casts[g->sequence[i]];
        const struct ledger_slot *slot = &o->ledger->slots[c->slot_first];
        for (uint32_t j = 0; c->group_count > 1 && j < c->group_count; j++) {
            if (slot[j].position != LEDGER_NONE || !group_lives(r, slot[j].group)) continue;
            uint32_t first = topology_replica(&o->topology, slot[j].group, 0);
            report_missing(r, g->sequence[i], slot[j].group,
                           ledger_node_name(&o->topology, first).text, group);
        }
    }
}

void order_check(struct order *o, const struct survival *survival, bool drained)
{
    const struct rest rest = {o, survival, drained};
    order_check_acyclic(o);
    order_check_prefix(o);
    for (uint32_t group = 0; group < o->topology.groups; group++)
        if (group_lives(&rest, group)) check_replicas(&rest, group);
    for (uint32_t group = 0; group < o->topology.groups; group++) check_destinations(&rest, group);
}
