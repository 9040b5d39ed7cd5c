/* counts.h - event counts by interval of the run: moves, queries to the oracle, variables sent
 * between partitions. Counts that the ledger yields at the end are not kept here. */
#ifndef AVIARY_ANALYSIS_CHECK_COUNTS_H
#define AVIARY_ANALYSIS_CHECK_COUNTS_H

#include <stdint.h>

struct counts {
    uint64_t moves;           /* variables moved to another group */
    uint64_t oracle_queries;  /* multicasts that consult or ask the oracle */
    uint64_t fallbacks;       /* later rounds that are executed everywhere */
    uint64_t exchanged;       /* variables sent from group to group, values and moves */
    uint64_t exchanged_bytes; /* of them */
};

struct counts_series {
    struct counts *interval;
    uint64_t count, room;
    uint64_t interval_ns; /* > 0 */
};

/* The counts of the interval that now_ns lies in, to be added to. Valid until the next call. */
struct counts *counts_at(struct counts_series *s, uint64_t now_ns);
/* All intervals that begin before end_ns. */
struct counts counts_until(const struct counts_series *s, uint64_t end_ns);
void counts_finish(struct counts_series *s);

#endif
