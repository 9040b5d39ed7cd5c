/* atomicity.h - checks execution atomicity of casts to several groups: whenever a replica ends
 * the execution of C in group P, in every other destination group Q some replica has started C
 * before.
 *
 * Plans are excepted: a plan only switches maps, each group at the plan's place in its own order,
 * and the variables follow one by one. No client observes the switch itself; owners.h checks that
 * no variable has two owners meanwhile, or is used where it has not arrived.
 *
 * This is the form of "Strong consistency at scale" (IEEE Data Eng. Bull. 2016). The earliest start
 * and the earliest end per cast and group are compared at the end, since nodes' reports need not
 * come in the order of their times. */
#ifndef AVIARY_ANALYSIS_CHECK_ATOMICITY_H
#define AVIARY_ANALYSIS_CHECK_ATOMICITY_H

#include <stdint.h>

#include "analysis/check/ledger.h"
#include "analysis/check/verdict.h"

/* A replica of the slot's group has started, or ended, the slot's cast; the earliest counts. */
static inline void atomicity_started(struct ledger_slot *slot, uint64_t now_ns)
{
    if (now_ns < slot->started_ns) slot->started_ns = now_ns;
}

static inline void atomicity_ended(struct ledger_slot *slot, uint64_t now_ns)
{
    if (now_ns < slot->ended_ns) slot->ended_ns = now_ns;
}

/* Checks all casts of the ledger into `p` ("execution-atomicity", initialised by the caller). */
void atomicity_check(const struct ledger *l, struct property *p);

#endif
