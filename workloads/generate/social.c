/* social.c - a social graph that changes, and its first shape (social.h). */
#include "workloads/generate/social.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/search.h"

enum { TRIES_MAX = 32 };

void social_init(struct social *s, uint32_t users)
{
    s->users = users;
    s->followers = allocate_zeroed(users, sizeof(*s->followers));
    s->following = allocate_zeroed(users, sizeof(*s->following));
}

void social_finish(struct social *s)
{
    for (uint32_t i = 0; i < s->users; i++) {
        free(s->followers[i].user);
        free(s->following[i].user);
    }
    free(s->followers);
    free(s->following);
    *s = (struct social){0};
}

/* The user's position, or where it belongs. */
static uint32_t find(const struct user_set *set, uint32_t user)
{
    return (uint32_t)search_key(set->user, sizeof(*set->user), set->count, user);
}

static void add(struct user_set *set, uint32_t user)
{
    uint32_t at = find(set, user);
    set->user = array_grow32(set->user, &set->room, set->count + 1, sizeof(*set->user));
    memmove(set->user + at + 1, set->user + at, (set->count - at) * sizeof(*set->user));
    set->user[at] = user;
    set->count++;
}

static void take(struct user_set *set, uint32_t user)
{
    uint32_t at = find(set, user);
    ASSERT(at < set->count);
    ASSERT(set->user[at] == user);
    set->count--;
    memmove(set->user + at, set->user + at + 1, (set->count - at) * sizeof(*set->user));
}

bool social_follows(const struct social *s, uint32_t who, uint32_t whom)
{
    const struct user_set *set = &s->following[who];
    uint32_t at = find(set, whom);
    return at < set->count && set->user[at] == whom;
}

bool social_follow(struct social *s, uint32_t who, uint32_t whom)
{
    ASSERT(who < s->users);
    ASSERT(whom < s->users);
    if (who == whom || social_follows(s, who, whom)) return false;
    if (s->followers[whom].count == SOCIAL_FOLLOWERS_MAX) return false;
    add(&s->following[who], whom);
    add(&s->followers[whom], who);
    return true;
}

bool social_unfollow(struct social *s, uint32_t who, uint32_t whom)
{
    ASSERT(who < s->users);
    ASSERT(whom < s->users);
    if (!social_follows(s, who, whom)) return false;
    take(&s->following[who], whom);
    take(&s->followers[whom], who);
    return true;
}

bool social_connect(struct social *s, uint32_t a, uint32_t b)
{
    if (a == b || social_follows(s, a, b) || social_follows(s, b, a)) return false;
    if (s->followers[a].count == SOCIAL_FOLLOWERS_MAX ||
        s->followers[b].count == SOCIAL_FOLLOWERS_MAX)
        return false;
    social_follow(s, a, b);
    social_follow(s, b, a);
    return true;
}

void social_add_end(struct social_ends *ends, uint32_t user)
{
    ends->user = array_grow32(ends->user, &ends->room, ends->count + 1, sizeof(*ends->user));
    ends->user[ends->count++] = user;
}

static bool link_ends(struct social *s, struct social_ends *ends, uint32_t a, uint32_t b)
{
    if (!social_connect(s, a, b)) return false;
    social_add_end(ends, a);
    social_add_end(ends, b);
    return true;
}

/* Connects the newcomer by degree; returns the user it is connected to, or itself: none was
 * found. */
static uint32_t attach(struct social *s, struct social_ends *ends, uint32_t newcomer,
                       struct random *random)
{
    for (int i = 0; i < TRIES_MAX; i++) {
        uint32_t user = ends->user[random_below(random, ends->count)];
        if (link_ends(s, ends, newcomer, user)) return user;
    }
    return newcomer;
}

static bool close_triangle(struct social *s, struct social_ends *ends, uint32_t newcomer,
                           uint32_t user, struct random *random)
{
    const struct user_set *neighbours = &s->followers[user];
    for (int i = 0; i < TRIES_MAX; i++) {
        uint32_t other = neighbours->user[random_below(random, neighbours->count)];
        if (other < ends->first || other >= ends->end) continue;
        if (link_ends(s, ends, newcomer, other)) return true;
    }
    return false;
}

void social_join(struct social *s, struct social_ends *ends, uint32_t newcomer, uint32_t links,
                 double clustering, struct random *random)
{
    uint32_t last = newcomer;
    for (uint32_t made = 0; ends->count > 0 && made < links; made++) {
        bool closed = last != newcomer && random_share(random, clustering) &&
                      close_triangle(s, ends, newcomer, last, random);
        if (!closed) last = attach(s, ends, newcomer, random);
    }
}

uint32_t social_round(double mean, struct random *random)
{
    return (uint32_t)mean + random_share(random, mean - (double)(uint32_t)mean);
}

void social_grow(struct social *s, uint32_t first, uint32_t end, double links, double clustering,
                 struct random *random)
{
    struct social_ends ends = {.first = first, .end = end};
    uint32_t core = (uint32_t)links + 1; /* the first few form a clique */
    if (core > end - first) core = end - first;
    for (uint32_t a = first; a < first + core; a++)
        for (uint32_t b = first; b < a; b++) link_ends(s, &ends, a, b);
    if (ends.count == 0 && end - first >= 2) {
        link_ends(s, &ends, first, first + 1);
        core = 2;
    }
    for (uint32_t newcomer = first + core; newcomer < end; newcomer++) {
        uint32_t wanted = social_round(links, random);
        social_join(s, &ends, newcomer, wanted, clustering, random);
    }
    free(ends.user);
}
