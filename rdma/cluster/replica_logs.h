/* replica_logs.h - the storage of replicas under --durable DIR: a file for each, called like it,
 * `p0.r0.log`. */
#ifndef AVIARY_RDMA_CLUSTER_REPLICA_LOGS_H
#define AVIARY_RDMA_CLUSTER_REPLICA_LOGS_H

#include "proto/topology.h"
#include "rdma/wire/log_file.h"

/* Before members start on this machine: the directory can be written, and has no log with records
 * of one of these replicas. names: of the topology's nodes. -1 with the error. */
int replica_logs_check(const char *directory, const struct topology *t, char *const *names,
                       struct error *e);
/* A new one. NULL with the error. */
struct log_file *replica_log_create(const char *directory, const char *name, struct error *e);

#endif
