/* multicast.h - atomic multicast to sets of groups: the interface, and the table of protocols.
 *
 * amcast(dests, c): every correct replica of every group in `dests` delivers c once, in an order
 * without cycles over all groups (validity, uniform agreement, integrity, acyclic order, prefix
 * order). A sender may ask that a multicast comes after some of its earlier ones (command.follows),
 * where both are delivered (FIFO order, as in DynaStar's model).
 *
 * The client's half of a protocol sends START to the leaders of the destinations; the other half is
 * a member in every replica. What members of all protocols have in common is the kit
 * (multicast_kit.h); a protocol decides in which order commands are delivered. */
#ifndef AVIARY_PROTO_ORDER_MULTICAST_H
#define AVIARY_PROTO_ORDER_MULTICAST_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/layout.h"
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

/* No counter of a timestamp above this is believed: it leaves room for the clock. */
#define TIMESTAMP_COUNTER_MAX (UINT64_MAX >> (TIMESTAMP_GROUP_BITS + 1))

/* Can the group have given it? */
static inline bool timestamp_believable(uint64_t timestamp, uint32_t group)
{
    return timestamp >> TIMESTAMP_GROUP_BITS <= TIMESTAMP_COUNTER_MAX &&
           (timestamp & ((1U << TIMESTAMP_GROUP_BITS) - 1)) == group;
}

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

/* A kind of messages that a protocol has for itself. */
struct multicast_message {
    enum message_kind kind; /* one of MESSAGE_MULTICAST_1 and following */
    const char *name;       /* in traces and results; no other kind has it */
    /* Is such a message possible in that run (limits.h)? Its header has been checked. */
    bool (*valid)(const struct message *m, const struct limits *l);
    struct message_layout layout;
};

struct multicast; /* a protocol's member: begins with the kit's part */

/* One protocol. Commands come to a member that leads its group by propose(); the member finds their
 * order and calls multicast_deliver(), in apply() or flush(). */
struct multicast_ops {
    const char *name;
    const char *summary;
    const struct plant *const *plants; /* bugs that can be planted in it; ends with NULL, or NULL */

    /* Claims that the conformance suite checks (tests/swarm/test_multicast_conformance.c). */
    bool genuine;                 /* only the sender and the destinations take part */
    uint32_t steps, steps_single; /* until a leader delivers: to several groups, to one */
    uint32_t replicas_max;        /* of a group; 0: any number. An experiment refuses more. */

    const struct multicast_message *messages;
    uint32_t message_count;

    struct multicast *(*create)(const struct multicast_setup *setup);
    void (*destroy)(struct multicast *m);
    /* Leader: the command is to be ordered; borrowed. It is addressed here, and has not been
     * admitted (sessions_admit) yet. Delivers nothing: the scheme may be in the middle of a
     * command. */
    void (*propose)(struct multicast *m, const struct command *c);
    /* Is the place of that multicast in this group's order settled: is it before all that is
     * proposed later? */
    bool (*settled)(const struct multicast *m, struct command_id id);
    /* Admitted commands that are not delivered yet. */
    uint32_t (*pending)(const struct multicast *m);

    /* The rest may be NULL. With a log (group.h) both: a batch of it is decided; and, is a batch of
     * that group's log, whose framing is sound, possible in that run? */
    void (*apply)(struct multicast *m, const uint8_t *entries, uint32_t bytes);
    bool (*entries_valid)(const uint8_t *entries, uint32_t bytes, uint32_t group,
                          const struct limits *l);
    /* Leader: a command's START has come, for the first time or again. */
    void (*started)(struct multicast *m, const struct command *c);
    /* Leader: has the command been proposed, so that its payload is not wanted again? Without it:
     * proposed commands are admitted at once. */
    bool (*proposed)(const struct multicast *m, struct command_id id);
    /* This replica has become the leader, and has told so. */
    void (*leading)(struct multicast *m);
    /* Another group has a new leader. */
    void (*leader_changed)(struct multicast *m, uint32_t group);
    /* One of its messages. */
    void (*on_message)(struct multicast *m, struct message *message);
    /* At the end of every handler of the replica. */
    void (*flush)(struct multicast *m);
    /* TIMER_MULTICAST, which is the protocol's. */
    void (*on_timer)(struct multicast *m);
    /* Of an operation whose cookie is cookie_make(COOKIE_MULTICAST, number). */
    void (*on_completion)(struct multicast *m, uint64_t number, enum completion how);
    /* As in struct node_ops; `links` knows it already. */
    void (*on_peer)(struct multicast *m, uint32_t peer, bool up);
};

/* ---- the table ----------------------------------------------------------------------------- */

/* NULL for an unknown name. */
const struct multicast_ops *multicast_find(const char *name);
/* The i-th, or NULL past the end. */
const struct multicast_ops *multicast_at(uint32_t i);

/* A kind's name, in a run with that protocol, or with none (NULL); NULL for a kind that it does not
 * use. */
const char *multicast_kind_name(const struct multicast_ops *ops, uint32_t kind);
/* The declaration of one of its kinds; NULL: it is none. */
const struct multicast_message *multicast_message(const struct multicast_ops *ops, uint32_t kind);

bool multicast_message_valid(const struct message *m, const struct limits *l);
/* Is the command that ends the message possible, and from that sender? */
bool multicast_carried_valid(const struct limits *l, const struct message *m,
                             const struct command *c);

/* ---- a member, from above -------------------------------------------------------------------- */

/* After create(), before any event. */
void multicast_start(struct multicast *m);
/* NULL is accepted. */
void multicast_destroy(struct multicast *m);
/* True if the event was one of the multicast's, or its group's. */
bool multicast_on_message(struct multicast *m, struct message *message);
bool multicast_on_timer(struct multicast *m, uint32_t timer);
bool multicast_on_completion(struct multicast *m, uint64_t cookie, enum completion how);
void multicast_on_peer(struct multicast *m, uint32_t peer, bool up);
/* At the end of every handler of the replica. */
void multicast_flush(struct multicast *m);
/* As group_keep_alive. */
void multicast_keep_alive(struct multicast *m);
/* The contact replica of each group; borrowed. */
const struct route *multicast_route(const struct multicast *m);
/* The replica's execution has got to that timestamp; and the minimum over its group, at the leader
 * (elsewhere a lower bound). */
void multicast_set_executed(struct multicast *m, uint64_t timestamp);
uint64_t multicast_executed_min(const struct multicast *m);
/* Admitted commands that are not delivered yet. */
uint32_t multicast_pending(const struct multicast *m);
/* The leader of a group multicasts on its own account (hints, plans, the oracle's dispatches);
 * attempt as in multicast_send. */
void multicast_submit(struct multicast *m, const struct command *c, uint32_t attempt);

/* The client's half: send c to these of its destinations, for the attempt-th time (from 1). */
void multicast_send(struct transport *t, const struct route *route, const struct command *c,
                    const struct group_set *dests, uint32_t attempt);

#endif
