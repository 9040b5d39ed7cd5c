/* replica.c - wires the layers of a replica together (replica.h). */
#include "proto/node/replica.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"

struct replica {
    struct replica_setup setup;
    struct links links;
    struct sessions *sessions;
    struct multicast *multicast;
    struct executor *executor;
};

static void on_deliver(void *above, const struct command *c, uint64_t timestamp)
{
    struct replica *r = above;
    executor_deliver(r->executor, c, timestamp);
}

static void on_asked_again(void *above, struct command_id id)
{
    struct replica *r = above;
    ASSERT(r->executor->leading);
    executor_asked_again(r->executor, id);
}

static void on_asked_here(void *above, struct command_id id)
{
    struct replica *r = above;
    ASSERT(!r->executor->leading);
    executor_asked_here(r->executor, id);
}

static void on_leader_changed(void *above, uint32_t group)
{
    struct replica *r = above;
    ASSERT(group != r->setup.group);
    executor_leader_changed(r->executor);
}

static void on_leading(void *above, bool leading)
{
    struct replica *r = above;
    ASSERT(leading != r->executor->leading);
    executor_leading(r->executor, leading);
}

static const struct multicast_events events = {
    .deliver = on_deliver,
    .asked_again = on_asked_again,
    .asked_here = on_asked_here,
    .leader_changed = on_leader_changed,
    .leading = on_leading,
};

static void replica_init(void *node, struct transport *t)
{
    struct replica *r = node;
    const struct replica_setup *s = &r->setup;
    ASSERT(topology_group(s->topology, t->self) == s->group);
    ASSERT(!r->executor);
    links_init(&r->links, s->topology);
    r->sessions = sessions_create(t, topology_senders(s->topology));
    r->multicast = s->multicast->create(&(struct multicast_setup){
        .transport = t,
        .topology = s->topology,
        .timing = s->timing,
        .group = s->group,
        .window = s->window,
        .sessions = r->sessions,
        .links = &r->links,
        .events = &events,
        .above = r,
        .observer = s->observer,
        .plant = s->plant,
    });
    bool oracle = s->group == topology_oracle(s->topology);
    const struct executor_ops *ops = oracle ? s->scheme->oracle : s->scheme->executor;
    r->executor = ops->create(&(struct executor_setup){
        .transport = t,
        .topology = s->topology,
        .timing = s->timing,
        .group = s->group,
        .multicast = r->multicast,
        .sessions = r->sessions,
        .links = &r->links,
        .application = s->application,
        .variables = s->variables,
        .options = s->options,
        .observer = s->observer,
        .plant = s->plant,
    });
    ASSERT(r->executor->setup.group == s->group);
    multicast_start(r->multicast);
}

static void replica_on_message(void *node, struct message *m)
{
    struct replica *r = node;
    multicast_keep_alive(r->multicast); /* unpacking may have taken long */
    if (!multicast_on_message(r->multicast, m)) executor_on_message(r->executor, m);
    multicast_flush(r->multicast);
}

static void replica_on_timer(void *node, uint32_t timer)
{
    struct replica *r = node;
    if (!multicast_on_timer(r->multicast, timer)) executor_on_timer(r->executor, timer);
    multicast_flush(r->multicast);
}

static void replica_on_completion(void *node, uint64_t cookie, enum completion how)
{
    struct replica *r = node;
    if (!multicast_on_completion(r->multicast, cookie, how))
        executor_on_completion(r->executor, cookie, how);
    multicast_flush(r->multicast);
}

static void replica_on_peer(void *node, uint32_t peer, bool up)
{
    struct replica *r = node;
    links_report(&r->links, peer, up);
    ASSERT(peer >= r->links.nodes || links_up(&r->links, peer) == up);
    multicast_on_peer(r->multicast, peer, up);
    executor_on_peer(r->executor, peer, up);
    multicast_flush(r->multicast);
}

static void replica_on_write(void *node, uint32_t region, uint32_t writer)
{
    struct replica *r = node;
    multicast_keep_alive(r->multicast);
    executor_on_write(r->executor, region, writer);
    multicast_flush(r->multicast);
}

const struct node_ops replica_node_ops = {
    .init = replica_init,
    .on_message = replica_on_message,
    .on_timer = replica_on_timer,
    .on_completion = replica_on_completion,
    .on_peer = replica_on_peer,
    .on_write = replica_on_write,
};

struct replica *replica_create(const struct replica_setup *setup)
{
    ASSERT(setup->group < setup->topology->groups);
    struct replica *r = allocate_zeroed(1, sizeof(*r));
    r->setup = *setup;
    return r;
}

void replica_destroy(struct replica *r)
{
    if (!r) return;
    if (r->executor) r->executor->ops->destroy(r->executor);
    multicast_destroy(r->multicast);
    sessions_destroy(r->sessions);
    links_finish(&r->links);
    free(r);
}

uint64_t replica_executed(const struct replica *r, uint64_t *state_hash)
{
    return executor_executed(r->executor, state_hash);
}

const struct executor *replica_executor(const struct replica *r)
{
    return r->executor;
}
