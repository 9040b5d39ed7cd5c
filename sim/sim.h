/* sim.h - the simulator: virtual time, an event queue, and struct transport for every node.
 *
 *     sim_create, sim_add_node for each, sim_start, sim_run (again and again), sim_destroy
 *
 * Time is an integer number of nanoseconds. Order of events: by (time, source, sequence), where
 * `source` is the node that caused the event (the sender, the owner of a timer) and `sequence`
 * counts what that node caused; faults come after all nodes at equal times. Latencies and timer
 * delays are at least 1 ns. So the order is total, and independent of the queue and of how nodes
 * interleave.
 *
 * A node's processor. Messages, timers, completions and peer events enter one FIFO per node, in the
 * order of events. The least busy core unpacks a message (cpu.receive and cpu.per_kib); handlers
 * run one at a time, in FIFO order; the core stays taken until the handler ends: unpacked =
 * max(arrival, free[core]) + receive cost local    = max(unpacked, end of the handler before)
 * transport_now() in the handler free[core] = end = local + all charge() and send costs of the
 * handler A send leaves at the local time of its call. By default one event does it all: the
 * handler runs at the event of the arrival, with its local time in the future (folded). This is
 * equivalent, since the node's state is not observed in between: crash times are known in advance
 * (events that would be handled at or after the crash are dropped, messages that would be sent are
 * not), and a timer that is cancelled or moved by an earlier handler does not fire. Registered
 * memory is observed by others, so its node gets two events, arrival and service, and its handlers
 * run when virtual time is their local time; a handler's writes to its memory take effect at its
 * begin. sim_config.two_events does so for all nodes; the fingerprint is the same. Observers:
 * handlers of one node run in the order of their local times, handlers of different nodes need not.
 *
 * A node that sleeps, being idle for longer than cpu.spin, needs cpu.wake more to unpack the next
 * event. An event that arrives at a busy node, or in the very nanosecond in which it ends, needs no
 * wake-up.
 *
 * A shared host (host.cores). A node is a thread; with host.clients = together all clients are one.
 * A thread is runnable when an event has arrived at one of its nodes, and yields its core when its
 * queue is empty (and stays so for host.look), or when others are runnable and the thread has used
 * its host.slice, but never within a handler. With host.switch, an idle thread spins: it polls for
 * at most cpu.spin, queueing for a core like others, then it sleeps; the spin time adapts as on the
 * real wires. Cores are assigned first come, first served; with host.move a thread waits for the
 * core where it ran last. A context switch, waking up, unpacking, handling and sending each occupy
 * the core. A thread works in rounds (after idling, cpu.resume before the first): the events queued
 * when the round began, at most host.batch of them; messages to other threads leave at the end of
 * the round (host.batch = 0: at the call, and a round is one handler). Handlers begin when a core
 * is free in virtual time, since that is not known in advance as it is for a node's own processors;
 * so the run queue has the order of events. This approximates a fair scheduler: real ones may let a
 * thread that wakes up overtake, may migrate threads late, and preempt handlers. init needs no
 * core.
 *
 * The network. A message passes its sender's NIC queue (wire bytes = bytes + opaque bytes +
 * link.overhead, at link.bandwidth; each destination of a multicast is a copy of its own), then a
 * latency drawn from the sender's stream, then the receiver's NIC, which receives one message at a
 * time: arrival = max(sent through + latency, end of the reception before + own serialisation
 * time). Both NICs serve the connections that have a backlog round robin (nic.h): with n of them a
 * message is through n times its own serialisation time after its connection's previous one, if
 * that is sooner than after all that was queued before. Messages of a pair keep their order,
 * however latencies are drawn; only faults break it. Between sites with uplinks or trunks it passes
 * up to three queues more (network.h).
 *
 * Connections exist between every two nodes. on_peer(down) is called at both ends when their link
 * has been cut (in either direction) for connection.timeout, and at all nodes that long after a
 * crash; on_peer(up) when the cut ends.
 *
 * One-sided operations take the same path (network.h), but no processor at the target, unless they
 * write into a watched region, whose report costs rdma.complete there: a request there, an answer
 * back, of which only what a READ returns has bytes on the wire. Within a site their latencies are
 * rdma.*; between sites those of messages, each way. Operations of a pair take effect, and
 * complete, in order. A cut delays them; if it lasts longer than rdma.timeout, or
 * if the target has crashed, they complete so much later as COMPLETION_UNREACHABLE, without effect.
 * So do those for which the queue of an uplink or trunk is full, with effect if only the answer met
 * it.
 *
 * Storage is a disk (disk.h) for each node that has one; a record appended costs disk.append of the
 * processor. A node's crash loses what was not synced, and sim_destroy() leaves the rest on the
 * disk. */
#ifndef AVIARY_SIM_SIM_H
#define AVIARY_SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "proto/limits.h"
#include "proto/transport.h"
#include "sim/disk.h"
#include "sim/faults.h"
#include "sim/model.h"

struct sim;

struct sim_config {
    uint64_t seed;
    const struct model *model;   /* borrowed until sim_destroy */
    const struct faults *faults; /* borrowed until sim_destroy; NULL: none */
    const struct limits *limits; /* of the run; borrowed until sim_destroy; NULL: only PROBEs */
    bool two_events;             /* separate events for arrival and service at every node */
};

enum sim_role {
    SIM_REPLICA, /* costs by cpu.* */
    SIM_CLIENT,  /* costs by client.* */
};

struct sim_node_config {
    const struct node_ops *ops;
    void *state;      /* given to the ops; not freed */
    const char *name; /* unique; copied; part of the names of the node's random streams */
    enum sim_role role;
    uint32_t number;   /* its site, modulo their number, where the model does not place it */
    struct disk *disk; /* its storage, borrowed until sim_destroy; NULL: it has none */
};

struct sim *sim_create(const struct sim_config *config);
void sim_destroy(struct sim *s);

/* Returns the node's number: 0, 1, ... All nodes are added before sim_start. */
uint32_t sim_add_node(struct sim *s, const struct sim_node_config *node);

/* Resolves the names of the fault schedule and calls all init handlers, in node order, at time 0.
 * -1: a name of the schedule matches no node. */
int sim_start(struct sim *s, struct error *e);

/* Handle events until none is left with a time <= until_ns, or *stop is true after an event (stop
 * may be NULL), or sim_limit() is reached. Returns false when no event is left at all. Afterwards
 * sim_now() is until_ns, also when no event is left. It is the time of the last event if something
 * stopped the run, or if until_ns is UINT64_MAX, for ever. */
bool sim_run(struct sim *s, uint64_t until_ns, const bool *stop);
/* Bounds the number of events since the start (struct sim_stats) after which sim_run() stops;
 * UINT64_MAX at first. */
void sim_limit(struct sim *s, uint64_t events);
/* Handle one event; false if there is none. */
bool sim_step(struct sim *s);

uint64_t sim_now(const struct sim *s);
/* When the node crashes by the schedule, UINT64_MAX if never. */
uint64_t sim_crash_ns(const struct sim *s, uint32_t node);
/* Do messages pass between two nodes, both ways, once all temporary faults have ended? Not if one
 * crashes or pauses for good, or a cut or a total loss between them has no end. */
bool sim_linked(const struct sim *s, uint32_t a, uint32_t b);
uint32_t sim_node_count(const struct sim *s);
const char *sim_node_name(const struct sim *s, uint32_t node);

/* A hash over everything every node has handled so far, in node order: (local time, source,
 * sequence, what, bytes). Equal runs have equal fingerprints. */
uint64_t sim_fingerprint(const struct sim *s);

struct sim_node_stats {
    uint64_t cpu_busy_ns;
    uint64_t messages_in, messages_out; /* handled; sent, each destination counted */
    uint64_t bytes_in, bytes_out;       /* on the wire */
};

struct sim_stats {
    uint64_t events;    /* taken from the queue */
    uint64_t delivered; /* messages handled */
    uint64_t dropped;   /* messages lost by faults, and those to crashed nodes */
    uint64_t corrupted; /* of those dropped: a checksum was wrong */
    uint64_t malformed; /* messages refused by message_valid() */
    uint64_t refused;   /* and by the handlers of nodes */
    uint64_t one_sided; /* operations that took effect */
    uint64_t kind_count[MESSAGE_KIND_COUNT]; /* sent, each destination counted */
    uint64_t kind_bytes[MESSAGE_KIND_COUNT]; /* on the wire */
    uint64_t marks[MARK_COUNT];              /* how often each was reached */
    uint64_t kind_corrupted[MESSAGE_KIND_COUNT];
    /* Malformed or refused, by what they say they are; the last: of no kind. */
    uint64_t kind_refused[MESSAGE_KIND_COUNT + 1];
};

const struct sim_node_stats *sim_node_stats(const struct sim *s, uint32_t node);
const struct sim_stats *sim_stats(const struct sim *s);

#endif
