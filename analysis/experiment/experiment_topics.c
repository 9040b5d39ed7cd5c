/* experiment_topics.c - `--help TOPIC`: the sections of the options, and the names that options
 * take (experiment_options.h), each from the table of what there is. */
#include <stdio.h>
#include <string.h>

#include "analysis/experiment/cluster.h"
#include "analysis/experiment/cluster_options.h"
#include "analysis/experiment/experiment_options.h"
#include "analysis/experiment/transports.h"
#include "base/assert.h"
#include "base/wrap.h"
#include "proto/partition/partitioner.h"
#include "proto/schemes/plants.h"
#include "workloads/place/placement.h"
#include "workloads/trace/workload.h"

enum { NAME_COLUMN = 16 };

#define NAME_OF(table, name_of)                            \
    const char *name_of(uint32_t i)                        \
    {                                                      \
        return table##_at(i) ? table##_at(i)->name : NULL; \
    }
NAME_OF(scheme, experiment_scheme_name)
NAME_OF(multicast, experiment_multicast_name)
NAME_OF(plant, experiment_plant_name)

/* Prints a table, in columns. */
#define LIST_OF(table)                                                               \
    static void list_##table(const char *topic)                                      \
    {                                                                                \
        uint32_t column = NAME_COLUMN;                                               \
        (void)topic;                                                                 \
        for (uint32_t i = 0; table##_at(i); i++)                                     \
            if (strlen(table##_at(i)->name) + 3 > column)                            \
                column = (uint32_t)strlen(table##_at(i)->name) + 3;                  \
        for (uint32_t i = 0; table##_at(i); i++)                                     \
            wrap_named(stdout, table##_at(i)->name, table##_at(i)->summary, column); \
    }
LIST_OF(scheme)
LIST_OF(partitioner)
LIST_OF(multicast)
LIST_OF(transport)
LIST_OF(plant)

static void list_placement(const char *topic)
{
    struct placement_kind p;
    (void)topic;
    for (uint32_t i = 0; placement_at(i, &p); i++) {
        char name[48];
        snprintf(name, sizeof(name), p.argument ? "%s:%s" : "%s", p.name, p.argument);
        wrap_named(stdout, name, p.summary, NAME_COLUMN);
    }
}

static void list_workload(const char *topic)
{
    struct workload_help w;
    (void)topic;
    wrap_named(stdout, "PATH", "a trace file (aviary-trace(5)), plain or .gz .xz .zst",
               NAME_COLUMN);
    for (uint32_t i = 0; workload_help_at(i, &w); i++)
        wrap_named(stdout, w.name, w.summary, NAME_COLUMN);
    puts("Each is a topic, which lists its keys: -w chirper:users=1000,zipf=0");
}

static void list_keys(const char *topic)
{
    struct workload_help w = {0};
    for (uint32_t i = 0; workload_help_at(i, &w) && strcmp(w.name, topic) != 0; i++) continue;
    for (const char *const *line = w.keys; *line; line++) printf("  %s\n", *line);
}

/* Those without options are left out. */
static const struct options_topic sections[] = {
    {EXPERIMENT_WHAT_RUNS, "What runs:", NULL},
    {EXPERIMENT_LOAD, "Load and time:", NULL},
    {EXPERIMENT_SSMR, "Options of ssmr:", NULL},
    {EXPERIMENT_DYNAMIC, "Options of dssmr, and of dynastar:", NULL},
    {EXPERIMENT_DYNASTAR, "Options of dynastar, besides those of dssmr:", NULL},
    {EXPERIMENT_CHECKS, "Checks, faults and results:", NULL},
    {EXPERIMENT_MESSAGES, "A trace of messages:", NULL},
    {EXPERIMENT_WHERE, "Where it runs:", NULL},
    {EXPERIMENT_STUDY, "How often each cell is run, and how:", NULL},
    {EXPERIMENT_SEEDS, "Which seeds are run, and how:", NULL},
};

static const struct options_topic names[] = {
    {"schemes", "Schemes (-s):", list_scheme},
    {"placements", "Placements (-p), where variables are at the start:", list_placement},
    {"planning", "Planning strategies (--planning), also placements:", list_partitioner},
    {"multicasts", "Atomic multicast protocols (--multicast):", list_multicast},
    {"transports", "Transports of an emulation (--transport):", list_transport},
    {"bugs", "Planted bugs (--plant), and what happens with them:", list_plant},
    {"workloads", "Workloads (-w):", list_workload},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void add(struct experiment *e, struct options_topic topic)
{
    ASSERT(e->topic_count + 1 < EXPERIMENT_TOPICS_MAX); /* the last has no name */
    e->topics[e->topic_count++] = topic;
}

static bool has_section(const struct experiment *e, const char *section)
{
    for (uint32_t t = 0; t < e->table_count; t++)
        for (uint32_t i = 0; i < e->tables[t].count; i++) {
            const char *begins = e->tables[t].options[i].section;
            if (begins && strcmp(begins, section) == 0) return true;
        }
    return false;
}

void experiment_topics(struct experiment *e)
{
    struct workload_help w;
    for (size_t i = 0; i < COUNT(sections); i++)
        if (has_section(e, sections[i].name)) add(e, sections[i]);
    for (uint32_t k = 0; k < e->kind_count; k++)
        for (const struct options_topic *t = e->kinds[k].options->topics; t && t->name; t++)
            add(e, *t);
    for (size_t i = 0; i < COUNT(names); i++) add(e, names[i]);
    for (uint32_t i = 0; workload_help_at(i, &w); i++)
        add(e, (struct options_topic){w.name,
                                      "Keys of this workload, with their defaults:", list_keys});
}
