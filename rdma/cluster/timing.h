/* timing.h - how long the protocols wait over a real transport before they suspect a loss.
 *
 * Threads and processes of an emulated cluster outnumber the cores of the machine, and wait for
 * each other now and then: patience is counted in scheduler's time slices, not in round trips. A
 * calibrated model says the same, so that a simulation waits as long as the emulation. */
#ifndef AVIARY_RDMA_CLUSTER_TIMING_H
#define AVIARY_RDMA_CLUSTER_TIMING_H

#include "analysis/experiment/experiment.h"
#include "proto/timing.h"

static inline struct timing emulation_timing(enum experiment_transport transport)
{
    uint64_t factor = transport == EXPERIMENT_LOOP ? 1 : 3;
    return (struct timing){
        .heartbeat_ns = factor * UINT64_C(20000000),
        .leader_timeout_ns = factor * UINT64_C(200000000),
        .retry_ns = factor * UINT64_C(100000000),
    };
}

#endif
