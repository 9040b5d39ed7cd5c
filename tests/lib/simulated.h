/* simulated.h - runs of whole lines of options, as `aviary run` makes them but without a database.
 */
#ifndef AVIARY_TESTS_LIB_SIMULATED_H
#define AVIARY_TESTS_LIB_SIMULATED_H

#include "analysis/experiment/runner.h"

/* Simulates `aviary run LINE`, with its first scheme and number of partitions; fails the test on an
 * error. Options are valid until the next call. The caller destroys the run. */
struct run *simulated(const char *line);
/* The same with a fault script. */
struct run *simulated_with(const char *faults, const char *line);

/* What `aviary swarm LINE` is given. */
struct swarm_given {
    struct experiment experiment;
    char text[256]; /* which its texts point into */
};
/* Fails the test on an error; else experiment_finish() is due. */
void swarm_give(struct swarm_given *given, const char *line);

/* The property of that name; NULL: the result has none. */
const struct property *result_property(const struct run_result *r, const char *name);

#endif
