/* mq_watch.c - time-outs of connecting, and failure detection.
 *
 * A link always has a WRITE pending that must be acknowledged, at the latest a keepalive after a
 * quarter of dead_after_ns. When it is not, retransmission in the device gives up within half of
 * dead_after_ns; and should the device not do so (the units of its timer are coarse), the link is
 * given up here when no completion has come for three quarters. */
#include "base/clock.h"
#include "rdma/mq/mq_link.h"

enum {
    LOOK_NS = 1000000, /* at connections and the device while completions are being polled */
    /* The time allowed for pending WRITEs: rings at 16 MB/s, for slow devices. */
    PATIENCE_NS_PER_BYTE = 60,
};

uint64_t mq_watch_period_ns(const struct mq *q)
{
    return q->options.dead_after_ns / 16;
}

/* The longest time until retransmission gives up is (retries + 1) times 4.096 us * 2^timeout. */
void mq_watch_open(struct mq *q)
{
    uint64_t each_ns = q->options.dead_after_ns / 2 / (MQ_RETRIES + 1);
    q->ack_timeout = 1;
    while (q->ack_timeout < 31 && UINT64_C(4096) << (q->ack_timeout + 1) <= each_ns)
        q->ack_timeout++;
    q->now_ns = q->watched_ns = clock_now();
    mq_watch_soon(q);
}

void mq_watch_soon(struct mq *q)
{
    q->looked_ns = 0;
}

static void watch_up(struct mq_link *l)
{
    const struct mq *q = l->q;
    uint64_t quiet_ns = q->now_ns - l->progress_ns, dead_ns = q->options.dead_after_ns;
    if (l->signalled_last <= l->completed) {
        if (quiet_ns >= dead_ns / 4) mq_link_keepalive(l);
        return;
    }
    uint64_t slack_ns = (l->out.published - l->out.credit) * PATIENCE_NS_PER_BYTE;
    if (quiet_ns > dead_ns / 4 * 3 + slack_ns)
        mq_link_lose(l, MQ_BROKEN, "no acknowledgement within dead_after_ns");
}

static void watch(struct mq_link *l)
{
    switch (l->state) {
    case MQ_UNUSED:
        return;
    case MQ_RESOLVING:
    case MQ_CONNECTING:
    case MQ_ACCEPTING:
        if (l->q->now_ns >= l->deadline_ns)
            mq_link_lose(l, MQ_TIMEOUT, "no connection within connect_ns");
        return;
    case MQ_UP:
        watch_up(l);
        return;
    case MQ_LOST:
        if (!l->known) mq_link_free(l);
        return;
    }
}

/* After a pause of this process (not scheduled, stopped, a frozen machine) the clocks restart:
 * peers are not suspected. */
static void watch_all(struct mq *q)
{
    while (mq_post_take(q)) continue;
    uint64_t gap_ns = q->now_ns - q->watched_ns;
    bool away = gap_ns > q->options.dead_after_ns / 4;
    q->watched_ns = q->now_ns;
    for (uint32_t i = 0; i < q->options.links_max; i++) {
        struct mq_link *l = &q->links[i];
        if (away) l->progress_ns = q->now_ns;
        if (away) l->deadline_ns += gap_ns;
        watch(l);
    }
}

/* Of the device. Its context belongs to librdmacm, and all queues of a process that use the device
 * share it: an event of another queue's queue pair is taken here and not seen there. It accompanies
 * an error completion, or makes the other side's operations fail, so no failure is missed. */
static void take_device_events(struct mq *q)
{
    struct ibv_async_event event;
    while (ibv_get_async_event(q->verbs, &event) == 0) {
        bool fatal;
        const char *name = mq_name_device(event.event_type, &fatal);
        bool of_qp = event.event_type == IBV_EVENT_QP_FATAL ||
                     event.event_type == IBV_EVENT_QP_REQ_ERR ||
                     event.event_type == IBV_EVENT_QP_ACCESS_ERR;
        bool ours = event.event_type == IBV_EVENT_DEVICE_FATAL ||
                    (event.event_type == IBV_EVENT_CQ_ERR && event.element.cq == q->cq) ||
                    (event.event_type == IBV_EVENT_SRQ_ERR && event.element.srq == q->srq);
        for (uint32_t i = 0; fatal && i < q->options.links_max; i++) {
            struct mq_link *l = &q->links[i];
            bool its = of_qp && l->id && l->id->qp == event.element.qp;
            if (ours || its) mq_link_lose(l, MQ_BROKEN, name);
        }
        ibv_ack_async_event(&event);
    }
}

void mq_drive(struct mq *q)
{
    q->now_ns = clock_now();
    mq_post_take(q);
    if (q->now_ns - q->looked_ns < LOOK_NS) return;
    q->looked_ns = q->now_ns;
    mq_connect_drive(q);
    take_device_events(q);
    if (q->now_ns - q->watched_ns >= mq_watch_period_ns(q)) watch_all(q);
}
