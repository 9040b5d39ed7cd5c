/* copies.c - two tables by variable: copies held here, and holders of copies (copies.h). */
#include "proto/schemes/copies.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/random.h"

enum { CAPACITY_FIRST = 64 };

struct holders {
    uint64_t key; /* variable + 1; 0: empty */
    struct group_set groups;
};

void copies_init(struct copies *s)
{
    store_init(&s->here);
    s->holders = allocate_zeroed(CAPACITY_FIRST, sizeof(*s->holders));
    s->capacity = CAPACITY_FIRST;
    s->count = 0;
}

void copies_finish(struct copies *s)
{
    store_finish(&s->here);
    free(s->holders);
}

/* ---- the owner's half ---------------------------------------------------------------------- */

/* The variable's slot, or the empty one where it belongs. */
static struct holders *probe(const struct copies *s, uint32_t variable)
{
    uint64_t key = (uint64_t)variable + 1;
    uint64_t at = hash_mix(key) & (s->capacity - 1);
    while (s->holders[at].key && s->holders[at].key != key) at = (at + 1) & (s->capacity - 1);
    return &s->holders[at];
}

static void grow(struct copies *s)
{
    struct copies old = *s;
    s->capacity *= 2;
    s->holders = allocate_zeroed(s->capacity, sizeof(*s->holders));
    for (uint64_t i = 0; i < old.capacity; i++)
        if (old.holders[i].key) *probe(s, (uint32_t)(old.holders[i].key - 1)) = old.holders[i];
    free(old.holders);
    ASSERT(4 * s->count <= 3 * s->capacity);
    ASSERT((s->capacity & (s->capacity - 1)) == 0);
}

struct group_set copies_holders(const struct copies *s, uint32_t variable)
{
    return probe(s, variable)->groups;
}

/* A variable that was never sent takes no room, however often it is written. */
static void holders_put(struct copies *s, uint32_t variable, const struct group_set *groups)
{
    struct holders *h = probe(s, variable);
    if (!h->key) {
        if (group_set_next(groups, 0) == GROUPS_MAX) return;
        if (4 * (s->count + 1) > 3 * s->capacity) {
            grow(s);
            h = probe(s, variable);
        }
        h->key = (uint64_t)variable + 1;
        s->count++;
    }
    ASSERT(h->key == (uint64_t)variable + 1);
    ASSERT(s->count < s->capacity);
    h->groups = *groups;
}

void copies_spread(struct copies *s, const struct access *a, const struct group_set *others)
{
    struct group_set present = {{0}};
    if (!(a->mode & ~ACCESS_READ)) present = copies_holders(s, a->variable);
    if (a->mode & ACCESS_READ) group_set_unite(&present, others);
    holders_put(s, a->variable, &present);
}

/* ---- the reader's half --------------------------------------------------------------------- */

const struct variable_state *copies_find(const struct copies *s, uint32_t variable)
{
    return store_find(&s->here, variable);
}

void copies_follow(struct copies *s, const struct access *a, struct variable_state state)
{
    if (a->mode & ACCESS_READ)
        store_put(&s->here, a->variable, state);
    else
        store_remove(&s->here, a->variable);
}
