/* test_metis_graph.c - the reader of graph files: valid files, refused files and the messages about
 * them. */
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"
#include "workloads/import/metis_graph.h"

static char *directory;

START_TEST(a_graph_is_read_with_all_its_weights)
{
    struct metis_graph g;
    struct error e = {""};
    const char *path = path_in(directory, "g");
    write_text(path, "% what it is\n4 3 111\n10 5 3 2 2 7\n\t0 1 1 7\r\n6 2 1 2 4 9\n% late\n"
                     "4294967295 1 3 9\n\n% the end");
    ck_assert_msg(metis_graph_open(path, &g, &e) == 0, "%s", e.text);
    static const uint32_t offset[] = {0, 2, 3, 5, 6}, neighbour[] = {1, 2, 0, 0, 3, 2},
                          edge_weight[] = {7, 2, 7, 2, 9, 9}, vertex_weight[] = {5, 1, 2, 1},
                          bytes[] = {10, 0, 6, UINT32_MAX};
    ck_assert_uint_eq(g.csr.vertices, 4);
    ck_assert_mem_eq(g.csr.offset, offset, sizeof(offset));
    ck_assert_mem_eq(g.csr.neighbour, neighbour, sizeof(neighbour));
    ck_assert_mem_eq(g.csr.edge_weight, edge_weight, sizeof(edge_weight));
    ck_assert_mem_eq(g.csr.vertex_weight, vertex_weight, sizeof(vertex_weight));
    ck_assert_mem_eq(g.bytes, bytes, sizeof(bytes));
    metis_graph_finish(&g);
}
END_TEST

START_TEST(a_graph_without_weights_gets_weights_of_one)
{
    struct metis_graph g;
    struct error e = {""};
    const char *path = path_in(directory, "g");
    write_text(path, "3 1\n\n3\n2");
    ck_assert_msg(metis_graph_open(path, &g, &e) == 0, "%s", e.text);
    ck_assert_uint_eq(g.csr.offset[3], 2);
    for (int v = 0; v < 3; v++) ck_assert_uint_eq(g.csr.vertex_weight[v], 1);
    for (int i = 0; i < 2; i++) ck_assert_uint_eq(g.csr.edge_weight[i], 1);
    ck_assert_ptr_null(g.bytes);
    metis_graph_finish(&g);
}
END_TEST

static const char *const wrong_graphs[][2] = {
    {"", ":1: expected `VERTICES EDGES`, found the end of the file"},
    {"% nothing\n", ":2: expected `VERTICES EDGES`, found the end of the file"},
    {"3\n", ":1: expected the number of edges, found the end of the line"},
    {"three 2\n", ":1: expected the number of vertices from 0 to 2147483647, found 'three'"},
    {"3 -2\n", ":1: expected the number of edges from 0 to 1073741823, found '-2'"},
    {"3 2 12\n", ":1: expected a format of up to three digits 0 and 1, found '12'"},
    {"3 2 10 2\n", ":1: expected one weight a vertex, found 2"},
    {"3 2 10 1 5\n", ":1: expected the end of the line, found '5'"},
    {"3 2\n2\n1 3\n", ":4: expected 3 lines of vertices, found 2"},
    {"3 2\n2\n1 3\n2\n1\n", ":5: expected the end of the file after 3 vertices, found '1'"},
    {"3 2\n2\n3\n2\n", ":3: expected 1 among the neighbours of 2, as line 2 has it the other way "
                       "round"},
    {"3 2\n2\n1 3\n\n", ":4: expected 2 among the neighbours of 3, as line 3 has it the other way "
                        "round"},
    {"2 1\n1\n1\n", ":2: expected other vertices, found 1 itself"},
    {"2 1\n2\n3\n", ":3: expected a neighbour from 1 to 2, found '3'"},
    {"2 1\n2\n0\n", ":3: expected a neighbour from 1 to 2, found '0'"},
    {"2 1\n2x\n1\n", ":2: expected a neighbour from 1 to 2, found '2x'"},
    {"2 2\n2 2\n1 1\n", ":2: expected each neighbour once, found 2 twice"},
    {"3 3\n2\n1 3 1 3\n2\n", ":3: expected each neighbour once, found 1 twice"},
    {"2 2\n2\n1\n", ":4: expected 2 edges in all, found 1"},
    {"3 1\n2 3\n1\n1\n", ":3: expected 1 edges in all, found one more"},
    {"2 1 1\n2\n1\n", ":2: expected the weight of the edge, found the end of the line"},
    {"2 1 1\n2 0\n1 0\n", ":2: expected the weight of the edge from 1 to 4294967295, found '0'"},
    {"2 1 1\n2 5\n1 6\n", ":2: expected the weight 6 of the edge to 2, as in line 3, found 5"},
    {"2 1 10\n\n", ":2: expected the weight of the vertex, found the end of the line"},
    {"2 1 100\n1 2\nx\n", ":3: expected the size of the vertex from 0 to 4294967295, found 'x'"},
};

START_TEST(a_bad_graph_is_refused_with_line_and_reason)
{
    const char *path = path_in(directory, "bad.graph");
    struct metis_graph g;
    struct error e = {""};
    write_text(path, wrong_graphs[_i][0]);
    ck_assert_int_eq(metis_graph_open(path, &g, &e), -1);
    ck_assert_msg(strncmp(e.text, path, strlen(path)) == 0, "%s", e.text);
    ck_assert_str_eq(e.text + strlen(path), wrong_graphs[_i][1]);
    metis_graph_finish(&g);
}
END_TEST

START_TEST(a_file_of_parts_is_read_or_refused_with_its_line)
{
    const char *path = path_in(directory, "parts");
    struct error e = {""};
    uint32_t part[3];
    write_text(path, "% best of all\n1\n 0 \n% and\n4294967295\n\n");
    ck_assert_msg(metis_parts_open(path, 3, part, &e) == 0, "%s", e.text);
    ck_assert(part[0] == 1 && part[1] == 0 && part[2] == UINT32_MAX);
    static const char *const wrong[][2] = {
        {"1\n0\n", ":3: expected the parts of 3 vertices, found 2"},
        {"1\n0\n0\n0\n", ":4: expected the parts of 3 vertices, found one more"},
        {"1 0\n", ":1: expected one part a line, found '0' as well"},
        {"1\n\n0\n0\n", ":2: expected the number of a part, found the end of the line"},
        {"-1\n", ":1: expected the number of a part from 0 to 4294967295, found '-1'"}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        write_text(path, wrong[i][0]);
        ck_assert_int_eq(metis_parts_open(path, 3, part, &e), -1);
        ck_assert_str_eq(e.text + strlen(path), wrong[i][1]);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("metis graph");
    directory = test_scratch_directory();
    TCase *c = tcase_create("reader");
    tcase_add_test(c, a_graph_is_read_with_all_its_weights);
    tcase_add_test(c, a_graph_without_weights_gets_weights_of_one);
    tcase_add_loop_test(c, a_bad_graph_is_refused_with_line_and_reason, 0,
                        (int)(sizeof(wrong_graphs) / sizeof(wrong_graphs[0])));
    tcase_add_test(c, a_file_of_parts_is_read_or_refused_with_its_line);
    suite_add_tcase(s, c);
    int status = test_main(s);
    free(directory);
    return status;
}
