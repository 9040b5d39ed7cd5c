/* swarm.h - the runs of many seeds, each in a process of its own, and what they came to.
 *
 * A run depends on its seed and the options alone, so that the same seeds come to the same, however
 * many run at a time. */
#ifndef AVIARY_ANALYSIS_SWARM_SWARM_H
#define AVIARY_ANALYSIS_SWARM_SWARM_H

#include "analysis/swarm/swarm_options.h"
#include "analysis/swarm/seed.h"

enum { SWARM_RESULTS = RESULT_FAIL + 1 };

/* A property, and how many runs had each result. */
struct swarm_property {
    const char *name;
    uint64_t count[SWARM_RESULTS];
};

/* A property that failed in a run. */
struct swarm_failure {
    uint64_t seed;
    const char *property;
    char *reason;
};

struct swarm {
    const struct experiment *given; /* borrowed, like the next */
    const struct swarm_options *options;
    uint64_t runs, failed;
    uint64_t (*scheme)[SWARM_RESULTS]; /* runs by verdict, by number of the scheme */
    struct swarm_property *property;   /* by name */
    uint32_t property_count;
    struct swarm_failure *failure; /* by seed */
    uint64_t failure_count, failure_room;
    uint64_t marks[MARK_COUNT]; /* how often each was reached */
    bool interrupted;
};

/* Runs the seeds, with a progress line; Ctrl-C ends it early. 0, or -1 with the error, which ends
 * it, too: an input is wrong, or a failure could not be stored. swarm_finish() is due in any case.
 * The experiment and the options are borrowed until then. */
int swarm_execute(struct swarm *s, const struct experiment *given,
                  const struct swarm_options *options, struct error *e);
void swarm_finish(struct swarm *s);

#endif
