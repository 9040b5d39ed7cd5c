/* test_graph_sample.c - an eighth of a graph's edges, set apart. */
#include "proto/partition/graph_sample.h"

#include "base/memory.h"
#include "proto/partition/graph.h"
#include "tests/lib/harness.h"

enum { UNIT = 16, VERTICES = 4000 };

/* A ring in which each edge is of so many accesses. */
static struct graph_snapshot ring(uint32_t weight)
{
    struct graph *g = graph_create();
    struct graph_snapshot snapshot;
    for (uint32_t v = 0; v < VERTICES; v++) {
        graph_touch(g, v, UNIT);
        graph_join(g, v, (v + 1) % VERTICES, weight);
    }
    graph_snapshot(g, &snapshot);
    graph_destroy(g);
    return snapshot;
}

static uint64_t edges(const struct graph_csr *g)
{
    return g->offset[g->vertices] / 2;
}

static uint64_t weight(const struct graph_csr *g)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < g->offset[g->vertices]; i++) sum += g->edge_weight[i];
    return sum / 2;
}

/* A row is ascending, and says of each edge what the other end's row says. */
static void assert_rows(const struct graph_csr *g)
{
    for (uint32_t v = 0; v < g->vertices; v++)
        for (uint32_t i = g->offset[v]; i < g->offset[v + 1]; i++) {
            uint32_t other = g->neighbour[i], back = g->offset[other];
            ck_assert_uint_gt(g->edge_weight[i], 0);
            while (back < g->offset[other + 1] && g->neighbour[back] != v) back++;
            ck_assert_uint_lt(back, g->offset[other + 1]);
            ck_assert_uint_eq(g->edge_weight[back], g->edge_weight[i]);
            if (i > g->offset[v]) ck_assert_uint_gt(other, g->neighbour[i - 1]);
        }
}

START_TEST(an_edge_of_one_access_is_in_one_of_the_graphs)
{
    struct graph_snapshot whole = ring(UNIT);
    struct graph_sample s;
    graph_sample(&whole.csr, UNIT, 7, &s);
    assert_rows(&s.rest);
    assert_rows(&s.apart);
    ck_assert_uint_eq(edges(&s.rest) + edges(&s.apart), VERTICES);
    ck_assert_double_eq_tol((double)edges(&s.apart) / VERTICES, 1.0 / 8, 0.02);
    graph_sample_finish(&s);
    graph_snapshot_finish(&whole);
}
END_TEST

START_TEST(an_edge_of_many_accesses_is_divided)
{
    struct graph_snapshot whole = ring(80 * UNIT);
    struct graph_sample s;
    graph_sample(&whole.csr, UNIT, 7, &s);
    assert_rows(&s.rest);
    assert_rows(&s.apart);
    for (uint32_t i = 0; i < s.apart.offset[VERTICES]; i++)
        ck_assert_uint_eq(s.apart.edge_weight[i], 10 * UNIT);
    ck_assert_uint_eq(weight(&s.rest) + weight(&s.apart), weight(&whole.csr));
    graph_sample_finish(&s);
    graph_snapshot_finish(&whole);
}
END_TEST

/* What has aged to less than an access stays together. */
START_TEST(an_old_edge_is_in_one_of_the_graphs)
{
    struct graph_snapshot whole = ring(UNIT / 4);
    struct graph_sample s;
    graph_sample(&whole.csr, UNIT, 7, &s);
    ck_assert_uint_eq(edges(&s.rest) + edges(&s.apart), VERTICES);
    ck_assert_double_eq_tol((double)edges(&s.apart) / VERTICES, 1.0 / 8, 0.02);
    graph_sample_finish(&s);
    graph_snapshot_finish(&whole);
}
END_TEST

START_TEST(the_seed_decides)
{
    struct graph_snapshot whole = ring(UNIT);
    struct graph_sample a, b, c;
    graph_sample(&whole.csr, UNIT, 1, &a);
    graph_sample(&whole.csr, UNIT, 1, &b);
    graph_sample(&whole.csr, UNIT, 2, &c);
    uint32_t ends = a.apart.offset[VERTICES];
    ck_assert_uint_eq(ends, b.apart.offset[VERTICES]);
    ck_assert_mem_eq(a.apart.neighbour, b.apart.neighbour, ends * sizeof(uint32_t));
    ck_assert_mem_ne(a.apart.offset, c.apart.offset, VERTICES * sizeof(uint32_t));
    graph_sample_finish(&a);
    graph_sample_finish(&b);
    graph_sample_finish(&c);
    graph_snapshot_finish(&whole);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("graph_sample");
    TCase *c = tcase_create("sample");
    tcase_add_test(c, an_edge_of_one_access_is_in_one_of_the_graphs);
    tcase_add_test(c, an_edge_of_many_accesses_is_divided);
    tcase_add_test(c, an_old_edge_is_in_one_of_the_graphs);
    tcase_add_test(c, the_seed_decides);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
