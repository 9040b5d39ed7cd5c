/* attempts.h - checks that commands are not tried again for ever: so many attempts, and where a
 * plan may make a client's knowledge stale, one more for each plan that came into force meanwhile,
 * up to the scheme's last resort. */
#ifndef AVIARY_ANALYSIS_CHECK_ATTEMPTS_H
#define AVIARY_ANALYSIS_CHECK_ATTEMPTS_H

#include <stdint.h>

#include "analysis/check/ledger.h"
#include "analysis/check/plans.h"
#include "analysis/check/verdict.h"
#include "proto/schemes/scheme.h"

/* Judges all answered commands into `p` ("bounded-attempts", initialised by the caller). A command
 * meets the plans whose deliveries, from the first to the last anywhere, overlap the time from its
 * issue to its answer. */
void attempts_check(const struct ledger *l, struct attempts_bound bound, const struct plans *plans,
                    struct property *p);

#endif
