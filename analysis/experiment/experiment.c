/* experiment.c - reads the options that all commands that run something share (experiment.h). */
#include "analysis/experiment/experiment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/experiment/cluster.h"
#include "analysis/experiment/cluster_options.h"
#include "analysis/experiment/experiment_options.h"
#include "analysis/results/results.h"
#include "base/assert.h"
#include "proto/schemes/plants.h"

static const char *const about[] = {
    [EXPERIMENT_RUN] = "Simulates one run; shows its figures and verdict, and stores them.\n",
    [EXPERIMENT_COMPARE] =
        "Runs every combination of lists such as -k 2,4; -w -p -m are repeated.\n",
    [EXPERIMENT_EMULATE] =
        "Runs one scheme for real; shows figures and verdict, and stores them.\n",
    [EXPERIMENT_SWARM] =
        "Each seed draws a scheme, options and faults; what is given holds for all runs.\n",
};
static const char ending[] =
    "Units: 50ms, 64KiB, 10k/s. Status: 0 ok, 1 a check failed, 2 wrong input.\n";

/* The table of the i-th option, which is number *at of that; NULL past the end. */
static const struct options_table *table_of(const struct experiment *e, uint32_t i, uint32_t *at)
{
    *at = i;
    for (uint32_t t = 0; t < e->table_count; t++) {
        if (!(e->table_of[t] & 1U << e->transport)) continue;
        if (*at < e->tables[t].count) return &e->tables[t];
        *at -= e->tables[t].count;
    }
    return NULL;
}

bool experiment_find(const struct experiment *e, const char *name, const struct option **o,
                     const char **text)
{
    for (uint32_t t = 0; t < e->table_count; t++)
        for (uint32_t i = 0; i < e->tables[t].count; i++) {
            *o = &e->tables[t].options[i];
            *text = e->tables[t].text[i];
            if (strcmp((*o)->name, name) == 0) return true;
        }
    return false;
}

/* A bug in rules that the scheme does not have could not be found. */
static int plant_fits(const struct experiment *e, struct error *error)
{
    if (!e->plant || plant_concerns(e->plant, e->scheme, e->multicast)) return 0;
    return error_set(error, "--plant: %s is no bug of %s", e->plant->name, e->scheme->name);
}

static int replicas_fit(const struct experiment *e, struct error *error)
{
    uint32_t most = e->multicast->replicas_max;
    if (most == 0 || e->replicas <= most) return 0;
    return error_set(error, "--replicas: expected at most %u with --multicast %s, found %u", most,
                     e->multicast->name, e->replicas);
}

/* What is stored, and what may be undecided, are batches of a group's log. */
static int log_fits(const struct experiment *e, struct error *error)
{
    const char *multicast = e->multicast->name;
    if (e->multicast->apply) return 0;
    if (e->window > 1)
        return error_set(error, "--window: groups have no log with --multicast %s", multicast);
    for (uint32_t i = 0; i < e->kind_count; i++)
        if (e->kinds[i].options->durable(e->kinds[i].settings))
            return error_set(error, "--durable: groups have no log with --multicast %s", multicast);
    return 0;
}

static int messages_fit(const struct experiment *e, struct error *error)
{
    const struct message_filter *f = &e->messages;
    bool filtered =
        f->nodes || f->kinds != UINT64_MAX || f->from_ns > 0 || f->until_ns < UINT64_MAX;
    if (f->file || !filtered) return 0;
    return error_set(error, "--message-nodes, --message-kinds and --message-times: expected "
                            "--messages FILE beside them");
}

static int load_fits(const struct experiment *e, struct error *error)
{
    if (e->pace == LOADER_CLOSED || e->outstanding == 1) return 0;
    return error_set(error, "--outstanding: in an open loop (--rate) clients do not wait");
}

const struct cluster_ops *experiment_cluster(const struct experiment *e,
                                             enum experiment_transport transport)
{
    const struct cluster_ops *const *cluster = e->clusters;
    while (*cluster && (*cluster)->transport != transport) cluster++;
    ASSERT(*cluster);
    return *cluster;
}

const void *experiment_settings(const struct experiment *e, const struct cluster_options *kind)
{
    uint32_t i = 0;
    while (i < e->kind_count && e->kinds[i].options != kind) i++;
    ASSERT(i < e->kind_count);
    return e->kinds[i].settings;
}

/* ---- from begin to end ---------------------------------------------------------------------- */

static int complete(void *context, struct error *error)
{
    return again_complete(context, error);
}

static int read_options(struct experiment *e, int argc, char **argv, enum experiment_use use,
                        struct error *error)
{
    const struct options options = {.command = argv[0],
                                    .about = about[use],
                                    .ending = ending,
                                    .topics = e->topics,
                                    .axes = experiment_many(use),
                                    .tables = e->tables,
                                    .table_count = e->table_count,
                                    .complete = complete,
                                    .context = e};
    return options_read(&options, argc, argv, NULL, error);
}

/* As if it had been given so. */
static void set_transport(struct experiment *e, enum experiment_transport transport)
{
    e->transport = transport;
    for (uint32_t t = 0; t < e->table_count; t++)
        for (uint32_t i = 0; i < e->tables[t].count; i++)
            if (strcmp(e->tables[t].options[i].name, "transport") == 0)
                e->tables[t].text[i] = transport_name(transport);
}

/* The papers give no number of changes. It must be enough for a plan to rest on, and be reached
 * early in a run of seconds, which makes fifty thousand to half a million a second. On four
 * partitions, placed by hash, thousand commands/s without plans and with one each 20, 40, 80 and
 * 160 thousand changes:
 *
 *   chirper, 2 s                          28    53   47   43   28 (none is made in time)
 *   kv, a fifth of it over groups, 8 s    18    21   27   31   31 (20 000: eight plans, not three)
 *   tpcc, 12 s                             6         41   37
 *   collegemsg                          13.3       14.2 13.7
 *
 * More often than needed costs computing time only, since the guard discards what is no better
 * (proto/oracle/forecast.h): on well placed chirper, kv and tpcc no plan is announced.
 * `--plan-every` alone means plans by time alone. */
static void settle_plans(struct experiment *e)
{
    enum { PLAN_CHANGES = 40000 };
    if (!e->plan_changes_given)
        e->options.plan_changes = e->options.plan_every_ns ? 0 : PLAN_CHANGES;
}

/* What the options come to together. Of many runs each is settled by itself. */
static int settle(struct experiment *e, enum experiment_use use, struct error *error)
{
    if (experiment_many(use)) return 0;
    if (e->warmup_ns >= e->duration_ns)
        return error_set(error, "--warmup leaves nothing of --duration to measure");
    settle_plans(e);
    const struct cluster_options *kind = experiment_cluster(e, e->transport)->options;
    if (kind->transport)
        set_transport(e, kind->transport(experiment_settings(e, kind), e->transport));
    if (replicas_fit(e, error) < 0 || log_fits(e, error) < 0) return -1;
    if (messages_fit(e, error) < 0 || load_fits(e, error) < 0) return -1;
    return plant_fits(e, error);
}

int experiment_parse(struct experiment *e, int argc, char **argv,
                     const struct experiment_command *command, struct error *error)
{
    *e = (struct experiment){.duration_ns = UINT64_MAX,
                             .commands = UINT64_MAX,
                             .learn = 0.5,
                             .pace = LOADER_CLOSED,
                             .transport = (*command->clusters)->transport,
                             .messages = {.kinds = UINT64_MAX, .until_ns = UINT64_MAX},
                             .clusters = command->clusters};
    experiment_tables(e, command);
    experiment_topics(e);
    int got = read_options(e, argc, argv, command->use, error);
    if (got == 0) got = settle(e, command->use, error);
    if (got == 0) results_wait_most(e->wait_ns);
    if (got != 0) experiment_finish(e);
    return got;
}

void experiment_finish(struct experiment *e)
{
    again_finish(&e->again);
    for (uint32_t i = 0; i < e->kind_count; i++) free(e->kinds[i].settings);
    e->kind_count = 0;
}

/* ---- the options as used -------------------------------------------------------------------- */

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
