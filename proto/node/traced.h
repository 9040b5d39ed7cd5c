/* traced.h - a node whose messages are reported: a decorator of its transport, whatever that is.
 *
 * Between a node and its transport stand a second node, which reports what is received and passes
 * every event on, and a second transport, which reports what is sent and passes every call on. What
 * is dropped is reported by either. */
#ifndef AVIARY_PROTO_NODE_TRACED_H
#define AVIARY_PROTO_NODE_TRACED_H

#include "proto/transport.h"

/* At now_ns of `node`, which sends m to `peer`, handles m from `peer`, or takes a marked path.
 * Borrowed for the call. In an emulation, nodes of one member report from one thread at a time. */
struct message_observer {
    void (*sent)(struct message_observer *o, uint64_t now_ns, uint32_t node, uint32_t peer,
                 const struct message *m);
    void (*handled)(struct message_observer *o, uint64_t now_ns, uint32_t node, uint32_t peer,
                    const struct message *m);
    void (*reached)(struct message_observer *o, uint64_t now_ns, uint32_t node, enum mark mark);
    /* One from `peer` is not handled. `kind` may be no kind. */
    void (*dropped)(struct message_observer *o, uint64_t now_ns, uint32_t node, uint32_t peer,
                    uint32_t kind, enum drop why);
};

/* The state of such a node. Pointers are borrowed as long as it lives. */
struct traced {
    struct transport transport; /* the node's: calls through it find this struct */
    struct transport *inner;    /* the real one; set by init */
    const struct node_ops *ops; /* of the node */
    void *state;
    struct message_observer *observer;
};

/* Their state is a struct traced with ops, state and observer set. */
extern const struct node_ops traced_node_ops;

#endif
