/* remote.c - registered memory, one-sided operations on it, and work.
 *
 * An operation is four events at most: at the target (EVENT_REMOTE), the second half of a torn
 * write, its report where the region is watched, and the answer at the initiator (unless it is
 * quiet); more where a NIC is busy. Their sequence numbers are all taken at the call, so that the
 * order of events does not depend on how the operation ends.
 *
 * Operations of a pair complete in the order of the calls, however each ends: one that is given up
 * soon, or whose answer has no bytes to send, waits for those before it. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "sim/network.h"

enum { WORD = 8, SWAP_BYTES = 2 * WORD };

/* ---- memory -----------------------------------------------------------------------------------
 */

void remote_register(struct transport *t, uint32_t region, void *memory, uint64_t bytes)
{
    struct sim_node *n = sim_node_of(t);
    ASSERT(region < REGIONS_MAX);
    ASSERT(memory);
    ASSERT((uintptr_t)memory % WORD == 0);
    if (!n->regions) {
        n->regions = allocate_zeroed(REGIONS_MAX, sizeof *n->regions);
    }
    ASSERT(!n->regions[region].memory);
    uint64_t *writers = allocate_zeroed(n->sim->node_count / 64 + 1, sizeof *writers);
    n->regions[region] = (struct sim_region){memory, bytes, writers, false};
    n->two_events = true; /* others can observe this node from now on */
}

static struct sim_region *own_region(struct transport *t, uint32_t region)
{
    struct sim_node *n = sim_node_of(t);
    ASSERT(region < REGIONS_MAX);
    ASSERT(n->regions);
    ASSERT(n->regions[region].memory);
    return &n->regions[region];
}

void remote_watch(struct transport *t, uint32_t region)
{
    ASSERT(sim_node_of(t)->ops->on_write);
    own_region(t, region)->watched = true;
}

void remote_grant(struct transport *t, uint32_t region, const uint32_t *writers, uint32_t count)
{
    struct sim_region *r = own_region(t, region);
    for (uint32_t i = 0; i < count; i++) {
        ASSERT(writers[i] < sim_node_of(t)->sim->node_count);
        r->writers[writers[i] / 64] |= UINT64_C(1) << writers[i] % 64;
    }
}

void remote_revoke(struct transport *t, uint32_t region, const uint32_t *writers, uint32_t count)
{
    struct sim_region *r = own_region(t, region);
    for (uint32_t i = 0; i < count; i++) {
        ASSERT(writers[i] < sim_node_of(t)->sim->node_count);
        r->writers[writers[i] / 64] &= ~(UINT64_C(1) << writers[i] % 64);
    }
}

/* The memory of an operation, or NULL if it is not permitted. */
static uint8_t *allowed(const struct sim *s, const struct operation *o)
{
    const struct sim_node *n = s->node[o->place.node];
    if (!n->regions || o->place.region >= REGIONS_MAX) return NULL;
    const struct sim_region *r = &n->regions[o->place.region];
    if (!r->memory || o->place.offset > r->bytes || o->bytes > r->bytes - o->place.offset)
        return NULL;
    bool granted = r->writers[o->initiator / 64] >> o->initiator % 64 & 1;
    if (o->kind != OPERATION_READ && !granted) return NULL;
    return r->memory + o->place.offset;
}

/* ---- issue ------------------------------------------------------------------------------------
 */

uint32_t remote_new(struct sim *s)
{
    uint32_t number = s->operation_free;
    if (number) {
        s->operation_free = s->operation[number].next_free;
    } else {
        if (s->operation_count == s->operation_room) {
            s->operation_room = s->operation_room ? 2 * s->operation_room : 64;
            s->operation = reallocate(s->operation, s->operation_room * sizeof *s->operation);
            if (s->operation_count == 0) s->operation_count = 1; /* 0 ends the free list */
        }
        number = s->operation_count++;
    }
    ASSERT(number > 0);
    ASSERT(number < s->operation_count);
    memset(&s->operation[number], 0, sizeof s->operation[number]);
    return number;
}

void remote_forget(struct sim *s, uint32_t number)
{
    ASSERT(number > 0);
    ASSERT(number < s->operation_count);
    if (s->operation[number].data) pool_release(&s->pool, s->operation[number].data);
    s->operation[number].data = NULL;
    s->operation[number].next_free = s->operation_free;
    s->operation_free = number;
}

/* Where a write is torn, if a fault applies: at an aligned word strictly inside. */
static void tear(struct sim_node *n, struct operation *o, uint64_t at_ns)
{
    uint64_t first = WORD - o->place.offset % WORD;
    if (first >= o->bytes) return;
    if (!outages_torn(n->sim->outages, n, o->place.node, at_ns)) return;
    uint64_t words = (o->bytes - first - 1) / WORD + 1;
    o->torn_byte = (uint32_t)(first + WORD * random_below(&n->fault_random, words));
    o->torn_tail_first = random_chance(&n->fault_random, 1, 2);
    o->torn_ns = 1 + random_below(&n->fault_random, 2 * o->back_ns + 1);
    o->rest_order = ++n->order;
    ASSERT(o->torn_byte > 0);
    ASSERT(o->torn_byte < o->bytes);
    ASSERT(o->rest_order > o->complete_order);
}

static uint64_t request_bytes(const struct sim *s, const struct operation *o)
{
    uint64_t data = o->kind == OPERATION_WRITE  ? o->bytes
                    : o->kind == OPERATION_SWAP ? SWAP_BYTES
                                                : 0;
    return s->model->rdma.overhead_bytes + data;
}

/* Acknowledgements and the results of atomics take no bandwidth. */
static uint64_t answer_bytes(const struct sim *s, const struct operation *o)
{
    bool data = o->kind == OPERATION_READ && o->how == COMPLETION_OK;
    return data ? s->model->rdma.overhead_bytes + o->bytes : 0;
}

/* Draws the latencies there, which is returned, and back. `near`: of operations within a site, one
 * way of a write, there and back of others. Between sites it is that of messages, each way. */
static uint64_t draw_latencies(struct sim_node *n, struct operation *o,
                               const struct distribution *near)
{
    struct sim *s = n->sim;
    uint32_t self = n->transport.self, to = o->place.node;
    if (s->node[to]->site != n->site) {
        o->back_ns = network_draw(network_link(s, to, self), &n->link);
        return network_draw(network_link(s, self, to), &n->link);
    }
    o->back_ns = distribution_draw(self == to ? &s->model->loopback : near, &n->link);
    if (o->kind != OPERATION_WRITE) o->back_ns /= 2;
    if (o->back_ns == 0) o->back_ns = 1;
    return o->back_ns;
}

/* The operation is the last of its pair. */
static void line_up(struct sim *s, uint32_t number)
{
    struct operation *o = &s->operation[number];
    uint64_t *newest = sim_row_at(&s->node[o->initiator]->newest, o->place.node);
    o->earlier = (uint32_t)*newest;
    ASSERT(o->earlier != number);
    if (o->earlier) s->operation[o->earlier].later = number;
    *newest = number;
}

/* It is answered, or no answer follows: the next one need not wait for it any longer. */
static void step_out(struct sim *s, uint32_t number)
{
    const struct operation *o = &s->operation[number];
    uint64_t *newest = sim_row_at(&s->node[o->initiator]->newest, o->place.node);
    ASSERT(o->later || *newest == number);
    if (o->earlier) s->operation[o->earlier].later = o->later;
    if (o->later)
        s->operation[o->later].earlier = o->earlier;
    else
        *newest = o->earlier;
    const struct operation *next = &s->operation[o->later];
    if (o->later && next->answered && !o->earlier)
        sim_push(s, EVENT_ANSWER, o->initiator, o->later, s->now_ns, next->complete_order);
}

/* Sends the request. `near` as above. */
static void issue(struct sim_node *n, uint32_t number, const struct distribution *near)
{
    struct sim *s = n->sim;
    struct operation *o = &s->operation[number];
    ASSERT(o->place.node < s->node_count);
    ASSERT(o->bytes <= MESSAGE_BYTES_MAX);
    o->initiator = n->transport.self;
    n->local_ns += s->model->rdma.issue_ns;
    if (n->local_ns >= n->crash_ns) {
        remote_forget(s, number);
        return;
    }
    struct packet request = {.from = o->initiator,
                             .to = o->place.node,
                             .kind = EVENT_REMOTE,
                             .item = number,
                             .order = ++n->order,
                             .bytes = request_bytes(s, o),
                             .left_ns = n->local_ns};
    line_up(s, number);
    bool own = request.to == request.from;
    o->complete_order = ++n->order;
    o->issued_ns = n->local_ns;
    o->written_order = ++n->order;
    if (!own) request.left_ns = network_leave(n, request.to, n->local_ns, request.bytes);
    request.latency_ns = draw_latencies(n, o, near);
    if (s->outages && !own) {
        uint32_t factor = outages_factor(s->outages, request.from, request.to, request.left_ns);
        request.latency_ns *= factor;
        o->back_ns *= factor;
        if (o->kind == OPERATION_WRITE) tear(n, o, request.left_ns);
    }
    network_set_off(s, &request);
}

void remote_write(struct transport *t, struct remote to, const void *source, uint32_t bytes,
                  uint64_t cookie)
{
    struct sim_node *n = sim_node_of(t);
    uint32_t number = remote_new(n->sim);
    struct operation *o = &n->sim->operation[number];
    o->kind = OPERATION_WRITE;
    o->place = to;
    o->bytes = bytes;
    o->cookie = cookie;
    o->data = pool_get(&n->sim->pool, bytes);
    memcpy(o->data->bytes, source, bytes);
    issue(n, number, &n->sim->model->rdma.write);
}

void remote_read(struct transport *t, struct remote from, void *target, uint32_t bytes,
                 uint64_t cookie)
{
    struct sim_node *n = sim_node_of(t);
    uint32_t number = remote_new(n->sim);
    struct operation *o = &n->sim->operation[number];
    o->kind = OPERATION_READ;
    o->place = from;
    o->bytes = bytes;
    o->cookie = cookie;
    o->target = target;
    o->data = pool_get(&n->sim->pool, bytes);
    issue(n, number, &n->sim->model->rdma.read);
}

void remote_swap(struct transport *t, struct remote at, uint64_t expected, uint64_t desired,
                 uint64_t *previous, uint64_t cookie)
{
    struct sim_node *n = sim_node_of(t);
    ASSERT(at.offset % WORD == 0);
    uint32_t number = remote_new(n->sim);
    struct operation *o = &n->sim->operation[number];
    o->kind = OPERATION_SWAP;
    o->place = at;
    o->bytes = WORD;
    o->cookie = cookie;
    o->target = previous;
    o->expected = expected;
    o->desired = desired;
    issue(n, number, &n->sim->model->rdma.atomic);
}

void remote_work(struct transport *t, void (*compute)(void *argument), void *argument,
                 uint64_t modelled_ns, uint64_t cookie)
{
    struct sim_node *n = sim_node_of(t);
    uint32_t number = remote_new(n->sim);
    struct operation *o = &n->sim->operation[number];
    o->kind = OPERATION_WORK;
    o->cookie = cookie;
    o->compute = compute;
    o->target = argument;
    uint64_t done_ns = n->local_ns + (modelled_ns ? modelled_ns : 1);
    sim_push(n->sim, EVENT_COMPLETION, t->self, number, done_ns, ++n->order);
}

/* ---- at the target ----------------------------------------------------------------------------
 */

static void write_part(uint8_t *memory, const struct operation *o, bool tail)
{
    uint32_t begin = tail ? o->torn_byte : 0;
    uint32_t end = tail ? o->bytes : o->torn_byte;
    const uint8_t *source = o->data->bytes; /* longer than the array is declared */
    ASSERT(begin < end);
    memcpy(memory + begin, source + begin, end - begin);
}

/* The operation takes effect; true if it is done, false if the rest of a torn write follows. */
static bool perform(struct operation *o, uint8_t *memory, bool rest)
{
    switch (o->kind) {
    case OPERATION_READ:
        memcpy(o->data->bytes, memory, o->bytes);
        return true;
    case OPERATION_SWAP:
        memcpy(&o->previous, memory, WORD);
        if (o->previous == o->expected) memcpy(memory, &o->desired, WORD);
        return true;
    default:
        ASSERT(o->kind == OPERATION_WRITE);
    }
    if (o->torn_ns == 0) {
        memcpy(memory, o->data->bytes, o->bytes);
        return true;
    }
    write_part(memory, o, o->torn_tail_first != rest);
    return rest;
}

/* Sends what the operation found back to its initiator. */
static void answer(struct sim *s, uint32_t number)
{
    struct operation *o = &s->operation[number];
    struct packet p = {.from = o->place.node,
                       .to = o->initiator,
                       .kind = EVENT_ANSWER,
                       .item = number,
                       .order = o->complete_order,
                       .bytes = answer_bytes(s, o),
                       .left_ns = s->now_ns,
                       .latency_ns = o->back_ns};
    if (p.bytes && p.from != p.to)
        p.left_ns = network_leave(s->node[p.from], p.to, s->now_ns, p.bytes);
    network_set_off(s, &p);
}

/* The request is through the target's NIC. */
static bool taken_in(struct sim *s, const struct event *e, const struct operation *o)
{
    const struct sim_node *target = s->node[o->place.node];
    if (e->target >> KIND_SHIFT != EVENT_REMOTE) return true;
    if (o->place.node == o->initiator) return true;
    if (target->ns_per_byte == 0 && !s->uplinks) return true; /* the link's order is that of NICs */
    return network_take_in(s, e, o->initiator, request_bytes(s, o), EVENT_REMOTE_TAKEN);
}

/* Tells the target of a complete write, if it watches the region. */
static void report_write(struct sim *s, const struct operation *o, uint64_t time_ns)
{
    const struct sim_node *target = s->node[o->place.node];
    if (o->kind != OPERATION_WRITE || !target->regions[o->place.region].watched) return;
    uint32_t item = o->place.region << WRITER_BITS | o->initiator;
    sim_push(s, EVENT_WRITTEN, o->place.node, item, time_ns, o->written_order);
}

void remote_event(struct sim *s, const struct event *e)
{
    struct operation *o = &s->operation[e->item];
    struct sim_node *target = s->node[o->place.node];
    ASSERT(target == sim_event_node(s, e));
    ASSERT(o->initiator < s->node_count);
    if (!taken_in(s, e, o)) return;
    if (target->crash_ns <= e->time_ns) {
        uint64_t gives_up_ns = o->issued_ns + s->model->rdma.timeout_ns;
        network_give_up(s, e->item, gives_up_ns > e->time_ns ? gives_up_ns : e->time_ns + 1);
        return;
    }
    uint8_t *memory = allowed(s, o);
    if (!memory) {
        o->how = COMPLETION_DENIED;
    } else if (!perform(o, memory, e->target >> KIND_SHIFT == EVENT_REMOTE_REST)) {
        /* Later operations through the NIC follow the rest. */
        uint64_t rest_ns = e->time_ns + o->torn_ns;
        nic_hold(&target->in, o->initiator, rest_ns);
        sim_push(s, EVENT_REMOTE_REST, o->place.node, e->item, rest_ns, o->rest_order);
        return;
    }
    if (memory) {
        s->stats.one_sided++;
        report_write(s, o, e->time_ns);
    }
    if (!memory || o->kind != OPERATION_WRITE || !(o->cookie & COOKIE_QUIET)) {
        answer(s, e->item);
        return;
    }
    step_out(s, e->item);
    remote_forget(s, e->item);
}

/* ---- back at the initiator --------------------------------------------------------------------
 */

void remote_answered(struct sim *s, struct event *e)
{
    struct operation *o = &s->operation[e->item];
    ASSERT(sim_event_node(s, e)->transport.self == o->initiator);
    o->answered = true;
    if (o->earlier) return; /* step_out() repeats the event */
    step_out(s, e->item);
    bool through = o->initiator == o->place.node || sim_event_node(s, e)->ns_per_byte == 0 ||
                   network_take_in(s, e, o->place.node, answer_bytes(s, o), EVENT_COMPLETION);
    if (!through) return;
    e->target = (uint32_t)EVENT_COMPLETION << KIND_SHIFT | o->initiator;
    sim_enter(s, e);
}

void remote_complete(struct sim *s, struct sim_node *n, uint32_t number)
{
    struct operation *o = &s->operation[number];
    ASSERT(o->kind == OPERATION_WORK || o->initiator == n->transport.self);
    uint64_t cookie = o->cookie;
    enum completion how = o->how;
    if (o->kind == OPERATION_WORK) o->compute(o->target);
    if (how == COMPLETION_OK && o->kind == OPERATION_READ)
        memcpy(o->target, o->data->bytes, o->bytes);
    if (how == COMPLETION_OK && o->kind == OPERATION_SWAP) memcpy(o->target, &o->previous, WORD);
    remote_forget(s, number);
    n->ops->on_completion(n->state, cookie, how);
}
