/* mq_names.c - everything that verbs and librdmacm can report, by name. */
#include "rdma/mq/mq_link.h"

const char *mq_status_text(enum mq_status status)
{
    static const char *const text[] = {
#define X(NAME, its_text) [MQ_##NAME] = (its_text),
        MQ_STATUSES(X)
#undef X
    };
    return (uint32_t)status < sizeof text / sizeof *text ? text[status] : "unknown status";
}

#define NAME(name) \
    case name:     \
        return #name

/* No default: the compiler names what is missing. */
const char *mq_name_completion(enum ibv_wc_status status)
{
    switch (status) {
        NAME(IBV_WC_SUCCESS);
        NAME(IBV_WC_LOC_LEN_ERR);
        NAME(IBV_WC_LOC_QP_OP_ERR);
        NAME(IBV_WC_LOC_EEC_OP_ERR);
        NAME(IBV_WC_LOC_PROT_ERR);
        NAME(IBV_WC_WR_FLUSH_ERR);
        NAME(IBV_WC_MW_BIND_ERR);
        NAME(IBV_WC_BAD_RESP_ERR);
        NAME(IBV_WC_LOC_ACCESS_ERR);
        NAME(IBV_WC_REM_INV_REQ_ERR);
        NAME(IBV_WC_REM_ACCESS_ERR);
        NAME(IBV_WC_REM_OP_ERR);
        NAME(IBV_WC_RETRY_EXC_ERR);
        NAME(IBV_WC_RNR_RETRY_EXC_ERR);
        NAME(IBV_WC_LOC_RDD_VIOL_ERR);
        NAME(IBV_WC_REM_INV_RD_REQ_ERR);
        NAME(IBV_WC_REM_ABORT_ERR);
        NAME(IBV_WC_INV_EECN_ERR);
        NAME(IBV_WC_INV_EEC_STATE_ERR);
        NAME(IBV_WC_FATAL_ERR);
        NAME(IBV_WC_RESP_TIMEOUT_ERR);
        NAME(IBV_WC_GENERAL_ERR);
        NAME(IBV_WC_TM_ERR);
        NAME(IBV_WC_TM_RNDV_INCOMPLETE);
    }
    return "unknown completion status";
}

const char *mq_name_connecting(enum rdma_cm_event_type event)
{
    switch (event) {
        NAME(RDMA_CM_EVENT_ADDR_RESOLVED);
        NAME(RDMA_CM_EVENT_ADDR_ERROR);
        NAME(RDMA_CM_EVENT_ROUTE_RESOLVED);
        NAME(RDMA_CM_EVENT_ROUTE_ERROR);
        NAME(RDMA_CM_EVENT_CONNECT_REQUEST);
        NAME(RDMA_CM_EVENT_CONNECT_RESPONSE);
        NAME(RDMA_CM_EVENT_CONNECT_ERROR);
        NAME(RDMA_CM_EVENT_UNREACHABLE);
        NAME(RDMA_CM_EVENT_REJECTED);
        NAME(RDMA_CM_EVENT_ESTABLISHED);
        NAME(RDMA_CM_EVENT_DISCONNECTED);
        NAME(RDMA_CM_EVENT_DEVICE_REMOVAL);
        NAME(RDMA_CM_EVENT_MULTICAST_JOIN);
        NAME(RDMA_CM_EVENT_MULTICAST_ERROR);
        NAME(RDMA_CM_EVENT_ADDR_CHANGE);
        NAME(RDMA_CM_EVENT_TIMEWAIT_EXIT);
    }
    return "unknown connection event";
}

#define FATAL(name)    \
    case name:         \
        *fatal = true; \
        return #name

const char *mq_name_device(enum ibv_event_type event, bool *fatal)
{
    *fatal = false;
    switch (event) {
        FATAL(IBV_EVENT_CQ_ERR);
        FATAL(IBV_EVENT_QP_FATAL);
        FATAL(IBV_EVENT_QP_REQ_ERR);
        FATAL(IBV_EVENT_QP_ACCESS_ERR);
        NAME(IBV_EVENT_COMM_EST);
        NAME(IBV_EVENT_SQ_DRAINED);
        NAME(IBV_EVENT_PATH_MIG);
        NAME(IBV_EVENT_PATH_MIG_ERR);
        FATAL(IBV_EVENT_DEVICE_FATAL);
        NAME(IBV_EVENT_PORT_ACTIVE);
        NAME(IBV_EVENT_PORT_ERR); /* may come back before retransmission gives up */
        NAME(IBV_EVENT_LID_CHANGE);
        NAME(IBV_EVENT_PKEY_CHANGE);
        NAME(IBV_EVENT_SM_CHANGE);
        FATAL(IBV_EVENT_SRQ_ERR);
        NAME(IBV_EVENT_SRQ_LIMIT_REACHED);
        NAME(IBV_EVENT_QP_LAST_WQE_REACHED);
        NAME(IBV_EVENT_CLIENT_REREGISTER);
        NAME(IBV_EVENT_GID_CHANGE);
        FATAL(IBV_EVENT_WQ_FATAL);
    }
    return "unknown device event";
}
