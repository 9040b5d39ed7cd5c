/* mq.h - a message queue over RDMA verbs: rings filled by one-sided WRITEs, many senders to one
 * receiver, zero copy on both sides. Useful without the rest of Aviary; manual: aviary-mq(3).
 *
 * A struct mq is one end: a source address (which decides the device), a port that others connect
 * to, and a link to each of them. Every link carries messages in both directions. For each
 * direction the receiver owns a ring of registered memory and the sender a staging ring of the same
 * size: a message is built in the staging ring at the same offset as in the receiver's, so that one
 * WRITE moves any number of neighbouring messages. The WRITE (the second one, where the ring wraps)
 * carries the number of bytes that are now complete as immediate data.
 *
 * No torn reads: the receiver reads no byte beyond those reported by completions with immediate
 * data, and such a completion comes after all bytes of its WRITE, and of every earlier WRITE of the
 * connection, are in memory (InfiniBand architecture specification, volume 1, 9.5 and 10.8: order
 * of a reliable connection, receive completion). Consumed bytes are reported back by an empty WRITE
 * whose immediate data counts them, the credit; a sender never writes beyond its credit.
 *
 * Threads: a struct mq belongs to one thread; only mq_wake() may be called from others.
 * Units: bytes; times in nanoseconds (suffix _ns) of CLOCK_MONOTONIC.
 * Memory: 2 * ring_bytes for each link and each side, allocated when the link is made; nothing else
 * grows. Nothing is dropped silently: a message that cannot be sent now is refused by MQ_FULL. */
#ifndef AVIARY_RDMA_MQ_MQ_H
#define AVIARY_RDMA_MQ_MQ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* X(NAME, text): how a call or a link ended. */
#define MQ_STATUSES(X)                                                       \
    X(OK, "ok")                                                              \
    X(FULL, "the ring is full: poll, and try again")                         \
    X(DOWN, "the link is down")                                              \
    X(TOO_BIG, "the message is longer than message_bytes_max")               \
    X(REFUSED, "no listener there, or the other side refused")               \
    X(MISMATCH, "the other side speaks another version or has other limits") \
    X(UNREACHABLE, "the address cannot be reached")                          \
    X(TIMEOUT, "the other side did not answer in time")                      \
    X(CLOSED, "the other side closed the link or died")                      \
    X(BROKEN, "retransmission gave up, or the device failed: see the verbs status")

enum mq_status {
#define X(NAME, text) MQ_##NAME,
    MQ_STATUSES(X)
#undef X
};

const char *mq_status_text(enum mq_status status);

enum mq_waiting {
    MQ_ADAPTIVE, /* spins for an adaptive time, then sleeps on a completion event */
    MQ_SPIN,     /* polls, and yields the processor between two polls */
    MQ_EVENT,    /* sleeps on a completion event at once */
};

enum {
    MQ_GREETING_BYTES = 24,   /* of the application, exchanged when a link is made */
    MQ_RING_BYTES_MIN = 4096, /* a power of two */
    MQ_RING_BYTES_MAX = 1 << 30,
    MQ_SPIN_NS_MAX = 4000000,
};

/* Zero fields take the defaults. */
struct mq_options {
    const char *address;        /* IPv4 or IPv6 of a device's port; required */
    uint16_t port;              /* 0: any free one, see mq_port() */
    uint32_t ring_bytes;        /* of each link and direction; default 1 MiB */
    uint32_t message_bytes_max; /* default, and at most: ring_bytes / 2 - 8 */
    uint32_t links_max;         /* default 64 */
    uint32_t depth;             /* WRITEs of a link under way at a time; default 64 */
    enum mq_waiting waiting;
    uint64_t spin_ns_max;   /* adaptive: longest spin before sleeping; default MQ_SPIN_NS_MAX */
    uint64_t dead_after_ns; /* time to detect a peer that is dead or cut off; default 500 ms */
    uint64_t connect_ns;    /* time-out of mq_connect(); default 2 s */
};

struct mq;
struct mq_link;

/* NULL: the error says why (no such address, no RDMA device there, a limit of it). */
struct mq *mq_open(const struct mq_options *options, struct error *error);
/* Ends all links (the others see CLOSED) and frees everything, also links and messages. */
void mq_close(struct mq *q);
uint16_t mq_port(const struct mq *q);

/* Begins to connect; MQ_EVENT_UP or MQ_EVENT_LOST follows. `greeting` is MQ_GREETING_BYTES, shown
 * to the other side in its MQ_EVENT_UP. NULL: links_max is reached. */
struct mq_link *mq_connect(struct mq *q, const char *address, uint16_t port, const void *greeting);
/* Ends a link, up or lost; it and its messages are gone. A lost link stays until this is called. A
 * link to the same peer can be made again at any time. */
void mq_link_close(struct mq_link *l);

/* The application's own pointer, NULL at first. */
void mq_link_set_context(struct mq_link *l, void *context);
void *mq_link_context(const struct mq_link *l);

/* Room for a message of `bytes` (1 .. message_bytes_max), 8-aligned, in the staging ring: build the
 * message there. NULL: *why is FULL, DOWN or TOO_BIG. At most one is reserved at a time and link;
 * reserving again without a commit gives the first up. */
void *mq_reserve(struct mq_link *l, uint32_t bytes, enum mq_status *why);
/* The reserved room holds a message of `bytes` (at most those reserved). It is sent by the next
 * mq_flush(), or sooner. */
void mq_commit(struct mq_link *l, uint32_t bytes);
/* Posts everything committed, one doorbell for each link. */
void mq_flush(struct mq *q);

enum mq_event_kind {
    MQ_EVENT_UP,      /* the link can be used; `data` is the other side's greeting */
    MQ_EVENT_MESSAGE, /* a message of `bytes` at `data`, which stays until mq_release() */
    MQ_EVENT_ROOM,    /* a message refused as FULL can be retried */
    MQ_EVENT_LOST,    /* the link is down for good, see `status`; its messages can still be read */
};

struct mq_event {
    enum mq_event_kind kind;
    struct mq_link *link; /* a link made by the other side appears first with UP */
    const void *data;
    uint32_t bytes;
    enum mq_status status;
    const char *detail; /* LOST: the verbs status or event by name, "" if none */
};

/* Returns events, oldest first, at most `most`. Messages of one link come in the order of their
 * commits, each once; a link that is lost may have lost a suffix of them. Never blocks. Also drives
 * connecting, credits and failure detection: call it (or mq_wait()) at least every dead_after_ns /
 * 4. */
uint32_t mq_poll(struct mq *q, struct mq_event *events, uint32_t most);

/* Gives the oldest `count` messages of the link back to the sender. */
void mq_release(struct mq_link *l, uint32_t count);

/* Waits, as the options say, until mq_poll() may have something, mq_wake() is called, or until_ns
 * of CLOCK_MONOTONIC has come. */
void mq_wait(struct mq *q, uint64_t until_ns);
void mq_wake(struct mq *q);

/* Counters of a link, for statistics and tests. */
struct mq_link_stats {
    uint64_t messages_out, bytes_out, writes; /* messages / writes: how well they coalesce */
    uint64_t messages_in, bytes_in, credits;
    uint64_t full; /* reservations refused */
};
struct mq_link_stats mq_link_stats(const struct mq_link *l);

#endif
