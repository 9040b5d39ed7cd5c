/* metered.h - a wire that passes everything on to another and tells work from waiting.
 *
 * A thread that spins uses the processor, but to no purpose. What it used outside of `wait` is what
 * its member's work costs. */
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
    uint64_t look_ns; /* what it takes to look at the thread's clock: once for each wait is work */
    uint64_t wait_cpu_ns; /* waiting and spinning */
    /* To other threads: when it gave way or was made to, and when it slept. */
    uint64_t switches, sleeps;
};

/* `inner` is borrowed, and closed with it. */
void metered_init(struct metered *m, struct wire *inner);

#endif
