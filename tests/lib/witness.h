/* witness.h - observes the deliveries of a world, for tests of atomic multicast; on request it
 * tells the recorder of the world something else than what was delivered, so that a checker can be
 * seen to find it. */
#ifndef AVIARY_TESTS_LIB_WITNESS_H
#define AVIARY_TESTS_LIB_WITNESS_H

#include "proto/idmap.h"
#include "tests/lib/world.h"

/* What is reported instead of the deliveries of two groups; `number` is client 0's n-th command. */
enum lie {
    LIE_NONE,
    LIE_LOST,    /* no replica delivers number 3 */
    LIE_SKIPPED, /* replica 0 of group 1 does not deliver the last one */
    LIE_TWICE,   /* replica 0 of group 0 delivers number 3 twice */
    LIE_SWAPPED, /* group 1 delivers number 4 before number 3 */
    LIE_PARTED,  /* group 0 does not deliver the last one, and group 1 not the one before */
};

struct witness {
    struct observer observer;
    struct world world;
    enum lie lie;
    uint64_t last; /* number of client 0's last command */
    struct {
        struct command *command;
        uint64_t timestamp;
    } held[REPLICAS_MAX];  /* by LIE_SWAPPED, of each replica, until the next one */
    struct idmap casts;    /* every multicast, and which groups have delivered it */
    uint64_t first_ns[64]; /* when each node delivered its first; 0: never */
    uint32_t deliveries;
};

/* Begins a world that it observes; its setup's observer is set here. */
void witness_begin(struct witness *w, struct world_setup *setup);
/* As world_check; and validity, if `valid`: what a client multicast that is alive, every
 * destination has delivered. The property that was asked for, if it fails, else the first that
 * does. */
const struct property *witness_check(struct witness *w, const char *property, bool valid);
void witness_end(struct witness *w);

#endif
