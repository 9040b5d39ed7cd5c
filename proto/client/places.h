/* places.h - a client's location cache: granule -> partition, learnt from prophecies.
 *
 * Plans place granules, so what is known of one variable is known of all of its granule. Where
 * variables move individually, each has its own entry. An entry can be wrong (a variable was
 * created when its granule did not exist, say): that costs a retry.
 *
 * Valid under one plan: a newer one makes all entries void (DynaStar, ICDCS 2019: at a plan the
 * oracle's load jumps, and decays as caches fill again). 8 bytes a slot, at most 3/4 full. */
#ifndef AVIARY_PROTO_CLIENT_PLACES_H
#define AVIARY_PROTO_CLIENT_PLACES_H

#include <stdint.h>

#include "proto/variables.h"

struct place_slot {
    uint32_t key; /* granule or variable, + 1; 0: empty */
    uint32_t group;
};

struct places {
    const struct variables *granules; /* NULL: variables move one by one */
    struct place_slot *slots;         /* NULL until something is learnt */
    uint32_t capacity;                /* a power of two */
    uint32_t count;
    uint64_t plan_version;
};

/* `granules` is borrowed. */
void places_init(struct places *p, const struct variables *granules);
void places_finish(struct places *p);
/* The group, or UINT32_MAX: not known. */
uint32_t places_get(const struct places *p, uint32_t variable);
void places_put(struct places *p, uint32_t variable, uint32_t group);
/* A plan is known to be in force: drop all older entries. */
void places_expire(struct places *p, uint64_t plan_version);

#endif
