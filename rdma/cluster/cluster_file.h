/* cluster_file.h - the addresses of a cluster's processes: the text file of `--cluster`.
 *
 *     # name        address:port            device
 *     coordinator   192.168.1.10:7400               # where aviary emulate listens, by TCP
 *     p0.r0         192.168.1.11:7401       mlx5_0
 *     p0.r1         192.168.1.12:7401
 *     oracle.r0     192.168.1.13:7401
 *     clients       [fe80::1]:7401
 *
 * One process a line; the coordinator's must be there. An RDMA address determines the device; a
 * device named as well must be the same. A file may name more processes than a run needs. */
#ifndef AVIARY_RDMA_CLUSTER_CLUSTER_FILE_H
#define AVIARY_RDMA_CLUSTER_CLUSTER_FILE_H

#include <stdint.h>

#include "base/error.h"

enum {
    CLUSTER_NAME_BYTES = 24,
    CLUSTER_ADDRESS_BYTES = 64,
    CLUSTER_DEVICE_BYTES = 64,
};

#define CLUSTER_COORDINATOR "coordinator"

struct cluster_process {
    char name[CLUSTER_NAME_BYTES];
    char address[CLUSTER_ADDRESS_BYTES];
    uint16_t port;
    char device[CLUSTER_DEVICE_BYTES]; /* "": the device with the address */
};

struct cluster_file {
    struct cluster_process *process;
    uint32_t count;
};

/* 0, or -1 with FILE:LINE and what was expected. */
int cluster_file_read(struct cluster_file *c, const char *path, struct error *e);
void cluster_file_finish(struct cluster_file *c);
/* NULL: there is none of that name. */
const struct cluster_process *cluster_file_find(const struct cluster_file *c, const char *name);

#endif
