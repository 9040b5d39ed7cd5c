/* nic.h - one direction of a network interface of limited bandwidth.
 *
 * It serves the connections that have a backlog round robin, packet by packet (fair queueing:
 * Demers, Keshav and Shenker, SIGCOMM 1989). A message is through when all before it are, or when
 * its connection's share of the bandwidth has carried that connection's backlog, whichever is
 * sooner. The share is that of the moment at which the message is queued, and the others are not
 * slowed down for it: an approximation, since what is through at a time that was announced needs no
 * event to be revised. */
#ifndef AVIARY_SIM_NIC_H
#define AVIARY_SIM_NIC_H

#include <stdint.h>

#include "sim/row.h"

struct nic {
    uint64_t free_ns;       /* when everything is through */
    struct sim_row peer_ns; /* by peer: the same of that connection; 0: it has no backlog */
    uint32_t *busy;         /* the peers whose connections may have a backlog */
    uint32_t busy_count, busy_room;
    uint32_t next; /* the index in busy that is looked at next */
};

/* Queues a message of wire_ns of transmission at start_ns; returns when its last bit is through.
 * 0 (unlimited bandwidth): it only waits while its connection is held. */
uint64_t nic_pass(struct nic *n, uint32_t peer, uint64_t start_ns, uint64_t wire_ns);
/* Nothing of that connection passes before until_ns, nor counts the NIC as free until then. */
void nic_hold(struct nic *n, uint32_t peer, uint64_t until_ns);
/* Frees what it holds, not itself. */
void nic_release(struct nic *n);

#endif
