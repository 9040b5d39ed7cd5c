/* test_partitioner.c - guarantees of every partitioner, and savings of those that use the current
 * placement. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "proto/partition/graph.h"
#include "tests/lib/harness.h"

static const struct partitioner *strategy(int i)
{
    return partitioner_at((uint32_t)i);
}

/* The largest imbalance, in permille, that a result may have: as allowed, or as the rounded mean
 * and the heaviest vertex force it to be. */
static uint32_t forced_permille(const struct graph_csr *g, uint32_t parts, uint32_t allowed)
{
    uint64_t sum = 0, load = partition_load_max(g, parts, allowed);
    for (uint32_t v = 0; v < g->vertices; v++) sum += g->vertex_weight[v];
    ck_assert_uint_gt(sum, 0);
    return sum > 0 ? (uint32_t)((load * parts * 1000 + sum - 1) / sum) - 1000 : 0;
}

/* Partitions twice: with the same result, and with valid part numbers. */
static void cut(const struct partitioner *p, const struct partition_request *r, uint32_t *part)
{
    uint32_t vertices = r->graph->vertices;
    uint32_t *again = calloc(vertices + 1, sizeof(*again));
    ck_assert_int_eq(p->cut(r, part), 0);
    ck_assert_int_eq(p->cut(r, again), 0);
    if (vertices > 0) ck_assert_mem_eq(part, again, vertices * sizeof(*part));
    for (uint32_t v = 0; v < vertices; v++) ck_assert_uint_lt(part[v], r->parts);
    free(again);
}

/* A grid, its vertices numbered row by row. */
static void build_grid(uint32_t side, uint32_t weight, struct graph_snapshot *out)
{
    struct graph *g = graph_create();
    for (uint32_t y = 0; y < side; y++)
        for (uint32_t x = 0; x < side; x++) {
            uint32_t v = y * side + x;
            graph_touch(g, v, weight);
            if (x > 0) graph_join(g, v, v - 1, weight);
            if (y > 0) graph_join(g, v, v - side, weight);
        }
    graph_snapshot(g, out);
    graph_destroy(g);
}

/* --- conformance: once for each line of the table -----------------------------------------------
 */

START_TEST(a_graph_without_edges_is_balanced_by_weight)
{
    uint32_t offset[9] = {0}, weight[8] = {10, 1, 1, 7, 5, 5, 1, 2}, part[8];
    struct graph_csr g = {8, offset, NULL, NULL, weight};
    uint64_t load[2] = {0};
    struct partition_request r = {&g, 2, 200, 1, NULL, NULL};
    cut(strategy(_i), &r, part);
    for (int i = 0; i < 8; i++) load[part[i]] += weight[i];
    ck_assert_uint_eq(load[0], 16);
    ck_assert_uint_eq(load[1], 16);
    for (r.parts = 1; r.parts <= 12; r.parts++) { /* also more parts than vertices */
        uint32_t used[12] = {0};
        cut(strategy(_i), &r, part);
        for (int i = 0; i < 8; i++) used[part[i]]++;
        for (uint32_t p = 0; p < r.parts && r.parts <= 8; p++) ck_assert_uint_gt(used[p], 0);
    }
    g.vertices = 0;
    r.parts = 3;
    cut(strategy(_i), &r, part);
}
END_TEST

/* Stars or not; with heavy vertices or not. */
static void build_random(struct random *r, uint32_t vertices, bool star, uint32_t weight_max,
                         struct graph_snapshot *out)
{
    struct graph *g = graph_create();
    for (uint32_t v = 0; v < vertices; v++)
        graph_touch(g, v, 1 + (uint32_t)random_below(r, weight_max));
    for (uint64_t i = random_below(r, vertices * 3); i > 0; i--) {
        uint32_t a = star ? 0 : (uint32_t)random_below(r, vertices);
        uint32_t b = (uint32_t)random_below(r, vertices);
        if (a != b) graph_join(g, a, b, 1 + a * b % 7);
    }
    graph_snapshot(g, out);
    graph_destroy(g);
}

START_TEST(every_part_of_a_random_graph_has_a_vertex)
{
    enum { MOST = 60 };
    struct random r = random_named(1, "test", "graphs");
    for (int round = 0; round < 300; round++) {
        uint32_t n = 1 + (uint32_t)random_below(&r, MOST), k = 1 + (uint32_t)random_below(&r, 16);
        uint32_t part[MOST], present[MOST], used[16] = {0};
        struct graph_snapshot s;
        build_random(&r, n, round % 3 == 0, round % 2 ? 3 : 1000, &s);
        for (uint32_t v = 0; v < n; v++) /* a few of them not yet placed */
            present[v] = (uint32_t)random_below(&r, k + 2);
        struct partition_request request = {&s.csr, k, 200, (uint64_t)round, NULL, NULL};
        if (round % 5 > 1) request.present = present;
        cut(strategy(_i), &request, part);
        for (uint32_t v = 0; v < n; v++) used[part[v]]++;
        for (uint32_t p = 0; p < k && n >= k; p++) ck_assert_uint_gt(used[p], 0);
        graph_snapshot_finish(&s);
    }
}
END_TEST

/* Reads a file from the beginning; returns its length. */
static size_t read_output(FILE *file, char text[static 256])
{
    rewind(file);
    size_t bytes = fread(text, 1, 255, file);
    text[bytes] = 0;
    return bytes;
}

/* Standard output is for tables: libraries print nothing there, nor on standard error, even for
 * graphs that are hard to cut: a few heavy vertices, few vertices for each part. */
START_TEST(a_partitioner_prints_nothing)
{
    enum { MOST = 60, ROUNDS = 2000 };
    struct random r = random_named(1, "test", "skewed");
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    fflush(stdout);
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t n = 2 + (uint32_t)random_below(&r, MOST - 2), part[MOST];
        uint32_t k = 2 + (uint32_t)random_below(&r, n / (1 + random_below(&r, 5)) + 1);
        if (round % 2 == 0 && n > 2) k = n - 1;
        uint32_t heavy = (uint32_t)random_below(&r, 4);
        uint32_t weight = round % 3 == 0 ? 1 : round % 3 == 1 ? 1000 : 100000000;
        struct graph *g = graph_create();
        struct graph_snapshot s;
        for (uint32_t v = 0; v < n; v++)
            graph_touch(g, v, v < heavy ? weight : 1u << random_below(&r, round % 5 ? 1 : 20));
        for (uint64_t i = 1 + random_below(&r, 3 * n); i > 0; i--) {
            uint32_t a = (uint32_t)random_below(&r, n), b = (uint32_t)random_below(&r, n);
            if (a != b) graph_join(g, a, b, 1);
        }
        graph_snapshot(g, &s);
        struct partition_request request = {&s.csr, k, 200, (uint64_t)round, NULL, NULL};
        strategy(_i)->cut(&request, part);
        graph_snapshot_finish(&s);
        graph_destroy(g);
    }
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    char text[256];
    ck_assert_msg(read_output(file, text) == 0, "%s prints: %s", strategy(_i)->name, text);
    fclose(file);
}
END_TEST

/* Also with the largest weights that a number can hold, and with little or no allowance. */
START_TEST(the_allowed_imbalance_is_not_exceeded)
{
    static const uint32_t weights[] = {1, 1000, UINT32_MAX}, allowed[] = {0, 10, 50, 200};
    enum { SIDE = 24 };
    for (size_t w = 0; w < 3; w++) {
        struct graph_snapshot s;
        uint32_t part[SIDE * SIDE];
        build_grid(SIDE, weights[w], &s);
        for (size_t a = 0; a < 4; a++)
            for (uint32_t k = 1; k <= 64; k = k * 2 + k % 3) {
                struct partition_request r = {&s.csr, k, allowed[a], 1, NULL, NULL};
                cut(strategy(_i), &r, part);
                uint32_t got = partition_imbalance_permille(&s.csr, k, part);
                uint32_t most =
                    weights[w] == 1 ? forced_permille(&s.csr, k, allowed[a]) : allowed[a];
                /* Vertices of equal weight are balanced in whole numbers. */
                uint32_t whole = (SIDE * SIDE + k - 1) / k;
                uint32_t step = (whole * k * 1000 + SIDE * SIDE - 1) / (SIDE * SIDE) - 1000;
                ck_assert_msg(got <= (most > step ? most : step), "k=%u: %u of %u permille", k, got,
                              most);
            }
        graph_snapshot_finish(&s);
    }
}
END_TEST

START_TEST(two_cliques_joined_by_an_edge_are_separated)
{
    enum { SIZE = 12 };
    for (uint32_t weight = 1; weight < UINT32_MAX / 100; weight *= 100) {
        struct graph *g = graph_create();
        struct graph_snapshot s;
        uint32_t part[2 * SIZE];
        for (uint32_t v = 0; v < 2 * SIZE; v++) {
            graph_touch(g, v, weight);
            for (uint32_t u = v % 2; u < v; u += 2) graph_join(g, u, v, weight); /* odd and even */
        }
        graph_join(g, 6, 7, 1);
        graph_snapshot(g, &s);
        struct partition_request r = {&s.csr, 2, 200, 1, NULL, NULL};
        cut(strategy(_i), &r, part);
        for (uint32_t v = 0; v < 2 * SIZE; v++) ck_assert_uint_eq(part[v], part[v % 2]);
        ck_assert_uint_ne(part[0], part[1]);
        ck_assert_uint_eq(partition_cut(&s.csr, part), 1);
        graph_snapshot_finish(&s);
        graph_destroy(g);
    }
}
END_TEST

START_TEST(a_partition_of_a_grid_cuts_fewer_edges_than_a_random_one)
{
    enum { SIDE = 40 };
    struct graph_snapshot s;
    uint32_t part[SIDE * SIDE];
    build_grid(SIDE, 3, &s);
    for (uint32_t k = 2; k <= 16; k *= 2) {
        struct partition_request r = {&s.csr, k, 50, 7, NULL, NULL};
        cut(strategy(_i), &r, part);
        uint64_t by_random = (uint64_t)s.csr.offset[s.csr.vertices] / 2 * 3 * (k - 1) / k;
        ck_assert_uint_lt(partition_cut(&s.csr, part) * 3, by_random);
    }
    graph_snapshot_finish(&s);
}
END_TEST

/* --- the current placement ------------------------------------------------------------------- */

enum { GRID_SIDE = 40, GRID_VERTICES = GRID_SIDE * GRID_SIDE, GRID_PARTS = 8 };

START_TEST(a_permuted_placement_moves_no_vertex)
{
    struct graph_snapshot s;
    uint32_t part[GRID_VERTICES], present[GRID_VERTICES];
    build_grid(GRID_SIDE, 1, &s);
    for (uint32_t k = 2; k <= 128; k *= 2) {
        struct partition_request r = {&s.csr, k, 200, 1, NULL, NULL};
        cut(partitioner_find("metis"), &r, part);
        for (uint32_t v = 0; v < GRID_VERTICES; v++) present[v] = (part[v] * 5 + 3) % k;
        r.present = present;
        cut(partitioner_find("metis-relabel"), &r, part);
        ck_assert_uint_eq(partition_moved(&r, part).vertices, 0);
    }
    graph_snapshot_finish(&s);
}
END_TEST

/* A path of four: METIS cuts it in the middle; three of them hold few bytes, one many. */
START_TEST(parts_are_labelled_so_that_the_fewest_bytes_move)
{
    struct graph *g = graph_create();
    struct graph_snapshot s;
    for (uint32_t v = 0; v < 4; v++) graph_touch(g, v, 1);
    for (uint32_t v = 0; v < 3; v++) graph_join(g, v, v + 1, v == 1 ? 1 : 10);
    graph_snapshot(g, &s);
    uint32_t present[4] = {0, 1, 0, 0}, bytes[4] = {1, 9, 2, 2}, part[4];
    struct partition_request r = {&s.csr, 2, 0, 1, present, NULL};
    cut(partitioner_find("metis-relabel"), &r, part);
    ck_assert(part[0] == 1 && part[1] == 1 && part[2] == 0 && part[3] == 0);
    ck_assert_uint_eq(partition_moved(&r, part).vertices, 1);
    present[2] = 1;
    bytes[3] = 7;
    r.bytes = bytes; /* by number of vertices both labellings are equal */
    cut(partitioner_find("metis-relabel"), &r, part);
    ck_assert(part[0] == 1 && part[1] == 1 && part[2] == 0 && part[3] == 0);
    ck_assert_uint_eq(partition_moved(&r, part).bytes, 3);
    bytes[0] = 90;
    cut(partitioner_find("metis-relabel"), &r, part);
    ck_assert(part[0] == 0 && part[1] == 0 && part[2] == 1 && part[3] == 1);
    ck_assert_uint_eq(partition_moved(&r, part).bytes, 16);
    graph_snapshot_finish(&s);
    graph_destroy(g);
}
END_TEST

/* Some vertices have been moved away, and a corner has more load. */
START_TEST(partitioners_that_use_the_current_placement_move_less)
{
    static const char *const name[] = {"metis-relabel", "scotch-remap", "fennel"};
    struct graph_snapshot s;
    uint32_t part[GRID_VERTICES], present[GRID_VERTICES], by_metis[GRID_VERTICES];
    struct random random = random_named(1, "test", "moves");
    build_grid(GRID_SIDE, 2, &s);
    struct partition_request r = {&s.csr, GRID_PARTS, 100, 1, NULL, NULL};
    cut(partitioner_find("scotch-remap"), &r, present);
    for (uint32_t v = 0; v < GRID_VERTICES; v++) {
        if (random_chance(&random, 1, 10))
            present[v] = (uint32_t)random_below(&random, GRID_PARTS + 1); /* or nowhere */
        if (v % GRID_SIDE < 10 && v / GRID_SIDE < 10) s.vertex_weight[v] = 3;
    }
    r.present = present;
    r.seed = 2;
    cut(partitioner_find("metis"), &r, by_metis);
    cut(partitioner_find(name[_i]), &r, part);
    uint64_t moved = partition_moved(&r, part).vertices;
    ck_assert_msg(moved * 2 < partition_moved(&r, by_metis).vertices, "%s moves %llu, metis %llu",
                  name[_i], (unsigned long long)moved,
                  (unsigned long long)partition_moved(&r, by_metis).vertices);
    ck_assert_uint_lt(partition_cut(&s.csr, part) * 2, partition_cut(&s.csr, present));
    ck_assert_uint_le(partition_imbalance_permille(&s.csr, GRID_PARTS, part), 100);
    graph_snapshot_finish(&s);
}
END_TEST

/* Without changes no vertex moves, not even vertices without edges. */
START_TEST(vertices_without_edges_stay_if_balance_allows)
{
    static const char *const name[] = {"metis-relabel", "scotch-remap", "fennel"};
    uint32_t offset[11] = {0}, weight[10], part[10];
    const uint32_t present[10] = {1, 1, 1, 1, 1, 1, 0, 0, 0, 5};
    for (int v = 0; v < 10; v++) weight[v] = 4;
    struct graph_csr g = {10, offset, NULL, NULL, weight};
    struct partition_request r = {&g, 2, 200, 1, present, NULL};
    cut(partitioner_find(name[_i]), &r, part);
    for (int v = 0; v < 9; v++) ck_assert_uint_eq(part[v], present[v]);
    ck_assert_uint_eq(part[9], 0);
    r.imbalance_permille = 0;
    cut(partitioner_find(name[_i]), &r, part);
    ck_assert_uint_eq(partition_moved(&r, part).vertices, 1);
    ck_assert_uint_eq(partition_imbalance_permille(&g, 2, part), 0);
}
END_TEST

START_TEST(partitioners_are_found_by_their_names)
{
    ck_assert_ptr_null(partitioner_find("metisse"));
    for (uint32_t i = 0; partitioner_at(i); i++)
        ck_assert_ptr_eq(partitioner_find(partitioner_at(i)->name), partitioner_at(i));
}
END_TEST

START_TEST(measures_of_a_partition_count_each_edge_once_and_round_up)
{
    const uint32_t offset[] = {0, 1, 3, 4}, neighbour[] = {1, 0, 2, 1}, edge[] = {5, 5, 7, 7};
    const uint32_t weight[] = {1, 1, 1}, part[] = {0, 1, 1}, present[] = {1, 1, 9};
    const uint32_t bytes[] = {100, 200, 400};
    const struct graph_csr g = {3, offset, neighbour, edge, weight};
    ck_assert_uint_eq(partition_cut(&g, part), 5);
    ck_assert_uint_eq(partition_imbalance_permille(&g, 2, part), 334);
    ck_assert_uint_eq(partition_load_max(&g, 2, 0), 2);
    ck_assert_uint_eq(partition_load_max(&g, 2, 999), 2);
    ck_assert_uint_eq(partition_load_max(&g, 2, 1000), 3);
    const struct partition_request r = {&g, 2, 0, 1, present, bytes};
    ck_assert_uint_eq(partition_moved(&r, part).vertices, 1);
    ck_assert_uint_eq(partition_moved(&r, part).bytes, 100);
}
END_TEST

int main(void)
{
    int strategies = 0;
    while (strategy(strategies)) strategies++;
    Suite *s = suite_create("partitioner");
    TCase *c = tcase_create("conformance");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, a_graph_without_edges_is_balanced_by_weight, 0, strategies);
    tcase_add_loop_test(c, every_part_of_a_random_graph_has_a_vertex, 0, strategies);
    tcase_add_loop_test(c, a_partitioner_prints_nothing, 0, strategies);
    tcase_add_loop_test(c, the_allowed_imbalance_is_not_exceeded, 0, strategies);
    tcase_add_loop_test(c, two_cliques_joined_by_an_edge_are_separated, 0, strategies);
    tcase_add_loop_test(c, a_partition_of_a_grid_cuts_fewer_edges_than_a_random_one, 0, strategies);
    suite_add_tcase(s, c);
    c = tcase_create("current placement");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_permuted_placement_moves_no_vertex);
    tcase_add_test(c, parts_are_labelled_so_that_the_fewest_bytes_move);
    tcase_add_loop_test(c, partitioners_that_use_the_current_placement_move_less, 0, 3);
    tcase_add_loop_test(c, vertices_without_edges_stay_if_balance_allows, 0, 3);
    tcase_add_test(c, partitioners_are_found_by_their_names);
    tcase_add_test(c, measures_of_a_partition_count_each_edge_once_and_round_up);
    suite_add_tcase(s, c);
    return test_main(s);
}
