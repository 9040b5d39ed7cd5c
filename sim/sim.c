/* sim.c - construction, start and results of a simulation. */
#include "sim/sim.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "sim/network.h"

struct sim *sim_create(const struct sim_config *config)
{
    ASSERT(config->model);
    struct sim *s = allocate_zeroed(1, sizeof *s);
    s->seed = config->seed;
    s->events_max = UINT64_MAX;
    s->model = config->model;
    s->faults = config->faults && config->faults->count > 0 ? config->faults : NULL;
    s->limits = config->limits;
    s->two_events = config->two_events;
    s->overhead_bytes = s->model->overhead_bytes;
    s->uplinks = network_create_uplinks(s->model);
    queue_init(&s->queue);
    pool_init(&s->pool);
    return s;
}

static void node_destroy(struct sim_node *n)
{
    while (n->streams) {
        struct sim_stream *stream = n->streams;
        n->streams = stream->next;
        free(stream->purpose);
        free(stream);
    }
    for (uint32_t i = 0; n->regions && i < REGIONS_MAX; i++) free(n->regions[i].writers);
    free(n->regions);
    free(n->pair_ns.value);
    nic_release(&n->out);
    nic_release(&n->in);
    free(n->completed_ns.value);
    free(n->newest.value);
    free(n->fifo.event);
    free(n->name);
    free(n);
}

void sim_destroy(struct sim *s)
{
    if (!s) return;
    outages_destroy(s->outages);
    network_destroy_uplinks(s->uplinks);
    shared_destroy(s->shared);
    for (uint32_t i = 0; i < s->node_count; i++) {
        storage_end(s->node[i]);
        node_destroy(s->node[i]);
    }
    free(s->node);
    free(s->operation);
    pool_finish(&s->pool);
    queue_finish(&s->queue);
    free(s);
}

uint32_t sim_add_node(struct sim *s, const struct sim_node_config *config)
{
    ASSERT(!s->started);
    ASSERT(s->node_count < SIM_NODES_MAX);
    if (s->node_count == s->node_room) {
        s->node_room = s->node_room ? 2 * s->node_room : 64;
        s->node = reallocate(s->node, s->node_room * sizeof *s->node);
    }
    struct sim_node *n = allocate_zeroed(1, sizeof *n);
    uint32_t number = s->node_count++;
    ASSERT(s->node_count <= s->node_room);
    s->node[number] = n;
    n->transport = (struct transport){&sim_transport_ops, number, config->disk != NULL};
    n->sim = s;
    n->ops = config->ops;
    n->state = config->state;
    n->name = allocate_text(config->name);
    n->role = config->role;
    n->cpu = config->role == SIM_CLIENT ? &s->model->client : &s->model->replica;
    n->site = model_site(s->model, n->name, config->number);
    n->ns_per_byte = network_ns_per_byte(model_bandwidth(s->model, n->name));
    n->order = (uint64_t)number << SOURCE_SHIFT;
    n->crash_ns = UINT64_MAX;
    n->two_events = s->two_events;
    n->link = random_named(s->seed, n->name, "sim.link");
    n->fault_random = random_named(s->seed, n->name, "sim.fate");
    n->disk = config->disk;
    n->disk_random = random_named(s->seed, n->name, "sim.disk");
    n->flip_random = random_named(s->seed, n->name, "sim.flips");
    return number;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Equal names would mean equal random streams. */
static void check_names(const struct sim *s)
{
    const char **names = allocate((s->node_count + 1) * sizeof *names);
    for (uint32_t i = 0; i < s->node_count; i++) names[i] = s->node[i]->name;
    qsort(names, s->node_count, sizeof *names, compare_names);
    for (uint32_t i = 1; i < s->node_count; i++) ASSERT(strcmp(names[i - 1], names[i]) != 0);
    free(names);
}

int sim_start(struct sim *s, struct error *e)
{
    ASSERT(!s->started);
    check_names(s);
    if (s->faults && s->node_count > 0) {
        if (outages_create(s, e) < 0) return -1;
        outages_start(s);
    }
    s->started = true;
    for (uint32_t i = 0; i < s->node_count; i++) {
        struct sim_node *n = s->node[i];
        if (n->crash_ns == 0) continue;
        ASSERT(n->transport.self == i);
        n->ops->init(n->state, &n->transport);
        n->stats.cpu_busy_ns += n->local_ns;
        n->core_free_ns[0] = n->ended_ns = n->local_ns;
    }
    if (s->model->host.cores) shared_create(s);
    return 0;
}

uint64_t sim_now(const struct sim *s)
{
    return s->now_ns;
}

uint64_t sim_crash_ns(const struct sim *s, uint32_t node)
{
    ASSERT(s->started);
    ASSERT(node < s->node_count);
    return s->node[node]->crash_ns;
}

uint32_t sim_node_count(const struct sim *s)
{
    return s->node_count;
}

const char *sim_node_name(const struct sim *s, uint32_t node)
{
    ASSERT(node < s->node_count);
    return s->node[node]->name;
}

uint64_t sim_fingerprint(const struct sim *s)
{
    uint64_t hash = hash_mix(s->node_count);
    for (uint32_t i = 0; i < s->node_count; i++) hash = hash_add(hash, s->node[i]->fingerprint);
    return hash;
}

const struct sim_node_stats *sim_node_stats(const struct sim *s, uint32_t node)
{
    ASSERT(node < s->node_count);
    return &s->node[node]->stats;
}

const struct sim_stats *sim_stats(const struct sim *s)
{
    return &s->stats;
}
