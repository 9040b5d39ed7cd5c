/* verbs_pair.c - a queue pair of the one-sided half: created, and led from RESET to RTS by hand.
 *
 * It goes the way of the peer's link: address handle, path MTU, port and timeouts are copied from
 * the link's queue pair. The numbers of both ends travel over the link. */
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "rdma/wire/verbs_parts.h"

enum { RNR_TIMER = 12, RNR_RETRY = 7 }; /* without a receive: again after 0.64 ms, for ever */

static bool initialise(struct pair_end *pair)
{
    struct ibv_qp_attr init = {
        .qp_state = IBV_QPS_INIT,
        .pkey_index = pair->path.pkey_index,
        .port_num = pair->path.port_num,
        .qp_access_flags =
            IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_ATOMIC,
    };
    return ibv_modify_qp(pair->qp, &init,
                         IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS) == 0;
}

bool verbs_pair_create(struct verbs *v, struct peer *p, struct pair_end *pair, uint32_t sends,
                       uint32_t receives)
{
    memset(pair, 0, sizeof *pair);
    struct ibv_qp_init_attr init = {0};
    int asked = IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_PORT | IBV_QP_PKEY_INDEX | IBV_QP_TIMEOUT |
                IBV_QP_RETRY_CNT;
    if (ibv_query_qp(mq_link_qp(p->link), &pair->path, asked, &init) != 0) return false;
    pair->path.ah_attr.port_num = pair->path.port_num;
    struct ibv_qp_init_attr wanted = {
        .send_cq = v->cq,
        .recv_cq = v->heard,
        .qp_type = IBV_QPT_RC,
        .cap = {.max_send_wr = sends,
                .max_recv_wr = receives,
                .max_send_sge = 1,
                .max_recv_sge = 1,
                .max_inline_data = INLINE_BYTES},
    };
    pair->qp = ibv_create_qp(mq_pd(v->q), &wanted);
    if (!pair->qp) return false;
    pair->psn = (uint32_t)hash_add(clock_now(), pair->qp->qp_num) & 0xffffff;
    if (initialise(pair)) return true;
    verbs_pair_destroy(pair);
    return false;
}

bool verbs_pair_receive(struct pair_end *pair, const struct ending *other)
{
    struct ibv_qp_attr receive = {
        .qp_state = IBV_QPS_RTR,
        .ah_attr = pair->path.ah_attr,
        .path_mtu = pair->path.path_mtu,
        .dest_qp_num = other->qp,
        .rq_psn = other->psn & 0xffffff,
        .max_dest_rd_atomic = (uint8_t)other->rd_atomic,
        .min_rnr_timer = RNR_TIMER,
    };
    if (ibv_modify_qp(pair->qp, &receive,
                      IBV_QP_STATE | IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN | IBV_QP_RQ_PSN |
                          IBV_QP_MAX_DEST_RD_ATOMIC | IBV_QP_MIN_RNR_TIMER) == 0)
        return true;
    verbs_pair_destroy(pair);
    return false;
}

bool verbs_pair_send(struct pair_end *pair, uint32_t rd_atomic)
{
    struct ibv_qp_attr send = {
        .qp_state = IBV_QPS_RTS,
        .sq_psn = pair->psn,
        .timeout = pair->path.timeout,
        .retry_cnt = pair->path.retry_cnt,
        .rnr_retry = RNR_RETRY,
        .max_rd_atomic = (uint8_t)rd_atomic,
    };
    if (ibv_modify_qp(pair->qp, &send,
                      IBV_QP_STATE | IBV_QP_SQ_PSN | IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT |
                          IBV_QP_RNR_RETRY | IBV_QP_MAX_QP_RD_ATOMIC) == 0)
        return true;
    verbs_pair_destroy(pair);
    return false;
}

void verbs_pair_destroy(struct pair_end *pair)
{
    if (pair->qp) ibv_destroy_qp(pair->qp);
    pair->qp = NULL;
}
