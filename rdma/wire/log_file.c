/* log_file.c - see log_file.h. */
#include "rdma/wire/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/crc32c.h"
#include "base/memory.h"

struct head {
    uint32_t bytes, crc;
};

/* A sync, which writes `data`; or a read, into `target`. */
struct request {
    struct request *next;
    uint64_t cookie;
    uint8_t *data;
    size_t bytes;
    void *target; /* NULL: it is a sync */
    uint32_t *size;
    enum completion how;
};

struct requests {
    struct request *first, **last;
};

struct log_file {
    char *path;
    int fd;
    uint64_t sync_ns;
    void (*wake)(void *context);
    void *context;

    uint8_t *open; /* appended since the last sync was requested */
    size_t open_bytes, open_room;
    bool unread; /* it had records, which have not all been read back */

    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool started, stopping;
    struct requests to_do, done;
    atomic_uint done_count;
    atomic_bool failed; /* and `error` says how */
    struct error error;
    uint64_t position; /* the thread's, after open: where the next record is read, or written */
};

/* ---- the queues ------------------------------------------------------------------------------ */

static void push(struct requests *q, struct request *r)
{
    r->next = NULL;
    *q->last = r;
    q->last = &r->next;
}

static struct request *pop(struct requests *q)
{
    struct request *r = q->first;
    if (!r) return NULL;
    q->first = r->next;
    if (!q->first) q->last = &q->first;
    return r;
}

static void request_free(struct request *r)
{
    free(r->data);
    free(r);
}

/* ---- the thread ------------------------------------------------------------------------------ */

static uint32_t checksum(uint32_t bytes, const void *content)
{
    return crc32c(crc32c(0, &bytes, sizeof(bytes)), content, bytes);
}

/* All bytes at the position; -1 with errno. */
static int write_all(struct log_file *f, const uint8_t *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t written = pwrite(f->fd, data, bytes, (off_t)f->position);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return -1;
        f->position += (uint64_t)written;
        data += written;
        bytes -= (size_t)written;
    }
    return 0;
}

/* What can be read there, up to `bytes`; -1 with errno. */
static ssize_t read_at(const struct log_file *f, uint64_t position, void *data, size_t bytes)
{
    size_t got = 0;
    while (got < bytes) {
        ssize_t more = pread(f->fd, (char *)data + got, bytes - got, (off_t)(position + got));
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) return -1;
        if (more == 0) break;
        got += (size_t)more;
    }
    return (ssize_t)got;
}

/* 1: the record at the position has been read; 0: none is there that is whole; -1 with errno. */
static int read_record(struct log_file *f, void *target, uint32_t *size)
{
    struct head head;
    ssize_t got = read_at(f, f->position, &head, sizeof(head));
    if (got < 0) return -1;
    if (got < (ssize_t)sizeof(head) || head.bytes == 0 || head.bytes > RECORD_BYTES_MAX) return 0;
    got = read_at(f, f->position + sizeof(head), target, head.bytes);
    if (got < 0) return -1;
    if (got < (ssize_t)head.bytes || checksum(head.bytes, target) != head.crc) return 0;
    f->position += sizeof(head) + head.bytes;
    *size = head.bytes;
    return 1;
}

/* Where the log ends, what follows is cut off: records written later must not be read with it. */
static int serve_read(struct log_file *f, struct request *r)
{
    int got = read_record(f, r->target, r->size);
    if (got < 0) return -1;
    r->how = got ? COMPLETION_OK : COMPLETION_END;
    return got ? 0 : ftruncate(f->fd, (off_t)f->position);
}

static int serve(struct log_file *f, struct request *r)
{
    if (r->target) return serve_read(f, r);
    return write_all(f, r->data, r->bytes) < 0 ? -1 : fdatasync(f->fd);
}

/* After an error the content of the file is unknown: nothing more is served. */
static void *live(void *context)
{
    struct log_file *f = context;
    pthread_mutex_lock(&f->lock);
    while (!f->stopping && !atomic_load(&f->failed)) {
        struct request *r = pop(&f->to_do);
        if (!r) {
            pthread_cond_wait(&f->changed, &f->lock);
            continue;
        }
        pthread_mutex_unlock(&f->lock);
        bool served = serve(f, r) == 0;
        if (!served) error_errno(&f->error, "%s", f->path);
        pthread_mutex_lock(&f->lock);
        push(&f->done, r);
        if (served)
            atomic_fetch_add(&f->done_count, 1);
        else
            atomic_store(&f->failed, true);
        f->wake(f->context);
    }
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

/* Signals are for the program's own threads. */
void log_file_begin(struct log_file *f, void (*wake)(void *context), void *context)
{
    sigset_t all, before;
    ASSERT(!f->started);
    f->wake = wake;
    f->context = context;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&f->thread, NULL, live, f);
    ASSERT(!failed);
    f->started = true;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- the node's side ------------------------------------------------------------------------- */

void log_file_append(struct log_file *f, const void *record, uint32_t bytes)
{
    ASSERT(bytes >= 1);
    ASSERT(bytes <= RECORD_BYTES_MAX);
    ASSERT(!f->unread);
    struct head head = {bytes, checksum(bytes, record)};
    size_t needed = f->open_bytes + sizeof(head) + bytes;
    if (needed > f->open_room) {
        f->open_room = 2 * needed;
        f->open = reallocate(f->open, f->open_room);
    }
    memcpy(f->open + f->open_bytes, &head, sizeof(head));
    memcpy(f->open + f->open_bytes + sizeof(head), record, bytes);
    f->open_bytes = needed;
}

static void request(struct log_file *f, struct request r)
{
    struct request *copy = allocate(sizeof(*copy));
    *copy = r;
    pthread_mutex_lock(&f->lock);
    push(&f->to_do, copy);
    pthread_cond_signal(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

void log_file_sync(struct log_file *f, uint64_t cookie)
{
    request(f, (struct request){.cookie = cookie, .data = f->open, .bytes = f->open_bytes});
    f->open = NULL;
    f->open_bytes = f->open_room = 0;
}

void log_file_read(struct log_file *f, void *target, uint32_t *bytes, uint64_t cookie)
{
    request(f, (struct request){.cookie = cookie, .target = target, .size = bytes});
}

bool log_file_take(struct log_file *f, uint64_t *cookie, enum completion *how)
{
    if (atomic_load_explicit(&f->done_count, memory_order_relaxed) == 0) return false;
    pthread_mutex_lock(&f->lock);
    struct request *r = pop(&f->done);
    atomic_fetch_sub(&f->done_count, 1);
    pthread_mutex_unlock(&f->lock);
    *cookie = r->cookie;
    *how = r->how;
    if (r->how == COMPLETION_END) f->unread = false;
    request_free(r);
    return true;
}

uint64_t log_file_sync_ns(const struct log_file *f)
{
    return f->sync_ns;
}

const struct error *log_file_error(const struct log_file *f)
{
    return atomic_load(&f->failed) ? &f->error : NULL;
}

/* ---- open and close -------------------------------------------------------------------------- */

/* So that the file's name survives a crash. */
static int sync_directory(const char *path)
{
    char *copy = allocate_text(path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    if (fd < 0) return -1;
    int failed = fsync(fd);
    close(fd);
    return failed;
}

static int begin_file(struct log_file *f, struct error *e)
{
    uint64_t begin_ns = clock_now();
    if (write_all(f, (const uint8_t *)LOG_FILE_MAGIC, LOG_FILE_HEAD_BYTES) < 0 ||
        fdatasync(f->fd) < 0)
        return error_errno(e, "%s", f->path);
    f->sync_ns = clock_now() - begin_ns;
    if (sync_directory(f->path) < 0) return error_errno(e, "directory of %s", f->path);
    return 0;
}

/* A file without records may lack its head, if the process that made it crashed. */
static int look_at_file(struct log_file *f, struct error *e)
{
    char magic[LOG_FILE_HEAD_BYTES];
    struct stat s;
    ssize_t got = read_at(f, 0, magic, sizeof(magic));
    if (got < 0 || fstat(f->fd, &s) < 0) return error_errno(e, "%s", f->path);
    if (memcmp(magic, LOG_FILE_MAGIC, (size_t)got) != 0)
        return error_set(e, "%s: expected a log that aviary has written", f->path);
    f->unread = s.st_size > LOG_FILE_HEAD_BYTES;
    if (!f->unread) return begin_file(f, e);
    f->position = LOG_FILE_HEAD_BYTES;
    return 0;
}

struct log_file *log_file_open(const char *path, bool anew, struct error *e)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        error_errno(e, "%s", path);
        return NULL;
    }
    struct log_file *f = allocate_zeroed(1, sizeof(*f));
    f->fd = fd;
    f->path = allocate_text(path);
    f->to_do.last = &f->to_do.first;
    f->done.last = &f->done.first;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->changed, NULL);
    int status = look_at_file(f, e);
    if (status == 0 && anew && f->unread)
        status = error_set(e, "%s has records: expected no log of another run", path);
    if (status == 0) return f;
    log_file_close(f);
    return NULL;
}

void log_file_stop(struct log_file *f)
{
    if (!f->started) return;
    pthread_mutex_lock(&f->lock);
    f->stopping = true;
    pthread_cond_signal(&f->changed);
    pthread_mutex_unlock(&f->lock);
    pthread_join(f->thread, NULL);
    f->started = false;
}

void log_file_close(struct log_file *f)
{
    if (!f) return;
    log_file_stop(f);
    for (struct request *r; (r = pop(&f->to_do));) request_free(r);
    for (struct request *r; (r = pop(&f->done));) request_free(r);
    pthread_mutex_destroy(&f->lock);
    pthread_cond_destroy(&f->changed);
    close(f->fd);
    free(f->open);
    free(f->path);
    free(f);
}
