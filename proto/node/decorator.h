/* decorator.h - what stands between a node and its transport, whatever both are.
 *
 * For the transport it is a node, for the node a transport. It passes every event and every call
 * on, but for those that its user replaces: proto/node/traced.c reports messages. */
#ifndef AVIARY_PROTO_NODE_DECORATOR_H
#define AVIARY_PROTO_NODE_DECORATOR_H

#include "proto/transport.h"

/* First member of a user's struct, so that calls and events find that. */
struct decorator {
    struct transport transport;  /* the node's: its calls come here */
    struct transport_ops calls;  /* of `transport` */
    struct node_ops events;      /* what the transport calls */
    struct transport *inner;     /* the real one, from init on */
    const struct node_ops *node; /* of the node */
    void *state;                 /* the node's */
};

/* Puts d in the place of a node, before that is given to its transport. The user replaces calls and
 * events afterwards, and passes on what it wants to pass on. Pointers are borrowed as long as the
 * node lives; d must not move. */
void decorator_put(struct decorator *d, const struct node_ops **ops, void **state);

static inline struct decorator *decorator_of(const struct transport *t)
{
    return (struct decorator *)(uintptr_t)t;
}

#endif
