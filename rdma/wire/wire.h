/* wire.h - what a host of nodes (host.h) needs from a network between members.
 *
 * A wire carries frames between members: reliable and in order while a connection lives. Its
 * implementations are the message queue over verbs (verbs.h) and rings in shared memory (loop.h).
 * A wire belongs to one thread, its member's; only `wake` may be called from others. */
#ifndef AVIARY_RDMA_WIRE_WIRE_H
#define AVIARY_RDMA_WIRE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/transport.h"

enum {
    WIRE_FRAME_BYTES_MAX = MESSAGE_BYTES_MAX + 64,
    WIRE_STAMP_BITS = 20, /* of a write's stamp, the host's own (frame.h) */
};

/* Upcalls to the host, all from within `poll`. */
struct wire_listener {
    void *context;
    /* A frame was received; it is valid until the call returns. */
    void (*frame)(void *context, uint32_t member, void *frame, uint32_t bytes);
    /* The connection to `member` broke, or is up (again). Initially down. */
    void (*peer)(void *context, uint32_t member, bool up);
    /* A one-sided operation of `node`, one of this member's, has ended. */
    void (*completion)(void *context, uint32_t node, uint64_t cookie, enum completion how);
    /* `writer` has written into a watched region of `node`, one of this member's; the stamp of the
     * last write. */
    void (*written)(void *context, uint32_t node, uint32_t region, uint32_t writer, uint32_t stamp);
};

struct wire;

struct wire_ops {
    /* Called once, before anything else. */
    void (*listen)(struct wire *w, const struct wire_listener *listener);
    /* Room for a frame, 8-aligned, for the host to fill; NULL: full for now, or down. */
    void *(*reserve)(struct wire *w, uint32_t member, uint32_t bytes);
    void (*commit)(struct wire *w, uint32_t member, uint32_t bytes);
    /* Sends everything committed. */
    void (*flush)(struct wire *w);
    /* Receives a batch; false: there was nothing. */
    bool (*poll)(struct wire *w);
    /* Until there may be something to poll, `wake` was called, or until_ns (CLOCK_MONOTONIC). */
    void (*wait)(struct wire *w, uint64_t until_ns);
    void (*wake)(struct wire *w);
    /* Ends all connections in order. */
    void (*close)(struct wire *w);

    /* One-sided memory, as in transport.h, of the member's node `node`. */
    void (*region_register)(struct wire *w, uint32_t node, uint32_t region, void *memory,
                            uint64_t bytes);
    void (*region_watch)(struct wire *w, uint32_t node, uint32_t region);
    void (*region_grant)(struct wire *w, uint32_t node, uint32_t region, uint32_t writer);
    void (*region_revoke)(struct wire *w, uint32_t node, uint32_t region, uint32_t writer);
    void (*write)(struct wire *w, uint32_t node, struct remote to, const void *source,
                  uint32_t bytes, uint64_t cookie, uint32_t stamp);
    void (*read)(struct wire *w, uint32_t node, struct remote from, void *target, uint32_t bytes,
                 uint64_t cookie);
    void (*compare_and_swap)(struct wire *w, uint32_t node, struct remote at, uint64_t expected,
                             uint64_t desired, uint64_t *previous, uint64_t cookie);
};

struct wire {
    const struct wire_ops *ops;
    uint64_t latency_ns; /* half of the longest round trip so far in which a connection was set up;
                          * 0: there was none */
};

#endif
