/* state.c - see state.h. */
#include "workloads/place/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "proto/command.h"

enum { NOT_SEEN = 0 };

static void note_first(struct state *s, const struct trace_command *t)
{
    for (uint32_t i = 0; i < t->access_count; i++) {
        const struct trace_access *a = &t->accesses[i];
        if (a->variable >= s->seen) {
            s->first = array_grow32(s->first, &s->room, a->variable + 1, sizeof(*s->first));
            memset(s->first + s->seen, NOT_SEEN, a->variable + 1 - s->seen);
            s->seen = a->variable + 1;
        }
        if (s->first[a->variable] == NOT_SEEN) s->first[a->variable] = a->mode;
        s->makes = s->makes || a->mode & (ACCESS_CREATE | ACCESS_DELETE);
    }
}

static void weigh(struct state *s, const struct catalogue *c, const struct trace_command *t)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < t->access_count; i++)
        bytes += c->variable_bytes[t->accesses[i].variable];
    if (bytes < t->request_bytes) bytes = t->request_bytes;
    if (bytes < t->reply_bytes) bytes = t->reply_bytes;
    if (s->largest_bytes < bytes) s->largest_bytes = bytes;
    s->timed = s->timed || t->at_ns != TIME_NONE;
}

int state_sample(struct state *s, struct workload *w, uint64_t commands, struct error *e)
{
    struct trace_command t;
    int got = 1;
    for (uint64_t i = 0; i < commands && (got = workload_next(w, &t, e)) > 0; i++)
        weigh(s, workload_catalogue(w), &t);
    return got < 0 ? -1 : workload_rewind(w, e);
}

/* A number is a name of its bytes. */
static void note_client(struct state *s, const struct trace_command *t)
{
    s->any_client = s->any_client || t->client == CLIENT_ANY;
    if (s->any_client) return;
    if (!s->clients) s->clients = names_create();
    names_intern(s->clients, (const char *)&t->client, sizeof(t->client));
}

uint32_t state_clients(const struct state *s)
{
    return s->clients && !s->any_client ? names_count(s->clients) : 0;
}

static void count_new(struct state *s, const struct placement *p, const struct trace_command *t)
{
    s->accesses += t->access_count;
    for (uint32_t i = 0; i < t->access_count; i++) {
        uint32_t variable = t->accesses[i].variable;
        s->accesses_new += variable >= p->variable_count || !p->learnt[variable];
    }
}

int state_survey(struct state *s, struct workload *w, uint64_t commands, const struct placement *p,
                 struct error *e)
{
    struct trace_command t;
    int got = 1;
    for (uint64_t i = 0; i < commands; i++) {
        got = workload_next(w, &t, e);
        if (got == 0 && i == 0) return error_set(e, "the workload holds no command");
        if (got <= 0) break;
        note_first(s, &t);
        note_client(s, &t);
        weigh(s, workload_catalogue(w), &t);
        if (p && p->learnt) count_new(s, p, &t);
    }
    return got < 0 ? -1 : workload_rewind(w, e);
}

void state_place(struct state *s, const struct catalogue *c, const struct placement *p)
{
    uint32_t count = names_count(c->variables);
    s->place = allocate_zeroed(count, sizeof(*s->place));
    s->home = allocate_zeroed(count, sizeof(*s->home));
    for (uint32_t v = 0; v < count; v++) {
        bool initially_absent =
            v >= count - c->initially_absent || (v < s->seen && s->first[v] & ACCESS_CREATE);
        s->makes = s->makes || initially_absent;
        s->home[v] = (uint16_t)(p ? placement_of(p, v) : 0);
        s->place[v] = initially_absent ? PLACE_NONE : s->home[v];
    }
    s->variables = (struct variables){count,
                                      c->variable_bytes,
                                      c->granule,
                                      s->place,
                                      s->home,
                                      p ? p->graph : NULL,
                                      p ? p->graph_count : 0};
}

void state_finish(struct state *s)
{
    if (s->clients) names_destroy(s->clients);
    free(s->place);
    free(s->home);
    free(s->first);
}
