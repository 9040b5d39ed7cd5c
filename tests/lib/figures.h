/* figures.h - figures of a run with a line of options, for tests of published claims. */
#ifndef AVIARY_TESTS_LIB_FIGURES_H
#define AVIARY_TESTS_LIB_FIGURES_H

#include "analysis/results/results.h"

enum { INTERVALS_MAX = 64 };

struct figures {
    double throughput_per_s;
    double multi_share; /* of the measured commands */
    double waiting_us;  /* of commands on one partition, and of the phases of their mean latency: */
    double waiting_share;
    struct result_interval interval[INTERVALS_MAX];
    uint32_t intervals;
    uint64_t plans, plans_announced;
    double plan_gain;
    double last_plan_s; /* when it was computed; 0: none */
    uint64_t fallbacks;
    double messages_per_command;
};

/* Runs `aviary run LINE` without a database; its verdict must be ok, unless a bug is planted.
 * AVIARY_SEED=S: with that seed instead of 1. */
struct figures figures_of(const char *line);
/* The same with a fault script. */
struct figures figures_with(const char *faults, const char *line);

#endif
