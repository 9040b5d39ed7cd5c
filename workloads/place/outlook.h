/* outlook.h - the potential of partitioning: the second half of a workload under placements that do
 * not use it (a hash), its past (the graph of the first half), or its future (the graph of the
 * second half itself); and how much of the second half is new.
 *
 * Reads the workload twice, in memory for variables and for pairs accessed together only. A pair is
 * an edge of the graph (proto/partition/graph.h): all pairs of a small command, the centre of a
 * large one with the others. */
#ifndef AVIARY_WORKLOADS_PLACE_OUTLOOK_H
#define AVIARY_WORKLOADS_PLACE_OUTLOOK_H

#include "workloads/trace/workload.h"

enum { OUTLOOK_CUTS = 4, OUTLOOK_PARTITIONS_MAX = 16 };
extern const uint32_t outlook_partitions[OUTLOOK_CUTS];

enum outlook_knowledge { OUTLOOK_NOTHING, OUTLOOK_PAST, OUTLOOK_FUTURE, OUTLOOK_KNOWLEDGES };

struct outlook_trial {
    uint16_t *partition; /* by variable */
    uint64_t multi;      /* commands on several partitions */
    uint64_t accesses[OUTLOOK_PARTITIONS_MAX];
};

/* Of the second half: all of it, and the part that is new since the first half. */
struct outlook_drift {
    uint64_t distinct, distinct_new;
    uint64_t accesses, accesses_new; /* of pairs: accesses together */
};

struct outlook {
    uint64_t commands, accesses; /* of the second half */
    struct outlook_drift variables, pairs;
    struct outlook_trial trial[OUTLOOK_KNOWLEDGES][OUTLOOK_CUTS];
};

struct outlook_setup {
    struct workload *workload; /* rewound */
    uint64_t commands;         /* to read: the first half of them is the past */
    double imbalance;          /* allowed, 0.1 for 10 % */
    uint64_t seed;
    /* Progress, called for each command and each cut; may be NULL. */
    void (*progress)(const char *what, uint64_t done, uint64_t total);
};

/* 0, or -1 with the error. */
int outlook_compute(const struct outlook_setup *setup, struct outlook *out, struct error *e);
void outlook_finish(struct outlook *o);

/* Accesses of the heaviest partition over the mean. */
double outlook_heaviest(const struct outlook *o, const struct outlook_trial *t,
                        uint32_t partitions);

#endif
