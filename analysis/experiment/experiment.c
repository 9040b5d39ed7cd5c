/* experiment.c - reads the options that all commands that run something share (experiment.h). */
#include "analysis/experiment/experiment.h"

#include <stdio.h>
#include <string.h>

#include "analysis/experiment/experiment_options.h"
#include "base/assert.h"
#include "proto/schemes/plants.h"

static const char comparison[] =
    "-s, -k and --transport take lists (NAME,NAME and 1,2,4,8): every combination is run.\n";
static const char ending[] =
    "Times, sizes, rates take units: 50ms, 64KiB, 10k/s. Exit status: 0 ok, 1 a check failed,\n"
    "2 wrong use or input. Manual: aviary(1), aviary-trace(5), aviary-model(5).\n";

/* The table of the i-th option, which is number *at of that; NULL past the end. */
static const struct options_table *table_of(const struct experiment *e, uint32_t i, uint32_t *at)
{
    uint8_t run = e->transport == EXPERIMENT_SIM ? EXPERIMENT_RUN : EXPERIMENT_EMULATE;
    *at = i;
    for (uint32_t t = 0; t < e->table_count; t++) {
        if (!(e->table_of[t] & run)) continue;
        if (*at < e->tables[t].count) return &e->tables[t];
        *at -= e->tables[t].count;
    }
    return NULL;
}

/* As if it had been given so. */
static void set_text(struct experiment *e, const char *name, const char *text)
{
    for (uint32_t t = 0; t < e->table_count; t++)
        for (uint32_t i = 0; i < e->tables[t].count; i++)
            if (strcmp(e->tables[t].options[i].name, name) == 0) e->tables[t].text[i] = text;
}

/* A bug in rules that the scheme does not have could not be found. */
static int plant_fits(const struct experiment *e, struct error *error)
{
    for (uint32_t i = 0; e->plant && i < e->scheme_count; i++)
        if (!plant_concerns(e->plant, e->schemes[i]))
            return error_set(error, "--plant: %s is no bug of %s", e->plant->name,
                             e->schemes[i]->name);
    return 0;
}

struct experiment experiment_over(const struct experiment *e, enum experiment_transport transport)
{
    struct experiment over = *e;
    over.transport = transport;
    set_text(&over, "transport", transport_name(transport));
    return over;
}

int experiment_parse(struct experiment *e, int argc, char **argv, enum experiment_use use,
                     struct error *error)
{
    *e = (struct experiment){.duration_ns = UINT64_MAX,
                             .commands = UINT64_MAX,
                             .warmup_ns = UINT64_MAX,
                             .max_wall_ns = UINT64_MAX,
                             .pace = LOADER_CLOSED};
    experiment_tables(e, use);
    const struct options options = {.command = argv[0],
                                    .about = use == EXPERIMENT_COMPARE ? comparison : NULL,
                                    .ending = ending,
                                    .topics = experiment_topics,
                                    .tables = e->tables,
                                    .table_count = e->table_count};
    int got = options_read(&options, argc, argv, NULL, error);
    if (got != 0) return got;
    if (use != EXPERIMENT_COMPARE && (e->scheme_count > 1 || e->partitions_count > 1))
        return error_set(error, "one scheme and one number of partitions; aviary compare takes "
                                "lists");
    if (use == EXPERIMENT_RUN) e->transports[e->transport_count++] = EXPERIMENT_SIM;
    /* Processes started elsewhere are connected over verbs. */
    if (e->cluster) e->transports[0] = EXPERIMENT_VERBS;
    *e = experiment_over(e, e->transports[0]);
    return plant_fits(e, error);
}

bool experiment_option(const struct experiment *e, uint32_t i, const char **name,
                       const char **value)
{
    uint32_t at;
    const struct options_table *table = table_of(e, i, &at);
    if (!table) return false;
    *name = table->options[at].name;
    *value = table->text[at] ? table->text[at] : "";
    return true;
}

bool experiment_given(const struct experiment *e, uint32_t i)
{
    uint32_t at;
    const struct options_table *table = table_of(e, i, &at);
    if (!table || !table->text[at]) return false;
    const char *standard = table->options[at].standard;
    return !standard || strcmp(table->text[at], standard) != 0;
}

bool experiment_argument(const struct experiment *e, uint32_t i, char *text, uint32_t room)
{
    uint32_t at;
    const struct options_table *table = table_of(e, i, &at);
    if (!table || !table->text[at]) return false;
    const struct option *o = &table->options[at];
    const char *value = table->text[at];
    if (!o->argument && strcmp(value, "on") != 0) return false;
    int length = snprintf(text, room, o->argument ? "--%s=%s" : "--%s", o->name, value);
    ASSERT(length > 0);
    ASSERT((uint32_t)length < room);
    return true;
}
