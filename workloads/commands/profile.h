/* profile.h - the profile of a workload: counts of its commands, their accesses, and the skew.
 *
 * In one pass and in memory for the variables only. */
#ifndef AVIARY_WORKLOADS_COMMANDS_PROFILE_H
#define AVIARY_WORKLOADS_COMMANDS_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/command.h"
#include "workloads/trace/workload.h"

struct profile_kind {
    uint32_t kind;
    uint64_t commands, accesses, request_bytes, reply_bytes;
};

/* By number of variables in a set: how many commands have it. */
struct profile_sizes {
    uint64_t commands[COMMAND_ACCESSES_MAX + 1];
    uint64_t sum;
    uint32_t max;
};

struct profile {
    uint64_t commands, accesses, first_ns, last_ns;
    bool timed;
    struct profile_kind *kinds; /* by kind, until they are sorted */
    uint32_t kind_count, kind_room;
    uint64_t *by_variable; /* accesses */
    uint32_t variable_count, variable_room;
    struct profile_sizes either, read, written;
};

void profile_add(struct profile *p, const struct trace_command *c);
void profile_finish(struct profile *p);

/* Puts the kinds with the most commands first; nothing can be added any more. */
void profile_sort_kinds(struct profile *p);

/* The quantile: the least size that at least this share of the commands does not exceed. */
uint32_t profile_quantile(const struct profile_sizes *s, uint64_t commands, double share);

struct profile_skew {
    uint32_t accessed; /* variables */
    uint32_t hottest;  /* the variable */
    uint64_t hottest_accesses;
    uint64_t on_1_percent, on_10_percent; /* accesses to the most accessed of those variables */
    double zipf; /* the maximum-likelihood exponent; NAN: one variable, or none */
};
struct profile_skew profile_skew(const struct profile *p);

/* Of counts in descending order, none 0: the maximum-likelihood exponent s of drawing rank i with a
 * probability proportional to i^-s. It lies in 0 .. 10; NAN for fewer than two. */
double profile_fit_zipf(const uint64_t *counts, uint32_t count);

#endif
