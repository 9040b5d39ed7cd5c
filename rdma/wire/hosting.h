/* hosting.h - the data shared by the parts of a host: its nodes, its peers, and their queues.
 *
 *   host.c         the loop, and received frames
 *   host_transport.c struct transport_ops of the nodes
 *   host_peers.c   sending: to the wire, or into a backlog while it is full
 *   host_onesided.c  struct transport_ops: one-sided memory
 *   host_work.c    the side thread */
#ifndef AVIARY_RDMA_WIRE_HOSTING_H
#define AVIARY_RDMA_WIRE_HOSTING_H

#include <stdatomic.h>
#include <stddef.h>

#include "rdma/wire/frame.h"
#include "rdma/wire/host.h"
#include "rdma/wire/timers.h"

/* A message or a body of a frame with its count of references. Buffers come from malloc, whose
 * caches of free blocks by size belong to the thread, like the host. */
struct buffer {
    uint32_t references;
    uint32_t room; /* bytes of content */
    bool sent;     /* and therefore may be sent again by its sender only */
    _Alignas(8) unsigned char content[];
};

struct buffer *buffer_new(uint32_t bytes);
void buffer_release(struct buffer *b);

static inline struct buffer *buffer_of(struct message *m)
{
    return (struct buffer *)(void *)((unsigned char *)m - offsetof(struct buffer, content));
}

static inline struct message *buffer_message(struct buffer *b)
{
    return (struct message *)(void *)b->content;
}

/* A queued message: to a peer, or to a node of this member. */
struct item {
    uint32_t node; /* destination */
    uint32_t bytes;
    uint32_t tail_bytes;  /* opaque ones in the frame */
    uint64_t ahead_bytes; /* opaque ones still to be sent ahead of it */
    uint64_t sent_ns;
    struct buffer *buffer; /* whose first `bytes` are the body */
};

/* First in, first out. Zeroed: empty. */
struct items {
    struct item *item;
    uint32_t room, first, count;
};

void items_push(struct items *q, const struct item *i);
static inline struct item *items_first(struct items *q)
{
    return q->count ? &q->item[q->first] : NULL;
}
void items_pop(struct items *q);

struct peer {
    bool up;
    bool was_up; /* at least once: items sent before that wait for it */
    struct items backlog;
    uint64_t backlog_bytes;
};

struct stream;

struct node {
    struct transport transport; /* first: a transport is its node */
    struct host *host;
    const struct node_ops *ops;
    void *state;
    char *name;
    uint32_t slot;        /* its place in the host */
    struct log_file *log; /* NULL: no storage */
    struct stream *streams;
    struct host_node_stats stats;
};

struct job;

struct host {
    struct host_setup setup;
    struct wire *wire;
    struct node **node; /* by slot */
    uint32_t node_count;
    uint32_t logs;  /* nodes with storage */
    uint32_t *slot; /* of each node of the cluster; NO_SLOT: not here */
    bool running, stopped;
    atomic_bool woken;

    uint64_t clock_ns;     /* CLOCK_MONOTONIC, last reading */
    uint64_t unflushed_ns; /* what was sent since then may wait for a flush */
    uint64_t ahead_ns;     /* lead of other members' clocks over ours */
    uint64_t now_ns;

    struct timers timers;
    struct items inbox; /* for own nodes, from own nodes */
    struct peer *peer;  /* by member */
    uint32_t backlogs;  /* peers with a backlog */

    const struct message *incoming; /* being handled, in the wire's memory */
    const struct node *handling;    /* its handler runs; NULL: none does */

    uint32_t working;                      /* computations without completion yet */
    struct job *finished, **finished_last; /* under the side thread's lock */
    atomic_uint finished_count;
    struct host_stats stats;
};

#define NO_SLOT UINT32_MAX

static inline struct node *node_of(struct transport *t)
{
    return (struct node *)(void *)t;
}

/* NULL: no such node here. */
static inline struct node *host_node_at(const struct host *h, uint32_t node)
{
    if (node >= h->setup.members->nodes || h->slot[node] == NO_SLOT) return NULL;
    return h->node[h->slot[node]];
}

/* By the kind that it says it is. */
static inline void host_count_refused(struct host *h, const struct message *m)
{
    h->stats.kind_refused[m->kind < MESSAGE_KIND_COUNT ? m->kind : MESSAGE_KIND_COUNT]++;
}

/* host.c */
void host_complete(struct host *h, uint32_t node, uint64_t cookie, enum completion how);
void host_ended(struct host *h, struct node *n); /* a handler has */

/* host_transport.c */
extern const struct transport_ops host_transport_ops;
void streams_finish(struct node *n);

/* host_peers.c. Sends an item now or later; drops it where the backlog is full or the peer is down.
 */
void peers_send(struct host *h, uint32_t member, struct item *i);
void peers_retry(struct host *h);
void peers_changed(struct host *h, uint32_t member, bool up);
void peers_finish(struct host *h);

/* host_onesided.c */
void onesided_register(struct transport *t, uint32_t region, void *memory, uint64_t bytes);
void onesided_watch(struct transport *t, uint32_t region);
void onesided_grant(struct transport *t, uint32_t region, const uint32_t *writers, uint32_t count);
void onesided_revoke(struct transport *t, uint32_t region, const uint32_t *writers, uint32_t count);
void onesided_write(struct transport *t, struct remote to, const void *source, uint32_t bytes,
                    uint64_t cookie);
void onesided_read(struct transport *t, struct remote from, void *target, uint32_t bytes,
                   uint64_t cookie);
void onesided_swap(struct transport *t, struct remote at, uint64_t expected, uint64_t desired,
                   uint64_t *previous, uint64_t cookie);

/* host_work.c */
void work_start(struct transport *t, void (*compute)(void *argument), void *argument,
                uint64_t modelled_ns, uint64_t cookie);
bool work_take(struct host *h, uint32_t *node, uint64_t *cookie);
void work_finish(struct host *h); /* waits for the running computation, drops the rest */

#endif
