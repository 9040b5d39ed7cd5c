/* control.h - the protocol between a coordinator and processes elsewhere, over TCP.
 *
 * A connection carries frames, one after the other: type, length, content. Both ends are the same
 * program of the same version on the same kind of machine: HELLO verifies that, so everything after
 * it may be plain memory.
 *
 *     process -> coordinator   HELLO, then CLOCK some times
 *     coordinator -> process   CLOCK back, then SETUP; or REFUSED, and the connection ends
 *     process -> coordinator   REPORT again and again; at the end JOURNAL, in pieces, and END
 *     coordinator -> process   ORDERS when they change
 */
#ifndef AVIARY_RDMA_CLUSTER_CONTROL_H
#define AVIARY_RDMA_CLUSTER_CONTROL_H

#include <signal.h>
#include <stdint.h>

#include "base/error.h"
#include "rdma/cluster/cluster_file.h"

enum control_type {
    CONTROL_HELLO,   /* struct control_hello */
    CONTROL_CLOCK,   /* the sender's CLOCK_MONOTONIC */
    CONTROL_SETUP,   /* struct control_setup, then the options */
    CONTROL_REFUSED, /* why, as a text */
    CONTROL_ORDERS,  /* struct control_orders */
    CONTROL_REPORT,  /* struct report (block.h) */
    CONTROL_JOURNAL, /* the next bytes of the member's journal */
    CONTROL_END,     /* the member is gone; why it failed as a text, if it did */
};

enum {
    CONTROL_BYTES_MAX = 64 << 20,
    CONTROL_MEMBERS_MAX = 1200,
    CONTROL_VERSION_BYTES = 64,
    CONTROL_BOOT_BYTES = 40,
    CONTROL_ARGUMENT_BYTES = 4096,
};

struct control_hello {
    char version[CONTROL_VERSION_BYTES]; /* of the program */
    char name[CLUSTER_NAME_BYTES];
    char boot[CONTROL_BOOT_BYTES]; /* equal: the same machine, and the same clock */
};

struct control_setup {
    uint64_t run_id;
    uint32_t self, members;
    char boot[CONTROL_BOOT_BYTES];    /* the coordinator's, as in struct control_hello */
    struct cluster_process process[]; /* of each member; then --NAME=VALUE texts, NUL-ended */
};

struct control_orders {
    uint64_t epoch_ns; /* by the coordinator's clock */
    uint64_t latency_ns;
    uint32_t order;
    uint32_t reserved;
};

struct control_frame {
    uint32_t type, bytes;
    unsigned char *data; /* grows; free it with control_frame_finish */
    uint32_t room;
};

/* All return 0, or -1 with the error; a silent other side times out after a few seconds within a
 * frame. */
int control_send(int fd, enum control_type type, const void *data, uint32_t bytes);
int control_receive(int fd, struct control_frame *frame, struct error *e);
void control_frame_finish(struct control_frame *frame);

/* A listening socket, or -1. */
int control_listen(const struct cluster_process *at, struct error *e);
/* Retries until `patience_ns` is over, or *stop. A socket, or -1. */
int control_connect(const struct cluster_process *to, uint64_t patience_ns,
                    const volatile sig_atomic_t *stop, struct error *e);

/* Fills in the identity of this process. */
void control_introduce(struct control_hello *hello, const char *name);

/* How far the coordinator's clock is ahead of ours: of several exchanges of CLOCK the one with the
 * shortest round trip; *error_ns is half of that. */
int control_clock_ahead(int fd, int64_t *ahead_ns, uint64_t *error_ns, struct error *e);

#endif
