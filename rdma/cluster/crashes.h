/* crashes.h - scheduled crashes of members of an emulation: `--crash p0.r0@3s,oracle.r1@5s`. */
#ifndef AVIARY_RDMA_CLUSTER_CRASHES_H
#define AVIARY_RDMA_CLUSTER_CRASHES_H

#include "rdma/cluster/launch.h"

enum { CRASHES_MAX = 16 };

struct crashes {
    struct crash {
        uint32_t member;
        uint64_t at_ns; /* in the run's time */
        bool done;
    } crash[CRASHES_MAX];
    uint32_t count;
};

/* `text` NULL: none. 0, or -1 with the error: a bad list, a time that is none, no such replica. */
int crashes_read(struct crashes *c, const char *text, const struct launched *launched,
                 uint32_t replicas, struct error *e);
/* Crashes the members that are due. */
void crashes_carry_out(struct crashes *c, uint64_t now_ns, const struct launch_ops *ops,
                       struct launch *l);

#endif
