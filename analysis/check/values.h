/* values.h - checks values, and not only versions. The serial order of a history is executed again,
 * with the run's application, and every digest is compared, and every final value.
 *
 * The other checkers look at versions, owners and order. A variable that is moved, lent or returned
 * and keeps its version but not its value passes them all: its next reader computes a wrong result,
 * at all replicas alike.
 *
 * A blind write whose version no replica reported may be anywhere in the order: commands that
 * depend on its variable are then undecided. */
#ifndef AVIARY_ANALYSIS_CHECK_VALUES_H
#define AVIARY_ANALYSIS_CHECK_VALUES_H

#include <stdbool.h>

#include "analysis/check/ledger.h"
#include "analysis/check/verdict.h"
#include "proto/application.h"

/* A variable's final value. */
struct values_final {
    struct variable_state state;
    uint16_t group; /* the first that reported this version */
    bool reported;
};

struct values {
    const struct ledger *ledger;           /* borrowed */
    const struct application *application; /* borrowed */
    const uint32_t *numbers;               /* by variable: its number in the run; NULL: the same */
    bool forgets;                          /* a variable that is deleted loses its value */
    struct property property;
    struct values_final *finals; /* by variable */
    uint64_t final_count, final_room;
};

void values_init(struct values *v, const struct ledger *ledger,
                 const struct application *application);
void values_finish(struct values *v);

/* As in finals.h: of several versions the largest is the present one. */
void values_final(struct values *v, uint32_t group, uint32_t variable, struct variable_state state);

/* `order`: of history_check(), so many commands; NULL: there is none, and the property is
 * undecided. `rested`: the run is quiescent, so that the final values are those of the history. */
void values_check(struct values *v, const uint32_t *order, uint64_t count, bool rested);

#endif
