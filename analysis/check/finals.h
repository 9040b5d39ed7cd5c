/* finals.h - the variables' places and values when a run is quiescent: reported by replicas to the
 * recorder, directly or by a journal. */
#ifndef AVIARY_ANALYSIS_CHECK_FINALS_H
#define AVIARY_ANALYSIS_CHECK_FINALS_H

#include "proto/execution/executor.h"
#include "proto/topology.h"

/* The receiver. */
struct finals {
    /* The group owns the variable; called for every variable that it owns. */
    void (*owner)(struct finals *f, uint32_t group, uint32_t variable);
    /* The oracle's map has the variable in that group, or PLACE_NONE; called for every variable. */
    void (*location)(struct finals *f, uint32_t variable, uint16_t group);
    /* The group's value of that variable; called for every one that was ever written. The group
     * owns it, or has sent it to an owner that has not fetched the value yet: the largest version
     * reported is the present one. NULL: not reported. */
    void (*value)(struct finals *f, uint32_t group, uint32_t variable, struct variable_state state);
};

/* The source: a live replica of the group, or NULL if none is in this process. */
struct finals_source {
    const struct executor *(*live)(void *context, uint32_t group);
    void *context;
};

/* Reports everything of the source's groups. A process of an emulated cluster that holds one
 * replica reports that group only; one replica of each group is enough, and several must agree.
 * Without an oracle nothing moves, and only values are reported. */
void finals_tell(const struct topology *t, uint32_t variables, const struct finals_source *source,
                 struct finals *to);

#endif
