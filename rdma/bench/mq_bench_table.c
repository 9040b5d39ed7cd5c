/* mq_bench_table.c - shows the measurements of `aviary mq bench` (mq_bench_table.h). */
#include "rdma/bench/mq_bench_table.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/table.h"
#include "base/wrap.h"

/* The targets of the queue: the latency of short messages against one bare WRITE, and the rate of
 * messages against that of bare WRITEs. */
static const char latency_rival[] = "ib_write_lat", rate_rival[] = "ib_write_bw";
enum { TARGET_BYTES = 64 };
static const double latency_ratio_max = 1.2;

const char *bench_waiting_name(uint32_t waiting)
{
    static const char *const names[BENCH_WAITINGS] = {
        [MQ_ADAPTIVE] = "adaptive", [MQ_SPIN] = "spin", [MQ_EVENT] = "event"};
    return waiting < BENCH_WAITINGS ? names[waiting] : "?";
}

bool bench_rows_compare(const struct bench_row *a, const struct bench_row *b)
{
    return a->point.kind == b->point.kind && a->point.bytes == b->point.bytes;
}

/* The median over the repeats; NAN: not reported. */
static double median(const struct bench_row *row, enum bench_figure figure)
{
    double *values = allocate_zeroed(row->samples, sizeof(*values));
    size_t count = 0;
    for (uint32_t i = 0; i < row->samples; i++)
        if (!isnan(row->sample[i][figure])) values[count++] = row->sample[i][figure];
    double middle = count > 0 ? gsl_stats_median(values, 1, count) : NAN;
    free(values);
    return middle;
}

/* The ratio of the row's figure to the other's: median latency, or mean where the other reports no
 * more; or rate. */
static double ratio(const struct bench_row *row, const struct bench_row *other)
{
    if (row->point.kind == BENCH_RATE) return median(row, FIGURE_RATE) / median(other, FIGURE_RATE);
    double typical = median(other, FIGURE_P50);
    return isnan(typical) ? median(row, FIGURE_MEAN) / median(other, FIGURE_MEAN)
                          : median(row, FIGURE_P50) / typical;
}

/* The program's row of the same kind and size, or NULL. */
static const struct bench_row *rival(const struct bench_row *rows, uint32_t count,
                                     const struct bench_row *row, const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (rows[i].other && rows[i].samples > 0 && bench_rows_compare(row, &rows[i]) &&
            strcmp(bench_other_name(rows[i].other), name) == 0)
            return &rows[i];
    return NULL;
}

/* --- tables -------------------------------------------------------------------------------------
 */

enum { RIVALS_MAX = 8, HEADERS_MAX = 20 };

/* The programs that take part in this kind. */
static uint32_t find_rivals(const struct bench_row *rows, uint32_t count, enum bench_kind kind,
                            const char *names[RIVALS_MAX])
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!rows[i].other || rows[i].point.kind != kind) continue;
        const char *name = bench_other_name(rows[i].other);
        uint32_t at = 0;
        while (at < found && strcmp(names[at], name) != 0) at++;
        if (at == found && found < RIVALS_MAX) names[found++] = name;
    }
    return found;
}

static void add_figure(struct table *t, double value, int decimals)
{
    if (isnan(value))
        table_none(t);
    else
        table_figure(t, value, decimals);
}

static void add_figures(struct table *t, const struct bench_row *row)
{
    if (row->point.kind == BENCH_LATENCY) {
        for (enum bench_figure f = FIGURE_MIN; f <= FIGURE_MAX; f++)
            add_figure(t, median(row, f), 1);
        return;
    }
    add_figure(t, median(row, FIGURE_RATE), 0);
    add_figure(t, median(row, FIGURE_RATE) * row->point.bytes / 1e6, 1);
    add_figure(t, median(row, FIGURE_PER_WRITE), 1);
}

/* The first cells name the measurement. */
static void add_names(struct table *t, const struct bench_row *row)
{
    const struct bench_point *p = &row->point;
    table_number(t, p->bytes, 0);
    table_text(t, row->other ? bench_other_name(row->other) : "mq");
    table_text(t, row->other ? bench_other_waiting(row->other) : bench_waiting_name(p->waiting));
    table_number(t, p->senders, 0);
    if (p->kind == BENCH_LATENCY) return;
    if (row->other)
        table_none(t);
    else
        table_number(t, p->window, 0);
}

static void print_figures(const struct bench_row *rows, uint32_t count, enum bench_kind kind,
                          FILE *out)
{
    static const char *const heads[2][HEADERS_MAX] = {
        {"bytes", "program", "waiting", "senders", "min", "mean", "p50", "p95", "p99", "max"},
        {"bytes", "program", "waiting", "senders", "window", "messages/s", "MB/s", "a WRITE"}};
    uint32_t columns = 0;
    while (heads[kind][columns]) columns++;
    struct table *t = table_create(columns, heads[kind]);
    for (uint32_t i = 0; i < count; i++) {
        if (rows[i].point.kind != kind || rows[i].samples == 0) continue;
        add_names(t, &rows[i]);
        add_figures(t, &rows[i]);
    }
    fprintf(out, "\n%s\n",
            kind == BENCH_LATENCY ? "Latency, one way (half of a round trip), in microseconds"
                                  : "Rate, to one side");
    table_print(t, out);
    table_destroy(t);
}

/* Rows of the queue with one sender. */
static void print_ratios(const struct bench_row *rows, uint32_t count, enum bench_kind kind,
                         FILE *out)
{
    const char *headers[HEADERS_MAX] = {"bytes", "waiting", "window"}, *names[RIVALS_MAX];
    uint32_t columns = kind == BENCH_RATE ? 3 : 2, own = columns;
    uint32_t rivals = find_rivals(rows, count, kind, names);
    if (rivals == 0) return;
    for (uint32_t i = 0; i < rivals; i++) headers[columns++] = names[i];
    struct table *t = table_create(columns, headers);
    for (uint32_t i = 0; i < count; i++) {
        const struct bench_point *p = &rows[i].point;
        if (p->kind != kind || rows[i].samples == 0 || rows[i].other || p->senders > 1) continue;
        table_number(t, p->bytes, 0);
        table_text(t, bench_waiting_name(p->waiting));
        if (own == 3) table_number(t, p->window, 0);
        for (uint32_t r = 0; r < rivals; r++) {
            const struct bench_row *other = rival(rows, count, &rows[i], names[r]);
            add_figure(t, other ? ratio(&rows[i], other) : NAN, 2);
        }
    }
    fprintf(out, "\n%s of mq, divided by that of\n", kind == BENCH_LATENCY ? "Latency" : "Rate");
    table_print(t, out);
    table_destroy(t);
}

/* --- targets ------------------------------------------------------------------------------------
 */

/* The best of the queue's rows against the rival's row: least latency, or highest rate. */
static const struct bench_row *best_row(const struct bench_row *rows, uint32_t count,
                                        const struct bench_row *other)
{
    const struct bench_row *best = NULL;
    for (uint32_t i = 0; i < count; i++) {
        const struct bench_row *row = &rows[i];
        if (row->other || row->point.senders != 1 || !bench_rows_compare(row, other)) continue;
        bool latency = row->point.kind == BENCH_LATENCY;
        if (!best || (latency ? ratio(row, other) < ratio(best, other)
                              : ratio(row, other) > ratio(best, other)))
            best = row;
    }
    return best;
}

static void print_target(const struct bench_row *rows, uint32_t count,
                         const struct bench_row *other, FILE *out)
{
    const struct bench_row *best = best_row(rows, count, other);
    if (!best) return;
    double times = ratio(best, other);
    const char *waiting = bench_waiting_name(best->point.waiting);
    char text[256];
    if (best->point.kind == BENCH_LATENCY)
        snprintf(text, sizeof(text),
                 "target %s: %u B one way (%s) take %.2f x %s, at most %.1f wanted",
                 times <= latency_ratio_max ? "met" : "MISSED", best->point.bytes, waiting, times,
                 latency_rival, latency_ratio_max);
    else
        snprintf(text, sizeof(text),
                 "target %s: rate of %u B (%s, window %u) is %.2f x %s, at least 1 wanted",
                 times >= 1 ? "met" : "MISSED", best->point.bytes, waiting, best->point.window,
                 times, rate_rival);
    wrap_print(out, text, 0, 2);
}

static void print_targets(const struct bench_row *rows, uint32_t count, FILE *out)
{
    fputs("\n", out);
    for (uint32_t i = 0; i < count; i++) {
        const struct bench_row *row = &rows[i];
        if (!row->other || row->samples == 0) continue;
        const char *name = bench_other_name(row->other);
        if ((strcmp(name, latency_rival) == 0 && row->point.bytes == TARGET_BYTES) ||
            strcmp(name, rate_rival) == 0)
            print_target(rows, count, row, out);
    }
}

void bench_rows_print(const struct bench_row *rows, uint32_t count, FILE *out)
{
    bool there[2] = {false, false};
    for (uint32_t i = 0; i < count; i++) there[rows[i].point.kind] = true;
    for (enum bench_kind kind = BENCH_LATENCY; kind <= BENCH_RATE; kind++)
        if (there[kind]) {
            print_figures(rows, count, kind, out);
            print_ratios(rows, count, kind, out);
        }
    for (uint32_t i = 0; i < count; i++)
        if (rows[i].failed)
            fprintf(out, "failed, %u bytes: %s\n", rows[i].point.bytes, rows[i].error.text);
    print_targets(rows, count, out);
}
