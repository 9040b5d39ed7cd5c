/* verbs_links.c - a link to each peer: connected, greeted, lost, connected again.
 *
 * The member with the higher number connects with a greeting. The other side checks it and sends
 * HELLO, the first answers HELLO, and for both the link is up with the other's HELLO: so neither
 * side takes a link for up that the other has closed. A new link from a member replaces an old one,
 * whose failure may not have been detected yet.
 *
 * The pause before the next attempt grows (backoff), and so does its time-out: on a machine that is
 * busy with many connections, short time-outs only cause more of them. */
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "rdma/wire/verbs_parts.h"

#define PAUSE_NS_MIN UINT64_C(10000000)
#define PAUSE_NS_MAX UINT64_C(500000000)
#define PATIENCE_NS_MIN UINT64_C(2000000000)

static bool we_connect(const struct verbs *v, const struct peer *p)
{
    return p->member < v->setup.self;
}

static struct greeting own_greeting(const struct verbs *v)
{
    return (struct greeting){
        .run_id = v->setup.run_id, .version = VERBS_VERSION, .member = v->setup.self};
}

static bool is_of_this_run(const struct verbs *v, const struct greeting *g)
{
    return g->run_id == v->setup.run_id && g->version == VERBS_VERSION;
}

/* ---- up and down --------------------------------------------------------------------------------
 */

static void peer_up(struct verbs *v, struct peer *p)
{
    p->up = p->was_up = true;
    p->pause_ns = PAUSE_NS_MIN;
    p->patience_ns = PATIENCE_NS_MIN;
    if (we_connect(v, p)) v->unconnected--;
    v->listener.peer(v->listener.context, p->member, true);
}

/* The link is closed when the events at hand, some of which may be its own, are done. */
static void link_end(struct verbs *v, struct mq_link *link)
{
    mq_link_set_context(link, NULL);
    if (v->ending_count == v->ending_room) {
        v->ending_room = v->ending_room ? 2 * v->ending_room : 16;
        v->ending = reallocate(v->ending, v->ending_room * sizeof(*v->ending));
    }
    v->ending[v->ending_count++] = link;
}

static bool is_ending(const struct verbs *v, const struct mq_link *link)
{
    for (uint32_t i = 0; i < v->ending_count; i++)
        if (v->ending[i] == link) return true;
    return false;
}

void verbs_links_end(struct verbs *v)
{
    for (uint32_t i = 0; i < v->ending_count; i++) mq_link_close(v->ending[i]);
    v->ending_count = 0;
}

static uint64_t doubled(uint64_t ns, uint64_t ns_max)
{
    return ns < ns_max / 2 ? 2 * ns : ns_max;
}

static void retry_later(struct peer *p)
{
    p->next_ns = clock_now() + p->pause_ns;
    p->pause_ns = doubled(p->pause_ns, PAUSE_NS_MAX);
}

static void peer_lost(struct verbs *v, struct peer *p)
{
    bool was_up = p->up;
    link_end(v, p->link);
    p->link = NULL;
    p->up = false;
    if (p->control_pending) v->control_waiting--;
    p->control_pending = 0;
    if (we_connect(v, p)) retry_later(p);
    if (!was_up) return;
    if (we_connect(v, p)) v->unconnected++;
    v->listener.peer(v->listener.context, p->member, false);
    verbs_initiator_lost(v, p);
    verbs_pair_destroy(&p->responder.pair);
}

/* ---- connecting ---------------------------------------------------------------------------------
 */

void verbs_links_start(struct verbs *v)
{
    for (uint32_t member = 0; member < v->setup.members->count; member++) {
        struct peer *p = &v->peer[member];
        p->member = member;
        p->pause_ns = PAUSE_NS_MIN;
        p->patience_ns = PATIENCE_NS_MIN;
    }
    v->unconnected = v->setup.self;
}

static void connect_to(struct verbs *v, struct peer *p)
{
    const struct verbs_address *to = &v->setup.addresses[p->member];
    struct greeting greeting = own_greeting(v);
    p->link = mq_connect(v->q, to->address, to->port, &greeting);
    if (!p->link) {
        retry_later(p);
        return;
    }
    mq_link_set_context(p->link, p);
    p->next_ns = clock_now() + p->patience_ns;
}

static void give_up(struct verbs *v, struct peer *p)
{
    p->patience_ns = doubled(p->patience_ns, VERBS_PATIENCE_NS_MAX);
    peer_lost(v, p);
}

void verbs_links_retry(struct verbs *v)
{
    if (v->unconnected == 0) return;
    uint64_t now_ns = clock_now();
    for (uint32_t member = 0; member < v->setup.self; member++) {
        struct peer *p = &v->peer[member];
        if (p->up || now_ns < p->next_ns) continue;
        if (p->link)
            give_up(v, p);
        else
            connect_to(v, p);
    }
}

uint64_t verbs_links_next(const struct verbs *v)
{
    uint64_t next_ns = UINT64_MAX;
    for (uint32_t member = 0; v->unconnected && member < v->setup.self; member++) {
        const struct peer *p = &v->peer[member];
        if (!p->up && p->next_ns < next_ns) next_ns = p->next_ns;
    }
    return next_ns;
}

/* ---- control frames -----------------------------------------------------------------------------
 */

static bool send_control(struct verbs *v, struct peer *p, const struct control *c)
{
    enum mq_status why;
    void *place = mq_reserve(p->link, sizeof *c, &why);
    if (!place) return false;
    memcpy(place, c, sizeof *c);
    mq_commit(p->link, sizeof *c);
    v->unflushed = true;
    return true;
}

void verbs_owe(struct verbs *v, struct peer *p, const struct control *c)
{
    ASSERT(c->kind > LINK_HELLO);
    ASSERT(c->kind < LINK_KINDS);
    p->control[c->kind] = *c;
    if (!p->control_pending) v->control_waiting++;
    p->control_pending |= 1u << c->kind;
}

void verbs_pay(struct verbs *v)
{
    for (uint32_t member = 0; v->control_waiting && member < v->setup.members->count; member++) {
        struct peer *p = &v->peer[member];
        for (uint32_t kind = LINK_OPEN; p->control_pending && kind < LINK_KINDS; kind++) {
            if (!(p->control_pending & 1u << kind)) continue;
            if (!send_control(v, p, &p->control[kind])) break;
            p->control_pending &= ~(1u << kind);
            if (!p->control_pending) v->control_waiting--;
        }
    }
}

/* The first on a link: there is room, unless it is down, which an event reports. */
static void say_hello(struct verbs *v, struct peer *p)
{
    struct control hello = {.kind = LINK_HELLO, .hello = own_greeting(v)};
    send_control(v, p, &hello);
}

/* From our HELLO to the other's. */
static void measure(struct verbs *v, const struct peer *p)
{
    uint64_t latency_ns = (clock_now() - p->hello_ns) / 2;
    if (latency_ns > v->wire.latency_ns) v->wire.latency_ns = latency_ns;
}

static void take_hello(struct verbs *v, struct peer *p, const struct greeting *g)
{
    if (!is_of_this_run(v, g) || g->member != p->member) {
        peer_lost(v, p);
        return;
    }
    if (we_connect(v, p))
        say_hello(v, p);
    else
        measure(v, p);
    peer_up(v, p);
}

/* False: malformed. */
static bool take_control(struct verbs *v, struct peer *p, const struct control *c, uint32_t bytes)
{
    if (bytes != sizeof *c) return false;
    if (p->up == (c->kind == LINK_HELLO)) return false;
    switch (c->kind) {
    case LINK_HELLO:
        take_hello(v, p, &c->hello);
        return true;
    case LINK_OPEN:
        return verbs_owner_open(v, p, &c->ending);
    case LINK_OPENED:
        verbs_initiator_opened(v, p, &c->ending);
        return true;
    case LINK_ASK:
        return verbs_owner_asked(v, p, &c->key);
    case LINK_KEY:
        verbs_initiator_told(v, p, &c->key);
        return true;
    default:
        return false;
    }
}

/* ---- events -------------------------------------------------------------------------------------
 */

/* A link that the other side made. */
static void accepted(struct verbs *v, struct mq_link *link, const struct greeting *g)
{
    if (!is_of_this_run(v, g) || g->member <= v->setup.self ||
        g->member >= v->setup.members->count) {
        link_end(v, link);
        return;
    }
    struct peer *p = &v->peer[g->member];
    if (p->link) peer_lost(v, p);
    p->link = link;
    mq_link_set_context(link, p);
    p->hello_ns = clock_now();
    say_hello(v, p);
}

static void message(struct verbs *v, struct peer *p, const struct mq_event *e)
{
    uint64_t kind = 0;
    if (e->bytes >= sizeof kind) memcpy(&kind, e->data, sizeof kind);
    if (kind == LINK_FRAME && p->up && e->bytes > sizeof kind)
        v->listener.frame(v->listener.context, p->member, (unsigned char *)(uintptr_t)e->data + 8,
                          e->bytes - 8);
    else if (kind == LINK_FRAME || !take_control(v, p, e->data, e->bytes))
        v->dropped++;
}

void verbs_link_event(struct verbs *v, const struct mq_event *e)
{
    if (is_ending(v, e->link)) return;
    struct peer *p = mq_link_context(e->link);
    switch (e->kind) {
    case MQ_EVENT_UP:
        if (!p) {
            struct greeting greeting;
            memcpy(&greeting, e->data, sizeof greeting);
            accepted(v, e->link, &greeting);
        }
        break;
    case MQ_EVENT_MESSAGE:
        ASSERT(p);
        message(v, p, e);
        if (!is_ending(v, e->link)) mq_release(e->link, 1);
        break;
    case MQ_EVENT_ROOM: /* the control frames and the host will try again */
        break;
    case MQ_EVENT_LOST:
        if (p)
            peer_lost(v, p);
        else
            link_end(v, e->link);
        break;
    }
}
