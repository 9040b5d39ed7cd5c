/* nodes.c - makes the nodes of a run, and names them (nodes.h). */
#include "analysis/experiment/nodes.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"

enum { NAME_MAX_BYTES = 24 };

char **nodes_names(const struct topology *t)
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

void nodes_names_free(char **names, const struct topology *t)
{
    if (!names) return;
    for (uint32_t i = 0; i < topology_nodes(t); i++) free(names[i]);
    free(names);
}

struct limits nodes_limits(const struct nodes *n)
{
    ASSERT(n->variables);
    return (struct limits){.topology = &n->topology,
                           .multicast = n->multicast,
                           .variables = n->variables->count,
                           .plans = n->scheme->plans};
}

struct replica *nodes_replica(const struct nodes *n, uint32_t node, struct observer *observer)
{
    ASSERT(topology_group(&n->topology, node) < GROUPS_MAX);
    return replica_create(&(struct replica_setup){
        .topology = &n->topology,
        .timing = &n->timing,
        .multicast = n->multicast,
        .scheme = n->scheme,
        .application = n->application ? n->application : &digest_application,
        .group = topology_group(&n->topology, node),
        .window = n->window,
        .variables = n->variables,
        .options = n->options,
        .observer = observer,
        .plant = n->plant,
    });
}

struct client *nodes_client(const struct nodes *n, uint32_t client, struct observer *observer)
{
    ASSERT(client < n->topology.clients);
    return client_create(&(struct client_setup){
        .topology = &n->topology,
        .timing = &n->timing,
        .proxy = n->scheme->proxy,
        .options = n->options,
        .variables = n->variables,
        .client = client,
        .outstanding = n->outstanding,
        .source = n->source,
        .observer = observer,
        .plant = n->plant,
    });
}
