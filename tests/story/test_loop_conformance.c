/* test_loop_conformance.c - the loop transport passes the conformance suite: each node a thread of
 * its own, and several nodes in each of two threads. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "rdma/wire/host.h"
#include "rdma/wire/loop.h"
#include "tests/lib/conformance.h"
#include "tests/lib/log_files.h"
#include "tests/lib/probe.h"

#define TICK_NS UINT64_C(20000000)
#define PEER_LIMIT_NS UINT64_C(1000000000)

enum { RING_BYTES = 1 << 20 };

struct world;

struct member {
    struct world *world;
    struct host *host;
    pthread_t thread;
};

struct world {
    struct members members;
    uint32_t of_node[PROBES_MAX];
    struct member member[PROBES_MAX];
    struct loop *loop;
    struct log_file *log; /* of node 0; NULL: none */
    uint64_t epoch_ns;
    atomic_bool stop;
    const struct conformance_fault *faults; /* still to come */
    uint32_t fault_count;
};

static bool continues(void *world)
{
    return !atomic_load(&((struct world *)world)->stop);
}

static void *run_member(void *argument)
{
    struct member *m = argument;
    host_run(m->host, TICK_NS, continues, m->world);
    return NULL;
}

static void add_nodes(struct world *w, const struct conformance_setup *setup)
{
    for (uint32_t i = 0; i < setup->count; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%u", i);
        host_add_node(w->member[w->of_node[i]].host,
                      &(struct host_node){.node = i,
                                          .name = name,
                                          .ops = setup->ops,
                                          .state = setup->states[i],
                                          .log = i == 0 ? w->log : NULL});
    }
}

/* Node i belongs to member i modulo `members`. */
static void *create(const struct conformance_setup *setup, uint32_t members)
{
    struct world *w = calloc(1, sizeof *w);
    ck_assert(w != NULL);
    w->members = (struct members){members, setup->count, w->of_node};
    for (uint32_t i = 0; i < setup->count; i++) w->of_node[i] = i % members;
    w->loop = loop_create(members, setup->count, RING_BYTES);
    w->epoch_ns = clock_now();
    w->faults = setup->faults;
    w->fault_count = setup->fault_count;
    for (uint32_t i = 0; i < members; i++) {
        w->member[i].world = w;
        w->member[i].host = host_create(&(struct host_setup){.seed = setup->seed,
                                                             .members = &w->members,
                                                             .self = i,
                                                             .wire = loop_wire(w->loop, i),
                                                             .epoch_ns = w->epoch_ns});
    }
    w->log = log_files_open(setup->storage);
    add_nodes(w, setup);
    for (uint32_t i = 0; i < members; i++)
        ck_assert_int_eq(pthread_create(&w->member[i].thread, NULL, run_member, &w->member[i]), 0);
    return w;
}

static void *create_alone(const struct conformance_setup *setup)
{
    return create(setup, setup->count);
}

static void *create_together(const struct conformance_setup *setup)
{
    return create(setup, setup->count < 2 ? setup->count : 2);
}

static void apply(struct world *w, const struct conformance_fault *f)
{
    switch (f->what) {
    case CONFORMANCE_KILL:
        loop_kill(w->loop, f->a);
        break;
    case CONFORMANCE_CUT:
        loop_cut(w->loop, f->a, f->b);
        break;
    case CONFORMANCE_HEAL:
        loop_heal(w->loop, f->a, f->b);
        break;
    }
}

static void run(void *world, bool (*done)(void *context), void *context, uint64_t limit_ns)
{
    struct world *w = world;
    while (!done(context) && clock_now() - w->epoch_ns <= limit_ns) {
        for (; w->fault_count && clock_now() - w->epoch_ns >= w->faults->at_ns; w->faults++) {
            apply(w, w->faults);
            w->fault_count--;
        }
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL); /* between two polls */
    }
}

static uint64_t destroy(void *world)
{
    struct world *w = world;
    uint64_t malformed = 0;
    atomic_store(&w->stop, true);
    for (uint32_t i = 0; i < w->members.count; i++) host_wake(w->member[i].host);
    for (uint32_t i = 0; i < w->members.count; i++) pthread_join(w->member[i].thread, NULL);
    for (uint32_t i = 0; i < w->members.count; i++) {
        malformed += host_stats(w->member[i].host)->malformed;
        host_destroy(w->member[i].host);
    }
    log_file_close(w->log);
    loop_destroy(w->loop);
    free(w);
    return malformed;
}

int main(void)
{
    static const struct conformance_transport alone = {.name = "loop, a thread for each node",
                                                       .tick_ns = TICK_NS,
                                                       .peer_limit_ns = PEER_LIMIT_NS,
                                                       .one_sided = true,
                                                       .kills = true,
                                                       .cuts = true,
                                                       .create = create_alone,
                                                       .run = run,
                                                       .destroy = destroy,
                                                       .storage_create = log_files_create,
                                                       .storage_destroy = log_files_destroy};
    static const struct conformance_transport together = {.name = "loop, two threads",
                                                          .tick_ns = TICK_NS,
                                                          .peer_limit_ns = PEER_LIMIT_NS,
                                                          .one_sided = true,
                                                          .create = create_together,
                                                          .run = run,
                                                          .destroy = destroy,
                                                          .storage_create = log_files_create,
                                                          .storage_destroy = log_files_destroy};
    static const struct conformance_transport *const all[] = {&alone, &together};
    Suite *suite = suite_create("loop conformance");
    conformance_add(suite, all, sizeof all / sizeof *all);
    return test_main(suite);
}
