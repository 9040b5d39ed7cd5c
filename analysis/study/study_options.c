/* study_options.c - the table of study_options.h. */
#include "analysis/study/study_options.h"

#include <stddef.h>

#include "analysis/experiment/cluster_options.h"

#define AT(member) .place = offsetof(struct study_options, member)

static const struct option options[] = {
    {"seeds", 0, "N", NULL,
     "runs of each cell: seeds, or blocks of a trace; default: 5, if it is long enough",
     option_count32, AT(seeds), .least = 1, .most = STUDY_REPLICATIONS_MAX,
     .section = EXPERIMENT_STUDY, .essential = true},
    {"jobs", 'j', "N", "1", "simulated runs at the same time", option_count32, AT(jobs), .least = 1,
     .most = 256, .essential = true},
    {"dry-run", 0, NULL, "off", "list the cells and the estimated time, run nothing", option_switch,
     AT(dry_run)},
    {"against", 0, "FILE", NULL, "say what has changed since the results in that file", option_text,
     AT(against)},
};

struct options_table study_options_table(struct study_options *o)
{
    return (struct options_table){options, sizeof(options) / sizeof(options[0]), o, {NULL}};
}
