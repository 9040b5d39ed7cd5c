/* finals.h - where all variables are when a run has come to rest, and what is in them: told by
 * replicas, heard by the recorder, or on the way to it by a journal. */
#ifndef AVIARY_ANALYSIS_CHECK_FINALS_H
#define AVIARY_ANALYSIS_CHECK_FINALS_H

#include "proto/execution/executor.h"
#include "proto/topology.h"

/* Who hears of it. */
struct finals {
    /* The group owns the variable; said of every variable that it owns. */
    void (*owner)(struct finals *f, uint32_t group, uint32_t variable);
    /* The oracle's map has the variable in that group, or PLACE_NONE; said of every variable. */
    void (*location)(struct finals *f, uint32_t variable, uint16_t group);
    /* What the group has in that variable; said of every one that was ever written. The group owns
     * it, or has given it away to one that has not come for the value yet: the largest version that
     * is told is the present one. NULL: it is not told. */
    void (*value)(struct finals *f, uint32_t group, uint32_t variable, struct variable_state state);
};

/* Who tells: a live replica of the group, or NULL if nobody speaks for it here. */
struct finals_source {
    const struct executor *(*live)(void *context, uint32_t group);
    void *context;
};

/* Everything that the source's groups have to say. A process of an emulated cluster that holds one
 * replica speaks for that group only; one replica of each group is enough, and several must have
 * come to agree before. Without an oracle nothing moves, and nothing is told but
 * values. */
void finals_tell(const struct topology *t, uint32_t variables, const struct finals_source *source,
                 struct finals *to);

#endif
