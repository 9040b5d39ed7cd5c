/* survival.c - see survival.h. */
#include "analysis/check/survival.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static bool linked(const struct survival *s, uint32_t a, uint32_t b)
{
    if (s->gone[a] || s->gone[b]) return false;
    return a == b || !s->links.linked || s->links.linked(s->links.context, a, b);
}

/* ---- groups --------------------------------------------------------------------------------- */

/* A replica that reaches a majority of its group directly, or GROUPS_MAX * REPLICAS_MAX. */
static uint32_t center_of(const struct survival *s, uint32_t group)
{
    const struct topology *t = &s->topology;
    for (uint32_t i = 0; i < t->replicas; i++) {
        uint32_t reached = 0;
        for (uint32_t j = 0; j < t->replicas; j++)
            reached += linked(s, topology_replica(t, group, i), topology_replica(t, group, j));
        if (reached > t->replicas / 2) return topology_replica(t, group, i);
    }
    return GROUPS_MAX * REPLICAS_MAX;
}

/* Those that no chain of links within the group connects with the center. */
static void cut_off(struct survival *s, uint32_t group, uint32_t center)
{
    const struct topology *t = &s->topology;
    bool reached[REPLICAS_MAX] = {false};
    reached[center - topology_replica(t, group, 0)] = true;
    for (uint32_t round = 1; round < t->replicas; round++)
        for (uint32_t i = 0; i < t->replicas; i++)
            for (uint32_t j = 0; j < t->replicas && !reached[i]; j++)
                reached[i] = reached[j] && linked(s, topology_replica(t, group, i),
                                                  topology_replica(t, group, j));
    for (uint32_t i = 0; i < t->replicas; i++)
        if (!reached[i]) s->gone[topology_replica(t, group, i)] = true;
}

static void tell_lost(struct survival *s, uint32_t group, const bool *crashed)
{
    const struct topology *t = &s->topology;
    char dead[REPLICAS_MAX * 8] = "";
    for (uint32_t i = 0; i < t->replicas; i++)
        if (crashed[topology_replica(t, group, i)])
            snprintf(dead + strlen(dead), sizeof(dead) - strlen(dead), "%sr%u", *dead ? ", " : "",
                     i);
    struct ledger_text name = ledger_group_name(t, group);
    if (*dead)
        property_unknown(&s->property, "%s has no connected majority left: %s crashed", name.text,
                         dead);
    else
        property_unknown(&s->property, "%s has no connected majority left: its links are cut",
                         name.text);
}

static void find_lost(struct survival *s)
{
    for (uint32_t group = 0; group < s->topology.groups; group++) {
        uint32_t center = center_of(s, group);
        s->lost[group] = center == GROUPS_MAX * REPLICAS_MAX;
        if (!s->lost[group]) cut_off(s, group, center);
    }
}

void survival_cut_off(const struct topology *t, const struct survival_links *links, bool *gone)
{
    struct survival s = {.topology = *t, .links = *links, .gone = gone};
    find_lost(&s);
}

/* ---- links between groups ------------------------------------------------------------------- */

/* Does the node reach some member of the group's majority? */
static bool reaches(const struct survival *s, uint32_t node, uint32_t group)
{
    const struct topology *t = &s->topology;
    for (uint32_t i = 0; i < t->replicas; i++)
        if (linked(s, node, topology_replica(t, group, i))) return true;
    return false;
}

static bool meet(const struct survival *s, uint32_t a, uint32_t b)
{
    const struct topology *t = &s->topology;
    for (uint32_t i = 0; i < t->replicas; i++)
        if (reaches(s, topology_replica(t, a, i), b)) return true;
    return false;
}

/* ---- blocked groups ------------------------------------------------------------------------- */

/* Some destination is not done with the cast. */
static bool unfinished(const struct survival *s, const struct ledger_cast *c)
{
    for (uint32_t i = 0; i < c->group_count; i++)
        if (!s->ledger->slots[c->slot_first + i].done) return true;
    return false;
}

static bool touches_halted(const struct survival *s, const struct ledger_cast *c)
{
    for (uint32_t i = 0; i < c->group_count; i++)
        if (s->halted[s->ledger->slots[c->slot_first + i].group]) return true;
    return false;
}

/* Marks all its destinations as waiting. True: a change. */
static bool halt(struct survival *s, const struct ledger_cast *c)
{
    bool news = false;
    for (uint32_t i = 0; i < c->group_count; i++) {
        bool *halted = &s->halted[s->ledger->slots[c->slot_first + i].group];
        news = news || !*halted;
        *halted = true;
    }
    return news;
}

/* Two of its destinations, of which neither is lost, cannot reach each other. */
static bool is_severed(const struct survival *s, const struct ledger_cast *c, uint32_t pair[2])
{
    const struct ledger_slot *slot = &s->ledger->slots[c->slot_first];
    for (uint32_t i = 0; i < c->group_count; i++)
        for (uint32_t j = i + 1; j < c->group_count; j++) {
            if (s->lost[slot[i].group] || s->lost[slot[j].group]) continue;
            if (meet(s, slot[i].group, slot[j].group)) continue;
            pair[0] = slot[i].group;
            pair[1] = slot[j].group;
            return true;
        }
    return false;
}

static void find_severed(struct survival *s)
{
    const struct topology *t = &s->topology;
    for (uint64_t i = 0; s->links.linked && i < s->ledger->cast_count; i++) {
        const struct ledger_cast *c = &s->ledger->casts[i];
        uint32_t pair[2];
        if (!unfinished(s, c) || !is_severed(s, c, pair)) continue;
        property_unknown(&s->property, "%s and %s cannot reach each other",
                         ledger_group_name(t, pair[0]).text, ledger_group_name(t, pair[1]).text);
        halt(s, c);
    }
}

/* A group that shares an unfinished multicast with a waiting group waits, too. */
static void spread(struct survival *s)
{
    memcpy(s->halted, s->lost, sizeof(s->halted));
    find_severed(s);
    for (bool news = true; news;) {
        news = false;
        for (uint64_t i = 0; i < s->ledger->cast_count; i++) {
            const struct ledger_cast *c = &s->ledger->casts[i];
            if (c->group_count > 1 && touches_halted(s, c) && unfinished(s, c))
                news = halt(s, c) || news;
        }
    }
}

/* ---- clients -------------------------------------------------------------------------------- */

/* The first destination that the client cannot reach, or GROUPS_MAX. */
static uint32_t out_of_reach(const struct survival *s, const struct ledger_cast *c, uint32_t client)
{
    uint32_t node = topology_client(&s->topology, client);
    for (uint32_t i = 0; s->links.linked && i < c->group_count; i++) {
        uint32_t group = s->ledger->slots[c->slot_first + i].group;
        if (!reaches(s, node, group)) return group;
    }
    return GROUPS_MAX;
}

/* The first group that blocks an unanswered command, or GROUPS_MAX. */
static uint32_t blocking_group(const struct survival *s, const struct ledger_command *c)
{
    for (uint32_t at = c->cast_first; at != LEDGER_NONE; at = s->ledger->casts[at].next) {
        const struct ledger_cast *cast = &s->ledger->casts[at];
        uint32_t group = out_of_reach(s, cast, c->client);
        for (uint32_t i = 0; group == GROUPS_MAX && i < cast->group_count; i++)
            if (s->halted[s->ledger->slots[cast->slot_first + i].group])
                group = s->ledger->slots[cast->slot_first + i].group;
        if (group < GROUPS_MAX) return group;
    }
    return GROUPS_MAX;
}

static void find_cut_clients(struct survival *s)
{
    const struct topology *t = &s->topology;
    for (uint64_t i = 0; s->links.linked && i < s->ledger->command_count; i++) {
        const struct ledger_command *c = &s->ledger->commands[i];
        uint32_t node = topology_client(t, c->client), group;
        if (c->status != LEDGER_UNANSWERED || s->gone[node]) continue;
        group = blocking_group(s, c);
        if (group == GROUPS_MAX || s->halted[group]) continue;
        property_unknown(&s->property, "%s cannot reach %s", ledger_node_name(t, node).text,
                         ledger_group_name(t, group).text);
    }
}

uint32_t survival_blocking_group(const struct survival *s, uint32_t command)
{
    if (s->property.result == RESULT_OK) return GROUPS_MAX;
    return blocking_group(s, &s->ledger->commands[command]);
}

/* ---- life ----------------------------------------------------------------------------------- */

void survival_init(struct survival *s, const struct ledger *ledger, const bool *crashed,
                   const struct survival_links *links)
{
    uint32_t nodes = topology_nodes(&ledger->topology);
    *s = (struct survival){.ledger = ledger, .topology = ledger->topology, .links = *links};
    property_init(&s->property, SURVIVAL_PROPERTY);
    s->gone = allocate_zeroed(nodes, sizeof(*s->gone));
    memcpy(s->gone, crashed, nodes * sizeof(*s->gone));
    find_lost(s);
    for (uint32_t group = 0; group < s->topology.groups; group++)
        if (s->lost[group]) tell_lost(s, group, crashed);
    if (ledger->keeps < LEDGER_CASTS) return;
    spread(s);
    find_cut_clients(s);
}

void survival_finish(struct survival *s)
{
    free(s->gone);
}
