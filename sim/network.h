/* network.h - the path of everything that travels from one node to another: messages, and the
 * requests and answers of one-sided operations.
 *
 *     the sender's NIC     network_leave
 *     the link             network_set_off: latency and faults
 *     the receiver's NIC   network_take_in, at the event of the arrival
 *
 * Where sites have uplinks of limited bandwidth (uplink.bandwidth), or trunks between them
 * (trunk.bandwidth), what leaves a site passes its uplink and the trunk before the link, and the
 * receiver's downlink after it: each carries one packet after the other, in the order in which they
 * come (network_pass_uplink, at events of their own).
 *
 * A message is lost that meets a cut, or an uplink or trunk whose queue is full. A one-sided
 * operation starts again when the cut ends or the queue has room, or is given up after
 * rdma.timeout. Latencies and faults are drawn when the packet leaves, so that what is drawn does
 * not depend on how the events of nodes interleave. */
#ifndef AVIARY_SIM_NETWORK_H
#define AVIARY_SIM_NETWORK_H

#include "sim/kernel.h"

/* What has passed its sender's NIC, and the event that it is at its receiver. */
struct packet {
    uint32_t from, to;
    enum event_kind kind; /* EVENT_ARRIVAL, EVENT_REMOTE or EVENT_ANSWER */
    uint32_t item;        /* of that event; the next free one of those kept at uplinks */
    uint64_t order;       /* the same */
    uint64_t bytes;
    uint64_t left_ns;
    uint64_t latency_ns;
    bool lost, overtakes; /* by faults */
};

/* 0: unlimited, both ways. */
uint64_t network_ns_per_byte(uint64_t bits_per_second);
/* The serialisation time of that many bytes; ns_per_byte has 32 binary places. */
static inline uint64_t network_wire_ns(uint64_t ns_per_byte, uint64_t bytes)
{
    unsigned __int128 ns = (unsigned __int128)bytes * ns_per_byte + UINT32_MAX;
    return (uint64_t)(ns >> 32);
}

/* One-way latencies of messages. */
static inline const struct distribution *network_link(const struct sim *s, uint32_t from,
                                                      uint32_t to)
{
    const struct model *m = s->model;
    if (from == to) return &m->loopback;
    if (m->sites < 2) return &m->link;
    return &m->between[s->node[from]->site][s->node[to]->site];
}

static inline uint64_t network_draw(const struct distribution *latency, struct random *stream)
{
    uint64_t ns = distribution_draw(latency, stream);
    return ns ? ns : 1;
}

/* When that many bytes are through the NIC of their sender. */
static inline uint64_t network_leave(struct sim_node *n, uint32_t to, uint64_t time_ns,
                                     uint64_t bytes)
{
    if (n->ns_per_byte == 0) return time_ns;
    return nic_pass(&n->out, to, time_ns, network_wire_ns(n->ns_per_byte, bytes));
}

/* And trunks. NULL: the model has none. */
struct uplinks *network_create_uplinks(const struct model *m);
void network_destroy_uplinks(struct uplinks *u);
void network_pass_uplink(struct sim *s, const struct event *e);

/* The packet travels from p->left_ns on. Returns when it would arrive if no uplink were busy. */
uint64_t network_set_off(struct sim *s, const struct packet *p);

/* Into the NIC of the event's node; false: it is busy, the event is repeated as `again`. */
bool network_take_in(struct sim *s, const struct event *e, uint32_t from, uint64_t bytes,
                     enum event_kind again);

/* The operation completes as COMPLETION_UNREACHABLE at that time. */
void network_give_up(struct sim *s, uint32_t operation, uint64_t at_ns);

/* Carries a message that has passed its sender's NIC, with what faults do to it. */
void network_carry(struct sim_node *n, uint32_t to, struct buffer *b, uint64_t left_ns);

/* Sends a message. */
static inline void network_send(struct sim_node *n, uint32_t to, struct buffer *b, uint64_t at_ns)
{
    struct sim *s = n->sim;
    if (to != n->transport.self) {
        at_ns = network_leave(n, to, at_ns, b->wire_bytes);
        if (s->outages || s->uplinks) {
            network_carry(n, to, b, at_ns);
            return;
        }
    }
    /* As network_carry() does without faults and uplinks: most messages of most runs. */
    uint64_t arrival_ns = at_ns + network_draw(network_link(s, n->transport.self, to), &n->link);
    uint64_t *last_ns = sim_row_at(&n->pair_ns, to);
    if (arrival_ns < *last_ns) arrival_ns = *last_ns;
    *last_ns = arrival_ns;
    b->references++;
    sim_push(s, EVENT_ARRIVAL, to, b->number, arrival_ns, ++n->order);
}

#endif
