/* ring.h - a ring of messages between one producer and one consumer: pure logic, no I/O, no clock.
 *
 *   consumer's memory     | free | read, not released | complete, unread | being moved | free |
 *   positions             ^ released             ^ next              ^ told
 *   producer's positions  ^ credit (a little late)                     ^ published    ^ committed
 *
 * Positions count bytes from the begin of time; the place in the ring is the position modulo its
 * size, a power of two. A record is a header of 8 bytes and the message, padded to 8. It lies in
 * one piece: what does not fit before the ring's end begins anew at its begin, and a record that
 * says RING_SKIP fills the rest.
 *
 * Who uses a ring moves bytes his own way: by RDMA WRITEs (mq.c), by nothing at all where both
 * sides share the memory (loop.c), by a simulator's one-sided operations (in tests). He promises:
 *
 *   told      only after all bytes before that position are in the consumer's memory;
 *   credited  only after the consumer has released all bytes before that position.
 *
 * Then no message is ever seen torn, whatever order the bytes of a WRITE arrive in: the consumer
 * looks at no byte beyond what it was told, and the producer touches none that is not credited. A
 * word that is told twice, or an old one told late, changes nothing: both only grow. */
#ifndef AVIARY_RDMA_MQ_RING_H
#define AVIARY_RDMA_MQ_RING_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RING_HEADER_BYTES = 8,
    RING_BYTES_MIN = 4096,
};

struct ring_producer {
    unsigned char *memory; /* where records are built: bytes, 8-aligned */
    uint32_t bytes;
    uint32_t reserved;  /* bytes of the record that is reserved and not committed, 0: none */
    uint64_t committed; /* complete records end here */
    uint64_t published; /* handed out by ring_publish */
    uint64_t credit;    /* the consumer has released everything before this */
};

/* A piece of the ring: the same offset on both sides. */
struct ring_span {
    uint32_t offset, bytes;
};

struct ring_consumer {
    const unsigned char *memory;
    uint32_t bytes;
    uint64_t told;
    uint64_t next;
    uint64_t released;
    uint32_t held; /* messages handed out and not released */
};

/* The longest message of a ring: wherever it begins, it fits once all others are released. */
static inline uint32_t ring_message_bytes_max(uint32_t ring_bytes)
{
    return ring_bytes / 2 - RING_HEADER_BYTES;
}

void ring_producer_init(struct ring_producer *p, void *memory, uint32_t bytes);
void ring_consumer_init(struct ring_consumer *c, const void *memory, uint32_t bytes);

/* Room for a message of `bytes` (1 .. ring_message_bytes_max), 8-aligned; NULL: not now. Reserving
 * again without a commit gives the first up. */
void *ring_reserve(struct ring_producer *p, uint32_t bytes);
/* Would it fit? Changes nothing. */
bool ring_fits(const struct ring_producer *p, uint32_t bytes);
/* What it takes of the ring at this place: the record, and what it skips. */
uint32_t ring_needed(const struct ring_producer *p, uint32_t bytes);
/* What was reserved is a message of `bytes`, at most what was reserved. */
void ring_commit(struct ring_producer *p, uint32_t bytes);
/* What was committed and not yet published, at most two spans, to be moved in this order before the
 * consumer is told p->published. Returns their number. */
uint32_t ring_publish(struct ring_producer *p, struct ring_span span[2]);
/* The consumer has released everything before `position`. False: that cannot be. */
bool ring_credited(struct ring_producer *p, uint64_t position);

/* Everything before `position` is in memory. False: that cannot be. */
bool ring_told(struct ring_consumer *c, uint64_t position);

enum ring_state { RING_EMPTY, RING_MESSAGE, RING_CORRUPT };
/* The next message in its place. It stays until released. CORRUPT: what stands there is no record,
 * and the ring cannot be used any more. */
enum ring_state ring_next(struct ring_consumer *c, const void **message, uint32_t *bytes);
/* Gives the oldest `count` messages up; at most those that ring_next() has handed out. What may be
 * written again ends at c->released: the credit. False: the producer's side has written over
 * records it had no credit for, and the ring cannot be used any more. */
bool ring_release(struct ring_consumer *c, uint32_t count);

#endif
