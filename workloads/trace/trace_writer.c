/* trace_writer.c - writes commands in the text form of a trace (trace.h, aviary-trace(5)).
 *
 * Numbers are given in order of first appearance when the file is read. So names that would appear
 * in another order than they are numbered are declared before, by @variable and @kind lines. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/output.h"
#include "base/units.h"
#include "proto/command.h"
#include "workloads/trace/source.h"
#include "workloads/trace/trace.h"

enum { TEXT_BYTES = 1 << 16, DECLARED_PER_LINE = 10 };

/* What the file has declared of a kind. */
struct kind_state {
    bool used;
    uint64_t cost_ns;
    uint32_t request_bytes, reply_bytes;
};

struct trace_writer {
    const struct catalogue *catalogue;
    struct output *output;
    uint32_t variables; /* those below are known to a reader at this point */
    struct kind_state *kinds;
    uint32_t kind_count, kind_room;
    char *text; /* written, not yet handed to the output */
    uint32_t text_bytes, text_room;
};

static void put(struct trace_writer *t, const char *text, size_t length)
{
    t->text = array_grow32(t->text, &t->text_room, t->text_bytes + (uint32_t)length, 1);
    memcpy(t->text + t->text_bytes, text, length);
    t->text_bytes += (uint32_t)length;
}

static void put_text(struct trace_writer *t, const char *text)
{
    put(t, text, strlen(text));
}

static void put_time(struct trace_writer *t, const char *key, uint64_t ns)
{
    char buffer[32];
    put_text(t, key);
    put_text(t, units_write_time(ns, buffer));
}

static void put_size(struct trace_writer *t, const char *key, uint64_t bytes)
{
    char buffer[32];
    put_text(t, key);
    put_text(t, units_write_size(bytes, buffer));
}

static void put_cost(struct trace_writer *t, uint64_t cost_ns)
{
    if (cost_ns == COST_MODEL)
        put_text(t, " cost=model");
    else
        put_time(t, " cost=", cost_ns);
}

static void put_variable(struct trace_writer *t, uint32_t variable)
{
    put_text(t, names_get(t->catalogue->variables, variable));
}

struct trace_writer *trace_writer_create(const char *path, const struct catalogue *catalogue,
                                         struct error *e)
{
    struct output *output = output_create(path, e);
    if (!output) return NULL;
    struct trace_writer *t = allocate_zeroed(1, sizeof(*t));
    t->catalogue = catalogue;
    t->output = output;
    put_text(t, "@aviary-trace 1 whole\n"); /* truncation is detected: @end is missing then */
    return t;
}

void trace_writer_destroy(struct trace_writer *t)
{
    if (!t) return;
    output_destroy(t->output);
    free(t->kinds);
    free(t->text);
    free(t);
}

static bool plain(const struct catalogue *c, uint32_t variable)
{
    return c->variable_bytes[variable] == VARIABLE_BYTES_DEFAULT &&
           c->granule[variable] == variable;
}

/* Declares all from `first` below `end`: first in order, with their sizes; then their granules,
 * since naming a granule numbers it. */
static void declare_variables(struct trace_writer *t, uint32_t first, uint32_t end)
{
    const struct catalogue *c = t->catalogue;
    bool line_begins = true;
    for (uint32_t i = first; i < end; i++) {
        put_text(t, line_begins ? "@variable " : ",");
        put_variable(t, i);
        line_begins = i + 1 == end || (i + 1 - first) % DECLARED_PER_LINE == 0 ||
                      c->variable_bytes[i + 1] != c->variable_bytes[i];
        if (!line_begins) continue;
        if (c->variable_bytes[i] != VARIABLE_BYTES_DEFAULT)
            put_size(t, " size=", c->variable_bytes[i]);
        put_text(t, "\n");
    }
    for (uint32_t i = first; i < end; i++) {
        if (c->granule[i] == i) continue;
        put_text(t, "@variable ");
        put_variable(t, i);
        put_text(t, " granule=");
        put_variable(t, c->granule[i]);
        put_text(t, "\n");
    }
}

/* The lists of a command line, in the order they are written. */
static const struct list {
    const char *key;
    uint8_t mask, mode; /* a variable belongs here if (its mode & mask) == mode */
} lists[] = {
    {" r=", ACCESS_READ | ACCESS_WRITE, ACCESS_READ},
    {" rw=", ACCESS_READ | ACCESS_WRITE, ACCESS_READ | ACCESS_WRITE},
    {" w=", ACCESS_READ | ACCESS_WRITE, ACCESS_WRITE},
    {" create=", ACCESS_CREATE, ACCESS_CREATE},
    {" delete=", ACCESS_DELETE, ACCESS_DELETE},
};
enum { LISTS = sizeof(lists) / sizeof(lists[0]) };

/* Would reading this command's line give the new variables their numbers? */
static bool appear_in_order(const struct trace_writer *t, const struct trace_command *c,
                            uint32_t end)
{
    uint32_t expected = t->variables;
    for (size_t l = 0; l < LISTS; l++)
        for (uint32_t i = 0; i < c->access_count; i++) {
            const struct trace_access *a = &c->accesses[i];
            if ((a->mode & lists[l].mask) != lists[l].mode || a->variable < expected) continue;
            if (a->variable != expected || !plain(t->catalogue, a->variable)) return false;
            expected++;
        }
    return expected == end;
}

static void meet_variables(struct trace_writer *t, const struct trace_command *c)
{
    uint32_t end = names_count(t->catalogue->variables);
    if (t->variables == end) return;
    if (!appear_in_order(t, c, end)) declare_variables(t, t->variables, end);
    t->variables = end;
}

static void meet_kinds(struct trace_writer *t, const struct trace_command *c)
{
    uint32_t count = names_count(t->catalogue->kinds);
    t->kinds = array_grow32(t->kinds, &t->kind_room, count, sizeof(*t->kinds));
    for (; t->kind_count < count; t->kind_count++) {
        t->kinds[t->kind_count] = (struct kind_state){.cost_ns = COST_MODEL,
                                                      .request_bytes = REQUEST_BYTES_DEFAULT,
                                                      .reply_bytes = REPLY_BYTES_DEFAULT};
        if (t->kind_count + 1 < count || t->kind_count != c->kind) {
            put_text(t, "@kind ");
            put_text(t, names_get(t->catalogue->kinds, t->kind_count));
            put_text(t, "\n");
        }
    }
    struct kind_state *k = &t->kinds[c->kind];
    if (k->used) return;
    /* The first command of a kind sets the kind's defaults. */
    k->used = true;
    if (k->cost_ns == c->cost_ns && k->request_bytes == c->request_bytes &&
        k->reply_bytes == c->reply_bytes)
        return;
    put_text(t, "@kind ");
    put_text(t, names_get(t->catalogue->kinds, c->kind));
    if (k->cost_ns != c->cost_ns) put_cost(t, c->cost_ns);
    if (k->request_bytes != c->request_bytes) put_size(t, " request=", c->request_bytes);
    if (k->reply_bytes != c->reply_bytes) put_size(t, " reply=", c->reply_bytes);
    put_text(t, "\n");
    *k = (struct kind_state){true, c->cost_ns, c->request_bytes, c->reply_bytes};
}

static void put_lists(struct trace_writer *t, const struct trace_command *c)
{
    uint8_t present = 0;
    for (uint32_t i = 0; i < c->access_count; i++)
        for (size_t l = 0; l < LISTS; l++)
            if ((c->accesses[i].mode & lists[l].mask) == lists[l].mode)
                present |= (uint8_t)(1u << l);
    for (size_t l = 0; l < LISTS; l++) {
        if (!(present >> l & 1)) continue;
        const char *before = lists[l].key;
        for (uint32_t i = 0; i < c->access_count; i++) {
            if ((c->accesses[i].mode & lists[l].mask) != lists[l].mode) continue;
            put_text(t, before);
            put_variable(t, c->accesses[i].variable);
            before = ",";
        }
    }
}

static int hand_over(struct trace_writer *t, struct error *e)
{
    uint32_t bytes = t->text_bytes;
    t->text_bytes = 0;
    return output_write(t->output, t->text, bytes, e);
}

int trace_writer_add(struct trace_writer *t, const struct trace_command *c, struct error *e)
{
    meet_variables(t, c);
    meet_kinds(t, c);
    const struct kind_state *k = &t->kinds[c->kind];
    put_text(t, names_get(t->catalogue->kinds, c->kind));
    put_lists(t, c);
    if (c->client != CLIENT_ANY) {
        char buffer[32];
        snprintf(buffer, sizeof(buffer), " client=%u", c->client);
        put_text(t, buffer);
    }
    if (c->at_ns != TIME_NONE) put_time(t, " at=", c->at_ns);
    if (c->cost_ns != k->cost_ns) put_cost(t, c->cost_ns);
    if (c->request_bytes != k->request_bytes) put_size(t, " request=", c->request_bytes);
    if (c->reply_bytes != k->reply_bytes) put_size(t, " reply=", c->reply_bytes);
    put_text(t, "\n");
    return t->text_bytes < TEXT_BYTES ? 0 : hand_over(t, e);
}

int trace_writer_commit(struct trace_writer *t, struct error *e)
{
    put_text(t, "@end\n");
    if (hand_over(t, e) < 0) return -1;
    return output_commit(t->output, e);
}
