/* run_result.h - the result of a run: figures, series, verdicts, as the results store keeps them
 * and tables show them. */
#ifndef AVIARY_ANALYSIS_CHECK_RUN_RESULT_H
#define AVIARY_ANALYSIS_CHECK_RUN_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/check/ledger.h"
#include "analysis/check/verdict.h"
#include "analysis/check/warmup.h"
#include "proto/mark.h"
#include "proto/message.h"
#include "proto/topology.h"

struct refusals;
struct values;

enum { RESULT_PROPERTIES_MAX = 24 };

struct result_option {
    const char *name;
    const char *value;
};

/* Commands are given as counts, not percentages. Latencies are microseconds. */
struct result_latency {
    double mean_us, p50_us, p95_us, p99_us;
};

/* The mean phases of commands' latency; scopes as in struct result_bucket. By the leader of the
 * group that executed the command, of several the one that ended first. */
struct result_phases {
    const char *scope;
    uint64_t count;
    double ordering_us;  /* from issue to delivery there, with consults, moves, failed attempts */
    double waiting_us;   /* until its execution starts there: commands before it are executed */
    double executing_us; /* until it is executed, values and signals of others included */
    double replying_us;  /* until the client has the reply */
};

struct result_interval {
    double t_s; /* its begin, from the begin of the run */
    uint64_t completed;
    uint64_t multi_partition; /* of those completed */
    uint64_t retries;
    uint64_t moves; /* as in counts.h, like the following */
    uint64_t oracle_queries;
    uint64_t fallbacks;
    uint64_t exchanged;
    uint64_t exchanged_bytes;
    double throughput_per_s;
    struct result_latency latency;
    uint32_t attempts_max; /* of those completed; 0: none */
};

struct result_bucket {
    const char *kind;
    const char *scope;      /* "single" or "multi" */
    double low_us, high_us; /* within the least and the largest of that kind and scope */
    uint64_t count;
};

struct result_node {
    const char *name;
    const char *role;  /* "replica", "client", "oracle" */
    int32_t partition; /* -1: none */
    double cpu_busy_s;
    uint64_t messages_in, messages_out;
    uint64_t bytes_in, bytes_out;
};

/* Role and partition of a node. */
static inline void result_node_place(struct result_node *n, const struct topology *t, uint32_t node)
{
    uint32_t group = topology_group(t, node);
    bool oracle = group == topology_oracle(t) && t->oracle;
    n->role = oracle ? "oracle" : group < GROUPS_MAX ? "replica" : "client";
    n->partition = group < topology_partitions(t) ? (int32_t)group : -1;
}

/* A plan as the first of the oracle's replicas reported it. */
/* The answers from one plan in force to the next, or to an end of the measured window. NaN: that is
 * no time. */
struct result_stretch {
    double throughput_per_s;
    double multi_pct; /* of the answers; NaN: there are none */
};

struct result_plan {
    uint64_t id; /* its version */
    double t_s;
    uint32_t vertices;
    uint64_t edges, edge_cut;
    double imbalance; /* of the heaviest part: 0.2 is 20 % above the mean */
    uint64_t moved;   /* variables; or that would have moved */
    double modelled_ms;
    bool announced; /* else the oracle's guard discarded it */
    /* The placement before it, by the same graph. */
    uint64_t edge_cut_before;
    double imbalance_before;
    /* Predicted, of the busiest group (forecast.h); 0: without a guard. */
    uint64_t work, work_before;
    struct result_stretch before, after; /* measured, if announced; else NaN */
};

struct result_fault {
    double t_s;
    const char *what;
};

/* Strings and arrays are borrowed, except what recorder_finish() fills in: that lives in the
 * recorder until it is destroyed. `=` marks what recorder_finish() sets; the rest is the caller's.
 */
struct run_result {
    const char *mode; /* "simulation" or "emulation" */
    const char *scheme;
    uint32_t partitions;
    uint32_t replicas;
    const struct multicast_ops *multicast; /* names the kinds of messages; NULL: none */
    const char *workload;
    const char *placement;
    uint64_t learnt;     /* commands that the placement was learnt from, not measured */
    double unseen_share; /* of the accesses: to variables that those do not access */
    const char *model;
    uint64_t seed;
    const char *version; /* of the program */
    int64_t study_id;    /* of a run that a study made; 0: none */
    const char *cell;    /* of the study, and which replication of it; NULL: none */
    const char *replication;
    double simulated_s; /* duration of the run in its own time */
    double wall_s;
    uint64_t events;
    uint64_t messages;          /* sent in the whole run */
    uint64_t corrupted;         /* dropped frames: of them with a wrong checksum, */
    uint64_t malformed;         /* malformed, or refused by a handler; */
    uint64_t overflowed;        /* emulation: no room for them */
    uint64_t marks[MARK_COUNT]; /* simulation: how often each was reached */
    uint64_t fingerprint;

    uint64_t commands;             /* = answered in the whole run */
    enum result verdict;           /* = */
    enum warmup_rule warmup_rule;  /* = that was followed */
    double warmup_s;               /* = excluded before measuring */
    double measured_s;             /* = length of the measured window */
    uint64_t measured;             /* = commands answered in the window ... */
    uint64_t measured_multi;       /* = ... of them over more than one partition */
    uint64_t retries;              /* = of them */
    uint64_t moves;                /* = from the begin of the run to the end of the interval ... */
    uint64_t oracle_queries;       /* = ... in which the window ends ... */
    uint64_t fallbacks;            /* = */
    uint64_t exchanged;            /* = */
    uint64_t exchanged_bytes;      /* = ... as in counts.h */
    double throughput_per_s;       /* = measured / measured_s */
    struct result_latency latency; /* = in the measured window */

    const struct result_option *options;
    uint32_t option_count;
    const struct result_interval *intervals; /* = */
    uint32_t interval_count;                 /* = */
    const struct result_phases *phases;      /* = in the measured window; needs checks */
    uint32_t phases_count;                   /* = */
    const struct result_bucket *buckets;     /* = */
    uint32_t bucket_count;                   /* = */
    const struct result_node *nodes;
    uint32_t node_count;
    const struct result_plan *plans; /* = */
    uint32_t plan_count;             /* = made, of which */
    uint32_t plan_announced;         /* = so many were announced */
    double
        plan_gain; /* = throughput from the first of these on, against before: 0.5 is half more */
    const struct result_fault *faults;
    uint32_t fault_count;
    uint64_t message_count[MESSAGE_KIND_COUNT]; /* sent, by kind */
    uint64_t message_bytes[MESSAGE_KIND_COUNT];
    /* Dropped: as in a simulation they were sent, else by what they said; the last: no kind. */
    uint64_t message_corrupted[MESSAGE_KIND_COUNT + 1];
    uint64_t message_refused[MESSAGE_KIND_COUNT + 1];  /* by what they said */
    struct property properties[RESULT_PROPERTIES_MAX]; /* = */
    uint32_t property_count;                           /* = */
    const struct ledger *history;                      /* = the raw history to store, NULL: none */
    const struct values *values;                       /* = with it: the final values, and */
    const struct refusals *refusals; /* = which existed at the start; NULL: not recorded */
};

#endif
