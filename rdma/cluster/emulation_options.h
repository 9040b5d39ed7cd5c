/* emulation_options.h - the options of emulated runs, whatever their transport. */
#ifndef AVIARY_RDMA_CLUSTER_EMULATION_OPTIONS_H
#define AVIARY_RDMA_CLUSTER_EMULATION_OPTIONS_H

#include "analysis/experiment/cluster_options.h"
#include "analysis/experiment/experiment.h"
#include "rdma/mq/mq.h"

/* Texts point into the command line. */
struct emulation_options {
    const char *addresses; /* of RDMA devices, comma-separated; NULL: all of this machine */
    const char *cluster;   /* the cluster file, or NULL: members are started here */
    const char *durable;   /* directory of the replicas' storage, or NULL: they have none */
    const char *crash;     /* crashes of members (crashes.h); NULL: none */
    enum mq_waiting waiting;
    uint32_t ring_bytes; /* of each connection, a power of two */
    uint64_t dead_after_ns;
    uint64_t patience_ns; /* for members to connect, answers, and replicas to agree */
};

extern const struct cluster_options emulation_kind;

/* Of an experiment whose command emulates; lives until experiment_finish(). */
const struct emulation_options *emulation_options(const struct experiment *e);

#endif
