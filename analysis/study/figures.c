/* figures.c - see figures.h. */
#include "analysis/study/figures.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/results/results_study.h"
#include "base/memory.h"

static void add_bucket(void *context, double low_us, double high_us, uint64_t count)
{
    estimate_pool(context, &(struct estimate_bucket){low_us, high_us, count});
}

static int worse(enum result a, enum result b)
{
    return a > b; /* ok, unknown, fail */
}

static void add_run(struct figures *f, uint32_t replication, const struct summary *s)
{
    f->run[replication] = *s;
    f->throughput[f->runs] = s->throughput_per_s;
    f->replication[f->runs++] = replication;
    f->latency_mean_ms += s->latency.mean_us / 1e3;
    f->multi_partition_pct += s->multi_partition_pct;
    f->messages_per_command += s->messages_per_command;
    f->moves += (double)s->moves;
    f->retries += (double)s->retries;
    f->plans_made += s->plans_made;
    f->plans_announced += s->plans_announced;
    if (worse(s->verdict, f->verdict)) f->verdict = s->verdict;
}

static double mean_gain(const struct figures *f)
{
    double sum = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < f->runs; i++) {
        double gain_pct = f->run[f->replication[i]].plan_gain_pct;
        if (isnan(gain_pct)) continue;
        sum += gain_pct;
        count++;
    }
    return count ? sum / count : NAN;
}

static void average(struct figures *f, const struct histogram *pool)
{
    double *const sums[] = {&f->latency_mean_ms, &f->multi_partition_pct, &f->messages_per_command,
                            &f->moves, &f->retries, &f->plans_made, &f->plans_announced};
    f->plan_gain_pct = mean_gain(f);
    for (size_t i = 0; f->runs && i < sizeof(sums) / sizeof(sums[0]); i++) *sums[i] /= f->runs;
    f->throughput_per_s = estimate_mean(f->throughput, f->runs);
    f->latency_p50_ms = estimate_percentile_us(pool, 0.5) / 1e3;
    f->latency_p99_ms = estimate_percentile_us(pool, 0.99) / 1e3;
}

int figures_of(struct figures *f, const struct cell *cell, const char *db, const int64_t *run_id,
               struct error *e)
{
    struct histogram *pool = allocate(sizeof(*pool));
    histogram_init(pool);
    *f = (struct figures){
        .cell = cell,
        .run = allocate_zeroed(cell->replications, sizeof(*f->run)),
        .throughput = allocate_zeroed(cell->replications, sizeof(*f->throughput)),
        .replication = allocate_zeroed(cell->replications, sizeof(*f->replication)),
    };
    int status = 0;
    for (uint32_t i = 0; i < cell->replications && status == 0; i++) {
        struct results_reading reading = {.bucket = add_bucket, .context = pool};
        if (run_id[i] == 0) continue;
        status = results_study_read(db, run_id[i], &reading, e);
        if (status == 0) add_run(f, i, &reading.summary);
    }
    average(f, pool);
    free(pool);
    if (status < 0) figures_finish(f);
    return status;
}

int figures_read(struct figures *f, const struct study *s, const struct cell *cell, struct error *e)
{
    const struct study_run *run = study_runs(s, cell);
    int64_t *run_id = allocate_zeroed(cell->replications, sizeof(*run_id));
    for (uint32_t i = 0; i < cell->replications; i++) run_id[i] = run[i].run_id;
    int status = figures_of(f, cell, s->db, run_id, e);
    free(run_id);
    return status;
}

void figures_finish(struct figures *f)
{
    free(f->run);
    free(f->throughput);
    free(f->replication);
    *f = (struct figures){0};
}

struct estimate_difference figures_difference(const struct figures *base,
                                              const struct figures *other)
{
    double *a = allocate_zeroed(base->runs + 1, sizeof(*a));
    double *b = allocate_zeroed(base->runs + 1, sizeof(*b));
    uint32_t count = 0;
    for (uint32_t i = 0, j = 0; i < base->runs && j < other->runs;) {
        if (base->replication[i] == other->replication[j]) {
            a[count] = base->throughput[i++];
            b[count++] = other->throughput[j++];
        } else if (base->replication[i] < other->replication[j]) {
            i++;
        } else {
            j++;
        }
    }
    struct estimate_difference d = estimate_difference(&(struct estimate_pairs){a, b, count});
    free(a);
    free(b);
    return d;
}
