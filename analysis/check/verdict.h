/* verdict.h - checked properties with a reason, and a run's verdict. */
#ifndef AVIARY_ANALYSIS_CHECK_VERDICT_H
#define AVIARY_ANALYSIS_CHECK_VERDICT_H

#include <stdint.h>

enum result {
    RESULT_OK,
    RESULT_UNKNOWN, /* not checked, or not decided: the reason says why */
    RESULT_FAIL,
};

enum { PROPERTY_REASON_BYTES = 1024 };

/* One property. The first failure is kept with its reason; later ones are only counted. */
struct property {
    const char *name; /* static text */
    enum result result;
    uint64_t failures;
    char reason[PROPERTY_REASON_BYTES]; /* "" when ok */
};

void property_init(struct property *p, const char *name);
void property_fail(struct property *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Not decided, unless it has already failed. */
void property_unknown(struct property *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Fail if any fails, else unknown if any is unknown, else ok. */
enum result verdict_of(const struct property *properties, uint32_t count);

const char *result_name(enum result r); /* "ok", "unknown", "fail" */

#endif
