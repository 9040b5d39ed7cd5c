/* times.h - conversion of recorded times: kept since the first one, scaled, or dropped. */
#ifndef AVIARY_WORKLOADS_IMPORT_TIMES_H
#define AVIARY_WORKLOADS_IMPORT_TIMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct times {
    bool keep, begun;
    double factor;
    uint64_t first_ns, last_ns; /* as recorded */
};

/* text: `keep`, `drop` or `scale=FACTOR`. owner: whose key `time` this is, for the error. */
int times_set(struct times *t, const char *owner, const char *text, struct error *e);
/* Back to the begin of the recording. */
void times_rewind(struct times *t);
/* Takes the next recorded time; false: it is before the previous one, and times are not dropped. */
bool times_take(struct times *t, uint64_t recorded_ns);
/* The issue time that a recorded time becomes; TIME_NONE if times are dropped. */
uint64_t times_issue_ns(const struct times *t, uint64_t recorded_ns);

#endif
