/* test_sim_conformance.c - the simulator passes the conformance suite: on a plain link, on one with
 * a random latency and narrow NICs, and with two events per message. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"
#include "tests/lib/conformance.h"

#define TICK_NS UINT64_C(10000000)

struct world {
    struct model *model;
    struct faults *faults;
    struct sim *sim;
};

/* The suite's faults as a script: a cut lasts until the heal of the same pair. */
static struct faults *script(const struct conformance_setup *setup)
{
    char text[1024] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < setup->fault_count; i++) {
        const struct conformance_fault *f = &setup->faults[i];
        if (f->what == CONFORMANCE_HEAL) continue;
        used += (size_t)snprintf(text + used, sizeof text - used, "at %lluns ",
                                 (unsigned long long)f->at_ns);
        if (f->what == CONFORMANCE_KILL) {
            used += (size_t)snprintf(text + used, sizeof text - used, "crash n%u\n", f->a);
            continue;
        }
        uint64_t end_ns = f->at_ns;
        for (uint32_t j = i; j < setup->fault_count; j++)
            if (setup->faults[j].what == CONFORMANCE_HEAL && setup->faults[j].a == f->a &&
                setup->faults[j].b == f->b)
                end_ns = setup->faults[j].at_ns;
        used += (size_t)snprintf(text + used, sizeof text - used, "cut n%u n%u for %lluns\n", f->a,
                                 f->b, (unsigned long long)(end_ns - f->at_ns));
    }
    struct error e;
    struct faults *faults = faults_parse(text, "script", &e);
    ck_assert_msg(faults != NULL, "%s", e.text);
    return faults;
}

static void *create(const struct conformance_setup *setup, const char *model, bool two_events)
{
    struct error e;
    struct world *w = malloc(sizeof *w);
    ck_assert(w != NULL);
    w->model = model_parse(model, "model", &e);
    ck_assert_msg(w->model != NULL, "%s", e.text);
    w->faults = script(setup);
    w->sim = sim_create(&(struct sim_config){
        .seed = setup->seed, .model = w->model, .faults = w->faults, .two_events = two_events});
    for (uint32_t i = 0; i < setup->count; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%u", i);
        sim_add_node(w->sim, &(struct sim_node_config){.ops = setup->ops,
                                                       .state = setup->states[i],
                                                       .name = name,
                                                       .number = i,
                                                       .disk = i == 0 ? setup->storage : NULL});
    }
    int started = sim_start(w->sim, &e);
    ck_assert_msg(started == 0, "%s", e.text);
    return w;
}

#define COMMON "connection.timeout = 200ms\nrdma.timeout = 20ms\n"

static void *create_plain(const struct conformance_setup *setup)
{
    return create(setup, COMMON "link.latency = constant 50us\n", false);
}

static const char narrow[] = COMMON "link.latency = exponential 20us mean 30us\n"
                                    "link.bandwidth = 10Gbps\nlink.overhead = 60B\n"
                                    "cpu.receive = 500ns\ncpu.send = 300ns\ncpu.cores = 3\n"
                                    "rdma.write = exponential 1us mean 2us\nrdma.issue = 200ns\n";

/* Its times are those of the worlds with narrow links, too. */
static const struct model_disk device = {.bits_per_second = 1000000000};

static void *storage_create(void)
{
    return disk_create(&device, true);
}

static void storage_destroy(void *storage)
{
    disk_destroy(storage);
}

static void *create_narrow(const struct conformance_setup *setup)
{
    return create(setup, narrow, false);
}

static void *create_two_events(const struct conformance_setup *setup)
{
    return create(setup, narrow, true);
}

static void *create_racks(const struct conformance_setup *setup)
{
    return create(setup,
                  COMMON "link.latency = exponential 20us mean 30us\n"
                         "link.bandwidth = 10Gbps\nlink.overhead = 60B\n"
                         "topology = racks 2\nrack.latency = exponential 30us mean 30us\n"
                         "uplink.bandwidth = 10Gbps\n",
                  false);
}

static void run(void *world, bool (*done)(void *context), void *context, uint64_t limit_ns)
{
    struct world *w = world;
    while (!done(context) && sim_now(w->sim) <= limit_ns && sim_step(w->sim)) continue;
}

static uint64_t destroy(void *world)
{
    struct world *w = world;
    uint64_t malformed = sim_stats(w->sim)->malformed;
    sim_destroy(w->sim);
    faults_destroy(w->faults);
    model_close(w->model);
    free(w);
    return malformed;
}

#define SIMULATOR(its_name, its_create)                                                           \
    {                                                                                             \
        .name = (its_name), .tick_ns = TICK_NS, .peer_limit_ns = 50 * TICK_NS, .modelled = true,  \
        .one_sided = true, .kills = true, .cuts = true, .create = (its_create), .run = run,       \
        .destroy = destroy, .storage_create = storage_create, .storage_destroy = storage_destroy, \
    }

int main(void)
{
    static const struct conformance_transport plain = SIMULATOR("plain", create_plain);
    static const struct conformance_transport narrow_links = SIMULATOR("narrow", create_narrow);
    static const struct conformance_transport two = SIMULATOR("two events", create_two_events);
    static const struct conformance_transport racks = SIMULATOR("racks", create_racks);
    static const struct conformance_transport *const all[] = {&plain, &narrow_links, &two, &racks};
    Suite *suite = suite_create("sim conformance");
    conformance_add(suite, all, sizeof all / sizeof *all);
    return test_main(suite);
}
