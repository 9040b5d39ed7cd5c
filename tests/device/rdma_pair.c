/* rdma_pair.c - a connection made by librdmacm, both ends in one thread: one event channel serves
 * both, so the events arrive in a known order. */
#include "tests/device/rdma_pair.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>

#include "tests/device/rdma_devices.h"
#include "tests/lib/harness.h"

enum {
    PATIENCE_MS = 60000,
    ACK_TIMEOUT = 14, /* 4096 ns * 2^14 = 67 ms for one try */
    RETRIES = 3,
};

struct rdma_cm_id *rdma_bound_id(struct rdma_event_channel *events, int device)
{
    struct rdma_cm_id *id;
    struct sockaddr_in source = {.sin_family = AF_INET};

    ck_assert_int_eq(inet_pton(AF_INET, rdma_device_address(device), &source.sin_addr), 1);
    ck_assert_int_eq(rdma_create_id(events, &id, NULL, RDMA_PS_TCP), 0);
    ck_assert_int_eq(rdma_bind_addr(id, (struct sockaddr *)&source), 0);
    ck_assert_ptr_nonnull(id->verbs);
    return id;
}

/* Waits for the next event, which must be this one. Returns its id. */
static struct rdma_cm_id *expect(struct rdma_pair *p, enum rdma_cm_event_type kind)
{
    struct pollfd polled = {.fd = p->events->fd, .events = POLLIN};
    struct rdma_cm_event *event;

    ck_assert_msg(poll(&polled, 1, PATIENCE_MS) == 1, "no %s", rdma_event_str(kind));
    ck_assert_int_eq(rdma_get_cm_event(p->events, &event), 0);
    ck_assert_msg(event->event == kind, "%s rather than %s, status %d",
                  rdma_event_str(event->event), rdma_event_str(kind), event->status);
    struct rdma_cm_id *id = event->id;
    rdma_ack_cm_event(event);
    return id;
}

static void prepare(struct rdma_end *end, struct rdma_cm_id *id)
{
    size_t bytes = RDMA_PAIR_WORDS * sizeof *end->memory;

    end->id = id;
    end->domain = ibv_alloc_pd(id->verbs);
    end->completions = ibv_create_cq(id->verbs, 16, NULL, NULL, 0);
    end->memory = calloc(1, bytes);
    end->region = ibv_reg_mr(end->domain, end->memory, bytes,
                             IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE);
    struct ibv_qp_init_attr attributes = {
        .qp_type = IBV_QPT_RC,
        .send_cq = end->completions,
        .recv_cq = end->completions,
        .cap = {.max_send_wr = 16, .max_recv_wr = 1, .max_send_sge = 1, .max_recv_sge = 1},
    };
    ck_assert(end->domain != NULL && end->completions != NULL && end->region != NULL);
    ck_assert_int_eq(rdma_create_qp(id, end->domain, &attributes), 0);
}

/* Resolves the address of the far end and the route from the near device. */
static void resolve(struct rdma_pair *p, int near_device)
{
    struct rdma_cm_id *id = rdma_bound_id(p->events, near_device);
    uint8_t timeout = ACK_TIMEOUT;

    ck_assert_int_eq(rdma_set_option(id, RDMA_OPTION_ID, RDMA_OPTION_ID_ACK_TIMEOUT, &timeout, 1),
                     0);
    ck_assert_int_eq(rdma_resolve_addr(id, NULL, rdma_get_local_addr(p->listener), PATIENCE_MS), 0);
    expect(p, RDMA_CM_EVENT_ADDR_RESOLVED);
    ck_assert_int_eq(rdma_resolve_route(id, PATIENCE_MS), 0);
    expect(p, RDMA_CM_EVENT_ROUTE_RESOLVED);
    prepare(&p->near, id);
}

void rdma_pair_open(struct rdma_pair *p, int near_device, int far_device)
{
    struct rdma_conn_param parameters = {.retry_count = RETRIES, .rnr_retry_count = RETRIES};

    p->events = rdma_create_event_channel();
    ck_assert_ptr_nonnull(p->events);
    p->listener = rdma_bound_id(p->events, far_device);
    ck_assert_int_eq(rdma_listen(p->listener, 1), 0);
    resolve(p, near_device);
    ck_assert_int_eq(rdma_connect(p->near.id, &parameters), 0);
    prepare(&p->far, expect(p, RDMA_CM_EVENT_CONNECT_REQUEST));
    ck_assert_int_eq(rdma_accept(p->far.id, &parameters), 0);
    expect(p, RDMA_CM_EVENT_ESTABLISHED);
    expect(p, RDMA_CM_EVENT_ESTABLISHED);
}

static void dismantle(struct rdma_end *end)
{
    rdma_destroy_qp(end->id);
    ibv_dereg_mr(end->region);
    ibv_destroy_cq(end->completions);
    ibv_dealloc_pd(end->domain);
    rdma_destroy_id(end->id);
    free(end->memory);
}

void rdma_pair_close(struct rdma_pair *p)
{
    dismantle(&p->near);
    dismantle(&p->far);
    rdma_destroy_id(p->listener);
    rdma_destroy_event_channel(p->events);
}

enum ibv_wc_status rdma_pair_write(struct rdma_pair *p, uint32_t index, uint32_t count)
{
    struct ibv_sge words = {
        .addr = (uintptr_t)&p->near.memory[index],
        .length = count * (uint32_t)sizeof *p->near.memory,
        .lkey = p->near.region->lkey,
    };
    struct ibv_send_wr *refused, request = {
                                     .opcode = IBV_WR_RDMA_WRITE,
                                     .send_flags = IBV_SEND_SIGNALED,
                                     .sg_list = &words,
                                     .num_sge = 1,
                                     .wr.rdma = {.remote_addr = (uintptr_t)&p->far.memory[index],
                                                 .rkey = p->far.region->rkey},
                                 };
    struct ibv_wc completion;
    int found;

    ck_assert_int_eq(ibv_post_send(p->near.id->qp, &request, &refused), 0);
    while ((found = ibv_poll_cq(p->near.completions, 1, &completion)) == 0) poll(NULL, 0, 1);
    ck_assert_int_eq(found, 1);
    return completion.status;
}
