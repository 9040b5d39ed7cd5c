/* verbs.c - the verbs wire (verbs.h): frames over the message queue, waiting, opening, closing. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "rdma/wire/verbs_parts.h"

#define DEAD_AFTER_NS UINT64_C(500000000)

enum { EVENTS = 32, RING_BYTES = 1 << 20 };

static struct verbs *verbs_of(struct wire *w)
{
    return (struct verbs *)(void *)w;
}

/* ---- frames -------------------------------------------------------------------------------------
 */

static void wire_listen(struct wire *w, const struct wire_listener *listener)
{
    verbs_of(w)->listener = *listener;
}

static void *wire_reserve(struct wire *w, uint32_t member, uint32_t bytes)
{
    struct peer *p = &verbs_of(w)->peer[member];
    ASSERT(bytes >= 1);
    ASSERT(bytes <= WIRE_FRAME_BYTES_MAX);
    if (!p->up) return NULL;
    enum mq_status why;
    uint64_t *place = mq_reserve(p->link, bytes + (uint32_t)sizeof *place, &why);
    if (!place) return NULL;
    *place = LINK_FRAME;
    return place + 1;
}

static void wire_commit(struct wire *w, uint32_t member, uint32_t bytes)
{
    struct peer *p = &verbs_of(w)->peer[member];
    ASSERT(p->link);
    mq_commit(p->link, bytes + (uint32_t)sizeof(uint64_t));
}

static void wire_flush(struct wire *w)
{
    struct verbs *v = verbs_of(w);
    verbs_initiators_post(v);
    verbs_pay(v);
    mq_flush(v->q);
    v->unflushed = false;
}

/* ---- poll and wait ------------------------------------------------------------------------------
 */

static bool wire_poll(struct wire *w)
{
    struct verbs *v = verbs_of(w);
    struct mq_event events[EVENTS];
    uint32_t count = mq_poll(v->q, events, EVENTS);
    for (uint32_t i = 0; i < count; i++) verbs_link_event(v, &events[i]);
    verbs_links_retry(v);
    verbs_links_end(v);
    bool some = verbs_initiators_poll(v);
    verbs_watch_poll(v);
    some |= pending_report(&v->pending, &v->listener);
    verbs_initiators_post(v);
    verbs_pay(v);
    if (v->unflushed) wire_flush(w);
    return count > 0 || some;
}

/* Arms the completion channel. True: there is a completion, in v->wc. */
static bool arm(struct verbs *v)
{
    if (v->armed) return false;
    if (ibv_req_notify_cq(v->cq, 0) == 0) v->armed = true;
    v->wc_count = ibv_poll_cq(v->cq, sizeof v->wc / sizeof *v->wc, v->wc);
    return v->wc_count != 0;
}

static void take_events(struct verbs *v)
{
    struct ibv_cq *cq;
    void *context;
    while ((v->armed || v->heard_armed) && ibv_get_cq_event(v->channel, &cq, &context) == 0) {
        ibv_ack_cq_events(cq, 1);
        if (cq == v->cq) v->armed = false;
        if (cq == v->heard) v->heard_armed = false;
    }
}

static void wire_wait(struct wire *w, uint64_t until_ns)
{
    struct verbs *v = verbs_of(w);
    if (v->pending.count > 0 || v->wc_count > 0) return;
    if (v->signals > 0 && arm(v)) return;
    uint64_t next_ns = verbs_links_next(v);
    if (v->signals > 0) { /* watch over them now and then */
        uint64_t watch_ns = clock_now() + v->setup.dead_after_ns;
        if (watch_ns < next_ns) next_ns = watch_ns;
    }
    mq_wait(v->q, until_ns < next_ns ? until_ns : next_ns);
    if (mq_watched(v->q)) take_events(v);
}

static void wire_wake(struct wire *w)
{
    mq_wake(verbs_of(w)->q);
}

/* ---- one-sided operations -----------------------------------------------------------------------
 */

static void begin(struct verbs *v, struct operation *o, const void *source)
{
    ASSERT(o->place.node < v->setup.members->nodes);
    ASSERT(verbs_is_own(v, o->node));
    ASSERT(o->bytes <= MESSAGE_BYTES_MAX);
    struct peer *p = &v->peer[v->setup.members->of_node[o->place.node]];
    if (verbs_is_own(v, o->place.node))
        verbs_end(v, o, verbs_owner_perform(v, o, source));
    else if (!p->up && p->was_up)
        verbs_end(v, o, COMPLETION_UNREACHABLE);
    else
        verbs_initiator_add(v, o, source);
}

static void wire_write(struct wire *w, uint32_t node, struct remote to, const void *source,
                       uint32_t bytes, uint64_t cookie, uint32_t stamp)
{
    struct operation o = {.kind = OPERATION_WRITE,
                          .node = node,
                          .place = to,
                          .bytes = bytes,
                          .cookie = cookie,
                          .stamp = stamp};
    begin(verbs_of(w), &o, source);
}

static void wire_read(struct wire *w, uint32_t node, struct remote from, void *target,
                      uint32_t bytes, uint64_t cookie)
{
    struct operation o = {.kind = OPERATION_READ,
                          .node = node,
                          .place = from,
                          .bytes = bytes,
                          .target = target,
                          .cookie = cookie};
    begin(verbs_of(w), &o, NULL);
}

static void wire_swap(struct wire *w, uint32_t node, struct remote at, uint64_t expected,
                      uint64_t desired, uint64_t *previous, uint64_t cookie)
{
    ASSERT(at.offset % sizeof expected == 0);
    struct operation o = {.kind = OPERATION_SWAP,
                          .node = node,
                          .place = at,
                          .bytes = sizeof expected,
                          .expected = expected,
                          .desired = desired,
                          .target = previous,
                          .cookie = cookie};
    begin(verbs_of(w), &o, NULL);
}

/* ---- open and close -----------------------------------------------------------------------------
 */

static void wire_close(struct wire *w)
{
    struct verbs *v = verbs_of(w);
    mq_flush(v->q);
    for (uint32_t member = 0; member < v->setup.members->count; member++) {
        struct peer *p = &v->peer[member];
        verbs_initiator_finish(v, p);
        verbs_pair_destroy(&p->responder.pair);
    }
    verbs_owner_finish(v);
    if (v->heard) ibv_destroy_cq(v->heard);
    if (v->cq) ibv_destroy_cq(v->cq);
    if (v->channel) ibv_destroy_comp_channel(v->channel);
    mq_close(v->q);
    free(v->ending);
    pending_finish(&v->pending);
    free(v->watch);
    free(v->peer);
    free(v);
}

static const struct wire_ops verbs_ops = {
    .listen = wire_listen,
    .reserve = wire_reserve,
    .commit = wire_commit,
    .flush = wire_flush,
    .poll = wire_poll,
    .wait = wire_wait,
    .wake = wire_wake,
    .close = wire_close,
    .region_register = verbs_region_register,
    .region_watch = verbs_region_watch,
    .region_grant = verbs_region_grant,
    .region_revoke = verbs_region_revoke,
    .write = wire_write,
    .read = wire_read,
    .compare_and_swap = wire_swap,
};

/* Completions of the one-sided half: those of the queue pairs that are, and as many of such that
 * were denied and have not been looked at. */
static int open_completions(struct verbs *v, struct error *error)
{
    struct ibv_context *device = mq_pd(v->q)->context;
    int entries = (int)(2 * INITIATOR_DEPTH * v->setup.members->count);
    int receives = (int)(2 * RESPONDER_DEPTH * v->setup.members->count);
    v->channel = ibv_create_comp_channel(device);
    v->cq = v->channel ? ibv_create_cq(device, entries, NULL, v->channel, 0) : NULL;
    v->heard = v->cq ? ibv_create_cq(device, receives, NULL, v->channel, 0) : NULL;
    if (!v->heard)
        return error_errno(error, "%s: a completion queue of %d entries",
                           v->setup.addresses[v->setup.self].address, entries);
    int flags = fcntl(v->channel->fd, F_GETFL);
    if (flags < 0 || fcntl(v->channel->fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return error_errno(error, "the completion channel");
    mq_watch(v->q, v->channel->fd);
    mq_look(v->q, verbs_watch_look, v);
    return 0;
}

struct wire *verbs_wire_open(const struct verbs_setup *setup, struct error *error)
{
    const struct members *members = setup->members;
    ASSERT(setup->self < members->count);
    uint32_t ring_bytes = setup->ring_bytes ? setup->ring_bytes : RING_BYTES;
    if (ring_bytes < RING_BYTES) {
        error_set(error, "ring of %u bytes: expected at least %d, for messages of %d", ring_bytes,
                  RING_BYTES, WIRE_FRAME_BYTES_MAX);
        return NULL;
    }
    struct mq_options options = {
        .address = setup->addresses[setup->self].address,
        .port = setup->addresses[setup->self].port,
        .ring_bytes = ring_bytes,
        .links_max = 2 * members->count + 8, /* an old link may exist beside the new one */
        .waiting = setup->waiting,
        .dead_after_ns = setup->dead_after_ns ? setup->dead_after_ns : DEAD_AFTER_NS,
        .connect_ns = VERBS_PATIENCE_NS_MAX, /* our time-out is shorter */
    };
    struct mq *q = mq_open(&options, error);
    if (!q) return NULL;
    struct verbs *v = allocate_zeroed(1, sizeof *v);
    v->wire.ops = &verbs_ops;
    v->setup = *setup;
    v->setup.dead_after_ns = options.dead_after_ns;
    v->q = q;
    v->peer = allocate_zeroed(members->count, sizeof *v->peer);
    verbs_links_start(v);
    if (open_completions(v, error) != 0) {
        wire_close(&v->wire);
        return NULL;
    }
    return &v->wire;
}
