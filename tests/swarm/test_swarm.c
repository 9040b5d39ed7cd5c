/* A thousand seeds: each draws a scheme with its options, a cluster, with storage or without, a
 * workload and its faults (loss, duplication, reordering, corruption, slow and cut links, crashed
 * minorities, leaders included, and clients); every property must hold and, once the network has
 * healed, every command be answered. Fifty times fewer are runs of `aviary swarm`, with workloads
 * that generators make. AVIARY_SEEDS=N runs another number, AVIARY_SEED=S one alone,
 * AVIARY_SHARD=I/N (I from 0) those that are I modulo N, and AVIARY_SCHEME=NAME all of them with
 * that scheme. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/experiment/runner.h"
#include "analysis/swarm/draw.h"
#include "sim/simulation.h"
#include "tests/lib/harness.h"
#include "tests/lib/marks.h"
#include "tests/lib/simulated.h"
#include "tests/lib/sources.h"
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

/* Weights: one group adds nothing to the cases of the others; schemes with plans have the most
 * cases. */
static uint32_t weight(const struct scheme *s)
{
    return s->partitioned ? 1 + s->plans : 0;
}

/* Each with a probability in proportion to its weight. */
static const struct scheme *draw_scheme(struct random *draw)
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
    const struct scheme *scheme = draw_scheme(&draw);
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

/* The options of all runs: the scheme, if it is given. */
static void give(struct swarm_given *given)
{
    char line[64] = "";
    const char *only = getenv("AVIARY_SCHEME");
    if (only) snprintf(line, sizeof(line), "-s %s", only);
    swarm_give(given, line);
}

/* TPC-C's conditions do not hold if a client crashed or an order was delayed. */
static bool undecided(const struct property *p)
{
    return p->result == RESULT_UNKNOWN && strcmp(p->name, "tpcc-consistency") == 0;
}

static bool experiment_holds(uint64_t seed, char message[static 2048])
{
    struct swarm_given given;
    struct cell_run drawn;
    struct error e;
    give(&given);
    ck_assert_msg(swarm_draw(&given.experiment, seed, &drawn, &e) == 0, "%s", e.text);
    struct run *made = run_execute(&drawn.experiment, &simulated_cluster, NULL, &e);
    ck_assert_msg(made != NULL, "%s", e.text);
    const struct run_result *r = run_result(made);
    marks_add(r->marks);
    bool holds = true;
    for (uint32_t i = 0; i < r->property_count && holds; i++) {
        const struct property *p = &r->properties[i];
        holds = p->result == RESULT_OK || undecided(p);
        if (!holds)
            snprintf(message, 2048, "aviary swarm --first %llu --seeds 1: %s %s: %s",
                     (unsigned long long)seed, p->name, result_name(p->result), p->reason);
    }
    run_destroy(made);
    cell_run_finish(&drawn);
    experiment_finish(&given.experiment);
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
