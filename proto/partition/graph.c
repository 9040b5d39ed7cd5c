/* graph.c - collects the graph of a workload (graph.h).
 *
 * One table with open addressing holds the weights of edges and, as edges from a vertex to itself,
 * those of vertices. Readers of the table sort its entries, or want them scattered. */
#include "proto/partition/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/random.h"

enum { SLOTS_MIN = 256 };

struct slot {
    uint64_t ends;   /* smaller granule << 32 | larger; the same twice: a vertex */
    uint32_t weight; /* 0: free */
};

struct graph {
    struct slot *slots;
    uint64_t slot_count; /* a power of two, at least twice what is in it */
    uint64_t vertex_count, edge_count;
    uint64_t drained; /* steps of graph_drain so far */
};

static uint32_t low_end(const struct slot *s)
{
    return (uint32_t)(s->ends >> 32);
}

static uint32_t high_end(const struct slot *s)
{
    return (uint32_t)s->ends;
}

static bool is_vertex(const struct slot *s)
{
    return low_end(s) == high_end(s);
}

struct graph *graph_create(void)
{
    struct graph *g = allocate_zeroed(1, sizeof(*g));
    g->slot_count = SLOTS_MIN;
    g->slots = allocate_zeroed(g->slot_count, sizeof(*g->slots));
    return g;
}

void graph_destroy(struct graph *g)
{
    if (!g) return;
    free(g->slots);
    free(g);
}

uint64_t graph_vertex_count(const struct graph *g)
{
    return g->vertex_count;
}

uint64_t graph_edge_count(const struct graph *g)
{
    return g->edge_count;
}

bool graph_empty(const struct graph *g)
{
    return g->vertex_count + g->edge_count == 0;
}

/* --- the table ----------------------------------------------------------------------------------
 */

static uint64_t home(const struct graph *g, uint64_t ends)
{
    return hash_mix(ends) & (g->slot_count - 1);
}

/* The slot that holds these ends, or the free one where they belong. */
static struct slot *find(const struct graph *g, uint64_t ends)
{
    uint64_t at = home(g, ends);
    while (g->slots[at].weight != 0 && g->slots[at].ends != ends)
        at = (at + 1) & (g->slot_count - 1);
    return &g->slots[at];
}

static void count_entry(struct graph *g, const struct slot *s, uint64_t change)
{
    if (is_vertex(s))
        g->vertex_count += change;
    else
        g->edge_count += change;
}

/* Moves all entries to a table of another size. */
static void resize(struct graph *g, uint64_t slot_count)
{
    ASSERT((slot_count & (slot_count - 1)) == 0);
    ASSERT(g->vertex_count + g->edge_count <= slot_count / 2);
    struct slot *old = g->slots;
    uint64_t old_count = g->slot_count;
    g->slot_count = slot_count;
    g->slots = allocate_zeroed(slot_count, sizeof(*g->slots));
    for (uint64_t i = 0; i < old_count; i++)
        if (old[i].weight != 0) *find(g, old[i].ends) = old[i];
    free(old);
}

static void add(struct graph *g, uint64_t ends, uint32_t weight)
{
    if (weight == 0) return;
    struct slot *s = find(g, ends);
    if (s->weight == 0) {
        if (g->vertex_count + g->edge_count >= g->slot_count / 2) {
            resize(g, g->slot_count * 2);
            s = find(g, ends);
        }
        s->ends = ends;
        count_entry(g, s, 1);
        ASSERT(g->vertex_count + g->edge_count <= g->slot_count / 2);
    }
    s->weight = weight < UINT32_MAX - s->weight ? s->weight + weight : UINT32_MAX;
}

/* Frees a slot (backward-shift deletion: entries displaced behind it move up). */
static void take_out(struct graph *g, uint64_t at)
{
    ASSERT(g->slots[at].weight > 0);
    ASSERT(g->vertex_count + g->edge_count > 0);
    uint64_t mask = g->slot_count - 1;
    count_entry(g, &g->slots[at], UINT64_MAX);
    for (uint64_t next = (at + 1) & mask; g->slots[next].weight != 0; next = (next + 1) & mask) {
        uint64_t wanted = home(g, g->slots[next].ends);
        if (((next - wanted) & mask) < ((next - at) & mask)) continue; /* not before its own slot */
        g->slots[at] = g->slots[next];
        at = next;
    }
    g->slots[at].weight = 0;
}

/* --- adding -------------------------------------------------------------------------------------
 */

void graph_touch(struct graph *g, uint32_t vertex, uint32_t weight)
{
    add(g, (uint64_t)vertex << 32 | vertex, weight);
}

void graph_join(struct graph *g, uint32_t a, uint32_t b, uint32_t weight)
{
    ASSERT(a != b);
    add(g, a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a, weight);
}

static void add_star(struct graph *g, const uint32_t *granules, uint32_t count, uint32_t centre)
{
    uint32_t place = 0;
    while (place < count && granules[place] != centre) place++;
    ASSERT(place < count);
    uint32_t others = count - 1, joined = others < GRAPH_STAR_MAX ? others : GRAPH_STAR_MAX;
    for (uint32_t i = 0; i < joined; i++) {
        uint32_t other = (uint32_t)((uint64_t)i * others / joined);
        ASSERT(other < others);
        graph_join(g, centre, granules[other < place ? other : other + 1], 1);
    }
}

void graph_add_command(struct graph *g, const uint32_t *granules, uint32_t count, uint32_t centre)
{
    for (uint32_t i = 0; i < count; i++) {
        ASSERT(i == 0 || granules[i - 1] < granules[i]);
        graph_touch(g, granules[i], 1);
    }
    if (count > GRAPH_CLIQUE_MAX) {
        add_star(g, granules, count, centre);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < i; j++) graph_join(g, granules[j], granules[i], 1);
}

void graph_age(struct graph *g, uint32_t permille)
{
    ASSERT(permille <= 1000);
    g->vertex_count = g->edge_count = 0;
    for (uint64_t i = 0; i < g->slot_count; i++) {
        struct slot *s = &g->slots[i];
        s->weight = (uint32_t)((uint64_t)s->weight * permille / 1000);
        if (s->weight > 0) count_entry(g, s, 1);
    }
    /* Also where the size stays, since removals have broken probe chains. */
    uint64_t slot_count = SLOTS_MIN;
    while (slot_count / 2 < g->vertex_count + g->edge_count) slot_count *= 2;
    resize(g, slot_count);
}

/* --- hints --------------------------------------------------------------------------------------
 */

uint32_t graph_drain(struct graph *g, struct graph_item *items, uint32_t max)
{
    /* From slot to slot in strides that are prime to their number, which scatters the entries: in
     * the order of the slots they would fill one range of the table that they are merged into
     * (clustering). */
    const uint64_t stride = UINT64_C(0x9e3779b97f4a7c15);
    uint32_t taken = 0;
    while (taken < max && !graph_empty(g)) {
        uint64_t at = (g->drained * stride) & (g->slot_count - 1);
        const struct slot *s = &g->slots[at];
        if (s->weight == 0) {
            g->drained++;
            continue;
        }
        items[taken++] = (struct graph_item){low_end(s), high_end(s), s->weight};
        take_out(g, at);
    }
    ASSERT(taken <= max);
    /* A large table with few entries is slow to drain the next time. */
    if (graph_empty(g) && g->slot_count > SLOTS_MIN) resize(g, SLOTS_MIN);
    return taken;
}

void graph_merge(struct graph *g, const struct graph_item *items, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].a == items[i].b)
            graph_touch(g, items[i].a, items[i].weight);
        else
            graph_join(g, items[i].a, items[i].b, items[i].weight);
    }
}

/* --- rows ---------------------------------------------------------------------------------------
 */

/* Numbers the granules densely, ascending, and fills in their weights; vertex numbers by granule.
 */
static uint32_t *number_vertices(const struct graph *g, struct graph_snapshot *out)
{
    uint64_t granules = 0;
    for (uint64_t i = 0; i < g->slot_count; i++)
        if (g->slots[i].weight != 0 && high_end(&g->slots[i]) >= granules)
            granules = (uint64_t)high_end(&g->slots[i]) + 1;
    uint32_t *vertex = allocate_zeroed(granules, sizeof(*vertex));
    for (uint64_t i = 0; i < g->slot_count; i++)
        if (g->slots[i].weight != 0)
            vertex[low_end(&g->slots[i])] = vertex[high_end(&g->slots[i])] = 1;
    uint32_t vertices = 0;
    for (uint64_t i = 0; i < granules; i++) vertices += vertex[i];
    out->granule = allocate_zeroed(vertices, sizeof(*out->granule));
    out->vertex_weight = allocate_zeroed(vertices, sizeof(*out->vertex_weight));
    vertices = 0;
    for (uint64_t i = 0; i < granules; i++) {
        if (vertex[i] == 0) continue;
        out->granule[vertices] = (uint32_t)i;
        out->vertex_weight[vertices] = 1;
        vertex[i] = vertices++;
    }
    ASSERT(vertices >= g->vertex_count);
    ASSERT(vertices <= granules);
    out->csr.vertices = vertices;
    for (uint64_t i = 0; i < g->slot_count; i++)
        if (g->slots[i].weight != 0 && is_vertex(&g->slots[i]))
            out->vertex_weight[vertex[low_end(&g->slots[i])]] = g->slots[i].weight;
    return vertex;
}

/* Computes where the rows begin. */
static void count_rows(const struct graph *g, const uint32_t *vertex, struct graph_snapshot *out)
{
    for (uint64_t i = 0; i < g->slot_count; i++) {
        const struct slot *s = &g->slots[i];
        if (s->weight == 0 || is_vertex(s)) continue;
        out->offset[vertex[low_end(s)] + 1]++;
        out->offset[vertex[high_end(s)] + 1]++;
    }
    for (uint32_t v = 0; v < out->csr.vertices; v++) out->offset[v + 1] += out->offset[v];
    ASSERT(out->offset[out->csr.vertices] == 2 * g->edge_count);
}

/* Writes the rows in the order of the table. next: by vertex, where its row goes on. */
static void fill_rows(const struct graph *g, const uint32_t *vertex, uint32_t *next,
                      uint32_t *neighbour, uint32_t *weight)
{
    for (uint64_t i = 0; i < g->slot_count; i++) {
        const struct slot *s = &g->slots[i];
        if (s->weight == 0 || is_vertex(s)) continue;
        uint32_t a = vertex[low_end(s)], b = vertex[high_end(s)];
        ASSERT(a < b);
        neighbour[next[a]] = b;
        weight[next[a]++] = s->weight;
        neighbour[next[b]] = a;
        weight[next[b]++] = s->weight;
    }
}

void graph_transpose(const struct graph_csr *from, uint32_t *offset, uint32_t *neighbour,
                     uint32_t *edge_weight)
{
    uint32_t vertices = from->vertices, ends = from->offset[vertices];
    memset(offset, 0, ((size_t)vertices + 1) * sizeof(*offset));
    for (uint32_t i = 0; i < ends; i++) offset[from->neighbour[i] + 1]++;
    for (uint32_t v = 0; v < vertices; v++) offset[v + 1] += offset[v];
    ASSERT(offset[vertices] == ends);
    uint32_t *next = allocate_zeroed(vertices, sizeof(*next));
    if (vertices > 0) memcpy(next, offset, vertices * sizeof(*next));
    for (uint32_t v = 0; v < vertices; v++)
        for (uint32_t i = from->offset[v]; i < from->offset[v + 1]; i++) {
            uint32_t to = next[from->neighbour[i]]++;
            neighbour[to] = v;
            edge_weight[to] = from->edge_weight[i];
        }
    free(next);
}

void graph_snapshot(const struct graph *g, struct graph_snapshot *out)
{
    uint64_t ends = g->edge_count * 2;
    ASSERT(ends <= UINT32_MAX);
    *out = (struct graph_snapshot){0};
    uint32_t *vertex = number_vertices(g, out);
    uint32_t vertices = out->csr.vertices;
    out->offset = allocate_zeroed((size_t)vertices + 1, sizeof(*out->offset));
    out->neighbour = allocate_zeroed(ends, sizeof(*out->neighbour));
    out->edge_weight = allocate_zeroed(ends, sizeof(*out->edge_weight));
    count_rows(g, vertex, out);
    uint32_t *neighbour = allocate_zeroed(ends, sizeof(*neighbour));
    uint32_t *weight = allocate_zeroed(ends, sizeof(*weight));
    uint32_t *next = allocate_zeroed((size_t)vertices + 1, sizeof(*next));
    memcpy(next, out->offset, vertices * sizeof(*next));
    fill_rows(g, vertex, next, neighbour, weight);
    struct graph_csr rows = {vertices, out->offset, neighbour, weight, out->vertex_weight};
    graph_transpose(&rows, next, out->neighbour, out->edge_weight);
    free(vertex);
    free(neighbour);
    free(weight);
    free(next);
    out->csr = (struct graph_csr){vertices, out->offset, out->neighbour, out->edge_weight,
                                  out->vertex_weight};
}

void graph_snapshot_finish(struct graph_snapshot *snapshot)
{
    free(snapshot->granule);
    free(snapshot->offset);
    free(snapshot->neighbour);
    free(snapshot->edge_weight);
    free(snapshot->vertex_weight);
    *snapshot = (struct graph_snapshot){0};
}
