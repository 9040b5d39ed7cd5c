/* atomicity.c - execution atomicity (atomicity.h). */
#include "analysis/check/atomicity.h"

static void report(const struct ledger *l, uint32_t cast, const struct ledger_slot *early,
                   const struct ledger_slot *late, struct property *p)
{
    struct ledger_text name = ledger_cast_name(l, cast);
    struct ledger_text one = ledger_group_name(&l->topology, early->group);
    struct ledger_text other = ledger_group_name(&l->topology, late->group);
    if (late->started_ns == LEDGER_NEVER)
        property_fail(p, "%s ended %s at %.9f s, but %s never started it", one.text, name.text,
                      (double)early->ended_ns / 1e9, other.text);
    else
        property_fail(p, "%s ended %s at %.9f s, before %s started it at %.9f s", one.text,
                      name.text, (double)early->ended_ns / 1e9, other.text,
                      (double)late->started_ns / 1e9);
}

static void judge(const struct ledger *l, uint32_t cast, struct property *p)
{
    const struct ledger_cast *c = &l->casts[cast];
    const struct ledger_slot *slot = &l->slots[c->slot_first];
    /* The two earliest ends: a group is compared with the earliest end of another one. */
    const struct ledger_slot *first = &slot[0], *second = &slot[1];
    if (second->ended_ns < first->ended_ns) {
        first = &slot[1];
        second = &slot[0];
    }
    for (uint32_t i = 2; i < c->group_count; i++) {
        if (slot[i].ended_ns < first->ended_ns) {
            second = first;
            first = &slot[i];
        } else if (slot[i].ended_ns < second->ended_ns) {
            second = &slot[i];
        }
    }
    for (uint32_t i = 0; i < c->group_count; i++) {
        const struct ledger_slot *other = &slot[i] == first ? second : first;
        if (other->ended_ns == LEDGER_NEVER ||
            slot[i].started_ns < other->ended_ns + l->clock_error_ns)
            continue;
        report(l, cast, other, &slot[i], p);
        return;
    }
}

void atomicity_check(const struct ledger *l, struct property *p)
{
    for (uint64_t i = 0; i < l->cast_count; i++)
        if (l->casts[i].group_count > 1 && l->casts[i].purpose != PURPOSE_PLAN)
            judge(l, (uint32_t)i, p);
}
