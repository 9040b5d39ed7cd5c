/* plan_gains.h - what plans gained, as measured: the answers to clients between plans. */
#ifndef AVIARY_ANALYSIS_CHECK_PLAN_GAINS_H
#define AVIARY_ANALYSIS_CHECK_PLAN_GAINS_H

#include "analysis/check/ledger.h"
#include "analysis/check/plans.h"
#include "analysis/check/run_result.h"
#include "analysis/check/statistics.h"

/* Cuts the measured window where announced plans came into force, and fills in the `before` and
 * `after` of all rows, and the sums in the result. What a plan costs, the transfer and the
 * questions of clients, is after it; what a workload changed by itself is in the figures, too. */
void plan_gains(struct plans *plans, const struct ledger *ledger,
                const struct statistics_window *window, struct run_result *result);

#endif
