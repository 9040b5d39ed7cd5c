/* placement.c - the table of placement strategies, and what they have in common (placement.h). */
#include "workloads/place/placement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
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

/* The length of what precedes PLACEMENT_HINDSIGHT, if that is its end; else its whole length. */
static size_t without_hindsight(const char *name, size_t length)
{
    static const char suffix[] = PLACEMENT_HINDSIGHT;
    size_t bytes = sizeof(suffix) - 1;
    bool ends = length > bytes && memcmp(name + length - bytes, suffix, bytes) == 0;
    return ends ? length - bytes : length;
}

static int find(const char *spec, struct strategy *s, struct strategy_input *in, struct error *e)
{
    size_t whole = strcspn(spec, ":"), length = without_hindsight(spec, whole);
    uint32_t i = 0;
    in->argument = spec[whole] == ':' ? spec + whole + 1 : NULL;
    for (; strategy_at(i, s, &in->partitioner); i++)
        if (strlen(s->name) == length && memcmp(s->name, spec, length) == 0) break;
    if (!strategy_at(i, s, &in->partitioner)) return refuse(spec, e);
    if (length < whole && !in->partitioner) return refuse(spec, e);
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

/* Its vertices, then its edges, each once. */
static void copy_graph(const struct graph_csr *csr, const uint32_t *granules, struct placement *out)
{
    uint32_t edges = csr->offset[csr->vertices] / 2;
    out->graph = allocate((csr->vertices + edges) * sizeof(*out->graph));
    for (uint32_t v = 0; v < csr->vertices; v++)
        out->graph[out->graph_count++] =
            (struct graph_item){granules[v], granules[v], csr->vertex_weight[v]};
    for (uint32_t v = 0; v < csr->vertices; v++)
        for (uint32_t i = csr->offset[v]; i < csr->offset[v + 1]; i++)
            if (csr->neighbour[i] > v)
                out->graph[out->graph_count++] = (struct graph_item){
                    granules[v], granules[csr->neighbour[i]], csr->edge_weight[i]};
    ASSERT(out->graph_count == csr->vertices + edges);
}

static void note_learnt(const struct strategy_input *in, struct placement *out)
{
    const struct catalogue *c = in->catalogue;
    const struct graph_csr *csr = access_graph_csr(in->graph, c);
    const uint32_t *granules = access_graph_granules(in->graph);
    copy_graph(csr, granules, out);
    out->learnt = allocate_zeroed(out->variable_count, sizeof(*out->learnt));
    for (uint32_t i = 0; i < csr->vertices; i++) out->learnt[granules[i]] = true;
    for (uint32_t v = 0; v < out->variable_count; v++) out->learnt[v] = out->learnt[c->granule[v]];
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
    if (in->graph && in->request->learns) note_learnt(in, out);
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
    if (got == 0 && in.graph && request->learns) access_graph_seal(in.graph);
    if (got == 0) got = place(&s, &in, out, e);
    access_graph_destroy(in.graph);
    return got;
}

void placement_finish(struct placement *p)
{
    free(p->partition);
    free(p->learnt);
    free(p->graph);
    *p = (struct placement){0};
}

uint32_t placement_of(const struct placement *p, uint32_t variable)
{
    if (variable < p->variable_count) return p->partition[variable];
    return (uint32_t)(hash_mix((uint64_t)variable + 1) % p->partitions);
}

bool placement_learns(const char *spec)
{
    struct strategy s;
    struct strategy_input in;
    struct error e;
    bool cuts = find(spec, &s, &in, &e) == 0 && in.partitioner;
    return cuts && without_hindsight(spec, strlen(spec)) == strlen(spec);
}

bool placement_at(uint32_t i, struct placement_kind *out)
{
    struct strategy s;
    const struct partitioner *partitioner;
    if (!strategy_at(i, &s, &partitioner)) return false;
    *out = (struct placement_kind){s.name, s.argument, s.summary};
    return true;
}
