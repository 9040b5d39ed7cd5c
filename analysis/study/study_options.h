/* study_options.h - the options of `aviary compare` beside those of the runs it makes. */
#ifndef AVIARY_ANALYSIS_STUDY_STUDY_OPTIONS_H
#define AVIARY_ANALYSIS_STUDY_STUDY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/options.h"

enum { STUDY_REPLICATIONS_MAX = 1000 };

struct study_options {
    uint32_t seeds; /* replications of each cell; 0: by default */
    uint32_t jobs;  /* simulated runs at a time */
    bool dry_run;
    const char *against; /* a file of results; NULL: none */
};

/* A table that reads into *o; o is to be all zeros. */
struct options_table study_options_table(struct study_options *o);

#endif
