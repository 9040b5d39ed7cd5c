/* timing.h - how patient the protocols are in an emulated cluster, by transport.
 *
 * Longer than a thread of a crowded machine may have to wait for a processor. The models that
 * calibration writes say the same, so that a simulation waits as an emulation does. */
#ifndef AVIARY_RDMA_TIMING_H
#define AVIARY_RDMA_TIMING_H

#include "proto/timing.h"

enum transport_kind { TRANSPORT_LOOP, TRANSPORT_VERBS };

static inline struct timing emulation_timing(enum transport_kind transport)
{
    /* SoftRoCE spends the processors' time, too, in the kernel. */
    uint64_t factor = transport == TRANSPORT_VERBS ? 3 : 1;
    return (struct timing){.heartbeat_ns = factor * UINT64_C(20000000),
                           .leader_timeout_ns = factor * UINT64_C(200000000),
                           .retry_ns = factor * UINT64_C(100000000)};
}

#endif
