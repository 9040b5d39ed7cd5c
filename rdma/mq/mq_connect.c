/* mq_connect.c - making links by librdmacm, step by step, and what it reports about them later.
 *
 * The connecting side binds its own address first: otherwise, where one machine has several
 * devices, the system may choose another one. Both sides exchange a struct mq_hello; the passive
 * side rejects a mismatch, with a reason. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "rdma/mq/address.h"
#include "rdma/mq/mq_link.h"

/* Of the InfiniBand connection manager: rejected by the application. */
#define REJECTED_BY_APPLICATION 28

/* Sent with a refusal. */
struct refusal {
    uint32_t magic;
    uint32_t status; /* enum mq_status */
};

/* An event of librdmacm, copied so that it can be acknowledged before it is handled: handling may
 * destroy its connection. */
struct happened {
    enum rdma_cm_event_type type;
    int status;
    struct rdma_cm_id *id;
    union {
        struct mq_hello hello;
        struct refusal refusal;
    };
    bool complete; /* as much private data as a hello came; refusals are shorter */
};

/* ---- what a link has ----------------------------------------------------------------------------
 */

static bool make_rings(struct mq_link *l)
{
    struct mq *q = l->q;
    uint32_t bytes = q->options.ring_bytes;
    void *memory;
    if (posix_memalign(&memory, MQ_RING_BYTES_MIN, 2 * (size_t)bytes)) return false;
    memset(memory, 0, 2 * (size_t)bytes);
    l->memory = memory;
    ring_consumer_init(&l->in, l->memory, bytes);
    ring_producer_init(&l->out, l->memory + bytes, bytes);
    l->in_region =
        ibv_reg_mr(q->pd, l->memory, bytes, IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE);
    l->out_region = ibv_reg_mr(q->pd, l->memory + bytes, bytes, 0);
    return l->in_region && l->out_region;
}

/* The most inline data the device grants up to what is wished for. */
static bool make_queue_pair(struct mq_link *l)
{
    struct mq *q = l->q;
    for (uint32_t inline_bytes = MQ_INLINE_BYTES;; inline_bytes /= 2) {
        struct ibv_qp_init_attr attributes = {
            .send_cq = q->cq,
            .recv_cq = q->cq,
            .srq = q->srq,
            .cap = {.max_send_wr = q->send_queue_entries,
                    .max_send_sge = 1,
                    .max_inline_data = inline_bytes},
            .qp_type = IBV_QPT_RC,
        };
        if (rdma_create_qp(l->id, q->pd, &attributes) == 0) {
            l->inline_bytes = attributes.cap.max_inline_data;
            mq_post_rehash(q);
            return true;
        }
        if (inline_bytes == 0) return false;
    }
}

/* Resources needed before the other side may know of the link. */
static bool allocate_link(struct mq_link *l)
{
    if (!make_rings(l) || !make_queue_pair(l)) return false;
    l->hello.magic = MQ_MAGIC;
    l->hello.ring_bytes = l->q->options.ring_bytes;
    l->hello.message_bytes_max = l->q->options.message_bytes_max;
    l->hello.ring_address = (uintptr_t)l->memory;
    l->hello.ring_key = l->in_region->rkey;
    return rdma_set_option(l->id, RDMA_OPTION_ID, RDMA_OPTION_ID_ACK_TIMEOUT, &l->q->ack_timeout,
                           sizeof l->q->ack_timeout) == 0;
}

static struct rdma_conn_param parameters(const struct mq_link *l)
{
    return (struct rdma_conn_param){
        .private_data = &l->hello,
        .private_data_len = sizeof l->hello,
        .retry_count = MQ_RETRIES,
        /* Receives never run out; a peer that violates that is detected as dead. */
        .rnr_retry_count = 7,
    };
}

static bool fits(const struct mq *q, const struct mq_hello *hello)
{
    return hello->magic == MQ_MAGIC && hello->ring_bytes == q->options.ring_bytes &&
           hello->message_bytes_max == q->options.message_bytes_max;
}

static void hello_received(struct mq_link *l, const struct mq_hello *hello)
{
    l->remote_address = hello->ring_address;
    l->remote_key = hello->ring_key;
    memcpy(l->greeting, hello->greeting, sizeof l->greeting);
}

/* ---- connecting ---------------------------------------------------------------------------------
 */

/* NULL, or what could not be done. */
static const char *begin(struct mq_link *l, const char *address, uint16_t port)
{
    struct mq *q = l->q;
    struct sockaddr_storage from, to;
    if (!address_read(address, port, &to)) return "not an IP address";
    if (!address_read(q->address, 0, &from)) return "not an IP address";
    if (rdma_create_id(q->channel, &l->id, l, RDMA_PS_TCP)) {
        l->id = NULL;
        return "rdma_create_id failed";
    }
    if (rdma_bind_addr(l->id, (struct sockaddr *)&from)) return "rdma_bind_addr failed";
    int patience_ms = (int)(q->options.connect_ns / 1000000) + 1;
    if (rdma_resolve_addr(l->id, NULL, (struct sockaddr *)&to, patience_ms))
        return "rdma_resolve_addr failed";
    return NULL;
}

struct mq_link *mq_connect(struct mq *q, const char *address, uint16_t port, const void *greeting)
{
    struct mq_link *l = mq_link_take(q);
    if (!l) return NULL;
    l->ours = true;
    l->known = true;
    l->state = MQ_RESOLVING;
    l->deadline_ns = clock_now() + q->options.connect_ns;
    if (greeting) memcpy(l->hello.greeting, greeting, sizeof l->hello.greeting);
    const char *failure = begin(l, address, port);
    if (failure) mq_link_lose(l, MQ_UNREACHABLE, failure);
    mq_watch_soon(q);
    return l;
}

static void on_address(struct mq_link *l)
{
    struct mq *q = l->q;
    if (l->id->verbs != q->verbs) {
        mq_link_lose(l, MQ_UNREACHABLE, "the route leads through another device");
        return;
    }
    if (rdma_resolve_route(l->id, (int)(q->options.connect_ns / 1000000) + 1))
        mq_link_lose(l, MQ_UNREACHABLE, "rdma_resolve_route failed");
}

static void on_route(struct mq_link *l)
{
    if (!allocate_link(l)) {
        mq_link_lose(l, MQ_BROKEN, "no memory or no queue pair for one more link");
        return;
    }
    struct rdma_conn_param p = parameters(l);
    l->state = MQ_CONNECTING;
    if (rdma_connect(l->id, &p)) mq_link_lose(l, MQ_BROKEN, "rdma_connect failed");
}

static void on_established(struct mq_link *l, const struct happened *h)
{
    if (l->state == MQ_ACCEPTING) {
        mq_link_up(l);
    } else if (l->state == MQ_CONNECTING) {
        if (h->complete && fits(l->q, &h->hello)) {
            hello_received(l, &h->hello);
            mq_link_up(l);
        } else {
            mq_link_lose(l, MQ_MISMATCH, "RDMA_CM_EVENT_ESTABLISHED");
        }
    } else if (l->state == MQ_LOST) {
        rdma_disconnect(l->id); /* too late: closes, so that the other side is notified */
    }
}

static void on_rejected(struct mq_link *l, const struct happened *h)
{
    const char *name = mq_name_connecting(h->type);
    bool refused = h->refusal.magic == MQ_MAGIC && h->refusal.status == MQ_REFUSED;
    if (h->status != REJECTED_BY_APPLICATION || refused)
        mq_link_lose(l, MQ_REFUSED, name);
    else
        mq_link_lose(l, MQ_MISMATCH, name);
}

/* ---- being connected to -------------------------------------------------------------------------
 */

static void refuse(struct rdma_cm_id *id, enum mq_status status)
{
    struct refusal refusal = {MQ_MAGIC, status};
    rdma_reject(id, &refusal, sizeof refusal);
}

/* The passive side's greeting is empty: the connecting side knows its peer. */
static void on_request(struct mq *q, const struct happened *h)
{
    struct mq_link *l = NULL;
    if (!h->complete || !fits(q, &h->hello))
        refuse(h->id, MQ_MISMATCH);
    else if (!(l = mq_link_take(q)))
        refuse(h->id, MQ_REFUSED);
    if (!l) {
        rdma_destroy_id(h->id);
        return;
    }
    l->id = h->id;
    l->id->context = l;
    l->state = MQ_ACCEPTING;
    l->deadline_ns = q->now_ns + q->options.connect_ns;
    hello_received(l, &h->hello);
    if (!allocate_link(l)) {
        refuse(l->id, MQ_REFUSED);
        mq_link_free(l);
        return;
    }
    struct rdma_conn_param p = parameters(l);
    if (rdma_accept(l->id, &p)) mq_link_free(l);
}

/* ---- events -------------------------------------------------------------------------------------
 */

/* Completions before the end are reported first. */
static void on_disconnected(struct mq_link *l, const struct happened *h)
{
    while (mq_post_take(l->q)) continue;
    mq_link_lose(l, MQ_CLOSED, mq_name_connecting(h->type));
}

static void on_removal(struct mq *q, const struct happened *h)
{
    for (uint32_t i = 0; i < q->options.links_max; i++)
        mq_link_lose(&q->links[i], MQ_BROKEN, mq_name_connecting(h->type));
}

/* No default: the compiler names what is missing. */
static void handle(struct mq *q, const struct happened *h)
{
    struct mq_link *l = h->id->context; /* NULL: the listener's */
    if (h->type == RDMA_CM_EVENT_CONNECT_REQUEST) {
        on_request(q, h);
        return;
    }
    if (h->type == RDMA_CM_EVENT_DEVICE_REMOVAL) {
        on_removal(q, h);
        return;
    }
    if (!l) return;
    switch (h->type) {
    case RDMA_CM_EVENT_ADDR_RESOLVED:
        on_address(l);
        return;
    case RDMA_CM_EVENT_ROUTE_RESOLVED:
        on_route(l);
        return;
    case RDMA_CM_EVENT_CONNECT_RESPONSE: /* established, where the queue pair is librdmacm's */
    case RDMA_CM_EVENT_ESTABLISHED:
        on_established(l, h);
        return;
    case RDMA_CM_EVENT_REJECTED:
        on_rejected(l, h);
        return;
    case RDMA_CM_EVENT_DISCONNECTED:
        on_disconnected(l, h);
        return;
    case RDMA_CM_EVENT_ADDR_ERROR:
    case RDMA_CM_EVENT_ROUTE_ERROR:
    case RDMA_CM_EVENT_UNREACHABLE:
    case RDMA_CM_EVENT_CONNECT_ERROR:
        mq_link_lose(l, MQ_UNREACHABLE, mq_name_connecting(h->type));
        return;
    case RDMA_CM_EVENT_TIMEWAIT_EXIT:   /* after the end */
    case RDMA_CM_EVENT_ADDR_CHANGE:     /* a real failure is detected by retransmission */
    case RDMA_CM_EVENT_MULTICAST_JOIN:  /* not ours */
    case RDMA_CM_EVENT_MULTICAST_ERROR: /* not ours */
    case RDMA_CM_EVENT_CONNECT_REQUEST: /* see above */
    case RDMA_CM_EVENT_DEVICE_REMOVAL:  /* see above */
        return;
    }
}

/* Private data comes padded with zeros to what the message has room for. */
static void copy_private_data(struct happened *h, const struct rdma_conn_param *from)
{
    if (!from->private_data) return;
    h->complete = from->private_data_len >= sizeof h->hello;
    memcpy(&h->hello, from->private_data, h->complete ? sizeof h->hello : from->private_data_len);
}

void mq_connect_drive(struct mq *q)
{
    struct rdma_cm_event *event;
    while (rdma_get_cm_event(q->channel, &event) == 0) {
        struct happened h = {.type = event->event, .status = event->status, .id = event->id};
        copy_private_data(&h, &event->param.conn);
        rdma_ack_cm_event(event);
        handle(q, &h);
    }
}
