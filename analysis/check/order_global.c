/* order_global.c - acyclic order and prefix order over all groups (order_global.h). */
#include "analysis/check/order_global.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Acyclic order. The graph: each group's sequence is a path. Topological sort by merging: a cast is
 * taken when it heads every sequence that contains it. If none is left to take, the heads contain a
 * cycle. */
struct merge {
    struct order *order;
    uint32_t *head;    /* by group: position of the first cast not taken */
    uint16_t *waiting; /* by cast: in how many of its sequences it is not the head yet */
    uint32_t *stack;   /* groups whose head is new */
    uint32_t stack_count;
};

static uint32_t merge_head(const struct merge *m, uint32_t group)
{
    const struct order_group *g = &m->order->groups[group];
    return m->head[group] < g->count ? g->sequence[m->head[group]] : LEDGER_NONE;
}

static void merge_take(struct merge *m, uint32_t cast)
{
    const struct ledger *l = m->order->ledger;
    const struct ledger_cast *c = &l->casts[cast];
    for (uint32_t i = 0; i < c->group_count; i++) {
        const struct ledger_slot *slot = &l->slots[c->slot_first + i];
        if (slot->position == LEDGER_NONE) continue;
        m->head[slot->group]++;
        m->stack[m->stack_count++] = slot->group;
    }
}

static void merge_run(struct merge *m)
{
    uint32_t groups = m->order->topology.groups;
    for (uint32_t group = 0; group < groups; group++) {
        const struct order_group *g = &m->order->groups[group];
        for (uint64_t i = 0; i < g->count; i++) m->waiting[g->sequence[i]]++;
        m->stack[m->stack_count++] = group;
    }
    while (m->stack_count) {
        uint32_t cast = merge_head(m, m->stack[--m->stack_count]);
        if (cast != LEDGER_NONE && --m->waiting[cast] == 0) merge_take(m, cast);
    }
}

/* The group where `cast` is not the head although it was delivered there. */
static uint32_t merge_blocker(const struct merge *m, uint32_t cast)
{
    const struct ledger *l = m->order->ledger;
    const struct ledger_cast *c = &l->casts[cast];
    for (uint32_t i = 0; i < c->group_count; i++) {
        const struct ledger_slot *slot = &l->slots[c->slot_first + i];
        if (slot->position != LEDGER_NONE && slot->position != m->head[slot->group])
            return slot->group;
    }
    return GROUPS_MAX;
}

static void report_cycle(struct merge *m, uint32_t start)
{
    const struct ledger *l = m->order->ledger;
    char text[PROPERTY_REASON_BYTES] = "";
    size_t length = 0;
    uint32_t group = start;
    do {
        uint32_t before = merge_head(m, group);
        uint32_t next = merge_blocker(m, before);
        if (length < sizeof(text))
            length += (size_t)snprintf(
                text + length, sizeof(text) - length, "%s%s delivered %s before %s",
                length ? "; " : "", ledger_group_name(&l->topology, next).text,
                ledger_cast_name(l, merge_head(m, next)).text, ledger_cast_name(l, before).text);
        group = next;
    } while (group != start);
    property_fail(&m->order->properties[ORDER_ACYCLIC], "a cycle: %s", text);
}

void order_check_acyclic(struct order *o)
{
    uint32_t groups = o->topology.groups;
    struct merge m = {.order = o};
    m.head = allocate_zeroed(groups, sizeof(*m.head));
    m.waiting = allocate_zeroed(o->ledger->cast_count, sizeof(*m.waiting));
    m.stack = allocate_zeroed(2 * (uint64_t)groups, sizeof(*m.stack));
    merge_run(&m);

    /* Walk from any blocked head to the cast before it; the first group visited twice is on a
     * cycle. */
    bool *visited = allocate_zeroed(groups, sizeof(*visited));
    for (uint32_t group = 0; group < groups; group++) {
        if (merge_head(&m, group) == LEDGER_NONE) continue;
        while (!visited[group]) {
            visited[group] = true;
            group = merge_blocker(&m, merge_head(&m, group));
        }
        report_cycle(&m, group);
        break;
    }
    free(visited);
    free(m.head);
    free(m.waiting);
    free(m.stack);
}

/* Prefix order, for groups g and h and the casts addressed to both. Let miss(g, h) be the first
 * position in g's sequence of one that g delivered and h did not. It is violated if miss(g, h) and
 * miss(h, g) both exist (g has one that h lacks and the other way round), or if g delivered after
 * miss(g, h) one that h has. A different order of what both have is a cycle, found above. */
struct missing {
    const struct order *order;
    uint32_t *first; /* miss(g, h) at [g * groups + h], LEDGER_NONE: nothing missing */
    bool any;
};

static uint32_t *missing_at(const struct missing *m, uint32_t g, uint32_t h)
{
    return &m->first[(uint64_t)g * m->order->topology.groups + h];
}

static void missing_collect(struct missing *m, uint32_t group)
{
    const struct ledger *l = m->order->ledger;
    const struct order_group *g = &m->order->groups[group];
    for (uint64_t i = 0; i < g->count; i++) {
        const struct ledger_cast *c = &l->casts[g->sequence[i]];
        for (uint32_t j = 0; c->group_count > 1 && j < c->group_count; j++) {
            const struct ledger_slot *slot = &l->slots[c->slot_first + j];
            uint32_t *first = missing_at(m, group, slot->group);
            if (slot->position != LEDGER_NONE || *first != LEDGER_NONE) continue;
            *first = (uint32_t)i;
            m->any = true;
        }
    }
}

static void report_prefix(struct order *o, uint32_t g, uint32_t h, uint32_t lacking, uint32_t other)
{
    struct ledger_text one = ledger_group_name(&o->topology, g);
    struct ledger_text two = ledger_group_name(&o->topology, h);
    struct ledger_text lack = ledger_cast_name(o->ledger, lacking);
    struct ledger_text name = ledger_cast_name(o->ledger, other);
    property_fail(&o->properties[ORDER_PREFIX],
                  "%s and %s are addressed to %s and %s: %s delivered %s, not after %s, which %s "
                  "delivered without %s",
                  lack.text, name.text, one.text, two.text, one.text, lack.text, name.text,
                  two.text, lack.text);
}

static void check_pairs(struct order *o, const struct missing *m)
{
    for (uint32_t g = 0; g < o->topology.groups; g++)
        for (uint32_t h = g + 1; h < o->topology.groups; h++) {
            uint32_t in_g = *missing_at(m, g, h), in_h = *missing_at(m, h, g);
            if (in_g == LEDGER_NONE || in_h == LEDGER_NONE) continue;
            report_prefix(o, g, h, o->groups[g].sequence[in_g], o->groups[h].sequence[in_h]);
        }
}

static void check_tail(struct order *o, const struct missing *m, uint32_t group)
{
    const struct ledger *l = o->ledger;
    const struct order_group *g = &o->groups[group];
    uint64_t begin = g->count;
    for (uint32_t h = 0; h < o->topology.groups; h++) {
        uint32_t first = *missing_at(m, group, h);
        if (first != LEDGER_NONE && first < begin) begin = first;
    }
    for (uint64_t i = begin; i < g->count; i++) {
        const struct ledger_cast *c = &l->casts[g->sequence[i]];
        for (uint32_t j = 0; c->group_count > 1 && j < c->group_count; j++) {
            const struct ledger_slot *slot = &l->slots[c->slot_first + j];
            uint32_t first = *missing_at(m, group, slot->group);
            if (slot->position != LEDGER_NONE && first < i)
                report_prefix(o, group, slot->group, g->sequence[first], g->sequence[i]);
        }
    }
}

void order_check_prefix(struct order *o)
{
    uint32_t groups = o->topology.groups;
    struct missing m = {.order = o};
    m.first = allocate_zeroed((uint64_t)groups * groups, sizeof(*m.first));
    memset(m.first, 0xff, (size_t)groups * groups * sizeof(*m.first));
    for (uint32_t group = 0; group < groups; group++) missing_collect(&m, group);
    if (m.any) {
        check_pairs(o, &m);
        for (uint32_t group = 0; group < groups; group++) check_tail(o, &m, group);
    }
    free(m.first);
}
