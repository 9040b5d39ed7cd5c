/* verbs_watch.c - writes into own watched regions: each is a WRITE with immediate data, which takes
 * a receive here, whose completion comes when all its bytes are there.
 *
 * The immediate is the write's stamp and a number that the owner gives with the key: of the region
 * and its writer. A device that finds no receive makes the writer try again, so that none is
 * missed. */
#include <arpa/inet.h>

#include "base/assert.h"
#include "base/memory.h"
#include "rdma/wire/verbs_parts.h"

enum { NUMBER_MAX = (1u << (32 - WIRE_STAMP_BITS)) - 1 };

uint32_t verbs_watch_immediate(uint32_t watch, uint32_t stamp)
{
    ASSERT(watch <= NUMBER_MAX);
    ASSERT(stamp >> WIRE_STAMP_BITS == 0);
    return htonl(watch << WIRE_STAMP_BITS | stamp);
}

static bool is_watch(const struct watch *w, const struct watch *other)
{
    return w->node == other->node && w->region == other->region && w->writer == other->writer;
}

uint32_t verbs_watch_number(struct verbs *v, const struct watch *watch)
{
    for (uint32_t i = 0; i < v->watch_count; i++)
        if (is_watch(&v->watch[i], watch)) return i + 1;
    if (v->watch_count == NUMBER_MAX) return 0;
    if (v->watch_count == v->watch_room) {
        v->watch_room = v->watch_room ? 2 * v->watch_room : 16;
        v->watch = reallocate(v->watch, v->watch_room * sizeof *v->watch);
    }
    v->watch[v->watch_count++] = *watch;
    return v->watch_count;
}

static bool post_receive(struct peer *p)
{
    struct ibv_recv_wr receive = {.wr_id = p->member}, *bad;
    return ibv_post_recv(p->responder.pair.qp, &receive, &bad) == 0;
}

bool verbs_watch_prepare(struct verbs *v, struct peer *p)
{
    v->receives = true;
    for (uint32_t i = 0; i < RESPONDER_DEPTH; i++)
        if (!post_receive(p)) return false;
    return true;
}

/* A peer names only numbers that it was given. */
static void report(struct verbs *v, const struct peer *p, uint32_t immediate)
{
    const struct members *members = v->setup.members;
    uint32_t number = immediate >> WIRE_STAMP_BITS;
    uint32_t stamp = immediate & ((1u << WIRE_STAMP_BITS) - 1);
    if (number == 0 || number > v->watch_count ||
        members->of_node[v->watch[number - 1].writer] != p->member) {
        v->dropped++;
        return;
    }
    const struct watch *w = &v->watch[number - 1];
    pending_written(&v->pending, w->node, w->region, w->writer, stamp);
}

static void take(struct verbs *v, const struct ibv_wc *wc)
{
    ASSERT(wc->wr_id < v->setup.members->count);
    struct peer *p = &v->peer[wc->wr_id];
    struct ibv_qp *qp = p->responder.pair.qp;
    if (wc->status != IBV_WC_SUCCESS) return; /* its queue pair is broken, and will be replaced */
    if (wc->wc_flags & IBV_WC_WITH_IMM) report(v, p, ntohl(wc->imm_data));
    /* Without receives the queue pair would stall: the peer is to make a new one. */
    if (qp && qp->qp_num == wc->qp_num && !post_receive(p)) verbs_pair_destroy(&p->responder.pair);
}

void verbs_watch_poll(struct verbs *v)
{
    struct ibv_wc wc[32];
    int room = sizeof wc / sizeof *wc, count = room;
    while (v->receives && count == room) {
        count = ibv_poll_cq(v->heard, room, wc);
        for (int i = 0; i < count; i++) take(v, &wc[i]);
    }
}

bool verbs_watch_look(void *context, bool sleeping)
{
    struct verbs *v = context;
    if (v->watch_count == 0) return false;
    if (sleeping && !v->heard_armed) v->heard_armed = ibv_req_notify_cq(v->heard, 0) == 0;
    verbs_watch_poll(v);
    return v->pending.count > 0;
}
