/* clustering.h - the clustering coefficient of a social graph. */
#ifndef AVIARY_TESTS_WORKLOADS_CLUSTERING_H
#define AVIARY_TESTS_WORKLOADS_CLUSTERING_H

#include "workloads/generate/social.h"

/* Mean over the users of the share of their pairs of neighbours that are connected. */
static inline double clustering(const struct social *s)
{
    double sum = 0;
    for (uint32_t u = 0; u < s->users; u++) {
        const struct user_set *set = &s->followers[u];
        uint64_t closed = 0, pairs = 0;
        for (uint32_t i = 0; i < set->count; i++)
            for (uint32_t j = 0; j < i; j++, pairs++)
                closed += social_follows(s, set->user[i], set->user[j]);
        if (pairs > 0) sum += (double)closed / (double)pairs;
    }
    return sum / s->users;
}

#endif
