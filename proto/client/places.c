/* places.c - open addressing from granule to group (places.h). */
#include "proto/client/places.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/random.h"

enum { CAPACITY_FIRST = 64 };

void places_init(struct places *p, const struct variables *granules)
{
    *p = (struct places){.granules = granules};
}

void places_finish(struct places *p)
{
    free(p->slots);
}

static uint32_t key_of(const struct places *p, uint32_t variable)
{
    bool grouped = p->granules && variable < p->granules->count;
    return (grouped ? p->granules->granule[variable] : variable) + 1;
}

static struct place_slot *probe(const struct places *p, uint32_t key)
{
    uint32_t at = (uint32_t)hash_mix(key - 1) & (p->capacity - 1);
    ASSERT(p->count < p->capacity); /* so that the search ends */
    while (p->slots[at].key && p->slots[at].key != key) at = (at + 1) & (p->capacity - 1);
    return &p->slots[at];
}

uint32_t places_get(const struct places *p, uint32_t variable)
{
    const struct place_slot *slot = p->slots ? probe(p, key_of(p, variable)) : NULL;
    return slot && slot->key ? slot->group : UINT32_MAX;
}

static void grow(struct places *p)
{
    struct places old = *p;
    p->capacity = old.capacity ? 2 * old.capacity : CAPACITY_FIRST;
    p->slots = allocate_zeroed(p->capacity, sizeof(*p->slots));
    for (uint32_t i = 0; i < old.capacity; i++)
        if (old.slots[i].key) *probe(p, old.slots[i].key) = old.slots[i];
    free(old.slots);
    ASSERT(4 * p->count <= 3 * p->capacity);
    ASSERT((p->capacity & (p->capacity - 1)) == 0);
}

void places_put(struct places *p, uint32_t variable, uint32_t group)
{
    if (4 * (p->count + 1) > 3 * p->capacity) grow(p);
    uint32_t key = key_of(p, variable);
    struct place_slot *slot = probe(p, key);
    p->count += !slot->key;
    *slot = (struct place_slot){key, group};
    ASSERT(p->count < p->capacity);
}

void places_expire(struct places *p, uint64_t plan_version)
{
    if (plan_version <= p->plan_version) return;
    p->plan_version = plan_version;
    if (p->slots) memset(p->slots, 0, p->capacity * sizeof(*p->slots));
    p->count = 0;
}
