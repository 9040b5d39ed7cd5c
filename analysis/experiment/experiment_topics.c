/* experiment_topics.c - `--help TOPIC`: the names that options take (experiment_options.h). */
#include "analysis/experiment/experiment_options.h"

#include <stdio.h>

#include "proto/partition/partitioner.h"
#include "proto/plant.h"
#include "workloads/place/placement.h"
#include "workloads/trace/workload.h"

const char *experiment_scheme_name(uint32_t i)
{
    const struct scheme *scheme = scheme_at(i);
    return scheme ? scheme->name : NULL;
}

const char *experiment_multicast_name(uint32_t i)
{
    const struct multicast_ops *multicast = multicast_at(i);
    return multicast ? multicast->name : NULL;
}

const char *experiment_plant_name(uint32_t i)
{
    return i < PLANT_COUNT ? plant_name(i) : NULL;
}

static void print_line(void *context, const char *text)
{
    (void)context;
    printf("  %s\n", text);
}

static void print_named(const char *name, const char *summary)
{
    printf("  %-13s %s\n", name, summary);
}

static void list_schemes(void)
{
    for (uint32_t i = 0; scheme_at(i); i++) print_named(scheme_at(i)->name, scheme_at(i)->summary);
}

static void list_placements(void)
{
    placement_list(print_line, NULL);
}

static void list_plannings(void)
{
    for (uint32_t i = 0; partitioner_at(i); i++)
        print_named(partitioner_at(i)->name, partitioner_at(i)->summary);
}

static void list_workloads(void)
{
    workload_list(print_line, NULL);
}

static void list_multicasts(void)
{
    for (uint32_t i = 0; multicast_at(i); i++)
        print_named(multicast_at(i)->name, multicast_at(i)->summary);
}

static void list_bugs(void)
{
    for (uint32_t i = 0; i < PLANT_COUNT; i++) printf("  %s\n", plant_name(i));
}

const struct options_topic experiment_topics[] = {
    {"schemes", "Schemes (-s):", list_schemes},
    {"placements", "Placements (-p), where variables are at the start:", list_placements},
    {"planning", "Planning strategies (--planning), also placements:", list_plannings},
    {"workloads",
     "Workloads (-w), and the keys of generators with their defaults:", list_workloads},
    {"multicasts", "Atomic multicast protocols (--multicast):", list_multicasts},
    {"bugs", "Planted bugs (--plant), explained in aviary(1):", list_bugs},
    {NULL, NULL, NULL},
};
