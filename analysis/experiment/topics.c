/* topics.c - the table of topics (topics.h). */
#include "analysis/experiment/topics.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "analysis/experiment/transports.h"
#include "proto/schemes/plants.h"
#include "workloads/place/placement.h"
#include "workloads/trace/workload.h"

struct named {
    char name[48]; /* with its argument */
    const char *summary;
};

static bool named(struct named *out, const char *name, const char *argument, const char *summary)
{
    snprintf(out->name, sizeof(out->name), argument ? "%s:%s" : "%s", name, argument);
    out->summary = summary;
    return true;
}

#define NAMES(table)                                                                           \
    static bool table##_named(uint32_t i, struct named *out)                                   \
    {                                                                                          \
        return table##_at(i) && named(out, table##_at(i)->name, NULL, table##_at(i)->summary); \
    }
NAMES(scheme)
NAMES(partitioner)
NAMES(multicast)
NAMES(transport)
NAMES(plant)

static bool placement_named(uint32_t i, struct named *out)
{
    struct placement_kind p;
    return placement_at(i, &p) && named(out, p.name, p.argument, p.summary);
}

static const struct topic {
    const char *name;
    const char *title;
    const char *one;                           /* of the names */
    bool (*at)(uint32_t i, struct named *out); /* NULL: workload_list() has them */
} topics[] = {
    {"schemes", "Schemes (-s):", "scheme", scheme_named},
    {"placements", "Placements (-p), where variables are at the start:", "placement",
     placement_named},
    {"planning", "Planning strategies (--planning), also placements:", "planning strategy",
     partitioner_named},
    {"workloads", "Workloads (-w), and the keys of generators with their defaults:", "workload",
     NULL},
    {"multicasts", "Atomic multicast protocols (--multicast):", "multicast", multicast_named},
    {"transports", "Transports of an emulation (--transport):", "transport", transport_named},
    {"bugs", "Planted bugs (--plant), and what happens with them:", "planted bug", plant_named},
};
enum { TOPICS = sizeof(topics) / sizeof(topics[0]) };

const char *topic_at(uint32_t i)
{
    return i < TOPICS ? topics[i].name : NULL;
}

static const struct topic *find(const char *name)
{
    uint32_t i = 0;
    while (i < TOPICS && strcmp(topics[i].name, name) != 0) i++;
    return i < TOPICS ? &topics[i] : NULL;
}

static void print_line(void *context, const char *text)
{
    (void)context;
    printf("  %s\n", text);
}

static void print_names(const struct topic *t)
{
    struct named n;
    int width = 13;
    for (uint32_t i = 0; t->at(i, &n); i++)
        if ((int)strlen(n.name) > width) width = (int)strlen(n.name);
    for (uint32_t i = 0; t->at(i, &n); i++) printf("  %-*s %s\n", width, n.name, n.summary);
}

int topic_print(const char *topic, struct error *error)
{
    const struct topic *t = find(topic);
    if (!t) {
        error_set(error, "no help topic is called '%s'; there are:", topic);
        for (uint32_t i = 0; i < TOPICS; i++) error_add(error, " %s", topics[i].name);
        return -1;
    }
    printf("%s\n", t->title);
    if (t->at)
        print_names(t);
    else
        workload_list(print_line, NULL);
    return 0;
}

int topic_refuse(const char *topic, const char *name, struct error *error)
{
    const struct topic *t = find(topic);
    struct named n;
    error_set(error, "no %s is called '%s'; there are:", t->one, name);
    for (uint32_t i = 0; t->at(i, &n); i++) error_add(error, " %s", n.name);
    return -1;
}
