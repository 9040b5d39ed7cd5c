/* plant.h - planted bugs: a checker is believed only when it has been seen to catch something.
 *
 * Each takes one rule out of the protocols. They are compiled into every build and inert unless
 * asked for, so that what is tested is what runs. */
#ifndef AVIARY_PROTO_PLANT_H
#define AVIARY_PROTO_PLANT_H

#include <stdint.h>

/* X(NAME, "name")
 *   no-signals          partitions wait for values only, not for signals
 *   signals-at-enqueue  signals leave at delivery, not at the start
 *   lost-write          every 20th write of partition 0 is stored by no replica
 *   skipped-delivery    one replica of partition 0 leaves out one delivery
 *   stale-cache         S-SMR's readers use their copy also when the owner sent a newer value */
#define PLANTS(X)                               \
    X(NONE, "none")                             \
    X(NO_SIGNALS, "no-signals")                 \
    X(SIGNALS_AT_ENQUEUE, "signals-at-enqueue") \
    X(LOST_WRITE, "lost-write")                 \
    X(SKIPPED_DELIVERY, "skipped-delivery")     \
    X(STALE_CACHE, "stale-cache")

enum plant {
#define X(NAME, name) PLANT_##NAME,
    PLANTS(X)
#undef X
        PLANT_COUNT
};

enum { PLANT_AT = 20 }; /* the so-manieth delivery, each so-manieth write */

const char *plant_name(uint32_t plant);
/* PLANT_COUNT for an unknown name. */
uint32_t plant_find(const char *name);

#endif
