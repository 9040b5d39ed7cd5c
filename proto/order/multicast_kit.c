/* multicast_kit.c - the part of a multicast's member that no protocol decides (multicast_kit.h). */
#include "proto/order/multicast_kit.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "proto/cookie.h"
#include "proto/observer.h"

enum {
    ANNOUNCE_NODES = 64,         /* announcements sent between two heartbeats */
    BALLOT_AT_START = 1 << 8 | 0 /* of replica 0, as group.h has it */
};

static const struct plant skipped_delivery = {"skipped-delivery",
                                              "one replica of partition 0 leaves out one delivery"};
const struct plant *const multicast_plants[] = {&skipped_delivery, NULL};

/* ---- the group ----------------------------------------------------------------------------- */

bool multicast_leading(const struct multicast *m)
{
    return !m->group || group_leading(m->group);
}

static uint64_t ballot_of(const struct multicast *m)
{
    return m->group ? group_ballot(m->group) : BALLOT_AT_START;
}

void multicast_keep_alive(struct multicast *m)
{
    if (m->group) group_keep_alive(m->group);
}

void multicast_flush(struct multicast *m)
{
    if (m->group) group_flush(m->group);
    if (m->ops->flush) m->ops->flush(m);
}

void multicast_set_executed(struct multicast *m, uint64_t timestamp)
{
    ASSERT(timestamp <= m->delivered);
    m->executed = timestamp;
    if (m->group) group_set_progress(m->group, timestamp);
}

uint64_t multicast_executed_min(const struct multicast *m)
{
    return m->group ? group_progress_min(m->group) : m->executed;
}

/* ---- delivery ------------------------------------------------------------------------------ */

uint32_t multicast_pending(const struct multicast *m)
{
    return m->ops->pending(m);
}

void multicast_deliver(struct multicast *m, const struct command *c, uint64_t timestamp)
{
    ASSERT(timestamp > m->delivered);
    m->delivered = timestamp;
    m->deliveries++;
    if (m->setup.plant == &skipped_delivery && m->t->self == 1 && m->deliveries == PLANT_AT) return;
    struct observer *o = m->setup.observer;
    if (o) o->ops->delivered(o, m->t->self, m->setup.group, transport_now(m->t), c, timestamp);
    m->setup.events->deliver(m->setup.above, c, timestamp);
}

/* ---- FIFO ---------------------------------------------------------------------------------- */

/* A command that waits for others of its sender. */
struct held {
    struct held *next;
    struct command command;
};

/* Is the order of all that c follows, as far as they come here, settled? Those not addressed to
 * this group do not count; the sender gives all that it follows a common destination with it. */
static bool may_come(const struct multicast *m, const struct command *c)
{
    struct command_id id = c->id;
    for (uint32_t i = 0; c->purpose != PURPOSE_HINT && i < c->follows; i++) {
        id.round--;
        if (!m->ops->settled(m, id)) return false;
    }
    return true;
}

static void hold(struct multicast *m, const struct command *c)
{
    struct held **at = &m->held;
    for (; *at; at = &(*at)->next)
        if (command_id_equal((*at)->command.id, c->id)) return;
    transport_mark(m->t, MARK_COMMAND_HELD);
    *at = allocate(sizeof(**at) + c->bytes - sizeof((*at)->command));
    (*at)->next = NULL;
    memcpy(&(*at)->command, c, c->bytes);
}

void multicast_admit(struct multicast *m, const struct command *c)
{
    ASSERT(multicast_leading(m));
    if (may_come(m, c))
        m->ops->propose(m, c);
    else
        hold(m, c);
}

/* Each is taken out first: where a proposal is settled at once, this function is called again. */
void multicast_release(struct multicast *m)
{
    for (struct held **at = &m->held; *at;) {
        struct held *h = *at;
        if (!may_come(m, &h->command)) {
            at = &h->next;
            continue;
        }
        *at = h->next;
        if (!sessions_seen(m->setup.sessions, h->command.id)) m->ops->propose(m, &h->command);
        free(h);
        at = &m->held;
    }
}

static void held_forget(struct multicast *m)
{
    for (struct held *h = m->held, *next; h; h = next) {
        next = h->next;
        free(h);
    }
    m->held = NULL;
}

/* ---- leaders --------------------------------------------------------------------------------- */

static struct message *leader_new(struct multicast *m)
{
    struct message_leader *message =
        (struct message_leader *)transport_message_new(m->t, sizeof(*message), MESSAGE_LEADER);
    message->group = m->setup.group;
    message->node = group_leader(m->group);
    ASSERT(topology_group(m->setup.topology, message->node) == message->group);
    message->ballot = group_ballot(m->group);
    return &message->m;
}

void multicast_point_to_leader(struct multicast *m, uint32_t to)
{
    uint32_t leader = group_leader(m->group);
    if (leader == UINT32_MAX || leader == m->t->self) return;
    transport_mark(m->t, MARK_POINTED_TO_LEADER);
    transport_send_one(m->t, to, leader_new(m));
}

/* To all nodes of other groups, and all clients. */
static void announce_leader(struct multicast *m)
{
    struct message *message = leader_new(m);
    uint32_t to[ANNOUNCE_NODES], count = 0;
    uint32_t nodes = topology_nodes(m->setup.topology);
    for (uint32_t node = 0; node < nodes; node++) {
        if (topology_group(m->setup.topology, node) != m->setup.group) to[count++] = node;
        if (count < ANNOUNCE_NODES && node + 1 < nodes) continue;
        m->t->ops->message_send(m->t, to, count, m->t->ops->message_retain(m->t, message));
        multicast_keep_alive(m);
        count = 0;
    }
    m->t->ops->message_release(m->t, message);
}

static void on_leader(struct multicast *m, const struct message_leader *message)
{
    uint32_t group = message->group;
    if (group == m->setup.group) return;
    if (!route_learn(&m->route, group, message->node, message->ballot)) return;
    if (m->ops->leader_changed) m->ops->leader_changed(m, group);
    m->setup.events->leader_changed(m->setup.above, group);
}

static void on_leading(void *above, bool leading, uint64_t ballot)
{
    struct multicast *m = above;
    struct observer *o = m->setup.observer;
    ASSERT(leading == multicast_leading(m));
    ASSERT(ballot == ballot_of(m));
    if (leading) {
        if (o) o->ops->leading(o, m->t->self, m->setup.group, transport_now(m->t), ballot);
        if (ballot >> 8 > BALLOT_AT_START >> 8) announce_leader(m); /* the first is known */
        if (m->ops->leading) m->ops->leading(m);
    } else {
        held_forget(m);
    }
    m->setup.events->leading(m->setup.above, leading);
}

/* ---- commands ------------------------------------------------------------------------------ */

bool multicast_addressed(struct multicast *m, const struct message *message,
                         const struct command *c)
{
    if (group_set_has(&c->dests, m->setup.group)) return true;
    transport_refuse(m->t, message);
    return false;
}

struct message *multicast_relay_new(struct multicast *m, const struct message *message)
{
    uint32_t leader = group_leader(m->group);
    if (leader == UINT32_MAX) return NULL;
    ASSERT(leader != m->t->self);
    transport_mark(m->t, MARK_RELAYED);
    struct message *copy =
        transport_message_new(m->t, message->bytes, (enum message_kind)message->kind);
    copy->opaque_bytes = message->opaque_bytes;
    memcpy(copy + 1, message + 1, message->bytes - sizeof(*message));
    return copy;
}

static void relay_start(struct multicast *m, const struct message_start *message)
{
    struct message *copy = multicast_relay_new(m, &message->m);
    if (!copy) return;
    ((struct message_start *)copy)->relay = 0;
    transport_send_one(m->t, group_leader(m->group), copy);
}

static void send_wanted(struct multicast *m, uint32_t to, struct command_id id)
{
    struct message_wanted *message =
        (struct message_wanted *)transport_message_new(m->t, sizeof(*message), MESSAGE_WANTED);
    message->id = id;
    message->group = m->setup.group;
    transport_send_one(m->t, to, &message->m);
}

/* The leader's answer to an inquiry that this replica relayed. */
static void on_wanted(struct multicast *m, const struct message_wanted *message)
{
    const struct topology *t = m->setup.topology;
    if (message->id.client >= t->clients || message->group != m->setup.group)
        transport_refuse(m->t, &message->m);
    else
        send_wanted(m, topology_client(t, message->id.client), message->id);
}

static void on_start_aside(struct multicast *m, const struct message_start *message)
{
    if (!message->relay) {
        multicast_point_to_leader(m, message->m.from);
        return;
    }
    relay_start(m, message);
    m->setup.events->asked_here(m->setup.above, message->command->id);
}

static void on_start(struct multicast *m, const struct message_start *message)
{
    const struct command *c = message->command;
    if (!multicast_addressed(m, &message->m, c)) return;
    if (!multicast_leading(m)) {
        on_start_aside(m, message);
        return;
    }
    if (m->ops->started) m->ops->started(m, c);
    if (sessions_seen(m->setup.sessions, c->id)) {
        transport_mark(m->t, MARK_COMMAND_AGAIN);
        m->setup.events->asked_again(m->setup.above, c->id);
    } else if (!message->inquiry) {
        multicast_admit(m, c);
    } else if (!m->ops->proposed || !m->ops->proposed(m, c->id)) {
        transport_mark(m->t, MARK_PAYLOAD_WANTED);
        send_wanted(m, message->m.from, c->id);
    }
}

/* ---- events ---------------------------------------------------------------------------------- */

void multicast_start(struct multicast *m)
{
    if (m->group)
        group_start(m->group);
    else
        on_leading(m, true, BALLOT_AT_START);
}

void multicast_destroy(struct multicast *m)
{
    if (m) m->ops->destroy(m);
}

bool multicast_on_message(struct multicast *m, struct message *message)
{
    if (m->group && group_on_message(m->group, message)) return true;
    switch (message->kind) {
    case MESSAGE_START:
        on_start(m, (const struct message_start *)message);
        return true;
    case MESSAGE_WANTED:
        on_wanted(m, (const struct message_wanted *)message);
        return true;
    case MESSAGE_LEADER:
        on_leader(m, (const struct message_leader *)message);
        return true;
    default:
        if (!multicast_message(m->ops, message->kind)) return false;
        m->ops->on_message(m, message);
        return true;
    }
}

bool multicast_on_timer(struct multicast *m, uint32_t timer)
{
    if (timer == TIMER_GROUP)
        group_on_timer(m->group);
    else if (timer == TIMER_MULTICAST)
        m->ops->on_timer(m);
    else
        return false;
    return true;
}

bool multicast_on_completion(struct multicast *m, uint64_t cookie, enum completion how)
{
    if (m->group && group_on_completion(m->group, cookie)) return true;
    if (cookie_layer(cookie) != COOKIE_MULTICAST) return false;
    m->ops->on_completion(m, cookie_number(cookie), how);
    return true;
}

void multicast_on_peer(struct multicast *m, uint32_t peer, bool up)
{
    if (m->ops->on_peer) m->ops->on_peer(m, peer, up);
}

const struct route *multicast_route(const struct multicast *m)
{
    return &m->route;
}

/* ---- creation -------------------------------------------------------------------------------- */

static void apply(void *above, const uint8_t *entries, uint32_t bytes)
{
    struct multicast *m = above;
    m->ops->apply(m, entries, bytes);
}

static const struct group_events group_events = {apply, on_leading};

void multicast_init(struct multicast *m, const struct multicast_ops *ops,
                    const struct multicast_setup *setup)
{
    ASSERT(ops->apply || setup->topology->replicas == 1);
    *m = (struct multicast){.ops = ops, .setup = *setup, .t = setup->transport};
    route_init(&m->route, setup->topology, setup->links);
    if (!ops->apply) return;
    m->group = group_create(&(struct group_setup){setup->transport, setup->topology, setup->timing,
                                                  setup->group, setup->window, &group_events, m});
}

void multicast_finish(struct multicast *m)
{
    held_forget(m);
    group_destroy(m->group);
}
