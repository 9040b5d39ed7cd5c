/* curve.c - see curve.h. */
#include "analysis/study/curve.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

/* A share that is serial is at most all. A fit with more goes through points that are all beyond
 * the peak, so that the throughput of one client is anything. */
#define SERIAL_MOST 1.01

/* ---- curves ---------------------------------------------------------------------------------- */

static bool on_one_curve(enum cell_axis by, const struct cell *a, const struct cell *b)
{
    for (uint32_t axis = 0; axis < AXES; axis++)
        if (axis != by && !study_same_value(a->value[axis], b->value[axis])) return false;
    return true;
}

static bool has_point(enum cell_axis by, const struct figures *f)
{
    return f->runs && (by == AXIS_CLIENTS || f->cell->first.experiment.pace == LOADER_POISSON);
}

static void add_point(struct curve *c, const struct figures *f)
{
    double clients = cell_clients(f->cell);
    c->point[c->count++] = (struct scalability_point){
        .n = c->by == AXIS_CLIENTS ? clients : f->cell->first.experiment.rate_per_second,
        .throughput_per_s = f->throughput_per_s.mean,
        .latency_us = f->latency_mean_ms * 1e3,
    };
}

bool curve_create(struct curve *c, enum cell_axis by, const struct figures *figures, uint32_t count,
                  uint32_t i)
{
    const struct cell *first = figures[i].cell;
    *c = (struct curve){.by = by, .first = first};
    for (uint32_t j = 0; j < i; j++)
        if (on_one_curve(by, figures[j].cell, first)) return false;
    c->point = allocate_zeroed(count, sizeof(*c->point));
    for (uint32_t j = i; j < count; j++)
        if (on_one_curve(by, figures[j].cell, first) && has_point(by, &figures[j]))
            add_point(c, &figures[j]);
    if (c->count >= 2) return true;
    curve_finish(c);
    return false;
}

void curve_finish(struct curve *c)
{
    free(c->point);
    *c = (struct curve){.count = 0};
}

/* ---- the tables ------------------------------------------------------------------------------ */

static void name_columns(const struct study_columns *columns, enum cell_axis by,
                         const struct cell *first, const char *names[STUDY_COLUMNS_MAX],
                         uint32_t *count)
{
    static const char *const fit[] = {"λ /s", "σ", "κ", "peak N", "cmds/s", "R²"};
    *count = study_columns_name(columns, first, names);
    if (by == AXIS_RATE) names[(*count)++] = "clients";
    if (by == AXIS_CLIENTS && first->value[AXIS_RATE]) names[(*count)++] = "rate";
    names[(*count)++] = by == AXIS_RATE ? "knee /s" : "knee N";
    names[(*count)++] = "cmds/s";
    for (size_t i = 0; i < sizeof(fit) / sizeof(fit[0]) && by == AXIS_CLIENTS; i++)
        names[(*count)++] = fit[i];
}

/* With all of these decimals. */
static void put_exactly(struct table *t, double value, int decimals)
{
    if (isnan(value))
        table_none(t);
    else
        table_number(t, value, decimals);
}

/* "-" for each figure that there is not, such as the peak of a curve that grows without end. */
static void put_fit(struct table *t, const struct scalability *s)
{
    char kappa[32];
    study_put_number(t, s ? s->lambda_per_s : NAN, 0);
    put_exactly(t, s ? s->sigma : NAN, 4);
    snprintf(kappa, sizeof(kappa), "%.2g", s ? s->kappa : 0);
    if (s)
        table_text(t, kappa);
    else
        table_none(t);
    study_put_number(t, s && isfinite(s->peak_n) ? s->peak_n : NAN, 0);
    study_put_number(t, s && isfinite(s->peak_per_s) ? s->peak_per_s : NAN, 0);
    put_exactly(t, s ? s->r_squared : NAN, 3);
}

/* False: it has no fit. */
static bool put_curve(const struct study_columns *columns, const struct curve *c, struct table *t)
{
    struct scalability fit;
    const char *rate = c->first->value[AXIS_RATE];
    uint32_t knee = scalability_knee(c->point, c->count);
    study_columns_put(columns, c->first, t);
    if (c->by == AXIS_RATE) table_number(t, cell_clients(c->first), 0);
    if (c->by == AXIS_CLIENTS && rate) table_text(t, rate);
    study_put_number(t, knee < c->count ? c->point[knee].n : NAN, 0);
    study_put_number(t, knee < c->count ? c->point[knee].throughput_per_s : NAN, 0);
    if (c->by != AXIS_CLIENTS) return true;
    bool fits = scalability_fit(c->point, c->count, &fit) && fit.sigma <= SERIAL_MOST;
    put_fit(t, fits ? &fit : NULL);
    return fits;
}

static void print_explanation(enum cell_axis by, bool all_fit)
{
    printf("knee: the greatest throughput / latency\n");
    if (by == AXIS_CLIENTS) printf("fit: X(N) = λN / (1 + σ(N-1) + κN(N-1))\n");
    if (!all_fit)
        printf("no fit: it takes %d numbers of clients, and throughput that grows at first\n",
               SCALABILITY_POINTS_LEAST);
}

static void print_by(enum cell_axis by, const struct study_columns *columns,
                     const struct figures *figures, uint32_t count)
{
    const char *names[STUDY_COLUMNS_MAX];
    struct table *t = NULL;
    struct curve curve;
    bool all_fit = true;
    for (uint32_t i = 0; i < count; i++) {
        if (!curve_create(&curve, by, figures, count, i)) continue;
        uint32_t columns_count;
        name_columns(columns, by, curve.first, names, &columns_count);
        if (!t) t = table_create(columns_count, names);
        all_fit = put_curve(columns, &curve, t) && all_fit;
        curve_finish(&curve);
    }
    if (!t) return;
    printf("\n");
    table_print(t, stdout);
    table_destroy(t);
    print_explanation(by, all_fit);
}

void curves_print(const struct study_columns *columns, const struct figures *figures,
                  uint32_t count)
{
    struct study_columns without_load = *columns;
    without_load.load = false;
    print_by(AXIS_CLIENTS, &without_load, figures, count);
    print_by(AXIS_RATE, &without_load, figures, count);
}
