/* host_onesided.c - registered memory, and one-sided operations on it: all of it is the wire's. */
#include "base/assert.h"
#include "rdma/wire/hosting.h"

enum { WORD_BYTES = 8 };

static struct wire *wire_of(struct transport *t)
{
    return node_of(t)->host->wire;
}

static void check_nodes(struct transport *t, const uint32_t *nodes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) ASSERT(nodes[i] < node_of(t)->host->setup.members->nodes);
}

void onesided_register(struct transport *t, uint32_t region, void *memory, uint64_t bytes)
{
    ASSERT(region < REGIONS_MAX);
    ASSERT(memory);
    ASSERT((uintptr_t)memory % WORD_BYTES == 0);
    wire_of(t)->ops->region_register(wire_of(t), t->self, region, memory, bytes);
}

void onesided_watch(struct transport *t, uint32_t region)
{
    ASSERT(region < REGIONS_MAX);
    ASSERT(node_of(t)->ops->on_write);
    wire_of(t)->ops->region_watch(wire_of(t), t->self, region);
}

void onesided_grant(struct transport *t, uint32_t region, const uint32_t *writers, uint32_t count)
{
    ASSERT(region < REGIONS_MAX);
    check_nodes(t, writers, count);
    for (uint32_t i = 0; i < count; i++)
        wire_of(t)->ops->region_grant(wire_of(t), t->self, region, writers[i]);
}

void onesided_revoke(struct transport *t, uint32_t region, const uint32_t *writers, uint32_t count)
{
    ASSERT(region < REGIONS_MAX);
    check_nodes(t, writers, count);
    for (uint32_t i = 0; i < count; i++)
        wire_of(t)->ops->region_revoke(wire_of(t), t->self, region, writers[i]);
}

void onesided_write(struct transport *t, struct remote to, const void *source, uint32_t bytes,
                    uint64_t cookie)
{
    check_nodes(t, &to.node, 1);
    ASSERT(bytes <= MESSAGE_BYTES_MAX);
    wire_of(t)->ops->write(wire_of(t), t->self, to, source, bytes, cookie,
                           stamp_of(node_of(t)->host->now_ns));
}

void onesided_read(struct transport *t, struct remote from, void *target, uint32_t bytes,
                   uint64_t cookie)
{
    check_nodes(t, &from.node, 1);
    ASSERT(bytes <= MESSAGE_BYTES_MAX);
    wire_of(t)->ops->read(wire_of(t), t->self, from, target, bytes, cookie);
}

void onesided_swap(struct transport *t, struct remote at, uint64_t expected, uint64_t desired,
                   uint64_t *previous, uint64_t cookie)
{
    check_nodes(t, &at.node, 1);
    ASSERT(at.offset % WORD_BYTES == 0);
    wire_of(t)->ops->compare_and_swap(wire_of(t), t->self, at, expected, desired, previous, cookie);
}
