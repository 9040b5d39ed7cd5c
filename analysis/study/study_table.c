/* study_table.c - see study_table.h. */
#include "analysis/study/study_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/study/curve.h"
#include "analysis/study/study_columns.h"
#include "analysis/study/study_notes.h"
#include "base/memory.h"

/* The figures of all cells, and what is printed with them. */
struct tables {
    const struct study *study;
    struct figures *figures; /* by cell */
    uint32_t count;
    const struct scheme *base; /* that the others are compared with; NULL: none */
    struct study_columns columns;
};

/* ---- which cell a cell is compared with ------------------------------------------------------ */

/* Those that a heading names, the rate and the transport. */
static bool same_conditions(const struct cell *a, const struct cell *b)
{
    static const enum cell_axis axes[] = {AXIS_WORKLOAD, AXIS_MODEL,     AXIS_FAULTS,
                                          AXIS_REPLICAS, AXIS_TRANSPORT, AXIS_RATE};
    for (size_t i = 0; i < sizeof(axes) / sizeof(axes[0]); i++)
        if (!study_same_value(a->value[axes[i]], b->value[axes[i]])) return false;
    return cell_clients(a) == cell_clients(b);
}

static const struct scheme *scheme_of(const struct cell *cell)
{
    return cell->first.experiment.scheme;
}

/* The scheme without partitions if it was run, else the first. */
static const struct scheme *choose_base(const struct tables *t)
{
    bool others = false;
    const struct scheme *base = scheme_of(t->figures[0].cell);
    for (uint32_t i = 0; i < t->count; i++) {
        others |= scheme_of(t->figures[i].cell) != base;
        if (!scheme_of(t->figures[i].cell)->partitioned) base = scheme_of(t->figures[i].cell);
    }
    return others || t->columns.varies[AXIS_SCHEME] ? base : NULL;
}

/* NULL: there is none, or it has not been run. */
static const struct figures *base_of(const struct tables *t, const struct figures *f)
{
    for (uint32_t i = 0; i < t->count && t->base; i++) {
        const struct cell *cell = t->figures[i].cell;
        bool placed =
            !t->base->partitioned ||
            (study_same_value(cell->value[AXIS_PARTITIONS], f->cell->value[AXIS_PARTITIONS]) &&
             study_same_value(cell->value[AXIS_PLACEMENT], f->cell->value[AXIS_PLACEMENT]));
        if (scheme_of(cell) == t->base && placed && same_conditions(cell, f->cell))
            return t->figures[i].runs ? &t->figures[i] : NULL;
    }
    return NULL;
}

/* ---- cells of a table ------------------------------------------------------------------------ */

static void put_figures(const struct tables *all, const struct figures *f, struct table *t)
{
    study_columns_put(&all->columns, f->cell, t);
    study_put_estimate(t, &f->throughput_per_s);
    if (all->base) study_put_ratio(t, base_of(all, f), f);
    study_put_number(t, f->runs ? f->latency_mean_ms : NAN, 2);
    study_put_number(t, f->latency_p50_ms, 2);
    study_put_number(t, f->latency_p99_ms, 2);
}

static void print_figures(const struct tables *all, uint32_t begin, uint32_t end)
{
    const char *names[STUDY_COLUMNS_MAX];
    char ratio[STUDY_LABEL_BYTES];
    uint32_t count = study_columns_name(&all->columns, all->figures[begin].cell, names);
    names[count++] = "cmds/s";
    names[count++] = "±";
    if (all->base) {
        snprintf(ratio, sizeof(ratio), "× %s", all->base->name);
        names[count++] = ratio;
    }
    names[count++] = "mean ms";
    names[count++] = "p50";
    names[count++] = "p99";
    struct table *t = table_create(count, names);
    for (uint32_t i = begin; i < end; i++) put_figures(all, &all->figures[i], t);
    table_print(t, stdout);
    table_destroy(t);
}

/* What some cell of a table has, so that its columns are shown. */
struct shown {
    bool moving, planned;
};

static void put_plans(const struct figures *f, struct table *t)
{
    char text[64];
    snprintf(text, sizeof(text), "%.1f/%.1f", f->plans_announced, f->plans_made);
    if (f->plans_made > 0)
        table_text(t, text);
    else
        table_none(t);
    study_put_number(t, f->plan_gain_pct, 0);
}

static void put_costs(const struct tables *all, const struct figures *f, const struct shown *shown,
                      struct table *t)
{
    uint32_t servers = cell_servers(f->cell);
    double each = f->runs ? f->throughput_per_s.mean / servers : NAN;
    study_columns_put(&all->columns, f->cell, t);
    table_number(t, servers, 0);
    study_put_number(t, each, study_decimals(each));
    study_put_number(t, f->runs ? f->multi_partition_pct : NAN, 1);
    study_put_number(t, f->runs ? f->messages_per_command : NAN, 1);
    if (shown->moving) study_put_number(t, f->runs ? f->moves : NAN, 0);
    if (shown->moving) study_put_number(t, f->runs ? f->retries : NAN, 0);
    if (shown->planned) put_plans(f, t);
}

static void print_costs(const struct tables *all, uint32_t begin, uint32_t end)
{
    const char *names[STUDY_COLUMNS_MAX];
    uint32_t count = study_columns_name(&all->columns, all->figures[begin].cell, names);
    struct shown shown = {0};
    for (uint32_t i = begin; i < end; i++) {
        const struct figures *f = &all->figures[i];
        shown.moving = shown.moving || f->moves > 0 || f->retries > 0;
        shown.planned = shown.planned || f->plans_made > 0;
    }
    names[count++] = "servers";
    names[count++] = "each";
    names[count++] = "multi%";
    names[count++] = "msgs";
    if (shown.moving) names[count++] = "moves";
    if (shown.moving) names[count++] = "retries";
    if (shown.planned) names[count++] = "plans";
    if (shown.planned) names[count++] = "gain%";
    struct table *t = table_create(count, names);
    for (uint32_t i = begin; i < end; i++) put_costs(all, &all->figures[i], &shown, t);
    printf("\n");
    table_print(t, stdout);
    table_destroy(t);
}

/* ---- tables of the same conditions ----------------------------------------------------------- */

static void print_tables(const struct tables *all)
{
    uint32_t end;
    for (uint32_t begin = 0; begin < all->count; begin = end) {
        const struct cell *first = all->figures[begin].cell;
        for (end = begin; end < all->count; end++)
            if (!study_same_heading(first, all->figures[end].cell)) break;
        if (begin > 0) printf("\n");
        study_print_heading(&all->columns, first);
        print_figures(all, begin, end);
        print_costs(all, begin, end);
        if (cells_are_curves(&all->study->cells))
            curves_print(&all->columns, &all->figures[begin], end - begin);
    }
}

/* ---- all ------------------------------------------------------------------------------------- */

static void print_all(struct tables *all)
{
    const struct study *s = all->study;
    all->columns = study_columns_find((const struct cell *const *)s->cells.cell, s->cells.count);
    all->base = choose_base(all);
    print_tables(all);
    study_print_notes(s, all->figures, all->count, all->base);
}

int study_print(const struct study *s, struct error *e)
{
    struct tables all = {.study = s};
    int status = 0;
    all.figures = allocate_zeroed(s->cells.count, sizeof(*all.figures));
    while (status == 0 && all.count < s->cells.count) {
        status = figures_read(&all.figures[all.count], s, s->cells.cell[all.count], e);
        if (status == 0) all.count++;
    }
    if (status == 0) {
        print_all(&all);
        status = study_wrong(all.figures, all.count);
    }
    for (uint32_t i = 0; i < all.count; i++) figures_finish(&all.figures[i]);
    free(all.figures);
    return status;
}

void study_print_cells(const struct study *s)
{
    for (uint32_t i = 0; i < s->cells.count; i++) {
        const struct cell *cell = s->cells.cell[i];
        const struct study_run *run = study_runs(s, cell);
        uint32_t stored = 0;
        for (uint32_t r = 0; r < cell->replications; r++) stored += run[r].run_id > 0;
        char *first = cell_replication(&s->cells, cell, 0);
        char *last = cell_replication(&s->cells, cell, cell->replications - 1);
        printf("%s   # %s", cell->name, first);
        if (cell->replications > 1) printf(" to %s", last);
        if (stored) printf(", %u stored", stored);
        printf("\n");
        free(first);
        free(last);
    }
}
