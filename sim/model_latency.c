/* model_latency.c - how long a message may take under a model: for time-outs (model.h). */
#include <stdbool.h>

#include "analysis/experiment/nodes.h"
#include "base/assert.h"
#include "sim/model.h"

enum {
    SMALL_MESSAGE_BYTES = 128,
    BATCH_BYTES_MAX = 144 * 1024, /* of a log, on the wire */
    FULL_BATCHES = 2,             /* under load every batch is full: one on its way, one behind */
};

uint32_t model_number(const struct topology *t, uint32_t node)
{
    uint32_t replicas = t->groups * t->replicas;
    ASSERT(node < topology_nodes(t));
    return node < replicas ? node % t->replicas : node - replicas;
}

static uint64_t greater(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The slowest parts of the network of a cluster. */
struct slowest {
    uint64_t link_ns;
    uint64_t bits_per_second; /* of a NIC; 0: unlimited */
    uint64_t uplink, trunk;   /* the same of a site, and between two */
};

/* The slower of two bandwidths. */
static uint64_t slower(uint64_t a, uint64_t b)
{
    return b == 0 || (a > 0 && a < b) ? a : b;
}

static struct slowest find_slowest(const struct model *m, const struct topology *t)
{
    struct slowest slowest = {m->link.most_ns, m->bits_per_second, 0, 0};
    if (m->sites == 1 && m->bandwidth_count == 0) return slowest; /* all nodes alike */
    slowest.bits_per_second = 0;
    bool used[MODEL_SITES_MAX] = {false};
    char **names = nodes_names(t);
    for (uint32_t i = 0; i < topology_nodes(t); i++) {
        used[model_site(m, names[i], model_number(t, i))] = true;
        slowest.bits_per_second = slower(slowest.bits_per_second, model_bandwidth(m, names[i]));
    }
    nodes_names_free(names, t);
    for (uint32_t i = 0; i < m->sites; i++) {
        if (!used[i]) continue;
        slowest.uplink = slower(slowest.uplink, m->uplink[i]);
        for (uint32_t j = 0; j < m->sites; j++) {
            if (!used[j]) continue;
            slowest.link_ns = greater(slowest.link_ns, m->between[i][j].most_ns);
            slowest.trunk = slower(slowest.trunk, m->trunk[i][j]);
        }
    }
    return slowest;
}

/* The wake-up latency of a sleeping node's thread. */
static uint64_t turn_ns(const struct model *m, const struct topology *t)
{
    const struct model_host *h = &m->host;
    if (!h->cores) return 0;
    uint64_t threads = t->groups * t->replicas + (h->clients_together ? 1 : t->clients);
    ASSERT(threads >= 1);
    uint64_t others = (threads - 1) / h->cores;
    return h->rouse_ns + h->idle_ns + (others + 1) * h->switch_ns + others * h->slice_ns;
}

static uint64_t batch_bytes(uint64_t command_bytes)
{
    return command_bytes < BATCH_BYTES_MAX ? command_bytes : BATCH_BYTES_MAX;
}

static uint64_t wire_ns(uint64_t bits_per_second, uint64_t bytes)
{
    return bits_per_second ? bytes * 8 * 1000000000 / bits_per_second : 0;
}

/* Of so many bytes in a queue before a message. What finds it full does not wait. */
static uint64_t queue_ns(uint64_t bits_per_second, uint64_t most, uint64_t bytes)
{
    return wire_ns(bits_per_second, most && most < bytes ? most : bytes);
}

/* The same at the uplink of a site, the trunk to another, and the downlink there. */
static uint64_t between_sites_ns(const struct model *m, const struct slowest *slowest,
                                 uint64_t bytes)
{
    return 2 * queue_ns(slowest->uplink, m->uplink_queue_bytes, bytes) +
           queue_ns(slowest->trunk, m->trunk_queue_bytes, bytes);
}

uint64_t model_latency_ns(const struct model *m, const struct topology *t, uint64_t before_bytes)
{
    const struct model_cpu *a = &m->replica, *b = &m->client;
    const struct slowest slowest = find_slowest(m, t);
    uint64_t bytes = SMALL_MESSAGE_BYTES + m->overhead_bytes, rate = slowest.bits_per_second;
    uint64_t through_ns = wire_ns(rate, bytes * topology_nodes(t)); /* connections take turns */
    uint64_t copy_ns = greater(a->per_kib_ns, b->per_kib_ns) * bytes / 1024;
    uint64_t before_ns =
        a->per_kib_ns * before_bytes / 1024 + wire_ns(rate, batch_bytes(before_bytes));
    uint64_t shared_ns =
        between_sites_ns(m, &slowest, bytes * topology_nodes(t) + batch_bytes(before_bytes));
    return shared_ns + greater(a->send_ns, b->send_ns) + copy_ns + through_ns + slowest.link_ns +
           through_ns + turn_ns(m, t) +
           greater(a->wake_ns + a->resume_ns, b->wake_ns + b->resume_ns) +
           greater(a->receive_ns, b->receive_ns) + copy_ns + before_ns;
}

uint64_t model_burst_ns(const struct model *m, const struct topology *t, uint64_t bytes)
{
    uint64_t shared_bytes = batch_bytes(bytes) * topology_nodes(t);
    uint64_t all_bytes = bytes * t->clients;
    uint64_t burst_bytes = shared_bytes < all_bytes ? shared_bytes : all_bytes;
    burst_bytes = greater(burst_bytes, FULL_BATCHES * BATCH_BYTES_MAX);
    const struct slowest slowest = find_slowest(m, t);
    return wire_ns(slowest.bits_per_second, burst_bytes) +
           between_sites_ns(m, &slowest, burst_bytes * t->groups);
}
