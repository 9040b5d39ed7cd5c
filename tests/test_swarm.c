/* A thousand seeds: each draws a cluster, a workload and its faults (loss, duplication, reordering,
 * slow and cut links, crashed minorities, leaders included); every property must hold and, once the
 * network has healed, every command be answered. AVIARY_SEEDS=N runs another number, and
 * AVIARY_SEED=S one alone. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/harness.h"
#include "tests/sources.h"
#include "tests/world.h"

#define MS UINT64_C(1000000)

static uint64_t from_environment(const char *name, uint64_t standard)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : standard;
}

/* Runs one seed; false with a message that says how to see it again. */
static bool seed_holds(uint64_t seed, char message[static 2048])
{
    struct random draw = random_named(seed, "swarm", "cluster");
    uint32_t groups = 1 + (uint32_t)random_below(&draw, 4);
    uint32_t clients = 1 + (uint32_t)random_below(&draw, 6);
    uint32_t replicas = random_chance(&draw, 1, 4) ? 5 : 3;
    bool fast = random_chance(&draw, 1, 3);
    struct random caching = random_named(seed, "swarm", "value cache");
    struct scheme_options options = world_options("ssmr");
    options.value_cache = (enum value_cache)random_below(&caching, VALUE_CACHE_SPECULATIVE + 1);
    struct random_source source;
    struct world w;
    random_source_init(&source, &(struct random_source_setup){
                                    .seed = seed,
                                    .groups = groups,
                                    .variables = groups * (1 + (uint32_t)random_below(&draw, 10)),
                                    .each = 20 + (uint32_t)random_below(&draw, 60),
                                    .multi_pct = 25 * (uint32_t)random_below(&draw, 5),
                                    .clients = clients,
                                });
    world_begin(&w, &(struct world_setup){.scheme = "ssmr",
                                          .model = fast ? world_rdma_model : world_lan_model,
                                          .groups = groups,
                                          .replicas = replicas,
                                          .clients = clients,
                                          .options = &options,
                                          .outstanding = 1 + (uint32_t)random_below(&draw, 4),
                                          .window = 1 + (uint32_t)random_below(&draw, 8),
                                          .source = &source.source,
                                          .swarm = true,
                                          .horizon_ns = fast ? 8 * MS : 150 * MS,
                                          .seed = seed});
    bool done = world_run(&w, 60000 * MS);
    const struct property *failed = world_check(&w);
    if (failed)
        snprintf(message, 2048, "AVIARY_SEED=%llu: %s %s: %s", (unsigned long long)seed,
                 failed->name, result_name(failed->result), failed->reason);
    else if (!done)
        snprintf(message, 2048, "AVIARY_SEED=%llu: no convergence", (unsigned long long)seed);
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
