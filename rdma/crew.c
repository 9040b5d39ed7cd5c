/* crew.c - members as metered threads (crew.h). */
#include "rdma/crew.h"

#include <assert.h>
#include <pthread.h>
#include <time.h>

#include "proto/memory.h"
#include "rdma/loop.h"
#include "rdma/metered.h"

enum { RING_BYTES = 1 << 20 };

#define TICK_NS UINT64_C(1000000000) /* members are woken when there is something to tell */

enum phase { PHASE_BEFORE, PHASE_WINDOW, PHASE_AFTER, PHASE_STOP };

struct member {
    struct crew *crew;
    uint32_t number;
    struct metered meter;
    struct host *host;
    pthread_t thread;
    enum phase seen;
    struct crew_usage usage;
};

struct crew {
    struct crew_setup setup;
    struct loop *loop;
    struct member *member;
    atomic_int phase;
};

static uint64_t clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

struct crew *crew_create(const struct crew_setup *setup, struct error *e)
{
    (void)e;
    struct crew *c = allocate_zeroed(1, sizeof *c);
    c->setup = *setup;
    uint32_t count = setup->members.count;
    c->member = allocate_zeroed(count, sizeof *c->member);
    c->loop = loop_create(count, RING_BYTES);
    uint64_t epoch_ns = clock_ns();
    for (uint32_t i = 0; i < count; i++) {
        struct member *m = &c->member[i];
        m->crew = c;
        m->number = i;
        metered_init(&m->meter, loop_wire(c->loop, i));
        m->host = host_create(&(struct host_setup){.seed = 1,
                                                   .members = &c->setup.members,
                                                   .self = i,
                                                   .wire = &m->meter.wire,
                                                   .epoch_ns = epoch_ns});
    }
    return c;
}

void crew_add_node(struct crew *c, const struct host_node *node)
{
    host_add_node(c->member[c->setup.members.of_node[node->node]].host, node);
}

/* Adds what the member has used so far, `sign` times. */
static void count_usage(struct member *m, int64_t sign)
{
    struct crew_usage *u = &m->usage;
    const struct members *members = &m->crew->setup.members;
    u->wall_ns += (uint64_t)sign * clock_ns();
    u->cpu_ns += (uint64_t)sign * (metered_cpu_ns() - m->meter.wait_cpu_ns);
    u->waits += (uint64_t)sign * m->meter.waits;
    for (uint32_t i = 0; i < members->nodes; i++) {
        if (members->of_node[i] != m->number) continue;
        struct host_node_stats n = host_node_stats(m->host, i);
        u->messages_in += (uint64_t)sign * n.messages_in;
        u->messages_out += (uint64_t)sign * n.messages_out;
        u->bytes_in += (uint64_t)sign * n.bytes_in;
        u->bytes_out += (uint64_t)sign * n.bytes_out;
    }
}

static bool tick(void *context)
{
    struct member *m = context;
    enum phase phase = (enum phase)atomic_load(&m->crew->phase);
    while (m->seen < phase) {
        m->seen++;
        if (m->seen == PHASE_WINDOW) count_usage(m, -1);
        if (m->seen == PHASE_AFTER) count_usage(m, 1);
    }
    return phase != PHASE_STOP;
}

static void *live(void *argument)
{
    struct member *m = argument;
    host_run(m->host, TICK_NS, tick, m);
    return NULL;
}

void crew_start(struct crew *c)
{
    for (uint32_t i = 0; i < c->setup.members.count; i++) {
        int failed = pthread_create(&c->member[i].thread, NULL, live, &c->member[i]);
        assert(!failed);
        (void)failed;
    }
}

static void enter(struct crew *c, enum phase phase)
{
    atomic_store(&c->phase, (int)phase);
    for (uint32_t i = 0; i < c->setup.members.count; i++) host_wake(c->member[i].host);
}

void crew_open_window(struct crew *c)
{
    enter(c, PHASE_WINDOW);
}

bool crew_window_is_open(const struct crew *c)
{
    return atomic_load_explicit(&c->phase, memory_order_relaxed) == PHASE_WINDOW;
}

void crew_close_window(struct crew *c)
{
    enter(c, PHASE_AFTER);
}

void crew_run(struct crew *c, uint64_t most_ns, const atomic_bool *done)
{
    (void)c;
    uint64_t until_ns = clock_ns() + most_ns;
    for (uint64_t now_ns; (now_ns = clock_ns()) < until_ns && !(done && atomic_load(done));) {
        uint64_t left_ns = until_ns - now_ns, step_ns = 10000000; /* between two looks */
        nanosleep(&(struct timespec){.tv_nsec = (long)(left_ns < step_ns ? left_ns : step_ns)},
                  NULL);
    }
}

void crew_stop(struct crew *c)
{
    enter(c, PHASE_STOP);
    for (uint32_t i = 0; i < c->setup.members.count; i++) pthread_join(c->member[i].thread, NULL);
}

struct crew_usage crew_usage(const struct crew *c, uint32_t member)
{
    return c->member[member].usage;
}

void crew_destroy(struct crew *c)
{
    if (!c) return;
    for (uint32_t i = 0; i < c->setup.members.count; i++) host_destroy(c->member[i].host);
    loop_destroy(c->loop);
    free(c->member);
    free(c);
}
