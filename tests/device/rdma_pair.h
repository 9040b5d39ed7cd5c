/* rdma_pair.h - two connected queue pairs on two devices, for tests of the devices themselves. */
#ifndef TESTS_RDMA_PAIR_H
#define TESTS_RDMA_PAIR_H

#include <rdma/rdma_cma.h>
#include <stdint.h>

enum { RDMA_PAIR_WORDS = 512 };

/* One end: its connection, and memory that the other may write. */
struct rdma_end {
    struct rdma_cm_id *id;
    struct ibv_pd *domain;
    struct ibv_cq *completions;
    struct ibv_mr *region;
    uint64_t *memory; /* RDMA_PAIR_WORDS of them */
};

struct rdma_pair {
    struct rdma_event_channel *events;
    struct rdma_cm_id *listener;
    struct rdma_end near, far;
};

/* An id bound to the device's address; the caller destroys it. */
struct rdma_cm_id *rdma_bound_id(struct rdma_event_channel *events, int device);

/* Connects a reliable connection; retransmission gives up after some 300 ms. */
void rdma_pair_open(struct rdma_pair *p, int near_device, int far_device);
void rdma_pair_close(struct rdma_pair *p);

/* Writes `count` words from the near memory at `index` to the same place of the far one, and waits
 * for the completion: its status. */
enum ibv_wc_status rdma_pair_write(struct rdma_pair *p, uint32_t index, uint32_t count);

#endif
