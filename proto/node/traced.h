/* traced.h - a node whose messages and one-sided operations are reported, on any transport: a
 * decorator (decorator.h). What is dropped is reported by the node or by its transport. */
#ifndef AVIARY_PROTO_NODE_TRACED_H
#define AVIARY_PROTO_NODE_TRACED_H

#include "proto/node/decorator.h"

/* What is done to registered memory, by the node itself in the last two. */
enum one_sided {
    ONE_SIDED_WRITE,
    ONE_SIDED_READ,
    ONE_SIDED_SWAP,
    ONE_SIDED_GRANT,
    ONE_SIDED_REVOKE
};
enum { ONE_SIDED_COUNT = ONE_SIDED_REVOKE + 1 };

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
    /* The node begins an operation on memory of place.node, of that many bytes; or it lets a peer,
     * which place.node is then, write into a region of its own, or no longer. */
    void (*operated)(struct message_observer *o, uint64_t now_ns, uint32_t node,
                     enum one_sided operation, struct remote place, uint32_t bytes);
    /* The node is told that `peer` has written into one of its regions (on_write). */
    void (*written)(struct message_observer *o, uint64_t now_ns, uint32_t node, uint32_t peer,
                    uint32_t region);
};

struct traced {
    struct decorator base;
    struct message_observer *observer;
};

/* Puts n in the place of a node, as decorator_put() does. */
void traced_put(struct traced *n, struct message_observer *observer, const struct node_ops **ops,
                void **state);

#endif
