/* frame.h - frames between hosts over a wire: a fixed little-endian header, then the body.
 *
 *   MESSAGE  the message (proto/message.h), then as many of its opaque bytes as the frame can hold
 *   PADDING  opaque bytes of the next message to the same node that its own frame cannot hold
 *   WRITE, READ, SWAP   struct frame_request, then the bytes to write, or expected and desired
 *   DONE     struct frame_done, then what was read, or the word that was there before a swap
 *
 * The one-sided ones exist only on wires that have no such thing themselves (wire.h). */
#ifndef AVIARY_RDMA_WIRE_FRAME_H
#define AVIARY_RDMA_WIRE_FRAME_H

#include "base/crc32c.h"
#include "rdma/wire/wire.h"

enum frame_type {
    FRAME_MESSAGE,
    FRAME_PADDING,
    FRAME_WRITE,
    FRAME_READ,
    FRAME_SWAP,
    FRAME_DONE,
};

struct frame {
    uint32_t check; /* frame_check() */
    uint32_t node;  /* destination */
    uint32_t type;
    uint32_t reserved; /* 0 */
    uint64_t sent_ns;  /* the sender's now() */
};

struct frame_request {
    uint64_t number; /* for the answer; the sender's own */
    uint64_t offset;
    uint32_t region;
    uint32_t initiator; /* node */
    uint32_t bytes;     /* to read, to write; 8 for a swap */
    uint32_t reserved;
};

struct frame_done {
    uint64_t number;
    uint32_t how;   /* enum completion */
    uint32_t bytes; /* that follow */
};

enum { FRAME_BODY_BYTES_MAX = WIRE_FRAME_BYTES_MAX - sizeof(struct frame) };

_Static_assert(sizeof(struct frame) == 24, "no padding");
_Static_assert(sizeof(struct frame_request) == 32, "no padding");
_Static_assert(sizeof(struct frame_done) == 16, "no padding");
_Static_assert(sizeof(struct frame_request) + MESSAGE_BYTES_MAX <= FRAME_BODY_BYTES_MAX,
               "the longest write fits");

/* The CRC32C of a frame of `bytes` without its field `check`: it detects what a link, a device or a
 * wrong program changed. */
static inline uint32_t frame_check(const struct frame *f, uint32_t bytes)
{
    ASSERT(bytes >= sizeof(*f));
    return crc32c(0, (const unsigned char *)f + sizeof(f->check), bytes - sizeof(f->check));
}

/* How many of a message's opaque bytes go in its own frame. */
static inline uint32_t frame_tail_bytes(uint32_t message_bytes, uint32_t opaque_bytes)
{
    if (message_bytes > FRAME_BODY_BYTES_MAX) return 0;
    uint32_t room = FRAME_BODY_BYTES_MAX - message_bytes;
    return opaque_bytes < room ? opaque_bytes : room;
}

#endif
