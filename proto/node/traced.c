/* traced.c - passes calls and events on, and reports messages (traced.h). */
#include "proto/node/traced.h"

static struct traced *traced_of(const struct transport *t)
{
    return (struct traced *)(uintptr_t)t;
}

static struct transport *inner_of(const struct transport *t)
{
    return traced_of(t)->inner;
}

/* ---- calls of the node ---------------------------------------------------------------------- */

static uint64_t now(const struct transport *t)
{
    return transport_now(inner_of(t));
}

static struct random *random_of(struct transport *t, const char *purpose)
{
    return inner_of(t)->ops->random(inner_of(t), purpose);
}

static void timer_set(struct transport *t, uint32_t timer, uint64_t delay_ns)
{
    inner_of(t)->ops->timer_set(inner_of(t), timer, delay_ns);
}

static void timer_cancel(struct transport *t, uint32_t timer)
{
    inner_of(t)->ops->timer_cancel(inner_of(t), timer);
}

static struct message *message_new(struct transport *t, uint32_t bytes)
{
    return inner_of(t)->ops->message_new(inner_of(t), bytes);
}

/* Reported before it is sent, which gives it up; a sender's processor is charged for it, so the
 * time is that of the call. */
static void message_send(struct transport *t, const uint32_t *to, uint32_t count,
                         struct message *message)
{
    struct traced *n = traced_of(t);
    for (uint32_t i = 0; i < count; i++)
        n->observer->sent(n->observer, transport_now(n->inner), t->self, to[i], message);
    n->inner->ops->message_send(n->inner, to, count, message);
}

static struct message *message_retain(struct transport *t, struct message *message)
{
    return inner_of(t)->ops->message_retain(inner_of(t), message);
}

static void message_release(struct transport *t, struct message *message)
{
    inner_of(t)->ops->message_release(inner_of(t), message);
}

static void dropped(struct traced *n, uint32_t peer, uint32_t kind, enum drop why)
{
    n->observer->dropped(n->observer, transport_now(n->inner), n->inner->self, peer, kind, why);
}

static void message_refuse(struct transport *t, const struct message *message)
{
    dropped(traced_of(t), message->from, message->kind, DROP_REFUSED);
    inner_of(t)->ops->message_refuse(inner_of(t), message);
}

static void region_register(struct transport *t, uint32_t region, void *memory, uint64_t bytes)
{
    inner_of(t)->ops->region_register(inner_of(t), region, memory, bytes);
}

static void region_watch(struct transport *t, uint32_t region)
{
    inner_of(t)->ops->region_watch(inner_of(t), region);
}

static void region_grant(struct transport *t, uint32_t region, const uint32_t *writers,
                         uint32_t count)
{
    inner_of(t)->ops->region_grant(inner_of(t), region, writers, count);
}

static void region_revoke(struct transport *t, uint32_t region, const uint32_t *writers,
                          uint32_t count)
{
    inner_of(t)->ops->region_revoke(inner_of(t), region, writers, count);
}

static void write(struct transport *t, struct remote to, const void *source, uint32_t bytes,
                  uint64_t cookie)
{
    inner_of(t)->ops->write(inner_of(t), to, source, bytes, cookie);
}

static void read(struct transport *t, struct remote from, void *target, uint32_t bytes,
                 uint64_t cookie)
{
    inner_of(t)->ops->read(inner_of(t), from, target, bytes, cookie);
}

static void compare_and_swap(struct transport *t, struct remote at, uint64_t expected,
                             uint64_t desired, uint64_t *previous, uint64_t cookie)
{
    inner_of(t)->ops->compare_and_swap(inner_of(t), at, expected, desired, previous, cookie);
}

static void work(struct transport *t, void (*compute)(void *argument), void *argument,
                 uint64_t modelled_ns, uint64_t cookie)
{
    inner_of(t)->ops->work(inner_of(t), compute, argument, modelled_ns, cookie);
}

static void append(struct transport *t, const void *record, uint32_t bytes)
{
    inner_of(t)->ops->append(inner_of(t), record, bytes);
}

static void sync(struct transport *t, uint64_t cookie)
{
    inner_of(t)->ops->sync(inner_of(t), cookie);
}

static void read_back(struct transport *t, void *target, uint32_t *bytes, uint64_t cookie)
{
    inner_of(t)->ops->read_back(inner_of(t), target, bytes, cookie);
}

static void charge(struct transport *t, uint64_t ns)
{
    inner_of(t)->ops->charge(inner_of(t), ns);
}

static void mark(struct transport *t, enum mark mark)
{
    struct traced *n = traced_of(t);
    n->observer->reached(n->observer, transport_now(n->inner), t->self, mark);
    transport_mark(n->inner, mark);
}

static const struct transport_ops traced_transport_ops = {
    .now = now,
    .random = random_of,
    .timer_set = timer_set,
    .timer_cancel = timer_cancel,
    .message_new = message_new,
    .message_send = message_send,
    .message_retain = message_retain,
    .message_release = message_release,
    .message_refuse = message_refuse,
    .region_register = region_register,
    .region_watch = region_watch,
    .region_grant = region_grant,
    .region_revoke = region_revoke,
    .write = write,
    .read = read,
    .compare_and_swap = compare_and_swap,
    .work = work,
    .append = append,
    .sync = sync,
    .read_back = read_back,
    .charge = charge,
    .mark = mark,
};

/* ---- events of the transport ---------------------------------------------------------------- */

static void init(void *node, struct transport *t)
{
    struct traced *n = node;
    n->inner = t;
    n->transport = (struct transport){&traced_transport_ops, t->self, t->durable};
    n->ops->init(n->state, &n->transport);
}

static void on_message(void *node, struct message *message)
{
    struct traced *n = node;
    n->observer->handled(n->observer, transport_now(n->inner), n->inner->self, message->from,
                         message);
    n->ops->on_message(n->state, message);
}

static void on_timer(void *node, uint32_t timer)
{
    struct traced *n = node;
    n->ops->on_timer(n->state, timer);
}

static void on_completion(void *node, uint64_t cookie, enum completion how)
{
    struct traced *n = node;
    n->ops->on_completion(n->state, cookie, how);
}

static void on_peer(void *node, uint32_t peer, bool up)
{
    struct traced *n = node;
    n->ops->on_peer(n->state, peer, up);
}

static void on_drop(void *node, uint32_t peer, uint32_t kind, enum drop why)
{
    dropped(node, peer, kind, why);
}

static void on_write(void *node, uint32_t region, uint32_t writer)
{
    struct traced *n = node;
    n->ops->on_write(n->state, region, writer);
}

const struct node_ops traced_node_ops = {
    .init = init,
    .on_message = on_message,
    .on_timer = on_timer,
    .on_completion = on_completion,
    .on_peer = on_peer,
    .on_drop = on_drop,
    .on_write = on_write,
};
