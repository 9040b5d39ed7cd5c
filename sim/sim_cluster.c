/* sim_cluster.c - puts replicas and clients into a simulator (sim_cluster.h). */
#include "sim/sim_cluster.h"

#include <stdlib.h>

#include "base/memory.h"

static void add_node(struct sim_cluster *c, uint32_t node, struct sim_node_config config)
{
    if (c->setup.decorate) c->setup.decorate(c->setup.context, node, &config.ops, &config.state);
    sim_add_node(c->sim, &config);
}

static void add_replica(struct sim_cluster *c, uint32_t node, const char *name)
{
    c->replicas[node] = nodes_replica(&c->setup.nodes, node, c->setup.observer);
    /* No replica comes back and reads what the disk keeps. */
    if (c->setup.durable) c->disks[node] = disk_create(&c->setup.model->disk, false);
    add_node(c, node,
             (struct sim_node_config){.ops = &replica_node_ops,
                                      .state = c->replicas[node],
                                      .name = name,
                                      .role = SIM_REPLICA,
                                      .number = model_number(&c->setup.nodes.topology, node),
                                      .disk = c->disks[node]});
}

static void add_client(struct sim_cluster *c, uint32_t client, const char *name)
{
    c->clients[client] = nodes_client(&c->setup.nodes, client, c->setup.observer);
    add_node(c, topology_client(&c->setup.nodes.topology, client),
             (struct sim_node_config){.ops = &client_node_ops,
                                      .state = c->clients[client],
                                      .name = name,
                                      .role = SIM_CLIENT,
                                      .number = client});
}

static bool linked(void *context, uint32_t a, uint32_t b)
{
    return sim_linked(context, a, b);
}

struct survival_links sim_cluster_links(const struct sim_cluster *c)
{
    if (!c->setup.faults) return (struct survival_links){0};
    return (struct survival_links){linked, c->sim};
}

static void leave_out(struct sim_cluster *c)
{
    const struct topology *t = &c->setup.nodes.topology;
    const struct survival_links links = sim_cluster_links(c);
    c->left_out = allocate_zeroed(topology_nodes(t), sizeof(bool));
    for (uint32_t i = 0; i < t->groups * t->replicas; i++)
        c->left_out[i] = sim_crash_ns(c->sim, i) != UINT64_MAX;
    survival_cut_off(t, &links, c->left_out);
}

int sim_cluster_create(struct sim_cluster *c, const struct sim_cluster_setup *setup,
                       struct error *e)
{
    const struct topology *t = &c->setup.nodes.topology;
    *c = (struct sim_cluster){.setup = *setup};
    c->limits = nodes_limits(&c->setup.nodes);
    c->sim = sim_create(&(struct sim_config){
        .seed = setup->seed, .model = setup->model, .faults = setup->faults, .limits = &c->limits});
    uint32_t replicas = t->groups * t->replicas;
    c->replicas = allocate_zeroed(replicas, sizeof(struct replica *));
    c->disks = allocate_zeroed(replicas, sizeof(struct disk *));
    c->clients = allocate_zeroed(t->clients, sizeof(struct client *));
    char **names = nodes_names(t);
    for (uint32_t i = 0; i < replicas; i++) add_replica(c, i, names[i]);
    for (uint32_t i = 0; i < t->clients; i++) add_client(c, i, names[replicas + i]);
    nodes_names_free(names, t);
    if (sim_start(c->sim, e) < 0) return -1;
    leave_out(c);
    return 0;
}

void sim_cluster_destroy(struct sim_cluster *c)
{
    const struct topology *t = &c->setup.nodes.topology;
    for (uint32_t i = 0; i < t->groups * t->replicas; i++) replica_destroy(c->replicas[i]);
    for (uint32_t i = 0; i < t->clients; i++) client_destroy(c->clients[i]);
    free(c->replicas);
    free(c->clients);
    free(c->left_out);
    sim_destroy(c->sim);
    for (uint32_t i = 0; i < t->groups * t->replicas; i++) disk_destroy(c->disks[i]);
    free(c->disks);
}

static bool client_crashed(const struct sim_cluster *c, uint32_t client)
{
    uint32_t node = topology_client(&c->setup.nodes.topology, client);
    return sim_crash_ns(c->sim, node) <= sim_now(c->sim);
}

bool sim_cluster_clients_done(const struct sim_cluster *c)
{
    for (uint32_t i = 0; i < c->setup.nodes.topology.clients; i++)
        if (!client_done(c->clients[i]) && !client_crashed(c, i)) return false;
    return true;
}

uint64_t sim_cluster_unanswered(const struct sim_cluster *c)
{
    uint64_t unanswered = 0;
    for (uint32_t i = 0; i < c->setup.nodes.topology.clients; i++)
        if (!client_crashed(c, i)) unanswered += client_unanswered(c->clients[i]);
    return unanswered;
}

struct cluster_replica sim_cluster_replica(const struct sim_cluster *c, uint32_t node)
{
    struct cluster_replica r = {
        .crashed = sim_crash_ns(c->sim, node) <= sim_now(c->sim),
        .left_out = c->left_out[node],
    };
    if (r.crashed) return r; /* perhaps before it began */
    const struct executor *e = replica_executor(c->replicas[node]);
    r.executed = e->executed;
    r.settled = executor_settled(e);
    r.leading = e->leading;
    return r;
}

static struct cluster_replica replica(const void *context, uint32_t node)
{
    return sim_cluster_replica(context, node);
}

struct agreement sim_cluster_agreement(const struct sim_cluster *c)
{
    return (struct agreement){&c->setup.nodes.topology, replica, c};
}

/* A live replica of the group, or NULL. */
static const struct executor *live_executor(void *context, uint32_t group)
{
    const struct sim_cluster *c = context;
    const struct topology *t = &c->setup.nodes.topology;
    for (uint32_t i = 0; i < t->replicas; i++) {
        uint32_t node = topology_replica(t, group, i);
        if (!c->left_out[node]) return replica_executor(c->replicas[node]);
    }
    return NULL;
}

void sim_cluster_report_owners(struct sim_cluster *c, struct recorder *r)
{
    const struct nodes *n = &c->setup.nodes;
    const struct finals_source source = {live_executor, c};
    finals_tell(&n->topology, n->variables->count, &source, recorder_finals(r));
}
