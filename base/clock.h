/* clock.h - the machine's monotonic clock, and processor time, in nanoseconds. */
#ifndef AVIARY_BASE_CLOCK_H
#define AVIARY_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

/* Processor time of this thread. */
static inline uint64_t clock_thread(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

/* Less if a signal comes. */
static inline void clock_sleep(uint64_t ns)
{
    nanosleep(
        &(struct timespec){(time_t)(ns / UINT64_C(1000000000)), (long)(ns % UINT64_C(1000000000))},
        NULL);
}

#endif
