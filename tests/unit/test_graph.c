/* test_graph.c - the graph of a workload: contributions of commands, ageing, hints, snapshots. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "proto/partition/graph.h"
#include "tests/lib/harness.h"

/* The weight of an edge, or of a vertex where a == b; 0: not there. */
static uint32_t weight_of(const struct graph *g, uint32_t a, uint32_t b)
{
    struct graph_snapshot s;
    uint32_t weight = 0;
    graph_snapshot(g, &s);
    for (uint32_t v = 0; v < s.csr.vertices; v++) {
        if (s.granule[v] != a) continue;
        if (a == b) weight = s.csr.vertex_weight[v];
        for (uint32_t i = s.csr.offset[v]; i < s.csr.offset[v + 1]; i++)
            if (s.granule[s.csr.neighbour[i]] == b) weight = s.csr.edge_weight[i];
    }
    graph_snapshot_finish(&s);
    return weight;
}

static uint64_t fingerprint(const struct graph *g)
{
    struct graph_snapshot s;
    uint64_t hash = 0;
    graph_snapshot(g, &s);
    for (uint32_t v = 0; v < s.csr.vertices; v++) {
        hash = hash_add(hash, (uint64_t)s.granule[v] << 32 | s.csr.vertex_weight[v]);
        for (uint32_t i = s.csr.offset[v]; i < s.csr.offset[v + 1]; i++)
            hash = hash_add(hash, (uint64_t)s.csr.neighbour[i] << 32 | s.csr.edge_weight[i]);
    }
    graph_snapshot_finish(&s);
    return hash;
}

/* Commands of 1 to 12 granules out of 3000, drawn from a seed. */
static void add_commands(struct graph *g, uint64_t seed, int commands)
{
    struct random r = random_named(seed, "test", "commands");
    for (int c = 0; c < commands; c++) {
        uint32_t granules[12], count = 1 + (uint32_t)random_below(&r, 12);
        granules[0] = (uint32_t)random_below(&r, 2000);
        for (uint32_t i = 1; i < count; i++)
            granules[i] = granules[i - 1] + 1 + (uint32_t)random_below(&r, 80);
        graph_add_command(g, granules, count, granules[random_below(&r, count)]);
    }
}

START_TEST(weights_add_up_and_saturate)
{
    struct graph *g = graph_create();
    ck_assert(graph_empty(g));
    graph_touch(g, 7, 3);
    graph_touch(g, 7, 4);
    graph_touch(g, 8, 0);
    graph_join(g, 9, 7, 5);
    graph_join(g, 7, 9, 1);
    ck_assert_uint_eq(graph_vertex_count(g), 1);
    ck_assert_uint_eq(graph_edge_count(g), 1);
    ck_assert(!graph_empty(g));
    ck_assert_uint_eq(weight_of(g, 7, 7), 7);
    ck_assert_uint_eq(weight_of(g, 7, 9), 6);
    ck_assert_uint_eq(weight_of(g, 9, 9), 1); /* never touched, but the end of an edge */
    graph_touch(g, 7, UINT32_MAX - 3);
    graph_join(g, 7, 9, UINT32_MAX);
    ck_assert_uint_eq(weight_of(g, 7, 7), UINT32_MAX);
    ck_assert_uint_eq(weight_of(g, 9, 7), UINT32_MAX);
    graph_destroy(g);
    graph_destroy(NULL);
}
END_TEST

START_TEST(small_commands_become_cliques_and_large_ones_stars)
{
    uint32_t granules[1000];
    for (uint32_t i = 0; i < 1000; i++) granules[i] = 10 + 3 * i;
    struct graph *g = graph_create();
    graph_add_command(g, granules, GRAPH_CLIQUE_MAX, granules[2]);
    ck_assert_uint_eq(graph_edge_count(g), GRAPH_CLIQUE_MAX * (GRAPH_CLIQUE_MAX - 1) / 2);
    graph_destroy(g);
    g = graph_create();
    graph_add_command(g, granules, GRAPH_CLIQUE_MAX + 1, granules[2]);
    ck_assert_uint_eq(graph_edge_count(g), GRAPH_CLIQUE_MAX);
    for (uint32_t i = 0; i <= GRAPH_CLIQUE_MAX; i++)
        if (i != 2) ck_assert_uint_eq(weight_of(g, granules[2], granules[i]), 1);
    ck_assert_uint_eq(graph_vertex_count(g), GRAPH_CLIQUE_MAX + 1);
    graph_destroy(g);
    g = graph_create();
    graph_add_command(g, granules, 1000, granules[999]);
    ck_assert_uint_eq(graph_vertex_count(g), 1000);
    ck_assert_uint_eq(graph_edge_count(g), GRAPH_STAR_MAX);
    uint32_t low = 0;
    for (uint32_t i = 0; i < 500; i++) low += weight_of(g, granules[999], granules[i]);
    ck_assert_uint_ge(low, GRAPH_STAR_MAX / 2 - 1);
    ck_assert_uint_le(low, GRAPH_STAR_MAX / 2 + 1);
    graph_destroy(g);
}
END_TEST

START_TEST(vertices_and_edges_that_age_to_zero_are_removed)
{
    struct graph *g = graph_create(), *halved = graph_create();
    for (uint32_t i = 0; i < 5000; i++) {
        graph_touch(g, i, i % 10);
        graph_join(g, i, i + 1, i % 7 + 1);
        graph_touch(halved, i, i % 10 / 2);
        graph_join(halved, i, i + 1, (i % 7 + 1) / 2);
    }
    graph_age(g, 500);
    ck_assert_uint_eq(graph_vertex_count(g), 4000);
    ck_assert_uint_eq(graph_edge_count(g), graph_edge_count(halved));
    ck_assert_uint_eq(fingerprint(g), fingerprint(halved));
    add_commands(g, 1, 300); /* the table is still consistent */
    add_commands(halved, 1, 300);
    ck_assert_uint_eq(fingerprint(g), fingerprint(halved));
    graph_age(g, 1000);
    ck_assert_uint_eq(fingerprint(g), fingerprint(halved));
    graph_age(g, 0);
    ck_assert(graph_empty(g));
    graph_destroy(g);
    graph_destroy(halved);
}
END_TEST

/* Two senders drain their hints piece by piece, one of them while it still collects. */
START_TEST(merged_hints_are_the_whole_graph)
{
    struct graph *sender[2] = {graph_create(), graph_create()};
    struct graph *oracle = graph_create(), *whole = graph_create();
    struct graph_item items[97];
    uint32_t count;
    add_commands(sender[0], 1, 2000);
    add_commands(sender[1], 2, 2000);
    for (uint64_t seed = 1; seed <= 2; seed++) add_commands(whole, seed, 2000);
    for (int i = 0; (count = graph_drain(sender[0], items, 97)) > 0; i++) {
        graph_merge(oracle, items, count);
        if (i >= 50) continue;
        add_commands(sender[0], 100 + (uint64_t)i, 3);
        add_commands(whole, 100 + (uint64_t)i, 3);
    }
    while ((count = graph_drain(sender[1], items, 97)) > 0) graph_merge(oracle, items, count);
    for (int i = 0; i < 2; i++) ck_assert(graph_empty(sender[i]));
    ck_assert_uint_eq(graph_vertex_count(oracle), graph_vertex_count(whole));
    ck_assert_uint_eq(graph_edge_count(oracle), graph_edge_count(whole));
    ck_assert_uint_eq(fingerprint(oracle), fingerprint(whole));
    for (int i = 0; i < 2; i++) graph_destroy(sender[i]);
    graph_destroy(oracle);
    graph_destroy(whole);
}
END_TEST

START_TEST(drains_of_equal_graphs_are_equal)
{
    struct graph *g[2] = {graph_create(), graph_create()};
    struct graph_item items[2][64];
    for (int i = 0; i < 2; i++) add_commands(g[i], 5, 1000);
    do {
        uint32_t count[2];
        for (int i = 0; i < 2; i++) count[i] = graph_drain(g[i], items[i], 64);
        ck_assert_uint_eq(count[0], count[1]);
        ck_assert_mem_eq(items[0], items[1], count[0] * sizeof(items[0][0]));
    } while (!graph_empty(g[0]));
    for (int i = 0; i < 2; i++) graph_destroy(g[i]);
}
END_TEST

START_TEST(snapshots_are_symmetric_and_sorted)
{
    struct graph *g = graph_create();
    struct graph_snapshot s;
    add_commands(g, 3, 5000);
    graph_snapshot(g, &s);
    ck_assert_uint_eq(s.csr.vertices, graph_vertex_count(g));
    ck_assert_uint_eq(s.csr.offset[s.csr.vertices], 2 * graph_edge_count(g));
    for (uint32_t v = 0; v < s.csr.vertices; v++) {
        if (v > 0) ck_assert_uint_lt(s.granule[v - 1], s.granule[v]);
        for (uint32_t i = s.csr.offset[v]; i < s.csr.offset[v + 1]; i++)
            if (i > s.csr.offset[v]) ck_assert_uint_lt(s.csr.neighbour[i - 1], s.csr.neighbour[i]);
    }
    uint32_t ends = s.csr.offset[s.csr.vertices];
    uint32_t *offset = calloc(s.csr.vertices + 1, sizeof(*offset));
    uint32_t *neighbour = calloc(ends, sizeof(*neighbour)), *weight = calloc(ends, sizeof(*weight));
    graph_transpose(&s.csr, offset, neighbour, weight);
    ck_assert_mem_eq(offset, s.csr.offset, (s.csr.vertices + 1) * sizeof(*offset));
    ck_assert_mem_eq(neighbour, s.csr.neighbour, ends * sizeof(*neighbour));
    ck_assert_mem_eq(weight, s.csr.edge_weight, ends * sizeof(*weight));
    free(offset);
    free(neighbour);
    free(weight);
    graph_snapshot_finish(&s);
    graph_destroy(g);
    g = graph_create();
    graph_snapshot(g, &s);
    ck_assert_uint_eq(s.csr.vertices, 0);
    graph_snapshot_finish(&s);
    graph_destroy(g);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("graph");
    TCase *c = tcase_create("graph");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, weights_add_up_and_saturate);
    tcase_add_test(c, small_commands_become_cliques_and_large_ones_stars);
    tcase_add_test(c, vertices_and_edges_that_age_to_zero_are_removed);
    tcase_add_test(c, merged_hints_are_the_whole_graph);
    tcase_add_test(c, drains_of_equal_graphs_are_equal);
    tcase_add_test(c, snapshots_are_symmetric_and_sorted);
    suite_add_tcase(s, c);
    return test_main(s);
}
