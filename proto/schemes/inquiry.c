/* inquiry.c - see inquiry.h. */
#include "proto/schemes/inquiry.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"

static uint32_t index_of(const struct inquiries *q, uint32_t node)
{
    return node % q->topology->replicas;
}

/* The timer is due when the first request is to be repeated. */
static void set_timer(struct inquiries *q, uint64_t at_ns)
{
    if (q->timer_ns && q->timer_ns <= at_ns) return;
    uint64_t now = transport_now(q->t);
    q->timer_ns = at_ns;
    q->t->ops->timer_set(q->t, q->timer, at_ns > now ? at_ns - now : 1);
}

static void ask(struct inquiries *q, struct inquiry *i, uint32_t preferred)
{
    struct respondent *r = &q->groups[i->group];
    uint64_t now = transport_now(q->t);
    i->node = links_contact(q->links, q->topology, i->group, preferred);
    ASSERT(topology_group(q->topology, i->node) == i->group);
    uint64_t *asked_ns = &i->asked_ns[index_of(q, i->node)];
    i->again = i->again || *asked_ns;
    *asked_ns = now;
    i->repeat_ns = now + timing_patience_ns(q->timing, &r->answers, i->asked++);
    transport_send_one(q->t, i->node, q->t->ops->message_retain(q->t, i->message));
    ASSERT(i->repeat_ns > now);
    set_timer(q, i->repeat_ns);
    ASSERT(q->timer_ns <= i->repeat_ns);
}

static void ask_next(struct inquiries *q, struct inquiry *i)
{
    uint32_t next = (index_of(q, i->node) + 1) % q->topology->replicas;
    transport_mark(q->t, MARK_INQUIRY_REPEATED);
    ask(q, i, topology_replica(q->topology, i->group, next));
}

struct inquiry *inquire(struct inquiries *q, uint32_t group, struct message *m)
{
    struct inquiry *i = allocate_zeroed(1, sizeof(*i));
    i->message = m;
    i->group = group;
    i->since_ns = transport_now(q->t);
    i->next = q->open;
    if (q->open) q->open->previous = i;
    q->open = i;
    ASSERT(q->open == i);
    ask(q, i, q->groups[group].contact);
    ASSERT(i->asked == 1);
    return i;
}

/* Which of several requests to one replica it answers is ambiguous. */
void inquiry_answered(struct inquiries *q, struct inquiry *i, uint32_t node)
{
    struct respondent *r = &q->groups[i->group];
    uint64_t now = transport_now(q->t);
    ASSERT(topology_group(q->topology, node) == i->group);
    ASSERT(now >= i->since_ns);
    r->contact = node;
    if (i->again)
        patience_sample_asked(&r->answers, now - i->since_ns);
    else
        patience_sample(&r->answers, now - i->asked_ns[index_of(q, node)]);
    inquiry_end(q, i);
}

void inquiry_end(struct inquiries *q, struct inquiry *i)
{
    ASSERT(i->previous ? i->previous->next == i : q->open == i);
    ASSERT(!i->next || i->next->previous == i);
    if (i->next) i->next->previous = i->previous;
    *(i->previous ? &i->previous->next : &q->open) = i->next;
    q->t->ops->message_release(q->t, i->message);
    free(i);
}

void inquiries_on_timer(struct inquiries *q)
{
    uint64_t now = transport_now(q->t), earliest_ns = UINT64_MAX;
    q->timer_ns = 0;
    for (struct inquiry *i = q->open; i; i = i->next) {
        if (i->repeat_ns <= now) ask_next(q, i);
        ASSERT(i->repeat_ns > now);
        if (i->repeat_ns < earliest_ns) earliest_ns = i->repeat_ns;
    }
    if (q->open) set_timer(q, earliest_ns);
}

/* A replica whose link is up again may answer an unanswered request. */
void inquiries_on_peer(struct inquiries *q, uint32_t peer, bool up)
{
    for (struct inquiry *i = q->open; i; i = i->next) {
        if (up ? i->group != topology_group(q->topology, peer) || i->asked == 1 : i->node != peer)
            continue;
        if (up)
            ask(q, i, peer);
        else
            ask_next(q, i);
    }
}

void inquiries_init(struct inquiries *q, const struct executor_setup *setup, uint32_t timer)
{
    const struct topology *t = setup->topology;
    *q = (struct inquiries){.t = setup->transport,
                            .topology = t,
                            .timing = setup->timing,
                            .links = setup->links,
                            .timer = timer,
                            .groups = allocate_zeroed(t->groups, sizeof(*q->groups))};
    for (uint32_t g = 0; g < t->groups; g++)
        q->groups[g].contact = topology_replica(t, g, index_of(q, setup->transport->self));
}

void inquiries_finish(struct inquiries *q)
{
    while (q->open) {
        ASSERT(!q->open->previous);
        inquiry_end(q, q->open);
    }
    free(q->groups);
}
