/* member.h - one member of an emulated cluster: a replica, or all the clients, on a host. */
#ifndef AVIARY_RDMA_CLUSTER_MEMBER_H
#define AVIARY_RDMA_CLUSTER_MEMBER_H

#include "analysis/experiment/scenario.h"
#include "rdma/cluster/block.h"

/* All borrowed until member_run() returns. */
struct member_setup {
    struct scenario *scenario;
    const struct members *members;
    uint32_t self;
    struct wire *wire; /* closed at the end */
    struct block *block;
    const char *journal; /* the path of the journal */
};

/* From connecting to stopping, as the block's orders say. Failures are in its report. */
void member_run(const struct member_setup *setup);

/* Ends the member: the report has FAILED and the reason. */
void member_fail(struct block *block, const char *why);

#endif
