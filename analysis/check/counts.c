/* counts.c - counts by interval (counts.h). */
#include "analysis/check/counts.h"

#include <stdlib.h>

#include "base/memory.h"

struct counts *counts_at(struct counts_series *s, uint64_t now_ns)
{
    uint64_t at = now_ns / s->interval_ns;
    s->interval = array_grow(s->interval, &s->room, at + 1, sizeof(*s->interval));
    while (s->count <= at) s->interval[s->count++] = (struct counts){0};
    return &s->interval[at];
}

struct counts counts_until(const struct counts_series *s, uint64_t end_ns)
{
    struct counts sum = {0};
    for (uint64_t i = 0; i < s->count && i * s->interval_ns < end_ns; i++) {
        sum.moves += s->interval[i].moves;
        sum.oracle_queries += s->interval[i].oracle_queries;
        sum.fallbacks += s->interval[i].fallbacks;
        sum.exchanged += s->interval[i].exchanged;
        sum.exchanged_bytes += s->interval[i].exchanged_bytes;
    }
    return sum;
}

void counts_finish(struct counts_series *s)
{
    free(s->interval);
}
