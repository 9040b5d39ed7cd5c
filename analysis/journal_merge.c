/* journal_merge.c - reads journals, and brings what they hold into one order (journal.h). */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/journal.h"
#include "analysis/journal_format.h"
#include "analysis/recorder.h"
#include "analysis/room.h"
#include "proto/variables.h"

/* A journal that is being read. */
struct source {
    const char *path;
    const char *file; /* mapped */
    uint64_t file_bytes;
    uint64_t committed;                /* as the header has it */
    uint64_t offset;                   /* of the head */
    uint64_t finals_at;                /* of the first record about the end, 0: none met */
    const struct journal_record *head; /* NULL: at its end */
    uint64_t time_ns;                  /* the head's, or the latest before it */
    uint32_t index;                    /* among the journals: of equal times the first goes first */
};

struct merge {
    const struct journal_merge *setup;
    struct source *sources;
    struct source **order; /* those that are not at their end, the earliest first */
    uint32_t order_count;
    struct journal_counts *counts;
    struct error *error;
};

/* ---- what can be believed ------------------------------------------------------------------- */

static int broken(const struct merge *m, const struct source *s, const char *what)
{
    return error_set(m->error, "%s: at offset %llu: %s", s->path, (unsigned long long)s->offset,
                     what);
}

/* The command behind a record, and the versions behind it, fill the record. */
static const char *wrong_command(const struct topology *t, const struct journal_record *r)
{
    const struct command *c = (const struct command *)(r + 1);
    uint64_t room = r->bytes - sizeof(*r);
    if (room < sizeof(*c) || c->bytes > room || c->bytes % 8) return "a command is cut off";
    uint64_t accesses = command_bytes(c->access_count);
    bool hints = c->purpose == PURPOSE_HINT;
    if (hints) accesses += (uint64_t)c->hint_count * sizeof(struct hint_item);
    if (c->bytes != accesses) return "a command's size does not fit what it holds";
    if (c->bytes + (r->seen ? c->access_count * sizeof(uint64_t) : 0) != room)
        return "the versions seen do not fit the command";
    if (c->purpose >= PURPOSE_COUNT) return "a command without a known purpose";
    if (group_set_next(&c->dests, t->groups) < GROUPS_MAX) return "a command to unknown groups";
    uint32_t senders =
        r->kind == JOURNAL_ISSUED || r->kind == JOURNAL_ANSWERED ? t->clients : topology_senders(t);
    if (c->id.client >= senders || c->id.seq >= UINT32_MAX) return "a command of an unknown sender";
    return NULL;
}

/* What each kind must name: a node, and if `grouped` the group of that node. */
static const char *wrong_event(const struct topology *t, const struct journal_record *r,
                               bool grouped)
{
    if (r->node >= topology_nodes(t)) return "an unknown node";
    if (grouped && (r->group >= t->groups || topology_group(t, r->node) != r->group))
        return "a node of another group";
    if (r->kind == JOURNAL_ANSWERED && r->status > REPLY_NOK) return "an unknown status";
    if (r->kind == JOURNAL_ANSWERED && (r->status == REPLY_OK) != r->seen)
        return "an answer without versions, or a refusal with some";
    return journal_has_command(r->kind) ? wrong_command(t, r) : NULL;
}

static const char *wrong_record(const struct topology *t, const struct journal_record *r)
{
    uint64_t body = r->bytes - sizeof(*r);
    if (r->seen && r->kind != JOURNAL_EXECUTED && r->kind != JOURNAL_ANSWERED)
        return "versions where there are none";
    switch ((enum journal_kind)r->kind) {
    case JOURNAL_ISSUED:
    case JOURNAL_MULTICAST:
    case JOURNAL_ANSWERED:
        return wrong_event(t, r, false);
    case JOURNAL_DELIVERED:
    case JOURNAL_STARTED:
    case JOURNAL_EXECUTED:
        return wrong_event(t, r, true);
    case JOURNAL_LEADING:
    case JOURNAL_EXCHANGED:
        return body ? "a record of another size" : wrong_event(t, r, true);
    case JOURNAL_OWNERSHIP:
        if (body || r->status > OWNERSHIP_DELETED) return "no event of ownership";
        return r->second >= t->groups ? "an unknown group" : wrong_event(t, r, true);
    case JOURNAL_PLANNED:
        if (body != sizeof(struct plan_report)) return "a record of another size";
        return topology_group(t, r->node) < GROUPS_MAX ? NULL : "a node of another group";
    case JOURNAL_OWNER:
        return body || r->group >= t->groups ? "no owner" : NULL;
    case JOURNAL_LOCATION:
        return body || (r->group >= t->groups && r->group != PLACE_NONE) ? "no location" : NULL;
    case JOURNAL_VALUE:
        return body || r->group >= t->groups ? "no value" : NULL;
    default:
        return "a record of an unknown kind";
    }
}

/* ---- one journal ---------------------------------------------------------------------------- */

static int check_header(const struct merge *m, struct source *s)
{
    const struct topology *t = m->setup->topology;
    const struct journal_header *h = (const struct journal_header *)s->file;
    if (s->file_bytes < sizeof(*h) || h->magic != JOURNAL_MAGIC)
        return broken(m, s, "expected the header of a journal");
    if (h->groups != t->groups || h->replicas != t->replicas || h->clients != t->clients ||
        h->oracle != t->oracle)
        return broken(m, s, "a journal of another cluster");
    s->committed = atomic_load_explicit(&h->committed, memory_order_acquire);
    if (s->committed < sizeof(*h)) return broken(m, s, "a header that says nothing");
    m->counts->incomplete += atomic_load_explicit(&h->incomplete, memory_order_acquire) != 0;
    s->offset = sizeof(*h);
    return 0;
}

static int source_open(const struct merge *m, struct source *s)
{
    struct stat status;
    int file = open(s->path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) < 0) {
        error_set(m->error, "%s: cannot read the journal: %s", s->path, strerror(errno));
        if (file >= 0) close(file);
        return -1;
    }
    s->file_bytes = (uint64_t)status.st_size;
    void *mapped = s->file_bytes ? mmap(NULL, s->file_bytes, PROT_READ, MAP_SHARED, file, 0) : NULL;
    int reason = errno;
    close(file);
    if (mapped == MAP_FAILED)
        return error_set(m->error, "%s: cannot map the journal: %s", s->path, strerror(reason));
    s->file = mapped;
    return check_header(m, s);
}

/* Looks at the record at s->offset; at the end there is no head. */
static int source_look(const struct merge *m, struct source *s)
{
    s->head = NULL;
    if (s->offset == s->committed) return 0;
    uint64_t end = s->committed < s->file_bytes ? s->committed : s->file_bytes;
    const struct journal_record *r = (const struct journal_record *)(s->file + s->offset);
    if (s->offset + sizeof(*r) > end) return broken(m, s, "the journal is cut off");
    if (r->bytes < sizeof(*r) || r->bytes % 8) return broken(m, s, "a damaged record");
    if (r->bytes > s->committed - s->offset) return broken(m, s, "a damaged record");
    if (r->bytes > end - s->offset) return broken(m, s, "the journal is cut off");
    if (r->check != journal_check(r, s->offset)) return broken(m, s, "a damaged record");
    const char *wrong = wrong_record(m->setup->topology, r);
    if (wrong) return broken(m, s, wrong);
    s->head = r;
    if (r->kind < JOURNAL_OWNER && r->now_ns > s->time_ns) s->time_ns = r->now_ns;
    return 0;
}

/* To the next event, past what is told of the end: that comes in a pass of its own. */
static int source_advance(const struct merge *m, struct source *s)
{
    for (;;) {
        if (s->head) s->offset += s->head->bytes;
        if (source_look(m, s) < 0) return -1;
        if (!s->head || s->head->kind < JOURNAL_OWNER) return 0;
        if (!s->finals_at) s->finals_at = s->offset;
    }
}

/* ---- passing on ----------------------------------------------------------------------------- */

static void pass_on_command(struct observer *o, const struct journal_record *r)
{
    const struct command *c = (const struct command *)(r + 1);
    const void *behind = (const char *)c + c->bytes;
    const uint64_t *seen = r->seen ? behind : NULL;
    struct reply_view view = {(enum reply_status)r->status, r->first, seen};
    switch ((enum journal_kind)r->kind) {
    case JOURNAL_ISSUED:
        o->ops->issued(o, r->node, r->now_ns, c);
        break;
    case JOURNAL_MULTICAST:
        o->ops->multicast(o, r->node, r->now_ns, c);
        break;
    case JOURNAL_DELIVERED:
        o->ops->delivered(o, r->node, r->group, r->now_ns, c, r->first);
        break;
    case JOURNAL_STARTED:
        o->ops->started(o, r->node, r->group, r->now_ns, c);
        break;
    case JOURNAL_EXECUTED:
        o->ops->executed(o, r->node, r->group, r->now_ns, c, r->first, seen, r->second);
        break;
    default:
        o->ops->answered(o, r->node, r->now_ns, c, &view, r->number);
    }
}

static void pass_on(struct observer *o, const struct journal_record *r)
{
    struct ownership_event event = {.what = (enum ownership)r->status,
                                    .group = r->group,
                                    .other = (uint32_t)r->second,
                                    .variable = r->number,
                                    .timestamp = r->first};
    switch ((enum journal_kind)r->kind) {
    case JOURNAL_LEADING:
        o->ops->leading(o, r->node, r->group, r->now_ns, r->first);
        break;
    case JOURNAL_OWNERSHIP:
        o->ops->ownership(o, r->node, r->now_ns, &event);
        break;
    case JOURNAL_EXCHANGED:
        o->ops->exchanged(o, r->node, r->group, r->now_ns, r->first, r->second);
        break;
    case JOURNAL_PLANNED:
        o->ops->planned(o, r->node, r->now_ns, (const struct plan_report *)(r + 1));
        break;
    default:
        pass_on_command(o, r);
    }
}

static void pass_on_final(struct finals *f, const struct journal_record *r)
{
    if (r->kind == JOURNAL_OWNER)
        f->owner(f, r->group, r->number);
    else if (r->kind == JOURNAL_VALUE && f->value)
        f->value(f, r->group, r->number, (struct variable_state){r->first, r->second});
    else if (r->kind == JOURNAL_LOCATION)
        f->location(f, r->number, (uint16_t)r->group);
}

/* ---- all journals --------------------------------------------------------------------------- */

/* Must something come first that another journal will tell? */
static bool waits(const struct merge *m, const struct source *s)
{
    const struct recorder *known = m->setup->causes;
    const struct journal_record *r = s->head;
    const struct command *c = (const struct command *)(r + 1);
    if (!known) return false;
    if (r->kind == JOURNAL_MULTICAST) return !recorder_knows_sender(known, c->id);
    if (r->kind == JOURNAL_DELIVERED) return !recorder_knows_multicast(known, c->id);
    if (r->kind != JOURNAL_ANSWERED) return false;
    struct reply_view view = {(enum reply_status)r->status, r->first,
                              r->seen ? (const void *)((const char *)c + c->bytes) : NULL};
    return !recorder_knows_answer(known, c, &view);
}

/* The earliest that does not wait; or the earliest, if nothing within its patience can help it. */
static uint32_t choose(const struct merge *m)
{
    uint64_t until_ns = m->order[0]->time_ns;
    if (until_ns < UINT64_MAX - m->setup->clock_error_ns) until_ns += m->setup->clock_error_ns;
    for (uint32_t i = 0; i < m->order_count && m->order[i]->time_ns <= until_ns; i++)
        if (!waits(m, m->order[i])) return i;
    return 0;
}

static bool before(const struct source *a, const struct source *b)
{
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->index < b->index;
}

/* Moves the source at `at`, which has a later head now, to its place; or out, at its end. */
static void settle(struct merge *m, uint32_t at)
{
    struct source *s = m->order[at];
    for (; at + 1 < m->order_count && (!s->head || before(m->order[at + 1], s)); at++)
        m->order[at] = m->order[at + 1];
    m->order[at] = s;
    if (!s->head) m->order_count--;
}

static int merge_open(struct merge *m)
{
    for (uint32_t i = 0; i < m->setup->count; i++) {
        struct source *s = &m->sources[i];
        *s = (struct source){.path = m->setup->paths[i], .index = i};
        if (source_open(m, s) < 0 || source_advance(m, s) < 0) return -1;
        m->counts->bytes += s->committed - sizeof(struct journal_header);
        if (!s->head) continue;
        uint32_t at = m->order_count++;
        for (; at > 0 && before(s, m->order[at - 1]); at--) m->order[at] = m->order[at - 1];
        m->order[at] = s;
    }
    return 0;
}

static int merge_events(struct merge *m)
{
    while (m->order_count) {
        uint32_t at = choose(m);
        struct source *s = m->order[at];
        pass_on(m->setup->observer, s->head);
        m->counts->events++;
        if (source_advance(m, s) < 0) return -1;
        settle(m, at);
    }
    return 0;
}

static int merge_finals(struct merge *m)
{
    for (uint32_t i = 0; i < m->setup->count; i++) {
        struct source *s = &m->sources[i];
        s->offset = s->finals_at ? s->finals_at : s->committed;
        for (; source_look(m, s) == 0 && s->head; s->offset += s->head->bytes) {
            if (s->head->kind < JOURNAL_OWNER) continue;
            pass_on_final(m->setup->finals, s->head);
            m->counts->finals++;
        }
        if (s->offset != s->committed) return -1;
    }
    return 0;
}

int journal_merge(const struct journal_merge *setup, struct journal_counts *counts,
                  struct error *error)
{
    struct merge m = {.setup = setup, .counts = counts, .error = error};
    *counts = (struct journal_counts){0};
    m.sources = room_zeroed(setup->count, sizeof(*m.sources));
    m.order = room_zeroed(setup->count, sizeof(struct source *));
    int status = merge_open(&m);
    if (status == 0) status = merge_events(&m);
    if (status == 0) status = merge_finals(&m);
    for (uint32_t i = 0; i < setup->count; i++)
        if (m.sources[i].file) munmap((void *)m.sources[i].file, m.sources[i].file_bytes);
    free(m.sources);
    free(m.order);
    return status;
}
