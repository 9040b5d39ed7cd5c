/* options.h - options of the schemes, the papers' variants among them. */
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
    CACHE_OFF,  /* nothing: every command consults the oracle */
    CACHE_COLD, /* the prophecies' places */
    CACHE_WARM, /* these, and the initial placement */
};

/* Where S-SMR keeps values of other partitions' variables (DSN 2014, section on caching). */
enum value_cache {
    VALUE_CACHE_NONE,
    VALUE_CACHE_CONSERVATIVE, /* used when the owner has confirmed that it is still valid */
    VALUE_CACHE_SPECULATIVE,  /* used at once, rolled back if it was not */
};

/* How S-SMR's partitions send each other signals without values. */
enum signals_way {
    SIGNALS_MESSAGE,
    SIGNALS_WRITE, /* by one-sided writes into memory of the receivers (signals.h) */
};

struct scheme_options {
    enum value_cache value_cache; /* ssmr */
    enum signals_way signals;     /* ssmr */
    enum target_rule target;
    enum location_cache location_cache;
    uint32_t retries; /* attempts before the command is executed by all partitions */
    bool returns;     /* dynastar: borrowed variables go back; false: they stay at the target */
    bool lazy;        /* dynastar: a plan's variables move when they are needed; false: at once */
    uint64_t hint_ns; /* dynastar: interval of access reports to the oracle; 0: none */
    uint64_t plan_every_ns; /* dynastar: interval between plans; 0: no timer */
    uint64_t plan_changes;  /* dynastar: accesses and co-accesses that trigger a plan; 0: none */
    bool plan_guard; /* dynastar: a plan that its graph predicts to be no better is discarded */
    uint32_t plan_keeps_permille; /* of the graph's weights, at each plan: older accesses fade */
    const struct partitioner *planning; /* how plans are made */
    uint32_t imbalance_permille;
    uint64_t seed;           /* of the partitioner */
    uint64_t oracle_cost_ns; /* processor time of answering a client's query */
    uint64_t move_cost_ns;   /* processor time of receiving, or sending, one variable */
};

#endif
