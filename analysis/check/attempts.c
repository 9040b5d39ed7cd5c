/* attempts.c - bounded attempts (attempts.h). */
#include "analysis/check/attempts.h"

void attempts_check(const struct ledger *l, struct attempts_bound bound, const struct plans *plans,
                    struct property *p)
{
    for (uint64_t i = 0; i < l->command_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        if (c->status == LEDGER_UNANSWERED || c->attempts <= bound.calm) continue;
        const char *name = ledger_name(l, (uint32_t)i).text;
        uint32_t overlapping = plans_between(plans, c->issued_ns, c->returned_ns);
        if (c->attempts > bound.most)
            property_fail(p, "%s took %u attempts: %u are allowed", name, c->attempts, bound.most);
        else if (c->attempts - bound.calm > overlapping)
            property_fail(p, "%s took %u attempts: %u are allowed, and %u for the plans during it",
                          name, c->attempts, bound.calm, overlapping);
    }
}
