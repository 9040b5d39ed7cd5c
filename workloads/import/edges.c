/* edges.c - reads an edge list (edges.h). */
#include "workloads/import/edges.h"

#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/memory.h"
#include "workloads/trace/source.h"
#include "workloads/trace/trace.h"

enum { FIELDS_MAX = 8, NAME_BYTES_MAX = 255 };

static const char separators[] = " \t,";

struct field {
    const char *text;
    uint32_t length;
};

static int split(const char *text, struct field fields[FIELDS_MAX])
{
    int count = 0;
    for (const char *at = text + strspn(text, separators); *at && count < FIELDS_MAX;
         at += strspn(at, separators)) {
        fields[count] = (struct field){at, (uint32_t)strcspn(at, separators)};
        at += fields[count++].length;
    }
    return count;
}

static bool is_head(const struct field *fields, int count)
{
    return count > 2 && fields[2].length == 1 && (*fields[2].text == 'u' || *fields[2].text == 'd');
}

static uint32_t vertex(struct workload *owner, struct field name)
{
    char text[NAME_BYTES_MAX + 2];
    text[0] = 'u';
    memcpy(text + 1, name.text, name.length);
    return source_variable(owner, text, name.length + 1);
}

static bool valid(struct field name)
{
    return name.length <= NAME_BYTES_MAX && trace_name_valid(name.text, name.length);
}

static int read_edges(struct lines *lines, struct workload *owner, struct edges *out,
                      struct error *e)
{
    struct field fields[FIELDS_MAX];
    char *text;
    uint32_t length;
    int got;
    bool begun = false;
    while ((got = lines_next_ended(lines, &text, &length, e)) > 0) {
        if (*text == '#' || *text == '%') continue;
        int count = split(text, fields);
        if (count == 0) continue;
        bool head = !begun && is_head(fields, count);
        begun = true;
        if (head) {
            out->directed = *fields[2].text == 'd';
            continue;
        }
        if (count != 2 || !valid(fields[0]) || !valid(fields[1]))
            return lines_error(lines, e, "expected an edge `A B` or `A,B`, found '%.60s'", text);
        if (out->count == UINT32_MAX) return lines_error(lines, e, "too many edges");
        uint32_t from = vertex(owner, fields[0]), to = vertex(owner, fields[1]);
        out->edge = array_grow32(out->edge, &out->room, out->count + 1, sizeof(*out->edge));
        out->edge[out->count++] = (struct edge){from, to};
    }
    if (got == 0 && out->count == 0) return lines_error(lines, e, "expected an edge, found none");
    return got;
}

int edges_read(const char *path, struct workload *owner, struct edges *out, struct error *e)
{
    *out = (struct edges){0};
    struct lines *lines = lines_open(path, e);
    if (!lines) return -1;
    int got = read_edges(lines, owner, out, e);
    lines_close(lines);
    if (got < 0) edges_finish(out);
    return got;
}

void edges_finish(struct edges *edges)
{
    free(edges->edge);
    *edges = (struct edges){0};
}
