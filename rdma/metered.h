/* metered.h - a wire that passes everything on to another and tells work from waiting.
 *
 * A thread that spins uses the processor, but to no purpose. What it used outside of `wait` is what
 * its member's work costs. */
#ifndef AVIARY_RDMA_METERED_H
#define AVIARY_RDMA_METERED_H

#include "rdma/wire.h"

struct metered {
    struct wire wire; /* first: a wire is its meter */
    struct wire_ops ops;
    struct wire *inner;
    uint64_t waits;
    uint64_t wait_cpu_ns; /* of the thread that calls, while it waited */
};

/* `inner` is borrowed, and closed with it. */
void metered_init(struct metered *m, struct wire *inner);

/* Processor time that the calling thread has used. */
uint64_t metered_cpu_ns(void);

#endif
