/* swarm_options.c - the table of swarm_options.h. */
#include "analysis/swarm/swarm_options.h"

#include <stddef.h>

#include "analysis/experiment/cluster_options.h"

enum { SEEDS = 1000 };

#define AT(member) .place = offsetof(struct swarm_options, member)

static const struct option options[] = {
    {"seeds", 0, "N", NULL, "how many seeds; default: 1000, or what --for allows", option_count32,
     AT(seeds), .least = 1, .most = SWARM_SEEDS_MAX, .section = EXPERIMENT_SEEDS,
     .essential = true},
    {"first", 0, "N", "1", "the first seed", option_count, AT(first), .most = UINT64_MAX >> 1},
    {"for", 0, "TIME", NULL, "start runs for so long, in real time", option_time, AT(for_ns),
     .least = 1},
    {"jobs", 'j', "N", "1", "runs at the same time", option_count32, AT(jobs), .least = 1,
     .most = 256, .essential = true},
};

struct options_table swarm_options_table(struct swarm_options *o)
{
    *o = (struct swarm_options){.for_ns = UINT64_MAX};
    return (struct options_table){options, sizeof(options) / sizeof(options[0]), o, {NULL}};
}

uint32_t swarm_options_seeds(const struct swarm_options *o)
{
    if (o->seeds) return o->seeds;
    return o->for_ns == UINT64_MAX ? SEEDS : SWARM_SEEDS_MAX;
}
