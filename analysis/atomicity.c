/* atomicity.c - execution atomicity (atomicity.h). */
#include "analysis/atomicity.h"

static void judge(const struct ledger *l, uint32_t command, struct property *p)
{
    const struct ledger_command *c = &l->commands[command];
    const struct ledger_slot *slot = &l->slots[c->slot_first];
    /* The two earliest ends: a group is compared with the earliest end of another one. */
    const struct ledger_slot *first = &slot[0], *second = &slot[1];
    for (uint32_t i = 1; i < c->group_count; i++) {
        if (slot[i].ended_ns < first->ended_ns) {
            second = first;
            first = &slot[i];
        } else if (i > 1 && slot[i].ended_ns < second->ended_ns) {
            second = &slot[i];
        }
    }
    for (uint32_t i = 0; i < c->group_count; i++) {
        const struct ledger_slot *other = &slot[i] == first ? second : first;
        if (other->ended_ns == LEDGER_NEVER || slot[i].started_ns < other->ended_ns) continue;
        struct ledger_text name = ledger_name(l, command);
        if (slot[i].started_ns == LEDGER_NEVER)
            property_fail(p, "p%u ended %s at %.9f s, but p%u never started it", other->group,
                          name.text, (double)other->ended_ns / 1e9, slot[i].group);
        else
            property_fail(p, "p%u ended %s at %.9f s, before p%u started it at %.9f s",
                          other->group, name.text, (double)other->ended_ns / 1e9, slot[i].group,
                          (double)slot[i].started_ns / 1e9);
        return;
    }
}

void atomicity_check(const struct ledger *l, struct property *p)
{
    for (uint64_t i = 0; i < l->command_count; i++)
        if (l->commands[i].group_count > 1) judge(l, (uint32_t)i, p);
}
