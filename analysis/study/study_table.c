/* study_table.c - see study_table.h. */
#include "analysis/study/study_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/study/figures.h"
#include "base/memory.h"
#include "base/table.h"

enum { LABEL_BYTES = 96, COLUMNS_MAX = 16 };

/* The figures of all cells, and what is printed with them. */
struct tables {
    const struct study *study;
    struct figures *figures; /* by cell */
    uint32_t count;
    const struct scheme *base; /* that the others are compared with; NULL: none */
    bool varies[AXES];
};

/* Equal, and both may be NULL. */
static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Cells that an option does not concern do not count. */
static void find_variations(struct tables *t)
{
    for (uint32_t axis = 0; axis < AXES; axis++) {
        const char *first = NULL;
        for (uint32_t i = 0; i < t->count; i++) {
            const char *value = t->figures[i].cell->value[axis];
            if (!first) first = value;
            if (value && strcmp(value, first) != 0) t->varies[axis] = true;
        }
    }
}

/* ---- which cell a cell is compared with ------------------------------------------------------ */

/* Those that a heading names, the rate and the transport. */
static bool same_conditions(const struct cell *a, const struct cell *b)
{
    static const enum cell_axis axes[] = {AXIS_WORKLOAD, AXIS_MODEL,     AXIS_FAULTS,
                                          AXIS_REPLICAS, AXIS_TRANSPORT, AXIS_RATE};
    for (size_t i = 0; i < sizeof(axes) / sizeof(axes[0]); i++)
        if (!same(a->value[axes[i]], b->value[axes[i]])) return false;
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
    return others || t->varies[AXIS_SCHEME] ? base : NULL;
}

/* NULL: there is none, or it has not been run. */
static const struct figures *base_of(const struct tables *t, const struct figures *f)
{
    for (uint32_t i = 0; i < t->count && t->base; i++) {
        const struct cell *cell = t->figures[i].cell;
        bool placed = !t->base->partitioned ||
                      (same(cell->value[AXIS_PARTITIONS], f->cell->value[AXIS_PARTITIONS]) &&
                       same(cell->value[AXIS_PLACEMENT], f->cell->value[AXIS_PLACEMENT]));
        if (scheme_of(cell) == t->base && placed && same_conditions(cell, f->cell))
            return t->figures[i].runs ? &t->figures[i] : NULL;
    }
    return NULL;
}

/* ---- cells of a table ------------------------------------------------------------------------ */

/* So that the last digit that is shown is not far below what is certain. */
static int decimals_of(double value)
{
    return value >= 1000 ? 0 : value >= 10 ? 1 : 2;
}

static void put_number(struct table *t, double value, int decimals)
{
    if (isnan(value))
        table_none(t);
    else
        table_figure(t, value, decimals);
}

/* The columns that say which cell it is; `names` NULL: their contents. */
static void put_cell(const struct tables *all, const struct figures *f, struct table *t)
{
    char label[LABEL_BYTES];
    const struct cell *cell = f->cell;
    const char *placement = cell->value[AXIS_PLACEMENT];
    bool placed = all->varies[AXIS_PLACEMENT] && placement && scheme_of(cell)->partitioned;
    snprintf(label, sizeof(label), placed ? "%s %s" : "%s", scheme_of(cell)->name, placement);
    table_text(t, label);
    if (all->varies[AXIS_TRANSPORT]) table_text(t, cell->value[AXIS_TRANSPORT]);
    table_number(t, cell->first.experiment.partitions, 0);
    if (cell->value[AXIS_RATE]) table_text(t, cell->value[AXIS_RATE]);
    table_number(t, cell_clients(cell), 0);
}

static uint32_t name_cell(const struct tables *all, const char *names[COLUMNS_MAX])
{
    uint32_t count = 0;
    names[count++] = "scheme";
    if (all->varies[AXIS_TRANSPORT]) names[count++] = "transport";
    names[count++] = "k";
    if (all->figures[0].cell->value[AXIS_RATE]) names[count++] = "rate";
    names[count++] = "clients";
    return count;
}

/* "1.82 ±.04", with a sign if it may be chance. */
static void put_ratio(const struct tables *all, const struct figures *f, struct table *t)
{
    char text[32];
    const struct figures *base = base_of(all, f);
    struct estimate_difference d = {.relative = NAN};
    if (base && base != f) d = figures_difference(base, f);
    if (isnan(d.relative))
        table_none(t);
    else if (!d.bounded)
        table_number(t, 1 + d.relative, 2);
    else {
        snprintf(text, sizeof(text), "%.2f ±%.2f%s", 1 + d.relative, d.half_width,
                 d.significant ? "" : " ~");
        table_text(t, text);
    }
}

static void put_figures(const struct tables *all, const struct figures *f, struct table *t)
{
    const struct estimate *e = &f->throughput_per_s;
    put_cell(all, f, t);
    put_number(t, f->runs ? e->mean : NAN, decimals_of(e->mean));
    put_number(t, e->bounded ? e->half_width : NAN, decimals_of(e->mean));
    if (all->base) put_ratio(all, f, t);
    put_number(t, f->runs ? f->latency_mean_ms : NAN, 2);
    put_number(t, f->latency_p50_ms, 2);
    put_number(t, f->latency_p99_ms, 2);
}

static void print_figures(const struct tables *all, uint32_t begin, uint32_t end)
{
    const char *names[COLUMNS_MAX];
    char ratio[LABEL_BYTES];
    uint32_t count = name_cell(all, names);
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
    put_number(t, f->plan_gain_pct, 0);
}

static void put_costs(const struct tables *all, const struct figures *f, const struct shown *shown,
                      struct table *t)
{
    uint32_t servers = cell_servers(f->cell);
    double each = f->runs ? f->throughput_per_s.mean / servers : NAN;
    put_cell(all, f, t);
    table_number(t, servers, 0);
    put_number(t, each, decimals_of(each));
    put_number(t, f->runs ? f->multi_partition_pct : NAN, 1);
    put_number(t, f->runs ? f->messages_per_command : NAN, 1);
    if (shown->moving) put_number(t, f->runs ? f->moves : NAN, 0);
    if (shown->moving) put_number(t, f->runs ? f->retries : NAN, 0);
    if (shown->planned) put_plans(f, t);
}

static void print_costs(const struct tables *all, uint32_t begin, uint32_t end)
{
    const char *names[COLUMNS_MAX];
    uint32_t count = name_cell(all, names);
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

static bool same_heading(const struct cell *a, const struct cell *b)
{
    for (uint32_t axis = AXIS_WORKLOAD; axis <= AXIS_REPLICAS; axis++)
        if (!same(a->value[axis], b->value[axis])) return false;
    return true;
}

static void print_heading(const struct tables *all, const struct cell *cell)
{
    static const char *const names[] = {"workload", "model", "faults", "replicas"};
    const char *between = "";
    for (uint32_t axis = AXIS_WORKLOAD; axis <= AXIS_REPLICAS; axis++) {
        if (!all->varies[axis]) continue;
        printf("%s%s %s", between, names[axis], cell->value[axis] ? cell->value[axis] : "none");
        between = ", ";
    }
    if (*between) printf(":\n");
}

static void print_tables(const struct tables *all)
{
    uint32_t end;
    for (uint32_t begin = 0; begin < all->count; begin = end) {
        const struct cell *first = all->figures[begin].cell;
        for (end = begin; end < all->count; end++)
            if (!same_heading(first, all->figures[end].cell)) break;
        if (begin > 0) printf("\n");
        print_heading(all, first);
        print_figures(all, begin, end);
        print_costs(all, begin, end);
    }
}

/* ---- what they rest on ----------------------------------------------------------------------- */

static void print_replications(const struct tables *all)
{
    const struct figures *least = all->figures, *most = all->figures;
    for (uint32_t i = 0; i < all->count; i++) {
        if (all->figures[i].runs < least->runs) least = &all->figures[i];
        if (all->figures[i].runs > most->runs) most = &all->figures[i];
    }
    const char *what = most->cell->blocks ? "blocks of the trace" : "seeds";
    if (least->runs == most->runs)
        printf("\n%u runs of each: %s", most->runs, what);
    else
        printf("\n%u to %u runs of each: %s", least->runs, most->runs, what);
    if (most->runs < ESTIMATE_REPLICATIONS_LEAST)
        printf("; fewer than %d give no interval\n", ESTIMATE_REPLICATIONS_LEAST);
    else
        printf("; ±: 95 %% interval%s\n", all->base ? "; ~: the difference may be chance" : "");
}

static void print_knowledge(const struct tables *all)
{
    const struct summary *s = NULL;
    for (uint32_t i = 0; i < all->count; i++)
        for (uint32_t r = 0; r < all->figures[i].cell->replications; r++) {
            const struct summary *run = &all->figures[i].run[r];
            if (run->run_id && (!s || run->unseen_pct > s->unseen_pct ||
                                strlen(run->placement) > strlen(s->placement)))
                s = run;
        }
    if (s) summary_print_knowledge(s, 1);
}

static void print_reasons(const struct tables *all)
{
    for (uint32_t i = 0; i < all->count; i++) {
        const struct figures *f = &all->figures[i];
        for (uint32_t r = 0; r < f->cell->replications; r++) {
            if (!f->run[r].run_id || !f->run[r].reasons[0]) continue;
            char *again = study_replay(all->study, &study_runs(all->study, f->cell)[r]);
            printf("\nrun %" PRId64 " is %s:\n%sagain: %s\n", f->run[r].run_id,
                   f->run[r].verdict == RESULT_FAIL ? "wrong" : "undecided", f->run[r].reasons,
                   again);
            free(again);
        }
    }
}

/* Each reason once, with the first run that it concerns. */
static void print_failures(const struct study *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t first = 0, others = 0;
        if (!s->run[i].failure) continue;
        while (!same(s->run[first].failure, s->run[i].failure)) first++;
        if (first < i) continue;
        for (uint32_t j = i + 1; j < s->count; j++)
            others += same(s->run[j].failure, s->run[i].failure);
        char *again = study_replay(s, &s->run[i]);
        fflush(stdout);
        fprintf(stderr, "aviary compare: a run failed: %s\n  again: %s\n", s->run[i].failure,
                again);
        if (others) fprintf(stderr, "  and %u others for the same reason\n", others);
        free(again);
    }
}

static bool some_are_wrong(const struct tables *all)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (all->figures[i].verdict == RESULT_FAIL) return true;
    return false;
}

static void print_store(const struct study *s)
{
    if (s->found && s->id)
        printf("\n%u of %u runs were stored before\n", s->found, s->count);
    else if (s->found)
        printf("\nall runs were stored before\n");
    printf("\nresults in %s; for more: sqlite3 -box %s 'SELECT * FROM summary'\n", s->db, s->db);
}

/* ---- all ------------------------------------------------------------------------------------- */

static void print_all(struct tables *all)
{
    find_variations(all);
    all->base = choose_base(all);
    print_tables(all);
    print_replications(all);
    print_knowledge(all);
    print_reasons(all);
    print_store(all->study);
    print_failures(all->study);
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
        status = some_are_wrong(&all);
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
