/* fuzz_graph.c - any bytes as a graph file: refused, or read as a valid graph, without a crash.
 *
 * Linked to libFuzzer (clang -fsanitize=fuzzer -DLIBFUZZER) it searches; alone it replays the files
 * of tests/fuzz/corpus/graph, whole, cut short and with single bytes changed. */
#include <assert.h>
#include <stdint.h>

#include "tests/lib/fuzz.h"
#include "workloads/import/metis_graph.h"

enum { BYTES_MAX = 1 << 16 };

static void read_graph_arrays(const struct graph_csr *g)
{
    assert(g->offset[0] == 0);
    for (uint32_t v = 0; v < g->vertices; v++) {
        assert(g->vertex_weight[v] > 0 && g->offset[v] <= g->offset[v + 1]);
        for (uint32_t i = g->offset[v]; i < g->offset[v + 1]; i++) {
            assert(g->neighbour[i] < g->vertices && g->neighbour[i] != v);
            assert(g->edge_weight[i] > 0);
            assert(i == g->offset[v] || g->neighbour[i - 1] < g->neighbour[i]);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes == 0 || bytes > BYTES_MAX) return 0;
    struct error e = {""};
    static uint8_t copy[BYTES_MAX];
    memcpy(copy, data, bytes);
    struct lines *lines = lines_attach(fmemopen(copy, bytes, "rb"), "input", &e);
    if (!lines) return 0;
    struct metis_graph graph;
    if (metis_graph_read(lines, &graph, &e) == 0)
        read_graph_arrays(&graph.csr);
    else
        assert(strncmp(e.text, "input:", 6) == 0);
    metis_graph_finish(&graph);
    lines_close(lines);
    return 0;
}

#ifndef LIBFUZZER
int main(void)
{
    return fuzz_replay("fuzz graph", "tests/fuzz/corpus/graph", 10);
}
#endif
