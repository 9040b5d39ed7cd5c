/* frame.h - frames between hosts over a wire: a fixed little-endian header, then the body.
 *
 *   MESSAGE  the message (proto/message.h), then as many of its opaque bytes as the frame can hold
 *   PADDING  opaque bytes of the next message to the same node that its own frame cannot hold */
#ifndef AVIARY_RDMA_WIRE_FRAME_H
#define AVIARY_RDMA_WIRE_FRAME_H

#include "rdma/wire/wire.h"

enum frame_type {
    FRAME_MESSAGE,
    FRAME_PADDING,
};

struct frame {
    uint32_t node; /* destination */
    uint32_t type;
    uint64_t sent_ns; /* the sender's now() */
};

enum { FRAME_BODY_BYTES_MAX = WIRE_FRAME_BYTES_MAX - sizeof(struct frame) };

_Static_assert(sizeof(struct frame) == 16, "no padding");

/* How many of a message's opaque bytes go in its own frame. */
static inline uint32_t frame_tail_bytes(uint32_t message_bytes, uint32_t opaque_bytes)
{
    if (message_bytes > FRAME_BODY_BYTES_MAX) return 0;
    uint32_t room = FRAME_BODY_BYTES_MAX - message_bytes;
    return opaque_bytes < room ? opaque_bytes : room;
}

#endif
