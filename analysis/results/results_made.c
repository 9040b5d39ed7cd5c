/* results_made.c - reads back how a run was made (results.h). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/results/results.h"
#include "analysis/results/results_row.h"
#include "base/memory.h"
#include "proto/command.h"

/* ---- ids ------------------------------------------------------------------------------------ */

/* Adds `FIRST to LAST` to a list, after what stands before it. */
static void add_range(int64_t first, int64_t last, const char *before, struct error *e)
{
    error_add(e, "%s%" PRId64, before, first);
    if (last > first) error_add(e, "%s%" PRId64, last > first + 1 ? " to " : ", ", last);
}

static void list_ids(struct results_row *row, struct error *e)
{
    int more;
    int64_t id, first = 0, last = 0;
    const char *before = "; there is: ";
    struct error why;
    while ((more = results_row_next(row, &why)) == 1) {
        if (results_row_integer(row, 0, 1, INT64_MAX, &id, &why) < 0) break;
        if (last && id != last + 1) {
            add_range(first, last, before, e);
            before = ", ";
        }
        if (!last || id != last + 1) first = id;
        last = id;
    }
    if (more != 0) {
        *e = why;
    } else if (last) {
        add_range(first, last, before, e);
    }
}

/* -1: the error that names the ids that there are. */
static int refuse_id(struct results_file *f, int64_t id, struct error *e)
{
    struct results_row row = {.file = f, .table = "run", .keys = 1};
    struct error why;
    error_set(e, "%s: no run has the id %" PRId64, f->path, id);
    if (results_row_begin(&row, "SELECT id FROM run ORDER BY id", &why) < 0)
        *e = why;
    else
        list_ids(&row, e);
    results_row_finish(&row);
    return -1;
}

/* ---- the run -------------------------------------------------------------------------------- */

static void add_option(struct results_made *made, const char *name, const char *value)
{
    for (uint64_t i = 0; i < made->count; i++) {
        if (strcmp(made->options[i].name, name) != 0) continue;
        free(made->options[i].value);
        made->options[i].value = allocate_text(value);
        return;
    }
    if (made->count == made->room)
        made->options =
            array_grow(made->options, &made->room, made->count + 1, sizeof(*made->options));
    made->options[made->count++] =
        (struct results_option){allocate_text(name), allocate_text(value)};
}

static int read_options(struct results_file *f, struct results_made *made, struct error *e)
{
    char query[128];
    struct results_row row = {.file = f, .table = "option", .keys = 2};
    const char *text;
    uint32_t length;
    int more = -1;
    snprintf(query, sizeof(query),
             "SELECT run_id, name, value FROM option WHERE run_id = %" PRId64 " ORDER BY name",
             made->id);
    if (results_row_begin(&row, query, e) == 0)
        while ((more = results_row_next(&row, e)) == 1) {
            more = -1;
            if (results_row_text(&row, 1, &text, &length, e) < 0) break;
            char *name = allocate_text(text);
            if (results_row_text(&row, 2, &text, &length, e) == 0) {
                add_option(made, name, text);
                more = 1;
            }
            free(name);
            if (more < 0) break;
        }
    results_row_finish(&row);
    return more;
}

/* The columns of the row; scheme, partitions and seed replace those of the options. */
static int take_row(struct results_row *row, struct results_made *made, struct error *e)
{
    static const char *const modes[] = {"simulation", "emulation", NULL};
    const char *text;
    char number[32];
    uint32_t mode, length;
    int64_t partitions, seed;
    if (results_row_word(row, 1, modes, &mode, e) < 0) return -1;
    made->emulated = mode == 1;
    if (results_row_text(row, 2, &text, &length, e) < 0) return -1;
    add_option(made, "scheme", text);
    if (results_row_integer(row, 3, 1, GROUPS_MAX, &partitions, e) < 0) return -1;
    snprintf(number, sizeof(number), "%" PRId64, partitions);
    add_option(made, "partitions", number);
    if (results_row_integer(row, 4, INT64_MIN, INT64_MAX, &seed, e) < 0) return -1;
    snprintf(number, sizeof(number), "%" PRIu64, (uint64_t)seed);
    add_option(made, "seed", number);
    if (results_row_text(row, 5, &text, &length, e) < 0) return -1;
    made->version = allocate_text(text);
    results_plain(made->version);
    if (results_row_text(row, 6, &text, &length, e) < 0) return -1;
    made->fingerprint = strtoull(text, NULL, 16);
    return 0;
}

static int read_run(struct results_file *f, struct results_made *made, struct error *e)
{
    char query[160];
    struct results_row row = {.file = f, .table = "run", .keys = 1};
    snprintf(query, sizeof(query),
             "SELECT id, mode, scheme, partitions, seed, version, fingerprint FROM run"
             " WHERE id = %" PRId64,
             made->id);
    int found = results_row_begin(&row, query, e) == 0 ? results_row_next(&row, e) : -1;
    int got = found == 1 ? take_row(&row, made, e) : found;
    results_row_finish(&row);
    return found == 0 ? refuse_id(f, made->id, e) : got;
}

int results_load_made(const char *path, int64_t id, struct results_made *made, struct error *e)
{
    struct results_file f;
    int got = -1;
    *made = (struct results_made){.id = id};
    if (results_file_open(&f, path, SQLITE_OPEN_READWRITE, e) < 0) return -1;
    if (results_file_execute(&f, "BEGIN", e) == 0) {
        int version = results_file_recognise(&f, e);
        if (version == 0)
            error_set(e, "%s: expected a results database of aviary, found nothing", path);
        else if (version > 0 && read_options(&f, made, e) == 0)
            got = read_run(&f, made, e);
    }
    results_file_close(&f);
    return got;
}

void results_made_finish(struct results_made *made)
{
    for (uint64_t i = 0; i < made->count; i++) {
        free(made->options[i].name);
        free(made->options[i].value);
    }
    free(made->options);
    free(made->version);
    *made = (struct results_made){0};
}
