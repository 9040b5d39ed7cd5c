/* metered.h - a wire that forwards to another one and separates work from waiting.
 *
 * A thread that spins uses the processor without doing work. Its processor time outside of `wait`
 * is the cost of its member's work. */
#ifndef AVIARY_RDMA_CALIBRATE_METERED_H
#define AVIARY_RDMA_CALIBRATE_METERED_H

#include "rdma/wire/wire.h"

struct metered {
    struct wire wire; /* first: a wire is its meter */
    struct wire_ops ops;
    struct wire *inner;
    bool begun;
    uint64_t began_cpu_ns; /* of the thread, at the first poll */
    uint64_t work_ns;      /* from then until the wire was closed, waiting left out */
    uint64_t waits;
    uint64_t
        look_ns; /* the cost of reading the thread's clock: once for each wait it counts as work */
    uint64_t wait_cpu_ns; /* waiting and spinning */
    /* Context switches: yields or preemptions, and sleeps. */
    uint64_t switches, sleeps;
};

/* `inner` is borrowed, and closed with it. */
void metered_init(struct metered *m, struct wire *inner);

#endif
