/* journal_merge.c - reads journals, and merges their records into one order (journal.h). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/journal/journal.h"
#include "analysis/journal/journal_contents.h"
#include "analysis/journal/journal_format.h"
#include "analysis/check/recorder.h"
#include "base/memory.h"
#include "proto/variables.h"

/* A journal that is being read. */
struct source {
    const char *path;
    const char *file; /* mapped */
    uint64_t file_bytes;
    uint64_t committed;                /* by the header */
    uint64_t offset;                   /* of the head */
    uint64_t finals_at;                /* of the first record about the end, 0: none */
    const struct journal_record *head; /* NULL: at its end */
    const struct command *command;     /* of the head, if any */
    uint64_t time_ns;                  /* the head's, or the latest before it */
    uint32_t index;                    /* index of the journal: breaks ties of equal times */
};

struct merge {
    const struct journal_merge *setup;
    struct source *sources;
    struct journal_contents contents;
    struct source **order; /* those that are not at their end, the earliest first */
    uint32_t order_count;
    struct journal_counts *counts;
    struct error *error;
};

/* ---- validation ----------------------------------------------------------------------------- */

static int broken(const struct merge *m, const struct source *s, const char *what)
{
    return error_set(m->error, "%s: at offset %llu: %s", s->path, (unsigned long long)s->offset,
                     what);
}

static uint64_t body_bytes(const struct journal_record *r)
{
    return r->bytes - journal_head_bytes(r->kind);
}

/* The command fills the record. */
static const char *wrong_content(const struct topology *t, const struct journal_record *r)
{
    const struct command *c = journal_body(r);
    uint64_t room = body_bytes(r);
    if (room < sizeof(*c)) return "a command is cut off";
    uint64_t bytes = command_bytes(c->access_count);
    if (c->purpose == PURPOSE_HINT) bytes += (uint64_t)c->hint_count * sizeof(struct hint_item);
    if (c->bytes != bytes || c->bytes != room) return "a command's size does not fit what it holds";
    if (c->purpose >= PURPOSE_COUNT) return "a command without a known purpose";
    if (group_set_next(&c->dests, t->groups) < GROUPS_MAX) return "a command to unknown groups";
    uint32_t senders = r->kind == JOURNAL_ISSUED ? t->clients : topology_senders(t);
    if (c->id.client >= senders || c->id.seq >= UINT32_MAX) return "a command of an unknown sender";
    return NULL;
}

/* Checks common to references to any command. */
static const char *wrong_reference(const struct journal_record *r)
{
    uint64_t room = body_bytes(r);
    if (room < sizeof(struct journal_reference)) return "a reference is cut off";
    if (!r->seen && room > sizeof(struct journal_reference)) return "a record of another size";
    if (r->kind == JOURNAL_ANSWERED && r->status > REPLY_NOK) return "an unknown status";
    if (r->kind == JOURNAL_ANSWERED && (r->status == REPLY_OK) != r->seen)
        return "an answer without versions, or a refusal with some";
    if (r->kind == JOURNAL_ANSWERED && r->word[1] > UINT32_MAX) return "too many attempts";
    return NULL;
}

static const char *wrong_ownership(const struct topology *t, const struct journal_record *r)
{
    if (r->status > OWNERSHIP_DELETED || r->word[0] > UINT32_MAX) return "no event of ownership";
    return r->word[1] >= t->groups ? "an unknown group" : NULL;
}

/* By kind. A record's own node and size are right. */
static const char *wrong_body(const struct topology *t, const struct journal_record *r)
{
    if (journal_has_content(r->kind)) return wrong_content(t, r);
    if (journal_has_reference(r->kind)) return wrong_reference(r);
    if (body_bytes(r) != (r->kind == JOURNAL_PLANNED ? sizeof(struct plan_report) : 0))
        return "a record of another size";
    if (r->kind == JOURNAL_OWNERSHIP) return wrong_ownership(t, r);
    if (r->kind < JOURNAL_OWNER) return NULL;
    bool nowhere = r->kind == JOURNAL_LOCATION && r->word[0] == PLACE_NONE;
    if (r->word[1] > UINT32_MAX) return "an unknown variable";
    return r->word[0] >= t->groups && !nowhere ? "an unknown group" : NULL;
}

static const char *wrong_record(const struct topology *t, const struct journal_record *r)
{
    if (r->kind == 0 || r->kind >= JOURNAL_KINDS) return "a record of an unknown kind";
    if (r->bytes < journal_head_bytes(r->kind)) return "a record of another size";
    if (r->seen && r->kind != JOURNAL_EXECUTED && r->kind != JOURNAL_ANSWERED)
        return "versions where there are none";
    bool by_client = journal_has_content(r->kind) || r->kind == JOURNAL_ANSWERED;
    bool final = r->kind >= JOURNAL_OWNER;
    if (!final && r->node >= topology_nodes(t)) return "an unknown node";
    if (!final && !by_client && topology_group(t, r->node) >= t->groups)
        return "a node of another group";
    return wrong_body(t, r);
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
    if (s->committed < sizeof(*h)) return broken(m, s, "an empty header");
    m->counts->incomplete += atomic_load_explicit(&h->incomplete, memory_order_acquire) != 0;
    s->offset = sizeof(*h);
    return 0;
}

static int source_open(const struct merge *m, struct source *s)
{
    struct stat status;
    int file = open(s->path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) < 0) {
        error_errno(m->error, "%s: cannot read the journal", s->path);
        if (file >= 0) close(file);
        return -1;
    }
    s->file_bytes = (uint64_t)status.st_size;
    void *mapped = s->file_bytes ? mmap(NULL, s->file_bytes, PROT_READ, MAP_SHARED, file, 0) : NULL;
    if (mapped == MAP_FAILED) error_errno(m->error, "%s: cannot map the journal", s->path);
    close(file);
    if (mapped == MAP_FAILED) return -1;
    s->file = mapped;
    return check_header(m, s);
}

/* Is there a complete, valid record at s->offset? */
static int source_check(const struct merge *m, const struct source *s)
{
    uint64_t end = s->committed < s->file_bytes ? s->committed : s->file_bytes;
    const struct journal_record *r = (const struct journal_record *)(s->file + s->offset);
    if (s->offset + sizeof(*r) > end) return broken(m, s, "the journal is cut off");
    if (r->bytes < sizeof(*r) || r->bytes % 8) return broken(m, s, "a damaged record");
    if (r->bytes > s->committed - s->offset) return broken(m, s, "a damaged record");
    if (r->bytes > end - s->offset) return broken(m, s, "the journal is cut off");
    if (r->check != journal_check(r, s->offset)) return broken(m, s, "a damaged record");
    const char *wrong = wrong_record(m->setup->topology, r);
    return wrong ? broken(m, s, wrong) : 0;
}

/* The first pass: validates all records, and locates the commands. */
static int source_survey(struct merge *m, struct source *s)
{
    while (s->offset != s->committed) {
        if (source_check(m, s) < 0) return -1;
        const struct journal_record *r = (const struct journal_record *)(s->file + s->offset);
        if (journal_has_content(r->kind))
            journal_contents_add(&m->contents, journal_body(r), r->kind == JOURNAL_ISSUED);
        if (r->kind >= JOURNAL_OWNER && !s->finals_at) s->finals_at = s->offset;
        s->offset += r->bytes;
    }
    s->offset = sizeof(struct journal_header);
    return 0;
}

/* To the record at s->offset; at the end there is no head. */
static void source_look(struct source *s)
{
    s->head = NULL;
    if (s->offset == s->committed) return;
    s->head = (const struct journal_record *)(s->file + s->offset);
}

/* Finds the command of the head. */
static int source_resolve(const struct merge *m, struct source *s)
{
    const struct journal_record *r = s->head;
    s->command = journal_has_content(r->kind) ? journal_body(r) : NULL;
    if (!journal_has_reference(r->kind)) return 0;
    s->command = journal_contents_find(&m->contents, journal_body(r), r->kind == JOURNAL_ANSWERED);
    if (!s->command)
        return m->counts->incomplete ? 0 : broken(m, s, "a command that no journal contains");
    uint64_t seen_bytes = body_bytes(r) - sizeof(struct journal_reference);
    if (seen_bytes != (r->seen ? s->command->access_count * sizeof(uint64_t) : 0))
        return broken(m, s, "the versions seen do not fit the command");
    return 0;
}

/* To the next event, skipping final states, which a separate pass reads, and commands that only an
 * incomplete journal contained. */
static int source_advance(const struct merge *m, struct source *s)
{
    for (;;) {
        if (s->head) s->offset += s->head->bytes;
        source_look(s);
        if (!s->head) return 0;
        if (s->head->kind >= JOURNAL_OWNER) continue;
        if (source_resolve(m, s) < 0) return -1;
        if (s->head->now_ns > s->time_ns) s->time_ns = s->head->now_ns;
        if (s->command || !journal_has_reference(s->head->kind)) return 0;
        m->counts->unknown++;
    }
}

/* The versions in the head, NULL: none. */
static const uint64_t *source_seen(const struct source *s)
{
    const struct journal_reference *reference = journal_body(s->head);
    return s->head->seen ? (const uint64_t *)(reference + 1) : NULL;
}

/* ---- forwarding ----------------------------------------------------------------------------- */

static struct reply_view reply_of(const struct source *s)
{
    return (struct reply_view){(enum reply_status)s->head->status, s->head->word[0],
                               source_seen(s)};
}

static void pass_on_command(const struct source *s, uint32_t group, struct observer *o)
{
    const struct journal_record *r = s->head;
    const struct command *c = s->command;
    struct reply_view view;
    switch ((enum journal_kind)r->kind) {
    case JOURNAL_ISSUED:
        o->ops->issued(o, r->node, r->now_ns, c);
        break;
    case JOURNAL_MULTICAST:
        o->ops->multicast(o, r->node, r->now_ns, c);
        break;
    case JOURNAL_DELIVERED:
        o->ops->delivered(o, r->node, group, r->now_ns, c, r->word[0]);
        break;
    case JOURNAL_STARTED:
        o->ops->started(o, r->node, group, r->now_ns, c);
        break;
    case JOURNAL_EXECUTED:
        o->ops->executed(o, r->node, group, r->now_ns, c, r->word[0], source_seen(s), r->word[1]);
        break;
    default:
        view = reply_of(s);
        o->ops->answered(o, r->node, r->now_ns, c, &view, (uint32_t)r->word[1]);
    }
}

static void pass_on_ownership(const struct journal_record *r, uint32_t group, struct observer *o)
{
    struct ownership_event event = {.what = (enum ownership)r->status,
                                    .group = group,
                                    .other = (uint32_t)r->word[1],
                                    .variable = (uint32_t)r->word[0],
                                    .timestamp = r->word[2]};
    o->ops->ownership(o, r->node, r->now_ns, &event);
}

static void pass_on(const struct merge *m, const struct source *s)
{
    const struct journal_record *r = s->head;
    struct observer *o = m->setup->observer;
    uint32_t group = topology_group(m->setup->topology, r->node);
    switch ((enum journal_kind)r->kind) {
    case JOURNAL_LEADING:
        o->ops->leading(o, r->node, group, r->now_ns, r->word[0]);
        break;
    case JOURNAL_OWNERSHIP:
        pass_on_ownership(r, group, o);
        break;
    case JOURNAL_EXCHANGED:
        o->ops->exchanged(o, r->node, group, r->now_ns, r->word[0], r->word[1]);
        break;
    case JOURNAL_PLANNED:
        o->ops->planned(o, r->node, r->now_ns, journal_body(r));
        break;
    default:
        pass_on_command(s, group, o);
    }
}

static void pass_on_final(struct finals *f, const struct journal_record *r)
{
    if (r->kind == JOURNAL_OWNER)
        f->owner(f, (uint32_t)r->word[0], (uint32_t)r->word[1]);
    else if (r->kind == JOURNAL_LOCATION)
        f->location(f, (uint32_t)r->word[1], (uint16_t)r->word[0]);
    else if (f->value)
        f->value(f, (uint32_t)r->word[0], (uint32_t)r->word[1],
                 (struct variable_state){r->word[2], r->word[3]});
}

/* ---- all journals --------------------------------------------------------------------------- */

/* Must an event of another journal come first? */
static bool waits(const struct merge *m, const struct source *s)
{
    const struct recorder *known = m->setup->causes;
    uint32_t kind = s->head->kind;
    if (!known) return false;
    if (kind == JOURNAL_MULTICAST) return !recorder_knows_sender(known, s->command->id);
    if (kind == JOURNAL_DELIVERED) return !recorder_knows_multicast(known, s->command->id);
    if (kind != JOURNAL_ANSWERED) return false;
    struct reply_view view = reply_of(s);
    return !recorder_knows_answer(known, s->command, &view);
}

/* The earliest that does not wait; or the earliest, if its cause is not found within its time
 * limit. */
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
        if (source_open(m, s) < 0 || source_survey(m, s) < 0) return -1;
        m->counts->bytes += s->committed - sizeof(struct journal_header);
    }
    return 0;
}

static int merge_begin(struct merge *m)
{
    for (uint32_t i = 0; i < m->setup->count; i++) {
        struct source *s = &m->sources[i];
        if (source_advance(m, s) < 0) return -1;
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
        pass_on(m, s);
        m->counts->events++;
        if (source_advance(m, s) < 0) return -1;
        settle(m, at);
    }
    return 0;
}

static void merge_finals(struct merge *m)
{
    for (uint32_t i = 0; i < m->setup->count; i++) {
        struct source *s = &m->sources[i];
        s->offset = s->finals_at ? s->finals_at : s->committed;
        for (source_look(s); s->head; s->offset += s->head->bytes, source_look(s)) {
            if (s->head->kind < JOURNAL_OWNER) continue;
            pass_on_final(m->setup->finals, s->head);
            m->counts->finals++;
        }
    }
}

int journal_merge(const struct journal_merge *setup, struct journal_counts *counts,
                  struct error *error)
{
    struct merge m = {.setup = setup, .counts = counts, .error = error};
    *counts = (struct journal_counts){0};
    m.sources = allocate_zeroed(setup->count, sizeof(*m.sources));
    m.order = allocate_zeroed(setup->count, sizeof(struct source *));
    int status = merge_open(&m);
    if (status == 0) status = merge_begin(&m);
    if (status == 0) status = merge_events(&m);
    if (status == 0) merge_finals(&m);
    for (uint32_t i = 0; i < setup->count; i++)
        if (m.sources[i].file) munmap((void *)m.sources[i].file, m.sources[i].file_bytes);
    journal_contents_finish(&m.contents);
    free(m.sources);
    free(m.order);
    return status;
}
