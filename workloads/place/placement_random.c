/* placement_random.c - each granule uniformly at random, from the seed. */
#include "base/random.h"
#include "workloads/place/strategy.h"

static int place(const struct strategy_input *in, uint16_t *partition, struct error *e)
{
    (void)e;
    struct random random = random_named(in->request->seed, "placement", "random");
    for (uint32_t v = 0; v < names_count(in->catalogue->variables); v++)
        if (in->catalogue->granule[v] == v)
            partition[v] = (uint16_t)random_below(&random, in->request->partitions);
    return 0;
}

const struct strategy random_placement = {"random", NULL, "drawn from the seed", place};
