/* loop_memory.h - the registered memory of all nodes of a loop, which all its threads can see.
 *
 * An operation is done by the initiator's thread, directly in the target's memory: word by word, so
 * that no aligned word is ever half done, and under the region's lock, so that after a revoke, or
 * after its member has left, nothing touches it any more. */
#ifndef AVIARY_RDMA_WIRE_LOOP_MEMORY_H
#define AVIARY_RDMA_WIRE_LOOP_MEMORY_H

#include "rdma/wire/wire.h"

/* A one-sided operation of `node`. */
struct loop_access {
    enum { LOOP_WRITE, LOOP_READ, LOOP_SWAP } kind;
    uint32_t node;
    struct remote place;
    uint32_t bytes;
    const void *source; /* of a write */
    uint32_t stamp;     /* the same */
    void *target;       /* of a read; where the word before a swap goes */
    uint64_t expected, desired;
};

struct loop_memory;
struct loop_region;

struct loop_memory *loop_memory_create(uint32_t nodes, uint32_t members);
void loop_memory_destroy(struct loop_memory *m);

/* By the thread of `member`, to which `node` belongs; the rest as in transport.h. */
void loop_memory_register(struct loop_memory *m, uint32_t member, uint32_t node, uint32_t region,
                          void *memory, uint64_t bytes);
void loop_memory_watch(struct loop_memory *m, uint32_t node, uint32_t region);
void loop_memory_permit(struct loop_memory *m, uint32_t node, uint32_t region, uint32_t writer,
                        bool granted);
/* The member leaves: from the return on its memory is not touched any more. */
void loop_memory_leave(struct loop_memory *m, uint32_t member);

/* From any thread. NULL: there is no such region, or not yet. */
struct loop_region *loop_memory_find(const struct loop_memory *m, const struct remote *place);
uint32_t loop_region_member(const struct loop_region *r);
/* *watched: it was a write that the region's member is to report. */
enum completion loop_region_perform(struct loop_region *r, const struct loop_access *a,
                                    bool *watched);

/* By the member's thread: reports what was written into its watched regions. */
void loop_memory_report(struct loop_memory *m, uint32_t member,
                        const struct wire_listener *listener);

#endif
