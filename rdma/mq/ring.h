/* ring.h - a ring of messages between one producer and one consumer: pure logic, no I/O, no clock.
 *
 *   consumer's memory     | free | read, not released | complete, unread | being moved | free |
 *   positions             ^ released             ^ next              ^ told
 *   producer's positions  ^ credit (a little late)                     ^ published    ^ committed
 *
 * Positions count bytes from the begin of time; the place in the ring is the position modulo its
 * size, a power of two. A record is a header of 8 bytes and the message, padded to 8. It is
 * contiguous: one that does not fit before the ring's end is placed at its begin, and a RING_SKIP
 * record fills the rest.
 *
 * The user of a ring moves the bytes: by RDMA WRITEs (mq.c), not at all where both sides share the
 * memory (loop.c), by a simulator's one-sided operations (in tests). It must ensure:
 *
 *   told      only after all bytes before that position are in the consumer's memory;
 *   credited  only after the consumer has released all bytes before that position.
 *
 * Then there are no torn reads, in whatever order the bytes of a WRITE arrive: the consumer reads
 * no byte beyond `told`, and the producer writes none beyond its credit. Duplicate or late reports
 * have no effect: both positions only grow. */
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
    uint64_t published; /* returned by ring_publish */
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
    uint32_t held; /* messages returned and not released */
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
/* Its space in the ring at this place: the record, and the bytes skipped. */
uint32_t ring_needed(const struct ring_producer *p, uint32_t bytes);
/* The reserved room holds a message of `bytes`, at most those reserved. */
void ring_commit(struct ring_producer *p, uint32_t bytes);
/* The records committed and not yet published, at most two spans, to be moved in this order before
 * p->published is reported to the consumer. Returns their number. */
uint32_t ring_publish(struct ring_producer *p, struct ring_span span[2]);
/* The consumer has released everything before `position`. False: impossible. */
bool ring_credited(struct ring_producer *p, uint64_t position);

/* Everything before `position` is in memory. False: impossible. */
bool ring_told(struct ring_consumer *c, uint64_t position);

enum ring_state { RING_EMPTY, RING_MESSAGE, RING_CORRUPT };
/* The next message in its place. It stays until released. CORRUPT: there is no valid record, and
 * the ring cannot be used any more. */
enum ring_state ring_next(struct ring_consumer *c, const void **message, uint32_t *bytes);
/* Gives the oldest `count` messages up; at most those that ring_next() has returned. The reusable
 * space ends at c->released: the credit. False: the producer's side has written over records it had
 * no credit for, and the ring cannot be used any more. */
bool ring_release(struct ring_consumer *c, uint32_t count);

#endif
