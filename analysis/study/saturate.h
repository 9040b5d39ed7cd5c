/* saturate.h - the load that saturates each cell of a study (search.h), and what it does there.
 *
 * A search makes runs of one replication. All replications are then run at the peak, at 75 % of it
 * in an open loop, as papers report latency, and beyond it if throughput collapses; with a bound on
 * latency, only at the highest load within the bound. Each is a run of a study as any other, stored
 * and found again: what a search tries follows from what is stored. The searches of all cells go on
 * side by side. */
#ifndef AVIARY_ANALYSIS_STUDY_SATURATE_H
#define AVIARY_ANALYSIS_STUDY_SATURATE_H

#include "analysis/study/search.h"
#include "analysis/study/study.h"

/* Commands that each client is to have; shorter runs are measured with fewer clients. */
enum { SATURATE_COMMANDS_EACH = 20 };
#define SATURATE_REPORTED_SHARE 0.75 /* of the peak: the open loop in which latency is measured */

enum saturation_stage {
    SATURATION_SEARCHING,
    SATURATION_REPEATING, /* the peak and the collapse */
    SATURATION_LOADING,   /* at 75 % of the peak */
    SATURATION_DONE,
};

/* Of one cell of the study as it was created. Cells are NULL as long as they are not known, or if
 * there are none. */
struct saturation {
    const struct cell *like;
    struct search search;
    enum saturation_stage stage;
    int64_t wrong_run_id;      /* the first of the search whose verdict is fail; 0: none */
    const struct cell *trying; /* the next point */
    const struct cell *peak, *collapse, *loaded;
};

struct saturations {
    const struct saturate_options *options; /* borrowed */
    struct saturation *saturation;
    uint32_t count;
};

/* 0, or -1 with the error: the options of all are at odds with a search. Before study_create(). */
int saturate_check(const struct experiment *all, const struct study_options *options,
                   struct error *e);

/* Of each cell of a study that nothing was added to; wants the first run of each. */
void saturations_create(struct saturations *all, struct study *s);
void saturations_finish(struct saturations *all);
/* For study_execute(); borrows. */
struct study_growth saturations_growth(struct saturations *all);

#endif
