/* storage.c - see storage.h. */
#include "rdma/calibrate/storage.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "rdma/wire/log_file.h"

enum {
    SMALL_BYTES = 128, /* of a record: a small command in ACCEPT */
    APPENDS = 100,     /* whose processor time is measured together */
    LARGE_BYTES = RECORD_BYTES_MAX,
    LARGE_SYNCS = 200, /* at most: 50 MiB */
};

/* A log under measurement; its thread posts when something has completed, or failed. */
struct probed_log {
    struct log_file *file;
    sem_t changed;
};

static void wake(void *context)
{
    struct probed_log *l = context;
    sem_post(&l->changed);
}

/* Syncs what was appended. The time it takes; 0 with the error. */
static uint64_t sync_ns(struct probed_log *l, struct error *e)
{
    uint64_t cookie, begin_ns = clock_now();
    enum completion how;
    log_file_sync(l->file, 0);
    while (sem_wait(&l->changed) < 0) continue;
    if (log_file_take(l->file, &cookie, &how)) return clock_now() - begin_ns + 1;
    const struct error *why = log_file_error(l->file);
    ASSERT(why);
    *e = *why;
    return 0;
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Syncs one record of that size after the other, 1 to `most` of them. */
static int sample_syncs(struct probed_log *l, const void *record, uint32_t bytes, uint32_t most,
                        uint64_t until_ns, struct samples *s, struct error *e)
{
    s->count = 0;
    do {
        log_file_append(l->file, record, bytes);
        s->ns[s->count] = sync_ns(l, e);
        if (s->ns[s->count++] == 0) return -1;
    } while (clock_now() < until_ns && s->count < most);
    qsort(s->ns, s->count, sizeof *s->ns, compare);
    return 0;
}

static int time_appends(struct probed_log *l, const void *record, uint64_t until_ns,
                        double *append_ns, struct error *e)
{
    uint64_t used_ns = 0, count = 0;
    do {
        uint64_t began_ns = clock_thread();
        for (int i = 0; i < APPENDS; i++) log_file_append(l->file, record, SMALL_BYTES);
        used_ns += clock_thread() - began_ns;
        count += APPENDS;
        if (sync_ns(l, e) == 0) return -1;
    } while (clock_now() < until_ns);
    *append_ns = (double)used_ns / (double)count;
    return 0;
}

/* From medians: a sync now and then takes very long. */
static int measure(struct probed_log *l, uint64_t most_ns, struct samples *syncs,
                   struct storage_costs *costs, struct error *e)
{
    void *record = allocate_zeroed(1, LARGE_BYTES);
    uint64_t begin_ns = clock_now(), half_ns = begin_ns + most_ns / 2, end_ns = begin_ns + most_ns;
    int status = time_appends(l, record, begin_ns + most_ns / 4, &costs->append_ns, e);
    if (status == 0) status = sample_syncs(l, record, LARGE_BYTES, LARGE_SYNCS, half_ns, syncs, e);
    uint64_t large_ns = samples_quantile(syncs, 0.5);
    if (status == 0)
        status = sample_syncs(l, record, SMALL_BYTES, PROBING_SAMPLES_MAX, end_ns, syncs, e);
    uint64_t small_ns = samples_quantile(syncs, 0.5);
    costs->bytes_per_second = 0;
    if (large_ns > small_ns)
        costs->bytes_per_second =
            (LARGE_BYTES - SMALL_BYTES) / ((double)(large_ns - small_ns) / 1e9);
    free(record);
    return status;
}

int storage_measure(const char *directory, uint64_t most_ns, struct samples *syncs,
                    struct storage_costs *costs, struct error *e)
{
    size_t bytes = strlen(directory) + 64;
    char *path = allocate(bytes);
    snprintf(path, bytes, "%s/calibrate-%ld.log", directory, (long)getpid());
    struct probed_log l = {.file = log_file_open(path, true, e)};
    int status = -1;
    if (l.file) {
        sem_init(&l.changed, 0, 0);
        log_file_begin(l.file, wake, &l);
        status = measure(&l, most_ns, syncs, costs, e);
        log_file_close(l.file);
        sem_destroy(&l.changed);
        unlink(path);
    }
    free(path);
    return status;
}
