/* ring.c - records in a ring (ring.h). */
#include "rdma/mq/ring.h"

#include <string.h>

#include "base/assert.h"

#define RING_SKIP UINT32_MAX

/* `position` is that of the record, in units of 8 bytes: it distinguishes a record from the
 * contents of an earlier round at that place. */
struct ring_header {
    uint32_t bytes; /* of the message, or RING_SKIP: go on at the ring's begin */
    uint32_t position;
};

_Static_assert(sizeof(struct ring_header) == RING_HEADER_BYTES, "no padding");

static uint32_t record_bytes(uint32_t message_bytes)
{
    return RING_HEADER_BYTES + (message_bytes + 7) / 8 * 8;
}

static uint32_t place_of(uint64_t position, uint32_t ring_bytes)
{
    return (uint32_t)position & (ring_bytes - 1);
}

void ring_producer_init(struct ring_producer *p, void *memory, uint32_t bytes)
{
    ASSERT(bytes >= RING_BYTES_MIN);
    ASSERT((bytes & (bytes - 1)) == 0);
    ASSERT((uintptr_t)memory % 8 == 0);
    *p = (struct ring_producer){.memory = memory, .bytes = bytes};
}

void ring_consumer_init(struct ring_consumer *c, const void *memory, uint32_t bytes)
{
    ASSERT(bytes >= RING_BYTES_MIN);
    ASSERT((bytes & (bytes - 1)) == 0);
    ASSERT((uintptr_t)memory % 8 == 0);
    *c = (struct ring_consumer){.memory = memory, .bytes = bytes};
}

static void write_header(struct ring_producer *p, uint64_t position, uint32_t bytes)
{
    struct ring_header header = {bytes, (uint32_t)(position / 8)};
    memcpy(p->memory + place_of(position, p->bytes), &header, sizeof header);
}

/* The bytes that a record there would skip. */
static uint32_t skipped_bytes(const struct ring_producer *p, uint32_t record)
{
    uint32_t to_end = p->bytes - place_of(p->committed, p->bytes);
    return record > to_end ? to_end : 0;
}

uint32_t ring_needed(const struct ring_producer *p, uint32_t bytes)
{
    uint32_t record = record_bytes(bytes);
    return skipped_bytes(p, record) + record;
}

bool ring_fits(const struct ring_producer *p, uint32_t bytes)
{
    return p->committed + ring_needed(p, bytes) <= p->credit + p->bytes;
}

void *ring_reserve(struct ring_producer *p, uint32_t bytes)
{
    ASSERT(bytes >= 1);
    ASSERT(bytes <= ring_message_bytes_max(p->bytes));
    p->reserved = 0;
    if (!ring_fits(p, bytes)) return NULL;
    uint32_t record = record_bytes(bytes), skipped = skipped_bytes(p, record);
    if (skipped) {
        write_header(p, p->committed, RING_SKIP);
        p->committed += skipped;
    }
    p->reserved = record;
    return p->memory + place_of(p->committed, p->bytes) + RING_HEADER_BYTES;
}

void ring_commit(struct ring_producer *p, uint32_t bytes)
{
    uint32_t record = record_bytes(bytes);
    ASSERT(bytes >= 1);
    ASSERT(record <= p->reserved);
    write_header(p, p->committed, bytes);
    p->committed += record;
    p->reserved = 0;
}

uint32_t ring_publish(struct ring_producer *p, struct ring_span span[2])
{
    if (p->published == p->committed) return 0;
    uint32_t offset = place_of(p->published, p->bytes);
    uint32_t bytes = (uint32_t)(p->committed - p->published);
    uint32_t to_end = p->bytes - offset;
    p->published = p->committed;
    span[0] = (struct ring_span){offset, bytes < to_end ? bytes : to_end};
    if (bytes <= to_end) return 1;
    span[1] = (struct ring_span){0, bytes - to_end};
    return 2;
}

bool ring_credited(struct ring_producer *p, uint64_t position)
{
    if (position > p->published || position % 8 != 0) return false;
    if (position > p->credit) p->credit = position;
    return true;
}

bool ring_told(struct ring_consumer *c, uint64_t position)
{
    if (position > c->released + c->bytes || position % 8 != 0) return false;
    if (position > c->told) c->told = position;
    return true;
}

/* The record at *position, which moves over a skip. */
static enum ring_state look(const struct ring_consumer *c, uint64_t *position,
                            struct ring_header *header)
{
    for (;;) {
        if (*position == c->told) return RING_EMPTY;
        uint32_t place = place_of(*position, c->bytes), to_end = c->bytes - place;
        memcpy(header, c->memory + place, sizeof *header);
        if (header->position != (uint32_t)(*position / 8)) return RING_CORRUPT;
        if (header->bytes != RING_SKIP) {
            bool fits = header->bytes >= 1 && header->bytes <= ring_message_bytes_max(c->bytes) &&
                        record_bytes(header->bytes) <= to_end &&
                        record_bytes(header->bytes) <= c->told - *position;
            return fits ? RING_MESSAGE : RING_CORRUPT;
        }
        if (place == 0 || to_end > c->told - *position) return RING_CORRUPT;
        *position += to_end;
    }
}

enum ring_state ring_next(struct ring_consumer *c, const void **message, uint32_t *bytes)
{
    struct ring_header header;
    enum ring_state state = look(c, &c->next, &header);
    if (state != RING_MESSAGE) return state;
    *message = c->memory + place_of(c->next, c->bytes) + RING_HEADER_BYTES;
    *bytes = header.bytes;
    c->next += record_bytes(header.bytes);
    c->held++;
    return RING_MESSAGE;
}

bool ring_release(struct ring_consumer *c, uint32_t count)
{
    ASSERT(count <= c->held);
    c->held -= count;
    if (c->held == 0) {
        c->released = c->next;
        return true;
    }
    for (struct ring_header header; count > 0; count--) {
        uint64_t position = c->released;
        if (look(c, &position, &header) != RING_MESSAGE) return false;
        if (position + record_bytes(header.bytes) > c->next) return false;
        c->released = position + record_bytes(header.bytes);
    }
    return true;
}
