/* timers.h - the timers of all nodes of a host, by the time they are due: an indexed heap. */
#ifndef AVIARY_RDMA_WIRE_TIMERS_H
#define AVIARY_RDMA_WIRE_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#define TIMERS_NEVER UINT64_MAX

struct timer {
    uint64_t due_ns;
    uint64_t order; /* of being set: decides between equal times */
    uint32_t id;
};

/* Zeroed: no timers. */
struct timers {
    struct timer *heap;
    uint32_t *place; /* of each id: 1 + its index in the heap; 0: not set */
    uint32_t count, ids;
    uint64_t order;
};

void timers_finish(struct timers *t);
/* From now on there are timers 0 .. ids-1. */
void timers_grow(struct timers *t, uint32_t ids);

/* Setting a timer that is set moves it; cancelling one that is not does nothing. */
void timers_set(struct timers *t, uint32_t id, uint64_t due_ns);
void timers_cancel(struct timers *t, uint32_t id);

/* When the next one is due, or TIMERS_NEVER. */
uint64_t timers_next_ns(const struct timers *t);
/* Takes the next one, which is not set any more, if it is due. */
bool timers_take(struct timers *t, uint64_t now_ns, uint32_t *id);

#endif
