/* experiment_options.c - the tables and the readers that they need (experiment_options.h).
 *
 * Sections of the help gather the options of all tables; options of all runs that most need are
 * essential. */
#include "analysis/experiment/experiment_options.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "analysis/experiment/cluster.h"
#include "analysis/experiment/cluster_options.h"
#include "base/assert.h"
#include "base/lookup.h"
#include "base/memory.h"
#include "base/units.h"
#include "proto/partition/partitioner.h"
#include "proto/schemes/plants.h"

#define RATE_LEAST 0.001 /* per second */
#define RATE_MOST 1e9

/* ---- names ---------------------------------------------------------------------------------- */

static int read_scheme(const struct option *o, const char *text, void *place, struct error *error)
{
    const struct scheme **scheme = place;
    uint32_t i;
    (void)o;
    if (lookup("scheme", experiment_scheme_name, text, &i, error) < 0) return -1;
    *scheme = scheme_at(i);
    return 0;
}

static int read_planning(const struct option *o, const char *text, void *place, struct error *error)
{
    const struct partitioner **planning = place;
    uint32_t i;
    (void)o;
    if (lookup("planning strategy", partitioner_name, text, &i, error) < 0) return -1;
    *planning = partitioner_at(i);
    return 0;
}

static int read_multicast(const struct option *o, const char *text, void *place,
                          struct error *error)
{
    const struct multicast_ops **multicast = place;
    uint32_t i;
    (void)o;
    if (lookup("multicast", experiment_multicast_name, text, &i, error) < 0) return -1;
    *multicast = multicast_at(i);
    return 0;
}

static int read_plant(const struct option *o, const char *text, void *place, struct error *error)
{
    const struct plant **plant = place;
    uint32_t i;
    (void)o;
    *plant = NULL;
    if (strcmp(text, "none") == 0) return 0;
    if (lookup("planted bug", experiment_plant_name, text, &i, error) < 0) return -1;
    *plant = plant_at(i);
    return 0;
}

static int read_any_transport(const struct option *o, const char *text, void *place,
                              struct error *error)
{
    enum experiment_transport *transport = place;
    uint32_t i;
    (void)o;
    if (lookup("transport", transport_name, text, &i, error) < 0) return -1;
    *transport = (enum experiment_transport)i;
    return 0;
}

static int read_transport(const struct option *o, const char *text, void *place,
                          struct error *error)
{
    const enum experiment_transport *transport = place;
    if (read_any_transport(o, text, place, error) < 0) return -1;
    if (*transport != EXPERIMENT_SIM) return 0;
    return error_set(error, "expected a real one; `aviary run` simulates");
}

/* ---- numbers -------------------------------------------------------------------------------- */

static int read_learn(const struct option *o, const char *text, void *place, struct error *error)
{
    struct experiment *e = place;
    e->learn_given = true;
    return option_share(o, text, &e->learn, error);
}

/* `2/5`. */
static int read_block(const struct option *o, const char *text, void *place, struct error *error)
{
    struct experiment *e = place;
    unsigned block, blocks;
    int end = 0;
    (void)o;
    if (sscanf(text, "%4u/%4u%n", &block, &blocks, &end) == 2 && !text[end] && block >= 1 &&
        block <= blocks) {
        e->block = block;
        e->blocks = blocks;
        return 0;
    }
    return error_set(error, "expected a block such as 2/5, found '%s'", text);
}

/* `64` in all, or `64/k` for each partition. */
static int read_clients(const struct option *o, const char *text, void *place, struct error *error)
{
    struct experiment *e = place;
    uint64_t value;
    char *number = allocate_text(text), *slash = strchr(number, '/');
    e->clients_per_partition = slash && strcmp(slash, "/k") == 0;
    if (e->clients_per_partition) *slash = '\0';
    int got = option_in_range(number, o->least, o->most, &value, error);
    free(number);
    if (got < 0)
        return error_add(error, "; expected a total such as 64, or 64/k for each partition");
    e->clients = (uint32_t)value;
    return 0;
}

/* `trace`: the times of the workload; else a rate. */
static int read_rate(const struct option *o, const char *text, void *place, struct error *error)
{
    struct experiment *e = place;
    (void)o;
    e->pace = LOADER_TRACE;
    if (strcmp(text, "trace") == 0) return 0;
    e->pace = LOADER_POISSON;
    if (units_rate(text, &e->rate_per_second, error) < 0) return -1;
    if (e->rate_per_second >= RATE_LEAST && e->rate_per_second <= RATE_MOST) return 0;
    return error_set(error, "expected a rate from %g/s to 1G/s, found '%s'", RATE_LEAST, text);
}

/* The name of a rule, or a time. */
static int read_warmup(const struct option *o, const char *text, void *place, struct error *error)
{
    struct experiment *e = place;
    e->warmup_asked = true;
    for (uint32_t rule = WARMUP_MSER; rule < WARMUP_RULES; rule++) {
        if (strcmp(text, warmup_name(rule)) != 0) continue;
        e->warmup_rule = (enum warmup_rule)rule;
        return 0;
    }
    return option_time(o, text, &e->warmup_ns, error);
}

/* `off`, which is 0, or a time. */
static int read_period(const struct option *o, const char *text, void *place, struct error *error)
{
    *(uint64_t *)place = 0;
    return strcmp(text, "off") == 0 ? 0 : option_time(o, text, place, error);
}

/* `off`, which is 0, or a count. */
static int read_plan_changes(const struct option *o, const char *text, void *place,
                             struct error *error)
{
    struct experiment *e = place;
    e->plan_changes_given = true;
    e->options.plan_changes = 0;
    return strcmp(text, "off") == 0 ? 0 : option_count(o, text, &e->options.plan_changes, error);
}

static int read_permille(const struct option *o, const char *text, void *place, struct error *error)
{
    double share;
    (void)o;
    if (units_share(text, &share, error) < 0) return -1;
    *(uint32_t *)place = (uint32_t)(share * 1000 + 0.5);
    return 0;
}

static int read_target(const struct option *o, const char *text, void *place, struct error *error)
{
    struct experiment *e = place;
    uint32_t rule;
    if (option_choice(o, text, &rule, error) < 0) return -1;
    e->options.target = (enum target_rule)rule;
    e->target_given = true;
    return 0;
}

/* ---- the tables ----------------------------------------------------------------------------- */

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define AT(member) .place = offsetof(struct experiment, member)

static const struct option common[] = {
    {"scheme", 's', "NAME", "ssmr", "replication scheme (--help schemes)", read_scheme, AT(scheme),
     .axis = OPTION_LIST, .section = EXPERIMENT_WHAT_RUNS, .essential = true},
    {"partitions", 'k', "N", "2", "number of partitions", option_count32, AT(partitions),
     .least = 1, .most = EXPERIMENT_PARTITIONS_MAX, .axis = OPTION_LIST, .essential = true},
    {"workload", 'w', "SPEC", "chirper", "trace or generator (--help workloads)", option_text,
     AT(workload), .axis = OPTION_REPEATED, .essential = true},
    {"placement", 'p', "SPEC", "hash", "of variables (--help placements)", option_text,
     AT(placement), .axis = OPTION_REPEATED, .essential = true},
    {"imbalance", 0, "SHARE", "20%", "how much heavier than the mean a partition may be",
     option_share, AT(imbalance)},
    {"learn", 0, "SHARE", NULL, "first part of a trace, not measured; 50% if the placement learns",
     read_learn, .place = 0},
    {"multicast", 0, "NAME", "basecast", "the atomic multicast protocol (--help multicasts)",
     read_multicast, AT(multicast)},
    {"replicas", 0, "N", "3", "replicas of each partition, and of the oracle", option_count32,
     AT(replicas), .least = 1, .most = REPLICAS_MAX, .axis = OPTION_LIST},
    {"window", 0, "N", "1", "batches that a group may have undecided at a time", option_count32,
     AT(window), .least = 1, .most = 4096},
    {"leader-timeout", 0, "TIME", NULL,
     "a leader's silence before an election; default: 4 latencies or more", option_time,
     AT(leader_timeout_ns), .least = EXPERIMENT_LEADER_TIMEOUT_NS_LEAST},
    {"clients", 0, "N", "64/k", "number of clients; N/k: for each partition", read_clients,
     .least = 1, .most = EXPERIMENT_CLIENTS_MAX, .axis = OPTION_LIST, .section = EXPERIMENT_LOAD,
     .essential = true},
    {"outstanding", 0, "N", "1", "closed loop: commands each client has under way", option_count32,
     AT(outstanding), .least = 1, .most = 1024},
    {"rate", 0, "R", NULL, "open loop: 10k/s in all, or `trace`: at its times", read_rate,
     .axis = OPTION_LIST, .essential = true},
    {"duration", 0, "TIME", NULL, "clients issue commands for so long", option_time,
     AT(duration_ns), .least = 1, .essential = true},
    {"commands", 0, "N", NULL, "clients issue so many commands in all", option_count, AT(commands),
     .least = 1, .essential = true},
    {"block", 0, "I/N", "1/1", "the I-th of N blocks of the measured commands of a trace",
     read_block, .place = 0},
    {"warmup", 0, "HOW", NULL, "left out of figures: a time, a `tenth`, or by `mser-5` (default)",
     read_warmup, .place = 0},
    {"interval", 0, "TIME", "50ms", "step of the time series in the results", option_time,
     AT(interval_ns), .least = 1},
    {"seed", 0, "N", "1", "decides every random choice", option_seed, AT(seed), .axis = OPTION_LIST,
     .essential = true},
    {"value-cache", 0, "HOW", "none", "copies kept of remote values", option_choice,
     AT(options.value_cache), .section = EXPERIMENT_SSMR,
     .words = WORDS("none", "conservative", "speculative")},
    {"signals", 0, "HOW", "message", "how signals without values are sent", option_choice,
     AT(options.signals), .words = WORDS("message", "write")},
    {"location-cache", 0, "HOW", "warm", "what clients remember of variables' places",
     option_choice, AT(options.location_cache), .section = EXPERIMENT_DYNAMIC,
     .words = WORDS("off", "cold", "warm")},
    {"target", 0, "RULE", NULL, "which partition executes, if not as in the paper", read_target,
     .words = WORDS("most", "random")},
    {"retries", 0, "N", "3", "attempts until a command goes to all partitions", option_count32,
     AT(options.retries), .least = 1, .most = 1000},
    {"return", 0, "HOW", "yes", "whether lent variables go back", option_either,
     AT(options.returns), .section = EXPERIMENT_DYNASTAR, .words = WORDS("no", "yes")},
    {"planning", 0, "NAME", "metis", "strategy that makes plans (--help planning)", read_planning,
     AT(options.planning)},
    {"hints", 0, "TIME", "250ms", "how often the oracle is told of accesses, or `off`", read_period,
     AT(options.hint_ns)},
    {"plan-every", 0, "TIME", "off", "time from plan to plan, or `off`", read_period,
     AT(options.plan_every_ns)},
    {"plan-changes", 0, "N", NULL, "changes of the graph that start a plan, or `off`; 40k",
     read_plan_changes, .least = 1},
    {"plan-guard", 0, "HOW", "on", "keep back plans predicted to be no better", option_either,
     AT(options.plan_guard), .words = WORDS("off", "on")},
    {"plan-keeps", 0, "SHARE", "50%", "share of weights kept from plan to plan", read_permille,
     AT(options.plan_keeps_permille)},
    {"transfer", 0, "HOW", "eager", "how a plan's variables move", option_either, AT(options.lazy),
     .words = WORDS("eager", "lazy")},
    {"plant", 0, "BUG", "none", "plant a bug (--help bugs), to see it caught", read_plant,
     AT(plant), .section = EXPERIMENT_CHECKS},
    {"check", 0, "HOW", "on", "whether every property of the run is checked", option_either,
     AT(check), .words = WORDS("off", "on")},
    {"history", 0, NULL, "off", "store every command and every access", option_switch, AT(history)},
    {"db", 0, "FILE", "aviary.db", "SQLite file that results are added to", option_text, AT(db),
     .essential = true},
};

/* Of commands that may run for real: of `aviary emulate`, and of `aviary compare`. */
static const struct option transport[] = {
    {"transport", 0, "NAME", "loop", "what carries messages (--help transports)", read_transport,
     AT(transport), .section = EXPERIMENT_WHERE, .essential = true},
};
static const struct option any_transport[] = {
    {"transport", 0, "NAME", "sim", "what carries messages (--help transports)", read_any_transport,
     AT(transport), .axis = OPTION_LIST, .section = EXPERIMENT_WHERE, .essential = true},
};

/* Of how a run is made, and not of what it is: they are not stored with it. */
static const struct option waiting[] = {
    {"wait", 0, "TIME", "60s", "for a database that another process has locked", option_time,
     AT(wait_ns), .section = EXPERIMENT_CHECKS},
};
static const struct option again[] = {
    {"again", 0, "RUN_ID", NULL, "repeat a run of the database, with its options", option_count,
     AT(again.run_id), .least = 1, .most = INT64_MAX, .section = EXPERIMENT_CHECKS,
     .essential = true},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
enum { NO_RUN = 0, EVERY_RUN = UINT8_MAX, REAL_RUN = EVERY_RUN & ~(1 << EXPERIMENT_SIM) };

/* `of`: the transports whose runs it concerns, by bit. */
static void add_table(struct experiment *e, const struct option *options, size_t count,
                      void *target, uint8_t of)
{
    ASSERT(e->table_count < EXPERIMENT_TABLES_MAX);
    e->table_of[e->table_count] = of;
    e->tables[e->table_count++] = (struct options_table){options, (uint32_t)count, target, {NULL}};
}

/* The transports of the clusters of that kind, by bit. */
static uint8_t transports_of(const struct experiment *e, const struct cluster_options *kind)
{
    uint8_t of = 0;
    for (const struct cluster_ops *const *c = e->clusters; *c; c++)
        if ((*c)->options == kind) of |= (uint8_t)(1U << (*c)->transport);
    return of;
}

static void add_kind(struct experiment *e, const struct cluster_options *kind,
                     enum experiment_use use)
{
    uint8_t of = transports_of(e, kind);
    void *settings = allocate(kind->bytes);
    ASSERT(e->kind_count < EXPERIMENT_KINDS_MAX);
    memcpy(settings, kind->initial, kind->bytes);
    e->kinds[e->kind_count++] = (struct experiment_kind){kind, settings};
    if (kind->single && !experiment_many(use))
        add_table(e, kind->single, kind->single_count, settings, of);
    add_table(e, kind->options, kind->count, settings, of);
}

static bool has_kind(const struct experiment *e, const struct cluster_options *kind)
{
    for (uint32_t i = 0; i < e->kind_count; i++)
        if (e->kinds[i].options == kind) return true;
    return false;
}

/* For the options of all tables; the clusters' were not known before. */
static void assert_room(const struct experiment *e)
{
    uint32_t count = 0;
    for (uint32_t t = 0; t < e->table_count; t++) count += e->tables[t].count;
    ASSERT(count <= EXPERIMENT_OPTIONS_MAX);
}

void experiment_tables(struct experiment *e, const struct experiment_command *command)
{
    enum experiment_use use = command->use;
    bool real = false; /* there is a choice: clusters for real */
    add_table(e, common, COUNT(common), e, EVERY_RUN);
    if (!experiment_many(use))
        add_table(e, message_options, MESSAGE_OPTIONS, &e->messages, EVERY_RUN);
    for (const struct cluster_ops *const *c = e->clusters; *c; c++) {
        if (has_kind(e, (*c)->options)) continue;
        if (!real && (*c)->transport != EXPERIMENT_SIM) {
            add_table(e, use == EXPERIMENT_COMPARE ? any_transport : transport, 1, e, REAL_RUN);
            real = true;
        }
        add_kind(e, (*c)->options, use);
    }
    const struct options_table *more = command->more;
    add_table(e, waiting, COUNT(waiting), e, NO_RUN);
    if (!experiment_many(use)) add_table(e, again, COUNT(again), e, NO_RUN);
    if (more) add_table(e, more->options, more->count, more->target, NO_RUN);
    assert_room(e);
}
