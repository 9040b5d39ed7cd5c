/* finals.c - reports the variables' final places and values (finals.h). */
#include "analysis/check/finals.h"

#include "proto/oracle/oracle.h"

/* The receiver, and the group reported. */
struct report_target {
    struct finals *to;
    uint32_t group;
};

static void report_departed(void *context, uint32_t variable, struct variable_state state)
{
    const struct report_target *report_target = context;
    report_target->to->value(report_target->to, report_target->group, variable, state);
}

static void report_values(const struct executor *e, uint32_t group, struct finals *to)
{
    for (uint64_t i = 0; i < e->store.capacity; i++) {
        const struct store_slot *slot = &e->store.slots[i];
        if (!slot->key) continue;
        uint32_t variable = (uint32_t)(slot->key - 1);
        if (!e->ops->owns || e->ops->owns(e, variable)) to->value(to, group, variable, slot->state);
    }
    if (e->ops->each_departed)
        e->ops->each_departed(e, report_departed, &(struct report_target){to, group});
}

void finals_tell(const struct topology *t, uint32_t variables, const struct finals_source *source,
                 struct finals *to)
{
    const struct executor *live[GROUPS_MAX] = {NULL};
    for (uint32_t g = 0; g < t->groups; g++) live[g] = source->live(source->context, g);
    for (uint32_t g = 0; to->value && g < topology_partitions(t); g++)
        if (live[g]) report_values(live[g], g, to);
    if (!t->oracle) return;
    const struct executor *oracle = live[topology_oracle(t)];
    for (uint32_t v = 0; v < variables; v++) {
        for (uint32_t g = 0; g < topology_partitions(t); g++)
            if (live[g] && live[g]->ops->owns(live[g], v)) to->owner(to, g, v);
        if (oracle) to->location(to, v, oracle_place(oracle, v));
    }
}
