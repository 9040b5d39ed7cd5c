/* tables.h - for tests that iterate over the entries of tables, or draw from them. */
#ifndef AVIARY_TESTS_LIB_TABLES_H
#define AVIARY_TESTS_LIB_TABLES_H

#include "base/random.h"
#include "proto/schemes/scheme.h"
#include "workloads/place/placement.h"

static inline uint32_t scheme_count(void)
{
    uint32_t count = 1; /* there is one at least */
    while (scheme_at(count)) count++;
    return count;
}

/* Each with the same probability. */
static inline const struct scheme *scheme_draw(struct random *draw)
{
    return scheme_at((uint32_t)random_below(draw, scheme_count()));
}

/* The same of placements that need neither an argument nor a graph. */
static inline const char *placement_draw(struct random *draw)
{
    struct placement_kind p;
    uint32_t count = 0, i = 0;
    for (; placement_at(i, &p); i++) count += !p.argument && !partitioner_find(p.name);
    uint32_t at = (uint32_t)random_below(draw, count);
    for (i = 0; placement_at(i, &p); i++)
        if (!p.argument && !partitioner_find(p.name) && at-- == 0) break;
    return p.name;
}

#endif
