/* leaders.h - checks elections: no two replicas of a group lead with the same ballot. */
#ifndef AVIARY_ANALYSIS_CHECK_LEADERS_H
#define AVIARY_ANALYSIS_CHECK_LEADERS_H

#include <stdint.h>

#include "analysis/check/verdict.h"
#include "proto/topology.h"

struct leaders_term {
    uint64_t ballot;
    uint32_t group;
    uint32_t node;
};

struct leaders {
    struct topology topology;
    struct leaders_term *terms; /* in the order of the reports */
    uint64_t count, room;
    struct property property; /* "one-leader" */
};

void leaders_init(struct leaders *l, const struct topology *topology);
void leaders_finish(struct leaders *l);
void leaders_leading(struct leaders *l, uint32_t node, uint32_t group, uint64_t ballot);
/* At the end. Sorts the terms. */
void leaders_check(struct leaders *l);

#endif
