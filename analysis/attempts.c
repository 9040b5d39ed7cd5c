/* attempts.c - bounded attempts (attempts.h). */
#include "analysis/attempts.h"

void attempts_check(const struct ledger *l, uint32_t most, const struct plans *plans,
                    struct property *p)
{
    for (uint64_t i = 0; i < l->command_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        if (c->status == LEDGER_UNANSWERED || c->attempts <= most) continue;
        uint32_t met = plans ? plans_between(plans, c->issued_ns, c->returned_ns) : 0;
        if (c->attempts - most <= met) continue;
        if (plans)
            property_fail(p, "%s took %u attempts: %u are allowed, and %u for the plans it met",
                          ledger_name(l, (uint32_t)i).text, c->attempts, most, met);
        else
            property_fail(p, "%s took %u attempts: %u are allowed",
                          ledger_name(l, (uint32_t)i).text, c->attempts, most);
    }
}
