/* nodes.h - the nodes of a run: their names, and their construction from common parameters.
 *
 * Nodes are named p0.r0, p0.r1, ... (partition, replica), oracle.r0, ..., and c0, c1, ...; they are
 * numbered as proto/topology.h says. The creator of a node frees it, after the run. */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_NODES_H
#define AVIARY_ANALYSIS_EXPERIMENT_NODES_H

#include "proto/client/client.h"
#include "proto/node/replica.h"

/* Parameters common to all nodes of a run. Pointers are borrowed as long as a node lives. */
struct nodes {
    struct topology topology;
    struct timing timing;
    const struct scheme *scheme;
    const struct multicast_ops *multicast;
    uint32_t window;
    uint32_t outstanding;      /* of each client; 0: open loop */
    const struct plant *plant; /* NULL: none */
    struct command_source *source;
    const struct variables *variables;
    const struct application *application; /* NULL: the digest application */
    const struct scheme_options *options;
};

/* The replica with that node number, and the client with that number among clients. `n` must not
 * move while they exist. observer may be NULL. */
struct replica *nodes_replica(const struct nodes *n, uint32_t node, struct observer *observer);
struct client *nodes_client(const struct nodes *n, uint32_t client, struct observer *observer);

/* What the transport checks messages against. `n` must not move while they are used. */
struct limits nodes_limits(const struct nodes *n);

/* The names of all nodes of a topology, in its order; free with nodes_names_free. */
char **nodes_names(const struct topology *t);
void nodes_names_free(char **names, const struct topology *t);

#endif
