/* pool.h - reference-counted buffers for simulated messages, by number.
 *
 * Blocks of a few sizes are cut from large chunks and kept in free lists; a buffer's number is its
 * position, so that an event names it in 32 bits. Memory is freed at pool_finish only. With
 * AddressSanitizer, free blocks are poisoned. */
#ifndef AVIARY_SIM_POOL_H
#define AVIARY_SIM_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "proto/message.h"

enum {
    POOL_UNIT_BYTES = 64,
    POOL_CHUNK_UNITS_LOG2 = 14,
    POOL_CHUNK_UNITS = 1 << POOL_CHUNK_UNITS_LOG2,
    POOL_EXACT_UNITS = 8, /* block sizes: 1 .. 8 units, then powers of two */
    POOL_CLASSES = POOL_EXACT_UNITS + POOL_CHUNK_UNITS_LOG2 - 3,
};

enum buffer_check { BUFFER_UNCHECKED, BUFFER_VALID, BUFFER_MALFORMED, BUFFER_CORRUPTED };

struct buffer {
    uint32_t number;
    uint32_t references;
    uint32_t room; /* bytes of content */
    uint8_t class;
    uint8_t check; /* enum buffer_check: message_valid runs once per buffer */
    union {
        uint64_t wire_bytes; /* computed when it is sent */
        struct buffer *next_free;
    };
    union {
        struct message message;
        uint8_t bytes[sizeof(struct message)]; /* more follow */
    };
};

_Static_assert(sizeof(struct buffer) == 40, "content is 8-aligned");
_Static_assert(offsetof(struct buffer, message) + MESSAGE_BYTES_MAX <=
                   POOL_CHUNK_UNITS * POOL_UNIT_BYTES,
               "a buffer fits");

struct pool {
    uint8_t **chunk;
    uint32_t chunk_count, chunk_room;
    uint32_t used_units; /* of the last chunk */
    struct buffer *free[POOL_CLASSES];
};

void pool_init(struct pool *p);
void pool_finish(struct pool *p);

/* A buffer with room for `bytes` (<= MESSAGE_BYTES_MAX) and one reference. */
struct buffer *pool_get(struct pool *p, uint32_t bytes);
/* Drops a reference; the last one frees. */
void pool_free(struct pool *p, struct buffer *b);

static inline void pool_release(struct pool *p, struct buffer *b)
{
    ASSERT(b->references > 0);
    if (--b->references == 0) pool_free(p, b);
}

static inline struct buffer *pool_at(const struct pool *p, uint32_t number)
{
    uint8_t *chunk = p->chunk[number >> POOL_CHUNK_UNITS_LOG2];
    return (struct buffer *)(void *)(chunk +
                                     (uint64_t)(number % POOL_CHUNK_UNITS) * POOL_UNIT_BYTES);
}

static inline struct buffer *pool_of(struct message *m)
{
    return (struct buffer *)(void *)((uint8_t *)m - offsetof(struct buffer, message));
}

#endif
