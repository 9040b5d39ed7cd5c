/* verbs.h - the verbs transport's wire: members anywhere, messages over the queue (mq.h), one-sided
 * operations natively.
 *
 * Each pair of members has one link of the message queue for frames, and, once one-sided memory is
 * used, a separate queue pair for each direction of that: a denied operation breaks its queue pair,
 * which must not affect messages. The member with the higher number connects, and connects again
 * after a link was lost until it is there. Before a peer was up for the first time one-sided
 * operations wait for it, as the host's messages do; later, when it is down, they are unreachable.
 *
 * What an application of one-sided memory must know: a compare-and-swap is atomic against others
 * that come through the same device. Whether it is against the processor depends on the device
 * (ibv_query_device: atomic_cap; SoftRoCE's is not), and operations on nodes of the same member are
 * the processor's. So the nodes of the owning member should not write a word that others compare
 * and swap. */
#ifndef AVIARY_RDMA_WIRE_VERBS_H
#define AVIARY_RDMA_WIRE_VERBS_H

#include "rdma/mq/mq.h"
#include "rdma/wire/members.h"
#include "rdma/wire/wire.h"

struct verbs_address {
    const char *address; /* an IP address of an RDMA device */
    uint16_t port;
};

struct verbs_setup {
    const struct members *members; /* borrowed, like all pointers here, until close */
    uint32_t self;
    const struct verbs_address *addresses; /* of each member */
    uint32_t ring_bytes;                   /* 0: default 1 MiB, which is also the least */
    enum mq_waiting waiting;
    uint64_t dead_after_ns; /* 0: default 500 ms */
    uint64_t run_id;        /* members of another run are refused */
};

/* NULL and the error: no device at that address, the port is taken. */
struct wire *verbs_wire_open(const struct verbs_setup *setup, struct error *error);

#endif
