/* network.c - links with their latencies and faults, and the NICs of receivers (network.h). */
#include "sim/network.h"

uint64_t network_ns_per_byte(uint64_t bits_per_second)
{
    if (bits_per_second == 0) return 0;
    unsigned __int128 scaled = (unsigned __int128)UINT64_C(8000000000) << 32;
    uint64_t ns_per_byte = (uint64_t)(scaled / bits_per_second);
    ASSERT(ns_per_byte > 0);
    return ns_per_byte;
}

/* ---- the order of a pair -----------------------------------------------------------------------
 */

/* What one node sends to another arrives in the order in which it was sent, and answers in the
 * order of the operations. */
static uint64_t in_order(struct sim *s, const struct packet *p, uint64_t arrival_ns)
{
    if (p->overtakes) return arrival_ns;
    uint64_t *last_ns = p->kind == EVENT_ANSWER ? sim_row_at(&s->node[p->to]->completed_ns, p->from)
                                                : sim_row_at(&s->node[p->from]->pair_ns, p->to);
    if (arrival_ns < *last_ns) arrival_ns = *last_ns;
    *last_ns = arrival_ns + (p->kind == EVENT_REMOTE ? s->operation[p->item].torn_ns : 0);
    return arrival_ns;
}

static void arrive(struct sim *s, const struct packet *p, uint64_t arrival_ns)
{
    sim_push(s, p->kind, p->to, p->item, arrival_ns, p->order);
}

/* ---- the link ----------------------------------------------------------------------------------
 */

static void lose(struct sim *s, const struct packet *p)
{
    ASSERT(p->kind == EVENT_ARRIVAL); /* one-sided operations are given up, not lost */
    s->stats.dropped++;
    pool_release(&s->pool, pool_at(&s->pool, p->item));
}

void network_give_up(struct sim *s, uint32_t operation, uint64_t at_ns)
{
    struct operation *o = &s->operation[operation];
    o->how = COMPLETION_UNREACHABLE;
    struct packet answer = {.from = o->place.node,
                            .to = o->initiator,
                            .kind = EVENT_ANSWER,
                            .item = operation,
                            .order = o->complete_order};
    arrive(s, &answer, in_order(s, &answer, at_ns));
}

/* When the request of a one-sided operation is at its target: a cut that it or its answer would
 * meet delays it. UINT64_MAX: for longer than rdma.timeout. */
static uint64_t landing(const struct sim *s, const struct packet *p, uint64_t begin_ns)
{
    uint64_t lands_ns = begin_ns + p->latency_ns;
    if (!s->outages || p->from == p->to) return lands_ns;
    uint64_t back_ns = s->operation[p->item].back_ns;
    for (uint64_t again_ns = begin_ns;;) {
        uint64_t out_ns = outages_cut_until(s->outages, p->from, p->to, again_ns, lands_ns);
        uint64_t in_ns =
            outages_cut_until(s->outages, p->to, p->from, again_ns, lands_ns + back_ns);
        uint64_t until_ns = out_ns > in_ns ? out_ns : in_ns;
        if (until_ns == 0) return lands_ns;
        if (until_ns - p->left_ns > s->model->rdma.timeout_ns) return UINT64_MAX;
        again_ns = until_ns;
        lands_ns = until_ns + p->latency_ns;
    }
}

static bool is_lost(const struct sim *s, const struct packet *p, uint64_t arrival_ns)
{
    if (p->kind != EVENT_ARRIVAL || !s->outages) return false;
    return p->lost || outages_cut_until(s->outages, p->from, p->to, p->left_ns, arrival_ns);
}

uint64_t network_set_off(struct sim *s, const struct packet *p)
{
    uint64_t arrival_ns = p->left_ns + p->latency_ns;
    ASSERT(arrival_ns > p->left_ns);
    if (p->kind == EVENT_REMOTE) arrival_ns = landing(s, p, p->left_ns);
    if (arrival_ns == UINT64_MAX) {
        network_give_up(s, p->item, p->left_ns + s->model->rdma.timeout_ns);
        return arrival_ns;
    }
    arrival_ns = in_order(s, p, arrival_ns);
    if (is_lost(s, p, arrival_ns))
        lose(s, p);
    else
        arrive(s, p, arrival_ns);
    return arrival_ns;
}

void network_carry(struct sim_node *n, uint32_t to, struct buffer *b, uint64_t left_ns)
{
    struct sim *s = n->sim;
    const struct distribution *latency = network_link(s, n->transport.self, to);
    struct message_faults faults = outages_message_faults(s->outages, n, to, left_ns);
    ASSERT(faults.factor >= 1);
    struct packet p = {.from = n->transport.self,
                       .to = to,
                       .kind = EVENT_ARRIVAL,
                       .item = b->number,
                       .bytes = b->wire_bytes,
                       .left_ns = left_ns,
                       .order = ++n->order,
                       .lost = faults.lost,
                       .overtakes = faults.reordered};
    p.latency_ns = network_draw(latency, &n->link) * faults.factor;
    if (faults.reordered)
        p.latency_ns += network_draw(latency, &n->link) * (1 + random_below(&n->fault_random, 4));
    b->references++;
    uint64_t arrival_ns = network_set_off(s, &p);
    if (!faults.duplicated) return;
    p.latency_ns = arrival_ns - left_ns + network_draw(latency, &n->link);
    p.order = ++n->order;
    p.lost = false;
    p.overtakes = true;
    b->references++;
    network_set_off(s, &p);
}

/* ---- the receiver's NIC ------------------------------------------------------------------------
 */

/* Reception overlaps the arrival, which took as long as it was sent: a free NIC that is no slower
 * than the sender's is done with the last bit. */
bool network_take_in(struct sim *s, const struct event *e, uint32_t from, uint64_t bytes,
                     enum event_kind again)
{
    struct sim_node *n = sim_event_node(s, e);
    uint64_t wire_ns = network_wire_ns(n->ns_per_byte, bytes);
    uint64_t sent_ns = wire_ns, rate = s->node[from]->ns_per_byte;
    if (rate < n->ns_per_byte) sent_ns = network_wire_ns(rate, bytes);
    uint64_t start_ns = e->time_ns > sent_ns ? e->time_ns - sent_ns : 0;
    uint64_t done_ns = nic_pass(&n->in, from, start_ns, wire_ns);
    ASSERT(done_ns >= e->time_ns);
    if (done_ns == e->time_ns) return true;
    sim_push(s, again, n->transport.self, e->item, done_ns, e->order);
    return false;
}
