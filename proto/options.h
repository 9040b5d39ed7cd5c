/* options.h - how the schemes go about it: what a run can choose, the papers' versions among it. */
#ifndef AVIARY_PROTO_OPTIONS_H
#define AVIARY_PROTO_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/partition/partitioner.h"

/* Which of the partitions that hold a command's variables executes it. */
enum target_rule {
    TARGET_MOST,   /* the one with the most of them (DynaStar); ties by a hash of the command */
    TARGET_RANDOM, /* any, evenly (DS-SMR) */
};

/* What a client's location cache knows. */
enum location_cache {
    CACHE_OFF,  /* nothing: the oracle is asked for every command */
    CACHE_COLD, /* what prophecies said */
    CACHE_WARM, /* that, and the placement at the start */
};

/* Where S-SMR keeps values of other partitions' variables (DSN 2014, section on caching). */
enum value_cache {
    VALUE_CACHE_NONE,
    VALUE_CACHE_CONSERVATIVE, /* used when the owner has said that it is still valid */
    VALUE_CACHE_SPECULATIVE,  /* used at once, rolled back if it was not */
};

struct scheme_options {
    enum value_cache value_cache; /* ssmr */
    enum target_rule target;
    enum location_cache location_cache;
    uint32_t retries; /* so many attempts, then the command is executed by all partitions */
    bool returns;     /* dynastar: borrowed variables go back; false: they stay at the target */
    bool lazy;        /* dynastar: a plan's variables move when they are needed; false: at once */
    uint64_t hint_ns; /* dynastar: how often partitions tell the oracle what they saw; 0: never */
    uint64_t plan_every_ns; /* dynastar: a plan so often; 0: no timer */
    uint64_t plan_changes;  /* dynastar: a plan after so many accesses and co-accesses; 0: never */
    uint32_t plan_keeps_permille; /* of the graph's weights, at each plan: older accesses fade */
    const struct partitioner *planning; /* how plans are made */
    uint32_t imbalance_permille;
    uint64_t seed;           /* of the partitioner */
    uint64_t oracle_cost_ns; /* processor time of answering a client's question */
    uint64_t move_cost_ns;   /* processor time of taking in, or giving away, one variable */
};

#endif
