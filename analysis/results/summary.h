/* summary.h - the summary of a run: one row of the table that all commands print. */
#ifndef AVIARY_ANALYSIS_RESULTS_SUMMARY_H
#define AVIARY_ANALYSIS_RESULTS_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/check/run_result.h"

/* Plain memory, so that it can pass between processes. */
struct summary {
    int64_t run_id;
    char scheme[32];
    char transport[16]; /* set by the caller: shown where rows differ in it */
    uint32_t partitions;
    uint64_t seed;
    double throughput_per_s;
    uint64_t measured; /* commands that the latency is of */
    struct result_latency latency;
    double multi_partition_pct;
    char placement[32]; /* cut, if it is longer */
    uint64_t learnt;    /* commands before those measured, which the placement was learnt from */
    double unseen_pct;  /* of the accesses: to variables that those do not access */
    uint32_t clients;
    uint32_t trace_clients; /* that all commands come from, as the trace says; 0: from any */
    double messages_per_command;
    uint64_t moves, retries;
    uint32_t plans_made, plans_announced;
    double plan_gain_pct; /* throughput from the first one announced on, against before; or NaN */
    uint64_t commands;
    double simulated_s, wall_s;
    uint64_t messages;
    uint64_t fingerprint;
    enum result verdict;
    char reasons[2048]; /* a line for each property that is not ok; "" if there is none */
    bool unchecked;     /* checks were off */
    bool unsettled;     /* MSER-5 left out half of the run, the most that it may (warmup.h) */
};

/* A property of the run: its reason, unless it is ok. */
void summary_add_property(struct summary *s, const char *name, enum result result,
                          const char *reason);

void summary_fill(struct summary *s, const struct run_result *r, int64_t run_id);
/* The table to standard output, with moves, retries and announced plans where some run has any, and
 * without percentiles for which too few commands were measured. It fits a screen: where it has more
 * columns it has fewer percentiles. Then what a placement was learnt from, how a trace limits the
 * clients, how many plans were kept back if all were, and the reasons of runs that are not ok. */
void summary_print(const struct summary *rows, uint32_t count);
/* What the placement of these runs was learnt from; nothing if it was not. */
void summary_print_knowledge(const struct summary *rows, uint32_t count);
/* That the trace has commands for some of the clients only; nothing if it has for all. */
void summary_print_trace_clients(const struct summary *rows, uint32_t count);
/* The exit status: 1 if a verdict is fail, else 0. */
int summary_status(const struct summary *rows, uint32_t count);

#endif
