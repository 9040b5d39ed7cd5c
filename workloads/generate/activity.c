/* activity.c - assigns activity to users and draws the active one (activity.h). */
#include "workloads/generate/activity.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"

/* --- the project's random stream as a GSL generator
 * ------------------------------------------------ */

static void stream_set(void *state, unsigned long seed)
{
    ((struct random *)state)->state = seed;
}

static unsigned long stream_get(void *state)
{
    return (unsigned long)(random_next(state) >> 32);
}

static double stream_get_double(void *state)
{
    return (double)(random_next(state) >> 11) * 0x1p-53;
}

static const gsl_rng_type stream_type = {
    "stream", UINT32_MAX, 0, sizeof(struct random), stream_set, stream_get, stream_get_double};

/* --- assigning ranks
 * ---------------------------------------------------------------------------- */

/* The communities as a binary tree in heap order: the root is 1, the leaves the communities. */
struct node {
    uint32_t first, end; /* communities */
    uint32_t free_users; /* without a rank so far */
    double load;
};

struct assignment {
    struct node *nodes;
    uint32_t *order; /* the users of each community, shuffled: taken from the end */
    uint32_t users, communities;
};

static void build(struct assignment *d, uint32_t at, uint32_t first, uint32_t end)
{
    uint32_t from = community_first(first, d->users, d->communities);
    uint32_t to = community_first(end, d->users, d->communities);
    d->nodes[at] = (struct node){first, end, to - from, 0};
    if (end - first < 2) return;
    uint32_t middle = first + (end - first) / 2;
    build(d, at * 2, first, middle);
    build(d, at * 2 + 1, middle, end);
}

static double relative_load(const struct node *n, double weight)
{
    return (n->load + weight) / (n->end - n->first);
}

/* The user that gets the next rank, by descending to the less active half each time. */
static uint32_t assign_rank(struct assignment *d, double weight)
{
    uint32_t at = 1;
    for (;;) {
        struct node *n = &d->nodes[at];
        n->load += weight;
        n->free_users--;
        if (n->end - n->first < 2) break;
        const struct node *left = &d->nodes[at * 2], *right = left + 1;
        bool go_right =
            left->free_users == 0 ||
            (right->free_users > 0 && relative_load(right, weight) < relative_load(left, weight));
        at = at * 2 + go_right;
    }
    uint32_t first = community_first(d->nodes[at].first, d->users, d->communities);
    return d->order[first + d->nodes[at].free_users];
}

static void shuffle(uint32_t *items, uint32_t count, struct random *random)
{
    for (uint32_t i = count; i > 1; i--) {
        uint32_t other = (uint32_t)random_below(random, i);
        uint32_t kept = items[other];
        items[other] = items[i - 1];
        items[i - 1] = kept;
    }
}

void activity_init(struct activity *a, uint32_t users, uint32_t communities, double zipf,
                   struct random *random)
{
    struct assignment d = {.users = users, .communities = communities};
    double *weights = allocate_zeroed(users, sizeof(*weights));
    d.nodes = allocate_zeroed((size_t)communities * 4, sizeof(*d.nodes));
    d.order = allocate_zeroed(users, sizeof(*d.order));
    for (uint32_t i = 0; i < users; i++) d.order[i] = i;
    for (uint32_t c = 0; c < communities; c++) {
        uint32_t first = community_first(c, users, communities);
        shuffle(d.order + first, community_first(c + 1, users, communities) - first, random);
    }
    build(&d, 1, 0, communities);
    for (uint32_t rank = 0; rank < users; rank++) {
        double weight = pow((double)rank + 1, -zipf);
        weights[assign_rank(&d, weight)] = weight;
    }
    a->table = gsl_ran_discrete_preproc(users, weights);
    free(d.nodes);
    free(d.order);
    free(weights);
}

void activity_finish(struct activity *a)
{
    if (a->table) gsl_ran_discrete_free(a->table);
    a->table = NULL;
}

uint32_t activity_draw(const struct activity *a, struct random *random)
{
    const gsl_rng stream = {&stream_type, random};
    return (uint32_t)gsl_ran_discrete(&stream, a->table);
}
