/* disk.c - see disk.h. */
#include "sim/disk.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "proto/transport.h"

/* A sync that may not have ended. */
struct pending_sync {
    uint64_t done_ns;
    uint64_t used; /* the log's size then */
};

struct disk {
    const struct model_disk *model;
    bool keeps;
    uint64_t free_ns;   /* the device is */
    uint64_t unwritten; /* bytes appended since the last sync was requested */
    uint8_t *log;       /* records, each behind its size */
    uint64_t used, room;
    uint64_t safe;  /* bytes of the log that no crash loses any more, */
    uint64_t found; /* that were there at the start, */
    uint64_t read;  /* and that have been read back */
    struct pending_sync *sync;
    uint32_t sync_count, sync_room;
};

struct disk *disk_create(const struct model_disk *model, bool keeps)
{
    struct disk *d = allocate_zeroed(1, sizeof *d);
    d->model = model;
    d->keeps = keeps;
    return d;
}

void disk_destroy(struct disk *d)
{
    if (!d) return;
    free(d->log);
    free(d->sync);
    free(d);
}

static uint64_t transfer_ns(const struct disk *d, uint64_t bytes)
{
    uint64_t rate = d->model->bits_per_second;
    if (rate == 0) return 0;
    return (uint64_t)((unsigned __int128)bytes * 8 * 1000000000 / rate);
}

void disk_append(struct disk *d, const void *record, uint32_t bytes)
{
    ASSERT(bytes >= 1);
    ASSERT(bytes <= RECORD_BYTES_MAX);
    d->unwritten += bytes;
    if (!d->keeps) return;
    ASSERT(d->read == d->found);
    uint64_t size = sizeof bytes + bytes;
    if (d->used + size > d->room) {
        d->room = 2 * (d->used + size);
        d->log = reallocate(d->log, d->room);
    }
    memcpy(d->log + d->used, &bytes, sizeof bytes);
    memcpy(d->log + d->used + sizeof bytes, record, bytes);
    d->used += size;
}

/* Of the syncs that have ended by now. */
static void settle(struct disk *d, uint64_t now_ns)
{
    uint32_t ended = 0;
    while (ended < d->sync_count && d->sync[ended].done_ns <= now_ns) ended++;
    if (ended == 0) return;
    d->safe = d->sync[ended - 1].used;
    d->sync_count -= ended;
    memmove(d->sync, d->sync + ended, d->sync_count * sizeof *d->sync);
}

/* The device serves one request after the other. */
static uint64_t serve(struct disk *d, uint64_t now_ns, uint64_t duration_ns)
{
    d->free_ns = (now_ns > d->free_ns ? now_ns : d->free_ns) + (duration_ns ? duration_ns : 1);
    return d->free_ns;
}

uint64_t disk_sync(struct disk *d, uint64_t now_ns, struct random *stream)
{
    uint64_t written_ns = transfer_ns(d, d->unwritten);
    uint64_t done_ns = serve(d, now_ns, written_ns + distribution_draw(&d->model->sync, stream));
    d->unwritten = 0;
    settle(d, now_ns);
    if (d->sync_count == d->sync_room) {
        d->sync_room = d->sync_room ? 2 * d->sync_room : 4;
        d->sync = reallocate(d->sync, d->sync_room * sizeof *d->sync);
    }
    d->sync[d->sync_count++] = (struct pending_sync){done_ns, d->used};
    return done_ns;
}

const void *disk_read(struct disk *d, uint64_t now_ns, uint32_t *bytes, uint64_t *done_ns)
{
    ASSERT(d->keeps);
    *done_ns = serve(d, now_ns, 0);
    if (d->read == d->found) return NULL;
    memcpy(bytes, d->log + d->read, sizeof *bytes);
    const void *record = d->log + d->read + sizeof *bytes;
    d->read += sizeof *bytes + *bytes;
    ASSERT(d->read <= d->found);
    *done_ns = serve(d, now_ns, transfer_ns(d, *bytes));
    return record;
}

void disk_crash(struct disk *d, uint64_t at_ns)
{
    settle(d, at_ns);
    d->used = d->safe;
    disk_stop(d);
}

void disk_stop(struct disk *d)
{
    d->safe = d->found = d->used;
    d->read = d->free_ns = d->unwritten = 0;
    d->sync_count = 0;
}
