/* access_graph.c - collects the graph of a workload (access_graph.h).
 *
 * Edges are counted in a hash table; the rows made of it are sorted, so nothing depends on the
 * order of the table. */
#include "workloads/access_graph.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/command.h"
#include "proto/random.h"
#include "workloads/memory.h"

enum { SLOTS_MIN = 1024 };

struct slot {
    uint64_t ends; /* smaller granule << 32 | larger; weight 0: free */
    uint32_t weight;
};

struct granule_use {
    uint32_t granule, accesses;
};

struct access_graph {
    struct slot *slots;
    uint64_t slot_count, edge_count;
    uint32_t *accesses; /* by granule (a variable's number) */
    uint32_t accesses_count, accesses_room;
    struct granule_use *command; /* the granules of the command being added */
    uint32_t command_room;
    struct graph_csr csr;
    uint32_t *offset, *neighbour, *edge_weight, *vertex_weight;
};

struct access_graph *access_graph_create(void)
{
    struct access_graph *g = memory_zeroed(1, sizeof(*g));
    g->slot_count = SLOTS_MIN;
    g->slots = memory_zeroed(g->slot_count, sizeof(*g->slots));
    return g;
}

static void forget_csr(struct access_graph *g)
{
    free(g->offset);
    free(g->neighbour);
    free(g->edge_weight);
    free(g->vertex_weight);
    g->offset = g->neighbour = g->edge_weight = g->vertex_weight = NULL;
}

void access_graph_destroy(struct access_graph *g)
{
    if (!g) return;
    forget_csr(g);
    free(g->slots);
    free(g->accesses);
    free(g->command);
    free(g);
}

/* --- adding -------------------------------------------------------------------------------------
 */

static struct slot *find(const struct access_graph *g, uint64_t ends)
{
    uint64_t mask = g->slot_count - 1;
    uint64_t at = hash_mix(ends) & mask;
    while (g->slots[at].weight != 0 && g->slots[at].ends != ends) at = (at + 1) & mask;
    return &g->slots[at];
}

static void grow(struct access_graph *g)
{
    struct slot *old = g->slots;
    uint64_t old_count = g->slot_count;
    g->slot_count *= 2;
    g->slots = memory_zeroed(g->slot_count, sizeof(*g->slots));
    for (uint64_t i = 0; i < old_count; i++)
        if (old[i].weight != 0) *find(g, old[i].ends) = old[i];
    free(old);
}

static void join(struct access_graph *g, uint32_t a, uint32_t b)
{
    if (a == b) return;
    uint64_t ends = a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
    struct slot *s = find(g, ends);
    if (s->weight == 0) {
        if (g->edge_count >= g->slot_count / 2) {
            grow(g);
            s = find(g, ends);
        }
        g->edge_count++;
        s->ends = ends;
    }
    s->weight += s->weight < UINT32_MAX;
}

static void count(struct access_graph *g, uint32_t granule)
{
    if (granule >= g->accesses_count) {
        g->accesses =
            memory_grow(g->accesses, &g->accesses_room, granule + 1, sizeof(*g->accesses));
        memset(g->accesses + g->accesses_count, 0,
               (granule + 1 - g->accesses_count) * sizeof(*g->accesses));
        g->accesses_count = granule + 1;
    }
    g->accesses[granule] += g->accesses[granule] < UINT32_MAX - 1;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = ((const struct granule_use *)a)->granule;
    uint32_t y = ((const struct granule_use *)b)->granule;
    return (x > y) - (x < y);
}

/* The granules of a command, each once; how many. */
static uint32_t granules_of(struct access_graph *g, const struct catalogue *catalogue,
                            const struct trace_command *c)
{
    bool ascending = true;
    g->command = memory_grow(g->command, &g->command_room, c->access_count, sizeof(*g->command));
    for (uint32_t i = 0; i < c->access_count; i++) {
        g->command[i].granule = catalogue->granule[c->accesses[i].variable];
        ascending = ascending && (i == 0 || g->command[i - 1].granule < g->command[i].granule);
    }
    if (ascending) return c->access_count;
    qsort(g->command, c->access_count, sizeof(*g->command), compare);
    uint32_t kept = 0;
    for (uint32_t i = 1; i < c->access_count; i++)
        if (g->command[i].granule != g->command[kept].granule) g->command[++kept] = g->command[i];
    return kept + 1;
}

static uint32_t centre_of(const struct catalogue *catalogue, const struct trace_command *c)
{
    for (uint32_t i = 0; i < c->access_count; i++)
        if (c->accesses[i].mode == ACCESS_READ) return catalogue->granule[c->accesses[i].variable];
    return catalogue->granule[c->accesses[0].variable];
}

void access_graph_add(struct access_graph *g, const struct catalogue *catalogue,
                      const struct trace_command *command)
{
    for (uint32_t i = 0; i < command->access_count; i++)
        count(g, catalogue->granule[command->accesses[i].variable]);
    if (command->access_count < 2) return;
    uint32_t granules = granules_of(g, catalogue, command);
    if (granules <= ACCESS_GRAPH_CLIQUE_MAX) {
        for (uint32_t i = 0; i < granules; i++)
            for (uint32_t j = 0; j < i; j++) join(g, g->command[j].granule, g->command[i].granule);
        return;
    }
    uint32_t centre = centre_of(catalogue, command);
    for (uint32_t i = 0; i < granules; i++) join(g, centre, g->command[i].granule);
}

/* --- rows ---------------------------------------------------------------------------------------
 */

/* Numbers the granules densely; fills in their weights. Returns vertex numbers by variable. */
static uint32_t *number_vertices(struct access_graph *g, const struct catalogue *catalogue)
{
    uint32_t variables = names_count(catalogue->variables);
    uint32_t *vertex = memory_zeroed(variables, sizeof(*vertex));
    g->vertex_weight = memory_zeroed(variables, sizeof(*g->vertex_weight));
    g->csr.vertices = 0;
    for (uint32_t v = 0; v < variables; v++) {
        if (catalogue->granule[v] != v) continue;
        vertex[v] = g->csr.vertices++;
        g->vertex_weight[vertex[v]] = 1 + (v < g->accesses_count ? g->accesses[v] : 0);
    }
    return vertex;
}

/* Writes the rows in the order of the table. next: by vertex, where its row goes on. */
static void fill_rows(const struct access_graph *g, const uint32_t *vertex, uint32_t *next,
                      uint32_t *neighbour, uint32_t *weight)
{
    for (uint64_t i = 0; i < g->slot_count; i++) {
        const struct slot *s = &g->slots[i];
        if (s->weight == 0) continue;
        uint32_t a = vertex[s->ends >> 32], b = vertex[s->ends & UINT32_MAX];
        neighbour[next[a]] = b;
        weight[next[a]++] = s->weight;
        neighbour[next[b]] = a;
        weight[next[b]++] = s->weight;
    }
}

/* Transposing a symmetric matrix changes nothing but sorts each of its rows. */
static void transpose(const struct access_graph *g, uint32_t *next, const uint32_t *neighbour,
                      const uint32_t *weight)
{
    for (uint32_t v = 0; v < g->csr.vertices; v++)
        for (uint32_t i = g->offset[v]; i < g->offset[v + 1]; i++) {
            uint32_t to = next[neighbour[i]]++;
            g->neighbour[to] = v;
            g->edge_weight[to] = weight[i];
        }
}

const struct graph_csr *access_graph_csr(struct access_graph *g, const struct catalogue *catalogue)
{
    forget_csr(g);
    uint32_t *vertex = number_vertices(g, catalogue);
    uint32_t vertices = g->csr.vertices;
    uint64_t ends = g->edge_count * 2;
    assert(ends <= UINT32_MAX);
    g->offset = memory_zeroed((size_t)vertices + 1, sizeof(*g->offset));
    g->neighbour = memory_zeroed(ends, sizeof(*g->neighbour));
    g->edge_weight = memory_zeroed(ends, sizeof(*g->edge_weight));
    uint32_t *neighbour = memory_zeroed(ends, sizeof(*neighbour));
    uint32_t *weight = memory_zeroed(ends, sizeof(*weight));
    uint32_t *next = memory_zeroed(vertices, sizeof(*next));
    for (uint64_t i = 0; i < g->slot_count; i++) {
        if (g->slots[i].weight == 0) continue;
        g->offset[vertex[g->slots[i].ends >> 32] + 1]++;
        g->offset[vertex[g->slots[i].ends & UINT32_MAX] + 1]++;
    }
    for (uint32_t v = 0; v < vertices; v++) g->offset[v + 1] += g->offset[v];
    memcpy(next, g->offset, vertices * sizeof(*next));
    fill_rows(g, vertex, next, neighbour, weight);
    memcpy(next, g->offset, vertices * sizeof(*next));
    transpose(g, next, neighbour, weight);
    free(vertex);
    free(neighbour);
    free(weight);
    free(next);
    g->csr =
        (struct graph_csr){vertices, g->offset, g->neighbour, g->edge_weight, g->vertex_weight};
    return &g->csr;
}

int access_graph_cut(struct access_graph *g, const struct catalogue *catalogue, uint32_t partitions,
                     double imbalance, uint64_t seed, uint16_t *partition, struct error *e)
{
    const struct graph_csr *csr = access_graph_csr(g, catalogue);
    uint32_t *part = memory_zeroed(csr->vertices, sizeof(*part));
    int got = partitioner_kway(csr, partitions, (uint32_t)(imbalance * 1000 + 0.5), seed, part);
    uint32_t vertex = 0;
    for (uint32_t v = 0; got == 0 && v < names_count(catalogue->variables); v++)
        if (catalogue->granule[v] == v) partition[v] = (uint16_t)part[vertex++];
    free(part);
    if (got < 0)
        return error_set(e, "the graph of %u vertices and %llu edges is too large to be cut",
                         csr->vertices, (unsigned long long)g->edge_count);
    return 0;
}
