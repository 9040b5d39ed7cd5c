/* A thousand seeds: each draws a scheme with its options, a cluster, with storage or without, a
 * workload and its faults (loss, duplication, reordering, corruption, slow and cut links, crashed
 * minorities, leaders included, and clients); every property must hold and, once the network has
 * healed, every command be answered. Fifty times fewer draw an `aviary run --faults swarm` with a
 * workload that generators make. AVIARY_SEEDS=N runs another number, AVIARY_SEED=S one alone,
 * AVIARY_SHARD=I/N (I from 0) those that are I modulo N, and AVIARY_SCHEME=NAME all of them with
 * that scheme. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/harness.h"
#include "tests/lib/simulated.h"
#include "tests/lib/sources.h"
#include "tests/lib/tables.h"
#include "tests/lib/world.h"

#define MS UINT64_C(1000000)
/* Of one seed; of the first twenty thousand none takes more than 600 thousand. */
#define EVENTS_MAX UINT64_C(20000000)

enum { SEEDS_AN_EXPERIMENT = 50 };

static uint64_t from_environment(const char *name, uint64_t standard)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : standard;
}

/* One whose weight is not 0, with a probability in proportion to it. */
static const struct scheme *draw_scheme(struct random *draw,
                                        uint32_t (*weight)(const struct scheme *s))
{
    uint32_t sum = 0, i = 0;
    for (; scheme_at(i); i++) sum += weight(scheme_at(i));
    uint32_t at = (uint32_t)random_below(draw, sum);
    for (i = 0; at >= weight(scheme_at(i)); i++) at -= weight(scheme_at(i));
    const char *only = getenv("AVIARY_SCHEME");
    const struct scheme *s = only ? scheme_find(only) : scheme_at(i);
    ck_assert_msg(s != NULL, "AVIARY_SCHEME: there is no scheme '%s'", only);
    return s;
}

/* Weights: one group adds nothing to the cases of the others; schemes with plans have the most
 * cases. */
static uint32_t weight_of_partitions(const struct scheme *s)
{
    return s->partitioned ? 1 + s->plans : 0;
}

static uint32_t same_weight(const struct scheme *s)
{
    (void)s;
    return 1;
}

/* The options of the scheme, all of them drawn; plans are as frequent as their computation allows.
 */
static struct scheme_options draw_options(struct random *draw, const struct scheme *scheme,
                                          uint64_t unit_ns)
{
    struct scheme_options o = world_options(scheme->name);
    uint32_t planners = 0;
    while (partitioner_at(planners)) planners++;
    o.value_cache = (enum value_cache)random_below(draw, VALUE_CACHE_SPECULATIVE + 1);
    o.signals = (enum signals_way)random_below(draw, SIGNALS_WRITE + 1);
    o.target = random_chance(draw, 1, 2) ? TARGET_MOST : TARGET_RANDOM;
    o.location_cache = (enum location_cache)random_below(draw, 3);
    o.retries = 1 + (uint32_t)random_below(draw, 4);
    o.returns = random_chance(draw, 2, 3);
    o.lazy = random_chance(draw, 1, 2);
    o.planning = partitioner_at((uint32_t)random_below(draw, planners));
    o.oracle_cost_ns = random_below(draw, 10000);
    o.move_cost_ns = random_below(draw, 10000);
    if (!scheme->plans || random_chance(draw, 1, 4)) return o;
    o.hint_ns = unit_ns * (1 + random_below(draw, 4));
    if (random_chance(draw, 1, 2))
        o.plan_every_ns = unit_ns * (1 + random_below(draw, 8));
    else
        o.plan_changes = 1 + random_below(draw, 60);
    return o;
}

/* Each draw is a statement: the order of initialisers would be the compiler's. */
static void draw_source(struct random *draw, bool dynamic, struct random_source_setup *s)
{
    s->groups = 1 + (uint32_t)random_below(draw, random_chance(draw, 1, 4) ? 8 : 4);
    s->clients = 1 + (uint32_t)random_below(draw, 6);
    s->variables = s->groups * (1 + (uint32_t)random_below(draw, 10));
    s->unborn = dynamic ? s->groups * (uint32_t)random_below(draw, 4) : 0;
    s->each = 20 + (uint32_t)random_below(draw, 60);
    s->multi_pct = 25 * (uint32_t)random_below(draw, 5);
    s->make_pct = s->unborn ? (uint32_t)random_below(draw, 20) : 0;
    /* An execution takes 25 us on the average. */
    bool open = random_chance(draw, 1, 4);
    s->every_ns = open ? UINT64_C(1000) << random_below(draw, 8) : 0;
}

/* By streams of their own: they change no other draw. */
static bool draw_durable(uint64_t seed)
{
    struct random draw = random_named(seed, "swarm", "durable");
    return random_chance(&draw, 1, 3);
}

static bool draw_guard(uint64_t seed)
{
    struct random draw = random_named(seed, "swarm", "guard");
    return random_chance(&draw, 1, 2);
}

/* Runs one seed; false with a message that says how to reproduce it. */
static bool seed_holds(uint64_t seed, char message[static 2048])
{
    static const uint32_t sizes[] = {1, 3, 3, 3, 3, 3, 5, 7};
    struct random draw = random_named(seed, "swarm", "cluster");
    const struct scheme *scheme = draw_scheme(&draw, weight_of_partitions);
    struct random_source_setup s = {.seed = seed};
    struct random_source source;
    struct world w;
    draw_source(&draw, scheme->oracle != NULL, &s);
    uint32_t replicas = sizes[random_below(&draw, 8)];
    bool fast = random_chance(&draw, 1, 3);
    struct scheme_options options = draw_options(&draw, scheme, fast ? MS / 5 : 5 * MS);
    options.plan_guard = draw_guard(seed);
    uint32_t outstanding = s.every_ns ? 0 : 1 + (uint32_t)random_below(&draw, 4);
    uint32_t window = 1 + (uint32_t)random_below(&draw, 8);
    random_source_init(&source, &s);
    world_begin(&w, &(struct world_setup){.scheme = scheme->name,
                                          .model = fast ? world_rdma_model : world_lan_model,
                                          .groups = s.groups,
                                          .replicas = replicas,
                                          .clients = s.clients,
                                          .variables = s.variables,
                                          .unborn = s.unborn,
                                          .options = &options,
                                          .outstanding = outstanding,
                                          .window = window,
                                          .source = &source.source,
                                          .swarm = true,
                                          .horizon_ns = fast ? 8 * MS : 150 * MS,
                                          .durable = draw_durable(seed),
                                          .events_max = EVENTS_MAX,
                                          .seed = seed});
    bool done = world_run(&w, 60000 * MS);
    const struct property *failed = world_check(&w);
    if (world_exhausted(&w))
        snprintf(message, 2048, "AVIARY_SEED=%llu (%s): no end after %llu events",
                 (unsigned long long)seed, scheme->name, (unsigned long long)EVENTS_MAX);
    else if (failed)
        snprintf(message, 2048, "AVIARY_SEED=%llu (%s): %s %s: %s", (unsigned long long)seed,
                 scheme->name, failed->name, result_name(failed->result), failed->reason);
    else if (!done)
        snprintf(message, 2048, "AVIARY_SEED=%llu (%s): no convergence", (unsigned long long)seed,
                 scheme->name);
    world_end(&w);
    random_source_finish(&source);
    return done && !failed;
}

static void run_seeds(uint64_t seeds, bool (*holds)(uint64_t seed, char message[static 2048]))
{
    char message[2048];
    uint64_t one = from_environment("AVIARY_SEED", 0), shard = 0, shards = 1;
    const char *text = getenv("AVIARY_SHARD");
    if (text) ck_assert_int_eq(sscanf(text, "%" SCNu64 "/%" SCNu64, &shard, &shards), 2);
    for (uint64_t seed = one ? one : 1; seed <= (one ? one : seeds); seed++)
        if (one || seed % shards == shard) ck_assert_msg(holds(seed, message), "%s", message);
}

/* ---- experiments ---------------------------------------------------------------------------- */

struct line {
    struct random draw;
    char text[1024];
};

static void add(struct line *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *l, const char *format, ...)
{
    size_t used = strlen(l->text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(l->text + used, sizeof(l->text) - used, format, arguments);
    va_end(arguments);
}

/* From least to least << doublings, uniform on a logarithmic scale. */
static uint64_t scaled(struct line *l, uint64_t least, uint32_t doublings)
{
    uint64_t value = least << random_below(&l->draw, doublings);
    return value + random_below(&l->draw, value);
}

static const char *one_of(struct line *l, const char *const *words, uint32_t count)
{
    return words[random_below(&l->draw, count)];
}

static void draw_workload(struct line *l)
{
    static const char *const kinds[] = {"tpcc", "kv", "kv", "chirper"};
    const char *kind = one_of(l, kinds, 4);
    if (strcmp(kind, "tpcc") == 0) {
        uint64_t warehouses = 1 + random_below(&l->draw, 4);
        add(l, " -w tpcc:warehouses=%llu,customers=20,items=50,orders=20",
            (unsigned long long)warehouses);
    } else if (strcmp(kind, "kv") == 0) {
        uint64_t inserts = random_below(&l->draw, 3) * 30, multi = random_below(&l->draw, 50);
        add(l, " -w kv:variables=%llu,inserts=%llu,insert=%llu,multi=%llu%%,size=%lluB",
            (unsigned long long)scaled(l, 256, 4), (unsigned long long)inserts,
            (unsigned long long)(inserts / 10), (unsigned long long)multi,
            (unsigned long long)scaled(l, 16, 10));
    } else {
        add(l, " -w chirper:users=%llu", (unsigned long long)scaled(l, 32, 5));
    }
}

/* Closed loops, and open ones with up to several times the capacity of the cluster. */
static void draw_load(struct line *l)
{
    uint64_t clients = scaled(l, 1, 5), commands = clients + scaled(l, 32, 4);
    add(l, " --clients %llu --commands %llu", (unsigned long long)clients,
        (unsigned long long)commands);
    if (random_chance(&l->draw, 1, 3))
        add(l, " --rate %llu/s", (unsigned long long)scaled(l, 1000, 8));
    else
        add(l, " --outstanding %llu", (unsigned long long)scaled(l, 1, 3));
}

static void add_scheme(struct line *l)
{
    static const char *const caches[] = {"none", "conservative", "speculative"};
    static const char *const ways[] = {"message", "write"};
    static const char *const locations[] = {"off", "cold", "warm"};
    static const char *const transfers[] = {"eager", "lazy"}, *const returns[] = {"yes", "no"};
    const struct scheme *scheme = draw_scheme(&l->draw, same_weight);
    add(l, "-s %s", scheme->name);
    if (scheme->partitioned && !scheme->oracle) {
        add(l, " --value-cache %s", one_of(l, caches, 3));
        add(l, " --signals %s", one_of(l, ways, 2));
    }
    if (scheme->oracle) add(l, " --location-cache %s", one_of(l, locations, 3));
    if (!scheme->plans) return;
    add(l, " --transfer %s", one_of(l, transfers, 2));
    add(l, " --return %s", one_of(l, returns, 2));
    add(l, " --hints %llums", (unsigned long long)scaled(l, 1, 6));
    add(l, " --plan-changes %llu", (unsigned long long)scaled(l, 32, 5));
}

/* `aviary run ...` without the first two words. */
static void draw_experiment(struct line *l, uint64_t seed)
{
    static const char *const models[] = {"cluster-2014", "ec2-2019", "rdma-r320", "rdma-xl170"};
    static const char *const sizes[] = {"1", "3", "3", "3", "5", "7"};
    *l = (struct line){.draw = random_named(seed, "swarm", "experiment")};
    add_scheme(l);
    add(l, " -k %llu", 1 + (unsigned long long)random_below(&l->draw, 8));
    add(l, " --replicas %s", one_of(l, sizes, 6));
    add(l, " -p %s", placement_draw(&l->draw));
    add(l, " -m %s", one_of(l, models, 4));
    add(l, " --window %llu", (unsigned long long)scaled(l, 1, 4));
    if (draw_durable(seed)) add(l, " --durable");
    if (!draw_guard(seed)) add(l, " --plan-guard off");
    draw_workload(l);
    draw_load(l);
    add(l, " --faults swarm --seed %llu --max-events %llu", (unsigned long long)seed,
        (unsigned long long)EVENTS_MAX);
}

/* TPC-C's conditions do not hold if a client crashed or an order was delayed. */
static bool undecided(const struct property *p)
{
    return p->result == RESULT_UNKNOWN && strcmp(p->name, "tpcc-consistency") == 0;
}

static bool experiment_holds(uint64_t seed, char message[static 2048])
{
    struct line l;
    draw_experiment(&l, seed);
    struct run *s = simulated(l.text);
    const struct run_result *r = run_result(s);
    bool holds = true;
    for (uint32_t i = 0; i < r->property_count && holds; i++) {
        const struct property *p = &r->properties[i];
        holds = p->result == RESULT_OK || undecided(p);
        if (!holds)
            snprintf(message, 2048, "aviary run %s: %s %s: %s", l.text, p->name,
                     result_name(p->result), p->reason);
    }
    run_destroy(s);
    return holds;
}

START_TEST(every_property_holds_in_each_experiment)
{
    run_seeds(from_environment("AVIARY_SEEDS", 1000) / SEEDS_AN_EXPERIMENT, experiment_holds);
}
END_TEST

START_TEST(every_property_holds_with_each_seed)
{
    run_seeds(from_environment("AVIARY_SEEDS", 1000), seed_holds);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("swarm");
    TCase *seeds = tcase_create("seeds");
    tcase_set_timeout(seeds, 0);
    tcase_add_test(seeds, every_property_holds_with_each_seed);
    tcase_add_test(seeds, every_property_holds_in_each_experiment);
    suite_add_tcase(suite, seeds);
    return test_main(suite);
}
