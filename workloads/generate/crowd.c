/* crowd.c - the users, and which users each follows (crowd.h). */
#include "workloads/generate/crowd.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"
#include "workloads/generate/activity.h"
#include "workloads/import/edges.h"

enum { TRIES_MAX = 64 };

static uint32_t first_of(const struct crowd *c, uint32_t community)
{
    return community_first(community, c->users, c->communities);
}

void crowd_init(struct crowd *c, uint32_t first, uint32_t users, uint32_t communities)
{
    ASSERT(users > 0 && communities > 0);
    *c = (struct crowd){.users = users, .communities = communities, .joined_sum = first};
    social_init(&c->social, users);
    c->joined = allocate_zeroed(communities, sizeof(*c->joined));
    uint32_t left = first;
    for (uint32_t i = 0; i < communities; i++) {
        c->joined[i] = (uint32_t)((uint64_t)(first_of(c, i + 1) - first_of(c, i)) * first / users);
        left -= c->joined[i];
    }
    for (uint32_t i = 0; left > 0; i = (i + 1) % communities) {
        if (c->joined[i] == first_of(c, i + 1) - first_of(c, i)) continue;
        c->joined[i]++;
        left--;
    }
}

void crowd_finish(struct crowd *c)
{
    for (uint32_t i = 0; c->ends && i < c->communities; i++) free(c->ends[i].user);
    free(c->ends);
    free(c->joined);
    social_finish(&c->social);
    *c = (struct crowd){0};
}

uint32_t crowd_community(const struct crowd *c, uint32_t user)
{
    return community_of(user, c->users, c->communities);
}

bool crowd_has_joined(const struct crowd *c, uint32_t user)
{
    uint32_t community = crowd_community(c, user);
    return user - first_of(c, community) < c->joined[community];
}

/* --- drawing ------------------------------------------------------------------------------------
 */

/* The n-th user who has joined, the community `except` left out. */
static uint32_t nth(const struct crowd *c, uint32_t n, uint32_t except)
{
    for (uint32_t i = 0;; i++) {
        ASSERT(i < c->communities);
        if (i == except) continue;
        if (n < c->joined[i]) return first_of(c, i) + n;
        n -= c->joined[i];
    }
}

uint32_t crowd_draw(const struct crowd *c, struct random *random)
{
    uint32_t drawn = (uint32_t)random_below(random, c->joined_sum);
    return c->joined_sum == c->users ? drawn : nth(c, drawn, UINT32_MAX);
}

uint32_t crowd_draw_neighbour(const struct crowd *c, uint32_t user, struct random *random)
{
    uint32_t mine = crowd_community(c, user);
    uint32_t drawn = first_of(c, mine) + (uint32_t)random_below(random, c->joined[mine] - 1);
    return drawn + (drawn >= user);
}

uint32_t crowd_draw_stranger(const struct crowd *c, uint32_t user, struct random *random)
{
    uint32_t mine = crowd_community(c, user);
    uint32_t drawn = (uint32_t)random_below(random, c->joined_sum - c->joined[mine]);
    if (c->joined_sum < c->users) return nth(c, drawn, mine);
    return drawn < first_of(c, mine) ? drawn : drawn + c->joined[mine];
}

/* --- the cut ------------------------------------------------------------------------------------
 */

/* Connections inside communities, those still to choose from first. */
struct choice {
    struct edges edges;
    uint32_t left;
};

static void collect(const struct crowd *c, struct choice *choice)
{
    struct edges *edges = &choice->edges;
    for (uint32_t u = 0; u < c->users; u++)
        for (uint32_t i = 0; i < c->social.following[u].count; i++) {
            uint32_t w = c->social.following[u].user[i];
            if (u > w) continue;
            edges->edge =
                array_grow32(edges->edge, &edges->room, edges->count + 1, sizeof(struct edge));
            edges->edge[edges->count++] = (struct edge){u, w};
        }
    choice->left = edges->count;
}

static void choose_no_more(struct choice *choice, uint32_t i)
{
    choice->edges.edge[i] = choice->edges.edge[--choice->left];
}

static void disconnect(struct social *s, struct edge edge)
{
    social_unfollow(s, edge.from, edge.to);
    social_unfollow(s, edge.to, edge.from);
}

/* a-b and c-d become a-d and c-b. */
static bool swap_ends(struct crowd *c, struct choice *choice, struct random *random)
{
    struct social *s = &c->social;
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        uint32_t i = (uint32_t)random_below(random, choice->left);
        uint32_t j = (uint32_t)random_below(random, choice->left);
        struct edge one = choice->edges.edge[i], other = choice->edges.edge[j];
        if (crowd_community(c, one.from) == crowd_community(c, other.from)) continue;
        if (random_next(random) >> 63) other = (struct edge){other.to, other.from};
        if (social_follows(s, one.from, other.to) || social_follows(s, other.from, one.to))
            continue;
        disconnect(s, one);
        disconnect(s, other);
        social_connect(s, one.from, other.to);
        social_connect(s, other.from, one.to);
        choose_no_more(choice, i > j ? i : j);
        choose_no_more(choice, i > j ? j : i);
        return true;
    }
    return false;
}

/* a-b becomes a-c. */
static bool move_end(struct crowd *c, struct choice *choice, struct random *random)
{
    for (int tries = 0; choice->left > 0 && tries < TRIES_MAX; tries++) {
        uint32_t i = (uint32_t)random_below(random, choice->left);
        struct edge edge = choice->edges.edge[i];
        uint32_t stranger = crowd_draw_stranger(c, edge.from, random);
        if (social_follows(&c->social, edge.from, stranger)) continue;
        disconnect(&c->social, edge);
        if (!social_connect(&c->social, edge.from, stranger)) {
            social_connect(&c->social, edge.from, edge.to);
            continue;
        }
        choose_no_more(choice, i);
        return true;
    }
    return false;
}

static int cut_connections(struct crowd *c, double share, struct random *random, struct error *e)
{
    struct choice choice = {0};
    collect(c, &choice);
    uint32_t wanted = (uint32_t)((double)choice.edges.count * share + 0.5), done = 0;
    while (done < wanted) {
        if (wanted - done > 1 && choice.left > 1 && swap_ends(c, &choice, random))
            done += 2;
        else if (move_end(c, &choice, random))
            done++;
        else
            break;
    }
    edges_finish(&choice.edges);
    if (done == wanted) return 0;
    return error_set(e, "chirper: cut: expected a share that these users have room for, found %g",
                     share);
}

/* --- growing ------------------------------------------------------------------------------------
 */

int crowd_grow(struct crowd *c, const struct crowd_parameters *h, struct random *random,
               struct error *e)
{
    for (uint32_t i = 0; i < c->communities; i++)
        social_grow(&c->social, first_of(c, i), first_of(c, i) + c->joined[i], h->links,
                    h->clustering, random);
    return h->cut > 0 ? cut_connections(c, h->cut, random, e) : 0;
}

void crowd_expect_joins(struct crowd *c)
{
    ASSERT(!c->ends);
    c->ends = allocate_zeroed(c->communities, sizeof(*c->ends));
    for (uint32_t i = 0; i < c->communities; i++)
        c->ends[i] = (struct social_ends){.first = first_of(c, i), .end = first_of(c, i + 1)};
    for (uint32_t u = 0; u < c->users; u++)
        for (uint32_t i = 0; i < c->social.followers[u].count; i++)
            social_add_end(&c->ends[crowd_community(c, u)], u);
}

/* The next in turn that has users left to join. */
static uint32_t next_community(struct crowd *c)
{
    ASSERT(c->joined_sum < c->users);
    for (;;) {
        uint32_t i = c->next;
        c->next = (c->next + 1) % c->communities;
        if (c->joined[i] < first_of(c, i + 1) - first_of(c, i)) return i;
    }
}

uint32_t crowd_join(struct crowd *c, const struct crowd_parameters *h, struct random *random)
{
    uint32_t community = next_community(c);
    uint32_t newcomer = first_of(c, community) + c->joined[community];
    c->joined[community]++;
    c->joined_sum++;
    uint32_t links = social_round(h->links, random), remote = 0;
    for (uint32_t i = 0; h->cut > 0 && i < links; i++)
        if (random_share(random, h->cut))
            remote +=
                social_connect(&c->social, newcomer, crowd_draw_stranger(c, newcomer, random));
    social_join(&c->social, &c->ends[community], newcomer, links - remote, h->clustering, random);
    return newcomer;
}
