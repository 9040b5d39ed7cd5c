/* saturate_table.c - see saturate_table.h. */
#include "analysis/study/saturate_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/study/study_columns.h"
#include "analysis/study/study_notes.h"
#include "base/memory.h"
#include "base/units.h"

enum { POINTS = 3 }; /* that are reported of a cell */
#define KEPT_UP 0.95 /* of the rate of an open loop: less is answered by what is overloaded */

/* The figures of the points; NULL: there is no such point. */
struct row {
    const struct saturation *saturation;
    const struct figures *peak, *loaded, *collapse;
};

struct tables {
    const struct saturations *saturations;
    const struct study *study;
    struct study_columns columns;
    bool bounded, collapses, compared;
    struct row *rows; /* by saturation */
    struct figures *figures;
    uint32_t count; /* of figures */
};

/* ---- reading --------------------------------------------------------------------------------- */

/* *place: its figures; NULL if there is no such cell. */
static int read_point(struct tables *t, const struct cell *cell, const struct figures **place,
                      struct error *e)
{
    if (!cell) return 0;
    if (figures_read(&t->figures[t->count], t->study, cell, e) < 0) return -1;
    *place = &t->figures[t->count++];
    return 0;
}

/* Of the collapse, by all replications. */
static bool is_confirmed(const struct row *row)
{
    return row->collapse && row->peak && row->collapse->runs &&
           row->collapse->throughput_per_s.mean <
               SEARCH_COLLAPSED * row->peak->throughput_per_s.mean;
}

static int read_all(struct tables *t, struct error *e)
{
    for (uint32_t i = 0; i < t->saturations->count; i++) {
        const struct saturation *x = &t->saturations->saturation[i];
        struct row *row = &t->rows[i];
        row->saturation = x;
        if (read_point(t, x->peak, &row->peak, e) < 0 ||
            read_point(t, x->loaded, &row->loaded, e) < 0 ||
            read_point(t, x->collapse, &row->collapse, e) < 0)
            return -1;
        if (!is_confirmed(row)) row->collapse = NULL;
        t->collapses = t->collapses || row->collapse;
        t->compared = t->compared || !x->like->first.experiment.scheme->partitioned;
    }
    return 0;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* The scheme without partitions, at its own peak. NULL: it was not run. */
static const struct figures *base_of(const struct tables *t, const struct row *row)
{
    const struct cell *cell = row->saturation->like;
    for (uint32_t i = 0; i < t->saturations->count; i++) {
        const struct cell *other = t->rows[i].saturation->like;
        if (!other->first.experiment.scheme->partitioned && study_same_heading(cell, other) &&
            study_same_value(cell->value[AXIS_TRANSPORT], other->value[AXIS_TRANSPORT]))
            return t->rows[i].peak;
    }
    return NULL;
}

static void put_peak(const struct tables *t, const struct row *row, struct table *out)
{
    static const struct estimate none = {.replications = 0};
    study_columns_put(&t->columns, row->saturation->like, out);
    study_put_estimate(out, row->peak ? &row->peak->throughput_per_s : &none);
    study_put_number(out, row->peak ? (double)cell_clients(row->peak->cell) : NAN, 0);
    if (!t->compared) return;
    if (row->peak)
        study_put_ratio(out, base_of(t, row), row->peak);
    else
        table_none(out);
}

static void put_collapse(const struct row *row, struct table *out)
{
    char throughput[32], text[64];
    if (!row->collapse) {
        table_none(out);
        return;
    }
    units_print_count(row->collapse->throughput_per_s.mean, throughput);
    snprintf(text, sizeof(text), "%s at %" PRIu32, throughput, cell_clients(row->collapse->cell));
    table_text(out, text);
}

/* Which percentile is shown: that which is bounded, or p99. */
static enum saturate_figure percentile(const struct tables *t)
{
    enum saturate_figure figure = t->saturations->options->figure;
    return figure == SATURATE_P50 || figure == SATURATE_P95 ? figure : SATURATE_P99;
}

static double percentile_ms(enum saturate_figure figure, const struct figures *f)
{
    return figure == SATURATE_P50   ? f->latency_p50_ms
           : figure == SATURATE_P95 ? f->latency_p95_ms
                                    : f->latency_p99_ms;
}

static void put_row(const struct tables *t, const struct row *row, struct table *out)
{
    const struct figures *latency = t->bounded ? row->peak : row->loaded;
    bool known = latency && latency->runs;
    put_peak(t, row, out);
    study_put_number(out, known ? latency->latency_mean_ms : NAN, 2);
    study_put_number(out, known ? percentile_ms(percentile(t), latency) : NAN, 2);
    if (t->collapses) put_collapse(row, out);
}

static void print_rows(const struct tables *t, uint32_t begin, uint32_t end)
{
    const char *names[STUDY_COLUMNS_MAX];
    const struct cell *first = t->rows[begin].saturation->like;
    uint32_t count = study_columns_name(&t->columns, first, names);
    names[count++] = t->bounded ? "cmds/s" : "peak/s";
    names[count++] = "±";
    names[count++] = "clients";
    if (t->compared) names[count++] = "× smr";
    names[count++] = "mean ms";
    names[count++] = saturate_figure_name(percentile(t));
    if (t->collapses) names[count++] = "collapse";
    struct table *out = table_create(count, names);
    for (uint32_t i = begin; i < end; i++) put_row(t, &t->rows[i], out);
    study_print_heading(&t->columns, first);
    table_print(out, stdout);
    table_destroy(out);
}

/* ---- tables of the same conditions ----------------------------------------------------------- */

/* What the figures of a row do not say by themselves. */
static void print_remarks(const struct tables *t, const struct row *row)
{
    const struct saturation *x = row->saturation;
    char name[STUDY_LABEL_BYTES], label[STUDY_LABEL_BYTES + 16], answered[32], rate[32];
    study_columns_label(&t->columns, x->like, name);
    snprintf(label, sizeof(label), "%s, k=%" PRIu32, name, x->like->first.experiment.partitions);
    if (study_runs(t->study, x->trying)->failure)
        printf("%s: the search ended early, since a run failed\n", label);
    else if (x->stage < SATURATION_DONE)
        printf("%s: the search has not ended\n", label);
    else if (!row->peak && t->bounded && x->search.count)
        printf("%s: one client alone takes longer\n", label);
    else if (!row->peak)
        printf("%s: nothing is answered\n", label);
    if (x->wrong_run_id)
        printf("%s: run %" PRId64 " of the search is wrong (table property)\n", label,
               x->wrong_run_id);
    if (search_limited(&x->search))
        printf("%s: throughput still grows at %" PRIu32 " clients, where the search ends\n", label,
               x->search.clients_most);
    if (!row->loaded || !row->loaded->runs) return;
    double asked_per_s = row->loaded->cell->first.experiment.rate_per_second;
    double answered_per_s = row->loaded->throughput_per_s.mean;
    bool endless = x->like->commands == UINT64_MAX; /* else clients end one after the other */
    if (endless && answered_per_s < KEPT_UP * asked_per_s)
        printf("%s: of %s commands/s in an open loop only %s are answered\n", label,
               units_print_count(asked_per_s, rate), units_print_count(answered_per_s, answered));
}

static void print_tables(const struct tables *t)
{
    uint32_t count = t->saturations->count, end;
    for (uint32_t begin = 0; begin < count; begin = end) {
        const struct cell *first = t->rows[begin].saturation->like;
        for (end = begin; end < count; end++)
            if (!study_same_heading(first, t->rows[end].saturation->like)) break;
        if (begin > 0) printf("\n");
        print_rows(t, begin, end);
        for (uint32_t i = begin; i < end; i++) print_remarks(t, &t->rows[i]);
    }
}

static bool some_are_wrong(const struct tables *t)
{
    for (uint32_t i = 0; i < t->saturations->count; i++)
        if (t->saturations->saturation[i].wrong_run_id) return true;
    return study_wrong(t->figures, t->count);
}

/* ---- all ------------------------------------------------------------------------------------- */

static void print_explanation(const struct tables *t)
{
    const struct saturate_options *o = t->saturations->options;
    char bound[32];
    if (t->bounded) {
        printf("\nthe highest load with a %s of at most %s, searched by one %s\n",
               saturate_figure_name(o->figure), units_print_time(o->bound_ns, bound),
               t->rows[0].saturation->like->blocks ? "block" : "seed");
        return;
    }
    printf("\nlatency: in an open loop, at 75 %% of the peak\n");
    if (t->collapses) printf("collapse: with four times the clients, less than half of the peak\n");
}

static void print_all(const struct tables *t)
{
    print_tables(t);
    print_explanation(t);
    study_print_notes(t->study, t->figures, t->count, t->compared);
}

int saturations_print(const struct saturations *all, const struct study *s, struct error *e)
{
    struct tables t = {
        .saturations = all,
        .study = s,
        .columns = study_columns_find((const struct cell *const *)s->cells.cell, all->count),
        .bounded = all->options->figure != SATURATE_THROUGHPUT,
        .rows = allocate_zeroed(all->count, sizeof(*t.rows)),
        .figures = allocate_zeroed((size_t)POINTS * all->count, sizeof(*t.figures)),
    };
    t.columns.load = false;
    int status = read_all(&t, e);
    if (status == 0) {
        print_all(&t);
        status = some_are_wrong(&t);
    }
    for (uint32_t i = 0; i < t.count; i++) figures_finish(&t.figures[i]);
    free(t.figures);
    free(t.rows);
    return status;
}
