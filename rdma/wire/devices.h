/* devices.h - the RDMA devices of this machine, by their IP addresses. */
#ifndef AVIARY_RDMA_WIRE_DEVICES_H
#define AVIARY_RDMA_WIRE_DEVICES_H

#include <stdint.h>

#include "base/error.h"

enum { DEVICES_MAX = 64 };

struct device_address {
    char address[64]; /* IPv4 or IPv6 */
    char device[64];  /* the verbs device that has it, "rxe1" */
    uint32_t port;    /* of the device */
    int gid_index;    /* where the port has the address, for RoCE version 2; -1: nowhere */
};

/* All addresses of this machine that belong to an RDMA device, in the order of the interfaces. How
 * many, at most `most`; 0: there is none, and the error says so. */
uint32_t devices_find(struct device_address *found, uint32_t most, struct error *e);
/* The device of one address of this machine; -1: there is none. */
int devices_resolve(const char *address, struct device_address *found, struct error *e);
/* -1: the address is not that device's. */
int devices_check(const char *address, const char *device, struct error *e);

#endif
