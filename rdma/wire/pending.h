/* pending.h - upcalls that a wire owes its listener: made in the next poll, never from within the
 * call of the host that causes them. */
#ifndef AVIARY_RDMA_WIRE_PENDING_H
#define AVIARY_RDMA_WIRE_PENDING_H

#include "rdma/wire/wire.h"

struct upcall;

/* Zeroed: none. */
struct pending {
    struct upcall *upcall;
    uint32_t count, room;
};

/* An operation of `node` is over. */
void pending_completion(struct pending *p, uint32_t node, uint64_t cookie, enum completion how);
/* `writer` has written into a watched region of `node`. */
void pending_written(struct pending *p, uint32_t node, uint32_t region, uint32_t writer,
                     uint32_t stamp);
/* Makes the upcalls, in order; false: there were none. */
bool pending_report(struct pending *p, const struct wire_listener *listener);
void pending_finish(struct pending *p);

#endif
