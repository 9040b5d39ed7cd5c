/* refusals.h - checks refusals. A command is refused (REPLY_NOK) because one of its variables does
 * not exist, or one that it was to create does: at some point of the order between its issue and
 * its return that must have been so.
 *
 * A variable exists, or not, from the command that creates or deletes it until the next one that
 * does the opposite. When in a command's time it took effect is unknown, so each such period is
 * taken to begin with the issue of one command and to end with the return of the other: a refusal
 * that fails here is wrong in every order. */
#ifndef AVIARY_ANALYSIS_CHECK_REFUSALS_H
#define AVIARY_ANALYSIS_CHECK_REFUSALS_H

#include <stdbool.h>

#include "analysis/check/ledger.h"
#include "analysis/check/verdict.h"
#include "proto/variables.h"

struct refusals {
    const struct ledger *ledger; /* borrowed */
    bool *absent;                /* by variable: it does not exist at the start */
    uint32_t count;
    struct property property;
};

/* `variables` is used during this call only; NULL: all exist. */
void refusals_init(struct refusals *r, const struct ledger *ledger,
                   const struct variables *variables);
void refusals_finish(struct refusals *r);

/* Of a ledger that keeps accesses. */
void refusals_check(struct refusals *r);

#endif
