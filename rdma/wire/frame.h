/* frame.h - frames between hosts over a wire: a fixed little-endian header, then the body.
 *
 *   MESSAGE  the message (proto/message.h), then as many of its opaque bytes as the frame can hold
 *   PADDING  opaque bytes of the next message to the same node that its own frame cannot hold */
#ifndef AVIARY_RDMA_WIRE_FRAME_H
#define AVIARY_RDMA_WIRE_FRAME_H

#include "base/crc32c.h"
#include "rdma/wire/wire.h"

enum frame_type {
    FRAME_MESSAGE,
    FRAME_PADDING,
};

struct frame {
    uint32_t check; /* frame_check() */
    uint32_t node;  /* destination */
    uint32_t type;
    uint32_t reserved; /* 0 */
    uint64_t sent_ns;  /* the sender's now() */
};

enum { FRAME_BODY_BYTES_MAX = WIRE_FRAME_BYTES_MAX - sizeof(struct frame) };

_Static_assert(sizeof(struct frame) == 24, "no padding");

/* What a write into a watched region carries of the sender's now(): microseconds, modulo a second
 * or so, by which clocks that exchange frames never differ. */
static inline uint32_t stamp_of(uint64_t now_ns)
{
    return (uint32_t)(now_ns / 1000 + 1) & ((1u << WIRE_STAMP_BITS) - 1);
}

/* The earliest time that is neither before near_ns nor before the one stamped. */
static inline uint64_t stamp_time(uint32_t stamp, uint64_t near_ns)
{
    uint32_t ahead_us = (stamp - (uint32_t)(near_ns / 1000)) & ((1u << WIRE_STAMP_BITS) - 1);
    bool later = ahead_us > 0 && ahead_us < 1u << (WIRE_STAMP_BITS - 1);
    return later ? (near_ns / 1000 + ahead_us) * 1000 : near_ns;
}

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
