/* multicast_kit.h - what members of all atomic multicast protocols have in common.
 *
 * A protocol's struct begins with a struct multicast. The kit takes START, answers what was sent
 * before, holds commands back that follow others, redirects and relays where this replica does not
 * lead, announces its group's leader, and reports deliveries. Where the protocol has a log
 * (multicast_ops.apply) the kit creates the group and serves it; where it has none, groups have one
 * replica, which leads. */
#ifndef AVIARY_PROTO_ORDER_MULTICAST_KIT_H
#define AVIARY_PROTO_ORDER_MULTICAST_KIT_H

#include "proto/order/multicast.h"

struct held;

struct multicast {
    const struct multicast_ops *ops;
    struct multicast_setup setup;
    struct transport *t;
    struct group *group; /* NULL: without a log */
    struct route route;
    uint64_t delivered; /* the last timestamp */
    uint64_t deliveries;
    uint64_t executed; /* without a log: the replica's execution has got to that timestamp */
    struct held *held; /* leader: commands that wait for those they follow */
};

/* The kit's own bugs; ends with NULL. */
extern const struct plant *const multicast_plants[];

/* For create() and destroy(). */
void multicast_init(struct multicast *m, const struct multicast_ops *ops,
                    const struct multicast_setup *setup);
void multicast_finish(struct multicast *m);

bool multicast_leading(const struct multicast *m);

/* The next command in the order; `timestamp` is larger than the last one's. In apply() or flush()
 * only. */
void multicast_deliver(struct multicast *m, const struct command *c, uint64_t timestamp);

/* Leader: a command that has not been proposed has come, by a START or with another message.
 * Proposes it, or holds it back until what it follows is settled. Retransmissions are held once;
 * if the leader changes, the sender's next one reaches the new leader. */
void multicast_admit(struct multicast *m, const struct command *c);
/* To be called when multicasts have become settled: proposes the commands that waited for them. */
void multicast_release(struct multicast *m);

/* Is the command, which the message carries, addressed to this group? If not, it is refused. */
bool multicast_addressed(struct multicast *m, const struct message *message,
                         const struct command *c);
/* Tells a node this group's leader, if another replica is known to be it. */
void multicast_point_to_leader(struct multicast *m, uint32_t to);
/* A copy of a received message, to be sent to this group's leader, which is another replica: a
 * received message must not be sent. NULL: no leader is known. */
struct message *multicast_relay_new(struct multicast *m, const struct message *message);

#endif
