/* timing.h - the protocols' time-outs over a real transport.
 *
 * Threads and processes of an emulated cluster outnumber the cores of the machine, and wait for
 * each other at times: time-outs are multiples of scheduler time slices, not of round trips. A
 * calibrated model has the same, so that a simulation waits as long as the emulation. */
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
