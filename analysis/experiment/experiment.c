/* experiment.c - the option table and its readers (experiment.h). */
#include "analysis/experiment/experiment.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/message.h"
#include "proto/plant.h"
#include "workloads/place/placement.h"
#include "base/units.h"
#include "workloads/trace/workload.h"

/* A ring takes two of the longest messages. */
#define RING_LEAST (UINT64_C(4) * MESSAGE_BYTES_MAX)
#define RING_MOST (UINT64_C(1) << 30)

struct option_spec {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* NULL: a switch */
    const char *standard; /* the default; "" : unset */
    const char *help;
    uint32_t uses; /* enum experiment_use, or-ed */
    int (*set)(struct experiment *e, const char *text, struct error *error);
};

/* ---- readers ------------------------------------------------------------------------------- */

/* Calls add() for each element of a comma-separated list. */
static int each_element(struct experiment *e, const char *text, struct error *error,
                        int (*add)(struct experiment *e, const char *element, struct error *error))
{
    char element[64];
    for (const char *at = text;;) {
        size_t length = strcspn(at, ",");
        if (length == 0 || length >= sizeof(element))
            return error_set(error, "expected a list like a,b,c, found '%s'", text);
        memcpy(element, at, length);
        element[length] = 0;
        if (add(e, element, error) < 0) return -1;
        if (!at[length]) return 0;
        at += length + 1;
    }
}

static int add_scheme(struct experiment *e, const char *element, struct error *error)
{
    const struct scheme *scheme = scheme_find(element);
    if (!scheme) {
        error_set(error, "no scheme is called '%s'; there are:", element);
        for (uint32_t i = 0; scheme_at(i); i++) error_add(error, " %s", scheme_at(i)->name);
        return -1;
    }
    if (e->scheme_count == EXPERIMENT_SCHEMES_MAX)
        return error_set(error, "at most %d schemes", EXPERIMENT_SCHEMES_MAX);
    e->schemes[e->scheme_count++] = scheme;
    return 0;
}

static int set_scheme(struct experiment *e, const char *text, struct error *error)
{
    e->scheme_count = 0;
    return each_element(e, text, error, add_scheme);
}

static int in_range(const char *text, uint64_t least, uint64_t most, uint64_t *value,
                    struct error *error)
{
    if (units_count(text, value, error) < 0) return -1;
    if (*value < least || *value > most)
        return error_set(error, "expected a number from %llu to %llu, found '%s'",
                         (unsigned long long)least, (unsigned long long)most, text);
    return 0;
}

static int add_partitions(struct experiment *e, const char *element, struct error *error)
{
    uint64_t value;
    if (in_range(element, 1, EXPERIMENT_PARTITIONS_MAX, &value, error) < 0) return -1;
    if (e->partitions_count == EXPERIMENT_SIZES_MAX)
        return error_set(error, "at most %d numbers of partitions", EXPERIMENT_SIZES_MAX);
    e->partitions[e->partitions_count++] = (uint32_t)value;
    return 0;
}

static int set_partitions(struct experiment *e, const char *text, struct error *error)
{
    e->partitions_count = 0;
    return each_element(e, text, error, add_partitions);
}

#define TEXT_READER(field)                                                              \
    static int set_##field(struct experiment *e, const char *text, struct error *error) \
    {                                                                                   \
        (void)error;                                                                    \
        e->field = *text ? text : NULL;                                                 \
        return 0;                                                                       \
    }
TEXT_READER(workload)
TEXT_READER(placement)
TEXT_READER(model)
TEXT_READER(faults)
TEXT_READER(addresses)
TEXT_READER(cluster)
TEXT_READER(crash)
TEXT_READER(db)

#define NUMBER_READER(field, least, most)                                               \
    static int set_##field(struct experiment *e, const char *text, struct error *error) \
    {                                                                                   \
        uint64_t value;                                                                 \
        if (in_range(text, least, most, &value, error) < 0) return -1;                  \
        e->field = (uint32_t)value;                                                     \
        return 0;                                                                       \
    }
NUMBER_READER(replicas, 1, REPLICAS_MAX)
NUMBER_READER(outstanding, 1, 1024)
NUMBER_READER(window, 1, 4096)
NUMBER_READER(jobs, 1, 256)

/* A time; `unset` for an empty default. */
#define TIME_READER(field, unset)                                                       \
    static int set_##field(struct experiment *e, const char *text, struct error *error) \
    {                                                                                   \
        e->field = unset;                                                               \
        return *text ? units_time(text, &e->field, error) : 0;                          \
    }
TIME_READER(duration_ns, UINT64_MAX)
TIME_READER(warmup_ns, UINT64_MAX)
TIME_READER(interval_ns, 0)
TIME_READER(max_wall_ns, UINT64_MAX)
TIME_READER(dead_after_ns, 0)
TIME_READER(patience_ns, 0)

static int set_leader_timeout(struct experiment *e, const char *text, struct error *error)
{
    char least[32];
    e->leader_timeout_ns = 0;
    if (!*text) return 0;
    if (units_time(text, &e->leader_timeout_ns, error) < 0) return -1;
    if (e->leader_timeout_ns >= EXPERIMENT_LEADER_TIMEOUT_NS_LEAST) return 0;
    return error_set(error, "expected at least %s, found '%s'",
                     units_write_time(EXPERIMENT_LEADER_TIMEOUT_NS_LEAST, least), text);
}

static int set_seed(struct experiment *e, const char *text, struct error *error)
{
    char *end;
    e->seed = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end)
        return error_set(error, "expected a whole number, found '%s'", text);
    return 0;
}

static int set_clients(struct experiment *e, const char *text, struct error *error)
{
    uint64_t value = 0;
    if (*text && in_range(text, 1, 100000, &value, error) < 0) return -1;
    e->clients = (uint32_t)value;
    return 0;
}

static int set_commands(struct experiment *e, const char *text, struct error *error)
{
    e->commands = UINT64_MAX;
    return *text ? in_range(text, 1, UINT64_MAX - 1, &e->commands, error) : 0;
}

static int set_max_events(struct experiment *e, const char *text, struct error *error)
{
    return in_range(text, 1, UINT64_MAX - 1, &e->max_events, error);
}

static int set_rate(struct experiment *e, const char *text, struct error *error)
{
    e->pace = LOADER_CLOSED;
    if (!*text) return 0;
    e->pace = LOADER_TRACE;
    if (strcmp(text, "trace") == 0) return 0;
    e->pace = LOADER_POISSON;
    if (units_rate(text, &e->rate_per_second, error) < 0) return -1;
    if (e->rate_per_second <= 0) return error_set(error, "expected a rate above 0");
    return 0;
}

static int set_imbalance(struct experiment *e, const char *text, struct error *error)
{
    return units_share(text, &e->imbalance, error);
}

/* Which of a few words. */
static int choose(const char *text, const char *const *words, uint32_t count, uint32_t *choice,
                  struct error *error)
{
    for (uint32_t i = 0; i < count; i++) {
        *choice = i;
        if (strcmp(words[i], text) == 0) return 0;
    }
    error_set(error, "expected one of");
    for (uint32_t i = 0; i < count; i++) error_add(error, "%s %s", i > 0 ? "," : "", words[i]);
    return error_add(error, ", found '%s'", text);
}

#define CHOICE_READER(field, type, ...)                                                           \
    static int set_##field(struct experiment *e, const char *text, struct error *error)           \
    {                                                                                             \
        static const char *const words[] = {__VA_ARGS__};                                         \
        uint32_t choice;                                                                          \
        if (choose(text, words, sizeof(words) / sizeof(words[0]), &choice, error) < 0) return -1; \
        e->options.field = (type)choice;                                                          \
        return 0;                                                                                 \
    }
CHOICE_READER(value_cache, enum value_cache, "none", "conservative", "speculative")
CHOICE_READER(location_cache, enum location_cache, "off", "cold", "warm")
CHOICE_READER(returns, bool, "no", "yes")
CHOICE_READER(lazy, bool, "eager", "lazy")

/* Empty: as in the scheme's paper. */
static int set_target(struct experiment *e, const char *text, struct error *error)
{
    static const char *const words[] = {"most", "random"};
    uint32_t choice;
    e->target_given = *text;
    if (!*text) return 0;
    if (choose(text, words, 2, &choice, error) < 0) return -1;
    e->options.target = (enum target_rule)choice;
    return 0;
}

static int set_retries(struct experiment *e, const char *text, struct error *error)
{
    uint64_t value;
    if (in_range(text, 1, 1000, &value, error) < 0) return -1;
    e->options.retries = (uint32_t)value;
    return 0;
}

static int set_planning(struct experiment *e, const char *text, struct error *error)
{
    e->options.planning = partitioner_find(text);
    if (e->options.planning) return 0;
    error_set(error, "no planning strategy is called '%s'; there are:", text);
    for (uint32_t i = 0; partitioner_at(i); i++) error_add(error, " %s", partitioner_at(i)->name);
    return -1;
}

/* `off`, or a time. */
static int set_hint(struct experiment *e, const char *text, struct error *error)
{
    e->options.hint_ns = 0;
    return strcmp(text, "off") == 0 ? 0 : units_time(text, &e->options.hint_ns, error);
}

static int set_plan_every(struct experiment *e, const char *text, struct error *error)
{
    e->options.plan_every_ns = 0;
    return strcmp(text, "off") == 0 ? 0 : units_time(text, &e->options.plan_every_ns, error);
}

static int set_plan_changes(struct experiment *e, const char *text, struct error *error)
{
    e->options.plan_changes = 0;
    if (strcmp(text, "off") == 0) return 0;
    return in_range(text, 1, UINT64_MAX - 1, &e->options.plan_changes, error);
}

static int set_plan_keeps(struct experiment *e, const char *text, struct error *error)
{
    double share;
    if (units_share(text, &share, error) < 0) return -1;
    if (share > 1) return error_set(error, "expected at most 100%%, found '%s'", text);
    e->options.plan_keeps_permille = (uint32_t)(share * 1000 + 0.5);
    return 0;
}

static int set_transport(struct experiment *e, const char *text, struct error *error)
{
    static const char *const words[] = {"loop", "verbs"};
    uint32_t choice;
    if (choose(text, words, 2, &choice, error) < 0) return -1;
    e->transport = (enum experiment_transport)choice;
    return 0;
}

static int set_waiting(struct experiment *e, const char *text, struct error *error)
{
    static const char *const words[] = {"adaptive", "spin", "event"};
    return choose(text, words, 3, &e->waiting, error);
}

static int set_ring(struct experiment *e, const char *text, struct error *error)
{
    uint64_t bytes;
    if (units_size(text, &bytes, error) < 0) return -1;
    if (bytes < RING_LEAST || bytes > RING_MOST || (bytes & (bytes - 1)))
        return error_set(error, "expected a power of two from 1MiB to 1GiB, found '%s'", text);
    e->ring_bytes = (uint32_t)bytes;
    return 0;
}

static int set_multicast(struct experiment *e, const char *text, struct error *error)
{
    e->multicast = multicast_find(text);
    if (e->multicast) return 0;
    error_set(error, "no multicast is called '%s'; there are:", text);
    for (uint32_t i = 0; multicast_at(i); i++) error_add(error, " %s", multicast_at(i)->name);
    return -1;
}

static int set_plant(struct experiment *e, const char *text, struct error *error)
{
    e->plant = plant_find(text);
    if (e->plant < PLANT_COUNT) return 0;
    error_set(error, "no planted bug is called '%s'; there are:", text);
    for (uint32_t i = 0; i < PLANT_COUNT; i++) error_add(error, " %s", plant_name(i));
    return -1;
}

static int set_check(struct experiment *e, const char *text, struct error *error)
{
    e->check = strcmp(text, "on") == 0;
    if (!e->check && strcmp(text, "off") != 0)
        return error_set(error, "expected on or off, found '%s'", text);
    return 0;
}

static int set_history(struct experiment *e, const char *text, struct error *error)
{
    (void)error;
    e->history = strcmp(text, "on") == 0;
    return 0;
}

/* ---- the table ----------------------------------------------------------------------------- */

#define SIMULATED (EXPERIMENT_RUN | EXPERIMENT_COMPARE)
#define EVERY (SIMULATED | EXPERIMENT_EMULATE)

/* In the order of the help; `headings` cuts it into groups. */
static const struct option_spec table[] = {
    {"scheme", 's', "NAME", "ssmr", "smr, ssmr, dssmr, dynastar", EVERY, set_scheme},
    {"partitions", 'k', "N", "2", "number of partitions", EVERY, set_partitions},
    {"workload", 'w', "SPEC", "chirper", "trace file, or generator:key=value,...", EVERY,
     set_workload},
    {"placement", 'p', "SPEC", "hash", "where variables are at the start", EVERY, set_placement},
    {"imbalance", 0, "SHARE", "20%", "allowed to placements and plans by a graph", EVERY,
     set_imbalance},
    {"model", 'm', "NAME", "cluster-2014", "what the hardware costs: a name or a file", SIMULATED,
     set_model},
    {"multicast", 0, "NAME", "basecast", "atomic multicast protocol", EVERY, set_multicast},
    {"replicas", 0, "N", "3", "replicas of each group", EVERY, set_replicas},
    {"window", 0, "N", "1", "batches a group has undecided at a time", EVERY, set_window},
    {"leader-timeout", 0, "TIME", "", "silence before an election; default at least 4 latencies",
     EVERY, set_leader_timeout},
    {"clients", 0, "N", "", "clients; default 64 for each partition", EVERY, set_clients},
    {"outstanding", 0, "N", "1", "closed loop: commands of one client at a time", EVERY,
     set_outstanding},
    {"rate", 0, "R", "", "open loop: 10k/s in all, or `trace`: its times", EVERY, set_rate},
    {"duration", 0, "TIME", "", "issue commands for so long", EVERY, set_duration_ns},
    {"commands", 0, "N", "", "issue so many commands", EVERY, set_commands},
    {"warmup", 0, "TIME", "", "left out of the figures; default a tenth", EVERY, set_warmup_ns},
    {"interval", 0, "TIME", "50ms", "step of the time series", EVERY, set_interval_ns},
    {"max-events", 0, "N", "10G", "end undecided after so many events", SIMULATED, set_max_events},
    {"max-wall", 0, "TIME", "", "end undecided after so much real time", SIMULATED,
     set_max_wall_ns},
    {"seed", 0, "N", "1", "decides every random choice", EVERY, set_seed},
    {"value-cache", 0, "HOW", "none", "copies of remote values: none, conservative, speculative",
     EVERY, set_value_cache},
    {"location-cache", 0, "HOW", "warm", "what clients know of places: off, cold, warm (the start)",
     EVERY, set_location_cache},
    {"target", 0, "RULE", "", "who executes: most, random; default as in the papers", EVERY,
     set_target},
    {"retries", 0, "N", "3", "attempts before all partitions execute it", EVERY, set_retries},
    {"return", 0, "yes|no", "yes", "lent variables go back; no: they stay", EVERY, set_returns},
    {"planning", 0, "NAME", "metis", "what plans are made by: a strategy", EVERY, set_planning},
    {"hints", 0, "TIME", "1s", "how often the oracle hears of accesses, or `off`", EVERY, set_hint},
    {"plan-every", 0, "TIME", "off", "a plan so often", EVERY, set_plan_every},
    {"plan-changes", 0, "N", "off", "a plan after so many accesses and co-accesses", EVERY,
     set_plan_changes},
    {"plan-keeps", 0, "SHARE", "50%", "of the graph's weights from plan to plan", EVERY,
     set_plan_keeps},
    {"transfer", 0, "HOW", "eager", "what a plan moves: eager (at once), lazy (when needed)", EVERY,
     set_lazy},
    {"faults", 0, "FILE", "", "fault script, or `swarm`: drawn from the seed", SIMULATED,
     set_faults},
    {"plant", 0, "BUG", "none", "plant a bug, to see it caught", EVERY, set_plant},
    {"check", 0, "on|off", "on", "check every property of the run", EVERY, set_check},
    {"history", 0, NULL, "off", "store every command and access", EVERY, set_history},
    {"db", 0, "FILE", "aviary.db", "where the results go", EVERY, set_db},
    {"transport", 0, "NAME", "loop", "loop: threads, shared memory; verbs: processes, RDMA",
     EXPERIMENT_EMULATE, set_transport},
    {"addresses", 0, "LIST", "", "verbs: of RDMA devices here; default: all there are",
     EXPERIMENT_EMULATE, set_addresses},
    {"cluster", 0, "FILE", "", "verbs: processes started elsewhere by `aviary node`",
     EXPERIMENT_EMULATE, set_cluster},
    {"waiting", 0, "HOW", "adaptive", "verbs: adaptive, spin, event", EXPERIMENT_EMULATE,
     set_waiting},
    {"ring", 0, "SIZE", "1MiB", "of each connection and direction, a power of two",
     EXPERIMENT_EMULATE, set_ring},
    {"dead-after", 0, "TIME", "500ms", "verbs: a silent peer is reported within",
     EXPERIMENT_EMULATE, set_dead_after_ns},
    {"crash", 0, "LIST", "", "replicas that die, such as p0.r0@3s,oracle.r1@5s", EXPERIMENT_EMULATE,
     set_crash},
    {"patience", 0, "TIME", "30s", "for members to come, or answers, or replicas to agree",
     EXPERIMENT_EMULATE, set_patience_ns},
    {"jobs", 'j', "N", "1", "runs at the same time", EXPERIMENT_COMPARE, set_jobs},
};
#define TABLE_COUNT (sizeof(table) / sizeof(table[0]))
_Static_assert(TABLE_COUNT <= (size_t)EXPERIMENT_OPTIONS_MAX, "a text for each option");

static const struct {
    const char *first, *title;
} headings[] = {
    {"scheme", "\nWhat runs:"},         {"clients", "\nLoad and time:"},
    {"value-cache", "\nFor ssmr:"},     {"location-cache", "For dssmr and dynastar:"},
    {"return", "For dynastar:"},        {"faults", "\nChecks and results:"},
    {"plant", "\nChecks and results:"}, {"transport", "\nWhere it runs:"},
};

/* ---- help ---------------------------------------------------------------------------------- */

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

/* `--help TOPIC`: the names that an option takes. */
static const struct {
    const char *name;
    const char *title;
    void (*list)(void);
} topics[] = {
    {"schemes", "Schemes (-s):", list_schemes},
    {"placements", "Placements (-p), where variables are at the start:", list_placements},
    {"planning", "Planning strategies (--planning), also placements:", list_plannings},
    {"workloads",
     "Workloads (-w), and the keys of generators with their defaults:", list_workloads},
    {"multicasts", "Atomic multicast protocols (--multicast):", list_multicasts},
    {"bugs", "Planted bugs (--plant), explained in aviary(1):", list_bugs},
};
enum { TOPICS = sizeof(topics) / sizeof(topics[0]) };

static int print_topic(const char *name, struct error *error)
{
    for (uint32_t i = 0; i < TOPICS; i++) {
        if (strcmp(topics[i].name, name) != 0) continue;
        printf("%s\n", topics[i].title);
        topics[i].list();
        return 1;
    }
    error_set(error, "no help topic is called '%s'; there are:", name);
    for (uint32_t i = 0; i < TOPICS; i++) error_add(error, " %s", topics[i].name);
    return -1;
}

static void print_option(const struct option_spec *o)
{
    char left[48];
    snprintf(left, sizeof(left), "%c%c%s--%s%s%s", o->letter ? '-' : ' ',
             o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name, o->argument ? " " : "",
             o->argument ? o->argument : "");
    bool told = *o->standard && o->argument;
    printf("  %-26s %s%s%s%s\n", left, o->help, told ? " [" : "", told ? o->standard : "",
           told ? "]" : "");
}

/* The heading of the group that begins with this option, unless it stands there already. */
static void print_heading(const char *option, const char **shown)
{
    for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++) {
        if (strcmp(headings[i].first, option) != 0) continue;
        if (!*shown || strcmp(*shown, headings[i].title) != 0) printf("%s\n", headings[i].title);
        *shown = headings[i].title;
    }
}

static void print_help(const char *command, enum experiment_use use)
{
    printf("Usage: aviary %s [OPTION]...\n", command);
    if (use == EXPERIMENT_COMPARE)
        printf("-s and -k take lists (smr,ssmr and 1,2,4,8): every combination is run.\n");
    const char *shown = NULL;
    for (uint32_t i = 0; i < TABLE_COUNT; i++) {
        if (!(table[i].uses & use)) continue;
        print_heading(table[i].name, &shown);
        print_option(&table[i]);
    }
    printf("\nThe names there are: aviary %s --help TOPIC, where TOPIC is one of\n ", command);
    for (uint32_t i = 0; i < TOPICS; i++) printf(" %s", topics[i].name);
    printf(
        "\nTimes, sizes, rates take units: 50ms, 64KiB, 10k/s. Exit status: 0 ok, 1 a check failed,"
        "\n2 wrong use or input. Manual: aviary(1), aviary-trace(5), aviary-model(5).\n");
}

/* What follows --help, if it is a word. */
static int help_asked(const char *command, enum experiment_use use, const char *topic,
                      struct error *error)
{
    if (topic && *topic != '-') return print_topic(topic, error);
    print_help(command, use);
    return 1;
}

/* ---- reading the command line -------------------------------------------------------------- */

static int set_option(struct experiment *e, uint32_t i, const char *text, struct error *error)
{
    struct error why;
    if (table[i].set(e, text, &why) < 0)
        return error_set(error, "--%s: %s", table[i].name, why.text);
    e->text[i] = text;
    return 0;
}

/* getopt's tables, made of ours; an option's value is its place in the table + 256. */
static void fill_getopt(struct option *options, char *letters, enum experiment_use use)
{
    *letters++ = ':';
    *letters++ = 'h';
    uint32_t count = 0;
    for (uint32_t i = 0; i < TABLE_COUNT; i++) {
        if (!(table[i].uses & use)) continue;
        int argument = table[i].argument ? required_argument : no_argument;
        options[count++] = (struct option){table[i].name, argument, NULL, (int)(256 + i)};
        if (!table[i].letter) continue;
        *letters++ = table[i].letter;
        *letters++ = ':';
    }
    options[count++] = (struct option){"help", optional_argument, NULL, 'h'};
    options[count] = (struct option){0};
    *letters = 0;
}

static uint32_t place_in_table(int value)
{
    if (value >= 256) return (uint32_t)value - 256;
    uint32_t i = 0;
    while (table[i].letter != value) i++;
    return i;
}

static uint32_t option_named(const char *name)
{
    uint32_t i = 0;
    while (strcmp(table[i].name, name) != 0) i++;
    return i;
}

/* A bug in rules that the scheme does not have would never be caught. */
static int plant_fits(const struct experiment *e, struct error *error)
{
    for (uint32_t i = 0; i < e->scheme_count; i++)
        if (!plant_concerns(e->plant, e->schemes[i]->name))
            return error_set(error, "--plant: %s is no bug of %s", plant_name(e->plant),
                             e->schemes[i]->name);
    return 0;
}

int experiment_parse(struct experiment *e, int argc, char **argv, enum experiment_use use,
                     struct error *error)
{
    struct option options[EXPERIMENT_OPTIONS_MAX + 2];
    char letters[2 * EXPERIMENT_OPTIONS_MAX + 3];
    fill_getopt(options, letters, use);
    memset(e, 0, sizeof(*e));
    e->use = use;
    for (uint32_t i = 0; i < TABLE_COUNT; i++)
        if (set_option(e, i, table[i].standard, error) < 0) return -1;
    opterr = 0;
    optind = 1;
    for (;;) {
        int value = getopt_long(argc, argv, letters, options, NULL);
        if (value == -1) break;
        if (value == 'h')
            return help_asked(argv[0], use,
                              optarg          ? optarg
                              : optind < argc ? argv[optind]
                                              : NULL,
                              error);
        if (value == ':') return error_set(error, "%s needs an argument", argv[optind - 1]);
        if (value == '?')
            return error_set(error, "unknown option %s; aviary %s --help lists all",
                             argv[optind - 1], argv[0]);
        uint32_t i = place_in_table(value);
        /* As an unset shell variable gives it; it would mean the default, unnoticed. */
        if (table[i].argument && !*optarg)
            return error_set(error, "--%s: expected %s, found nothing", table[i].name,
                             table[i].argument);
        if (set_option(e, i, table[i].argument ? optarg : "on", error) < 0) return -1;
    }
    if (optind < argc) return error_set(error, "unexpected argument '%s'", argv[optind]);
    if (use != EXPERIMENT_COMPARE && (e->scheme_count > 1 || e->partitions_count > 1))
        return error_set(error, "one scheme and one number of partitions; aviary compare takes "
                                "lists");
    /* Processes that come by themselves are connected over verbs. */
    if (e->cluster && set_option(e, option_named("transport"), "verbs", error) < 0) return -1;
    if (e->interval_ns == 0) return error_set(error, "--interval: expected a time above 0");
    return plant_fits(e, error);
}

/* The i-th option of that use, NULL past the end. */
static const struct option_spec *option_at(const struct experiment *e, uint32_t i)
{
    uint32_t at = 0;
    while (at < TABLE_COUNT && (!(table[at].uses & e->use) || i-- > 0)) at++;
    return at < TABLE_COUNT ? &table[at] : NULL;
}

bool experiment_option(const struct experiment *e, uint32_t i, const char **name,
                       const char **value)
{
    const struct option_spec *o = option_at(e, i);
    if (!o) return false;
    *name = o->name;
    *value = e->text[o - table];
    return true;
}

bool experiment_given(const struct experiment *e, uint32_t i)
{
    const struct option_spec *o = option_at(e, i);
    return o && strcmp(e->text[o - table], o->standard) != 0;
}

bool experiment_argument(const struct experiment *e, uint32_t i, char *text, uint32_t room)
{
    const struct option_spec *o = option_at(e, i);
    const char *value = o ? e->text[o - table] : "";
    if (!*value || (!o->argument && strcmp(value, "on") != 0)) return false;
    int length = snprintf(text, room, o->argument ? "--%s=%s" : "--%s", o->name, value);
    assert(length > 0 && (uint32_t)length < room);
    return true;
}
