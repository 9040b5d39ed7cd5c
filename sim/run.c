/* run.c - the event loop, and what a node's processor does: FIFO, cores, handlers (see sim.h). */
#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"
#include "proto/node/validation.h"
#include "sim/network.h"

/* Multipliers of the fingerprint's words: odd, otherwise arbitrary. */
#define WITNESS_TIME UINT64_C(0x9e3779b97f4a7c15)
#define WITNESS_ORDER UINT64_C(0xd6e8feb86659fd93)
#define WITNESS_WHAT UINT64_C(0xa0761d6478bd642f)

static inline void fingerprint_event(struct sim_node *n, const struct event *e, uint64_t what)
{
    uint64_t words = n->local_ns * WITNESS_TIME + e->order * WITNESS_ORDER + what * WITNESS_WHAT;
    n->fingerprint = hash_mix(n->fingerprint ^ words);
}

static inline uint32_t kind_of(const struct event *e)
{
    return e->target >> KIND_SHIFT;
}

/* A time at which the processor is not paused. */
uint64_t sim_awake(const struct sim_node *n, uint64_t time_ns)
{
    for (uint32_t i = 0; i < n->pause_count; i++)
        if (n->pauses[i].begin_ns <= time_ns && time_ns < n->pauses[i].end_ns)
            time_ns = n->pauses[i].end_ns;
    return time_ns;
}

/* The event's cost before its handler begins. */
static inline uint64_t unpack_ns(const struct sim *s, const struct sim_node *n,
                                 const struct event *e)
{
    switch (kind_of(e)) {
    case EVENT_ARRIVAL:
        return sim_cpu_ns(n->cpu, n->cpu->receive_ns, pool_at(&s->pool, e->item)->wire_bytes);
    case EVENT_TIMER:
        return n->cpu->timer_ns;
    case EVENT_COMPLETION:
        return s->operation[e->item].kind >= OPERATION_WORK ? 0 : s->model->rdma.complete_ns;
    case EVENT_WRITTEN:
        return s->model->rdma.complete_ns;
    default:
        return 0;
    }
}

static void drop(struct sim *s, const struct event *e)
{
    if (kind_of(e) == EVENT_ARRIVAL) {
        s->stats.dropped++;
        pool_release(&s->pool, pool_at(&s->pool, e->item));
    } else if (kind_of(e) == EVENT_COMPLETION) {
        remote_forget(s, e->item);
    }
}

/* The handler begins when the event is unpacked, which can begin at begin_ns on that core. */
static inline bool place_on(struct sim *s, struct sim_node *n, const struct event *e,
                            uint64_t begin_ns, uint64_t *core)
{
    if (n->pauses) begin_ns = sim_awake(n, begin_ns);
    uint64_t cost_ns = unpack_ns(s, n, e);
    uint64_t local_ns = begin_ns + cost_ns;
    if (local_ns < n->ended_ns) local_ns = n->ended_ns;
    if (n->pauses) local_ns = sim_awake(n, local_ns);
    if (local_ns >= n->crash_ns) {
        n->ended_ns = local_ns; /* later events are not handled either */
        drop(s, e);
        return false;
    }
    n->stats.cpu_busy_ns += cost_ns;
    n->core = core;
    n->local_ns = local_ns;
    return true;
}

static inline bool is_void(const struct sim_node *n, const struct event *e)
{
    return kind_of(e) == EVENT_TIMER && n->timers[e->item].order != e->order;
}

/* Finds core and time of the event's handler. False: there will be none. */
static inline bool place(struct sim *s, struct sim_node *n, const struct event *e)
{
    if (is_void(n, e)) return false;
    uint64_t *core = n->core_free_ns;
    for (uint32_t i = 1; i < n->cpu->cores; i++)
        if (n->core_free_ns[i] < *core) core = &n->core_free_ns[i];
    uint64_t begin_ns = e->time_ns > *core ? e->time_ns : *core;
    if (n->cpu->wake_ns && e->time_ns > n->ended_ns + n->cpu->spin_ns) {
        begin_ns += n->cpu->wake_ns;
        n->stats.cpu_busy_ns += n->cpu->wake_ns;
    }
    return place_on(s, n, e, begin_ns, core);
}

bool sim_place(struct sim *s, struct sim_node *n, const struct event *e, uint64_t begin_ns)
{
    return !is_void(n, e) && place_on(s, n, e, begin_ns, n->core_free_ns);
}

static __attribute__((cold, noinline)) void drop_message(struct sim *s, struct sim_node *n,
                                                         uint32_t from, const struct buffer *b)
{
    bool corrupted = b->check == BUFFER_CORRUPTED;
    uint8_t kind = b->message.kind;
    if (corrupted) {
        s->stats.dropped++;
        s->stats.corrupted++;
        s->stats.kind_corrupted[kind]++;
    } else {
        s->stats.malformed++;
        sim_count_refused(s, &b->message);
    }
    if (n->ops->on_drop)
        n->ops->on_drop(n->state, from, kind, corrupted ? DROP_CORRUPTED : DROP_MALFORMED);
}

static inline void handle_message(struct sim *s, struct sim_node *n, const struct event *e,
                                  struct buffer *b)
{
    uint32_t from = (uint32_t)(e->order >> SOURCE_SHIFT);
    if (b->check == BUFFER_UNCHECKED) {
        bool valid =
            b->message.from == from && message_valid(&b->message, b->message.bytes, s->limits);
        b->check = valid ? BUFFER_VALID : BUFFER_MALFORMED;
    }
    if (b->check == BUFFER_VALID) {
        uint64_t size = (uint64_t)b->message.opaque_bytes << 32 | b->message.bytes;
        fingerprint_event(n, e, size << 8 ^ b->message.kind);
        s->stats.delivered++;
        n->stats.messages_in++;
        n->stats.bytes_in += b->wire_bytes;
        n->ops->on_message(n->state, &b->message);
    } else {
        drop_message(s, n, from, b);
    }
}

/* Runs the handler of an event that has been placed. Its message stays as long as it is handled: an
 * abort reports it. */
static inline void handle(struct sim *s, struct sim_node *n, const struct event *e)
{
    uint64_t begin_ns = n->local_ns;
    struct buffer *b = kind_of(e) == EVENT_ARRIVAL ? pool_at(&s->pool, e->item) : NULL;
    ASSERT(!s->handled); /* one handler at a time */
    ASSERT(begin_ns < n->crash_ns);
    ASSERT(begin_ns >= s->now_ns);
    s->handled = e;
    switch (kind_of(e)) {
    case EVENT_ARRIVAL:
        handle_message(s, n, e, b);
        break;
    case EVENT_TIMER:
        n->timers[e->item].order = 0;
        fingerprint_event(n, e, UINT64_C(1) << 62 | e->item);
        n->ops->on_timer(n->state, e->item);
        break;
    case EVENT_COMPLETION:
        fingerprint_event(n, e, UINT64_C(2) << 62 | (uint64_t)s->operation[e->item].how);
        remote_complete(s, n, e->item);
        break;
    case EVENT_WRITTEN:
        fingerprint_event(n, e, UINT64_C(7) << 61 | e->item);
        n->ops->on_write(n->state, e->item >> WRITER_BITS, e->item % SIM_NODES_MAX);
        break;
    default:
        ASSERT(kind_of(e) == EVENT_PEER);
        fingerprint_event(n, e, UINT64_C(3) << 62 | e->item);
        n->ops->on_peer(n->state, e->item >> 1, e->item & 1);
    }
    ASSERT(n->local_ns >= begin_ns);
    n->stats.cpu_busy_ns += n->local_ns - begin_ns;
    *n->core = n->ended_ns = n->local_ns;
    s->handled = NULL;
    if (b) pool_release(&s->pool, b);
}

void sim_handle(struct sim *s, struct sim_node *n, const struct event *e)
{
    handle(s, n, e);
}

void sim_fifo_push(struct sim_fifo *f, const struct event *e)
{
    if (f->count == f->room) {
        uint32_t room = f->room ? 2 * f->room : 16;
        struct event *grown = allocate(room * sizeof *grown);
        for (uint32_t i = 0; i < f->count; i++) grown[i] = f->event[(f->first + i) % f->room];
        free(f->event);
        *f = (struct sim_fifo){.event = grown, .count = f->count, .room = room};
    }
    f->event[(f->first + f->count++) & (f->room - 1)] = *e;
    ASSERT(f->count <= f->room);
}

/* Two events: place the first waiting event that will be handled, and queue its service. */
static void serve_next(struct sim *s, struct sim_node *n)
{
    struct sim_fifo *f = &n->fifo;
    while (!n->serving && f->count > 0) {
        sim_fifo_pop(f, &n->head);
        n->serving = place(s, n, &n->head);
    }
    if (n->serving) sim_push_own(s, EVENT_SERVICE, n->transport.self, n->local_ns);
    ASSERT(n->serving || f->count == 0);
}

void sim_enter(struct sim *s, const struct event *e)
{
    struct sim_node *n = sim_event_node(s, e);
    if (n->thread) {
        shared_enter(s, n, e);
        return;
    }
    if (!n->two_events) {
        if (place(s, n, e)) handle(s, n, e);
        return;
    }
    if (n->serving) {
        sim_fifo_push(&n->fifo, e);
    } else if (place(s, n, e)) { /* the queue is empty */
        n->head = *e;
        n->serving = true;
        sim_push_own(s, EVENT_SERVICE, n->transport.self, n->local_ns);
    }
}

static void serve(struct sim *s, const struct event *e)
{
    struct sim_node *n = sim_event_node(s, e);
    struct event head = n->head;
    ASSERT(n->serving);
    ASSERT(n->local_ns == s->now_ns);
    n->serving = false;
    handle(s, n, &head);
    if (n->thread)
        shared_handled(s, n);
    else
        serve_next(s, n);
}

static void on_timer_event(struct sim *s, const struct event *e)
{
    struct sim_node *n = sim_event_node(s, e);
    struct sim_timer *timer = &n->timers[e->item];
    if (timer->carrier_order != e->order) return; /* replaced by a later carrier */
    timer->carrier_order = 0;
    if (timer->order == e->order) {
        sim_enter(s, e);
    } else if (timer->order != 0) { /* it was moved meanwhile */
        ASSERT(timer->due_ns >= e->time_ns);
        timer->carrier_order = timer->order;
        timer->carrier_ns = timer->due_ns;
        sim_push(s, EVENT_TIMER, n->transport.self, e->item, timer->due_ns, timer->order);
    }
}

/* Is a message that arrives through the NIC? */
static inline bool received(struct sim *s, const struct event *e)
{
    if (sim_event_node(s, e)->ns_per_byte == 0) return true;
    uint32_t from = (uint32_t)(e->order >> SOURCE_SHIFT);
    return network_take_in(s, e, from, pool_at(&s->pool, e->item)->wire_bytes, EVENT_RECEIVED);
}

static inline void handle_event(struct sim *s, struct event *e)
{
    ASSERT(e->time_ns >= s->now_ns);
    s->now_ns = e->time_ns;
    s->stats.events++;
    switch ((enum event_kind)kind_of(e)) {
    case EVENT_ARRIVAL:
        if (received(s, e)) sim_enter(s, e);
        break;
    case EVENT_RECEIVED:
        e->target = (uint32_t)EVENT_ARRIVAL << KIND_SHIFT | sim_event_node(s, e)->transport.self;
        sim_enter(s, e);
        break;
    case EVENT_SERVICE:
        serve(s, e);
        break;
    case EVENT_TIMER:
        on_timer_event(s, e);
        break;
    case EVENT_COMPLETION:
    case EVENT_PEER:
    case EVENT_WRITTEN:
        sim_enter(s, e);
        break;
    case EVENT_REMOTE:
    case EVENT_REMOTE_TAKEN:
    case EVENT_REMOTE_REST:
        remote_event(s, e);
        break;
    case EVENT_UPLINK:
    case EVENT_DOWNLINK:
        network_pass_uplink(s, e);
        break;
    case EVENT_ANSWER:
        remote_answered(s, e);
        break;
    case EVENT_THREAD:
        shared_event(s, e);
        break;
    case EVENT_OUTAGE:
        outages_event(s, e);
        break;
    }
}

bool sim_step(struct sim *s)
{
    ASSERT(s->started);
    const struct event *first = queue_peek(&s->queue);
    if (!first) return false;
    struct event e = *first;
    queue_pop(&s->queue);
    handle_event(s, &e);
    return true;
}

void sim_limit(struct sim *s, uint64_t events)
{
    s->events_max = events;
}

bool sim_run(struct sim *s, uint64_t until_ns, const bool *stop)
{
    ASSERT(s->started);
    const struct event *first;
    while ((first = queue_peek(&s->queue)) && first->time_ns <= until_ns) {
        if (s->stats.events >= s->events_max) return true;
        struct event e = *first;
        queue_pop(&s->queue);
        handle_event(s, &e);
        if (stop && *stop) return true;
    }
    ASSERT(!s->handled);
    if (until_ns != UINT64_MAX && until_ns > s->now_ns) s->now_ns = until_ns;
    return first != NULL;
}
