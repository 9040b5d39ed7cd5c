/* study_options.h - the options of `aviary compare` beside those of the runs it makes. */
#ifndef AVIARY_ANALYSIS_STUDY_STUDY_OPTIONS_H
#define AVIARY_ANALYSIS_STUDY_STUDY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/options.h"

enum { STUDY_REPLICATIONS_MAX = 1000 };

/* The clients that a search for saturation begins with. */
#define SATURATE_FIRST "1"

enum saturate_figure {
    SATURATE_THROUGHPUT, /* the peak, whatever the latency is; else the load with that within the */
    SATURATE_MEAN,       /* bound */
    SATURATE_P50,
    SATURATE_P95,
    SATURATE_P99,
    SATURATE_FIGURES,
};

struct saturate_options {
    bool on;
    enum saturate_figure figure;
    uint64_t bound_ns;
};

struct study_options {
    struct saturate_options saturate;
    uint32_t seeds; /* replications of each cell; 0: by default */
    uint32_t jobs;  /* simulated runs at a time */
    bool dry_run;
    const char *against; /* a file of results; NULL: none */
};

/* A table that reads into *o; o is to be all zeros. */
struct options_table study_options_table(struct study_options *o);

/* Such as `p99`; NULL: none of the latencies. */
const char *saturate_figure_name(enum saturate_figure figure);

#endif
