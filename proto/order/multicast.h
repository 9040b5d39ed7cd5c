/* multicast.h - atomic multicast to sets of groups: the interface, and the table of protocols.
 *
 * A sender may ask that a multicast comes after some of its earlier ones (command.follows), where
 * both are delivered (FIFO order, as in DynaStar's model).
 *
 * amcast(dests, c): every correct replica of every group in `dests` delivers c once, in an order
 * without cycles over all groups (validity, uniform agreement, integrity, acyclic order, prefix
 * order). A protocol has two halves: the client's, which sends, and the member's, in every replica.
 */
#ifndef AVIARY_PROTO_ORDER_MULTICAST_H
#define AVIARY_PROTO_ORDER_MULTICAST_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/order/group.h"
#include "proto/order/route.h"
#include "proto/order/sessions.h"
#include "proto/plant.h"

/* START: a client's command on its way to its destination groups. */
struct message_start {
    struct message m; /* opaque_bytes = the command's request_bytes, in an inquiry 0 */
    uint32_t relay;   /* 1: the sender cannot reach the leader: relay, and answer as well */
    uint32_t inquiry; /* 1: retransmitted without a large payload: may need WANTED */
    struct command command[];
};

/* WANTED: the leader has not received this command. */
struct message_wanted {
    struct message m;
    struct command_id id;
    uint64_t group;
};

/* LEADER: a new leader announces itself; a replica that does not lead redirects to the leader. */
struct message_leader {
    struct message m;
    uint32_t group;
    uint32_t node;
    uint64_t ballot;
};

_Static_assert(sizeof(struct message_start) == 24, "no padding");
_Static_assert(sizeof(struct message_leader) == 32, "no padding");
_Static_assert(sizeof(struct message_wanted) == 40, "no padding");

/* A timestamp is unique over all groups: counter << TIMESTAMP_GROUP_BITS | group. */
enum { TIMESTAMP_GROUP_BITS = 8 };
_Static_assert(GROUPS_MAX <= 1 << TIMESTAMP_GROUP_BITS, "groups fit a timestamp");

/* Upcalls to the scheme. */
struct multicast_events {
    /* c is the next command in the order; borrowed. Timestamps increase. */
    void (*deliver)(void *above, const struct command *c, uint64_t timestamp);
    /* A client sent an admitted command again: reply if it has been executed. */
    void (*asked_again)(void *above, struct command_id id);
    /* The same at a replica that does not lead, by a client that cannot reach the leader: reply,
     * now or when it has been executed here. */
    void (*asked_here)(void *above, struct command_id id);
    /* Another group has a new leader: the former one's last messages may be lost. */
    void (*leader_changed)(void *above, uint32_t group);
    /* This replica has become, or is no longer, the leader: the group's designated sender. */
    void (*leading)(void *above, bool leading);
};

struct multicast_setup {
    struct transport *transport;
    const struct topology *topology;
    const struct timing *timing;
    uint32_t group;
    uint32_t window; /* of the group's log */
    struct sessions *sessions;
    const struct links *links; /* of this node */
    const struct multicast_events *events;
    void *above;
    struct observer *observer; /* may be NULL */
    const struct plant *plant; /* NULL: none */
};

struct multicast; /* a protocol's member: begins with the ops pointer */

struct multicast_ops {
    const char *name;
    const char *summary;
    const struct plant *const *plants; /* bugs that can be planted in it; ends with NULL, or NULL */
    struct multicast *(*create)(const struct multicast_setup *setup);
    void (*destroy)(struct multicast *m);
    void (*start)(struct multicast *m);
    /* True if the message was one of this protocol's. */
    bool (*on_message)(struct multicast *m, struct message *message);
    /* True if the timer was one of this protocol's. */
    bool (*on_timer)(struct multicast *m, uint32_t timer);
    /* True if the completion was one of this protocol's. */
    bool (*on_completion)(struct multicast *m, uint64_t cookie);
    /* At the end of every handler of the replica. */
    void (*flush)(struct multicast *m);
    /* As group_keep_alive. */
    void (*keep_alive)(struct multicast *m);
    /* The contact replica of each group; borrowed. */
    const struct route *(*route)(const struct multicast *m);
    /* The replica's execution has got to that timestamp; and the minimum over its group, at the
     * leader (elsewhere a lower bound). */
    void (*set_executed)(struct multicast *m, uint64_t timestamp);
    uint64_t (*executed_min)(const struct multicast *m);
    /* Admitted commands that are not delivered yet. */
    uint32_t (*pending)(const struct multicast *m);
    /* The leader of a group multicasts on its own account (hints, plans, the oracle's dispatches);
     * attempt as in send. */
    void (*submit)(struct multicast *m, const struct command *c, uint32_t attempt);
    /* The client's half: send c to these of its destinations, for the attempt-th time (from 1). */
    void (*send)(struct transport *t, const struct route *route, const struct command *c,
                 const struct group_set *dests, uint32_t attempt);
    /* Is a message of a kind that is this protocol's alone possible in that run? */
    bool (*message_valid)(const struct message *m, const struct limits *l);
    /* And the entries of a batch of that group's log, whose framing is sound? */
    bool (*entries_valid)(const uint8_t *entries, uint32_t bytes, uint32_t group,
                          const struct limits *l);
};

struct multicast {
    const struct multicast_ops *ops;
};

/* The table; NULL for an unknown name. */
const struct multicast_ops *multicast_find(const char *name);
/* The i-th, or NULL past the end. */
const struct multicast_ops *multicast_at(uint32_t i);

bool multicast_message_valid(const struct message *m, const struct limits *l);
/* Is the command that ends the message possible, and from that sender? */
bool multicast_carried_valid(const struct limits *l, const struct message *m,
                             const struct command *c);

#endif
