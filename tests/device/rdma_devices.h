/* rdma_devices.h - what tests/softroce/run provides to a test program: the addresses of RDMA
 * devices, and, in the virtual machine, how to break the links between them. Devices are counted
 * from 0 here. */
#ifndef TESTS_RDMA_DEVICES_H
#define TESTS_RDMA_DEVICES_H

#include <stdbool.h>

/* For main(), before anything else: if there are fewer devices, or links cannot be broken although
 * the test breaks some, prints in TAP that all is skipped, and exits. */
void rdma_devices_need(int count, bool faults);

int rdma_devices_count(void);
/* The IP address to bind for this device; lasts as long as the program. */
const char *rdma_device_address(int device);

/* Cuts the link from one device to the other, in this direction only; in force on return. */
void rdma_cut(int from, int to);
void rdma_heal(int from, int to);
/* Disturbs what the device sends, in the syntax of tc-netem(8): "delay 1ms 0.3ms loss 5%". */
void rdma_disturb(int device, const char *how);
/* Ends all cuts and disturbances. */
void rdma_calm(void);

#endif
