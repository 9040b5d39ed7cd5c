/* liveness.h - runs of the simulator that measure liveness: answers over time, elections, and how
 * long the service was down after a fault.
 *
 * A run is an `aviary run` without a database. Elections are counted from the reports of observers
 * and rates from the times of answers, so nothing here depends on how the protocols work. A run
 * without progress ends by its budget of events. */
#ifndef AVIARY_TESTS_LIB_LIVENESS_H
#define AVIARY_TESTS_LIB_LIVENESS_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/check/verdict.h"

enum { LIVENESS_TEXT_MAX = 2048 };

struct liveness_setup {
    const char *options; /* of `aviary run`, with one blank between words */
    const char *model;   /* NULL: as in the options; settings may hold blanks */
    const char *trace;   /* a text in the place of -w; NULL: as in the options */
    const char *faults;  /* a script; NULL: none */
    uint64_t window_ns;  /* answers are counted by windows of that length; 0: 50 ms */
    uint64_t events_max; /* 0: 20 million */
};

struct liveness {
    enum result verdict;
    char reason[320];  /* of a verdict that is not ok; "the budget ran out" */
    uint64_t commands; /* --commands, UINT64_MAX: as many as there was time for */
    uint64_t issued, answered;
    uint64_t elections; /* terms of leaders, beyond the first of each group */
    uint64_t prepares;  /* PREPARE messages, of candidates elected or not */
    uint64_t heartbeats;
    uint64_t messages, events;
    bool cut_short;  /* the budget ran out */
    uint64_t end_ns; /* clients were done, or the run was stopped */
    uint64_t leader_timeout_ns;
    uint32_t replicas;
    uint64_t window_ns;
    uint32_t windows;  /* full ones until the end */
    uint32_t *answers; /* by window */
};

/* Aborts the test if the options, the model or the script are invalid. */
void liveness_run(const struct liveness_setup *setup, struct liveness *l);
void liveness_finish(struct liveness *l);

/* "ok, 200 of 200 answered, 0 elections, ...": the text of a failed assertion, with the case. */
const char *liveness_text(const struct liveness_setup *setup, const struct liveness *l);

/* Every command issued is answered and every property holds. */
bool liveness_all_answered(const struct liveness *l);
/* No replica was a candidate, elected or not. */
bool liveness_without_election(const struct liveness *l);

/* Mean rate of the windows that lie within [from_ns, to_ns); to_ns past the end: until the end. */
double liveness_rate(const struct liveness *l, uint64_t from_ns, uint64_t to_ns);

/* How long after `fault_ns` the last window ends whose rate is below 80 % of the reference, among
 * those that begin within `within_ns` after the fault; 0: there is none. */
uint64_t liveness_down_ns(const struct liveness *l, double reference_per_s, uint64_t fault_ns,
                          uint64_t within_ns);

#endif
