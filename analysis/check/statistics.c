/* statistics.c - counts and latencies from the ledger (statistics.h). */
#include "analysis/check/statistics.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/histogram.h"
#include "base/memory.h"

enum { SINGLE, MULTI, SCOPES };
enum { BEYOND_LEAST = 10 }; /* a percentile */

static const char *const scope_names[SCOPES] = {"single", "multi"};

static struct result_latency latency_of(const struct histogram *h)
{
    return (struct result_latency){
        .mean_us = histogram_mean_ns(h) / 1e3,
        .p50_us = histogram_percentile_ns(h, 0.50) / 1e3,
        .p95_us = histogram_percentile_ns(h, 0.95) / 1e3,
        .p99_us = histogram_percentile_ns(h, 0.99) / 1e3,
    };
}

static uint64_t retries_of(const struct ledger_command *c)
{
    return c->attempts > 1 ? c->attempts - 1 : 0;
}

/* ---- intervals ------------------------------------------------------------------------------ */

static void fill_interval(const struct ledger *l, const uint32_t *commands, uint64_t count,
                          double length_s, struct histogram *h, struct result_interval *out)
{
    histogram_init(h);
    for (uint64_t i = 0; i < count; i++) {
        const struct ledger_command *c = &l->commands[commands[i]];
        histogram_record(h, ledger_latency_ns(c));
        out->multi_partition += c->partitions > 1;
        out->retries += retries_of(c);
        if (c->attempts > out->attempts_max) out->attempts_max = c->attempts;
    }
    out->completed = count;
    out->throughput_per_s = length_s > 0 ? (double)count / length_s : 0;
    out->latency = latency_of(h);
}

static void fill_counts(const struct counts *counts, struct result_interval *out)
{
    out->moves = counts->moves;
    out->oracle_queries = counts->oracle_queries;
    out->fallbacks = counts->fallbacks;
    out->exchanged = counts->exchanged;
    out->exchanged_bytes = counts->exchanged_bytes;
}

static void compute_intervals(struct statistics *s, const struct ledger *l,
                              const struct counts_series *counts, const struct statistics_window *w,
                              struct histogram *h)
{
    /* A counting sort of the commands by interval. */
    s->interval_count = (w->end_ns + w->interval_ns - 1) / w->interval_ns;
    s->intervals = allocate_zeroed(s->interval_count, sizeof(*s->intervals));
    uint64_t *end = allocate_zeroed(s->interval_count + 1, sizeof(*end));
    uint32_t *sorted = allocate_zeroed(l->command_count, sizeof(*sorted));
    for (uint64_t i = 0; i < l->command_count; i++)
        if (l->commands[i].returned_ns < w->end_ns)
            end[l->commands[i].returned_ns / w->interval_ns + 1]++;
    for (uint64_t i = 0; i < s->interval_count; i++) end[i + 1] += end[i];
    for (uint64_t i = 0; i < l->command_count; i++)
        if (l->commands[i].returned_ns < w->end_ns)
            sorted[end[l->commands[i].returned_ns / w->interval_ns]++] = (uint32_t)i;

    uint64_t begin = 0;
    for (uint64_t i = 0; i < s->interval_count; i++) {
        uint64_t begin_ns = i * w->interval_ns;
        uint64_t length_ns = w->end_ns - begin_ns;
        if (length_ns > w->interval_ns) length_ns = w->interval_ns;
        s->intervals[i].t_s = (double)begin_ns / 1e9;
        fill_interval(l, &sorted[begin], end[i] - begin, (double)length_ns / 1e9, h,
                      &s->intervals[i]);
        if (i < counts->count) fill_counts(&counts->interval[i], &s->intervals[i]);
        begin = end[i];
    }
    free(end);
    free(sorted);
}

/* ---- the measured window -------------------------------------------------------------------- */

static const char *kind_name(const struct ledger *l, uint64_t kind)
{
    const struct names *kinds = l->catalogue ? l->catalogue->kinds : NULL;
    return kinds && kind < names_count(kinds) ? names_get(kinds, (uint32_t)kind) : "?";
}

static void add_buckets(struct statistics *s, const struct histogram *h, const char *kind,
                        const char *scope)
{
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (!h->bucket[i]) continue;
        uint64_t low_ns = histogram_low_ns(i), high_ns = histogram_high_ns(i);
        if (low_ns < h->least_ns) low_ns = h->least_ns;
        if (high_ns > h->largest_ns) high_ns = h->largest_ns;
        if (s->bucket_count == s->bucket_room)
            s->buckets =
                array_grow(s->buckets, &s->bucket_room, s->bucket_count + 1, sizeof(*s->buckets));
        s->buckets[s->bucket_count++] = (struct result_bucket){
            .kind = kind,
            .scope = scope,
            .low_us = (double)low_ns / 1e3,
            .high_us = (double)high_ns / 1e3,
            .count = h->bucket[i],
        };
    }
}

static void compute_window(struct statistics *s, const struct ledger *l,
                           const struct statistics_window *w, struct histogram *all,
                           struct run_result *result)
{
    struct histogram **by_kind =
        allocate_zeroed((UINT16_MAX + 1) * SCOPES, sizeof(struct histogram *));
    histogram_init(all);
    for (uint64_t i = 0; i < l->command_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        result->commands += c->returned_ns != LEDGER_NEVER;
        if (c->returned_ns < w->begin_ns || c->returned_ns >= w->end_ns) continue;
        uint32_t scope = c->partitions > 1 ? MULTI : SINGLE;
        struct histogram **h = &by_kind[c->kind * SCOPES + scope];
        if (!*h) {
            *h = allocate_zeroed(1, sizeof(**h));
            histogram_init(*h);
        }
        histogram_record(*h, ledger_latency_ns(c));
        result->measured_multi += scope;
        result->retries += retries_of(c);
    }
    for (uint32_t i = 0; i < (UINT16_MAX + 1) * SCOPES; i++) {
        if (!by_kind[i]) continue;
        add_buckets(s, by_kind[i], kind_name(l, i / SCOPES), scope_names[i % SCOPES]);
        histogram_merge(all, by_kind[i]);
        free(by_kind[i]);
    }
    free(by_kind);
    result->measured = all->count;
    result->latency = latency_of(all);
}

/* ---- phases --------------------------------------------------------------------------------- */

static double span_us(uint64_t from_ns, uint64_t to_ns)
{
    return to_ns > from_ns ? (double)(to_ns - from_ns) / 1e3 : 0;
}

/* Where the command was executed, by the group that ended it first; NULL: unknown, say since the
 * leader changed meanwhile. */
static const struct ledger_slot *executing_slot(const struct ledger *l,
                                                const struct ledger_command *c)
{
    if (c->executed_by == LEDGER_NONE) return NULL;
    const struct ledger_cast *cast = &l->casts[c->executed_by];
    const struct ledger_slot *first = NULL;
    for (uint32_t i = 0; i < cast->group_count; i++) {
        const struct ledger_slot *slot = &l->slots[cast->slot_first + i];
        bool seen = slot->leader_delivered_ns != LEDGER_NEVER &&
                    slot->leader_started_ns != LEDGER_NEVER &&
                    slot->leader_ended_ns != LEDGER_NEVER;
        if (!slot->executed || !seen) continue;
        if (!first || slot->leader_ended_ns < first->leader_ended_ns) first = slot;
    }
    return first;
}

/* Sums first, means at the end. */
static uint32_t compute_phases(struct result_phases *phases, const struct ledger *l,
                               const struct statistics_window *w)
{
    struct result_phases sum[SCOPES] = {{.scope = scope_names[SINGLE]},
                                        {.scope = scope_names[MULTI]}};
    for (uint64_t i = 0; i < l->command_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        if (c->returned_ns < w->begin_ns || c->returned_ns >= w->end_ns) continue;
        const struct ledger_slot *slot = executing_slot(l, c);
        if (!slot) continue;
        struct result_phases *p = &sum[c->partitions > 1 ? MULTI : SINGLE];
        p->count++;
        p->ordering_us += span_us(c->issued_ns, slot->leader_delivered_ns);
        p->waiting_us += span_us(slot->leader_delivered_ns, slot->leader_started_ns);
        p->executing_us += span_us(slot->leader_started_ns, slot->leader_ended_ns);
        p->replying_us += span_us(slot->leader_ended_ns, c->returned_ns);
    }
    uint32_t count = 0;
    for (uint32_t scope = 0; scope < SCOPES; scope++) {
        struct result_phases *p = &sum[scope];
        if (!p->count) continue;
        double commands = (double)p->count;
        p->ordering_us /= commands;
        p->waiting_us /= commands;
        p->executing_us /= commands;
        p->replying_us /= commands;
        phases[count++] = *p;
    }
    return count;
}

static void sum_counts(const struct counts_series *counts, uint64_t end_ns, struct run_result *r)
{
    struct counts sum = counts_until(counts, end_ns);
    r->moves = sum.moves;
    r->oracle_queries = sum.oracle_queries;
    r->fallbacks = sum.fallbacks;
    r->exchanged = sum.exchanged;
    r->exchanged_bytes = sum.exchanged_bytes;
}

void statistics_compute(struct statistics *s, const struct ledger *l,
                        const struct counts_series *counts, const struct statistics_window *w,
                        struct run_result *result)
{
    ASSERT(w->interval_ns > 0);
    ASSERT(w->interval_ns == counts->interval_ns);
    *s = (struct statistics){0};
    result->commands = result->measured_multi = result->retries = 0;
    sum_counts(counts, w->end_ns, result);
    struct histogram *h = allocate_zeroed(1, sizeof(*h));
    compute_intervals(s, l, counts, w, h);
    compute_window(s, l, w, h, result);
    result->phases_count = compute_phases(s->phases, l, w);
    result->phases = s->phases;
    free(h);
    uint64_t measured_ns = w->end_ns > w->begin_ns ? w->end_ns - w->begin_ns : 0;
    result->warmup_s = (double)w->begin_ns / 1e9;
    result->measured_s = (double)measured_ns / 1e9;
    result->throughput_per_s =
        measured_ns ? (double)result->measured / ((double)measured_ns / 1e9) : 0;
    result->intervals = s->intervals;
    result->interval_count = (uint32_t)s->interval_count;
    result->buckets = s->buckets;
    result->bucket_count = (uint32_t)s->bucket_count;
}

void statistics_finish(struct statistics *s)
{
    free(s->intervals);
    free(s->buckets);
}

bool percentile_determined(uint64_t answers, double share)
{
    /* 1 - share is not exact. */
    return (double)answers * (1 - share) >= BEYOND_LEAST - 1e-6;
}
