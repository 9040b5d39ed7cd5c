/* simulation_options.h - the options of simulated runs. */
#ifndef AVIARY_SIM_SIMULATION_OPTIONS_H
#define AVIARY_SIM_SIMULATION_OPTIONS_H

#include <stdbool.h>

#include "analysis/experiment/cluster_options.h"
#include "analysis/experiment/experiment.h"

/* Texts point into the command line. */
struct simulation_options {
    const char *model;    /* a name or a file (model.h) */
    bool durable;         /* replicas have storage, as the model says */
    const char *faults;   /* a file, `swarm`, or NULL: none */
    uint64_t max_events;  /* of one run, at least 1 */
    uint64_t max_wall_ns; /* bound on its real time; UINT64_MAX: not limited */
};

extern const struct cluster_options simulation_kind;

/* Of an experiment whose command simulates; lives until experiment_finish(). */
const struct simulation_options *simulation_options(const struct experiment *e);

#endif
