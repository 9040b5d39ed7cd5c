/* message_trace.c - writes a line for each message and one-sided operation
 * (message_trace.h). */
#include "analysis/experiment/message_trace.h"

#include <ctype.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/output.h"
#include "proto/node/layouts.h"
#include "proto/node/traced.h"

enum { LINE_MAX = 512 };

struct message_trace {
    struct message_observer observer; /* first: an observer is its trace */
    const struct message_filter *filter;
    char *const *names;
    uint32_t node_count;
    const struct multicast_ops *multicast;
    bool *chosen;          /* by node */
    struct traced *traced; /* by node */
    struct output *output;
    struct error error; /* of the first write that failed */
    bool failed;
};

/* ---- lines ---------------------------------------------------------------------------------- */

struct line {
    char text[LINE_MAX];
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *l, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(l->text + l->length, sizeof(l->text) - l->length, format, arguments);
    va_end(arguments);
    ASSERT(length >= 0);
    ASSERT((size_t)length < sizeof(l->text) - l->length);
    l->length += (size_t)length;
}

static void add_command(struct line *l, struct command_id id)
{
    add(l, " c%" PRIu32 ".%" PRIu64, id.client, id.seq);
    if (id.round) add(l, "/%" PRIu32, id.round);
}

static void add_field(struct line *l, const struct message *m, const struct message_field *f)
{
    add(l, " %s", f->name);
    if (f->form == FIELD_COMMAND) {
        add_command(l, message_field_command(m, f));
        return;
    }
    uint64_t number = message_field_number(m, f);
    if (f->form != FIELD_NUMBER && number == UINT64_MAX)
        add(l, f->form == FIELD_BALLOT ? " decided" : " end");
    else if (f->form == FIELD_BALLOT)
        add(l, " %" PRIu64 ".%" PRIu64, number >> 8, number & 0xff);
    else
        add(l, " %" PRIu64, number);
}

static void add_kind(const struct message_trace *t, struct line *l, uint32_t kind)
{
    const char *name = multicast_kind_name(t->multicast, kind);
    if (kind >= MESSAGE_KIND_ONE_SIDED && kind < MESSAGE_KIND_MARK)
        name = message_one_sided_names[kind - MESSAGE_KIND_ONE_SIDED];
    add(l, " ");
    for (const char *at = name ? name : "?"; *at; at++) add(l, "%c", toupper(*at));
}

static bool is_chosen(const struct message_trace *t, uint64_t now_ns, uint32_t node, uint32_t peer,
                      uint32_t kind)
{
    const struct message_filter *f = t->filter;
    bool filtered =
        kind < MESSAGE_KIND_COUNT || (kind >= MESSAGE_KIND_ONE_SIDED && kind <= MESSAGE_KIND_MARK);
    if (t->failed || (filtered && !(f->kinds >> kind & 1))) return false;
    ASSERT(node < t->node_count);
    ASSERT(peer < t->node_count);
    return (t->chosen[node] || t->chosen[peer]) && now_ns >= f->from_ns && now_ns < f->until_ns;
}

/* What every line begins with. */
static void begin(const struct message_trace *t, struct line *l, uint64_t now_ns, uint32_t node,
                  char direction, uint32_t peer, uint32_t kind)
{
    l->length = 0;
    add(l, "%" PRIu64 ".%03" PRIu64 " %s %c %s", now_ns / 1000, now_ns % 1000, t->names[node],
        direction, t->names[peer]);
    add_kind(t, l, kind);
}

static void end(struct message_trace *t, struct line *l)
{
    add(l, "\n");
    t->failed = output_write(t->output, l->text, l->length, &t->error) < 0;
}

static void write_line(struct message_observer *o, uint64_t now_ns, uint32_t node, char direction,
                       uint32_t peer, const struct message *m)
{
    struct message_trace *t = (struct message_trace *)(uintptr_t)o;
    struct line l;
    if (!is_chosen(t, now_ns, node, peer, m->kind)) return;
    begin(t, &l, now_ns, node, direction, peer, m->kind);
    struct message_layout layout = message_layout(t->multicast, (enum message_kind)m->kind);
    for (uint32_t i = 0; i < layout.count; i++) add_field(&l, m, &layout.fields[i]);
    end(t, &l);
}

static void sent(struct message_observer *o, uint64_t now_ns, uint32_t node, uint32_t peer,
                 const struct message *m)
{
    write_line(o, now_ns, node, '>', peer, m);
}

static void handled(struct message_observer *o, uint64_t now_ns, uint32_t node, uint32_t peer,
                    const struct message *m)
{
    write_line(o, now_ns, node, '<', peer, m);
}

static void reached(struct message_observer *o, uint64_t now_ns, uint32_t node, enum mark mark)
{
    struct message_trace *t = (struct message_trace *)(uintptr_t)o;
    struct line l = {.length = 0};
    if (!is_chosen(t, now_ns, node, node, MESSAGE_KIND_MARK)) return;
    add(&l, "%" PRIu64 ".%03" PRIu64 " %s : %s", now_ns / 1000, now_ns % 1000, t->names[node],
        mark_name(mark));
    end(t, &l);
}

/* Its fields are not what its sender meant. */
static void dropped(struct message_observer *o, uint64_t now_ns, uint32_t node, uint32_t peer,
                    uint32_t kind, enum drop why)
{
    static const char *const reasons[] = {" corrupted", " malformed", " refused"};
    struct message_trace *t = (struct message_trace *)(uintptr_t)o;
    struct line l;
    if (kind > MESSAGE_KIND_COUNT) kind = MESSAGE_KIND_COUNT;
    if (!is_chosen(t, now_ns, node, peer, kind)) return;
    begin(t, &l, now_ns, node, '!', peer, kind);
    add(&l, "%s", reasons[why]);
    end(t, &l);
}

static void operated(struct message_observer *o, uint64_t now_ns, uint32_t node,
                     enum one_sided operation, struct remote place, uint32_t bytes)
{
    struct message_trace *t = (struct message_trace *)(uintptr_t)o;
    uint32_t kind = MESSAGE_KIND_ONE_SIDED + (uint32_t)operation;
    struct line l;
    if (!is_chosen(t, now_ns, node, place.node, kind)) return;
    begin(t, &l, now_ns, node, '>', place.node, kind);
    add(&l, " region %" PRIu32, place.region);
    if (bytes) add(&l, " offset %" PRIu64 " bytes %" PRIu32, place.offset, bytes);
    end(t, &l);
}

static void written(struct message_observer *o, uint64_t now_ns, uint32_t node, uint32_t peer,
                    uint32_t region)
{
    struct message_trace *t = (struct message_trace *)(uintptr_t)o;
    uint32_t kind = MESSAGE_KIND_ONE_SIDED + ONE_SIDED_WRITE;
    struct line l;
    if (!is_chosen(t, now_ns, node, peer, kind)) return;
    begin(t, &l, now_ns, node, '<', peer, kind);
    add(&l, " region %" PRIu32, region);
    end(t, &l);
}

/* ---- the file ------------------------------------------------------------------------------- */

/* Chooses the nodes that a pattern matches. */
static int choose(void *context, const char *pattern, struct error *e)
{
    struct message_trace *t = context;
    bool found = false;
    for (uint32_t i = 0; i < t->node_count; i++)
        if (fnmatch(pattern, t->names[i], 0) == 0) found = t->chosen[i] = true;
    return found ? 0 : error_set(e, "--message-nodes: no node of this run matches '%s'", pattern);
}

static int open_output(struct message_trace *t, const char *suffix, struct error *e)
{
    const char *file = t->filter->file;
    size_t room = strlen(file) + (suffix ? strlen(suffix) : 0) + 2;
    char *path = allocate(room);
    snprintf(path, room, suffix ? "%s.%s" : "%s", file, suffix);
    t->output = output_create(path, e);
    free(path);
    return t->output ? 0 : -1;
}

struct message_trace *message_trace_create(const struct message_filter *f, const char *suffix,
                                           const struct nodes *nodes, char *const *names,
                                           struct error *e)
{
    struct message_trace *t = allocate_zeroed(1, sizeof(*t));
    t->observer = (struct message_observer){sent, handled, reached, dropped, operated, written};
    t->filter = f;
    t->names = names;
    t->node_count = topology_nodes(&nodes->topology);
    t->multicast = nodes->multicast;
    t->chosen = allocate_zeroed(t->node_count, sizeof(*t->chosen));
    t->traced = allocate_zeroed(t->node_count, sizeof(*t->traced));
    if (options_each(f->nodes ? f->nodes : "*", t, choose, e) == 0 &&
        open_output(t, suffix, e) == 0)
        return t;
    message_trace_destroy(t);
    return NULL;
}

void message_trace_node(struct message_trace *t, uint32_t node, const struct node_ops **ops,
                        void **state)
{
    ASSERT(node < t->node_count);
    ASSERT(!t->traced[node].observer);
    traced_put(&t->traced[node], &t->observer, ops, state);
}

int message_trace_commit(struct message_trace *t, struct error *e)
{
    if (!t->failed) return output_commit(t->output, e);
    *e = t->error;
    return -1;
}

void message_trace_destroy(struct message_trace *t)
{
    if (!t) return;
    output_destroy(t->output);
    free(t->chosen);
    free(t->traced);
    free(t);
}
