/* traced.c - reports messages and one-sided operations, and passes them on (traced.h). */
#include "proto/node/traced.h"

static struct traced *traced_of(const struct transport *t)
{
    return (struct traced *)decorator_of(t);
}

static struct transport *inner_of(const struct transport *t)
{
    return decorator_of(t)->inner;
}

/* ---- calls of the node ---------------------------------------------------------------------- */

/* Reported before it is sent, which gives it up; a sender's processor is charged for it, so the
 * time is that of the call. */
static void message_send(struct transport *t, const uint32_t *to, uint32_t count,
                         struct message *message)
{
    struct message_observer *o = traced_of(t)->observer;
    for (uint32_t i = 0; i < count; i++)
        o->sent(o, transport_now(inner_of(t)), t->self, to[i], message);
    inner_of(t)->ops->message_send(inner_of(t), to, count, message);
}

static void dropped(struct traced *n, uint32_t peer, uint32_t kind, enum drop why)
{
    const struct transport *t = n->base.inner;
    n->observer->dropped(n->observer, transport_now(t), t->self, peer, kind, why);
}

static void message_refuse(struct transport *t, const struct message *message)
{
    dropped(traced_of(t), message->from, message->kind, DROP_REFUSED);
    inner_of(t)->ops->message_refuse(inner_of(t), message);
}

static void operated(struct transport *t, enum one_sided operation, struct remote place,
                     uint32_t bytes)
{
    struct message_observer *o = traced_of(t)->observer;
    o->operated(o, transport_now(inner_of(t)), t->self, operation, place, bytes);
}

static void region_grant(struct transport *t, uint32_t region, const uint32_t *writers,
                         uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        operated(t, ONE_SIDED_GRANT, (struct remote){writers[i], region, 0}, 0);
    inner_of(t)->ops->region_grant(inner_of(t), region, writers, count);
}

static void region_revoke(struct transport *t, uint32_t region, const uint32_t *writers,
                          uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        operated(t, ONE_SIDED_REVOKE, (struct remote){writers[i], region, 0}, 0);
    inner_of(t)->ops->region_revoke(inner_of(t), region, writers, count);
}

static void write(struct transport *t, struct remote to, const void *source, uint32_t bytes,
                  uint64_t cookie)
{
    operated(t, ONE_SIDED_WRITE, to, bytes);
    inner_of(t)->ops->write(inner_of(t), to, source, bytes, cookie);
}

static void read(struct transport *t, struct remote from, void *target, uint32_t bytes,
                 uint64_t cookie)
{
    operated(t, ONE_SIDED_READ, from, bytes);
    inner_of(t)->ops->read(inner_of(t), from, target, bytes, cookie);
}

static void compare_and_swap(struct transport *t, struct remote at, uint64_t expected,
                             uint64_t desired, uint64_t *previous, uint64_t cookie)
{
    operated(t, ONE_SIDED_SWAP, at, sizeof *previous);
    inner_of(t)->ops->compare_and_swap(inner_of(t), at, expected, desired, previous, cookie);
}

static void mark(struct transport *t, enum mark mark)
{
    struct message_observer *o = traced_of(t)->observer;
    o->reached(o, transport_now(inner_of(t)), t->self, mark);
    transport_mark(inner_of(t), mark);
}

/* ---- events of the transport ---------------------------------------------------------------- */

static void on_message(void *node, struct message *message)
{
    struct traced *n = node;
    const struct decorator *d = &n->base;
    n->observer->handled(n->observer, transport_now(d->inner), d->inner->self, message->from,
                         message);
    d->node->on_message(d->state, message);
}

static void on_drop(void *node, uint32_t peer, uint32_t kind, enum drop why)
{
    struct traced *n = node;
    const struct decorator *d = &n->base;
    dropped(n, peer, kind, why);
    if (d->node->on_drop) d->node->on_drop(d->state, peer, kind, why);
}

static void on_write(void *node, uint32_t region, uint32_t writer)
{
    struct traced *n = node;
    const struct decorator *d = &n->base;
    n->observer->written(n->observer, transport_now(d->inner), d->inner->self, writer, region);
    d->node->on_write(d->state, region, writer);
}

void traced_put(struct traced *n, struct message_observer *observer, const struct node_ops **ops,
                void **state)
{
    struct decorator *d = &n->base;
    decorator_put(d, ops, state);
    n->observer = observer;
    d->calls.message_send = message_send;
    d->calls.message_refuse = message_refuse;
    d->calls.region_grant = region_grant;
    d->calls.region_revoke = region_revoke;
    d->calls.write = write;
    d->calls.read = read;
    d->calls.compare_and_swap = compare_and_swap;
    d->calls.mark = mark;
    d->events.on_message = on_message;
    d->events.on_drop = on_drop;
    if (d->events.on_write) d->events.on_write = on_write;
}
