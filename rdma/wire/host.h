/* host.h - runs the nodes of one member: one thread, one wire, struct transport for each.
 *
 * The loop of a host: take frames from the wire, call handlers, fire timers, send, wait. It keeps
 * the contract of proto/transport.h: handlers one at a time; messages within the member bypass the
 * wire; frames that do not fit into the wire wait in a FIFO backlog (bounded: beyond
 * BACKLOG_BYTES_MAX messages to that peer are dropped and counted). */
#ifndef AVIARY_RDMA_WIRE_HOST_H
#define AVIARY_RDMA_WIRE_HOST_H

#include "rdma/wire/log_file.h"
#include "proto/limits.h"
#include "rdma/wire/members.h"
#include "rdma/wire/wire.h"

#define BACKLOG_BYTES_MAX (UINT64_C(64) << 20) /* of each peer */
/* No clock of another member is trusted that is further ahead of the own one. */
#define HOST_AHEAD_NS_MAX UINT64_C(3600000000000)
/* Messages of long handlers leave so long after the last flush, not at the end of the round. */
#define HOST_FLUSH_NS UINT64_C(1000000)

struct host_setup {
    uint64_t seed;
    const struct members *members; /* borrowed until host_destroy, like the wire */
    uint32_t self;                 /* this member */
    struct wire *wire;
    const struct limits *limits; /* of the run; borrowed; NULL: only PROBEs */
    /* Time 0 of the nodes, on CLOCK_MONOTONIC of this machine; 0: set by host_set_epoch. */
    uint64_t epoch_ns;
};

struct host_node {
    uint32_t node;
    const char *name; /* copied; names the random streams */
    const struct node_ops *ops;
    void *state;          /* borrowed */
    struct log_file *log; /* its storage, borrowed until host_stop(); NULL: it has none */
};

struct host;

struct host *host_create(const struct host_setup *setup);
/* After the last host_run(): closes the wire and waits for work that is being computed. Handlers
 * are called no more; the caller frees the nodes, and may still release messages then. */
void host_stop(struct host *h);
/* After the nodes are freed. Stops it, unless that was done. */
void host_destroy(struct host *h);
void host_add_node(struct host *h, const struct host_node *node);

/* Connects, before host_run() and without the nodes, until `tick` (as below) returns false. The
 * first message of another member initialises the nodes: their time must have been set before, or
 * messages are lost. */
void host_connect(struct host *h, uint64_t tick_ns, bool (*tick)(void *context), void *context);
void host_set_epoch(struct host *h, uint64_t epoch_ns); /* before the nodes are initialised */

/* The first call waits for nothing: it initialises all nodes. Returns after `tick` has returned
 * false: it is called from this thread at least every tick_ns, between handlers. */
void host_run(struct host *h, uint64_t tick_ns, bool (*tick)(void *context), void *context);
/* Ends the waiting of a host_run() in another thread, so that it calls `tick`. */
void host_wake(struct host *h);

/* The time of its nodes, and the name of the one whose handler runs, or NULL. From the thread that
 * runs them, also in a handler. */
uint64_t host_now(const struct host *h);
const char *host_handling(const struct host *h);

/* Is a background computation running? For use from `tick`. */
bool host_working(const struct host *h);
/* Is the connection to that member up? For start-up; for use from `tick`. */
bool host_peer_up(const struct host *h, uint32_t member);

/* Of each node, as struct sim_node_stats has them. */
struct host_node_stats {
    uint64_t cpu_busy_ns; /* of the member's thread, in handlers of this node */
    uint64_t messages_in, messages_out, bytes_in, bytes_out;
};
struct host_stats {
    uint64_t malformed;  /* frames and messages dropped as malformed */
    uint64_t refused;    /* messages that a node's handler refused */
    uint64_t corrupted;  /* frames whose checksum was wrong */
    uint64_t overflowed; /* dropped because the backlog of a peer was full */
    uint64_t delivered;
    uint64_t kind_count[MESSAGE_KIND_COUNT], kind_bytes[MESSAGE_KIND_COUNT]; /* sent */
    /* Malformed or refused, by what they say they are; the last: of no kind. */
    uint64_t kind_refused[MESSAGE_KIND_COUNT + 1];
    uint64_t kind_corrupted[MESSAGE_KIND_COUNT + 1]; /* the same */
};
const struct host_stats *host_stats(const struct host *h);
struct host_node_stats host_node_stats(const struct host *h, uint32_t node);

#endif
