/* plant.h - planted bugs: a checker is believed only when it has been seen to catch something.
 *
 * Each takes one rule out of the protocols. They are compiled into every build and inert unless
 * asked for, so that what is tested is what runs. */
#ifndef AVIARY_PROTO_PLANT_H
#define AVIARY_PROTO_PLANT_H

#include <stdint.h>

/* X(NAME, "name", "what it does") */
#define PLANTS(X)                                                                                  \
    X(NONE, "none", "no planted bug")                                                              \
    X(NO_SIGNALS, "no-signals", "partitions wait for values only, not for signals")                \
    X(SIGNALS_AT_ENQUEUE, "signals-at-enqueue", "signals leave at delivery, not at the start")     \
    X(LOST_WRITE, "lost-write", "every 20th write of partition 0 is stored by no replica")         \
    X(SKIPPED_DELIVERY, "skipped-delivery", "one replica of partition 0 leaves out one delivery")

enum plant {
#define X(NAME, name, what) PLANT_##NAME,
    PLANTS(X)
#undef X
        PLANT_COUNT
};

enum { PLANT_AT = 20 }; /* the so-manieth delivery, each so-manieth write */

const char *plant_name(uint32_t plant);
const char *plant_summary(uint32_t plant);
/* PLANT_COUNT for an unknown name. */
uint32_t plant_find(const char *name);

#endif
