/* experiment.h - an experiment: the options common to all commands that run one.
 *
 * Tables of base/options.h say every option. Defaults are texts and go through the same readers, so
 * that what is stored with a run is what was used. */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_EXPERIMENT_H
#define AVIARY_ANALYSIS_EXPERIMENT_EXPERIMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/experiment/transports.h"
#include "base/error.h"
#include "base/options.h"
#include "proto/command.h"
#include "proto/options.h"
#include "proto/order/multicast.h"
#include "proto/schemes/scheme.h"
#include "workloads/place/loader.h"

enum {
    EXPERIMENT_SCHEMES_MAX = 16,
    EXPERIMENT_PARTITIONS_MAX = 128, /* of one run */
    EXPERIMENT_SIZES_MAX = 32,       /* elements of -k */
    EXPERIMENT_OPTIONS_MAX = 64,     /* of all tables */
    EXPERIMENT_TABLES_MAX = 7,
    EXPERIMENT_TRANSPORTS_MAX = 4,
};

/* The least leader time-out: a heartbeat takes some nanoseconds of any processor. */
#define EXPERIMENT_LEADER_TIMEOUT_NS_LEAST UINT64_C(5000)

/* Which command's options: -s, -k and --transport are lists for COMPARE only; models and fault
 * scripts are for simulated runs, addresses and crashes for emulated ones. */
enum experiment_use {
    EXPERIMENT_RUN = 1,
    EXPERIMENT_COMPARE = 2,
    EXPERIMENT_EMULATE = 4,
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
    bool target_given;             /* else as in the scheme's paper */
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
    uint64_t max_events;        /* of one simulation */
    uint64_t max_wall_ns;       /* bound on its real time; UINT64_MAX: not limited */
    uint64_t leader_timeout_ns; /* 0: by the model */
    uint32_t window;
    const struct plant *plant; /* NULL: none */
    uint32_t jobs;
    enum experiment_transport transport;                             /* of this run, */
    enum experiment_transport transports[EXPERIMENT_TRANSPORTS_MAX]; /* and of all */
    uint32_t transport_count;
    const char *addresses; /* of RDMA devices, comma-separated; NULL: all of this machine */
    const char *cluster;   /* cluster file, or NULL: members are started here */
    uint32_t waiting;      /* 0 adaptive, 1 spin, 2 event */
    uint32_t ring_bytes;   /* of each connection, a power of two */
    uint64_t dead_after_ns;
    const char *crash;    /* crashes of members, as rdma/cluster/crashes.h reads them; NULL: none */
    uint64_t patience_ns; /* for members to connect */
    bool history;
    bool check;
    struct options_table tables[EXPERIMENT_TABLES_MAX]; /* with the texts as used */
    uint8_t table_of[EXPERIMENT_TABLES_MAX]; /* RUN, EMULATE or both: the runs that it concerns */
    uint32_t table_count;
};

/* Reads the options of `aviary COMMAND`. Returns 0; 1 if --help was printed; -1 with the error.
 * Texts point into argv. */
int experiment_parse(struct experiment *e, int argc, char **argv, enum experiment_use use,
                     struct error *error);

/* The experiment of one transport of a comparison: `aviary run` or `aviary emulate`. */
struct experiment experiment_over(const struct experiment *e, enum experiment_transport transport);

/* The options as used by a run over e->transport: name and value, in the order of the tables; false
 * past the end. An option without value and default has "". */
bool experiment_option(const struct experiment *e, uint32_t i, const char **name,
                       const char **value);
/* Does its value differ from the default? */
bool experiment_given(const struct experiment *e, uint32_t i);
/* The same as an argument of a command line; false: it is as if it were not given. */
bool experiment_argument(const struct experiment *e, uint32_t i, char *text, uint32_t room);

#endif
