/* social.h - who follows whom: a directed graph that changes, with neighbours in order.
 *
 * Users are numbered from 0. A user has at most SOCIAL_FOLLOWERS_MAX followers, so that a post to
 * all of them fits in one command. */
#ifndef AVIARY_WORKLOADS_GENERATE_SOCIAL_H
#define AVIARY_WORKLOADS_GENERATE_SOCIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "proto/command.h"

/* A post also accesses its author, and may mention one more user. */
enum { SOCIAL_FOLLOWERS_MAX = COMMAND_ACCESSES_MAX - 2 };

struct user_set {
    uint32_t *user; /* ascending */
    uint32_t count, room;
};

struct social {
    uint32_t users;
    struct user_set *followers; /* by user */
    struct user_set *following; /* by user */
};

void social_init(struct social *s, uint32_t users);
void social_finish(struct social *s);

bool social_follows(const struct social *s, uint32_t who, uint32_t whom);
/* False: the edge exists, or it is the same user, or the limit is reached. */
bool social_follow(struct social *s, uint32_t who, uint32_t whom);
/* False: there was no such edge. */
bool social_unfollow(struct social *s, uint32_t who, uint32_t whom);
/* They follow each other, and neither did before. False: nothing has changed. */
bool social_connect(struct social *s, uint32_t a, uint32_t b);

/* The two ends of every connection among the users [first, end): drawing one draws by degree. */
struct social_ends {
    uint32_t first, end;
    uint32_t *user;
    uint32_t count, room;
};
void social_add_end(struct social_ends *ends, uint32_t user);

/* Adds a power-law clustered graph among the users [first, end): each newcomer makes `links` mutual
 * connections on average, to users drawn by their degree, each followed with probability
 * `clustering` by one to a neighbour of that user (Holme and Kim, Phys. Rev. E 65, 026107, 2002).
 */
void social_grow(struct social *s, uint32_t first, uint32_t end, double links, double clustering,
                 struct random *random);

/* One newcomer of them, connected inside [ends->first, ends->end). Without ends there is no user to
 * connect to. */
void social_join(struct social *s, struct social_ends *ends, uint32_t newcomer, uint32_t links,
                 double clustering, struct random *random);

/* A whole number that is `mean` on average, next to it. */
uint32_t social_round(double mean, struct random *random);

/* True with the given probability. */
static inline bool random_share(struct random *r, double share)
{
    return (double)(random_next(r) >> 11) * 0x1p-53 < share;
}

#endif
