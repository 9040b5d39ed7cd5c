/* rules.c - see rules.h. */
#include "analysis/check/rules.h"

#include <stdlib.h>

#include "base/memory.h"

void rules_init(struct rules *r, const struct application *application, uint32_t variables)
{
    *r = (struct rules){0};
    if (!application || !application->ops->rules) return;
    r->application = application;
    r->count = variables;
    r->states = allocate_zeroed(variables, sizeof(*r->states));
    property_init(&r->property, application->ops->rules);
}

void rules_finish(struct rules *r)
{
    free(r->states);
}

void rules_issued(struct rules *r, const struct command *c)
{
    for (uint32_t i = 0; r->application && !r->wrote && i < c->access_count; i++)
        r->wrote = c->accesses[i].mode & ~ACCESS_READ;
}

void rules_value(struct rules *r, uint32_t variable, struct variable_state state)
{
    r->reported = true;
    if (variable < r->count && state.version >= r->states[variable].version)
        r->states[variable] = state;
}

void rules_check(struct rules *r, bool drained, uint64_t unexecuted)
{
    char reason[APPLICATION_REASON_BYTES] = "";
    if (!r->application) return;
    if (!drained || (r->wrote && !r->reported)) {
        property_unknown(&r->property,
                         "the replicas did not become quiescent and report their values");
        return;
    }
    enum rules_kept kept = r->application->ops->kept(r->application, r->states, reason);
    if (kept == RULES_KEPT) return;
    if (kept == RULES_UNDECIDED)
        property_unknown(&r->property, "%s", reason);
    else if (unexecuted > 0)
        property_unknown(&r->property, "up to %llu commands were never executed, and %s",
                         (unsigned long long)unexecuted, reason);
    else
        property_fail(&r->property, "in the end %s", reason);
}
