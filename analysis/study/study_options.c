/* study_options.c - the table of study_options.h. */
#include "analysis/study/study_options.h"

#include <stddef.h>
#include <string.h>

#include "base/units.h"

static const char *const figures[SATURATE_FIGURES] = {[SATURATE_MEAN] = "mean",
                                                      [SATURATE_P50] = "p50",
                                                      [SATURATE_P95] = "p95",
                                                      [SATURATE_P99] = "p99"};

const char *saturate_figure_name(enum saturate_figure figure)
{
    return figures[figure];
}

/* `peak`, or a bound on a latency such as `p99=5ms`. */
static int read_saturate(const struct option *o, const char *text, void *place, struct error *error)
{
    struct saturate_options *s = place;
    const char *equals = strchr(text, '=');
    (void)o;
    s->on = true;
    if (strcmp(text, "peak") == 0) return 0;
    for (uint32_t i = SATURATE_MEAN; i < SATURATE_FIGURES && equals; i++) {
        if (strlen(figures[i]) != (size_t)(equals - text) ||
            strncmp(figures[i], text, strlen(figures[i])) != 0)
            continue;
        s->figure = (enum saturate_figure)i;
        if (units_time(equals + 1, &s->bound_ns, error) < 0) return -1;
        return s->bound_ns ? 0 : error_set(error, "expected a time above 0, found '%s'", text);
    }
    return error_set(error,
                     "expected peak, or a bound on mean, p50, p95 or p99 such as p99=5ms, "
                     "found '%s'",
                     text);
}

#include "analysis/experiment/cluster_options.h"

#define AT(member) .place = offsetof(struct study_options, member)

static const struct option options[] = {
    {"seeds", 0, "N", NULL, "runs of each cell: seeds, or blocks of a trace; 5", option_count32,
     AT(seeds), .least = 1, .most = STUDY_REPLICATIONS_MAX, .section = EXPERIMENT_STUDY,
     .essential = true},
    {"saturate", 0, "[BOUND]", NULL, "find each cell's peak load, or within a bound as p99=5ms",
     read_saturate, AT(saturate), .alone = "peak"},
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
