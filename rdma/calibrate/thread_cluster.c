/* thread_cluster.c - a few members as threads (thread_cluster.h). */
#define _GNU_SOURCE /* pthread_setaffinity_np */
#include "rdma/calibrate/thread_cluster.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"

/* Interval at which the controlling thread polls for the end; then it wakes the members. */
#define TICK_NS UINT64_C(1000000000)
#define LOOK_NS UINT64_C(5000000)
#define BEGIN_NS UINT64_C(5000000000)

struct member {
    struct thread_cluster *cluster;
    struct host *host;
    pthread_t thread;
};

struct thread_cluster {
    const struct members *members;
    struct fabric *fabric;
    struct member *member;
    atomic_bool stop;
    bool gathered;
};

struct thread_cluster *thread_cluster_create(const struct fabric_kind *kind,
                                             const struct members *members, struct error *e)
{
    struct fabric *fabric = fabric_create(kind, members, e);
    if (!fabric) return NULL;
    struct thread_cluster *c = allocate_zeroed(1, sizeof *c);
    c->members = members;
    c->fabric = fabric;
    c->member = allocate_zeroed(members->count, sizeof *c->member);
    uint64_t epoch_ns = clock_now();
    for (uint32_t i = 0; i < members->count; i++) {
        c->member[i].cluster = c;
        c->member[i].host = host_create(&(struct host_setup){.seed = 1,
                                                             .members = members,
                                                             .self = i,
                                                             .wire = &fabric_wire(fabric, i)->wire,
                                                             .epoch_ns = epoch_ns});
    }
    return c;
}

void thread_cluster_add_node(struct thread_cluster *c, uint32_t node, const struct node_ops *ops,
                             void *state)
{
    char name[16];
    snprintf(name, sizeof name, "n%u", node);
    host_add_node(c->member[c->members->of_node[node]].host,
                  &(struct host_node){.node = node, .name = name, .ops = ops, .state = state});
}

static bool tick(void *context)
{
    const struct member *m = context;
    return !atomic_load(&m->cluster->stop);
}

/* The wire is closed by its own thread, whose time its meter counts. */
static void *live(void *argument)
{
    struct member *m = argument;
    host_run(m->host, TICK_NS, tick, m);
    host_destroy(m->host);
    return NULL;
}

/* Members on cores in turn; where that is not allowed, they are where the system puts them. */
static void pin(pthread_t thread, uint32_t member)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(member % (cores > 0 ? (size_t)cores : 1), &set);
    pthread_setaffinity_np(thread, sizeof set, &set);
}

void thread_cluster_gather(struct thread_cluster *c)
{
    c->gathered = true;
}

void thread_cluster_run(struct thread_cluster *c, const atomic_bool *begun, const atomic_bool *done,
                        uint64_t most_ns)
{
    for (uint32_t i = 0; i < c->members->count; i++) {
        int failed = pthread_create(&c->member[i].thread, NULL, live, &c->member[i]);
        ASSERT(!failed);
        pin(c->member[i].thread, c->gathered ? 0 : i);
    }
    uint64_t until_ns = clock_now() + BEGIN_NS;
    while (!atomic_load(begun) && clock_now() < until_ns) clock_sleep(LOOK_NS);
    until_ns = clock_now() + most_ns;
    while (!atomic_load(done) && clock_now() < until_ns) clock_sleep(LOOK_NS);
    atomic_store(&c->stop, true);
    for (uint32_t i = 0; i < c->members->count; i++) host_wake(c->member[i].host);
    for (uint32_t i = 0; i < c->members->count; i++) pthread_join(c->member[i].thread, NULL);
}

const struct metered *thread_cluster_meter(const struct thread_cluster *c, uint32_t member)
{
    return fabric_wire(c->fabric, member);
}

void thread_cluster_destroy(struct thread_cluster *c)
{
    if (!c) return;
    fabric_destroy(c->fabric);
    free(c->member);
    free(c);
}
