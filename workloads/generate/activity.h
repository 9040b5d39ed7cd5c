/* activity.h - which user is active: Zipf over ranks, which the seed assigns to the users.
 *
 * Users form communities, equal blocks of consecutive numbers. The ranks are assigned so that at
 * every halving of the range of communities both halves are about equally active. */
#ifndef AVIARY_WORKLOADS_GENERATE_ACTIVITY_H
#define AVIARY_WORKLOADS_GENERATE_ACTIVITY_H

#include <gsl/gsl_randist.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/random.h"

struct activity {
    gsl_ran_discrete_t *table;
};

/* zipf: the exponent; 0: all equally active. */
void activity_init(struct activity *a, uint32_t users, uint32_t communities, double zipf,
                   struct random *random);
void activity_finish(struct activity *a);
uint32_t activity_draw(const struct activity *a, struct random *random);

/* The community of a user, and the first user of a community. */
static inline uint32_t community_of(uint32_t user, uint32_t users, uint32_t communities)
{
    ASSERT(users > 0);
    return (uint32_t)((uint64_t)user * communities / users);
}

static inline uint32_t community_first(uint32_t community, uint32_t users, uint32_t communities)
{
    ASSERT(communities > 0);
    return (uint32_t)(((uint64_t)community * users + communities - 1) / communities);
}

#endif
