/* again.h - `--again RUN_ID`: a stored run is repeated, with the options that are stored with it.
 */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_AGAIN_H
#define AVIARY_ANALYSIS_EXPERIMENT_AGAIN_H

#include <stdint.h>
#include <stdio.h>

#include "analysis/results/results.h"
#include "base/error.h"

struct experiment;

/* All zeros: nothing is repeated. */
struct again {
    uint64_t run_id; /* 0: none */
    struct results_made made;
    char *changed; /* `--clients --seed`: options that were given otherwise; NULL: none */
};

/* Before the experiment's options are read: if there is --again, those that were not given become
 * what they were in that run of the database. Where results go is not taken over. 0, or -1 with the
 * error. */
int again_complete(struct experiment *e, struct error *error);
void again_finish(struct again *a);

/* Prints how the fingerprint of a simulation compares with that of the repeated run. Returns 1 if
 * it differs without a reason that is known here, else 0. */
int again_compare(const struct again *a, uint64_t fingerprint, const char *version, FILE *out);

#endif
