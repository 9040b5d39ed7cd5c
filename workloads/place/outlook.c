/* outlook.c - places the second half of a workload by its past or its future (outlook.h). */
#include "workloads/place/outlook.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "workloads/place/access_graph.h"
#include "workloads/place/placement.h"

const uint32_t outlook_partitions[OUTLOOK_CUTS] = {2, 4, 8, 16};

enum { SEEN_BEFORE = 1, SEEN_AFTER = 2 };

struct work {
    const struct outlook_setup *setup;
    const struct catalogue *catalogue;
    struct outlook *out;
    uint64_t past;       /* commands of the first half */
    uint8_t *seen_in;    /* by variable: in which halves */
    uint32_t seen_count; /* entries in use */
    uint32_t seen_room;
    struct access_graph *before, *after;
};

static void progress(const struct work *w, const char *what, uint64_t done, uint64_t total)
{
    if (w->setup->progress) w->setup->progress(what, done, total);
}

/* --- first pass: the graphs of both halves ------------------------------------------------------
 */

static uint8_t *seen_in(struct work *w, uint32_t variable)
{
    while (w->seen_count <= variable) {
        w->seen_in =
            array_grow32(w->seen_in, &w->seen_room, w->seen_count + 1, sizeof(*w->seen_in));
        w->seen_in[w->seen_count++] = 0;
    }
    return &w->seen_in[variable];
}

static void mark_seen(struct work *w, const struct trace_command *c, bool second)
{
    struct outlook_drift *d = &w->out->variables;
    for (uint32_t i = 0; i < c->access_count; i++) {
        uint8_t *seen = seen_in(w, c->accesses[i].variable);
        if (second) {
            bool is_new = !(*seen & SEEN_BEFORE), first = !(*seen & SEEN_AFTER);
            d->accesses++;
            d->accesses_new += is_new;
            d->distinct += first;
            d->distinct_new += first && is_new;
        }
        *seen |= second ? SEEN_AFTER : SEEN_BEFORE;
    }
    access_graph_add(second ? w->after : w->before, w->catalogue, c);
}

static int collect(struct work *w, struct error *e)
{
    struct trace_command c;
    uint64_t total = w->setup->commands;
    int got = 1;
    for (uint64_t n = 0; n < total && (got = workload_next(w->setup->workload, &c, e)) > 0; n++) {
        if (n == w->past) access_graph_seal(w->before);
        mark_seen(w, &c, n >= w->past);
        if (n >= w->past) w->out->commands++;
        progress(w, "collecting the graphs", n + 1, total);
    }
    if (got < 0) return -1;
    access_graph_seal(w->after);
    w->out->accesses = w->out->variables.accesses;
    return workload_rewind(w->setup->workload, e);
}

/* --- drift: the pairs of both graphs ------------------------------------------------------------
 */

/* Two rows of neighbours, each with its graph; granules ascend along a row. */
struct rows {
    const struct graph_csr *before, *after;
    const uint32_t *before_granule, *after_granule;
};

/* Counts each pair at its smaller granule. */
static void compare_rows(const struct rows *r, uint32_t before, uint32_t after,
                         struct outlook_drift *d)
{
    bool known = before < r->before->vertices;
    uint32_t at = known ? r->before->offset[before] : 0;
    uint32_t end = known ? r->before->offset[before + 1] : 0;
    for (uint32_t i = r->after->offset[after]; i < r->after->offset[after + 1]; i++) {
        if (r->after->neighbour[i] < after) continue;
        uint32_t other = r->after_granule[r->after->neighbour[i]];
        while (at < end && r->before_granule[r->before->neighbour[at]] < other) at++;
        bool is_new = at == end || r->before_granule[r->before->neighbour[at]] != other;
        d->distinct++;
        d->distinct_new += is_new;
        d->accesses += r->after->edge_weight[i];
        d->accesses_new += is_new ? r->after->edge_weight[i] : 0;
    }
}

static void compare_graphs(struct work *w)
{
    struct rows r = {.before = access_graph_csr(w->before, w->catalogue),
                     .after = access_graph_csr(w->after, w->catalogue),
                     .before_granule = access_graph_granules(w->before),
                     .after_granule = access_graph_granules(w->after)};
    uint32_t b = 0;
    for (uint32_t a = 0; a < r.after->vertices; a++) {
        while (b < r.before->vertices && r.before_granule[b] < r.after_granule[a]) b++;
        bool same = b < r.before->vertices && r.before_granule[b] == r.after_granule[a];
        compare_rows(&r, same ? b : UINT32_MAX, a, &w->out->pairs);
    }
}

/* --- placing ------------------------------------------------------------------------------------
 */

static int place(struct work *w, enum outlook_knowledge knowledge, int cut, struct error *e)
{
    const struct catalogue *c = w->catalogue;
    struct outlook_trial *t = &w->out->trial[knowledge][cut];
    const struct placement hashed = {.partitions = outlook_partitions[cut]};
    uint32_t count = names_count(c->variables);
    t->partition = allocate_zeroed(count, sizeof(*t->partition));
    for (uint32_t v = 0; v < count; v++) t->partition[v] = (uint16_t)placement_of(&hashed, v);
    struct access_graph *graph = knowledge == OUTLOOK_PAST ? w->before : w->after;
    struct access_graph_cut how = {partitioner_find("metis"), hashed.partitions,
                                   w->setup->imbalance, w->setup->seed};
    if (knowledge != OUTLOOK_NOTHING && access_graph_csr(graph, c)->vertices > 0 &&
        access_graph_cut(graph, c, &how, t->partition, e) < 0)
        return -1;
    for (uint32_t v = 0; v < count; v++) t->partition[v] = t->partition[c->granule[v]];
    return 0;
}

static int place_all(struct work *w, struct error *e)
{
    enum { TRIALS = OUTLOOK_KNOWLEDGES * OUTLOOK_CUTS };
    for (int i = 0; i < TRIALS; i++) {
        progress(w, "placing the variables", (uint64_t)i + 1, TRIALS);
        if (place(w, (enum outlook_knowledge)(i / OUTLOOK_CUTS), i % OUTLOOK_CUTS, e) < 0)
            return -1;
    }
    return 0;
}

/* --- second pass: trying the placements ---------------------------------------------------------
 */

static void try_command(struct outlook_trial *t, const struct trace_command *c)
{
    uint16_t first = t->partition[c->accesses[0].variable];
    bool multi = false;
    for (uint32_t i = 0; i < c->access_count; i++) {
        uint16_t partition = t->partition[c->accesses[i].variable];
        t->accesses[partition]++;
        multi |= partition != first;
    }
    t->multi += multi;
}

static int try_all(struct work *w, struct error *e)
{
    struct trace_command c;
    uint64_t total = w->setup->commands;
    int got = 1;
    for (uint64_t n = 0; n < total && (got = workload_next(w->setup->workload, &c, e)) > 0; n++) {
        progress(w, "trying the placements", n + 1, total);
        if (n < w->past) continue;
        for (int k = 0; k < OUTLOOK_KNOWLEDGES; k++)
            for (int i = 0; i < OUTLOOK_CUTS; i++) try_command(&w->out->trial[k][i], &c);
    }
    return got < 0 ? -1 : workload_rewind(w->setup->workload, e);
}

int outlook_compute(const struct outlook_setup *setup, struct outlook *out, struct error *e)
{
    struct work w = {.setup = setup,
                     .catalogue = workload_catalogue(setup->workload),
                     .out = out,
                     .past = setup->commands / 2,
                     .before = access_graph_create(),
                     .after = access_graph_create()};
    *out = (struct outlook){0};
    int got = collect(&w, e);
    if (got == 0) {
        compare_graphs(&w);
        got = place_all(&w, e);
    }
    access_graph_destroy(w.before);
    access_graph_destroy(w.after);
    free(w.seen_in);
    if (got == 0) got = try_all(&w, e);
    return got;
}

void outlook_finish(struct outlook *o)
{
    for (int k = 0; k < OUTLOOK_KNOWLEDGES; k++)
        for (int i = 0; i < OUTLOOK_CUTS; i++) free(o->trial[k][i].partition);
    *o = (struct outlook){0};
}

double outlook_heaviest(const struct outlook *o, const struct outlook_trial *t, uint32_t partitions)
{
    uint64_t most = 0;
    for (uint32_t p = 0; p < partitions; p++) most = t->accesses[p] > most ? t->accesses[p] : most;
    return o->accesses > 0 ? (double)most * partitions / (double)o->accesses : 0;
}
