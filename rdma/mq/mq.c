/* mq.c - a message queue (mq.h): its begin and end, messages, events. */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "rdma/mq/address.h"
#include "rdma/mq/mq_link.h"

/* ---- opening ------------------------------------------------------------------------------------
 */

static void take_defaults(struct mq_options *o)
{
    if (!o->ring_bytes) o->ring_bytes = 1 << 20;
    if (!o->message_bytes_max) o->message_bytes_max = ring_message_bytes_max(o->ring_bytes);
    if (!o->links_max) o->links_max = 64;
    if (!o->depth) o->depth = 64;
    if (!o->spin_ns_max) o->spin_ns_max = MQ_SPIN_NS_MAX;
    if (!o->dead_after_ns) o->dead_after_ns = 500000000;
    if (!o->connect_ns) o->connect_ns = 2000000000;
}

static int check_options(const struct mq_options *o, struct error *error)
{
    if (!o->address) return error_set(error, "a message queue needs an address");
    if (o->ring_bytes < MQ_RING_BYTES_MIN || o->ring_bytes > MQ_RING_BYTES_MAX ||
        (o->ring_bytes & (o->ring_bytes - 1)))
        return error_set(error, "a ring of %u bytes: expected a power of two from %d to %d",
                         o->ring_bytes, MQ_RING_BYTES_MIN, MQ_RING_BYTES_MAX);
    if (o->message_bytes_max > ring_message_bytes_max(o->ring_bytes))
        return error_set(error, "messages of %u bytes in a ring of %u: expected at most %u",
                         o->message_bytes_max, o->ring_bytes,
                         ring_message_bytes_max(o->ring_bytes));
    if (o->links_max > MQ_LINKS_MAX)
        return error_set(error, "%u links: expected at most %d", o->links_max, MQ_LINKS_MAX);
    if (o->depth < MQ_DEPTH_MIN || o->depth > MQ_DEPTH_MAX)
        return error_set(error, "a depth of %u: expected %d to %d", o->depth, MQ_DEPTH_MIN,
                         MQ_DEPTH_MAX);
    if (o->dead_after_ns < MQ_DEAD_AFTER_NS_MIN)
        return error_set(error, "peers are dead after %llu ns: expected at least %d",
                         (unsigned long long)o->dead_after_ns, MQ_DEAD_AFTER_NS_MIN);
    return 0;
}

/* The address decides the device. */
static int listen_there(struct mq *q, struct error *error)
{
    const struct mq_options *o = &q->options;
    struct sockaddr_storage own;
    if (!address_read(o->address, o->port, &own))
        return error_set(error, "%s: expected an IPv4 or IPv6 address", o->address);
    q->channel = rdma_create_event_channel();
    if (!q->channel)
        return error_errno(error, "%s: no RDMA here: rdma_create_event_channel", o->address);
    if (rdma_create_id(q->channel, &q->listener, NULL, RDMA_PS_TCP)) {
        q->listener = NULL;
        return error_errno(error, "%s: rdma_create_id", o->address);
    }
    if (rdma_bind_addr(q->listener, (struct sockaddr *)&own))
        return error_errno(error, "%s: expected the address of an RDMA device and a free port",
                           o->address);
    if (!q->listener->verbs)
        return error_set(error, "%s: expected the address of one RDMA device", o->address);
    if (rdma_listen(q->listener, (int)o->links_max))
        return error_errno(error, "%s: port %u: rdma_listen", o->address, o->port);
    q->verbs = q->listener->verbs;
    struct ibv_port_attr port;
    if (ibv_query_port(q->verbs, q->listener->port_num, &port))
        return error_errno(error, "%s: ibv_query_port", o->address);
    if (port.max_msg_sz < o->ring_bytes)
        return error_set(error, "%s: the device moves at most %u bytes at once: a ring of %u",
                         o->address, port.max_msg_sz, o->ring_bytes);
    return 0;
}

static void make_links(struct mq *q)
{
    uint32_t count = q->options.links_max, room = 4;
    while (room < 2 * count) room *= 2;
    q->links = allocate_zeroed(count, sizeof *q->links);
    q->committed = allocate_zeroed(count, sizeof(struct mq_link *));
    q->by_qp = allocate_zeroed(room, sizeof(struct mq_link *));
    q->by_qp_mask = room - 1;
    for (uint32_t i = count; i > 0; i--) {
        q->links[i - 1].next = q->unused;
        q->unused = &q->links[i - 1];
    }
}

struct mq *mq_open(const struct mq_options *options, struct error *error)
{
    struct mq_options o = *options;
    take_defaults(&o);
    if (check_options(&o, error)) return NULL;
    struct mq *q = allocate_zeroed(1, sizeof *q);
    q->options = o;
    q->wake_fd = -1;
    q->options.address = q->address = allocate_text(o.address);
    make_links(q);
    mq_watch_open(q);
    if (listen_there(q, error) || mq_post_open(q, error) || mq_wait_open(q, error)) {
        mq_close(q);
        return NULL;
    }
    return q;
}

uint16_t mq_port(const struct mq *q)
{
    return ntohs(rdma_get_src_port(q->listener));
}

struct ibv_pd *mq_pd(const struct mq *q)
{
    return q->pd;
}

/* ---- the end ------------------------------------------------------------------------------------
 */

static bool leaving(const struct mq_link *l)
{
    return l->state == MQ_UP && (l->goodbye_due || l->completed < l->goodbye);
}

/* Sends GOODBYE on links from..to-1, and waits until that, and all before, has arrived, or a
 * time-out. */
static void take_leave(struct mq *q, uint32_t from, uint32_t to)
{
    uint64_t deadline_ns = clock_now() + q->options.dead_after_ns / 2;
    for (uint32_t i = from; i < to; i++) {
        struct mq_link *l = &q->links[i];
        if (l->state != MQ_UP) continue;
        l->flushing |= l->committed;
        l->goodbye_due = true;
        mq_link_post(l);
    }
    for (;;) {
        bool all_left = true;
        for (uint32_t i = from; i < to; i++) all_left &= !leaving(&q->links[i]);
        if (all_left || q->now_ns >= deadline_ns) return;
        sched_yield();
        mq_drive(q);
    }
}

void mq_link_close(struct mq_link *l)
{
    uint32_t slot = (uint32_t)(l - l->q->links);
    take_leave(l->q, slot, slot + 1);
    mq_link_lose(l, MQ_CLOSED, "");
    mq_link_free(l);
}

void mq_close(struct mq *q)
{
    uint32_t count = q->options.links_max;
    if (q->cq) take_leave(q, 0, count);
    for (uint32_t i = 0; i < count; i++) {
        mq_link_lose(&q->links[i], MQ_CLOSED, "");
        mq_link_free(&q->links[i]);
    }
    if (q->listener) rdma_destroy_id(q->listener);
    mq_wait_close(q);
    mq_post_close(q);
    if (q->channel) rdma_destroy_event_channel(q->channel);
    free(q->by_qp);
    free(q->committed);
    free(q->links);
    free(q->address);
    free(q);
}

/* ---- links --------------------------------------------------------------------------------------
 */

struct mq_link *mq_link_take(struct mq *q)
{
    struct mq_link *l = q->unused;
    if (!l) return NULL;
    q->unused = l->next;
    *l = (struct mq_link){.q = q, .detail = ""};
    return l;
}

static void forget_ready(struct mq_link *l)
{
    struct mq *q = l->q;
    struct mq_link **at = &q->ready_first, *last = NULL;
    while (*at && *at != l) {
        last = *at;
        at = &last->next;
    }
    if (!*at) return;
    *at = l->next;
    if (q->ready_last == l) q->ready_last = last;
}

static void forget_committed(struct mq_link *l)
{
    struct mq *q = l->q;
    for (uint32_t i = 0; i < q->committed_count; i++)
        if (q->committed[i] == l) q->committed[i--] = q->committed[--q->committed_count];
}

void mq_link_free(struct mq_link *l)
{
    struct mq *q = l->q;
    if (l->state == MQ_UNUSED) return;
    if (l->id && l->id->qp) {
        rdma_destroy_qp(l->id);
        mq_post_rehash(q);
        /* The number may be reused: none of its completions must be left. */
        while (mq_post_take(q)) continue;
    }
    if (l->in_region) ibv_dereg_mr(l->in_region);
    if (l->out_region) ibv_dereg_mr(l->out_region);
    free(l->memory);
    if (l->id) rdma_destroy_id(l->id);
    forget_ready(l);
    forget_committed(l);
    l->state = MQ_UNUSED;
    l->next = q->unused;
    q->unused = l;
}

void mq_link_ready(struct mq_link *l)
{
    struct mq *q = l->q;
    if (l->ready || !l->known) return;
    l->ready = true;
    l->next = NULL;
    if (q->ready_first)
        q->ready_last->next = l;
    else
        q->ready_first = l;
    q->ready_last = l;
}

void mq_link_up(struct mq_link *l)
{
    l->state = MQ_UP;
    l->known = true;
    l->up_due = true;
    l->progress_ns = l->q->now_ns;
    mq_link_ready(l);
}

void mq_link_lose(struct mq_link *l, enum mq_status status, const char *detail)
{
    if (l->state == MQ_UNUSED || l->state == MQ_LOST) return;
    l->state = MQ_LOST;
    l->status = status;
    l->detail = detail;
    l->lost_due = true;
    /* Also puts the queue pair into an error state: nothing is written into the ring any more. */
    if (l->id && l->id->qp) rdma_disconnect(l->id);
    mq_link_ready(l);
}

void mq_link_set_context(struct mq_link *l, void *context)
{
    l->context = context;
}

void *mq_link_context(const struct mq_link *l)
{
    return l->context;
}

struct ibv_qp *mq_link_qp(const struct mq_link *l)
{
    return l->id ? l->id->qp : NULL;
}

struct mq_link_stats mq_link_stats(const struct mq_link *l)
{
    return l->stats;
}

/* ---- messages -----------------------------------------------------------------------------------
 */

static void *refuse(enum mq_status status, enum mq_status *why)
{
    if (why) *why = status;
    return NULL;
}

void *mq_reserve(struct mq_link *l, uint32_t bytes, enum mq_status *why)
{
    ASSERT(bytes >= 1);
    if (l->state != MQ_UP) return refuse(MQ_DOWN, why);
    if (bytes > l->q->options.message_bytes_max) return refuse(MQ_TOO_BIG, why);
    void *room = ring_reserve(&l->out, bytes);
    if (room) {
        l->refused_bytes = 0;
        return room;
    }
    l->refused_bytes = bytes;
    l->stats.full++;
    /* Flushes: the contents of a full ring must be sent, or it stays full. */
    l->flushing |= l->committed;
    mq_link_post(l);
    mq_link_want(l);
    return refuse(MQ_FULL, why);
}

void mq_commit(struct mq_link *l, uint32_t bytes)
{
    if (l->state != MQ_UP) return; /* was lost since it was reserved */
    ring_commit(&l->out, bytes);
    l->stats.messages_out++;
    l->stats.bytes_out += bytes;
    if (l->committed) return;
    l->committed = true;
    l->q->committed[l->q->committed_count++] = l;
}

void mq_flush(struct mq *q)
{
    for (uint32_t i = 0; i < q->committed_count; i++) {
        struct mq_link *l = q->committed[i];
        l->committed = false;
        l->flushing = true;
        mq_link_post(l);
    }
    q->committed_count = 0;
}

void mq_release(struct mq_link *l, uint32_t count)
{
    if (!ring_release(&l->in, count))
        mq_link_lose(l, MQ_BROKEN, "messages were overwritten before they were released");
    uint64_t due = l->credit_wanted ? 8 : l->in.bytes / MQ_CREDIT_SHARE;
    if (l->in.released - l->credited >= due) mq_link_post(l);
}

/* ---- events -------------------------------------------------------------------------------------
 */

/* The link's next event, false: none. */
static bool next_event(struct mq_link *l, struct mq_event *e)
{
    *e = (struct mq_event){.link = l, .detail = ""};
    if (l->up_due) {
        l->up_due = false;
        e->kind = MQ_EVENT_UP;
        e->data = l->greeting;
        e->bytes = sizeof l->greeting;
        return true;
    }
    switch (l->in.memory ? ring_next(&l->in, &e->data, &e->bytes) : RING_EMPTY) {
    case RING_MESSAGE:
        e->kind = MQ_EVENT_MESSAGE;
        l->stats.messages_in++;
        l->stats.bytes_in += e->bytes;
        return true;
    case RING_CORRUPT:
        mq_link_lose(l, MQ_BROKEN, "the bytes reported complete are no message");
        break;
    case RING_EMPTY:
        break;
    }
    if (l->lost_due) {
        l->lost_due = false;
        e->kind = MQ_EVENT_LOST;
        e->status = l->status;
        e->detail = l->detail;
        return true;
    }
    if (l->state != MQ_UP || !l->refused_bytes || !ring_fits(&l->out, l->refused_bytes))
        return false;
    l->refused_bytes = 0;
    e->kind = MQ_EVENT_ROOM;
    return true;
}

uint32_t mq_poll(struct mq *q, struct mq_event *events, uint32_t most)
{
    if (!q->driven) mq_drive(q);
    q->driven = false;
    uint32_t count = 0;
    while (count < most && q->ready_first) {
        struct mq_link *l = q->ready_first;
        q->ready_first = l->next;
        l->ready = false;
        while (count < most && next_event(l, &events[count])) count++;
        if (count == most) mq_link_ready(l); /* there may be more, after the others' */
    }
    return count;
}
