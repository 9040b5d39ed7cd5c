/* A thousand seeds: each draws a scheme with its options, a cluster, a workload and its faults
 * (loss, duplication, reordering, slow and cut links, crashed minorities, leaders included); every
 * property must hold and, once the network has healed, every command be answered. AVIARY_SEEDS=N
 * runs another number, and AVIARY_SEED=S one alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/sources.h"
#include "tests/world.h"

#define MS UINT64_C(1000000)
/* Of one seed; of the first twenty thousand none takes more than 600 thousand. */
#define EVENTS_MAX UINT64_C(20000000)

static uint64_t from_environment(const char *name, uint64_t standard)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : standard;
}

/* How the scheme goes about it, all of it drawn; plans fall as fast as they can be made. */
static struct scheme_options draw_options(struct random *draw, const char *scheme, uint64_t unit_ns)
{
    struct scheme_options o = world_options(scheme);
    uint32_t planners = 0;
    while (partitioner_at(planners)) planners++;
    o.value_cache = (enum value_cache)random_below(draw, VALUE_CACHE_SPECULATIVE + 1);
    o.target = random_chance(draw, 1, 2) ? TARGET_MOST : TARGET_RANDOM;
    o.location_cache = (enum location_cache)random_below(draw, 3);
    o.retries = 1 + (uint32_t)random_below(draw, 4);
    o.returns = random_chance(draw, 2, 3);
    o.lazy = random_chance(draw, 1, 2);
    o.planning = partitioner_at((uint32_t)random_below(draw, planners));
    o.oracle_cost_ns = random_below(draw, 10000);
    o.move_cost_ns = random_below(draw, 10000);
    if (strcmp(scheme, "dynastar") != 0 || random_chance(draw, 1, 4)) return o;
    o.hint_ns = unit_ns * (1 + random_below(draw, 4));
    if (random_chance(draw, 1, 2))
        o.plan_every_ns = unit_ns * (1 + random_below(draw, 8));
    else
        o.plan_changes = 1 + random_below(draw, 60);
    return o;
}

/* Runs one seed; false with a message that says how to see it again. */
static bool seed_holds(uint64_t seed, char message[static 2048])
{
    static const char *const schemes[] = {"ssmr", "dssmr", "dynastar", "dynastar"};
    struct random draw = random_named(seed, "swarm", "cluster");
    const char *scheme = schemes[random_below(&draw, 4)];
    bool dynamic = scheme_find(scheme)->oracle != NULL;
    uint32_t groups = 1 + (uint32_t)random_below(&draw, 4);
    uint32_t clients = 1 + (uint32_t)random_below(&draw, 6);
    uint32_t replicas = random_chance(&draw, 1, 4) ? 5 : 3;
    uint32_t variables = groups * (1 + (uint32_t)random_below(&draw, 10));
    uint32_t unborn = dynamic ? groups * (uint32_t)random_below(&draw, 4) : 0;
    bool fast = random_chance(&draw, 1, 3);
    struct scheme_options options = draw_options(&draw, scheme, fast ? MS / 5 : 5 * MS);
    struct random_source source;
    struct world w;
    random_source_init(&source, &(struct random_source_setup){
                                    .seed = seed,
                                    .groups = groups,
                                    .variables = variables,
                                    .each = 20 + (uint32_t)random_below(&draw, 60),
                                    .multi_pct = 25 * (uint32_t)random_below(&draw, 5),
                                    .clients = clients,
                                    .unborn = unborn,
                                    .make_pct = unborn ? (uint32_t)random_below(&draw, 20) : 0,
                                });
    world_begin(&w, &(struct world_setup){.scheme = scheme,
                                          .model = fast ? world_rdma_model : world_lan_model,
                                          .groups = groups,
                                          .replicas = replicas,
                                          .clients = clients,
                                          .variables = variables,
                                          .unborn = unborn,
                                          .options = &options,
                                          .outstanding = 1 + (uint32_t)random_below(&draw, 4),
                                          .window = 1 + (uint32_t)random_below(&draw, 8),
                                          .source = &source.source,
                                          .swarm = true,
                                          .horizon_ns = fast ? 8 * MS : 150 * MS,
                                          .events_max = EVENTS_MAX,
                                          .seed = seed});
    bool done = world_run(&w, 60000 * MS);
    const struct property *failed = world_check(&w);
    if (world_exhausted(&w))
        snprintf(message, 2048, "AVIARY_SEED=%llu (%s): no end after %llu events",
                 (unsigned long long)seed, scheme, (unsigned long long)EVENTS_MAX);
    else if (failed)
        snprintf(message, 2048, "AVIARY_SEED=%llu (%s): %s %s: %s", (unsigned long long)seed,
                 scheme, failed->name, result_name(failed->result), failed->reason);
    else if (!done)
        snprintf(message, 2048, "AVIARY_SEED=%llu (%s): no convergence", (unsigned long long)seed,
                 scheme);
    world_end(&w);
    random_source_finish(&source);
    return done && !failed;
}

START_TEST(every_seed_holds)
{
    char message[2048];
    uint64_t one = from_environment("AVIARY_SEED", 0);
    uint64_t seeds = from_environment("AVIARY_SEEDS", 1000);
    for (uint64_t seed = one ? one : 1; seed <= (one ? one : seeds); seed++)
        ck_assert_msg(seed_holds(seed, message), "%s", message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("swarm");
    TCase *seeds = tcase_create("seeds");
    tcase_set_timeout(seeds, 0);
    tcase_add_test(seeds, every_seed_holds);
    suite_add_tcase(suite, seeds);
    return test_main(suite);
}
