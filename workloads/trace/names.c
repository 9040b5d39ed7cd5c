/* names.c - dense numbers for names (workload.h): an open-addressing table over texts in an arena.
 *
 * Numbers follow the order of first appearance, so nothing depends on the order of the table. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/random.h"
#include "workloads/trace/workload.h"

enum { ARENA_BYTES = 1 << 16, SLOTS_MIN = 64 };

/* A block of texts; texts never move, so that names_get stays valid. */
struct arena {
    struct arena *previous;
    uint32_t used, room;
    char text[];
};

struct slot {
    uint32_t hash;
    uint32_t number; /* the name's id + 1, 0: free */
};

struct name {
    const char *text;
    uint32_t length;
};

struct names {
    struct slot *slots;
    uint32_t slot_count; /* a power of two */
    struct name *name;   /* by id */
    uint32_t count, room;
    struct arena *arena;
};

static uint32_t hash_name(const char *name, uint32_t length)
{
    uint64_t hash = length;
    uint64_t word = 0;
    while (length >= sizeof(word)) {
        memcpy(&word, name, sizeof(word));
        hash = hash_add(hash, word);
        name += sizeof(word);
        length -= (uint32_t)sizeof(word);
    }
    word = 0;
    memcpy(&word, name, length);
    return (uint32_t)hash_add(hash, word);
}

struct names *names_create(void)
{
    struct names *n = allocate_zeroed(1, sizeof(*n));
    n->slot_count = SLOTS_MIN;
    n->slots = allocate_zeroed(n->slot_count, sizeof(*n->slots));
    return n;
}

void names_destroy(struct names *n)
{
    if (!n) return;
    while (n->arena) {
        struct arena *previous = n->arena->previous;
        free(n->arena);
        n->arena = previous;
    }
    free(n->name);
    free(n->slots);
    free(n);
}

/* The slot of the name, or the free one where it would go. */
static struct slot *find(const struct names *n, const char *name, uint32_t length, uint32_t hash)
{
    uint32_t mask = n->slot_count - 1;
    for (uint32_t at = hash & mask;; at = (at + 1) & mask) {
        struct slot *s = &n->slots[at];
        if (s->number == 0) return s;
        if (s->hash != hash) continue;
        const struct name *other = &n->name[s->number - 1];
        if (other->length == length && memcmp(other->text, name, length) == 0) return s;
    }
}

static void grow(struct names *n)
{
    struct slot *old = n->slots;
    uint32_t old_count = n->slot_count;
    ASSERT(old_count <= UINT32_MAX / 2);
    n->slot_count = old_count * 2;
    n->slots = allocate_zeroed(n->slot_count, sizeof(*n->slots));
    for (uint32_t i = 0; i < old_count; i++) {
        if (old[i].number == 0) continue;
        uint32_t at = old[i].hash & (n->slot_count - 1);
        while (n->slots[at].number != 0) at = (at + 1) & (n->slot_count - 1);
        n->slots[at] = old[i];
    }
    free(old);
}

static const char *keep(struct names *n, const char *name, uint32_t length)
{
    ASSERT(length < UINT32_MAX / 2);
    if (!n->arena || n->arena->room - n->arena->used <= length) {
        uint32_t room = length < ARENA_BYTES ? ARENA_BYTES : length + 1;
        struct arena *a = allocate_zeroed(1, sizeof(*a) + room);
        a->room = room;
        a->previous = n->arena;
        n->arena = a;
    }
    char *text = &n->arena->text[n->arena->used];
    memcpy(text, name, length);
    text[length] = '\0';
    n->arena->used += length + 1;
    return text;
}

uint32_t names_intern(struct names *n, const char *name, uint32_t length)
{
    uint32_t hash = hash_name(name, length);
    struct slot *s = find(n, name, length, hash);
    if (s->number != 0) return s->number - 1;
    if (n->count >= n->slot_count / 2) {
        grow(n);
        s = find(n, name, length, hash);
    }
    ASSERT(n->count < UINT32_MAX - 1);
    n->name = array_grow32(n->name, &n->room, n->count + 1, sizeof(*n->name));
    n->name[n->count] = (struct name){keep(n, name, length), length};
    *s = (struct slot){hash, ++n->count};
    return n->count - 1;
}

uint32_t names_find(const struct names *n, const char *name, uint32_t length)
{
    /* A free slot has number 0, and 0 - 1 is UINT32_MAX. */
    return find(n, name, length, hash_name(name, length))->number - 1;
}

const char *names_get(const struct names *n, uint32_t id)
{
    ASSERT(id < n->count);
    return n->name[id].text;
}

uint32_t names_count(const struct names *n)
{
    return n->count;
}
