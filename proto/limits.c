/* limits.c - which multicasts are possible in a run (limits.h). */
#include "proto/limits.h"

#include "base/assert.h"

bool limits_id(const struct limits *l, struct command_id id)
{
    return id.client < topology_senders(l->topology) && id.seq > 0 &&
           id.seq >> LIMITS_SEQ_BITS == 0 && id.round >> LIMITS_ROUND_BITS == 0;
}

static bool only(const struct group_set *set, uint32_t group)
{
    return group_set_single(set) && group_set_has(set, group);
}

static bool has_all(const struct group_set *set, uint32_t groups)
{
    for (uint32_t g = 0; g < groups; g++)
        if (!group_set_has(set, g)) return false;
    return true;
}

/* The variables exist, and where they are believed to be can be. */
static bool accesses_possible(const struct limits *l, const struct command *c)
{
    bool placed = c->purpose == PURPOSE_EXECUTE || c->purpose == PURPOSE_MOVE;
    uint32_t groups = placed ? topology_partitions(l->topology) : l->topology->groups;
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (a->variable >= l->variables || a->group >= groups) return false;
    }
    return true;
}

static bool hints_possible(const struct limits *l, const struct command *c)
{
    const struct hint_item *items = command_hints(c);
    for (uint32_t i = 0; i < c->hint_count; i++)
        if (items[i].a >= l->variables || items[i].b >= l->variables) return false;
    return true;
}

/* Its destinations, target and variables, for each purpose. */
static bool addressed(const struct limits *l, const struct command *c)
{
    const struct topology *t = l->topology;
    uint32_t oracle = topology_oracle(t), partitions = topology_partitions(t);
    if (c->purpose < PURPOSE_HINT ? c->access_count == 0 : !l->plans) return false;
    if (c->purpose != PURPOSE_EXECUTE && oracle == GROUPS_MAX) return false;
    switch ((enum purpose)c->purpose) {
    case PURPOSE_EXECUTE:
        if (c->target >= partitions) return false;
        return c->execution != EXECUTION_EVERYWHERE || oracle == GROUPS_MAX ||
               has_all(&c->dests, partitions);
    case PURPOSE_MOVE:
        return c->target < partitions && group_set_has(&c->dests, oracle);
    case PURPOSE_CONSULT:
    case PURPOSE_ASK:
    case PURPOSE_HINT:
        return only(&c->dests, oracle);
    case PURPOSE_REPARTITION:
    case PURPOSE_DISCARD:
        return only(&c->dests, oracle) && c->access_count == 0;
    case PURPOSE_PLAN:
        return has_all(&c->dests, t->groups) && c->access_count == 0;
    case PURPOSE_COUNT:
        break;
    }
    return false;
}

/* Clients multicast commands, partitions hints, and the oracle plans under one number. */
static bool sender_possible(const struct limits *l, const struct command *c)
{
    const struct topology *t = l->topology;
    if (c->purpose < PURPOSE_HINT) return c->id.client < t->clients;
    if (c->id.client < t->clients) return false;
    uint32_t node = c->id.client - t->clients, oracle = topology_oracle(t);
    if (c->purpose == PURPOSE_HINT) return topology_group(t, node) < topology_partitions(t);
    return oracle < GROUPS_MAX && node == topology_replica(t, oracle, 0);
}

bool limits_command(const struct limits *l, const struct command *c, uint64_t bytes)
{
    if (!command_valid(c, bytes) || c->bytes != bytes) return false;
    if (!limits_id(l, c->id) || c->answered > c->id.seq) return false;
    if (group_set_next(&c->dests, l->topology->groups) < GROUPS_MAX) return false;
    if (c->target >= l->topology->groups) return false;
    ASSERT(c->access_count <= COMMAND_ACCESSES_MAX);
    if (!addressed(l, c) || !sender_possible(l, c)) return false;
    return c->purpose == PURPOSE_HINT ? hints_possible(l, c) : accesses_possible(l, c);
}

bool limits_command_from(const struct limits *l, const struct command *c, uint32_t node)
{
    ASSERT(c->id.client < topology_senders(l->topology));
    return limits_replica(l, node) || node == topology_sender_node(l->topology, c->id.client);
}
