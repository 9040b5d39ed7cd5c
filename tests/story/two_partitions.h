/* two_partitions.h - the setup of tests of DynaStar in two partitions. Steps take 1 ms. With plans,
 * a partition sends the oracle a hint of its executed commands at 20 ms; at 23 ms the plan is
 * computed, at 29 ms delivered, and at 31 ms the partitions have its moves. */
#ifndef AVIARY_TESTS_STORY_TWO_PARTITIONS_H
#define AVIARY_TESTS_STORY_TWO_PARTITIONS_H

#include "tests/lib/stories.h"

#define STORY(script, ...) STORY_OF("dynastar", 2, script, __VA_ARGS__)

/* Two of the variables are in p0, which therefore executes. */
#define TRIPLE ON(0, 0, RW), ON(1, 1, RW), ON(2, 0, RW)

enum {
    TRIPLE_CHANGES = 6, /* three accesses, three pairs */
    REPLICAS = 3,
    PARTITION_REPLICAS = 2 * REPLICAS,
    /* Sets of groups. */
    P0 = 1,
    P1 = 2,
    ORACLE = 4,
};

/* A plan that moves all variables to p1. */
static const uint32_t all_to_p1[STORY_VERTICES_MAX] = {1, 1, 1, 1, 1, 1, 1, 1};

#endif
