/* limits.h - the limits of a run, against which what comes from outside is checked.
 *
 * A transport hands every message to message_valid() (node/validation.h) with these; each layer
 * checks its own messages and log entries: form, the numbers of groups, nodes, variables and
 * clients, and whether that sender can have sent such a thing. What depends on the state of the
 * receiver is checked by the handler, which refuses (transport_refuse). So a number from a peer
 * never is an index, a length or a count of repetitions before it was compared with what it may
 * be. */
#ifndef AVIARY_PROTO_LIMITS_H
#define AVIARY_PROTO_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/message.h"
#include "proto/topology.h"

struct multicast_ops;

struct limits {
    const struct topology *topology;
    const struct multicast_ops *multicast;
    uint32_t variables; /* their number */
    bool plans;         /* the scheme's oracle plans, so variables are transferred */
};

/* No version of a variable above this is believed: it leaves room for its writes. */
#define VERSION_MAX (UINT64_MAX >> 8)

enum {
    LIMITS_SEQ_BITS = 40,   /* a sender's multicasts */
    LIMITS_ROUND_BITS = 24, /* one command's */
};

static inline bool limits_replica(const struct limits *l, uint32_t node)
{
    return topology_group(l->topology, node) < GROUPS_MAX;
}

/* Can a multicast have this id? */
bool limits_id(const struct limits *l, struct command_id id);

/* Can there be such a multicast, in a record of exactly `bytes`? */
bool limits_command(const struct limits *l, const struct command *c, uint64_t bytes);

/* Is that a node of which the multicast may come: its sender, or a replica that relays it? */
bool limits_command_from(const struct limits *l, const struct command *c, uint32_t node);

#endif
