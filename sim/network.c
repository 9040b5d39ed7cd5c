/* network.c - links with their latencies and faults, shared uplinks and trunks, the NICs of
 * receivers (network.h). */
#include "sim/network.h"

#include <stdlib.h>

#include "base/memory.h"

#define NEVER UINT64_MAX

/* Shared, in one direction: first in, first out. */
struct shared_link {
    uint64_t ns_per_byte; /* 0: unlimited */
    uint64_t queue_ns;    /* to transmit a full queue; NEVER: it has no bound */
    uint64_t free_ns;     /* all that is queued is through */
};

struct uplinks {
    struct shared_link up[MODEL_SITES_MAX], down[MODEL_SITES_MAX]; /* of each site */
    struct shared_link trunk[MODEL_SITES_MAX][MODEL_SITES_MAX];    /* [from][to] */
    struct packet *packet; /* those on their way; number 0 ends the free list */
    uint32_t count, room, free;
};

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

static void lose(struct sim *s, const struct packet *p)
{
    ASSERT(p->kind == EVENT_ARRIVAL); /* one-sided operations are given up, not lost */
    s->stats.dropped++;
    pool_release(&s->pool, pool_at(&s->pool, p->item));
}

void network_give_up(struct sim *s, uint32_t operation, uint64_t at_ns)
{
    struct operation *o = &s->operation[operation];
    ASSERT(operation > 0);
    ASSERT(operation < s->operation_count);
    ASSERT(o->kind != OPERATION_WORK);
    o->how = COMPLETION_UNREACHABLE;
    struct packet answer = {.from = o->place.node,
                            .to = o->initiator,
                            .kind = EVENT_ANSWER,
                            .item = operation,
                            .order = o->complete_order};
    sim_push(s, answer.kind, answer.to, operation, in_order(s, &answer, at_ns), answer.order);
}

/* A one-sided operation whose packets do not get through. */
static void give_up(struct sim *s, const struct packet *p)
{
    uint64_t at_ns = p->left_ns + s->model->rdma.timeout_ns;
    network_give_up(s, p->item, at_ns > s->now_ns ? at_ns : s->now_ns + 1);
}

/* ---- shared uplinks and trunks -----------------------------------------------------------------
 */

static struct shared_link shared_link(uint64_t bits_per_second, uint64_t queue_bytes)
{
    uint64_t rate = network_ns_per_byte(bits_per_second);
    uint64_t queue_ns = network_wire_ns(rate, queue_bytes);
    return (struct shared_link){rate, queue_ns ? queue_ns : NEVER, 0};
}

struct uplinks *network_create_uplinks(const struct model *m)
{
    uint64_t limited = 0; /* not 0: some bandwidth is */
    struct uplinks *u = allocate_zeroed(1, sizeof *u);
    for (uint32_t i = 0; i < m->sites; i++) {
        u->up[i] = u->down[i] = shared_link(m->uplink[i], m->uplink_queue_bytes);
        limited |= m->uplink[i];
        for (uint32_t j = 0; j < m->sites; j++) {
            u->trunk[i][j] = shared_link(m->trunk[i][j], m->trunk_queue_bytes);
            limited |= m->trunk[i][j];
        }
    }
    if (limited) return u;
    free(u);
    return NULL;
}

void network_destroy_uplinks(struct uplinks *u)
{
    if (u) free(u->packet);
    free(u);
}

static bool shares_uplinks(const struct sim *s, uint32_t from, uint32_t to)
{
    return s->uplinks && s->node[from]->site != s->node[to]->site;
}

static uint64_t greater(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static struct shared_link *trunk_of(const struct sim *s, uint32_t from, uint32_t to)
{
    ASSERT(s->node[from]->site != s->node[to]->site);
    return &s->uplinks->trunk[s->node[from]->site][s->node[to]->site];
}

/* Of what a packet passes before the downlink of another site: the slowest, in ns_per_byte. */
static uint64_t rate_there(const struct sim *s, uint32_t from, uint32_t to)
{
    uint64_t up = s->uplinks->up[s->node[from]->site].ns_per_byte;
    return greater(s->node[from]->ns_per_byte, greater(up, trunk_of(s, from, to)->ns_per_byte));
}

static uint32_t keep(struct uplinks *u, const struct packet *p)
{
    uint32_t number = u->free;
    if (number) {
        u->free = u->packet[number].item;
    } else {
        if (u->count == u->room) {
            u->room = u->room ? 2 * u->room : 64;
            u->packet = reallocate(u->packet, u->room * sizeof *u->packet);
        }
        if (u->count == 0) u->count = 1;
        number = u->count++;
    }
    ASSERT(number > 0);
    ASSERT(number < u->room);
    u->packet[number] = *p;
    return number;
}

static void forget(struct uplinks *u, uint32_t number)
{
    ASSERT(number > 0);
    ASSERT(number < u->count);
    u->packet[number].item = u->free;
    u->free = number;
}

/* The packet finds the queue full, which has room for it at room_ns. True: it waits all the same,
 * as the one-sided operation does that tries until then. */
static bool insists(struct sim *s, const struct packet *p, uint64_t room_ns)
{
    bool message = p->kind == EVENT_ARRIVAL;
    if (!message && room_ns <= p->left_ns + s->model->rdma.timeout_ns) return true;
    if (message)
        lose(s, p);
    else
        give_up(s, p);
    return false;
}

/* When the packet, whose last bit is there at at_ns, is through a shared link; NEVER: the queue is
 * full. It passes while it is received, at `rate`. A packet larger than the queue passes if that is
 * empty. */
static uint64_t pass(struct sim *s, const struct packet *p, uint64_t at_ns, uint64_t rate,
                     struct shared_link *l)
{
    uint64_t wire_ns = network_wire_ns(l->ns_per_byte, p->bytes), received_ns = wire_ns;
    if (rate < l->ns_per_byte) received_ns = network_wire_ns(rate, p->bytes);
    uint64_t start_ns = at_ns > received_ns ? at_ns - received_ns : 0;
    uint64_t begin_ns = start_ns > l->free_ns ? start_ns : l->free_ns;
    uint64_t waiting_ns = begin_ns - start_ns;
    if (waiting_ns > 0 && waiting_ns + wire_ns > l->queue_ns) {
        uint64_t room_ns = wire_ns > l->queue_ns ? begin_ns : begin_ns + wire_ns - l->queue_ns;
        if (!insists(s, p, room_ns)) return NEVER;
    }
    l->free_ns = begin_ns + wire_ns;
    ASSERT(l->free_ns >= at_ns);
    return l->free_ns;
}

/* ---- the link ----------------------------------------------------------------------------------
 */

/* When the request of a one-sided operation is at its target: a cut that it or its answer would
 * meet delays it. NEVER: for longer than rdma.timeout. */
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
        if (until_ns - p->left_ns > s->model->rdma.timeout_ns) return NEVER;
        again_ns = until_ns;
        lands_ns = until_ns + p->latency_ns;
    }
}

static bool is_lost(const struct sim *s, const struct packet *p, uint64_t arrival_ns)
{
    if (p->kind != EVENT_ARRIVAL || !s->outages) return false;
    return p->lost || outages_cut_until(s->outages, p->from, p->to, p->left_ns, arrival_ns);
}

/* The packet is on its link from begin_ns on. False: it does not arrive. */
static bool travel(struct sim *s, const struct packet *p, uint64_t begin_ns, uint64_t *arrival_ns)
{
    *arrival_ns = p->kind == EVENT_REMOTE ? landing(s, p, begin_ns) : begin_ns + p->latency_ns;
    ASSERT(*arrival_ns > begin_ns);
    if (*arrival_ns == NEVER) {
        give_up(s, p);
        return false;
    }
    *arrival_ns = in_order(s, p, *arrival_ns);
    if (!is_lost(s, p, *arrival_ns)) return true;
    lose(s, p);
    return false;
}

uint64_t network_set_off(struct sim *s, const struct packet *p)
{
    uint64_t arrival_ns = p->left_ns + p->latency_ns;
    ASSERT(p->left_ns >= s->now_ns);
    if (shares_uplinks(s, p->from, p->to))
        sim_push(s, EVENT_UPLINK, p->to, keep(s->uplinks, p), p->left_ns, p->order);
    else if (travel(s, p, p->left_ns, &arrival_ns))
        sim_push(s, p->kind, p->to, p->item, arrival_ns, p->order);
    return arrival_ns;
}

void network_carry(struct sim_node *n, uint32_t to, struct buffer *b, uint64_t left_ns)
{
    struct sim *s = n->sim;
    const struct distribution *latency = network_link(s, n->transport.self, to);
    struct message_faults faults = {.factor = 1};
    if (s->outages) faults = outages_message_faults(s->outages, n, to, left_ns);
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
    if (!faults.lost && (faults.corrupted || faults.forged))
        p.item = flips_make(n, b, faults.forged)->number; /* the receiver's to detect */
    else
        b->references++;
    uint64_t arrival_ns = network_set_off(s, &p);
    if (!faults.duplicated) return;
    p.item = b->number;
    p.latency_ns = arrival_ns - left_ns + network_draw(latency, &n->link);
    p.order = ++n->order;
    p.lost = false;
    p.overtakes = true;
    b->references++;
    network_set_off(s, &p);
}

/* The packet leaves its site; false: it does not arrive at the other. All that enters a trunk comes
 * from one uplink, in order, so that the trunk needs no event. */
static bool pass_up(struct sim *s, const struct packet *p, uint32_t number)
{
    struct shared_link *up = &s->uplinks->up[s->node[p->from]->site];
    uint64_t rate = s->node[p->from]->ns_per_byte, arrival_ns;
    uint64_t through_ns = pass(s, p, s->now_ns, rate, up);
    if (through_ns == NEVER) return false;
    through_ns =
        pass(s, p, through_ns, greater(rate, up->ns_per_byte), trunk_of(s, p->from, p->to));
    if (through_ns == NEVER || !travel(s, p, through_ns, &arrival_ns)) return false;
    sim_push(s, EVENT_DOWNLINK, p->to, number, arrival_ns, p->order);
    return true;
}

static void pass_down(struct sim *s, const struct packet *p)
{
    struct shared_link *down = &s->uplinks->down[s->node[p->to]->site];
    uint64_t through_ns = pass(s, p, s->now_ns, rate_there(s, p->from, p->to), down);
    if (through_ns != NEVER) sim_push(s, p->kind, p->to, p->item, through_ns, p->order);
}

void network_pass_uplink(struct sim *s, const struct event *e)
{
    ASSERT(e->item < s->uplinks->count);
    const struct packet p = s->uplinks->packet[e->item];
    if (e->target >> KIND_SHIFT == EVENT_UPLINK && pass_up(s, &p, e->item)) return;
    if (e->target >> KIND_SHIFT == EVENT_DOWNLINK) pass_down(s, &p);
    forget(s->uplinks, e->item);
}

/* ---- the receiver's NIC ------------------------------------------------------------------------
 */

/* Reception overlaps the arrival: a free NIC is done with the last bit, if it is no slower than the
 * slowest on the packet's way. */
bool network_take_in(struct sim *s, const struct event *e, uint32_t from, uint64_t bytes,
                     enum event_kind again)
{
    struct sim_node *n = sim_event_node(s, e);
    ASSERT(from < s->node_count);
    uint64_t wire_ns = network_wire_ns(n->ns_per_byte, bytes);
    uint64_t sent_ns = wire_ns, rate = s->node[from]->ns_per_byte;
    if (shares_uplinks(s, from, n->transport.self))
        rate =
            greater(rate_there(s, from, n->transport.self), s->uplinks->down[n->site].ns_per_byte);
    if (rate < n->ns_per_byte) sent_ns = network_wire_ns(rate, bytes);
    uint64_t start_ns = e->time_ns > sent_ns ? e->time_ns - sent_ns : 0;
    uint64_t done_ns = nic_pass(&n->in, from, start_ns, wire_ns);
    ASSERT(done_ns >= e->time_ns);
    if (done_ns == e->time_ns) return true;
    sim_push(s, again, n->transport.self, e->item, done_ns, e->order);
    return false;
}
