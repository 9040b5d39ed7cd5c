/* plant.h - planted bugs, which the checkers must find (mutation testing).
 *
 * Each takes one rule out of the protocols. It is a constant in the file that plants it; a scheme
 * lists those that concern it (scheme.h). They are compiled into every build and inert unless asked
 * for, so that what is tested is what runs. */
#ifndef AVIARY_PROTO_PLANT_H
#define AVIARY_PROTO_PLANT_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/application.h"

struct plant {
    const char *name;
    const char *summary; /* what happens instead of what the rule says */
};

enum { PLANT_AT = 20 }; /* the N-th delivery, every N-th write */

/* What arrives of a variable's state where `loses` would lose some values, and `plant` is planted:
 * of every 20th variable the version, and not the value. */
static inline struct variable_state plant_arrived(const struct plant *plant,
                                                  const struct plant *loses, uint32_t variable,
                                                  struct variable_state state)
{
    if (plant == loses && variable % PLANT_AT == 0) state.value = 0;
    return state;
}

#endif
