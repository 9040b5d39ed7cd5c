/* saturate.c - see saturate.h. */
#include "analysis/study/saturate.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/results/results_study.h"
#include "analysis/study/figures.h"
#include "base/assert.h"
#include "base/memory.h"

/* For the progress line: the steps that a search is taken to have, and its share of the work. */
enum { STEPS = 18 };
#define SEARCHING_SHARE 0.3

int saturate_check(const struct experiment *all, const struct study_options *options,
                   struct error *e)
{
    static const char *const loads[] = {"clients", "rate"};
    for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]) && options->saturate.on; i++) {
        const struct option *o;
        const char *text;
        if (experiment_find(all, loads[i], &o, &text) && text != o->standard)
            return error_set(e, "--saturate searches for the load: --%s %s cannot be given with it",
                             o->name, text);
    }
    return 0;
}

/* ---- which runs there are -------------------------------------------------------------------- */

static bool has_ended(const struct study *s, const struct cell *cell)
{
    const struct study_run *run = study_runs(s, cell);
    for (uint32_t i = 0; i < cell->replications; i++)
        if (run[i].wanted && run[i].run_id == 0 && !run[i].failure) return false;
    return true;
}

static const struct cell *add_clients(struct study *s, const struct cell *like, uint32_t clients,
                                      struct error *e)
{
    char text[16];
    snprintf(text, sizeof(text), "%" PRIu32, clients);
    return study_add(s, like, &(struct cell_load){text, NULL}, e);
}

/* In a rate of three digits. */
static const struct cell *add_rate(struct study *s, const struct cell *like, double per_second,
                                   struct error *e)
{
    char clients[16], rate[32];
    double digit = pow(10, floor(log10(per_second)) - 2);
    snprintf(clients, sizeof(clients), "%" PRIu32, cell_clients(like));
    snprintf(rate, sizeof(rate), "%.10g/s", round(per_second / digit) * digit);
    return study_add(s, like, &(struct cell_load){clients, rate}, e);
}

/* ---- the search ------------------------------------------------------------------------------ */

static double bounded_latency_us(const struct saturate_options *o, const struct summary *s)
{
    const double figures[SATURATE_FIGURES] = {[SATURATE_THROUGHPUT] = NAN,
                                              [SATURATE_MEAN] = s->latency.mean_us,
                                              [SATURATE_P50] = s->latency.p50_us,
                                              [SATURATE_P95] = s->latency.p95_us,
                                              [SATURATE_P99] = s->latency.p99_us};
    return figures[o->figure];
}

/* What the run of the cell that was tried says. */
static int note_point(const struct saturate_options *o, struct saturation *x, const struct study *s,
                      struct error *e)
{
    struct results_reading reading = {.bucket = NULL};
    if (results_study_read(s->db, study_runs(s, x->trying)->run_id, &reading, e) < 0) return -1;
    x->search.point[x->search.count++] = (struct search_point){
        .clients = cell_clients(x->trying),
        .throughput_per_s = reading.summary.throughput_per_s,
        .latency_us = bounded_latency_us(o, &reading.summary),
    };
    if (reading.summary.verdict == RESULT_FAIL && !x->wrong_run_id)
        x->wrong_run_id = reading.summary.run_id;
    uint32_t named = reading.summary.trace_clients;
    if (named && named < x->search.clients_most) x->search.clients_most = named;
    return 0;
}

static int try_next(struct saturation *x, struct study *s, uint32_t clients, struct error *e)
{
    x->trying = add_clients(s, x->like, clients, e);
    if (!x->trying) return -1;
    study_want(s, x->trying, 1);
    return 0;
}

/* All replications of a point of the search; *cell stays NULL if there is no such point. */
static int repeat(struct saturation *x, struct study *s, uint32_t point, const struct cell **cell,
                  struct error *e)
{
    if (point == x->search.count) return 0;
    *cell = add_clients(s, x->like, x->search.point[point].clients, e);
    if (!*cell) return -1;
    study_want(s, *cell, (*cell)->replications);
    return 0;
}

static int end_search(struct saturation *x, struct study *s, struct error *e)
{
    x->stage = SATURATION_REPEATING;
    if (repeat(x, s, search_peak(&x->search), &x->peak, e) < 0) return -1;
    return repeat(x, s, search_collapse(&x->search), &x->collapse, e);
}

/* A run that failed ends the search, with what is known. */
static int search(const struct saturate_options *o, struct saturation *x, struct study *s,
                  struct error *e)
{
    uint32_t next = 0;
    if (!study_runs(s, x->trying)->failure) {
        if (note_point(o, x, s, e) < 0) return -1;
        next = search_next(&x->search);
    }
    return next ? try_next(x, s, next, e) : end_search(x, s, e);
}

/* ---- after it -------------------------------------------------------------------------------- */

static int load(const struct saturate_options *o, struct saturation *x, struct study *s,
                struct error *e)
{
    struct figures peak;
    x->stage = SATURATION_LOADING;
    if (!x->peak || o->figure != SATURATE_THROUGHPUT) return 0;
    if (figures_read(&peak, s, x->peak, e) < 0) return -1;
    double per_second = SATURATE_REPORTED_SHARE * peak.throughput_per_s.mean;
    figures_finish(&peak);
    x->loaded = add_rate(s, x->peak, per_second, e);
    if (!x->loaded) return -1;
    study_want(s, x->loaded, x->loaded->replications);
    return 0;
}

/* 1: a stage or a step further; 0: runs have to end first, or it is done; -1 with the error. */
static int advance(const struct saturate_options *o, struct saturation *x, struct study *s,
                   struct error *e)
{
    const struct cell *awaited[] = {x->trying, x->peak, x->collapse, x->loaded};
    int status = 0;
    for (size_t i = 0; i < sizeof(awaited) / sizeof(awaited[0]); i++)
        if (awaited[i] && !has_ended(s, awaited[i])) return 0;
    switch (x->stage) {
    case SATURATION_SEARCHING:
        status = search(o, x, s, e);
        break;
    case SATURATION_REPEATING:
        status = load(o, x, s, e);
        break;
    case SATURATION_LOADING:
        x->stage = SATURATION_DONE;
        return 0;
    case SATURATION_DONE:
        return 0;
    }
    return status < 0 ? -1 : 1;
}

static int grow(void *context, struct study *s, struct error *e)
{
    struct saturations *all = context;
    int status = 0;
    for (uint32_t i = 0; i < all->count && status >= 0; i++) do
            status = advance(all->options, &all->saturation[i], s, e);
        while (status > 0);
    return status;
}

/* ---- how far it is ----------------------------------------------------------------------------
 */

/* Of the wanted runs of a cell those that have ended. */
static void count_runs(const struct study *s, const struct cell *cell, uint32_t *ended,
                       uint32_t *wanted)
{
    const struct study_run *run = cell ? study_runs(s, cell) : NULL;
    for (uint32_t i = 0; cell && i < cell->replications; i++) {
        *wanted += run[i].wanted;
        *ended += run[i].wanted && (run[i].run_id || run[i].failure);
    }
}

static double share_of(const struct saturation *x, const struct study *s)
{
    uint32_t steps = x->search.count < STEPS ? x->search.count : STEPS, ended = 0, wanted = 0;
    if (x->stage == SATURATION_DONE) return 1;
    if (x->stage == SATURATION_SEARCHING) return SEARCHING_SHARE * steps / STEPS;
    count_runs(s, x->peak, &ended, &wanted);
    count_runs(s, x->collapse, &ended, &wanted);
    if (x->stage == SATURATION_REPEATING) wanted += x->like->replications; /* still to come */
    count_runs(s, x->loaded, &ended, &wanted);
    return SEARCHING_SHARE + (1 - SEARCHING_SHARE) * ended / (wanted ? wanted : 1);
}

static double share_done(void *context, const struct study *s)
{
    const struct saturations *all = context;
    double sum = 0;
    for (uint32_t i = 0; i < all->count; i++) sum += share_of(&all->saturation[i], s);
    return sum / all->count;
}

/* ---- all ------------------------------------------------------------------------------------- */

static uint32_t clients_most(const struct cell *cell)
{
    uint64_t most = cell->commands / SATURATE_COMMANDS_EACH;
    if (most < 1) return 1;
    return most < SEARCH_CLIENTS_MOST ? (uint32_t)most : SEARCH_CLIENTS_MOST;
}

void saturations_create(struct saturations *all, struct study *s)
{
    const struct saturate_options *o = &s->options->saturate;
    *all = (struct saturations){.options = o, .count = s->cells.count};
    all->saturation = allocate_zeroed(all->count, sizeof(*all->saturation));
    for (uint32_t i = 0; i < all->count; i++) {
        struct saturation *x = &all->saturation[i];
        x->like = x->trying = s->cells.cell[i];
        x->search.clients_most = clients_most(x->like);
        ASSERT(cell_clients(x->like) == search_next(&x->search));
        study_want(s, x->like, 1);
        x->search.bound_us =
            o->figure == SATURATE_THROUGHPUT ? INFINITY : (double)o->bound_ns / 1e3;
    }
}

void saturations_finish(struct saturations *all)
{
    free(all->saturation);
    *all = (struct saturations){0};
}

struct study_growth saturations_growth(struct saturations *all)
{
    return (struct study_growth){all, grow, share_done};
}
