/* schemes.h - for tests that go through all schemes there are. */
#ifndef AVIARY_TESTS_SCHEMES_H
#define AVIARY_TESTS_SCHEMES_H

#include "proto/random.h"
#include "proto/scheme.h"

static inline uint32_t scheme_count(void)
{
    uint32_t count = 0;
    while (scheme_at(count)) count++;
    return count;
}

/* Each with the same chance. */
static inline const struct scheme *scheme_draw(struct random *draw)
{
    return scheme_at((uint32_t)random_below(draw, scheme_count()));
}

#endif
