/* placement.c - the table of placement strategies, and what they have in common (placement.h). */
#include "workloads/place/placement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lookup.h"
#include "base/memory.h"
#include "base/random.h"
#include "workloads/place/strategy.h"
#include "workloads/trace/source.h"

enum { PARTITIONS_MAX = 128 };

/* A new strategy is one line. After them come the partitioners, each a strategy of its own. */
#define PLACEMENTS(X) \
    X(hash)           \
    X(random)         \
    X(range)          \
    X(file)

#define X(name) extern const struct strategy name##_placement;
PLACEMENTS(X)
#undef X

static const struct strategy *const table[] = {
#define X(name) &name##_placement,
    PLACEMENTS(X)
#undef X
};
enum { TABLE_LINES = sizeof(table) / sizeof(table[0]) };

/* The i-th strategy, and the partitioner that cuts the graph of the workload for it, or NULL. */
static bool strategy_at(uint32_t i, struct strategy *out, const struct partitioner **partitioner)
{
    const struct partitioner *p = i < TABLE_LINES ? NULL : partitioner_at(i - TABLE_LINES);
    if (i >= TABLE_LINES && !p) return false;
    *out = p ? (struct strategy){p->name, NULL, p->summary, placement_graph} : *table[i];
    *partitioner = p;
    return true;
}

static int refuse(const char *spec, struct error *e)
{
    struct strategy s;
    const struct partitioner *partitioner;
    lookup_refuse("placement", spec, e);
    for (uint32_t i = 0; strategy_at(i, &s, &partitioner); i++) {
        lookup_list(s.name, e);
        if (s.argument) error_add(e, ":%s", s.argument);
    }
    return -1;
}

static int find(const char *spec, struct strategy *s, struct strategy_input *in, struct error *e)
{
    size_t length = strcspn(spec, ":");
    uint32_t i = 0;
    in->argument = spec[length] == ':' ? spec + length + 1 : NULL;
    for (; strategy_at(i, s, &in->partitioner); i++)
        if (strlen(s->name) == length && memcmp(s->name, spec, length) == 0) break;
    if (!strategy_at(i, s, &in->partitioner)) return refuse(spec, e);
    if (!s->argument == !in->argument) return 0;
    return error_set(e,
                     s->argument ? "placement '%s': expected %s:%s" : "placement '%s': expected %s",
                     spec, s->name, s->argument);
}

/* Reads the workload to meet its variables, and for the graph if there is one. */
static int look(const struct placement_request *request, struct workload *w,
                struct access_graph *graph, struct error *e)
{
    if (w->complete && !graph) return 0;
    uint64_t most = request->commands_max;
    if (w->endless && most > PLACEMENT_ENDLESS_MAX) most = PLACEMENT_ENDLESS_MAX;
    struct trace_command c;
    int got = 1;
    for (uint64_t i = 0; i < most && (got = workload_next(w, &c, e)) > 0; i++)
        if (graph) access_graph_add(graph, &w->catalogue, &c);
    return got < 0 ? -1 : workload_rewind(w, e);
}

static int place(const struct strategy *s, const struct strategy_input *in, struct placement *out,
                 struct error *e)
{
    const struct catalogue *c = in->catalogue;
    uint32_t count = names_count(c->variables);
    out->partitions = in->request->partitions;
    out->variable_count = 0;
    out->partition = allocate_zeroed(count, sizeof(*out->partition));
    for (uint32_t v = 0; v < count; v++) out->partition[v] = (uint16_t)placement_of(out, v);
    out->variable_count = count;
    if (s->place(in, out->partition, e) < 0) {
        placement_finish(out);
        return -1;
    }
    for (uint32_t v = 0; v < count; v++) out->partition[v] = out->partition[c->granule[v]];
    return 0;
}

int placement_compute(const struct placement_request *request, struct workload *w,
                      struct placement *out, struct error *e)
{
    *out = (struct placement){0};
    struct strategy_input in = {.request = request, .catalogue = workload_catalogue(w)};
    struct strategy s;
    if (find(request->spec, &s, &in, e) < 0) return -1;
    if (request->partitions < 1 || request->partitions > PARTITIONS_MAX)
        return error_set(e, "expected 1 to %d partitions, found %u", PARTITIONS_MAX,
                         request->partitions);
    if (in.partitioner) in.graph = access_graph_create();
    int got = look(request, w, in.graph, e);
    if (got == 0) got = place(&s, &in, out, e);
    access_graph_destroy(in.graph);
    return got;
}

void placement_finish(struct placement *p)
{
    free(p->partition);
    *p = (struct placement){0};
}

uint32_t placement_of(const struct placement *p, uint32_t variable)
{
    if (variable < p->variable_count) return p->partition[variable];
    return (uint32_t)(hash_mix((uint64_t)variable + 1) % p->partitions);
}

bool placement_at(uint32_t i, struct placement_kind *out)
{
    struct strategy s;
    const struct partitioner *partitioner;
    if (!strategy_at(i, &s, &partitioner)) return false;
    *out = (struct placement_kind){s.name, s.argument, s.summary};
    return true;
}
