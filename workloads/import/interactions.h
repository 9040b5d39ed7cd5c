/* interactions.h - a workload from recorded interactions, `SOURCE TARGET UNIX-TIME [KIND]` a line.
 */
#ifndef AVIARY_WORKLOADS_IMPORT_INTERACTIONS_H
#define AVIARY_WORKLOADS_IMPORT_INTERACTIONS_H

#include "workloads/trace/workload.h"

/* path: the file, plain or packed. time: "keep" (since the first line), "drop" or "scale=FACTOR".
 * size: bytes of a user's variable. NULL: error says why. */
struct workload *interactions_open(const char *path, const char *time, uint64_t size,
                                   struct error *e);

#endif
