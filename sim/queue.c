/* queue.c - the radix wheel of queue.h. */
#include "sim/queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"

enum {
    SLOT_BITS = 8,
    SPAN = 1 << QUEUE_BOTTOM_BITS,
    WORDS = QUEUE_SLOTS / 64,
    BOTTOM_ROOM_FIRST = 256,
    CHUNK_ROOM_FIRST = 1024,
    INSERTION_BEST_MAX = 6, /* up to so many events insertion sort is fastest */
    /* The limits where it beats qsort: unsorted, and after distribution by time. */
    INSERTION_ANY_MAX = 32,
    INSERTION_DEALT_MAX = 512,
};

_Static_assert(QUEUE_BOTTOM_BITS + SLOT_BITS * QUEUE_LEVELS >= 64, "every time has a level");
_Static_assert(QUEUE_LEVELS *WORDS <= 32, "`filled` has a bit for each word");

void queue_init(struct queue *q)
{
    memset(q, 0, sizeof *q);
    q->bottom_end_ns = UINT64_C(1) << QUEUE_BOTTOM_BITS;
    q->bottom_room = BOTTOM_ROOM_FIRST;
    q->bottom = allocate(q->bottom_room * sizeof *q->bottom);
    q->chunk_room = CHUNK_ROOM_FIRST;
    q->chunks = allocate(q->chunk_room * sizeof *q->chunks);
    q->chunk_count = 1;
}

void queue_finish(struct queue *q)
{
    free(q->bottom);
    free(q->chunks);
}

static inline bool before(const struct event *a, const struct event *b)
{
    return a->time_ns < b->time_ns || (a->time_ns == b->time_ns && a->order < b->order);
}

static uint32_t chunk_new(struct queue *q)
{
    uint32_t chunk = q->chunk_free;
    if (chunk) {
        q->chunk_free = q->chunks[chunk].next;
        return chunk;
    }
    if (q->chunk_count == q->chunk_room) {
        ASSERT(q->chunk_room < UINT32_MAX / 2);
        q->chunk_room *= 2;
        q->chunks = reallocate(q->chunks, q->chunk_room * sizeof *q->chunks);
    }
    return q->chunk_count++;
}

static inline void slot_push(struct queue *q, uint32_t level, uint32_t slot, const struct event *e)
{
    uint32_t first = q->slot[level][slot];
    if (first == 0 || q->chunks[first].count == QUEUE_CHUNK_EVENTS) {
        uint32_t chunk = chunk_new(q);
        q->chunks[chunk].next = first;
        q->chunks[chunk].count = 0;
        q->slot[level][slot] = chunk;
        q->used[level][slot / 64] |= UINT64_C(1) << (slot % 64);
        q->filled |= UINT32_C(1) << (WORDS * level + slot / 64);
        first = chunk;
    }
    struct queue_chunk *c = &q->chunks[first];
    c->event[c->count++] = *e;
}

static inline void bottom_reserve(struct queue *q, uint32_t more)
{
    if (q->bottom_count + more <= q->bottom_room) return;
    while (q->bottom_count + more > q->bottom_room) q->bottom_room *= 2;
    q->bottom = reallocate(q->bottom, q->bottom_room * sizeof *q->bottom);
    ASSERT(q->bottom_count + more <= q->bottom_room);
}

/* Insert into the sorted bottom; the new event is often the smallest, or nearly so. */
static void bottom_push(struct queue *q, const struct event *e)
{
    bottom_reserve(q, 1);
    uint32_t low = 0, high = q->bottom_count; /* the place is in low .. high */
    while (low < high) {
        uint32_t middle = high - low > 8 ? low + (high - low) / 2 : high - 1;
        if (before(e, &q->bottom[middle]))
            low = middle + 1;
        else
            high = middle;
    }
    memmove(q->bottom + low + 1, q->bottom + low, (q->bottom_count - low) * sizeof *q->bottom);
    q->bottom[low] = *e;
    q->bottom_count++;
}

/* To the slot of an event that is beyond the bottom. */
static inline void wheel_push(struct queue *q, const struct event *e)
{
    uint64_t differs = (e->time_ns ^ q->base_ns) >> QUEUE_BOTTOM_BITS;
    uint32_t level = (63 - (uint32_t)__builtin_clzll(differs)) / SLOT_BITS;
    uint32_t shift = QUEUE_BOTTOM_BITS + SLOT_BITS * level;
    slot_push(q, level, (e->time_ns >> shift) % QUEUE_SLOTS, e);
}

void queue_push(struct queue *q, const struct event *e)
{
    ASSERT(e->time_ns <= QUEUE_TIME_MAX_NS);
    q->count++;
    if (e->time_ns < q->bottom_end_ns)
        bottom_push(q, e);
    else
        wheel_push(q, e);
}

static int compare_descending(const void *a, const void *b)
{
    return before(a, b) ? 1 : -1;
}

static void bottom_sort(struct queue *q, uint32_t insertion_max)
{
    if (q->bottom_count > insertion_max) {
        qsort(q->bottom, q->bottom_count, sizeof *q->bottom, compare_descending);
        return;
    }
    for (uint32_t i = 1; i < q->bottom_count; i++) {
        struct event e = q->bottom[i];
        uint32_t at = i;
        for (; at > 0 && before(&q->bottom[at - 1], &e); at--) q->bottom[at] = q->bottom[at - 1];
        q->bottom[at] = e;
    }
}

static void set_base(struct queue *q, uint64_t time_ns)
{
    q->base_ns = time_ns >> QUEUE_BOTTOM_BITS << QUEUE_BOTTOM_BITS;
    q->bottom_end_ns = q->base_ns + (UINT64_C(1) << QUEUE_BOTTOM_BITS);
}

static uint64_t earliest(const struct queue *q, uint32_t chunk)
{
    uint64_t time_ns = UINT64_MAX;
    for (; chunk; chunk = q->chunks[chunk].next) {
        const struct queue_chunk *c = &q->chunks[chunk];
        for (uint32_t i = 0; i < c->count; i++)
            if (c->event[i].time_ns < time_ns) time_ns = c->event[i].time_ns;
    }
    return time_ns;
}

static void free_chunks(struct queue *q, uint32_t first)
{
    ASSERT(first > 0);
    ASSERT(first < q->chunk_count);
    uint32_t last = first;
    while (q->chunks[last].next) last = q->chunks[last].next;
    q->chunks[last].next = q->chunk_free;
    q->chunk_free = first;
}

/* All events of the list, which are within the bottom's span, become the bottom. A bucket sort by
 * time leaves only equal times to be sorted. */
static void take_all(struct queue *q, uint32_t chunk)
{
    uint32_t begin[SPAN + 1] = {0}, count = 0;
    for (uint32_t c = chunk; c; c = q->chunks[c].next) {
        count += q->chunks[c].count;
        for (uint32_t i = 0; i < q->chunks[c].count; i++)
            begin[SPAN - 1 - q->chunks[c].event[i].time_ns % SPAN]++;
    }
    bottom_reserve(q, count);
    for (uint32_t i = 0, sum = 0; i < SPAN; i++) {
        uint32_t here = begin[i];
        begin[i] = sum;
        sum += here;
    }
    for (uint32_t c = chunk; c; c = q->chunks[c].next) {
        for (uint32_t i = 0; i < q->chunks[c].count; i++) {
            const struct event *e = &q->chunks[c].event[i];
            q->bottom[begin[SPAN - 1 - e->time_ns % SPAN]++] = *e;
        }
    }
    ASSERT(begin[SPAN - 1] == count);
    q->bottom_count = count;
    free_chunks(q, chunk);
}

/* Events of the list that are within the bottom's span go there, the others to lower levels. */
static void distribute(struct queue *q, uint32_t chunk)
{
    for (uint32_t c = chunk; c; c = q->chunks[c].next) {
        for (uint32_t i = 0; i < q->chunks[c].count; i++) {
            struct event e = q->chunks[c].event[i]; /* the array may move */
            if (e.time_ns < q->bottom_end_ns) {
                bottom_reserve(q, 1);
                q->bottom[q->bottom_count++] = e;
            } else {
                wheel_push(q, &e);
            }
        }
    }
    free_chunks(q, chunk);
}

bool queue_open(struct queue *q)
{
    ASSERT(q->bottom_count == 0);
    if (q->filled == 0) return false;
    uint32_t first = (uint32_t)__builtin_ctz(q->filled);
    uint32_t level = first / WORDS, word = first % WORDS;
    uint32_t slot = 64 * word + (uint32_t)__builtin_ctzll(q->used[level][word]);
    uint32_t chunk = q->slot[level][slot];
    q->slot[level][slot] = 0;
    q->used[level][word] &= q->used[level][word] - 1;
    if (q->used[level][word] == 0) q->filled &= ~(UINT32_C(1) << first);
    if (level == 0 && (q->chunks[chunk].next || q->chunks[chunk].count > INSERTION_BEST_MAX)) {
        set_base(q, q->chunks[chunk].event[0].time_ns);
        take_all(q, chunk);
        bottom_sort(q, INSERTION_DEALT_MAX);
    } else {
        set_base(q, earliest(q, chunk));
        distribute(q, chunk);
        bottom_sort(q, INSERTION_ANY_MAX);
    }
    ASSERT(q->bottom_count > 0);
    ASSERT(q->bottom_count <= q->count);
    return true;
}
