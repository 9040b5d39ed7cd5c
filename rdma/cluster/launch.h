/* launch.h - start and end of the members of an emulated cluster: threads of this process,
 * processes of this machine, or processes elsewhere that connect to the coordinator. */
#ifndef AVIARY_RDMA_CLUSTER_LAUNCH_H
#define AVIARY_RDMA_CLUSTER_LAUNCH_H

#include "analysis/experiment/scenario.h"
#include "rdma/cluster/block.h"
#include "rdma/cluster/cluster_file.h"
#include "rdma/mq/mq.h"

enum { LAUNCHED_HOW_BYTES = 256 };

/* A member as its coordinator sees it. */
struct launched {
    struct cluster_process where; /* its name, and the address where there is one */
    struct block *block;
    char *journal;                /* path */
    bool present;                 /* it has been started, or has connected */
    bool ended;                   /* it runs no more, and its block and journal are complete */
    char how[LAUNCHED_HOW_BYTES]; /* reason of an unexpected end; "": none */
    uint64_t ended_ns;            /* CLOCK_MONOTONIC */
};

struct launch_setup {
    struct scenario *scenario;
    const struct members *members;
    struct launched *launched; /* by member */
    uint32_t ring_bytes;       /* of each connection, 0: the transport's default */
    enum mq_waiting waiting;
    uint64_t dead_after_ns; /* 0: the transport's default */
    uint64_t run_id;
    const struct cluster_process *coordinator; /* remote: where to listen */
};

struct launch;

/* All are called by the coordinator's one thread; setup is borrowed until destroy. */
struct launch_ops {
    /* NULL with the error. Members may be started, or connect later. */
    struct launch *(*start)(const struct launch_setup *setup, struct error *e);
    /* Sends orders, receives reports, detects connected or ended members; takes about wait_ns, less
     * if a report arrives. */
    void (*attend)(struct launch *l, uint64_t wait_ns);
    /* Kills this member, without notice to the others; no effect if it has ended. NULL: not
     * supported. */
    void (*crash)(struct launch *l, uint32_t member);
    /* Ends all that still run, at once, and frees everything but blocks and journals. */
    void (*destroy)(struct launch *l);
};

extern const struct launch_ops launch_threads;
#ifdef HAVE_VERBS
extern const struct launch_ops launch_processes;
extern const struct launch_ops launch_remote;
#endif

#endif
