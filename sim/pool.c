/* pool.c - size classes and free lists of pool.h. */
#include "sim/pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOL_POISONS 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define POOL_POISONS 1
#endif

#ifdef POOL_POISONS
#include <sanitizer/asan_interface.h>
/* The header stays readable: the free list is linked through it. */
#define CONTENT_POISON(b) ASAN_POISON_MEMORY_REGION(&(b)->message, (b)->room)
#define CONTENT_UNPOISON(b) ASAN_UNPOISON_MEMORY_REGION(&(b)->message, (b)->room)
#else
#define CONTENT_POISON(b) ((void)(b))
#define CONTENT_UNPOISON(b) ((void)(b))
#endif

enum {
    CHUNK_BYTES = POOL_CHUNK_UNITS * POOL_UNIT_BYTES,
    HEADER = offsetof(struct buffer, message)
};

void pool_init(struct pool *p)
{
    memset(p, 0, sizeof *p);
    p->used_units = POOL_CHUNK_UNITS;
}

void pool_finish(struct pool *p)
{
    for (uint32_t i = 0; i < p->chunk_count; i++) free(p->chunk[i]);
    free(p->chunk);
}

static uint32_t class_of(uint32_t units)
{
    ASSERT(units > 0);
    if (units <= POOL_EXACT_UNITS) return units - 1;
    /* 9 .. 16 units: the first class after the exact ones */
    return POOL_EXACT_UNITS + 28 - (uint32_t)__builtin_clz(units - 1);
}

static uint32_t class_units(uint32_t class)
{
    return class < POOL_EXACT_UNITS ? class + 1 : UINT32_C(16) << (class - POOL_EXACT_UNITS);
}

static struct buffer *chunk_take(struct pool *p, uint32_t class)
{
    uint32_t units = class_units(class);
    if (p->used_units + units > POOL_CHUNK_UNITS) {
        if (p->chunk_count == p->chunk_room) {
            p->chunk_room = p->chunk_room ? 2 * p->chunk_room : 16;
            p->chunk = reallocate(p->chunk, p->chunk_room * sizeof *p->chunk);
        }
        uint8_t *chunk = aligned_alloc(POOL_UNIT_BYTES, CHUNK_BYTES);
        ASSERT(chunk);
        ASSERT(p->chunk_count < UINT32_MAX >> POOL_CHUNK_UNITS_LOG2);
        p->chunk[p->chunk_count++] = chunk;
        p->used_units = 0;
    }
    ASSERT(p->chunk_count <= p->chunk_room);
    ASSERT(p->used_units + units <= POOL_CHUNK_UNITS);
    uint32_t number = (p->chunk_count - 1) << POOL_CHUNK_UNITS_LOG2 | p->used_units;
    p->used_units += units;
    struct buffer *b = pool_at(p, number);
    b->number = number;
    b->room = units * POOL_UNIT_BYTES - HEADER;
    b->class = (uint8_t) class;
    return b;
}

struct buffer *pool_get(struct pool *p, uint32_t bytes)
{
    ASSERT(bytes <= MESSAGE_BYTES_MAX);
    uint32_t class = class_of((HEADER + bytes + POOL_UNIT_BYTES - 1) / POOL_UNIT_BYTES);
    struct buffer *b = p->free[class];
    if (b) {
        ASSERT(b->references == 0);
        p->free[class] = b->next_free;
        CONTENT_UNPOISON(b);
    } else {
        b = chunk_take(p, class);
    }
    ASSERT(b->room >= bytes);
    b->references = 1;
    b->check = BUFFER_UNCHECKED;
    return b;
}

void pool_free(struct pool *p, struct buffer *b)
{
    ASSERT(b->references == 0);
    CONTENT_POISON(b);
    b->next_free = p->free[b->class];
    p->free[b->class] = b;
}
