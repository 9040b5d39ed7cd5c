/* crowd.h - the users of a social network: who is there, in which community, and who follows whom.
 *
 * Communities are blocks of consecutive numbers (activity.h). Of each block the first few are there
 * from the start, the others join one after the other. */
#ifndef AVIARY_WORKLOADS_GENERATE_CROWD_H
#define AVIARY_WORKLOADS_GENERATE_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "base/error.h"
#include "workloads/generate/social.h"

struct crowd {
    struct social social;
    uint32_t users, communities; /* users: with all who will join */
    uint32_t *there;             /* by community: how many are there */
    uint32_t there_sum;
    uint32_t next;            /* the community that the next one joins, if it has one to come */
    struct social_ends *ends; /* by community; NULL: nobody joins */
};

/* Nobody follows anybody. `first`: how many are there from the start. */
void crowd_init(struct crowd *c, uint32_t first, uint32_t users, uint32_t communities);
void crowd_finish(struct crowd *c);

uint32_t crowd_community(const struct crowd *c, uint32_t user);
bool crowd_is_there(const struct crowd *c, uint32_t user);

/* Each drawn evenly: of all who are there; of the same community, but not the user; of the others.
 * There is one. */
uint32_t crowd_draw(const struct crowd *c, struct random *random);
uint32_t crowd_draw_neighbour(const struct crowd *c, uint32_t user, struct random *random);
uint32_t crowd_draw_stranger(const struct crowd *c, uint32_t user, struct random *random);

/* How newcomers connect: social_grow. */
struct crowd_habits {
    double links, clustering;
    double cut; /* the share of connections between communities */
};

/* Connects those who are there. Of the connections, as close to the share `cut` as whole numbers
 * allow then lead to another community, while each user keeps how many he has: pairs of
 * connections swap ends, but for a last odd one. -1: no room for so many. */
int crowd_grow(struct crowd *c, const struct crowd_habits *h, struct random *random,
               struct error *e);

/* To be called once, before the first joins. */
void crowd_expect_joins(struct crowd *c);
/* The next user joins, and is connected; there is one to come. Returns who. */
uint32_t crowd_join(struct crowd *c, const struct crowd_habits *h, struct random *random);

#endif
