/* finals.c - tells where all variables are (finals.h). */
#include "analysis/finals.h"

#include "proto/oracle.h"

void finals_tell(const struct topology *t, uint32_t variables, const struct finals_source *source,
                 struct finals *to)
{
    if (!t->oracle) return;
    const struct executor *live[GROUPS_MAX];
    for (uint32_t g = 0; g < t->groups; g++) live[g] = source->live(source->context, g);
    const struct executor *oracle = live[topology_oracle(t)];
    for (uint32_t v = 0; v < variables; v++) {
        for (uint32_t g = 0; g < topology_partitions(t); g++)
            if (live[g] && live[g]->ops->owns(live[g], v)) to->owner(to, g, v);
        if (oracle) to->location(to, v, oracle_place(oracle, v));
    }
}
