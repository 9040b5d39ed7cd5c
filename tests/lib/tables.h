/* tables.h - for tests that iterate over the entries of tables, or draw from them. */
#ifndef AVIARY_TESTS_LIB_TABLES_H
#define AVIARY_TESTS_LIB_TABLES_H

#include "base/random.h"
#include "proto/schemes/scheme.h"

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

#endif
