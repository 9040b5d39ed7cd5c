/* observer.h - what the core reports about itself: for checkers, statistics and traces.
 *
 * The core calls these at the moments the papers' correctness arguments speak of. An observer only
 * looks: nothing it does feeds back. All pointers are borrowed for the call. `now_ns` is the node's
 * time. In an emulation nodes report from several threads, each node from one at a time. */
#ifndef AVIARY_PROTO_OBSERVER_H
#define AVIARY_PROTO_OBSERVER_H

#include <stdint.h>

#include "proto/command.h"

#define VERSION_UNSEEN UINT64_MAX

enum reply_status {
    REPLY_OK,
    REPLY_RETRY, /* not executed: the variables have moved */
    REPLY_NOK,   /* not executed: a variable does not exist, or already does */
};

/* What a reply tells about the command it answers. seen[i] is the version of accesses[i] before the
 * execution, as far as the answering replica knew it (a remote variable that is written blindly is
 * VERSION_UNSEEN). */
struct reply_view {
    enum reply_status status;
    uint64_t digest;
    const uint64_t *seen;
};

struct observer;

struct observer_ops {
    /* A client's command has become due (closed loop: it is sent; open loop: its intended start).
     */
    void (*issued)(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c);
    /* A client took the one reply to its command. `attempts` counts the sends to the same
     * destinations after a retry answer as well: 1 = at once. */
    void (*answered)(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c,
                     const struct reply_view *reply, uint32_t attempts);
    /* Atomic multicast delivered c at a replica of `group`. Timestamps are unique and say the
     * order. */
    void (*delivered)(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                      const struct command *c, uint64_t timestamp);
    /* A replica began to execute c: all commands before it in the order are done. */
    void (*started)(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                    const struct command *c);
    /* A replica has executed c. seen[i] as in reply_view; what this group owns is never unseen.
     * state_hash: the replica's running hash over all its writes: equal at equal prefixes. */
    void (*executed)(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                     const struct command *c, uint64_t digest, const uint64_t *seen,
                     uint64_t state_hash);
    /* A replica became the leader of its group (the designated sender), with that ballot. */
    void (*leading)(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                    uint64_t ballot);
};

struct observer {
    const struct observer_ops *ops;
};

#endif
