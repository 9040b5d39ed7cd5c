/* metis_graph.c - reads graphs in METIS's format (metis_graph.h).
 *
 * The input is untrusted: the header's numbers are checked, and memory grows with the data read. To
 * check symmetry the rows are transposed twice, which makes two sorted copies to compare. */
#include "workloads/import/metis_graph.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "proto/partition/graph.h"

struct reader {
    struct lines *lines;
    struct error *e;
    char *text; /* the rest of the line */
    uint64_t vertices, edges;
    bool has_bytes, has_vertex_weights, has_edge_weights;
    struct metis_graph *out;
    uint64_t *line; /* by vertex: the number of its line */
    uint32_t line_room, bytes_room, weight_room, neighbour_room, edge_room, offset_room;
    uint32_t ends;
};

static const char blanks[] = " \t";

/* The next line that is no comment: as lines_next. */
static int next_line(struct reader *r)
{
    uint32_t length;
    int got;
    do got = lines_next(r->lines, &r->text, &length, r->e);
    while (got > 0 && r->text[0] == '%');
    return got;
}

/* Is there one more word in the line? */
static bool more(struct reader *r)
{
    r->text += strspn(r->text, blanks);
    return *r->text != '\0';
}

/* A number from low to high. what: its name, for the message. */
static int number(struct reader *r, const char *what, uint64_t low, uint64_t high, uint64_t *out)
{
    uint64_t value = 0;
    if (!more(r))
        return lines_error(r->lines, r->e, "expected %s, found the end of the line", what);
    size_t length = strcspn(r->text, blanks), digits = strspn(r->text, "0123456789");
    bool valid = digits == length;
    for (size_t i = 0; valid && i < length; i++) {
        value = value * 10 + (uint64_t)(r->text[i] - '0');
        valid = value <= high;
    }
    if (!valid || value < low)
        return lines_error(r->lines, r->e, "expected %s from %llu to %llu, found '%.*s'", what,
                           (unsigned long long)low, (unsigned long long)high,
                           length < 40 ? (int)length : 40, r->text);
    r->text += length;
    *out = value;
    return 0;
}

/* --- the header ---------------------------------------------------------------------------------
 */

static int read_format(struct reader *r)
{
    more(r);
    size_t length = strcspn(r->text, blanks);
    if (length > 3 || strspn(r->text, "01") < length)
        return lines_error(r->lines, r->e,
                           "expected a format of up to three digits 0 and 1, found '%.*s'",
                           length < 40 ? (int)length : 40, r->text);
    const char *last = r->text + length - 1;
    r->has_edge_weights = *last == '1';
    r->has_vertex_weights = length > 1 && last[-1] == '1';
    r->has_bytes = length > 2 && last[-2] == '1';
    r->text += length;
    return 0;
}

static int read_header(struct reader *r)
{
    uint64_t constraints;
    int got = next_line(r);
    if (got < 0) return -1;
    if (got == 0)
        return lines_error(r->lines, r->e, "expected `VERTICES EDGES`, found the end of the file");
    if (number(r, "the number of vertices", 0, INT32_MAX, &r->vertices) < 0 ||
        number(r, "the number of edges", 0, INT32_MAX / 2, &r->edges) < 0)
        return -1;
    if (!more(r)) return 0;
    if (read_format(r) < 0) return -1;
    if (more(r)) {
        if (number(r, "the number of weights a vertex", 0, 99, &constraints) < 0) return -1;
        if (constraints > 1)
            return lines_error(r->lines, r->e, "expected one weight a vertex, found %llu",
                               (unsigned long long)constraints);
    }
    return more(r)
               ? lines_error(r->lines, r->e, "expected the end of the line, found '%.40s'", r->text)
               : 0;
}

/* --- vertices -----------------------------------------------------------------------------------
 */

static int read_edge(struct reader *r, uint32_t vertex)
{
    uint64_t neighbour, weight = 1;
    struct metis_graph *g = r->out;
    if (number(r, "a neighbour", 1, r->vertices, &neighbour) < 0) return -1;
    if (neighbour == vertex + 1)
        return lines_error(r->lines, r->e, "expected other vertices, found %u itself", vertex + 1);
    if (r->has_edge_weights && number(r, "the weight of the edge", 1, UINT32_MAX, &weight) < 0)
        return -1;
    if (r->ends == 2 * r->edges)
        return lines_error(r->lines, r->e, "expected %llu edges in all, found one more",
                           (unsigned long long)r->edges);
    g->neighbour = array_grow32(g->neighbour, &r->neighbour_room, r->ends + 1, sizeof(uint32_t));
    g->edge_weight = array_grow32(g->edge_weight, &r->edge_room, r->ends + 1, sizeof(uint32_t));
    g->neighbour[r->ends] = (uint32_t)neighbour - 1;
    g->edge_weight[r->ends++] = (uint32_t)weight;
    return 0;
}

static int read_vertex(struct reader *r, uint32_t vertex)
{
    struct metis_graph *g = r->out;
    uint64_t bytes = 1, weight = 1;
    if (r->has_bytes && number(r, "the size of the vertex", 0, UINT32_MAX, &bytes) < 0) return -1;
    if (r->has_vertex_weights && number(r, "the weight of the vertex", 1, UINT32_MAX, &weight) < 0)
        return -1;
    g->vertex_weight =
        array_grow32(g->vertex_weight, &r->weight_room, vertex + 1, sizeof(uint32_t));
    g->vertex_weight[vertex] = (uint32_t)weight;
    if (r->has_bytes) {
        g->bytes = array_grow32(g->bytes, &r->bytes_room, vertex + 1, sizeof(uint32_t));
        g->bytes[vertex] = (uint32_t)bytes;
    }
    r->line = array_grow32(r->line, &r->line_room, vertex + 1, sizeof(*r->line));
    r->line[vertex] = lines_number(r->lines);
    while (more(r))
        if (read_edge(r, vertex) < 0) return -1;
    g->offset = array_grow32(g->offset, &r->offset_room, vertex + 2, sizeof(uint32_t));
    g->offset[vertex + 1] = r->ends;
    return 0;
}

static int read_vertices(struct reader *r)
{
    int got;
    r->out->offset = array_grow32(r->out->offset, &r->offset_room, 1, sizeof(uint32_t));
    r->out->offset[0] = 0;
    for (uint32_t vertex = 0; vertex < r->vertices; vertex++) {
        if ((got = next_line(r)) < 0) return -1;
        if (got == 0)
            return lines_error(r->lines, r->e, "expected %llu lines of vertices, found %u",
                               (unsigned long long)r->vertices, vertex);
        if (read_vertex(r, vertex) < 0) return -1;
    }
    while ((got = next_line(r)) > 0)
        if (more(r))
            return lines_error(r->lines, r->e,
                               "expected the end of the file after %llu vertices, found '%.40s'",
                               (unsigned long long)r->vertices, r->text);
    return got;
}

/* --- symmetry -----------------------------------------------------------------------------------
 */

/* Two rows of a vertex, ascending: the vertices it lists, and those that list it. */
struct row {
    uint32_t vertex;
    const uint32_t *named, *named_weight, *naming, *naming_weight;
    uint32_t named_count, naming_count;
};

/* Reports that `missing` is not a neighbour of `vertex`, but the other way round. */
static int one_sided(const struct reader *r, uint32_t vertex, uint32_t missing)
{
    return lines_error_at(r->lines, r->line[vertex], r->e,
                          "expected %u among the neighbours of %u, as line %llu has it the other "
                          "way round",
                          missing + 1, vertex + 1, (unsigned long long)r->line[missing]);
}

static int check_once(const struct reader *r, uint32_t vertex)
{
    const struct metis_graph *g = r->out;
    for (uint32_t i = g->offset[vertex] + 1; i < g->offset[vertex + 1]; i++)
        if (g->neighbour[i] == g->neighbour[i - 1])
            return lines_error_at(r->lines, r->line[vertex], r->e,
                                  "expected each neighbour once, found %u twice",
                                  g->neighbour[i] + 1);
    return 0;
}

static int check_row(const struct reader *r, const struct row *row)
{
    for (uint32_t i = 0; i < row->named_count || i < row->naming_count; i++) {
        uint32_t named = i < row->named_count ? row->named[i] : UINT32_MAX;
        uint32_t naming = i < row->naming_count ? row->naming[i] : UINT32_MAX;
        if (named < naming) return one_sided(r, named, row->vertex);
        if (naming < named) return one_sided(r, row->vertex, naming);
        if (row->named_weight[i] != row->naming_weight[i])
            return lines_error_at(r->lines, r->line[row->vertex], r->e,
                                  "expected the weight %u of the edge to %u, as in line %llu, "
                                  "found %u",
                                  row->naming_weight[i], named + 1,
                                  (unsigned long long)r->line[named], row->named_weight[i]);
    }
    return 0;
}

/* Sorts the rows, in place of those that were read, and compares them with their transpose. */
static int check_symmetry(struct reader *r)
{
    struct metis_graph *g = r->out;
    uint32_t vertices = (uint32_t)r->vertices;
    uint32_t *offset = allocate_zeroed((size_t)vertices + 1, sizeof(*offset));
    uint32_t *naming = allocate_zeroed(r->ends, sizeof(*naming));
    uint32_t *weight = allocate_zeroed(r->ends, sizeof(*weight));
    const struct graph_csr transposed = {vertices, offset, naming, weight, NULL};
    g->csr =
        (struct graph_csr){vertices, g->offset, g->neighbour, g->edge_weight, g->vertex_weight};
    graph_transpose(&g->csr, offset, naming, weight);
    graph_transpose(&transposed, g->offset, g->neighbour, g->edge_weight);
    int result = 0;
    for (uint32_t v = 0; v < vertices && result == 0; v++) result = check_once(r, v);
    for (uint32_t v = 0; v < vertices && result == 0; v++) {
        uint32_t at = g->offset[v], from = offset[v];
        struct row row = {.vertex = v,
                          .named = g->neighbour + at,
                          .named_weight = g->edge_weight + at,
                          .named_count = g->offset[v + 1] - at,
                          .naming = naming + from,
                          .naming_weight = weight + from,
                          .naming_count = offset[v + 1] - from};
        result = check_row(r, &row);
    }
    free(offset);
    free(naming);
    free(weight);
    return result;
}

static int read_graph(struct reader *r)
{
    struct metis_graph *g = r->out;
    if (read_header(r) < 0 || read_vertices(r) < 0) return -1;
    /* Allocated for a graph without edges, too. */
    g->neighbour = array_grow32(g->neighbour, &r->neighbour_room, 1, sizeof(uint32_t));
    g->edge_weight = array_grow32(g->edge_weight, &r->edge_room, 1, sizeof(uint32_t));
    if (check_symmetry(r) < 0) return -1;
    if (r->ends != 2 * r->edges)
        return lines_error(r->lines, r->e, "expected %llu edges in all, found %u",
                           (unsigned long long)r->edges, r->ends / 2);
    return 0;
}

int metis_graph_read(struct lines *lines, struct metis_graph *out, struct error *e)
{
    struct reader r = {.lines = lines, .e = e, .out = out};
    *out = (struct metis_graph){0};
    int got = read_graph(&r);
    free(r.line);
    return got;
}

int metis_graph_open(const char *path, struct metis_graph *out, struct error *e)
{
    *out = (struct metis_graph){0};
    struct lines *lines = lines_open(path, e);
    if (!lines) return -1;
    int got = metis_graph_read(lines, out, e);
    lines_close(lines);
    return got;
}

void metis_graph_finish(struct metis_graph *graph)
{
    free(graph->bytes);
    free(graph->offset);
    free(graph->neighbour);
    free(graph->edge_weight);
    free(graph->vertex_weight);
    *graph = (struct metis_graph){0};
}

/* --- partitions ---------------------------------------------------------------------------------
 */

static int read_parts(struct reader *r, uint32_t *part)
{
    int got;
    uint32_t count = 0;
    while ((got = next_line(r)) > 0) {
        uint64_t value = 0;
        if (count == r->vertices && !more(r)) continue;
        if (count == r->vertices)
            return lines_error(r->lines, r->e, "expected the parts of %u vertices, found one more",
                               count);
        if (number(r, "the number of a part", 0, UINT32_MAX, &value) < 0) return -1;
        if (more(r))
            return lines_error(r->lines, r->e, "expected one part a line, found '%.40s' as well",
                               r->text);
        part[count++] = (uint32_t)value;
    }
    if (got == 0 && count < r->vertices)
        return lines_error(r->lines, r->e, "expected the parts of %llu vertices, found %u",
                           (unsigned long long)r->vertices, count);
    return got;
}

int metis_parts_open(const char *path, uint32_t vertices, uint32_t *part, struct error *e)
{
    struct lines *lines = lines_open(path, e);
    if (!lines) return -1;
    struct reader r = {.lines = lines, .e = e, .vertices = vertices};
    int got = read_parts(&r, part);
    lines_close(lines);
    return got;
}
