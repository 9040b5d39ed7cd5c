/* multicast_send.c - a command on its way to its destinations: START (multicast.h). */
#include <string.h>

#include "base/assert.h"
#include "proto/order/multicast_kit.h"

enum {
    LEADER_ATTEMPTS = 3,  /* a command is sent to leaders only */
    INQUIRY_BYTES = 4096, /* a larger payload is retransmitted only on WANTED */
};

static void send_start(struct transport *t, const struct command *c, const uint32_t *to,
                       uint32_t count, bool relays, bool inquires)
{
    if (count == 0) return;
    uint32_t size = (uint32_t)sizeof(struct message_start) + c->bytes;
    struct message_start *m = (struct message_start *)transport_message_new(t, size, MESSAGE_START);
    m->m.opaque_bytes = inquires ? 0 : c->request_bytes;
    m->relay = relays;
    m->inquiry = inquires;
    memcpy(m->command, c, c->bytes);
    t->ops->message_send(t, to, count, &m->m);
}

/* First to the leaders, or where the link to one is down to a replica that relays. After two
 * attempts without an answer, to all members, which relay: the leader may be unreachable.
 * `inquires`: a large payload is retransmitted only on WANTED. */
static void send_command(struct transport *t, const struct route *route, const struct command *c,
                         const struct group_set *dests, uint32_t attempt, bool inquires)
{
    ASSERT(attempt >= 1);
    uint32_t to[GROUPS_MAX * REPLICAS_MAX], relays[GROUPS_MAX];
    uint32_t count = 0, relay_count = 0;
    if (attempt > LEADER_ATTEMPTS) {
        transport_mark(t, MARK_SENT_TO_ALL);
        count = route_replicas(route, dests, GROUPS_MAX, to);
        send_start(t, c, to, count, true, inquires);
        return;
    }
    group_set_each (g, dests) {
        uint32_t contact = route_contact(route, g);
        if (contact == route->leader[g])
            to[count++] = contact;
        else
            relays[relay_count++] = contact;
    }
    send_start(t, c, to, count, false, inquires);
    send_start(t, c, relays, relay_count, true, inquires);
}

void multicast_send(struct transport *t, const struct route *route, const struct command *c,
                    const struct group_set *dests, uint32_t attempt)
{
    send_command(t, route, c, dests, attempt, attempt > 1 && c->request_bytes > INQUIRY_BYTES);
}

void multicast_submit(struct multicast *m, const struct command *c, uint32_t attempt)
{
    struct group_set others = c->dests;
    ASSERT(multicast_leading(m));
    if (group_set_has(&others, m->setup.group)) {
        group_set_remove(&others, m->setup.group);
        if (!sessions_seen(m->setup.sessions, c->id)) m->ops->propose(m, c);
    }
    send_command(m->t, &m->route, c, &others, attempt, false);
}
