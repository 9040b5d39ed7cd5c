/* agreement.c - see agreement.h. */
#include "analysis/experiment/agreement.h"

uint64_t agreement_executed(const struct agreement *a)
{
    uint64_t executed = 0;
    for (uint32_t node = 0; node < a->topology->groups * a->topology->replicas; node++) {
        struct cluster_replica r = a->replica(a->context, node);
        if (!r.crashed) executed += r.executed;
    }
    return executed;
}

static bool group_agrees(const struct agreement *a, uint32_t group)
{
    const struct topology *t = a->topology;
    uint64_t executed = UINT64_MAX;
    uint32_t live = 0;
    bool led = false;
    for (uint32_t i = 0; i < t->replicas; i++) {
        struct cluster_replica r = a->replica(a->context, topology_replica(t, group, i));
        if (r.left_out) continue;
        if (executed == UINT64_MAX) executed = r.executed;
        if (r.executed != executed || !r.settled) return false;
        led = led || r.leading;
        live++;
    }
    return led || live <= t->replicas / 2;
}

bool agreement_reached(const struct agreement *a)
{
    for (uint32_t group = 0; group < a->topology->groups; group++)
        if (!group_agrees(a, group)) return false;
    return true;
}
