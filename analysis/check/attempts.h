/* attempts.h - checks the bound on a command's attempts, plus one for each plan that came into
 * force meanwhile, if plans can make a client's cache stale, up to the scheme's fallback. */
#ifndef AVIARY_ANALYSIS_CHECK_ATTEMPTS_H
#define AVIARY_ANALYSIS_CHECK_ATTEMPTS_H

#include <stdint.h>

#include "analysis/check/ledger.h"
#include "analysis/check/plans.h"
#include "analysis/check/verdict.h"
#include "proto/schemes/scheme.h"

/* Checks all answered commands into `p` ("bounded-attempts", initialised by the caller). The plans
 * that count for a command are those whose deliveries, from the first to the last anywhere, overlap
 * the time from its issue to its answer. */
void attempts_check(const struct ledger *l, struct attempts_bound bound, const struct plans *plans,
                    struct property *p);

#endif
