/* mq_post.c - WRITEs and completions: the fast path of a message queue.
 *
 * All links share one completion queue and one queue of receives. Only every n-th WRITE of a link
 * is signalled; its completion covers those before it. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "rdma/mq/mq_link.h"

/* wr_id of receives; WRITEs have their number. */
#define RECEIVE UINT64_MAX

/* ---- opening ------------------------------------------------------------------------------------
 */

/* Receives carry no memory: they only take immediates in. */
static int post_receives(struct mq *q, uint32_t count)
{
    struct ibv_recv_wr wr[MQ_BATCH], *bad;
    for (uint32_t i = 0; i < MQ_BATCH; i++)
        wr[i] =
            (struct ibv_recv_wr){.wr_id = RECEIVE, .next = i + 1 < MQ_BATCH ? &wr[i + 1] : NULL};
    while (count > 0) {
        uint32_t now = count < MQ_BATCH ? count : MQ_BATCH;
        int failed = ibv_post_srq_recv(q->srq, &wr[MQ_BATCH - now], &bad);
        if (failed) return failed;
        count -= now;
    }
    return 0;
}

int mq_post_open(struct mq *q, struct error *error)
{
    const struct mq_options *o = &q->options;
    q->send_queue_entries = o->depth + MQ_CONTROLS;
    uint32_t receives = o->links_max * MQ_RECEIVES + MQ_RECEIVES_SPARE;
    uint32_t entries = receives + o->links_max * q->send_queue_entries;
    struct ibv_srq_init_attr srq = {.attr = {.max_wr = receives, .max_sge = 1}};
    q->pd = ibv_alloc_pd(q->verbs);
    if (!q->pd) return error_errno(error, "%s: ibv_alloc_pd", o->address);
    q->completions = ibv_create_comp_channel(q->verbs);
    if (!q->completions) return error_errno(error, "%s: ibv_create_comp_channel", o->address);
    q->cq = ibv_create_cq(q->verbs, (int)entries, NULL, q->completions, 0);
    if (!q->cq)
        return error_errno(error, "%s: a completion queue of %u (fewer links or depth?)",
                           o->address, entries);
    q->srq = ibv_create_srq(q->pd, &srq);
    if (!q->srq)
        return error_errno(error, "%s: a shared queue of %u receives (fewer links?)", o->address,
                           receives);
    int failed = post_receives(q, receives);
    if (!failed) return 0;
    errno = failed;
    return error_errno(error, "%s: ibv_post_srq_recv", o->address);
}

void mq_post_close(struct mq *q)
{
    if (q->srq) ibv_destroy_srq(q->srq);
    if (q->cq) {
        ibv_ack_cq_events(q->cq, q->unacknowledged);
        ibv_destroy_cq(q->cq);
    }
    if (q->completions) ibv_destroy_comp_channel(q->completions);
    if (q->pd) ibv_dealloc_pd(q->pd);
}

/* ---- links by queue pair number -----------------------------------------------------------------
 */

struct mq_link *mq_link_of_qp(const struct mq *q, uint32_t number)
{
    for (uint32_t at = number;; at++) {
        struct mq_link *l = q->by_qp[at & q->by_qp_mask];
        if (!l || l->id->qp->qp_num == number) return l;
    }
}

void mq_post_rehash(struct mq *q)
{
    memset(q->by_qp, 0, (q->by_qp_mask + 1) * sizeof(struct mq_link *));
    for (uint32_t i = 0; i < q->options.links_max; i++) {
        struct mq_link *l = &q->links[i];
        if (l->state == MQ_UNUSED || !l->id || !l->id->qp) continue;
        uint32_t at = l->id->qp->qp_num;
        while (q->by_qp[at & q->by_qp_mask]) at++;
        q->by_qp[at & q->by_qp_mask] = l;
    }
}

/* ---- posting ------------------------------------------------------------------------------------
 */

enum { CHAIN_MAX = 8 };

/* WRITEs that are posted together: one doorbell. */
struct chain {
    uint32_t count;
    struct ibv_send_wr wr[CHAIN_MAX];
    struct ibv_sge piece[CHAIN_MAX];
};

static uint32_t under_way(const struct mq_link *l)
{
    return (uint32_t)(l->posted - l->completed);
}

static bool has_slot(const struct mq_link *l)
{
    return under_way(l) < l->q->send_queue_entries;
}

static struct ibv_send_wr *chain_add(struct chain *c, struct mq_link *l, bool signalled)
{
    ASSERT(c->count < CHAIN_MAX);
    ASSERT(has_slot(l));
    /* At most a quarter of the depth at the end is not signalled: a WRITE that waits for room
     * always waits for a signalled one. */
    signalled |= ++l->unsignalled >= l->q->options.depth / 4;
    uint64_t number = l->posted++;
    if (signalled) {
        if (l->signalled_last <= l->completed) l->progress_ns = l->q->now_ns;
        l->signalled_last = number + 1;
        l->unsignalled = 0;
    }
    struct ibv_send_wr *wr = &c->wr[c->count];
    *wr = (struct ibv_send_wr){
        .wr_id = number,
        .opcode = IBV_WR_RDMA_WRITE,
        .send_flags = signalled ? IBV_SEND_SIGNALED : 0,
        .wr.rdma = {.remote_addr = l->remote_address, .rkey = l->remote_key},
    };
    if (c->count > 0) c->wr[c->count - 1].next = wr;
    c->count++;
    return wr;
}

static void add_immediate(struct ibv_send_wr *wr, enum mq_immediate what, uint64_t count)
{
    ASSERT(count <= MQ_COUNT_MAX);
    wr->opcode = IBV_WR_RDMA_WRITE_WITH_IMM;
    wr->imm_data = htonl((uint32_t)what << MQ_COUNT_BITS | (uint32_t)count);
}

static struct ibv_send_wr *add_span(struct chain *c, struct mq_link *l, struct ring_span span)
{
    struct ibv_send_wr *wr = chain_add(c, l, false);
    struct ibv_sge *piece = &c->piece[c->count - 1];
    *piece = (struct ibv_sge){
        .addr = (uintptr_t)l->out.memory + span.offset,
        .length = span.bytes,
        .lkey = l->out_region->lkey,
    };
    wr->sg_list = piece;
    wr->num_sge = 1;
    wr->wr.rdma.remote_addr += span.offset;
    if (span.bytes <= l->inline_bytes) wr->send_flags |= IBV_SEND_INLINE;
    return wr;
}

/* The committed bytes, in one or two WRITEs; the last has the immediate. */
static void add_data(struct chain *c, struct mq_link *l)
{
    if (under_way(l) + 2 > l->q->options.depth || l->window_used == MQ_WINDOW) return;
    struct ring_span span[2];
    uint64_t before = l->out.published;
    uint32_t spans = ring_publish(&l->out, span);
    l->flushing = false;
    if (spans == 0) return;
    struct ibv_send_wr *wr = add_span(c, l, span[0]);
    if (spans == 2) wr = add_span(c, l, span[1]);
    add_immediate(wr, MQ_DATA, (l->out.published - before) / 8);
    l->window_used++;
    l->stats.writes += spans;
}

static void add_reports(struct chain *c, struct mq_link *l)
{
    if (l->untaken >= MQ_TAKEN_EACH && has_slot(l)) {
        add_immediate(chain_add(c, l, false), MQ_TAKEN, l->untaken);
        l->untaken = 0;
    }
    uint64_t released = l->in.released - l->credited;
    bool credit = l->credit_wanted ? released > 0 : released >= l->in.bytes / MQ_CREDIT_SHARE;
    if (credit && has_slot(l)) {
        add_immediate(chain_add(c, l, false), MQ_CREDIT, released / 8);
        l->credited = l->in.released;
        l->credit_wanted = false;
        l->stats.credits++;
    }
    if (l->wanting && l->window_used < MQ_WINDOW && has_slot(l)) {
        add_immediate(chain_add(c, l, false), MQ_WANT, 0);
        l->window_used++;
        l->wanting = false;
        l->want_sent = true;
    }
}

void mq_link_post(struct mq_link *l)
{
    if (l->state != MQ_UP) return;
    struct chain c;
    c.count = 0;
    add_reports(&c, l);
    if (l->flushing) add_data(&c, l);
    if (l->goodbye_due && !l->flushing && has_slot(l)) {
        add_immediate(chain_add(&c, l, true), MQ_GOODBYE, 0);
        l->goodbye_due = false;
        l->goodbye = l->posted;
    }
    if (c.count == 0) return;
    struct ibv_send_wr *bad;
    if (ibv_post_send(l->id->qp, c.wr, &bad))
        mq_link_lose(l, MQ_BROKEN, "ibv_post_send refused a WRITE");
}

void mq_link_keepalive(struct mq_link *l)
{
    if (!has_slot(l)) return;
    struct chain c;
    c.count = 0;
    chain_add(&c, l, true);
    struct ibv_send_wr *bad;
    if (ibv_post_send(l->id->qp, c.wr, &bad))
        mq_link_lose(l, MQ_BROKEN, "ibv_post_send refused a keepalive");
}

void mq_link_want(struct mq_link *l)
{
    /* Without WANT the other side withholds credit for less than a quarter of the ring. */
    uint32_t sure = l->out.bytes - l->out.bytes / MQ_CREDIT_SHARE;
    if (l->want_sent || ring_needed(&l->out, l->refused_bytes) <= sure) return;
    l->wanting = true;
    mq_link_post(l);
}

/* ---- completions --------------------------------------------------------------------------------
 */

/* Room in the ring: enough for the refused message? */
static void look_for_room(struct mq_link *l)
{
    if (!l->refused_bytes) return;
    if (ring_fits(&l->out, l->refused_bytes))
        mq_link_ready(l);
    else
        mq_link_want(l);
}

static void take_immediate(struct mq_link *l, uint32_t immediate)
{
    uint32_t count = immediate & MQ_COUNT_MAX;
    switch (immediate >> MQ_COUNT_BITS) {
    case MQ_DATA:
        l->untaken++;
        if (!ring_told(&l->in, l->in.told + UINT64_C(8) * count))
            mq_link_lose(l, MQ_BROKEN, "more bytes were reported than fit into the ring");
        mq_link_ready(l);
        break;
    case MQ_CREDIT:
        l->want_sent = false;
        if (!ring_credited(&l->out, l->out.credit + UINT64_C(8) * count))
            mq_link_lose(l, MQ_BROKEN, "credit came for more than was sent");
        look_for_room(l);
        return;
    case MQ_TAKEN:
        if (count > l->window_used)
            mq_link_lose(l, MQ_BROKEN, "more immediates were taken than sent");
        else
            l->window_used -= count;
        mq_link_post(l);
        return;
    case MQ_WANT:
        l->untaken++;
        l->credit_wanted = true;
        mq_link_post(l);
        break;
    case MQ_GOODBYE:
        mq_link_lose(l, MQ_CLOSED, "the other side closed the link");
        return;
    default:
        mq_link_lose(l, MQ_BROKEN, "immediate data of an unknown kind");
        return;
    }
    if (l->untaken > MQ_WINDOW)
        mq_link_lose(l, MQ_BROKEN, "more immediates came than agreed");
    else if (l->untaken >= MQ_TAKEN_EACH)
        mq_link_post(l);
}

static void take_receive(struct mq_link *l, const struct ibv_wc *wc)
{
    if (wc->status != IBV_WC_SUCCESS) {
        mq_link_lose(l, MQ_BROKEN, mq_name_completion(wc->status));
        return;
    }
    /* Data may overtake the connection's ESTABLISHED event. */
    if (l->state == MQ_ACCEPTING) mq_link_up(l);
    if (l->state != MQ_UP) return;
    if (wc->opcode != IBV_WC_RECV_RDMA_WITH_IMM)
        mq_link_lose(l, MQ_BROKEN, "a message that is no WRITE came");
    else
        take_immediate(l, ntohl(wc->imm_data));
}

static void take_write(struct mq_link *l, const struct ibv_wc *wc)
{
    if (wc->status != IBV_WC_SUCCESS) {
        mq_link_lose(l, MQ_BROKEN, mq_name_completion(wc->status));
        return;
    }
    l->completed = wc->wr_id + 1;
    l->progress_ns = l->q->now_ns;
    mq_link_post(l);
}

bool mq_post_take(struct mq *q)
{
    struct ibv_wc wc[MQ_BATCH];
    int count = ibv_poll_cq(q->cq, MQ_BATCH, wc);
    if (count < 0) {
        for (uint32_t i = 0; i < q->options.links_max; i++)
            mq_link_lose(&q->links[i], MQ_BROKEN, "ibv_poll_cq failed");
        return false;
    }
    for (int i = 0; i < count; i++) {
        struct mq_link *l = mq_link_of_qp(q, wc[i].qp_num);
        if (wc[i].wr_id == RECEIVE) q->receives_missing++;
        if (!l) continue; /* closed meanwhile */
        if (wc[i].wr_id == RECEIVE)
            take_receive(l, &wc[i]);
        else
            take_write(l, &wc[i]);
    }
    if (q->receives_missing >= MQ_BATCH) {
        int failed = post_receives(q, q->receives_missing);
        if (!failed) q->receives_missing = 0;
    }
    return count > 0;
}
