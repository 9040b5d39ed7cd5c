/* timers.c - the heap of timers.h. */
#include "rdma/wire/timers.h"

#include <string.h>

#include "base/assert.h"
#include "base/memory.h"

void timers_finish(struct timers *t)
{
    free(t->heap);
    free(t->place);
}

void timers_grow(struct timers *t, uint32_t ids)
{
    ASSERT(ids >= t->ids);
    t->heap = reallocate(t->heap, ids * sizeof *t->heap);
    t->place = reallocate(t->place, ids * sizeof *t->place);
    memset(t->place + t->ids, 0, (ids - t->ids) * sizeof *t->place);
    t->ids = ids;
}

static bool before(const struct timer *a, const struct timer *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

static void put(struct timers *t, uint32_t at, struct timer timer)
{
    t->heap[at] = timer;
    t->place[timer.id] = at + 1;
}

/* The place `at` is free: sifts `timer` up or down from there. */
static void settle(struct timers *t, uint32_t at, struct timer timer)
{
    while (at > 0 && before(&timer, &t->heap[(at - 1) / 2])) {
        put(t, at, t->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    for (uint32_t child = 2 * at + 1; child < t->count; child = 2 * at + 1) {
        if (child + 1 < t->count && before(&t->heap[child + 1], &t->heap[child])) child++;
        if (!before(&t->heap[child], &timer)) break;
        put(t, at, t->heap[child]);
        at = child;
    }
    put(t, at, timer);
}

void timers_set(struct timers *t, uint32_t id, uint64_t due_ns)
{
    ASSERT(id < t->ids);
    uint32_t at = t->place[id] ? t->place[id] - 1 : t->count++;
    settle(t, at, (struct timer){due_ns, ++t->order, id});
}

void timers_cancel(struct timers *t, uint32_t id)
{
    ASSERT(id < t->ids);
    if (t->place[id] == 0) return;
    uint32_t at = t->place[id] - 1;
    t->place[id] = 0;
    struct timer last = t->heap[--t->count];
    if (at < t->count) settle(t, at, last);
}

uint64_t timers_next_ns(const struct timers *t)
{
    return t->count ? t->heap[0].due_ns : TIMERS_NEVER;
}

bool timers_take(struct timers *t, uint64_t now_ns, uint32_t *id)
{
    if (t->count == 0 || t->heap[0].due_ns > now_ns) return false;
    *id = t->heap[0].id;
    timers_cancel(t, *id);
    return true;
}
