/* sim_transport.c - struct transport_ops of a simulated node: messages, timers, random streams,
 * charge. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "sim/network.h"

static uint64_t now(const struct transport *t)
{
    return sim_node_of(t)->local_ns;
}

static struct random *named_random(struct transport *t, const char *purpose)
{
    struct sim_node *n = sim_node_of(t);
    struct sim_stream *stream = n->streams;
    while (stream && strcmp(stream->purpose, purpose) != 0) stream = stream->next;
    if (!stream) {
        stream = allocate(sizeof *stream);
        stream->purpose = allocate_text(purpose);
        stream->random = random_named(n->sim->seed, n->name, purpose);
        stream->next = n->streams;
        n->streams = stream;
    }
    return &stream->random;
}

static void timer_set(struct transport *t, uint32_t number, uint64_t delay_ns)
{
    struct sim_node *n = sim_node_of(t);
    ASSERT(number < TIMERS_MAX);
    ASSERT(delay_ns >= 1);
    struct sim_timer *timer = &n->timers[number];
    uint64_t longest_ns = QUEUE_TIME_MAX_NS - n->local_ns; /* some callers mean `never` */
    timer->due_ns = n->local_ns + (delay_ns < longest_ns ? delay_ns : longest_ns);
    timer->order = ++n->order;
    ASSERT(timer->due_ns > n->local_ns);
    if (timer->carrier_order != 0 && timer->carrier_ns <= timer->due_ns) return;
    timer->carrier_order = timer->order;
    timer->carrier_ns = timer->due_ns;
    sim_push(n->sim, EVENT_TIMER, t->self, number, timer->due_ns, timer->order);
}

static void timer_cancel(struct transport *t, uint32_t number)
{
    ASSERT(number < TIMERS_MAX);
    sim_node_of(t)->timers[number].order = 0;
}

static struct message *message_new(struct transport *t, uint32_t bytes)
{
    ASSERT(bytes >= sizeof(struct message));
    ASSERT(bytes <= MESSAGE_BYTES_MAX);
    return &pool_get(&sim_node_of(t)->sim->pool, bytes)->message;
}

static struct message *message_retain(struct transport *t, struct message *m)
{
    (void)t;
    ASSERT(pool_of(m)->references > 0);
    pool_of(m)->references++;
    return m;
}

static void message_release(struct transport *t, struct message *m)
{
    pool_release(&sim_node_of(t)->sim->pool, pool_of(m));
}

static void message_refuse(struct transport *t, const struct message *m)
{
    struct sim *s = sim_node_of(t)->sim;
    s->stats.refused++;
    sim_count_refused(s, m);
}

static void message_send(struct transport *t, const uint32_t *to, uint32_t count, struct message *m)
{
    struct sim_node *n = sim_node_of(t);
    struct sim *s = n->sim;
    struct buffer *b = pool_of(m);
    ASSERT(m->bytes <= b->room);
    ASSERT(b->check == BUFFER_UNCHECKED || m->from == t->self); /* own messages only */
    m->from = t->self;
    b->wire_bytes = (uint64_t)m->bytes + m->opaque_bytes + s->overhead_bytes;
    uint64_t cost_ns = sim_cpu_ns(n->cpu, n->cpu->send_ns, b->wire_bytes);
    uint32_t kind = m->kind;
    for (uint32_t i = 0; i < count; i++) {
        ASSERT(to[i] < s->node_count);
        n->local_ns += cost_ns;
        if (n->local_ns >= n->crash_ns) break; /* it crashed within the handler */
        n->stats.messages_out++;
        n->stats.bytes_out += b->wire_bytes;
        if (kind < MESSAGE_KIND_COUNT) {
            s->stats.kind_count[kind]++;
            s->stats.kind_bytes[kind] += b->wire_bytes;
        }
        if (!n->thread || !shared_post(n, to[i], b)) network_send(n, to[i], b, n->local_ns);
    }
    pool_release(&s->pool, b);
}

static void charge(struct transport *t, uint64_t ns)
{
    sim_node_of(t)->local_ns += ns;
}

static void mark(struct transport *t, enum mark mark)
{
    sim_node_of(t)->sim->stats.marks[mark]++;
}

const struct transport_ops sim_transport_ops = {
    .now = now,
    .random = named_random,
    .timer_set = timer_set,
    .timer_cancel = timer_cancel,
    .message_new = message_new,
    .message_send = message_send,
    .message_retain = message_retain,
    .message_release = message_release,
    .message_refuse = message_refuse,
    .region_register = remote_register,
    .region_watch = remote_watch,
    .region_grant = remote_grant,
    .region_revoke = remote_revoke,
    .write = remote_write,
    .read = remote_read,
    .compare_and_swap = remote_swap,
    .work = remote_work,
    .append = storage_append,
    .sync = storage_sync,
    .read_back = storage_read_back,
    .charge = charge,
    .mark = mark,
};
