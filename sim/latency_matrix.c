/* latency_matrix.c - reads a table of latencies (latency_matrix.h). */
#include "sim/latency_matrix.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/lines.h"
#include "base/units.h"

struct reader {
    struct latency_matrix *matrix;
    struct lines *lines;
    const char *line, *word; /* the word read last */
    char *rest;
    bool has_row[MODEL_SITES_MAX];
};

/* The next word of the line; NULL: it has no more, and where it would stand is the place. */
static const char *next_word(struct reader *r)
{
    r->rest += strspn(r->rest, " \t\r");
    r->word = r->rest;
    if (!*r->rest) return NULL;
    r->rest += strcspn(r->rest, " \t\r");
    if (*r->rest) *r->rest++ = 0;
    return r->word;
}

/* `FILE:LINE: column N: ` and the text, about the word read last. */
static int complain(const struct reader *r, const char *text, struct error *e)
{
    unsigned column = (unsigned)(r->word - r->line) + 1;
    return lines_error(r->lines, e, "column %u: %s", column, text);
}

static int expected(const struct reader *r, const char *what, struct error *e)
{
    char text[256];
    if (*r->word)
        snprintf(text, sizeof text, "expected %s, found `%.64s`", what, r->word);
    else
        snprintf(text, sizeof text, "expected %s, found the end of the line", what);
    return complain(r, text, e);
}

static uint32_t find(const struct latency_matrix *m, const char *name)
{
    uint32_t i = 0;
    while (i < m->sites && strcmp(m->name[i], name) != 0) i++;
    return i;
}

/* The first line: the names of the sites. */
static int read_names(struct reader *r, struct error *e)
{
    struct latency_matrix *m = r->matrix;
    for (const char *name; (name = next_word(r));) {
        if (m->sites == MODEL_SITES_MAX) return expected(r, "fewer sites", e);
        if (strlen(name) >= MODEL_NAME_MAX || strpbrk(name, ".,:=`"))
            return expected(r, "the name of a site", e);
        if (find(m, name) < m->sites) return expected(r, "each site once", e);
        snprintf(m->name[m->sites++], MODEL_NAME_MAX, "%s", name);
    }
    return m->sites < 2 ? expected(r, "the names of at least two sites", e) : 0;
}

static int read_cell(struct reader *r, uint32_t from, uint32_t to, struct error *e)
{
    struct error why;
    ASSERT(from < r->matrix->sites);
    ASSERT(to < r->matrix->sites);
    uint64_t *ns = &r->matrix->ns[from][to];
    const char *word = next_word(r);
    if (!word) return expected(r, "a latency to every site", e);
    if (from == to && strcmp(word, "-") == 0) return 0;
    if (units_time(word, ns, &why) < 0) return complain(r, why.text, e);
    return *ns == 0 ? expected(r, "a latency above 0", e) : 0;
}

/* Another line: a site, and its latency to each. */
static int read_row(struct reader *r, struct error *e)
{
    struct latency_matrix *m = r->matrix;
    ASSERT(m->sites >= 2);
    uint32_t from = find(m, next_word(r));
    if (from == m->sites) return expected(r, "a site of the first line", e);
    if (r->has_row[from]) return expected(r, "one line for each site", e);
    r->has_row[from] = true;
    for (uint32_t to = 0; to < m->sites; to++)
        if (read_cell(r, from, to, e) < 0) return -1;
    return next_word(r) ? expected(r, "the end of the line", e) : 0;
}

static int read_lines(struct reader *r, struct error *e)
{
    char *line;
    uint32_t length;
    int got;
    while ((got = lines_next(r->lines, &line, &length, e)) > 0) {
        line[strcspn(line, "#")] = 0;
        r->line = r->rest = line;
        if (line[strspn(line, " \t\r")] == 0) continue;
        int result = r->matrix->sites == 0 ? read_names(r, e) : read_row(r, e);
        if (result < 0) return -1;
    }
    return got;
}

static int check(const struct reader *r, const char *path, struct error *e)
{
    const struct latency_matrix *m = r->matrix;
    if (m->sites == 0) return error_set(e, "%s: expected a line with the names of sites", path);
    for (uint32_t i = 0; i < m->sites; i++)
        if (!r->has_row[i]) return error_set(e, "%s: expected a line of `%s`", path, m->name[i]);
    return 0;
}

int latency_matrix_read(struct latency_matrix *matrix, const char *path, struct error *e)
{
    struct reader r = {.matrix = matrix, .lines = lines_open_short(path, e)};
    *matrix = (struct latency_matrix){0};
    if (!r.lines) return -1;
    int result = read_lines(&r, e);
    lines_close(r.lines);
    return result < 0 ? -1 : check(&r, path, e);
}
