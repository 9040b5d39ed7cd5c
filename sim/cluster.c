/* cluster.c - puts replicas and clients into a simulator (cluster.h). */
#include "sim/cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/memory.h"
#include "proto/oracle.h"

enum { NAME_MAX_BYTES = 24 };

char **cluster_names(const struct topology *t)
{
    uint32_t replicas = t->groups * t->replicas;
    char **names = allocate(topology_nodes(t) * sizeof(*names));
    for (uint32_t i = 0; i < topology_nodes(t); i++) {
        names[i] = allocate(NAME_MAX_BYTES);
        if (i < replicas && i / t->replicas == topology_oracle(t))
            snprintf(names[i], NAME_MAX_BYTES, "oracle.r%u", i % t->replicas);
        else if (i < replicas)
            snprintf(names[i], NAME_MAX_BYTES, "p%u.r%u", i / t->replicas, i % t->replicas);
        else
            snprintf(names[i], NAME_MAX_BYTES, "c%u", i - replicas);
    }
    return names;
}

void cluster_names_free(char **names, const struct topology *t)
{
    for (uint32_t i = 0; i < topology_nodes(t); i++) free(names[i]);
    free(names);
}

static void add_replica(struct cluster *c, uint32_t node, const char *name)
{
    const struct cluster_setup *s = &c->setup;
    c->replicas[node] = replica_create(&(struct replica_setup){
        .topology = &s->topology,
        .timing = &s->timing,
        .multicast = s->multicast,
        .scheme = s->scheme,
        .application = &digest_application,
        .group = topology_group(&s->topology, node),
        .window = s->window,
        .variables = s->variables,
        .options = s->options,
        .observer = s->observer,
        .plant = s->plant,
    });
    sim_add_node(c->sim, &(struct sim_node_config){.ops = &replica_node_ops,
                                                   .state = c->replicas[node],
                                                   .name = name,
                                                   .role = SIM_REPLICA,
                                                   .site = node % s->topology.replicas});
}

static void add_client(struct cluster *c, uint32_t client, const char *name)
{
    const struct cluster_setup *s = &c->setup;
    c->clients[client] = client_create(&(struct client_setup){
        .topology = &s->topology,
        .timing = &s->timing,
        .multicast = s->multicast,
        .proxy = s->scheme->proxy,
        .options = s->options,
        .client = client,
        .outstanding = s->outstanding,
        .source = s->source,
        .observer = s->observer,
        .plant = s->plant,
    });
    sim_add_node(c->sim, &(struct sim_node_config){.ops = &client_node_ops,
                                                   .state = c->clients[client],
                                                   .name = name,
                                                   .role = SIM_CLIENT,
                                                   .site = client});
}

int cluster_create(struct cluster *c, const struct cluster_setup *setup, struct error *e)
{
    const struct topology *t = &c->setup.topology;
    c->setup = *setup;
    c->sim = sim_create(
        &(struct sim_config){.seed = setup->seed, .model = setup->model, .faults = setup->faults});
    uint32_t replicas = t->groups * t->replicas;
    c->replicas = allocate_zeroed(replicas, sizeof(struct replica *));
    c->clients = allocate_zeroed(t->clients, sizeof(struct client *));
    char **names = cluster_names(t);
    for (uint32_t i = 0; i < replicas; i++) add_replica(c, i, names[i]);
    for (uint32_t i = 0; i < t->clients; i++) add_client(c, i, names[replicas + i]);
    cluster_names_free(names, t);
    return sim_start(c->sim, e);
}

void cluster_destroy(struct cluster *c)
{
    const struct topology *t = &c->setup.topology;
    for (uint32_t i = 0; i < t->groups * t->replicas; i++) replica_destroy(c->replicas[i]);
    for (uint32_t i = 0; i < t->clients; i++) client_destroy(c->clients[i]);
    free(c->replicas);
    free(c->clients);
    sim_destroy(c->sim);
}

bool cluster_clients_done(const struct cluster *c)
{
    for (uint32_t i = 0; i < c->setup.topology.clients; i++)
        if (!client_done(c->clients[i])) return false;
    return true;
}

uint64_t cluster_unanswered(const struct cluster *c)
{
    uint64_t unanswered = 0;
    for (uint32_t i = 0; i < c->setup.topology.clients; i++)
        unanswered += client_unanswered(c->clients[i]);
    return unanswered;
}

uint64_t cluster_executed(const struct cluster *c)
{
    uint64_t executed = 0, hash;
    for (uint32_t i = 0; i < c->setup.topology.groups * c->setup.topology.replicas; i++)
        executed += replica_executed(c->replicas[i], &hash);
    return executed;
}

/* The group's live replicas have executed alike, and one of them leads, so that nothing is hidden
 * in the log that only the next leader will find; without a majority none ever will. */
static bool group_converged(const struct cluster *c, uint32_t group)
{
    const struct topology *t = &c->setup.topology;
    uint64_t executed = UINT64_MAX;
    uint32_t live = 0;
    bool led = false;
    for (uint32_t i = 0; i < t->replicas; i++) {
        uint32_t node = topology_replica(t, group, i);
        if (sim_crash_ns(c->sim, node) <= sim_now(c->sim)) continue;
        const struct executor *e = replica_executor(c->replicas[node]);
        if (executed == UINT64_MAX) executed = e->executed;
        if (e->executed != executed || !executor_settled(e)) return false;
        led = led || e->leading;
        live++;
    }
    return led || live <= t->replicas / 2;
}

bool cluster_converged(const struct cluster *c)
{
    for (uint32_t group = 0; group < c->setup.topology.groups; group++)
        if (!group_converged(c, group)) return false;
    return true;
}

/* A live replica of the group, or NULL. */
static const struct executor *live_executor(const struct cluster *c, uint32_t group)
{
    for (uint32_t i = 0; i < c->setup.topology.replicas; i++) {
        uint32_t node = topology_replica(&c->setup.topology, group, i);
        if (sim_crash_ns(c->sim, node) > sim_now(c->sim))
            return replica_executor(c->replicas[node]);
    }
    return NULL;
}

void cluster_tell_owners(const struct cluster *c, struct recorder *r)
{
    const struct topology *t = &c->setup.topology;
    if (!t->oracle) return;
    const struct executor *oracle = live_executor(c, topology_oracle(t));
    for (uint32_t v = 0; v < c->setup.variables->count; v++) {
        for (uint32_t g = 0; g < topology_partitions(t); g++) {
            const struct executor *e = live_executor(c, g);
            if (e && e->ops->owns(e, v)) recorder_final_owner(r, g, v);
        }
        if (oracle) recorder_final_location(r, v, oracle_place(oracle, v));
    }
}
