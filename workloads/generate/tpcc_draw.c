/* tpcc_draw.c - see tpcc_draw.h. */
#include "workloads/generate/tpcc_draw.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"

enum {
    A_NAME = 255,
    A_CUSTOMER = 1023,
    A_ITEM = 8191,
    STANDARD_CUSTOMERS = 3000,
    STANDARD_ITEMS = 100000,
};

uint32_t tpcc_nurand(const struct tpcc_nurand *n, struct random *random)
{
    ASSERT(n->range > 0);
    uint64_t bits = random_below(random, (uint64_t)n->a + 1);
    return (uint32_t)(((bits | random_below(random, n->range)) + n->c) % n->range);
}

uint32_t tpcc_nurand_a(uint32_t a, uint32_t range, uint32_t standard)
{
    uint64_t most = (uint64_t)a * range;
    while ((uint64_t)a * standard > most) a /= 2;
    return a;
}

bool tpcc_c_run_allowed(uint32_t c_load, uint32_t c_run)
{
    uint32_t delta = c_load > c_run ? c_load - c_run : c_run - c_load;
    return delta >= 65 && delta <= 119 && delta != 96 && delta != 112;
}

/* The first thousand customers have the thousand names, the rest draw theirs. */
static void give_names(struct tpcc_draw *d, const struct tpcc_shape *shape, uint32_t c_load,
                       struct random *random)
{
    uint32_t *name = allocate_zeroed(shape->customers, sizeof(*name));
    struct tpcc_nurand load = d->name;
    load.c = c_load;
    for (uint32_t i = 0; i < shape->customers; i++) {
        name[i] = i < d->name.range ? i : tpcc_nurand(&load, random);
        d->name_first[name[i] + 1]++;
    }
    for (uint32_t n = 0; n < TPCC_NAMES; n++) d->name_first[n + 1] += d->name_first[n];
    d->by_name = allocate_zeroed(shape->customers, sizeof(*d->by_name));
    for (uint32_t i = shape->customers; i-- > 0;) d->by_name[--d->name_first[name[i] + 1]] = i;
    for (uint32_t n = 0; n < TPCC_NAMES; n++) d->name_first[n] = d->name_first[n + 1];
    d->name_first[TPCC_NAMES] = shape->customers;
    free(name);
}

void tpcc_draw_init(struct tpcc_draw *d, const struct tpcc_shape *shape, struct random *random)
{
    uint32_t names = shape->customers < TPCC_NAMES ? shape->customers : TPCC_NAMES;
    *d = (struct tpcc_draw){
        .customer = {.a = tpcc_nurand_a(A_CUSTOMER, shape->customers, STANDARD_CUSTOMERS),
                     .range = shape->customers},
        .item = {.a = tpcc_nurand_a(A_ITEM, shape->items, STANDARD_ITEMS), .range = shape->items},
        .name = {.a = tpcc_nurand_a(A_NAME, names, TPCC_NAMES), .range = names},
    };
    d->customer.c = (uint32_t)random_below(random, A_CUSTOMER + 1);
    d->item.c = (uint32_t)random_below(random, A_ITEM + 1);
    uint32_t c_load = (uint32_t)random_below(random, A_NAME + 1);
    do d->name.c = (uint32_t)random_below(random, A_NAME + 1);
    while (!tpcc_c_run_allowed(c_load, d->name.c));
    give_names(d, shape, c_load, random);
}

void tpcc_draw_finish(struct tpcc_draw *d)
{
    free(d->by_name);
}
