/* finals.c - tells where all variables are, and what is in them (finals.h). */
#include "analysis/check/finals.h"

#include "proto/oracle/oracle.h"

/* What to tell, about which group. */
struct telling {
    struct finals *to;
    uint32_t group;
};

static void tell_departed(void *context, uint32_t variable, struct variable_state state)
{
    const struct telling *telling = context;
    telling->to->value(telling->to, telling->group, variable, state);
}

static void tell_values(const struct executor *e, uint32_t group, struct finals *to)
{
    for (uint64_t i = 0; i < e->store.capacity; i++) {
        const struct store_slot *slot = &e->store.slots[i];
        if (!slot->key) continue;
        uint32_t variable = (uint32_t)(slot->key - 1);
        if (!e->ops->owns || e->ops->owns(e, variable)) to->value(to, group, variable, slot->state);
    }
    if (e->ops->each_departed)
        e->ops->each_departed(e, tell_departed, &(struct telling){to, group});
}

void finals_tell(const struct topology *t, uint32_t variables, const struct finals_source *source,
                 struct finals *to)
{
    const struct executor *live[GROUPS_MAX] = {NULL};
    for (uint32_t g = 0; g < t->groups; g++) live[g] = source->live(source->context, g);
    for (uint32_t g = 0; to->value && g < topology_partitions(t); g++)
        if (live[g]) tell_values(live[g], g, to);
    if (!t->oracle) return;
    const struct executor *oracle = live[topology_oracle(t)];
    for (uint32_t v = 0; v < variables; v++) {
        for (uint32_t g = 0; g < topology_partitions(t); g++)
            if (live[g] && live[g]->ops->owns(live[g], v)) to->owner(to, g, v);
        if (oracle) to->location(to, v, oracle_place(oracle, v));
    }
}
