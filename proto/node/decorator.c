/* decorator.c - passes calls and events on (decorator.h). */
#include "proto/node/decorator.h"

#include <stddef.h>

static struct transport *inner_of(const struct transport *t)
{
    return decorator_of(t)->inner;
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

static void message_send(struct transport *t, const uint32_t *to, uint32_t count,
                         struct message *message)
{
    inner_of(t)->ops->message_send(inner_of(t), to, count, message);
}

static struct message *message_retain(struct transport *t, struct message *message)
{
    return inner_of(t)->ops->message_retain(inner_of(t), message);
}

static void message_release(struct transport *t, struct message *message)
{
    inner_of(t)->ops->message_release(inner_of(t), message);
}

static void message_refuse(struct transport *t, const struct message *message)
{
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
    transport_mark(inner_of(t), mark);
}

static const struct transport_ops passing_calls = {
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
    struct decorator *d = node;
    d->inner = t;
    d->transport = (struct transport){&d->calls, t->self, t->durable};
    d->node->init(d->state, &d->transport);
}

static void on_message(void *node, struct message *message)
{
    const struct decorator *d = node;
    d->node->on_message(d->state, message);
}

static void on_timer(void *node, uint32_t timer)
{
    const struct decorator *d = node;
    d->node->on_timer(d->state, timer);
}

static void on_completion(void *node, uint64_t cookie, enum completion how)
{
    const struct decorator *d = node;
    d->node->on_completion(d->state, cookie, how);
}

static void on_peer(void *node, uint32_t peer, bool up)
{
    const struct decorator *d = node;
    d->node->on_peer(d->state, peer, up);
}

static void on_drop(void *node, uint32_t peer, uint32_t kind, enum drop why)
{
    const struct decorator *d = node;
    d->node->on_drop(d->state, peer, kind, why);
}

static void on_write(void *node, uint32_t region, uint32_t writer)
{
    const struct decorator *d = node;
    d->node->on_write(d->state, region, writer);
}

static const struct node_ops passing_events = {
    .init = init,
    .on_message = on_message,
    .on_timer = on_timer,
    .on_completion = on_completion,
    .on_peer = on_peer,
    .on_drop = on_drop,
    .on_write = on_write,
};

/* --------------------------------------------------------------------------------------------- */

void decorator_put(struct decorator *d, const struct node_ops **ops, void **state)
{
    d->calls = passing_calls;
    d->events = passing_events;
    if (!(*ops)->on_drop) d->events.on_drop = NULL; /* a node need not have these */
    if (!(*ops)->on_write) d->events.on_write = NULL;
    d->node = *ops;
    d->state = *state;
    *ops = &d->events;
    *state = d;
}
