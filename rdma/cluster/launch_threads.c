/* launch_threads.c - members as threads of this process, over shared memory (launch.h). */
#include "config.h"

#include <pthread.h>
#include <stdio.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "rdma/cluster/launch.h"
#include "rdma/cluster/member.h"
#include "rdma/wire/loop.h"

enum { RING_BYTES = 1 << 20 };

struct thread {
    pthread_t thread;
    struct member_setup member;
};

struct launch {
    const struct launch_setup *setup;
    struct loop *loop;
    struct thread *threads;
};

static void *live(void *context)
{
    member_run(context);
    return NULL;
}

static struct launch *start(const struct launch_setup *setup, struct error *e)
{
    (void)e;
    uint32_t count = setup->members->count;
    struct launch *l = allocate_zeroed(1, sizeof(*l));
    l->setup = setup;
    l->loop = loop_create(count, setup->members->nodes,
                          setup->ring_bytes ? setup->ring_bytes : RING_BYTES);
    l->threads = allocate_zeroed(count, sizeof(*l->threads));
    for (uint32_t i = 0; i < count; i++) {
        struct launched *launched = &setup->launched[i];
        l->threads[i].member = (struct member_setup){
            .scenario = setup->scenario,
            .members = setup->members,
            .self = i,
            .wire = loop_wire(l->loop, i),
            .block = launched->block,
            .journal = launched->journal,
        };
        int failed = pthread_create(&l->threads[i].thread, NULL, live, &l->threads[i].member);
        ASSERT(!failed);
        launched->present = true;
    }
    return l;
}

static void attend(struct launch *l, uint64_t wait_ns)
{
    clock_sleep(wait_ns);
    for (uint32_t i = 0; i < l->setup->members->count; i++) {
        struct launched *launched = &l->setup->launched[i];
        uint32_t state = atomic_load(&launched->block->report.state);
        if (launched->ended || state < MEMBER_STOPPED) continue;
        pthread_join(l->threads[i].thread, NULL);
        launched->ended = true;
        launched->ended_ns = clock_now();
    }
}

/* Its connections break first, so that no message of its shutdown gets through. */
static void crash(struct launch *l, uint32_t member)
{
    struct launched *launched = &l->setup->launched[member];
    if (launched->ended) return;
    loop_kill(l->loop, member);
    launched->ended_ns = clock_now();
    atomic_store(&launched->block->orders.order, ORDER_STOP);
    pthread_join(l->threads[member].thread, NULL);
    launched->ended = true;
    snprintf(launched->how, sizeof(launched->how), "as told");
}

static void destroy(struct launch *l)
{
    for (uint32_t i = 0; i < l->setup->members->count; i++)
        atomic_store(&l->setup->launched[i].block->orders.order, ORDER_STOP);
    for (uint32_t i = 0; i < l->setup->members->count; i++)
        if (!l->setup->launched[i].ended) pthread_join(l->threads[i].thread, NULL);
    loop_destroy(l->loop);
    free(l->threads);
    free(l);
}

const struct launch_ops launch_threads = {start, attend, crash, destroy};
