/* simulation_options.c - the table of the options of simulated runs (simulation_options.h). */
#include "sim/simulation_options.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/wrap.h"
#include "sim/model.h"

#define AT(member) .place = offsetof(struct simulation_options, member)

static const struct option options[] = {
    {"model", 'm', "NAME", "cluster-2014", "hardware (--help models), or a file", option_text,
     AT(model), .axis = OPTION_REPEATED, .section = EXPERIMENT_WHAT_RUNS, .essential = true},
    {"durable", 0, NULL, "off", "replicas store what they promise and accept on modelled disks",
     option_switch, AT(durable)},
    {"max-events", 0, "N", "10G", "stop with verdict `unknown` after so many events", option_count,
     AT(max_events), .least = 1, .section = EXPERIMENT_LOAD},
    {"max-wall", 0, "TIME", NULL, "stop with verdict `unknown` after so much real time",
     option_time, AT(max_wall_ns)},
    {"faults", 0, "FILE", NULL, "script of faults, or `swarm`: drawn from the seed", option_text,
     AT(faults), .axis = OPTION_REPEATED, .section = EXPERIMENT_CHECKS, .essential = true},
};

/* `NAME  WHAT IT IS`, wrapped. */
static void print_model(void *context, const char *text)
{
    enum { COLUMN = 17 };
    (void)context;
    fputs("  ", stdout);
    wrap_print(stdout, text, 2, COLUMN);
}

static void list_models(const char *topic)
{
    char *keys = NULL;
    size_t bytes;
    FILE *out = open_memstream(&keys, &bytes);
    if (!out) abort();
    for (uint32_t i = 0; model_key(i); i++) fprintf(out, "%s= ", model_key(i));
    if (fclose(out) != 0) abort();
    (void)topic;
    model_list(print_model, NULL);
    fputs("Each of them, and a file, can be changed: -m cluster-2014:link.bandwidth=10Gbps\n"
          "The keys, which aviary-model(5) describes:\n    ",
          stdout);
    wrap_print(stdout, keys, 4, 4);
    free(keys);
}

static const struct options_topic topics[] = {{"models", "Hardware models (-m):", list_models},
                                              {NULL, NULL, NULL}};

static const struct simulation_options initial = {.max_wall_ns = UINT64_MAX};

static bool is_durable(const void *settings)
{
    const struct simulation_options *o = settings;
    return o->durable;
}

const struct cluster_options simulation_kind = {
    .options = options,
    .count = sizeof(options) / sizeof(options[0]),
    .topics = topics,
    .initial = &initial,
    .bytes = sizeof(initial),
    .durable = is_durable,
};

const struct simulation_options *simulation_options(const struct experiment *e)
{
    return experiment_settings(e, &simulation_kind);
}
