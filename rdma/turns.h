/* turns.h - what it takes to get from one thread that spins to the next on the same processor. */
#ifndef AVIARY_RDMA_TURNS_H
#define AVIARY_RDMA_TURNS_H

#include <stdint.h>

double turns_measure(uint64_t duration_ns);

#endif
