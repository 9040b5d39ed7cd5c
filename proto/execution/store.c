/* store.c - open addressing from variable to state (store.h). */
#include "proto/execution/store.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/random.h"

enum { CAPACITY_FIRST = 64 };

void store_init(struct store *s)
{
    *s = (struct store){allocate_zeroed(CAPACITY_FIRST, sizeof(struct store_slot)), CAPACITY_FIRST,
                        0};
}

void store_finish(struct store *s)
{
    free(s->slots);
}

/* The slot of the variable, or the empty one where it belongs. */
static struct store_slot *probe(const struct store *s, uint32_t variable)
{
    uint64_t key = (uint64_t)variable + 1;
    uint64_t at = hash_mix(key) & (s->capacity - 1);
    while (s->slots[at].key && s->slots[at].key != key) at = (at + 1) & (s->capacity - 1);
    return &s->slots[at];
}

static void grow(struct store *s)
{
    struct store old = *s;
    s->capacity *= 2;
    s->slots = allocate_zeroed(s->capacity, sizeof(*s->slots));
    for (uint64_t i = 0; i < old.capacity; i++)
        if (old.slots[i].key) *probe(s, (uint32_t)(old.slots[i].key - 1)) = old.slots[i];
    free(old.slots);
    ASSERT(4 * s->count <= 3 * s->capacity);
    ASSERT((s->capacity & (s->capacity - 1)) == 0);
}

struct variable_state store_get(const struct store *s, uint32_t variable)
{
    return probe(s, variable)->state;
}

const struct variable_state *store_find(const struct store *s, uint32_t variable)
{
    const struct store_slot *slot = probe(s, variable);
    return slot->key ? &slot->state : NULL;
}

void store_put(struct store *s, uint32_t variable, struct variable_state state)
{
    struct store_slot *slot = probe(s, variable);
    if (!slot->key) {
        if (4 * (s->count + 1) > 3 * s->capacity) {
            grow(s);
            slot = probe(s, variable);
        }
        slot->key = (uint64_t)variable + 1;
        s->count++;
    }
    ASSERT(s->count < s->capacity);
    ASSERT(slot->key == (uint64_t)variable + 1);
    slot->state = state;
}

void store_remove(struct store *s, uint32_t variable)
{
    struct store_slot *hole = probe(s, variable);
    if (!hole->key) return;
    ASSERT(s->count > 0);
    uint64_t mask = s->capacity - 1;
    uint64_t at = (uint64_t)(hole - s->slots);
    /* Backward-shift deletion: entries displaced beyond the hole move up, so that no search ends at
     * it. */
    for (uint64_t next = (at + 1) & mask; s->slots[next].key; next = (next + 1) & mask) {
        uint64_t ideal = hash_mix(s->slots[next].key) & mask;
        if (((next - ideal) & mask) < ((next - at) & mask)) continue;
        s->slots[at] = s->slots[next];
        at = next;
    }
    s->slots[at] = (struct store_slot){0};
    s->count--;
}
