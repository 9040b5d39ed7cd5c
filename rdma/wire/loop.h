/* loop.h - the loop transport's wire: members are threads of one process, over shared memory rings.
 *
 * For machines without RDMA, and for the thread sanitizer. The rings are those of the message queue
 * (ring.h); the writer copies instead of an RDMA WRITE, and publishes by a release store. One-sided
 * operations are done at the call, in the target's memory (loop_memory.h), if the link is up then:
 * a node must have registered a region before others use it. */
#ifndef AVIARY_RDMA_WIRE_LOOP_H
#define AVIARY_RDMA_WIRE_LOOP_H

#include "rdma/wire/members.h"
#include "rdma/wire/wire.h"

struct loop;

/* `members` members with `nodes` nodes in all, all connected to each other; ring_bytes of each pair
 * and direction: for hosts 1 MiB at least, so that the longest frame fits; unused pages cost
 * nothing. */
struct loop *loop_create(uint32_t members, uint32_t nodes, uint32_t ring_bytes);
void loop_destroy(struct loop *l);
/* The wire of a member; lives until loop_destroy(). */
struct wire *loop_wire(struct loop *l, uint32_t member);

/* Faults, from any thread. A killed member's frames are neither received nor sent any more; a cut
 * loses frames in both directions, and is reported to both ends as down, within LOOP_DOWN_NS, until
 * it is healed. */
#define LOOP_DOWN_NS UINT64_C(50000000)
void loop_kill(struct loop *l, uint32_t member);
void loop_cut(struct loop *l, uint32_t a, uint32_t b);
void loop_heal(struct loop *l, uint32_t a, uint32_t b);

#endif
