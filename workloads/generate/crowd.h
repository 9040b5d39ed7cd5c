/* crowd.h - the users of a social network: who has joined, in which community, and who follows
 * whom.
 *
 * Communities are blocks of consecutive numbers (activity.h). Of each block the first few are
 * initial users, the others join one after the other. */
#ifndef AVIARY_WORKLOADS_GENERATE_CROWD_H
#define AVIARY_WORKLOADS_GENERATE_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/random.h"
#include "workloads/generate/social.h"

struct crowd {
    struct social social;
    uint32_t users, communities; /* users: with all who will join */
    uint32_t *joined;            /* by community: how many have joined */
    uint32_t joined_sum;
    uint32_t next;            /* the community that the next one joins, if it has one to come */
    struct social_ends *ends; /* by community; NULL: no user joins */
};

/* Without any connection. `first`: the number of initial users. */
void crowd_init(struct crowd *c, uint32_t first, uint32_t users, uint32_t communities);
void crowd_finish(struct crowd *c);

uint32_t crowd_community(const struct crowd *c, uint32_t user);
bool crowd_has_joined(const struct crowd *c, uint32_t user);

/* Each drawn uniformly: of all who have joined; of the same community, but not the user; of the
 * other communities. There must be one. */
uint32_t crowd_draw(const struct crowd *c, struct random *random);
uint32_t crowd_draw_neighbour(const struct crowd *c, uint32_t user, struct random *random);
uint32_t crowd_draw_stranger(const struct crowd *c, uint32_t user, struct random *random);

/* How newcomers connect: social_grow. */
struct crowd_parameters {
    double links, clustering;
    double cut; /* the share of connections between communities */
};

/* Connects the initial users. The share `cut` of the connections, rounded, then leads to another
 * community, while the degrees are preserved: pairs of connections swap ends, but for a last odd
 * one. -1: no room for so many. */
int crowd_grow(struct crowd *c, const struct crowd_parameters *h, struct random *random,
               struct error *e);

/* To be called once, before the first joins. */
void crowd_expect_joins(struct crowd *c);
/* The next user joins, and is connected; there must be one left. Returns the user. */
uint32_t crowd_join(struct crowd *c, const struct crowd_parameters *h, struct random *random);

#endif
