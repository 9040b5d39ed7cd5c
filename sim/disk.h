/* disk.h - a modelled disk: a log of records on a device that serves one request at a time.
 *
 * Syncs are served in the order of the calls. Each takes a draw of disk.sync, and the time of the
 * bytes that were appended since the one before at disk.bandwidth; so records that wait while a
 * sync is under way share the next one. A disk outlives the simulation whose node it belongs to: a
 * later one may give it to a node, which reads it back. */
#ifndef AVIARY_SIM_DISK_H
#define AVIARY_SIM_DISK_H

#include <stdbool.h>

#include "base/random.h"
#include "sim/model.h"

struct disk;

/* Empty. The model is borrowed. Without `keeps` records are not kept, only their times modelled:
 * for nodes that will not come back. */
struct disk *disk_create(const struct model_disk *model, bool keeps);
void disk_destroy(struct disk *d); /* d may be NULL */

void disk_append(struct disk *d, const void *record, uint32_t bytes);
/* Requested at now_ns, which does not decrease; returns when what was appended before is safe. */
uint64_t disk_sync(struct disk *d, uint64_t now_ns, struct random *stream);
/* The next record, from the oldest on, which is borrowed until the next append, and when it has
 * been read. NULL: there is none. The disk keeps. */
const void *disk_read(struct disk *d, uint64_t now_ns, uint32_t *bytes, uint64_t *done_ns);

/* A crash at that time, not before the last request: what was not safe by then is lost. Reading
 * begins anew, and the device is idle at time 0 of the next simulation. */
void disk_crash(struct disk *d, uint64_t at_ns);
/* The same without a crash: nothing is lost. */
void disk_stop(struct disk *d);

#endif
