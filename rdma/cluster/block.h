/* block.h - shared memory of a member and its coordinator: orders one way, a report the other.
 *
 * A block is shared memory between the threads or processes of one machine, and survives the death
 * of its member. For a member on another machine both sides keep a copy, and a connection carries
 * what changes (control.h). The coordinator reads the plain fields of a report only when the member
 * has ended. */
#ifndef AVIARY_RDMA_CLUSTER_BLOCK_H
#define AVIARY_RDMA_CLUSTER_BLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "rdma/wire/host.h"

enum order {
    ORDER_RUN,
    ORDER_DRAIN, /* clients: issue nothing more */
    ORDER_REST,  /* start no new hints or plans; pending ones complete */
    ORDER_STOP,
    ORDER_STOP_AND_REPORT, /* and note the owners of variables */
};

struct orders {
    /* When the nodes' time begins, on CLOCK_MONOTONIC; 0: not all members are connected yet. */
    _Atomic uint64_t epoch_ns;
    /* The longest that any member measured, for scenario_set_latency(); given before epoch_ns. */
    _Atomic uint64_t latency_ns;
    _Atomic uint32_t order; /* enum order */
};

enum member_state {
    MEMBER_STARTING,
    MEMBER_CONNECTING,
    MEMBER_READY, /* all connections are up */
    MEMBER_RUNNING,
    MEMBER_STOPPED,
    MEMBER_FAILED, /* see `failure` */
};

struct report {
    _Atomic uint32_t state;      /* enum member_state */
    _Atomic uint32_t missing;    /* CONNECTING: a member that it has no connection to */
    _Atomic uint64_t latency_ns; /* of its wire (wire.h), from READY on */
    _Atomic uint64_t executed;   /* by a replica */
    _Atomic uint64_t answered;   /* to clients */
    _Atomic uint64_t unanswered;
    _Atomic bool done;    /* clients: everything issued is answered, and nothing more comes */
    _Atomic bool settled; /* a replica: everything known to it is done */
    _Atomic bool resting; /* the order to rest was received */
    _Atomic bool leading;
    _Atomic uint64_t clock_error_ns; /* of its clock against the coordinator's */
    char failure[sizeof(struct error)];
    struct host_stats stats;
    uint32_t node_count;
    struct host_node_stats nodes[]; /* of the member's nodes, in their order */
};

struct block {
    struct orders orders;
    struct report report;
};

static inline uint64_t report_bytes(uint32_t nodes)
{
    return sizeof(struct report) + nodes * sizeof(struct host_node_stats);
}

static inline uint64_t block_bytes(uint32_t nodes)
{
    return sizeof(struct block) + nodes * sizeof(struct host_node_stats);
}

/* For the nodes of one member, zeroed. */
struct block *block_create(uint32_t nodes);
void block_free(struct block *block);

#endif
