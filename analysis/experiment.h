/* experiment.h - what is to be run: the options common to all commands that run something.
 *
 * One table says every option: its name, letter, default, help line and how it is read. Defaults
 * are texts and go through the same readers, so that what is stored with a run is what was used. */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_H
#define AVIARY_ANALYSIS_EXPERIMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/command.h"
#include "proto/multicast.h"
#include "proto/options.h"
#include "proto/scheme.h"
#include "workloads/error.h"
#include "workloads/loader.h"

enum {
    EXPERIMENT_SCHEMES_MAX = 16,
    EXPERIMENT_PARTITIONS_MAX = 128, /* of one run */
    EXPERIMENT_SIZES_MAX = 32,       /* elements of -k */
    EXPERIMENT_OPTIONS_MAX = 48,
};

struct experiment {
    const struct scheme *schemes[EXPERIMENT_SCHEMES_MAX];
    uint32_t scheme_count;
    uint32_t partitions[EXPERIMENT_SIZES_MAX];
    uint32_t partitions_count;
    const char *workload;
    const char *placement;
    const char *model;
    const char *faults; /* a file, `swarm`, or NULL */
    const char *db;
    const struct multicast_ops *multicast;
    struct scheme_options options; /* of the schemes; costs and seed are the simulation's */
    bool target_given;             /* else the scheme's paper settles it */
    double imbalance;
    uint64_t seed;
    uint32_t replicas;
    uint32_t clients; /* 0: 64 per partition */
    uint32_t outstanding;
    enum loader_pace pace;
    double rate_per_second;
    uint64_t duration_ns; /* UINT64_MAX: not limited */
    uint64_t commands;    /* UINT64_MAX: not limited */
    uint64_t warmup_ns;   /* UINT64_MAX: a tenth of the run */
    uint64_t interval_ns;
    uint64_t leader_timeout_ns; /* 0: what the model says */
    uint32_t window;
    uint32_t plant;
    uint32_t jobs;
    bool history;
    bool check;
    const char *text[EXPERIMENT_OPTIONS_MAX]; /* of each option of the table, as used */
};

/* Reads the options of `aviary COMMAND`, lists allowed for -s and -k if `many`. Returns 0; 1 if
 * --help was printed; -1 with the error. Texts point into argv. */
int experiment_parse(struct experiment *e, int argc, char **argv, bool many, struct error *error);

/* Every option as used: name and value, in table order; false past the end. */
bool experiment_option(const struct experiment *e, uint32_t i, const char **name,
                       const char **value);

#endif
