/* queue.h - the event queue: push in any order, pop the smallest (time, order).
 *
 * A radix wheel. `bottom` holds, sorted, everything before `bottom_end_ns`; later events lie
 * unsorted in slots: level l has 256 slots of 2^(QUEUE_BOTTOM_BITS + 8 l) ns, and an event is at
 * the level of the highest bit in which its time differs from the bottom's. When the bottom is
 * empty, the first slot that holds something is opened: its earliest events become the bottom, the
 * rest goes to lower levels. Slots are lists of chunks, so that a million pending events are still
 * read in order.
 *
 *     time:  | level 7 | ... | level 1: 8 bits | level 0: 8 bits | bottom: QUEUE_BOTTOM_BITS |
 */
#ifndef AVIARY_SIM_QUEUE_H
#define AVIARY_SIM_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"

/* An event, interpreted by its owner. (time_ns, order) is unique. */
struct event {
    uint64_t time_ns;
    uint64_t order;
    uint32_t target;
    uint32_t item;
};

_Static_assert(sizeof(struct event) == 24, "no padding");

#define QUEUE_TIME_MAX_NS (UINT64_MAX / 2)

enum {
    QUEUE_BOTTOM_BITS = 9,
    QUEUE_LEVELS = 8,
    QUEUE_SLOTS = 256,
    QUEUE_CHUNK_EVENTS = 10,
};

struct queue_chunk {
    uint32_t next; /* 0: none */
    uint32_t count;
    struct event event[QUEUE_CHUNK_EVENTS];
};

struct queue {
    struct event *bottom; /* sorted, the smallest last */
    uint32_t bottom_count, bottom_room;
    uint32_t filled;        /* bit 4 l + w: some bit of used[l][w] is set */
    uint64_t base_ns;       /* begin of the bottom's span, a multiple of its length */
    uint64_t bottom_end_ns; /* base_ns + 2^QUEUE_BOTTOM_BITS */
    uint64_t count;
    struct queue_chunk *chunks; /* [0] is not used */
    uint32_t chunk_count, chunk_room, chunk_free;
    uint64_t used[QUEUE_LEVELS][QUEUE_SLOTS / 64]; /* which slots hold something */
    uint32_t slot[QUEUE_LEVELS][QUEUE_SLOTS];      /* first chunk */
};

void queue_init(struct queue *q);
void queue_finish(struct queue *q);

/* Any time up to QUEUE_TIME_MAX_NS, also one before a popped event. */
void queue_push(struct queue *q, const struct event *e);
/* Opens the next slot; the bottom must be empty. False: the queue is empty. */
bool queue_open(struct queue *q);

/* The smallest event, valid until the next push or pop; NULL if there is none. */
static inline const struct event *queue_peek(struct queue *q)
{
    if (q->bottom_count == 0 && !queue_open(q)) return 0;
    return &q->bottom[q->bottom_count - 1];
}

/* Removes what queue_peek returned. */
static inline void queue_pop(struct queue *q)
{
    ASSERT(q->bottom_count > 0);
    q->bottom_count--;
    q->count--;
}

#endif
