/* verdict.c - properties and verdicts (verdict.h). */
#include "analysis/check/verdict.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/assert.h"

void property_init(struct property *p, const char *name)
{
    *p = (struct property){.name = name, .result = RESULT_OK};
}

void property_fail(struct property *p, const char *format, ...)
{
    p->failures++;
    if (p->result == RESULT_FAIL) return;
    p->result = RESULT_FAIL;
    va_list list;
    va_start(list, format);
    vsnprintf(p->reason, sizeof(p->reason), format, list);
    va_end(list);
}

void property_unknown(struct property *p, const char *format, ...)
{
    if (p->result != RESULT_OK) return;
    p->result = RESULT_UNKNOWN;
    va_list list;
    va_start(list, format);
    vsnprintf(p->reason, sizeof(p->reason), format, list);
    va_end(list);
}

enum result verdict_of(const struct property *properties, uint32_t count)
{
    enum result worst = RESULT_OK;
    for (uint32_t i = 0; i < count; i++)
        if (properties[i].result > worst) worst = properties[i].result;
    return worst;
}

const char *result_name(enum result r)
{
    static const char *const names[] = {
        [RESULT_OK] = "ok", [RESULT_UNKNOWN] = "unknown", [RESULT_FAIL] = "fail"};
    ASSERT((uint32_t)r < sizeof(names) / sizeof(names[0]));
    return names[r];
}
