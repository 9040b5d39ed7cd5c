/* leaders.c - one leader per ballot (leaders.h). */
#include "analysis/check/leaders.h"

#include <stdlib.h>

#include "analysis/check/ledger.h"
#include "base/memory.h"

void leaders_init(struct leaders *l, const struct topology *topology)
{
    *l = (struct leaders){.topology = *topology};
    property_init(&l->property, "one-leader");
}

void leaders_finish(struct leaders *l)
{
    free(l->terms);
}

void leaders_leading(struct leaders *l, uint32_t node, uint32_t group, uint64_t ballot)
{
    if (l->count == l->room)
        l->terms = array_grow(l->terms, &l->room, l->count + 1, sizeof(*l->terms));
    l->terms[l->count++] = (struct leaders_term){.ballot = ballot, .group = group, .node = node};
}

static int compare(const void *a, const void *b)
{
    const struct leaders_term *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    if (x->ballot != y->ballot) return x->ballot < y->ballot ? -1 : 1;
    return x->node < y->node ? -1 : x->node > y->node;
}

void leaders_check(struct leaders *l)
{
    if (l->count) qsort(l->terms, l->count, sizeof(*l->terms), compare);
    for (uint64_t i = 1; i < l->count; i++) {
        const struct leaders_term *a = &l->terms[i - 1], *b = &l->terms[i];
        if (a->group != b->group || a->ballot != b->ballot || a->node == b->node) continue;
        property_fail(&l->property, "%s and %s both led with ballot %llu",
                      ledger_node_name(&l->topology, a->node).text,
                      ledger_node_name(&l->topology, b->node).text, (unsigned long long)a->ballot);
    }
}
