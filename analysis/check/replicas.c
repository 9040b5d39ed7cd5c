/* replicas.c - replicas execute alike (replicas.h). */
#include "analysis/check/replicas.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"

void replicas_init(struct replicas *r, struct ledger *ledger, const struct topology *topology)
{
    *r = (struct replicas){.ledger = ledger, .topology = *topology};
    r->groups = allocate_zeroed(topology->groups, sizeof(*r->groups));
    r->nodes = allocate_zeroed((uint64_t)topology->groups * topology->replicas, sizeof(*r->nodes));
    property_init(&r->properties[REPLICAS_STATE], "replica-state");
    property_init(&r->properties[REPLICAS_VIEWS], "views");
    property_init(&r->properties[REPLICAS_ONCE], "executed-once");
}

void replicas_finish(struct replicas *r)
{
    for (uint32_t i = 0; i < r->topology.groups; i++) {
        free(r->groups[i].sequence);
        free(r->groups[i].state);
    }
    free(r->groups);
    free(r->nodes);
}

static void append(struct replicas_group *g, uint32_t cast, uint64_t state)
{
    if (g->count == g->sequence_room)
        g->sequence =
            array_grow(g->sequence, &g->sequence_room, g->count + 1, sizeof(*g->sequence));
    if (g->count == g->state_room)
        g->state = array_grow(g->state, &g->state_room, g->count + 1, sizeof(*g->state));
    g->sequence[g->count] = cast;
    g->state[g->count++] = state;
}

/* Does the execution fit what the group's replicas did at this position? */
static bool agrees(struct replicas *r, const struct replicas_execution *x, struct ledger_slot *slot)
{
    const struct replicas_node *node = &r->nodes[x->node];
    struct replicas_group *g = &r->groups[x->group];
    if (slot->position == LEDGER_NONE || slot->position < node->delivered) return false;
    if (node->count == g->count) append(g, x->cast, x->state_hash);
    if (g->sequence[node->count] != x->cast) return false;
    if (slot->done && slot->executed != (x->seen != NULL)) return false;
    if (slot->done && slot->digest != x->digest) return false;
    return g->state[node->count] == x->state_hash;
}

/* Reports the difference. */
static void report(struct replicas *r, const struct replicas_execution *x,
                   const struct ledger_slot *slot)
{
    struct property *state = &r->properties[REPLICAS_STATE];
    const struct replicas_node *node = &r->nodes[x->node];
    const struct replicas_group *g = &r->groups[x->group];
    struct ledger_text name = ledger_cast_name(r->ledger, x->cast);
    struct ledger_text where = ledger_node_name(&r->topology, x->node);
    struct ledger_text group = ledger_group_name(&r->topology, x->group);
    uint32_t at = node->count;

    if (slot->position == LEDGER_NONE)
        property_fail(state, "%s executed %s before it was delivered", where.text, name.text);
    else if (slot->position < node->delivered)
        property_fail(state, "%s executed %s twice or against the delivery order", where.text,
                      name.text);
    else if (g->sequence[at] != x->cast)
        property_fail(state, "%s executed %s as number %u, where another replica of %s executed %s",
                      where.text, name.text, at + 1, group.text,
                      ledger_cast_name(r->ledger, g->sequence[at]).text);
    else if (slot->executed != (x->seen != NULL))
        property_fail(state, "%s %s %s, another replica of %s %s", where.text,
                      x->seen ? "executed" : "did not execute", name.text, group.text,
                      x->seen ? "did not" : "did");
    else if (slot->digest != x->digest)
        property_fail(state,
                      "%s executed %s with digest %016llx, another replica of %s with %016llx",
                      where.text, name.text, (unsigned long long)x->digest, group.text,
                      (unsigned long long)slot->digest);
    else
        property_fail(state,
                      "after %s, number %u, the state of %s is %016llx, that of another replica of "
                      "%s %016llx",
                      name.text, at + 1, where.text, (unsigned long long)x->state_hash, group.text,
                      (unsigned long long)g->state[at]);
}

/* The first execution in this group: is its digest that of the other groups? */
static void compare_groups(struct replicas *r, const struct replicas_execution *x)
{
    const struct ledger_cast *c = &r->ledger->casts[x->cast];
    const struct ledger_slot *slot = &r->ledger->slots[c->slot_first];
    for (uint32_t i = 0; i < c->group_count; i++) {
        if (!slot[i].executed) continue;
        if (slot[i].digest != x->digest)
            property_fail(&r->properties[REPLICAS_VIEWS],
                          "%s and %s executed %s with digests %016llx and %016llx",
                          ledger_group_name(&r->topology, slot[i].group).text,
                          ledger_group_name(&r->topology, x->group).text,
                          ledger_cast_name(r->ledger, x->cast).text,
                          (unsigned long long)slot[i].digest, (unsigned long long)x->digest);
        return; /* the others were compared with this one */
    }
}

/* A command that was answered "retry" was not executed, and must not be: its next round will. */
static void check_once(struct replicas *r, const struct replicas_execution *x,
                       struct ledger_command *c)
{
    c->executed = true;
    if (c->executed_by == LEDGER_NONE) c->executed_by = x->cast;
    if (c->executed_by == x->cast) return;
    property_fail(&r->properties[REPLICAS_ONCE], "%s was executed, and so was %s, by %s",
                  ledger_cast_name(r->ledger, c->executed_by).text,
                  ledger_cast_name(r->ledger, x->cast).text,
                  ledger_node_name(&r->topology, x->node).text);
}

static void merge_views(struct replicas *r, const struct replicas_execution *x,
                        const struct ledger_command *c)
{
    struct ledger *l = r->ledger;
    struct ledger_access *access = &l->accesses[c->access_first];
    for (uint32_t i = 0; i < x->access_count; i++) {
        if (x->seen[i] == access[i].version || x->seen[i] == VERSION_UNSEEN) continue;
        if (access[i].version == VERSION_UNSEEN) {
            access[i].version = x->seen[i];
            access[i].group = (uint16_t)x->group;
            continue;
        }
        property_fail(&r->properties[REPLICAS_VIEWS],
                      "%s saw version %llu of %s at %s, but version %llu at %s",
                      ledger_cast_name(l, x->cast).text, (unsigned long long)access[i].version,
                      ledger_variable_name(l, access[i].variable).text,
                      ledger_group_name(&r->topology, access[i].group).text,
                      (unsigned long long)x->seen[i], ledger_node_name(&r->topology, x->node).text);
    }
}

void replicas_executed(struct replicas *r, const struct replicas_execution *x)
{
    ASSERT(topology_group(&r->topology, x->node) == x->group);
    struct replicas_node *node = &r->nodes[x->node];
    struct ledger_slot *slot = ledger_slot(r->ledger, x->cast, x->group);
    if (node->diverged || !slot) return;
    if (!agrees(r, x, slot)) {
        report(r, x, slot);
        node->diverged = true;
        return;
    }
    node->count++;
    node->delivered = slot->position + 1;
    if (!slot->done) {
        if (x->seen) compare_groups(r, x);
        slot->done = true;
        slot->executed = x->seen != NULL;
        slot->digest = x->digest;
    }
    uint32_t command = r->ledger->casts[x->cast].command;
    if (!x->seen || command == LEDGER_NONE) return;
    struct ledger_command *c = &r->ledger->commands[command];
    check_once(r, x, c);
    if (!c->digested) c->digest = x->digest;
    c->digested = true;
    if (c->access_count == x->access_count && c->executed_by == x->cast) merge_views(r, x, c);
}
