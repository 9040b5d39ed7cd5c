/* times.c - see times.h. */
#include "workloads/import/times.h"

#include <string.h>

#include "base/units.h"
#include "workloads/trace/workload.h"

int times_set(struct times *t, const char *owner, const char *text, struct error *e)
{
    static const char scale[] = "scale=";
    *t = (struct times){.keep = strcmp(text, "drop") != 0, .factor = 1};
    if (!t->keep || strcmp(text, "keep") == 0) return 0;
    if (strncmp(text, scale, sizeof(scale) - 1) == 0 &&
        units_number(text + sizeof(scale) - 1, &t->factor, e) == 0 && t->factor < 1e6)
        return 0;
    return error_set(e, "%s: time: expected keep, drop or scale=FACTOR, found '%.40s'", owner,
                     text);
}

void times_rewind(struct times *t)
{
    t->begun = false;
}

bool times_take(struct times *t, uint64_t recorded_ns)
{
    if (t->keep && t->begun && recorded_ns < t->last_ns) return false;
    if (!t->begun) t->first_ns = recorded_ns;
    t->begun = true;
    t->last_ns = recorded_ns;
    return true;
}

uint64_t times_issue_ns(const struct times *t, uint64_t recorded_ns)
{
    if (!t->keep) return TIME_NONE;
    uint64_t since_first_ns = recorded_ns - t->first_ns;
    if (t->factor == 1) return since_first_ns;
    double scaled_ns = (double)since_first_ns * t->factor;
    return scaled_ns < 0x1p63 ? (uint64_t)scaled_ns : UINT64_C(1) << 63;
}
