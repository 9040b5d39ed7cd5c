/* host.c - the loop of a host: events of the wire, own nodes, timers and the side thread are
 * dispatched to the nodes, one handler after the other.
 *
 * Time. now() stands still while a handler runs: the clock is read once between two handlers, which
 * also measures the handler. It is a hybrid logical clock: every frame carries the sender's now(),
 * and a host whose clock is behind that jumps forward and keeps the distance. Thus stamps respect
 * causality (the receiver of a message stamped t sees now() >= t), as the checkers of histories
 * need, also where the clocks of the hosts differ a little. */
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "proto/node/validation.h"
#include "rdma/wire/hosting.h"

enum {
    INBOX_BATCH = 64, /* per round, against starvation */
    TIMER_BATCH = 64,
};

/* ---- time ------------------------------------------------------------------------------------ */

static void read_clock(struct host *h)
{
    h->clock_ns = clock_now();
    uint64_t epoch_ns = h->setup.epoch_ns;
    h->now_ns = (h->clock_ns > epoch_ns ? h->clock_ns - epoch_ns : 0) + h->ahead_ns;
}

/* A frame was sent at that time of its sender; false: impossible. */
static bool saw_clock(struct host *h, uint64_t sent_ns)
{
    if (sent_ns <= h->now_ns) return true;
    read_clock(h);
    if (sent_ns <= h->now_ns) return true;
    uint64_t ahead_ns = h->ahead_ns + (sent_ns - h->now_ns);
    if (ahead_ns < h->ahead_ns || ahead_ns > HOST_AHEAD_NS_MAX) return false;
    h->ahead_ns = ahead_ns;
    h->now_ns = sent_ns;
    return true;
}

/* The time on CLOCK_MONOTONIC at which now() has that value. */
static uint64_t clock_at(const struct host *h, uint64_t now_ns)
{
    uint64_t since_epoch_ns = now_ns > h->ahead_ns ? now_ns - h->ahead_ns : 0;
    uint64_t at_ns = h->setup.epoch_ns + since_epoch_ns;
    return at_ns < since_epoch_ns ? UINT64_MAX : at_ns;
}

void host_ended(struct host *h, struct node *n)
{
    uint64_t began_ns = h->clock_ns;
    read_clock(h);
    n->stats.cpu_busy_ns += h->clock_ns - began_ns;
    h->handling = NULL;
}

static void flush(struct host *h)
{
    h->wire->ops->flush(h->wire);
    h->unflushed_ns = h->clock_ns;
}

/* A handler has ended, and others may follow before the end of the round. */
static void ended_in_batch(struct host *h, struct node *n)
{
    host_ended(h, n);
    if (h->clock_ns - h->unflushed_ns >= HOST_FLUSH_NS) flush(h);
}

/* ---- receiving ------------------------------------------------------------------------------- */

static void handle_message(struct host *h, struct node *n, struct message *m, uint64_t bytes)
{
    if (!message_valid(m, bytes, h->setup.limits)) {
        h->stats.malformed++;
        host_count_refused(h, m);
        if (n->ops->on_drop) n->ops->on_drop(n->state, m->from, m->kind, DROP_MALFORMED);
        return;
    }
    h->stats.delivered++;
    n->stats.messages_in++;
    n->stats.bytes_in += (uint64_t)m->bytes + m->opaque_bytes;
    h->handling = n;
    n->ops->on_message(n->state, m);
    ended_in_batch(h, n);
}

static bool take_message(struct host *h, uint32_t member, struct frame *f, uint32_t bytes)
{
    struct message *m = (struct message *)(f + 1);
    if (bytes < sizeof *m || m->bytes > bytes) return false;
    if (bytes - m->bytes != frame_tail_bytes(m->bytes, m->opaque_bytes)) return false;
    const struct members *members = h->setup.members;
    if (m->from >= members->nodes || members->of_node[m->from] != member) return false;
    h->incoming = m;
    handle_message(h, host_node_at(h, f->node), m, m->bytes);
    h->incoming = NULL;
    return true;
}

/* `bytes` is what has come, the header included. False: malformed. */
static bool take_frame(struct host *h, uint32_t member, struct frame *f, uint32_t bytes)
{
    if (!host_node_at(h, f->node) || !saw_clock(h, f->sent_ns)) return false;
    bytes -= (uint32_t)sizeof *f;
    switch ((enum frame_type)f->type) {
    case FRAME_MESSAGE:
        return take_message(h, member, f, bytes);
    case FRAME_PADDING:
        return true;
    }
    return false;
}

/* Nothing that it says is certain, but it is traced as that: of its node, or the first one here;
 * from its sender, or the member's first node. */
static void drop_corrupted(struct host *h, uint32_t member, const struct frame *f, uint32_t bytes)
{
    const struct members *members = h->setup.members;
    const struct message *m = (const struct message *)(f + 1);
    const struct node *n = host_node_at(h, f->node);
    uint32_t kind = MESSAGE_KIND_COUNT, from = members_first_node(members, member);
    if (f->type == FRAME_MESSAGE && bytes >= sizeof *f + sizeof *m) {
        if (m->kind < MESSAGE_KIND_COUNT) kind = m->kind;
        if (m->from < members->nodes && members->of_node[m->from] == member) from = m->from;
    }
    if (!n) n = h->node[0];
    h->stats.corrupted++;
    h->stats.kind_corrupted[kind]++;
    if (n->ops->on_drop) n->ops->on_drop(n->state, from, kind, DROP_CORRUPTED);
}

static void start(struct host *h);

static void wire_frame(void *context, uint32_t member, void *frame, uint32_t bytes)
{
    struct host *h = context;
    ASSERT(member < h->setup.members->count);
    if (!h->running) {
        if (!h->setup.epoch_ns) return;
        start(h);
    }
    struct frame *f = frame;
    bool whole = bytes >= sizeof *f;
    if (whole && f->check != frame_check(f, bytes))
        drop_corrupted(h, member, f, bytes);
    else if (!whole || !take_frame(h, member, f, bytes))
        h->stats.malformed++;
}

static void wire_peer(void *context, uint32_t member, bool up)
{
    peers_changed(context, member, up);
}

static void wire_completion(void *context, uint32_t node, uint64_t cookie, enum completion how)
{
    host_complete(context, node, cookie, how);
}

static void wire_written(void *context, uint32_t node, uint32_t region, uint32_t writer,
                         uint32_t stamp)
{
    struct host *h = context;
    struct node *n = host_node_at(h, node);
    ASSERT(n);
    saw_clock(h, stamp_time(stamp, h->now_ns));
    h->handling = n;
    n->ops->on_write(n->state, region, writer);
    ended_in_batch(h, n);
}

void host_complete(struct host *h, uint32_t node, uint64_t cookie, enum completion how)
{
    struct node *n = host_node_at(h, node);
    ASSERT(n);
    h->handling = n;
    n->ops->on_completion(n->state, cookie, how);
    host_ended(h, n);
}

/* ---- the loop -------------------------------------------------------------------------------- */

static bool deliver_inbox(struct host *h)
{
    bool any = h->inbox.count > 0;
    for (int i = 0; i < INBOX_BATCH && h->inbox.count; i++) {
        struct item item = *items_first(&h->inbox);
        items_pop(&h->inbox);
        struct message *m = buffer_message(item.buffer);
        handle_message(h, host_node_at(h, item.node), m, m->bytes);
        buffer_release(item.buffer);
    }
    return any;
}

static bool fire_timers(struct host *h)
{
    uint32_t id;
    int fired = 0;
    /* Timers that its handlers set are for the next round. */
    for (uint64_t now_ns = h->now_ns; fired < TIMER_BATCH; fired++) {
        if (!timers_take(&h->timers, now_ns, &id)) break;
        struct node *n = h->node[id / TIMERS_MAX];
        h->handling = n;
        n->ops->on_timer(n->state, id % TIMERS_MAX);
        host_ended(h, n);
    }
    return fired > 0;
}

static bool take_work(struct host *h)
{
    uint32_t node;
    uint64_t cookie;
    if (!work_take(h, &node, &cookie)) return false;
    host_complete(h, node, cookie, COMPLETION_OK);
    return true;
}

/* Syncs and records read back of the nodes with storage. */
static bool take_storage(struct host *h)
{
    bool any = false;
    uint64_t cookie;
    enum completion how;
    for (uint32_t slot = 0; h->logs && slot < h->node_count; slot++) {
        const struct node *n = h->node[slot];
        if (!n->log || !log_file_take(n->log, &cookie, &how)) continue;
        host_complete(h, n->transport.self, cookie, how);
        any = true;
    }
    return any;
}

/* One batch of everything, and one flush for all that the handlers sent; more where they take long,
 * since others wait for their heartbeats. */
static bool play_round(struct host *h)
{
    read_clock(h);
    h->unflushed_ns = h->clock_ns;
    bool any = h->wire->ops->poll(h->wire);
    any |= deliver_inbox(h);
    any |= fire_timers(h);
    any |= take_work(h);
    any |= take_storage(h);
    peers_retry(h);
    flush(h);
    return any || h->inbox.count > 0;
}

static void start(struct host *h)
{
    h->running = true;
    for (uint32_t slot = 0; slot < h->node_count; slot++) {
        struct node *n = h->node[slot];
        read_clock(h);
        h->handling = n;
        n->ops->init(n->state, &n->transport);
        host_ended(h, n);
    }
}

static uint64_t earlier(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

void host_set_epoch(struct host *h, uint64_t epoch_ns)
{
    if (!h->running) h->setup.epoch_ns = epoch_ns;
}

void host_connect(struct host *h, uint64_t tick_ns, bool (*tick)(void *context), void *context)
{
    while (!h->running && tick(context)) {
        read_clock(h);
        h->wire->ops->poll(h->wire);
        h->wire->ops->flush(h->wire);
        h->wire->ops->wait(h->wire, h->clock_ns + tick_ns);
    }
}

void host_run(struct host *h, uint64_t tick_ns, bool (*tick)(void *context), void *context)
{
    if (!h->running) start(h);
    read_clock(h);
    for (uint64_t tick_at_ns = h->clock_ns + tick_ns;;) {
        bool any = play_round(h);
        bool woken = atomic_load_explicit(&h->woken, memory_order_relaxed) &&
                     atomic_exchange(&h->woken, false);
        if (woken || h->clock_ns >= tick_at_ns) {
            if (!tick(context)) return;
            tick_at_ns = h->clock_ns + tick_ns;
        } else if (!any) {
            uint64_t due_ns = clock_at(h, timers_next_ns(&h->timers));
            h->wire->ops->wait(h->wire, earlier(due_ns, tick_at_ns));
        }
    }
}

void host_wake(struct host *h)
{
    atomic_store(&h->woken, true);
    h->wire->ops->wake(h->wire);
}

/* ---- begin and end --------------------------------------------------------------------------- */

struct host *host_create(const struct host_setup *setup)
{
    struct host *h = allocate_zeroed(1, sizeof *h);
    h->setup = *setup;
    h->wire = setup->wire;
    h->peer = allocate_zeroed(setup->members->count, sizeof *h->peer);
    h->slot = allocate_zeroed(setup->members->nodes, sizeof *h->slot);
    for (uint32_t i = 0; i < setup->members->nodes; i++) h->slot[i] = NO_SLOT;
    h->finished_last = &h->finished;
    h->wire->ops->listen(h->wire, &(struct wire_listener){.context = h,
                                                          .frame = wire_frame,
                                                          .peer = wire_peer,
                                                          .completion = wire_completion,
                                                          .written = wire_written});
    return h;
}

static void wake_wire(void *context)
{
    struct host *h = context;
    h->wire->ops->wake(h->wire);
}

void host_add_node(struct host *h, const struct host_node *node)
{
    ASSERT(!h->running);
    ASSERT(node->node < h->setup.members->nodes);
    ASSERT(h->setup.members->of_node[node->node] == h->setup.self);
    ASSERT(h->slot[node->node] == NO_SLOT);
    struct node *n = allocate_zeroed(1, sizeof *n);
    n->transport = (struct transport){&host_transport_ops, node->node, node->log != NULL};
    n->host = h;
    n->ops = node->ops;
    n->state = node->state;
    n->name = allocate(strlen(node->name) + 1);
    memcpy(n->name, node->name, strlen(node->name) + 1);
    n->slot = h->node_count++;
    n->log = node->log;
    h->logs += n->log != NULL;
    if (n->log) log_file_begin(n->log, wake_wire, h);
    h->node = reallocate(h->node, h->node_count * sizeof *h->node);
    h->node[n->slot] = n;
    h->slot[node->node] = n->slot;
    timers_grow(&h->timers, h->node_count * TIMERS_MAX);
}

void host_stop(struct host *h)
{
    if (h->stopped) return;
    h->stopped = true;
    work_finish(h);
    for (uint32_t slot = 0; slot < h->node_count; slot++)
        if (h->node[slot]->log) log_file_stop(h->node[slot]->log);
    h->wire->ops->close(h->wire);
}

void host_destroy(struct host *h)
{
    if (!h) return;
    host_stop(h);
    peers_finish(h);
    for (; h->inbox.count; items_pop(&h->inbox)) buffer_release(items_first(&h->inbox)->buffer);
    free(h->inbox.item);
    timers_finish(&h->timers);
    for (uint32_t slot = 0; slot < h->node_count; slot++) {
        streams_finish(h->node[slot]);
        free(h->node[slot]->name);
        free(h->node[slot]);
    }
    free(h->node);
    free(h->slot);
    free(h);
}

uint64_t host_now(const struct host *h)
{
    return h->now_ns;
}

const char *host_handling(const struct host *h)
{
    return h->handling ? h->handling->name : NULL;
}

bool host_working(const struct host *h)
{
    return h->working > 0;
}

bool host_peer_up(const struct host *h, uint32_t member)
{
    return member == h->setup.self || h->peer[member].up;
}

const struct host_stats *host_stats(const struct host *h)
{
    return &h->stats;
}

struct host_node_stats host_node_stats(const struct host *h, uint32_t node)
{
    ASSERT(host_node_at(h, node));
    return host_node_at(h, node)->stats;
}
