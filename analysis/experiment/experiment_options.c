/* experiment_options.c - the tables and the readers that they need (experiment_options.h).
 *
 * Sections of the help gather the options of all tables. */
#include "analysis/experiment/experiment_options.h"

#include <stddef.h>
#include <string.h>

#include "base/lookup.h"
#include "base/units.h"
#include "proto/message.h"
#include "proto/partition/partitioner.h"
#include "proto/schemes/plants.h"

/* A ring takes two of the longest messages. */
#define RING_LEAST (UINT64_C(4) * MESSAGE_BYTES_MAX)
#define RING_MOST (UINT64_C(1) << 30)

#define RATE_LEAST 0.001 /* per second */
#define RATE_MOST 1e9

/* ---- lists ---------------------------------------------------------------------------------- */

static int add_scheme(void *context, const char *word, struct error *error)
{
    struct experiment *e = context;
    uint32_t i;
    if (lookup("scheme", experiment_scheme_name, word, &i, error) < 0) return -1;
    if (e->scheme_count == EXPERIMENT_SCHEMES_MAX)
        return error_set(error, "expected at most %d schemes", EXPERIMENT_SCHEMES_MAX);
    e->schemes[e->scheme_count++] = scheme_at(i);
    return 0;
}

static int read_schemes(const struct option *o, const char *text, void *place, struct error *error)
{
    (void)o;
    return options_each(text, place, add_scheme, error);
}

static int add_partitions(void *context, const char *word, struct error *error)
{
    struct experiment *e = context;
    uint64_t value;
    if (option_in_range(word, 1, EXPERIMENT_PARTITIONS_MAX, &value, error) < 0) return -1;
    if (e->partitions_count == EXPERIMENT_SIZES_MAX)
        return error_set(error, "expected at most %d numbers", EXPERIMENT_SIZES_MAX);
    e->partitions[e->partitions_count++] = (uint32_t)value;
    return 0;
}

static int read_partitions(const struct option *o, const char *text, void *place,
                           struct error *error)
{
    (void)o;
    return options_each(text, place, add_partitions, error);
}

/* ---- names ---------------------------------------------------------------------------------- */

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

static int add_transport(void *context, const char *word, struct error *error)
{
    struct experiment *e = context;
    uint32_t i;
    if (lookup("transport", transport_name, word, &i, error) < 0) return -1;
    for (uint32_t j = 0; j < e->transport_count; j++)
        if (e->transports[j] == i) return error_set(error, "%s is given twice", word);
    e->transports[e->transport_count++] = (enum experiment_transport)i;
    return 0;
}

static int read_transports(const struct option *o, const char *text, void *place,
                           struct error *error)
{
    (void)o;
    return options_each(text, place, add_transport, error);
}

static int read_transport(const struct option *o, const char *text, void *place,
                          struct error *error)
{
    struct experiment *e = place;
    (void)o;
    if (add_transport(e, text, error) < 0) return -1;
    if (e->transports[0] != EXPERIMENT_SIM) return 0;
    return error_set(error, "expected a real one; `aviary run` simulates");
}

/* ---- numbers -------------------------------------------------------------------------------- */

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

/* `off`, which is 0, or a time. */
static int read_period(const struct option *o, const char *text, void *place, struct error *error)
{
    *(uint64_t *)place = 0;
    return strcmp(text, "off") == 0 ? 0 : option_time(o, text, place, error);
}

/* `off`, which is 0, or a count. */
static int read_threshold(const struct option *o, const char *text, void *place,
                          struct error *error)
{
    *(uint64_t *)place = 0;
    return strcmp(text, "off") == 0 ? 0 : option_count(o, text, place, error);
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

static int read_ring(const struct option *o, const char *text, void *place, struct error *error)
{
    uint64_t bytes;
    (void)o;
    if (units_size(text, &bytes, error) < 0) return -1;
    if (bytes < RING_LEAST || bytes > RING_MOST || (bytes & (bytes - 1)))
        return error_set(error, "expected a power of two from 1MiB to 1GiB, found '%s'", text);
    *(uint32_t *)place = (uint32_t)bytes;
    return 0;
}

/* ---- the tables ----------------------------------------------------------------------------- */

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define AT(member) .place = offsetof(struct experiment, member)

static const char what[] = "\nWhat runs:", load[] = "\nLoad and time:",
                  checks[] = "\nChecks and results:", where[] = "\nWhere it runs:";

static const struct option common[] = {
    {"scheme", 's', "NAME", "ssmr", "the scheme, of those that --help schemes lists", read_schemes,
     .list = true, .section = what},
    {"partitions", 'k', "N", "2", "number of partitions", read_partitions, .list = true},
    {"workload", 'w', "SPEC", "chirper", "trace file, or generator:key=value,...", option_text,
     AT(workload)},
    {"placement", 'p', "SPEC", "hash", "where variables are at the start", option_text,
     AT(placement)},
    {"imbalance", 0, "SHARE", "20%", "allowed to placements and plans by a graph", option_share,
     AT(imbalance)},
    {"multicast", 0, "NAME", "basecast", "atomic multicast protocol", read_multicast,
     AT(multicast)},
    {"replicas", 0, "N", "3", "replicas of each group", option_count32, AT(replicas), .least = 1,
     .most = REPLICAS_MAX},
    {"window", 0, "N", "1", "batches a group has undecided at a time", option_count32, AT(window),
     .least = 1, .most = 4096},
    {"leader-timeout", 0, "TIME", NULL, "silence before an election; default at least 4 latencies",
     option_time, AT(leader_timeout_ns), .least = EXPERIMENT_LEADER_TIMEOUT_NS_LEAST},
    {"clients", 0, "N", NULL, "clients; default 64 for each partition", option_count32, AT(clients),
     .least = 1, .most = 100000, .section = load},
    {"outstanding", 0, "N", "1", "closed loop: commands of one client at a time", option_count32,
     AT(outstanding), .least = 1, .most = 1024},
    {"rate", 0, "R", NULL, "open loop: 10k/s in all, or `trace`: its times", read_rate, .place = 0},
    {"duration", 0, "TIME", NULL, "issue commands for so long", option_time, AT(duration_ns)},
    {"commands", 0, "N", NULL, "issue so many commands", option_count, AT(commands), .least = 1},
    {"warmup", 0, "TIME", NULL, "left out of the figures; default a tenth", option_time,
     AT(warmup_ns)},
    {"interval", 0, "TIME", "50ms", "step of the time series", option_time, AT(interval_ns),
     .least = 1},
    {"seed", 0, "N", "1", "decides every random choice", option_seed, AT(seed)},
    {"value-cache", 0, "HOW", "none", "copies of remote values", option_choice,
     AT(options.value_cache),
     .section = "\nFor ssmr:", .words = WORDS("none", "conservative", "speculative")},
    {"location-cache", 0, "HOW", "warm", "what clients know of places", option_choice,
     AT(options.location_cache),
     .section = "For dssmr and dynastar:", .words = WORDS("off", "cold", "warm")},
    {"target", 0, "RULE", NULL, "the partition that executes; the papers' rule, or", read_target,
     .words = WORDS("most", "random")},
    {"retries", 0, "N", "3", "attempts before all partitions execute it", option_count32,
     AT(options.retries), .least = 1, .most = 1000},
    {"return", 0, "HOW", "yes", "lent variables go back, or stay", option_either,
     AT(options.returns), .section = "For dynastar:", .words = WORDS("no", "yes")},
    {"planning", 0, "NAME", "metis", "what plans are made by: a strategy", read_planning,
     AT(options.planning)},
    {"hints", 0, "TIME", "1s", "interval of access reports to the oracle, or `off`", read_period,
     AT(options.hint_ns)},
    {"plan-every", 0, "TIME", "off", "interval between plans, or `off`", read_period,
     AT(options.plan_every_ns)},
    {"plan-changes", 0, "N", "off", "a plan after so many accesses and co-accesses", read_threshold,
     AT(options.plan_changes), .least = 1},
    {"plan-keeps", 0, "SHARE", "50%", "of the graph's weights from plan to plan", read_permille,
     AT(options.plan_keeps_permille)},
    {"transfer", 0, "HOW", "eager", "what a plan moves, at once or when needed", option_either,
     AT(options.lazy), .words = WORDS("eager", "lazy")},
    {"plant", 0, "BUG", "none", "plant a bug, to see it caught", read_plant, AT(plant),
     .section = checks},
    {"check", 0, "HOW", "on", "check every property of the run", option_either, AT(check),
     .words = WORDS("off", "on")},
    {"history", 0, NULL, "off", "store every command and access", option_switch, AT(history)},
    {"db", 0, "FILE", "aviary.db", "where the results go", option_text, AT(db)},
};

static const struct option simulated[] = {
    {"model", 'm', "NAME", "cluster-2014", "what the hardware costs: a name or a file", option_text,
     AT(model), .section = what},
    {"max-events", 0, "N", "10G", "end undecided after so many events", option_count,
     AT(max_events), .least = 1, .section = load},
    {"max-wall", 0, "TIME", NULL, "end undecided after so much real time", option_time,
     AT(max_wall_ns)},
    {"faults", 0, "FILE", NULL, "fault script, or `swarm`: drawn from the seed", option_text,
     AT(faults), .section = checks},
};

static const struct option emulated[] = {
    {"addresses", 0, "LIST", NULL, "verbs: of RDMA devices here; default: all there are",
     option_text, AT(addresses), .list = true, .section = where},
    {"waiting", 0, "HOW", "adaptive", "verbs: for messages", option_choice, AT(waiting),
     .words = WORDS("adaptive", "spin", "event")},
    {"ring", 0, "SIZE", "1MiB", "of each connection and direction, a power of two", read_ring,
     AT(ring_bytes)},
    {"dead-after", 0, "TIME", "500ms", "verbs: a silent peer is reported within", option_time,
     AT(dead_after_ns)},
    {"crash", 0, "LIST", NULL, "replicas that die, such as p0.r0@3s,oracle.r1@5s", option_text,
     AT(crash), .list = true},
    {"patience", 0, "TIME", "30s", "for members to come, or answers, or replicas to agree",
     option_time, AT(patience_ns)},
};

/* Of `aviary emulate` alone. */
static const struct option deployed[] = {
    {"transport", 0, "NAME", "loop", "what messages go over: --help transports lists it",
     read_transport, .section = where},
    {"cluster", 0, "FILE", NULL, "verbs: processes started elsewhere by `aviary node`", option_text,
     AT(cluster)},
};

/* Of `aviary compare` alone; the first concerns its emulated runs. */
static const struct option transported[] = {
    {"transport", 0, "LIST", "sim", "what messages go over: --help transports lists it",
     read_transports, .list = true, .section = where},
};
static const struct option compared[] = {
    {"jobs", 'j', "N", "1", "runs at the same time", option_count32, AT(jobs), .least = 1,
     .most = 256, .section = checks},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
_Static_assert(COUNT(common) + COUNT(simulated) + COUNT(emulated) + COUNT(deployed) +
                       COUNT(transported) + COUNT(compared) <=
                   (size_t)EXPERIMENT_OPTIONS_MAX,
               "room for the text of each option");

void experiment_tables(struct experiment *e, enum experiment_use use)
{
    enum { RUN = EXPERIMENT_RUN, COMPARE = EXPERIMENT_COMPARE, EMULATE = EXPERIMENT_EMULATE };
    static const struct {
        const struct option *options;
        uint32_t count;
        uint8_t uses; /* the commands that read it, */
        uint8_t of;   /* and the runs that it concerns */
    } all[] = {
        {common, COUNT(common), RUN | COMPARE | EMULATE, RUN | EMULATE},
        {simulated, COUNT(simulated), RUN | COMPARE, RUN},
        {deployed, COUNT(deployed), EMULATE, EMULATE},
        {transported, COUNT(transported), COMPARE, EMULATE},
        {emulated, COUNT(emulated), COMPARE | EMULATE, EMULATE},
        {compared, COUNT(compared), COMPARE, 0},
    };
    _Static_assert(COUNT(all) <= (size_t)EXPERIMENT_TABLES_MAX, "room for each table");
    for (uint32_t i = 0; i < COUNT(all); i++) {
        if (!(all[i].uses & use)) continue;
        e->table_of[e->table_count] = all[i].of;
        e->tables[e->table_count++] = (struct options_table){all[i].options, all[i].count, e, {0}};
    }
}
