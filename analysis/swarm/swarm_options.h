/* swarm_options.h - the options of `aviary swarm` beside those of the runs it makes. */
#ifndef AVIARY_ANALYSIS_SWARM_SWARM_OPTIONS_H
#define AVIARY_ANALYSIS_SWARM_SWARM_OPTIONS_H

#include <stdint.h>

#include "base/options.h"

/* Seeds of one swarm. */
#define SWARM_SEEDS_MAX UINT32_MAX

struct swarm_options {
    uint32_t seeds;  /* how many; 0: by default */
    uint64_t first;  /* of them */
    uint32_t jobs;   /* runs at a time */
    uint64_t for_ns; /* real time in which runs are started; UINT64_MAX: not limited */
};

/* A table that reads into *o. */
struct options_table swarm_options_table(struct swarm_options *o);

/* As many as were asked for; by default 1000, or, of a swarm whose time is limited, any number. */
uint32_t swarm_options_seeds(const struct swarm_options *o);

#endif
