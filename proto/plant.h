/* plant.h - planted bugs, which the checkers must find (mutation testing).
 *
 * Each removes one rule of the protocols. They are compiled into every build and inert unless
 * enabled, so that the tested build is the one that runs. */
#ifndef AVIARY_PROTO_PLANT_H
#define AVIARY_PROTO_PLANT_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/application.h"

/* X(NAME, "name", "schemes that have the rule")
 *   no-signals          partitions wait for values only, not for signals
 *   signals-at-enqueue  signals leave at delivery, not at the start
 *   lost-write          every 20th write of partition 0 is stored by no replica
 *   skipped-delivery    one replica of partition 0 leaves out one delivery
 *   stale-cache         S-SMR's readers use their copy also when the owner sent a newer value
 *   queued-values       messages of other partitions are not handled while a command waits
 *   unheard-moves       the oracle takes part in moves, but its map does not follow
 *   incomplete-set      the target executes also when a lender lacks a variable, as if it were (0,
 * 0) final-retry         a client does not retry when a command that the oracle dispatched is
 * refused impatient-lender    a lender that has nothing to lend does not wait for the return
 *   own-target          a lender whose variable has left lends to where the last plan moved it
 *   objects-again       a plan's duplicate objects overwrite later writes
 *   snapshot-map        a plan resets the oracle's map to the snapshot
 *   wrong-nok           the oracle refuses every 20th query
 *   lost-value-*        of every 20th variable that moves, comes by a plan, is lent or is returned
 *                       the version arrives, and not the value */
#define PLANTS(X)                                                      \
    X(NONE, "none", "smr ssmr dssmr dynastar")                         \
    X(NO_SIGNALS, "no-signals", "ssmr")                                \
    X(SIGNALS_AT_ENQUEUE, "signals-at-enqueue", "ssmr")                \
    X(LOST_WRITE, "lost-write", "smr ssmr dssmr dynastar")             \
    X(SKIPPED_DELIVERY, "skipped-delivery", "smr ssmr dssmr dynastar") \
    X(STALE_CACHE, "stale-cache", "ssmr")                              \
    X(QUEUED_VALUES, "queued-values", "ssmr dssmr dynastar")           \
    X(UNHEARD_MOVES, "unheard-moves", "dssmr")                         \
    X(INCOMPLETE_SET, "incomplete-set", "dynastar")                    \
    X(FINAL_RETRY, "final-retry", "dynastar")                          \
    X(IMPATIENT_LENDER, "impatient-lender", "dynastar")                \
    X(OWN_TARGET, "own-target", "dynastar")                            \
    X(OBJECTS_AGAIN, "objects-again", "dynastar")                      \
    X(SNAPSHOT_MAP, "snapshot-map", "dynastar")                        \
    X(WRONG_NOK, "wrong-nok", "dssmr dynastar")                        \
    X(LOST_VALUE_MOVE, "lost-value-move", "dssmr")                     \
    X(LOST_VALUE_TRANSFER, "lost-value-transfer", "dynastar")          \
    X(LOST_VALUE_LOAN, "lost-value-loan", "dynastar")                  \
    X(LOST_VALUE_RETURN, "lost-value-return", "dynastar")

enum plant {
#define X(NAME, name, schemes) PLANT_##NAME,
    PLANTS(X)
#undef X
        PLANT_COUNT
};

enum { PLANT_AT = 20 }; /* the N-th delivery, every N-th write */

/* The state as it arrives: without some values if `plant` is `loses`. */
static inline struct variable_state plant_arrived(uint32_t plant, enum plant loses,
                                                  uint32_t variable, struct variable_state state)
{
    if (plant == loses && variable % PLANT_AT == 0) state.value = 0;
    return state;
}

const char *plant_name(uint32_t plant);
/* Does the scheme of that name have the rule that it removes? */
bool plant_concerns(uint32_t plant, const char *scheme);
/* PLANT_COUNT for an unknown name. */
uint32_t plant_find(const char *name);

#endif
