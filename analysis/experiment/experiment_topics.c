/* experiment_topics.c - `--help TOPIC`: the names that options take (experiment_options.h), each
 * from the table of what there is. */
#include <stdio.h>
#include <string.h>

#include "analysis/experiment/experiment_options.h"
#include "analysis/experiment/transports.h"
#include "proto/partition/partitioner.h"
#include "proto/schemes/plants.h"
#include "workloads/place/placement.h"
#include "workloads/trace/workload.h"

enum { NAME_WIDTH = 13 };

#define NAME_OF(table, name_of)                            \
    const char *name_of(uint32_t i)                        \
    {                                                      \
        return table##_at(i) ? table##_at(i)->name : NULL; \
    }
NAME_OF(scheme, experiment_scheme_name)
NAME_OF(multicast, experiment_multicast_name)
NAME_OF(plant, experiment_plant_name)

static void print_named(const char *name, int width, const char *summary)
{
    printf("  %-*s %s\n", width, name, summary);
}

/* Prints a table, in columns. */
#define LIST_OF(table)                                                       \
    static void list_##table(void)                                           \
    {                                                                        \
        int width = NAME_WIDTH;                                              \
        for (uint32_t i = 0; table##_at(i); i++)                             \
            if ((int)strlen(table##_at(i)->name) > width)                    \
                width = (int)strlen(table##_at(i)->name);                    \
        for (uint32_t i = 0; table##_at(i); i++)                             \
            print_named(table##_at(i)->name, width, table##_at(i)->summary); \
    }
LIST_OF(scheme)
LIST_OF(partitioner)
LIST_OF(multicast)
LIST_OF(transport)
LIST_OF(plant)

static void list_placement(void)
{
    struct placement_kind p;
    for (uint32_t i = 0; placement_at(i, &p); i++) {
        char name[48];
        snprintf(name, sizeof(name), p.argument ? "%s:%s" : "%s", p.name, p.argument);
        print_named(name, NAME_WIDTH, p.summary);
    }
}

static void print_line(void *context, const char *text)
{
    (void)context;
    printf("  %s\n", text);
}

static void list_workload(void)
{
    workload_list(print_line, NULL);
}

const struct options_topic experiment_topics[] = {
    {"schemes", "Schemes (-s):", list_scheme},
    {"placements", "Placements (-p), where variables are at the start:", list_placement},
    {"planning", "Planning strategies (--planning), also placements:", list_partitioner},
    {"workloads", "Workloads (-w), and the keys of generators with their defaults:", list_workload},
    {"multicasts", "Atomic multicast protocols (--multicast):", list_multicast},
    {"transports", "Transports of an emulation (--transport):", list_transport},
    {"bugs", "Planted bugs (--plant), and what happens with them:", list_plant},
    {NULL, NULL, NULL},
};
