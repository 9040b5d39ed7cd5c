/* turns.c - threads that do nothing but look at the clock and give way, as spinning members do
 * (turns.h). */
#define _GNU_SOURCE /* pthread_setaffinity_np */
#include "rdma/turns.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "rdma/clock.h"

enum { THREADS = 3 };

struct turns {
    uint64_t until_ns;
    _Atomic uint64_t taken;
    _Atomic uint64_t cpu_ns;
};

static uint64_t cpu_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static void *take_turns(void *context)
{
    struct turns *g = context;
    uint64_t taken = 0, began_ns = cpu_now();
    for (; clock_now() < g->until_ns; taken++) sched_yield();
    atomic_fetch_add(&g->cpu_ns, cpu_now() - began_ns);
    atomic_fetch_add(&g->taken, taken);
    return NULL;
}

/* Processor time, not the clock's: what others do on this machine is not counted. */
double turns_measure(uint64_t duration_ns)
{
    struct turns g = {.until_ns = clock_now() + duration_ns};
    pthread_t thread[THREADS];
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    for (int i = 0; i < THREADS; i++) {
        int failed = pthread_create(&thread[i], NULL, take_turns, &g);
        assert(!failed);
        (void)failed;
        pthread_setaffinity_np(thread[i], sizeof first, &first);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
    uint64_t taken = atomic_load(&g.taken);
    return taken ? (double)atomic_load(&g.cpu_ns) / (double)taken : 0;
}
