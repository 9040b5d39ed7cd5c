/* experiment.h - an experiment: the options common to all commands that run one, and the settings
 * of the clusters that it may run on (cluster_options.h).
 *
 * Tables of base/options.h say every option. Defaults are texts and go through the same readers, so
 * that what is stored with a run is what was used. */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_EXPERIMENT_H
#define AVIARY_ANALYSIS_EXPERIMENT_EXPERIMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/check/warmup.h"
#include "analysis/experiment/again.h"
#include "analysis/experiment/message_trace.h"
#include "analysis/experiment/transports.h"
#include "base/error.h"
#include "base/options.h"
#include "proto/command.h"
#include "proto/options.h"
#include "proto/order/multicast.h"
#include "proto/schemes/scheme.h"
#include "workloads/place/loader.h"

enum {
    EXPERIMENT_PARTITIONS_MAX = 128,
    EXPERIMENT_CLIENTS_MAX = 100000,
    EXPERIMENT_OPTIONS_MAX = 64, /* of all tables */
    EXPERIMENT_TABLES_MAX = 8,
    EXPERIMENT_KINDS_MAX = 2,   /* of clusters, by their options */
    EXPERIMENT_TOPICS_MAX = 40, /* of the help */
};

/* The least leader time-out: a heartbeat takes some nanoseconds of any processor. */
#define EXPERIMENT_LEADER_TIMEOUT_NS_LEAST UINT64_C(5000)

/* Of a run without an end, if nothing else limits it. */
#define EXPERIMENT_DURATION_NS UINT64_C(2000000000)

/* Which command's options: RUN is one simulated run; EMULATE one over the transport given; COMPARE
 * many, where several options take lists and the experiment is the first of them; SWARM many with
 * options drawn, from the lists where there are some. */
enum experiment_use { EXPERIMENT_RUN, EXPERIMENT_COMPARE, EXPERIMENT_EMULATE, EXPERIMENT_SWARM };

/* Does the command make many runs, so that options take lists? */
static inline bool experiment_many(enum experiment_use use)
{
    return use == EXPERIMENT_COMPARE || use == EXPERIMENT_SWARM;
}

struct cluster_ops;
struct cluster_options;
struct preparation;

/* A command that runs experiments. */
struct experiment_command {
    enum experiment_use use;
    /* That it may run on, ended by NULL: it reads their options. */
    const struct cluster_ops *const *clusters;
    struct options_table *more; /* options of the command alone, or NULL */
};

struct experiment {
    const struct scheme *scheme;
    uint32_t partitions;
    const char *workload;
    const char *placement;
    const char *db;
    const struct multicast_ops *multicast;
    struct scheme_options options; /* of the schemes; costs and seed are the simulation's */
    bool target_given;             /* else as in the scheme's paper */
    bool plan_changes_given;       /* else settled by `--plan-every` */
    double imbalance;
    double learn; /* of a recorded workload: what a placement learns from, and is not measured */
    bool learn_given;       /* else only if the placement learns */
    uint32_t block, blocks; /* of what is measured of a recorded workload: the first is 1 of 1 */
    uint64_t seed;
    uint32_t replicas;
    uint32_t clients; /* in all, or for each partition */
    bool clients_per_partition;
    uint32_t outstanding;
    enum loader_pace pace;
    double rate_per_second;
    uint64_t duration_ns; /* UINT64_MAX: not limited */
    uint64_t commands;    /* UINT64_MAX: not limited */
    bool warmup_asked;    /* else MSER-5, or a tenth of the run, with faults or plans */
    enum warmup_rule warmup_rule;
    uint64_t warmup_ns; /* of WARMUP_GIVEN */
    uint64_t interval_ns;
    uint64_t leader_timeout_ns; /* 0: by the model */
    uint32_t window;
    const struct plant *plant; /* NULL: none */
    enum experiment_transport transport;
    struct message_filter messages;  /* the trace of messages */
    struct preparation *preparation; /* shared with other runs, borrowed; NULL: none */
    bool history;
    bool check;
    uint64_t wait_ns; /* for a database that another process has locked */
    struct again again;
    struct options_table tables[EXPERIMENT_TABLES_MAX]; /* with the texts as used */
    uint8_t table_of[EXPERIMENT_TABLES_MAX]; /* a bit for each transport whose runs it concerns */
    uint32_t table_count;
    struct options_topic topics[EXPERIMENT_TOPICS_MAX]; /* of the help */
    uint32_t topic_count;
    const struct cluster_ops *const *clusters; /* the command's */
    struct experiment_kind {
        const struct cluster_options *options;
        void *settings;
    } kinds[EXPERIMENT_KINDS_MAX]; /* of these clusters */
    uint32_t kind_count;
};

/* Reads the options of `aviary COMMAND`. Returns 0, and experiment_finish() is due; 1 if --help was
 * printed; -1 with the error. argv and the command's clusters are borrowed until then: texts point
 * into argv. */
int experiment_parse(struct experiment *e, int argc, char **argv,
                     const struct experiment_command *command, struct error *error);
/* Frees what it owns. One that is all zeros, or finished already, has nothing. */
void experiment_finish(struct experiment *e);

/* The option of that name and its text as used, NULL without value or default; false: there is
 * none. */
bool experiment_find(const struct experiment *e, const char *name, const struct option **o,
                     const char **text);

/* The command's cluster over that transport, which its options have allowed. */
const struct cluster_ops *experiment_cluster(const struct experiment *e,
                                             enum experiment_transport transport);
/* What the options of a kind of clusters say, in its own struct; the command is to have such a
 * cluster. Lives until experiment_finish(). */
const void *experiment_settings(const struct experiment *e, const struct cluster_options *kind);

/* The options as used by a run over e->transport: name and value, in the order of the tables; false
 * past the end. An option without value and default has "". */
bool experiment_option(const struct experiment *e, uint32_t i, const char **name,
                       const char **value);
/* Does its value differ from the default? */
bool experiment_given(const struct experiment *e, uint32_t i);
/* The same as an argument of a command line; false: it is as if it were not given. */
bool experiment_argument(const struct experiment *e, uint32_t i, char *text, uint32_t room);

#endif
