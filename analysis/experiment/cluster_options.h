/* cluster_options.h - the options of one kind of clusters, declared in the folder that implements
 * them.
 *
 * A kind has a struct of its own for what its options say, its settings, and tables of
 * base/options.h that read into it. Clusters with the same options name the same kind (cluster.h).
 * A command reads the tables of all clusters that it may run on, and keeps the settings of each
 * kind in its experiment; the cluster gets its own back by experiment_settings(). */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_CLUSTER_OPTIONS_H
#define AVIARY_ANALYSIS_EXPERIMENT_CLUSTER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/experiment/transports.h"
#include "base/options.h"

/* Sections of the help, which gather options of all tables (struct option, section). */
#define EXPERIMENT_WHAT_RUNS "system"
#define EXPERIMENT_LOAD "load"
#define EXPERIMENT_SSMR "ssmr"
#define EXPERIMENT_DYNAMIC "dssmr"
#define EXPERIMENT_DYNASTAR "dynastar"
#define EXPERIMENT_CHECKS "checks"
#define EXPERIMENT_MESSAGES "messages"
#define EXPERIMENT_WHERE "transport"
#define EXPERIMENT_STUDY "study"
#define EXPERIMENT_SEEDS "seeds"

struct cluster_options {
    const struct option *options; /* their places are in the settings */
    uint32_t count;
    const struct option *single; /* not for comparisons; read before the others. NULL: none */
    uint32_t single_count;
    const struct options_topic *topics; /* more of the help, ended by one without a name, or NULL */
    const void *initial;                /* the settings, as they are where no option is given, */
    size_t bytes;                       /* and their size */
    /* The transport that these settings call for, with `given` by --transport. NULL: that one. */
    enum experiment_transport (*transport)(const void *settings, enum experiment_transport given);
    bool (*durable)(const void *settings); /* do these settings give replicas storage? */
};

#endif
