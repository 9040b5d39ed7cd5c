/* seed.h - one seed of a swarm: its run, in a process of its own, and what that reports. */
#ifndef AVIARY_ANALYSIS_SWARM_SEED_H
#define AVIARY_ANALYSIS_SWARM_SEED_H

#include "analysis/check/run_result.h"
#include "analysis/experiment/experiment.h"

/* The property of a run that its process comes to an end. */
extern const char seed_ends[];

/* Passes between two processes, one of which is a copy of the other: names and schemes, which are
 * the program's, are at the same place in both. */
struct seed_report {
    bool wrong; /* there was no run: the error says which input is wrong, or what failed */
    struct error error;
    const struct scheme *scheme;
    enum result verdict;
    uint64_t marks[MARK_COUNT];
    uint32_t property_count;
    struct property properties[RESULT_PROPERTIES_MAX + 1];
};

/* Draws the run of the seed and makes it. One that fails is added to the database of `given`. */
void seed_run(const struct experiment *given, uint64_t seed, struct seed_report *report);

/* The report of a run whose process has died, which is added to the database as well; `why` is one
 * line. */
void seed_died(const struct experiment *given, uint64_t seed, const char *why,
               struct seed_report *report);

/* The command line that repeats the run of a seed. The caller frees it. */
char *seed_replay(const struct experiment *given, uint64_t seed);

#endif
