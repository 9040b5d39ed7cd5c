/* profile.c - counts a workload's commands and accesses (profile.h). */
#include "workloads/commands/profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* --- counting -----------------------------------------------------------------------------------
 */

static void count_size(struct profile_sizes *s, uint32_t size)
{
    s->commands[size]++;
    s->sum += size;
    if (size > s->max) s->max = size;
}

static void count_kind(struct profile *p, const struct trace_command *c)
{
    while (p->kind_count <= c->kind) {
        p->kinds = array_grow32(p->kinds, &p->kind_room, p->kind_count + 1, sizeof(*p->kinds));
        p->kinds[p->kind_count] = (struct profile_kind){.kind = p->kind_count};
        p->kind_count++;
    }
    struct profile_kind *k = &p->kinds[c->kind];
    k->commands++;
    k->accesses += c->access_count;
    k->request_bytes += c->request_bytes;
    k->reply_bytes += c->reply_bytes;
}

static uint64_t *accesses_to(struct profile *p, uint32_t variable)
{
    while (p->variable_count <= variable) {
        p->by_variable = array_grow32(p->by_variable, &p->variable_room, p->variable_count + 1,
                                      sizeof(*p->by_variable));
        p->by_variable[p->variable_count++] = 0;
    }
    return &p->by_variable[variable];
}

static void count_time(struct profile *p, uint64_t at_ns)
{
    if (at_ns == TIME_NONE) return;
    if (!p->timed) p->first_ns = at_ns;
    p->timed = true;
    p->last_ns = at_ns;
}

void profile_add(struct profile *p, const struct trace_command *c)
{
    uint32_t read = 0, written = 0;
    for (uint32_t i = 0; i < c->access_count; i++) {
        read += (c->accesses[i].mode & ACCESS_READ) != 0;
        written += (c->accesses[i].mode & ~ACCESS_READ) != 0;
        ++*accesses_to(p, c->accesses[i].variable);
    }
    count_size(&p->either, c->access_count);
    count_size(&p->read, read);
    count_size(&p->written, written);
    count_kind(p, c);
    count_time(p, c->at_ns);
    p->commands++;
    p->accesses += c->access_count;
}

void profile_finish(struct profile *p)
{
    free(p->kinds);
    free(p->by_variable);
    *p = (struct profile){0};
}

/* --- evaluating
 * --------------------------------------------------------------------------------- */

static int more_commands(const void *a, const void *b)
{
    const struct profile_kind *x = a, *y = b;
    if (x->commands != y->commands) return x->commands < y->commands ? 1 : -1;
    return x->kind < y->kind ? -1 : 1;
}

void profile_sort_kinds(struct profile *p)
{
    if (p->kind_count > 0) qsort(p->kinds, p->kind_count, sizeof(*p->kinds), more_commands);
}

uint32_t profile_quantile(const struct profile_sizes *s, uint64_t commands, double share)
{
    uint64_t wanted = (uint64_t)ceil((double)commands * share), seen = 0;
    for (uint32_t size = 0; size < s->max; size++) {
        seen += s->commands[size];
        if (seen >= wanted) return size;
    }
    return s->max;
}

/* The mean of ln(rank) when ranks are drawn by i^-s: falls as s grows. */
static double mean_log_rank(uint32_t ranks, double s)
{
    double weights = 0, sum = 0;
    for (uint32_t i = 1; i <= ranks; i++) {
        double log_rank = log(i), weight = exp(-s * log_rank);
        weights += weight;
        sum += weight * log_rank;
    }
    return sum / weights;
}

double profile_fit_zipf(const uint64_t *counts, uint32_t count)
{
    enum { HALVINGS = 24 };
    double accesses = 0, sum = 0, low = 0, high = 10;
    if (count < 2) return NAN;
    for (uint32_t i = 0; i < count; i++) {
        accesses += (double)counts[i];
        sum += (double)counts[i] * log((double)i + 1);
    }
    /* The likelihood is maximal where the model's mean equals the measured one. */
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (mean_log_rank(count, middle) > sum / accesses)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

static int descending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

struct profile_skew profile_skew(const struct profile *p)
{
    struct profile_skew skew = {0};
    uint64_t *counts = allocate_zeroed(p->variable_count, sizeof(*counts)), sum = 0;
    for (uint32_t v = 0; v < p->variable_count; v++) {
        if (p->by_variable[v] == 0) continue;
        counts[skew.accessed++] = p->by_variable[v];
        if (p->by_variable[v] <= skew.hottest_accesses) continue;
        skew.hottest_accesses = p->by_variable[v];
        skew.hottest = v;
    }
    if (skew.accessed > 0) qsort(counts, skew.accessed, sizeof(*counts), descending);
    for (uint32_t i = 0; i < (skew.accessed + 9) / 10; i++) {
        sum += counts[i];
        if (i < (skew.accessed + 99) / 100) skew.on_1_percent = sum;
        skew.on_10_percent = sum;
    }
    skew.zipf = profile_fit_zipf(counts, skew.accessed);
    free(counts);
    return skew;
}
