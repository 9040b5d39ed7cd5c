/* backlog.c - a ring and a heap (backlog.h).
 *
 * A command's key in the heap may be too early: it is corrected at the top, so that ending a flight
 * costs nothing. */
#include "proto/client/backlog.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"
#include "proto/client/proxy.h"

enum { CAPACITY_FEW = 4 }; /* minimum capacity */

static void resize(struct backlog *b, uint32_t capacity)
{
    ASSERT(capacity >= b->count);
    b->capacity = capacity;
    b->heap = reallocate(b->heap, capacity * sizeof(struct outstanding *));
}

static bool before(const struct outstanding *a, const struct outstanding *b)
{
    return a->retry_ns != b->retry_ns ? a->retry_ns < b->retry_ns : a->node.seq < b->node.seq;
}

static void put(struct backlog *b, uint32_t at, struct outstanding *o)
{
    b->heap[at] = o;
    o->heap_at = at;
}

static void sift_up(struct backlog *b, struct outstanding *o)
{
    uint32_t at = o->heap_at;
    for (; at > 0 && before(o, b->heap[(at - 1) / 2]); at = (at - 1) / 2)
        put(b, at, b->heap[(at - 1) / 2]);
    put(b, at, o);
}

static void sift_down(struct backlog *b, struct outstanding *o)
{
    uint32_t at = o->heap_at;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= b->count) break;
        if (child + 1 < b->count && before(b->heap[child + 1], b->heap[child])) child++;
        if (before(o, b->heap[child])) break;
        put(b, at, b->heap[child]);
        at = child;
    }
    put(b, at, o);
}

void backlog_finish(struct backlog *b)
{
    seqring_finish(&b->by_seq);
    free(b->heap);
}

void backlog_add(struct backlog *b, struct outstanding *o)
{
    ASSERT(b->count == 0 || o->node.seq > b->oldest);
    ASSERT(b->count == b->by_seq.count);
    if (b->count == 0) b->oldest = o->node.seq;
    if (b->count == b->capacity) resize(b, b->capacity ? 2 * b->capacity : CAPACITY_FEW);
    seqring_add(&b->by_seq, &o->node);
    o->retry_ns = UINT64_MAX;
    put(b, b->count++, o);
}

void backlog_remove(struct backlog *b, struct outstanding *o)
{
    ASSERT(b->heap[o->heap_at] == o);
    ASSERT(o->node.seq >= b->oldest);
    seqring_remove(&b->by_seq, &o->node);
    struct outstanding *last = b->heap[--b->count];
    ASSERT(b->count == b->by_seq.count);
    if (last != o) {
        last->heap_at = o->heap_at;
        sift_up(b, last);
        sift_down(b, last);
    }
    if (b->capacity > CAPACITY_FEW && b->count < b->capacity / 4) resize(b, b->capacity / 2);
    while (b->count && !backlog_find(b, b->oldest)) b->oldest++;
}

struct outstanding *backlog_find(const struct backlog *b, uint64_t seq)
{
    return (struct outstanding *)seqring_find(&b->by_seq, seq);
}

void backlog_expect(struct backlog *b, struct outstanding *o, uint64_t retry_ns)
{
    ASSERT(b->heap[o->heap_at] == o);
    if (retry_ns >= o->retry_ns) return;
    o->retry_ns = retry_ns;
    sift_up(b, o);
}

static uint64_t earliest(const struct outstanding *o)
{
    uint64_t earliest_ns = UINT64_MAX;
    for (uint32_t i = 0; i < o->flight_count; i++)
        if (o->flights[i].retry_ns < earliest_ns) earliest_ns = o->flights[i].retry_ns;
    return earliest_ns;
}

struct outstanding *backlog_first(struct backlog *b, uint64_t *retry_ns)
{
    while (b->count && b->heap[0]->retry_ns != UINT64_MAX) {
        struct outstanding *first = b->heap[0];
        *retry_ns = earliest(first);
        ASSERT(*retry_ns >= first->retry_ns); /* a place in the heap is never too late */
        if (*retry_ns == first->retry_ns) return first;
        first->retry_ns = *retry_ns;
        sift_down(b, first);
    }
    return NULL;
}
