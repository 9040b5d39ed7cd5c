/* against.c - see against.h. */
#include "analysis/study/against.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/results/results_study.h"
#include "analysis/study/figures.h"
#include "base/memory.h"
#include "base/table.h"

enum { DIFFERENCES_MAX = 32, DIFFERENCE_BYTES = 200 };

/* Of all matched runs, each once. */
struct differences {
    char text[DIFFERENCES_MAX][DIFFERENCE_BYTES];
    uint32_t count;
    bool more;
};

static void note_difference(void *context, const char *name, const char *there, const char *here)
{
    struct differences *d = context;
    char text[DIFFERENCE_BYTES];
    snprintf(text, sizeof(text), "%s %s -> %s", name, *there ? there : "none",
             *here ? here : "none");
    for (uint32_t i = 0; i < d->count; i++)
        if (strcmp(d->text[i], text) == 0) return;
    d->more = d->count == DIFFERENCES_MAX;
    if (!d->more) memcpy(d->text[d->count++], text, sizeof(text));
}

static void print_differences(const struct differences *d)
{
    for (uint32_t i = 0; i < d->count; i++) printf("%s%s", i ? ", " : "changed: ", d->text[i]);
    printf("%s\n", d->more ? ", and more" : d->count ? "" : "nothing has been changed");
}

static void put_change(struct table *t, const struct estimate_difference *d)
{
    char text[32];
    if (isnan(d->relative)) {
        table_none(t);
        return;
    }
    if (d->bounded)
        snprintf(text, sizeof(text), "%+.1f ±%.1f%s", 100 * d->relative, 100 * d->half_width,
                 d->significant ? "" : " ~");
    else
        snprintf(text, sizeof(text), "%+.1f", 100 * d->relative);
    table_text(t, text);
}

static void put_throughput(struct table *t, const struct figures *f)
{
    if (f->runs)
        table_number(t, f->throughput_per_s.mean, 0);
    else
        table_none(t);
}

static void put_cell(struct table *t, const struct figures *now, const struct figures *before)
{
    struct estimate_difference d = {.relative = NAN};
    if (now->runs && before->runs) d = figures_difference(before, now);
    table_text(t, now->cell->first.experiment.scheme->name);
    table_number(t, now->cell->first.experiment.partitions, 0);
    table_number(t, cell_clients(now->cell), 0);
    put_throughput(t, before);
    put_throughput(t, now);
    put_change(t, &d);
}

/* `there`: the ids of the matched runs, as study.run. */
static int fill(const struct study *s, const char *path, const int64_t *there, struct table *t,
                struct error *e)
{
    int status = 0;
    for (uint32_t i = 0; i < s->cells.count && status == 0; i++) {
        const struct cell *cell = s->cells.cell[i];
        struct figures now = {0}, before = {0};
        status = figures_read(&now, s, cell, e);
        if (status == 0)
            status = figures_of(&before, cell, path, there + (study_runs(s, cell) - s->run), e);
        if (status == 0) put_cell(t, &now, &before);
        figures_finish(&now);
        figures_finish(&before);
    }
    return status;
}

int against_print(const struct study *s, const char *path, struct error *e)
{
    static const char *const names[] = {"scheme", "k", "clients", "before", "cmds/s", "change [%]"};
    struct differences differences = {.count = 0};
    const struct results_other other = {path, note_difference, &differences};
    int64_t *here = allocate_zeroed(s->count, sizeof(*here));
    int64_t *there = allocate_zeroed(s->count, sizeof(*there));
    struct table *t = table_create(sizeof(names) / sizeof(names[0]), names);
    for (uint32_t i = 0; i < s->count; i++) here[i] = s->run[i].run_id;
    int status = results_study_match(s->db, here, s->count, &other, there, e);
    if (status == 0) status = fill(s, path, there, t, e);
    if (status == 0) {
        printf("\nagainst %s:\n", path);
        table_print(t, stdout);
        print_differences(&differences);
    }
    table_destroy(t);
    free(here);
    free(there);
    return status;
}
