/* world.c - see world.h. */
#include "tests/lib/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/harness.h"
#include "tests/lib/marks.h"

const char world_steps_model[] = "link.latency = constant 1ms\n"
                                 "link.bandwidth = 0\n"
                                 "link.overhead = 0B\n"
                                 "cpu.receive = 0ns\n"
                                 "cpu.send = 0ns\n"
                                 "cpu.per_kib = 0ns\n"
                                 "client.receive = 0ns\n"
                                 "client.send = 0ns\n"
                                 "client.per_kib = 0ns\n"
                                 "disk.sync = constant 3ms\n"
                                 "heartbeat = 20ms\n"
                                 "timeout.leader = 100ms\n"
                                 "timeout.retry = 200ms\n";

const char world_lan_model[] = "link.latency = exponential 40us mean 10us\n"
                               "link.bandwidth = 1Gbps\n"
                               "link.overhead = 66B\n"
                               "cpu.receive = 2us\n"
                               "cpu.send = 1us\n"
                               "disk.append = 1us\n"
                               "disk.sync = exponential 50us mean 200us\n"
                               "disk.bandwidth = 1Gbps\n"
                               "heartbeat = 2ms\n"
                               "timeout.leader = 10ms\n"
                               "timeout.retry = 5ms\n";

const char world_rdma_model[] = "link.latency = exponential 2us mean 300ns\n"
                                "link.bandwidth = 10Gbps\n"
                                "link.overhead = 60B\n"
                                "cpu.receive = 600ns\n"
                                "cpu.send = 600ns\n"
                                "disk.append = 200ns\n"
                                "disk.sync = exponential 10us mean 20us\n"
                                "heartbeat = 100us\n"
                                "timeout.leader = 500us\n"
                                "timeout.retry = 1ms\n";

static void must(bool ok, const struct error *e)
{
    if (ok) return;
    fprintf(stderr, "world: %s\n", e->text);
    abort();
}

static void make_faults(struct world *w, const struct topology *topology)
{
    struct error e;
    if (w->setup.faults) {
        w->faults = faults_parse(w->setup.faults, "test", &e);
        must(w->faults, &e);
    } else if (w->setup.swarm) {
        char **names = nodes_names(topology);
        w->faults = faults_swarm(&(struct faults_swarm){
            .seed = w->setup.seed,
            .topology = topology,
            .names = (const char *const *)names,
            .horizon_ns = w->setup.horizon_ns,
            .scale_ns = w->model->timing.leader_timeout_ns,
        });
        nodes_names_free(names, topology);
        w->horizon_ns = w->setup.horizon_ns;
    }
}

struct scheme_options world_options(const char *scheme)
{
    return (struct scheme_options){.target = scheme_find(scheme)->target,
                                   .location_cache = CACHE_WARM,
                                   .retries = 3,
                                   .returns = true,
                                   .planning = partitioner_find("metis"),
                                   .plan_keeps_permille = 500,
                                   .imbalance_permille = 200};
}

/* 64 bytes each. */
static void make_variables(struct world *w)
{
    uint32_t born = w->setup.variables ? w->setup.variables : 64;
    uint32_t count = born + w->setup.unborn;
    w->bytes = calloc(count, sizeof(*w->bytes));
    w->granule = calloc(count, sizeof(*w->granule));
    w->place = calloc(count, sizeof(*w->place));
    w->home = calloc(count, sizeof(*w->home));
    for (uint32_t v = 0; v < count; v++) {
        w->bytes[v] = 64;
        w->granule[v] = w->setup.granules ? v % w->setup.granules : v;
        w->home[v] = (uint16_t)(v % w->setup.groups);
        w->place[v] = v < born ? w->home[v] : PLACE_NONE;
    }
    w->variables = (struct variables){.count = count,
                                      .bytes = w->bytes,
                                      .granule = w->granule,
                                      .place = w->place,
                                      .home = w->home};
}

struct recorder *world_recorder(const struct world *w, const struct topology *topology)
{
    const struct scheme *scheme = scheme_find(w->setup.scheme);
    return recorder_create(&(struct recorder_options){
        .topology = *topology,
        .catalogue = &w->catalogue,
        .check = true,
        .check_history = true,
        .interval_ns = 100000000,
        .variables = scheme->oracle ? &w->variables : NULL,
        .application = &digest_application,
        .attempts = scheme_attempts(scheme, &w->options, w->setup.unborn > 0),
        .moves_lazily = w->options.lazy,
    });
}

void world_begin(struct world *w, const struct world_setup *setup)
{
    struct error e;
    memset(w, 0, sizeof(*w));
    w->setup = *setup;
    w->model = model_parse(setup->model, "test", &e);
    must(w->model, &e);
    bool oracle = scheme_find(setup->scheme)->oracle != NULL;
    struct topology topology = {setup->groups + oracle, setup->replicas, setup->clients, oracle};
    make_variables(w);
    w->options = setup->options ? *setup->options : world_options(setup->scheme);
    make_faults(w, &topology);
    w->catalogue = (struct catalogue){.variables = names_create(), .kinds = names_create()};
    names_intern(w->catalogue.kinds, "test", 4);
    w->recorder = world_recorder(w, &topology);
    int status = sim_cluster_create(
        &w->cluster,
        &(struct sim_cluster_setup){
            .nodes = {.topology = topology,
                      .timing = w->model->timing,
                      .scheme = scheme_find(setup->scheme),
                      .multicast = setup->multicast ? setup->multicast : multicast_find("basecast"),
                      .window = setup->window ? setup->window : 8,
                      .outstanding = setup->outstanding,
                      .plant = setup->plant,
                      .source = setup->source,
                      .variables = &w->variables,
                      .options = &w->options},
            .observer = setup->observer ? setup->observer : recorder_observer(w->recorder),
            .model = w->model,
            .faults = w->faults,
            .seed = setup->seed,
            .durable = setup->durable,
            .decorate = setup->decorate,
            .context = setup->context,
        },
        &e);
    must(status == 0, &e);
}

bool world_exhausted(const struct world *w)
{
    return w->setup.events_max && sim_stats(w->cluster.sim)->events >= w->setup.events_max;
}

bool world_run(struct world *w, uint64_t limit_ns)
{
    uint64_t step_ns = 4 * w->model->timing.heartbeat_ns;
    /* A replica may have crashed after a delivery that the others receive from the next leader
     * only. */
    uint64_t settled_ns =
        w->horizon_ns ? w->horizon_ns + 10 * w->model->timing.leader_timeout_ns : 0;
    const struct agreement agreement = sim_cluster_agreement(&w->cluster);
    uint64_t executed = UINT64_MAX;
    if (w->setup.events_max) sim_limit(w->cluster.sim, w->setup.events_max);
    while (sim_now(w->cluster.sim) < limit_ns && !world_exhausted(w)) {
        sim_run(w->cluster.sim, sim_now(w->cluster.sim) + step_ns, NULL);
        uint64_t before = executed;
        executed = agreement_executed(&agreement);
        if (sim_now(w->cluster.sim) > settled_ns && executed == before &&
            sim_cluster_clients_done(&w->cluster) && agreement_reached(&agreement))
            return true;
    }
    return false;
}

void world_report_crashes(const struct world *w, struct recorder *r)
{
    for (uint32_t node = 0; node < sim_node_count(w->cluster.sim); node++)
        if (sim_crash_ns(w->cluster.sim, node) <= sim_now(w->cluster.sim))
            recorder_crashed(r, node);
}

const struct property *world_check(struct world *w)
{
    const struct agreement agreement = sim_cluster_agreement(&w->cluster);
    uint64_t now = sim_now(w->cluster.sim);
    world_report_crashes(w, w->recorder);
    if (agreement_reached(&agreement)) sim_cluster_report_owners(&w->cluster, w->recorder);
    struct recorder_end end = {
        .window_end_ns = now, .drained = true, .links = sim_cluster_links(&w->cluster)};
    recorder_finish(w->recorder, &end, &w->result);
    for (uint32_t i = 0; i < w->result.property_count; i++)
        if (w->result.properties[i].result != RESULT_OK) return &w->result.properties[i];
    return NULL;
}

void world_run_well(struct world *w, uint64_t limit_ns, uint64_t commands)
{
    ck_assert(world_run(w, limit_ns));
    const struct property *failed = world_check(w);
    ck_assert_msg(!failed, "%s: %s", failed ? failed->name : "", failed ? failed->reason : "");
    ck_assert_uint_eq(w->result.commands, commands);
}

void world_end(struct world *w)
{
    marks_add(sim_stats(w->cluster.sim)->marks);
    sim_cluster_destroy(&w->cluster);
    recorder_destroy(w->recorder);
    names_destroy(w->catalogue.variables);
    names_destroy(w->catalogue.kinds);
    faults_destroy(w->faults);
    model_close(w->model);
    free(w->bytes);
    free(w->granule);
    free(w->place);
    free(w->home);
}
