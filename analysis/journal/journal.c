/* journal.c - notes the nodes' reports in a mapped file (journal.h). */
#include "analysis/journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/journal/journal_format.h"
#include "base/assert.h"
#include "base/memory.h"

struct journal {
    struct observer observer; /* first: observers are cast back */
    struct finals finals;
    struct topology topology;
    bool executions; /* are noted */
    int file;
    struct journal_header *header; /* mapped by itself */
    /* The part of the file that is being written, from window_at on; earlier parts are not mapped
     * any more. */
    char *window;
    uint64_t window_at, window_bytes;
    uint64_t used; /* of the file: where the next record goes */
    bool full;
    uint64_t answered;
};

/* ---- room ----------------------------------------------------------------------------------- */

/* Allocates the file up to `end`, or reports why it cannot. Reading the limit first avoids the
 * signal on exceeding it. */
static int extend(int file, uint64_t begin, uint64_t end)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        end > limit.rlim_cur)
        return EFBIG;
    int status;
    do status = posix_fallocate(file, (off_t)begin, (off_t)(end - begin));
    while (status == EINTR);
    return status;
}

/* Moves the window to the next record's offset; it is at least so long. */
static int move_window(struct journal *j, uint64_t bytes)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t at = j->used / page * page;
    uint64_t length = (bytes + page) / JOURNAL_STEP_BYTES * JOURNAL_STEP_BYTES + JOURNAL_STEP_BYTES;
    int status = extend(j->file, at, at + length);
    if (status) return status;
    void *window = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, j->file, (off_t)at);
    if (window == MAP_FAILED) return errno;
    if (j->window) munmap(j->window, j->window_bytes);
    j->window = window;
    j->window_at = at;
    j->window_bytes = length;
    return 0;
}

static void stop(struct journal *j)
{
    j->full = true;
    atomic_store_explicit(&j->header->incomplete, 1, memory_order_release);
}

/* ---- records -------------------------------------------------------------------------------- */

/* A record with so many bytes behind its words, which the caller fills; NULL: the disk is full. */
static struct journal_record *begin(struct journal *j, enum journal_kind kind, uint32_t node,
                                    uint64_t now_ns, uint64_t body_bytes)
{
    uint64_t bytes = journal_head_bytes(kind) + body_bytes;
    ASSERT(bytes % 8 == 0);
    ASSERT(bytes < UINT32_MAX);
    if (j->full) return NULL;
    if (j->used + bytes > j->window_at + j->window_bytes && move_window(j, bytes) != 0) {
        stop(j);
        return NULL;
    }
    struct journal_record *r = (struct journal_record *)(j->window + (j->used - j->window_at));
    *r = (struct journal_record){
        .bytes = (uint32_t)bytes, .now_ns = now_ns, .node = node, .kind = (uint16_t)kind};
    return r;
}

static void commit(struct journal *j, struct journal_record *r)
{
    r->check = journal_check(r, j->used);
    j->used += r->bytes;
    atomic_store_explicit(&j->header->committed, j->used, memory_order_release);
}

/* With the command itself. */
static void note_content(struct journal *j, enum journal_kind kind, uint32_t node, uint64_t now_ns,
                         const struct command *c)
{
    struct journal_record *r = begin(j, kind, node, now_ns, c->bytes);
    if (!r) return;
    memcpy(r->word, c, c->bytes);
    commit(j, r);
}

/* With a reference to the command, and the versions seen unless there are none. */
static struct journal_record *begin_reference(struct journal *j, enum journal_kind kind,
                                              uint32_t node, uint64_t now_ns,
                                              const struct command *c, const uint64_t *seen)
{
    struct journal_reference reference = journal_reference_to(c);
    uint64_t seen_bytes = seen ? c->access_count * sizeof(*seen) : 0;
    struct journal_record *r = begin(j, kind, node, now_ns, sizeof(reference) + seen_bytes);
    if (!r) return NULL;
    r->seen = seen != NULL;
    char *body = (char *)&r->word[journal_words(kind)];
    memcpy(body, &reference, sizeof(reference));
    if (seen_bytes) memcpy(body + sizeof(reference), seen, seen_bytes);
    return r;
}

/* ---- the observer --------------------------------------------------------------------------- */

static struct journal *journal_of(struct observer *o)
{
    return (struct journal *)o;
}

static void issued(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c)
{
    note_content(journal_of(o), JOURNAL_ISSUED, node, now_ns, c);
}

static void answered(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c,
                     const struct reply_view *view, uint32_t attempts)
{
    struct journal *j = journal_of(o);
    j->answered++;
    const uint64_t *seen = view->status == REPLY_OK ? view->seen : NULL; /* else it may be short */
    struct journal_record *r = begin_reference(j, JOURNAL_ANSWERED, node, now_ns, c, seen);
    if (!r) return;
    r->status = (uint8_t)view->status;
    r->word[0] = view->digest;
    r->word[1] = attempts;
    commit(j, r);
}

static void delivered(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                      const struct command *c, uint64_t timestamp)
{
    struct journal *j = journal_of(o);
    ASSERT(group == topology_group(&j->topology, node));
    if (!j->executions) return;
    struct journal_record *r = begin_reference(j, JOURNAL_DELIVERED, node, now_ns, c, NULL);
    if (!r) return;
    r->word[0] = timestamp;
    commit(j, r);
}

static void started(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                    const struct command *c)
{
    struct journal *j = journal_of(o);
    ASSERT(group == topology_group(&j->topology, node));
    if (!j->executions) return;
    struct journal_record *r = begin_reference(j, JOURNAL_STARTED, node, now_ns, c, NULL);
    if (r) commit(j, r);
}

static void executed(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                     const struct command *c, uint64_t digest, const uint64_t *seen,
                     uint64_t state_hash)
{
    struct journal *j = journal_of(o);
    ASSERT(group == topology_group(&j->topology, node));
    if (!j->executions) return;
    struct journal_record *r = begin_reference(j, JOURNAL_EXECUTED, node, now_ns, c, seen);
    if (!r) return;
    r->word[0] = digest;
    r->word[1] = state_hash;
    commit(j, r);
}

static void leading(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                    uint64_t ballot)
{
    struct journal *j = journal_of(o);
    ASSERT(group == topology_group(&j->topology, node));
    struct journal_record *r = begin(j, JOURNAL_LEADING, node, now_ns, 0);
    if (!r) return;
    r->word[0] = ballot;
    commit(j, r);
}

static void multicast(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c)
{
    note_content(journal_of(o), JOURNAL_MULTICAST, node, now_ns, c);
}

static void ownership(struct observer *o, uint32_t node, uint64_t now_ns,
                      const struct ownership_event *e)
{
    struct journal *j = journal_of(o);
    ASSERT(e->group == topology_group(&j->topology, node));
    struct journal_record *r = begin(j, JOURNAL_OWNERSHIP, node, now_ns, 0);
    if (!r) return;
    r->status = (uint8_t)e->what;
    r->word[0] = e->variable;
    r->word[1] = e->other;
    r->word[2] = e->timestamp;
    commit(j, r);
}

static void exchanged(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                      uint64_t variables, uint64_t bytes)
{
    struct journal *j = journal_of(o);
    ASSERT(group == topology_group(&j->topology, node));
    struct journal_record *r = begin(j, JOURNAL_EXCHANGED, node, now_ns, 0);
    if (!r) return;
    r->word[0] = variables;
    r->word[1] = bytes;
    commit(j, r);
}

static void planned(struct observer *o, uint32_t node, uint64_t now_ns,
                    const struct plan_report *plan)
{
    struct journal *j = journal_of(o);
    struct journal_record *r = begin(j, JOURNAL_PLANNED, node, now_ns, sizeof(*plan));
    if (!r) return;
    memcpy(r->word, plan, sizeof(*plan));
    commit(j, r);
}

static const struct observer_ops ops = {
    .issued = issued,
    .answered = answered,
    .delivered = delivered,
    .started = started,
    .executed = executed,
    .leading = leading,
    .multicast = multicast,
    .ownership = ownership,
    .exchanged = exchanged,
    .planned = planned,
};

/* ---- final places and values ----------------------------------------------------------------- */

static struct journal *journal_of_finals(struct finals *f)
{
    return (struct journal *)((char *)f - offsetof(struct journal, finals));
}

static struct journal_record *begin_final(struct finals *f, enum journal_kind kind, uint32_t group,
                                          uint32_t variable)
{
    struct journal *j = journal_of_finals(f);
    struct journal_record *r = begin(j, kind, UINT32_MAX, 0, 0);
    if (!r) return NULL;
    r->word[0] = group;
    r->word[1] = variable;
    return r;
}

static void final_owner(struct finals *f, uint32_t group, uint32_t variable)
{
    struct journal_record *r = begin_final(f, JOURNAL_OWNER, group, variable);
    if (r) commit(journal_of_finals(f), r);
}

static void final_location(struct finals *f, uint32_t variable, uint16_t group)
{
    struct journal_record *r = begin_final(f, JOURNAL_LOCATION, group, variable);
    if (r) commit(journal_of_finals(f), r);
}

static void final_value(struct finals *f, uint32_t group, uint32_t variable,
                        struct variable_state state)
{
    struct journal_record *r = begin_final(f, JOURNAL_VALUE, group, variable);
    if (!r) return;
    r->word[2] = state.version;
    r->word[3] = state.value;
    commit(journal_of_finals(f), r);
}

/* ---- life ----------------------------------------------------------------------------------- */

static int open_header(struct journal *j, const struct topology *t)
{
    int status = extend(j->file, 0, sizeof(*j->header));
    if (status) return status;
    void *header = mmap(NULL, sizeof(*j->header), PROT_READ | PROT_WRITE, MAP_SHARED, j->file, 0);
    if (header == MAP_FAILED) return errno;
    j->header = header;
    j->header->groups = t->groups;
    j->header->replicas = t->replicas;
    j->header->clients = t->clients;
    j->header->oracle = t->oracle;
    j->header->magic = JOURNAL_MAGIC;
    j->used = sizeof(*j->header);
    atomic_store_explicit(&j->header->committed, j->used, memory_order_release);
    return move_window(j, 0);
}

struct journal *journal_create(const char *path, const struct topology *topology, bool executions,
                               struct error *e)
{
    struct journal *j = allocate_zeroed(1, sizeof(*j));
    j->observer.ops = &ops;
    j->finals = (struct finals){final_owner, final_location, final_value};
    j->topology = *topology;
    j->executions = executions;
    j->file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int status = j->file < 0 ? errno : open_header(j, topology);
    if (status == 0) return j;
    errno = status;
    error_errno(e, "%s: cannot make a journal there", path);
    if (j->file >= 0) unlink(path);
    journal_destroy(j);
    return NULL;
}

void journal_destroy(struct journal *j)
{
    if (!j) return;
    if (j->window) munmap(j->window, j->window_bytes);
    if (j->header) munmap(j->header, sizeof(*j->header));
    if (j->file >= 0) close(j->file);
    free(j);
}

struct observer *journal_observer(struct journal *j)
{
    return &j->observer;
}

struct finals *journal_finals(struct journal *j)
{
    return &j->finals;
}

uint64_t journal_answered(const struct journal *j)
{
    return j->answered;
}

bool journal_incomplete(const struct journal *j)
{
    return j->full;
}
