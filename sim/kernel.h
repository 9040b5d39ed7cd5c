/* kernel.h - the inside of the simulator, shared by its files; users need sim.h only.
 *
 *     sim.c            building, starting, reading results
 *     run.c            the event loop; a node's processor: FIFO, cores, handlers
 *     shared.c         the processors of a host that nodes share
 *     sim_transport.c  struct transport_ops: messages, timers, random streams, charge
 *     network.[ch]     from one node to another: links, uplinks, NICs
 *     remote.c         one-sided operations, and work
 *     storage.c        append, sync, read back
 *     outage.c         the fault schedule at run time
 *     flips.c          frames with flipped bits */
#ifndef AVIARY_SIM_KERNEL_H
#define AVIARY_SIM_KERNEL_H

#include "base/assert.h"
#include "sim/nic.h"
#include "sim/pool.h"
#include "sim/queue.h"
#include "sim/row.h"
#include "sim/sim.h"

enum {
    SOURCE_SHIFT = 40, /* event.order: source << SOURCE_SHIFT | sequence */
    KIND_SHIFT = 28,   /* event.target: kind << KIND_SHIFT | node */
    WRITER_BITS = 20,  /* EVENT_WRITTEN's item: region << WRITER_BITS | writer */
    SIM_NODES_MAX = 1 << WRITER_BITS,
};

/* The kinds of events; `item` in brackets. */
enum event_kind {
    EVENT_ARRIVAL,      /* the last bit of a message is at the receiver's NIC [buffer] */
    EVENT_RECEIVED,     /* the NIC was busy, now the message is in [buffer] */
    EVENT_TIMER,        /* [timer] */
    EVENT_COMPLETION,   /* of a one-sided operation, work or storage [operation] */
    EVENT_PEER,         /* [peer << 1 | up] */
    EVENT_SERVICE,      /* two events: the handler of the head of the queue */
    EVENT_REMOTE,       /* a one-sided operation is at its target [operation] */
    EVENT_REMOTE_TAKEN, /* the same, after the target's NIC was busy */
    EVENT_REMOTE_REST,  /* second half of a torn write [operation] */
    EVENT_UPLINK,       /* a packet is at the uplink of its sender's site [packet] */
    EVENT_DOWNLINK,     /* the same, at the downlink of its receiver's site */
    EVENT_ANSWER,       /* what a one-sided operation found is at its initiator [operation] */
    EVENT_THREAD,       /* shared host: the node's thread ends a handler, or a pause */
    EVENT_WRITTEN,      /* a write into a watched region has landed [region, writer] */
    EVENT_OUTAGE,       /* connections break or heal [index in outages] */
};

/* A timer has at most one event in the queue, its carrier, due no later than the timer: so moving a
 * timer at every message costs no event each time. */
struct sim_timer {
    uint64_t due_ns;
    uint64_t order;         /* of the last set; 0: not set */
    uint64_t carrier_order; /* 0: none */
    uint64_t carrier_ns;
};

struct sim_stream {
    char *purpose;
    struct random random;
    struct sim_stream *next;
};

struct sim_region {
    uint8_t *memory; /* NULL: not registered */
    uint64_t bytes;
    uint64_t *writers; /* bit set over nodes */
    bool watched;
};

struct sim_pause {
    uint64_t begin_ns, end_ns;
};

/* Events that wait for the processor, in the two-event mode and on a shared host. */
struct sim_fifo {
    struct event *event;
    uint32_t first, count, room; /* room: a power of two, or 0 */
};

void sim_fifo_push(struct sim_fifo *f, const struct event *e);
static inline void sim_fifo_pop(struct sim_fifo *f, struct event *e)
{
    ASSERT(f->count > 0);
    *e = f->event[f->first];
    f->first = (f->first + 1) & (f->room - 1);
    f->count--;
}

struct sim_node {
    struct transport transport; /* first: a struct transport is its node */
    struct sim *sim;
    const struct node_ops *ops;
    void *state;
    uint64_t local_ns;    /* time in the handler */
    uint64_t ended_ns;    /* end of the last handler */
    uint64_t *core;       /* of this handler, in core_free_ns */
    uint64_t order;       /* of the last event this node caused */
    uint64_t crash_ns;    /* UINT64_MAX: never */
    uint64_t ns_per_byte; /* of its NIC, 32 binary places; 0: unlimited */
    struct nic out;       /* transmission */
    struct nic in;        /* reception */
    uint64_t fingerprint;
    const struct model_cpu *cpu;
    struct random link;     /* latencies of this node's messages */
    struct sim_row pair_ns; /* by receiver: last arrival; pairs keep their order */
    bool two_events;
    struct sim_thread *thread; /* NULL: processors of its own */
    bool serving;              /* `head` has its service event in the queue */
    struct event head;
    struct sim_fifo fifo;
    struct sim_node_stats stats;
    struct random fault_random;     /* faults of this node's messages */
    struct random flip_random;      /* which bits of them flip */
    const struct sim_pause *pauses; /* by begin; NULL: none */
    uint32_t pause_count;
    uint32_t site;
    enum sim_role role;
    struct sim_stream *streams;
    struct sim_timer timers[TIMERS_MAX];
    struct sim_row completed_ns; /* by target: last completion of a one-sided operation, */
    struct sim_row newest;       /* and the last one that is not answered; 0: none */
    struct sim_region *regions;
    struct disk *disk; /* NULL: no storage */
    struct random disk_random;
    char *name;
    uint64_t core_free_ns[MODEL_CORES_MAX];
};

enum operation_kind {
    OPERATION_WRITE,
    OPERATION_READ,
    OPERATION_SWAP,
    OPERATION_WORK,
    OPERATION_STORAGE,
};

/* A one-sided operation, a piece of work, or an operation of storage, under way. */
struct operation {
    enum operation_kind kind;
    enum completion how;
    uint32_t initiator;
    uint32_t bytes;
    struct remote place;
    uint64_t cookie;
    struct buffer *data; /* a write's source, a read's result */
    void *target;        /* of a read; previous of a swap; argument of work */
    void (*compute)(void *argument);
    uint64_t expected, desired, previous;
    uint64_t issued_ns;
    uint64_t complete_order, rest_order, written_order;
    uint64_t back_ns;   /* latency of the answer */
    uint64_t torn_ns;   /* delay of the second half; 0: not torn */
    uint32_t torn_byte; /* where the second part begins */
    bool torn_tail_first;
    bool answered;           /* but one before it is not */
    uint32_t earlier, later; /* one-sided ones of the same pair that are not answered; 0: none */
    uint32_t next_free;
};

struct sim {
    struct queue queue;
    uint64_t now_ns;
    struct pool pool;
    struct sim_node **node;
    uint32_t node_count, node_room;
    const struct model *model;
    uint64_t overhead_bytes;
    struct outages *outages;    /* NULL: no faults */
    struct uplinks *uplinks;    /* NULL: sites share none */
    struct shared_host *shared; /* NULL: nodes share no processors */
    struct operation *operation;
    uint32_t operation_count, operation_room, operation_free;
    uint64_t peer_order;
    struct sim_stats stats;
    uint64_t events_max;         /* sim_run() stops */
    const struct event *handled; /* its handler is running; NULL: none is */
    uint64_t seed;
    const struct faults *faults;
    const struct limits *limits;
    bool two_events, started;
};

extern const struct transport_ops sim_transport_ops;

static inline struct sim_node *sim_node_of(const struct transport *t)
{
    return (struct sim_node *)(uintptr_t)t;
}

static inline void sim_push(struct sim *s, enum event_kind kind, uint32_t node, uint32_t item,
                            uint64_t time_ns, uint64_t order)
{
    ASSERT(time_ns >= s->now_ns); /* nothing happens in the past */
    ASSERT(node < s->node_count);
    queue_push(&s->queue,
               &(struct event){time_ns, order, (uint32_t)kind << KIND_SHIFT | node, item});
}

static inline uint64_t sim_cpu_ns(const struct model_cpu *cpu, uint64_t base_ns, uint64_t bytes)
{
    return base_ns + (cpu->per_kib_ns * bytes >> 10);
}

static inline void sim_count_refused(struct sim *s, const struct message *m)
{
    s->stats.kind_refused[m->kind < MESSAGE_KIND_COUNT ? m->kind : MESSAGE_KIND_COUNT]++;
}

static inline struct sim_node *sim_event_node(const struct sim *s, const struct event *e)
{
    return s->node[e->target % (UINT32_C(1) << KIND_SHIFT)];
}

/* run.c: an event for the node's processor. */
void sim_enter(struct sim *s, const struct event *e);
/* Its parts, for a shared host: the earliest time at which the node is not paused; the time of the
 * event's handler if unpacking can begin at begin_ns (false: the event is dropped); the handler. */
uint64_t sim_awake(const struct sim_node *n, uint64_t time_ns);
bool sim_place(struct sim *s, struct sim_node *n, const struct event *e, uint64_t begin_ns);
void sim_handle(struct sim *s, struct sim_node *n, const struct event *e);
/* A node has at most one service event, and a thread at most one of its own, while none of its
 * nodes has one: so sequence 0 makes their keys unique. */
static inline void sim_push_own(struct sim *s, enum event_kind kind, uint32_t node,
                                uint64_t time_ns)
{
    sim_push(s, kind, node, 0, time_ns, (uint64_t)node << SOURCE_SHIFT);
}

/* flips.c. A copy of the message with one reference, of which bits have flipped: with a right
 * checksum, or with the one it had, by which the receiver will know. */
struct buffer *flips_make(struct sim_node *n, const struct buffer *b, bool forged);

/* shared.c. Nodes get their threads when the simulation starts, after their init. */
void shared_create(struct sim *s);
void shared_destroy(struct shared_host *h);
void shared_enter(struct sim *s, struct sim_node *n, const struct event *e);
/* Keeps a message until the end of the round; false: send it at once. */
bool shared_post(struct sim_node *n, uint32_t to, struct buffer *b);
/* The node's handler has ended, at its local time. */
void shared_handled(struct sim *s, struct sim_node *n);
void shared_event(struct sim *s, const struct event *e);

/* remote.c */
void remote_event(struct sim *s, const struct event *e);
void remote_answered(struct sim *s, struct event *e);
void remote_complete(struct sim *s, struct sim_node *n, uint32_t operation);
uint32_t remote_new(struct sim *s);
void remote_forget(struct sim *s, uint32_t operation);
void remote_register(struct transport *t, uint32_t region, void *memory, uint64_t bytes);
void remote_watch(struct transport *t, uint32_t region);
void remote_grant(struct transport *t, uint32_t region, const uint32_t *writers, uint32_t count);
void remote_revoke(struct transport *t, uint32_t region, const uint32_t *writers, uint32_t count);
void remote_write(struct transport *t, struct remote to, const void *source, uint32_t bytes,
                  uint64_t cookie);
void remote_read(struct transport *t, struct remote from, void *target, uint32_t bytes,
                 uint64_t cookie);
void remote_swap(struct transport *t, struct remote at, uint64_t expected, uint64_t desired,
                 uint64_t *previous, uint64_t cookie);
void remote_work(struct transport *t, void (*compute)(void *argument), void *argument,
                 uint64_t modelled_ns, uint64_t cookie);

/* storage.c. */
void storage_append(struct transport *t, const void *record, uint32_t bytes);
void storage_sync(struct transport *t, uint64_t cookie);
void storage_read_back(struct transport *t, void *target, uint32_t *bytes, uint64_t cookie);
/* The simulation ends: a crashed node's disk loses what was not synced. */
void storage_end(struct sim_node *n);

/* outage.c. The faults that one message meets. */
struct message_faults {
    uint32_t factor; /* of the latency */
    bool lost, duplicated, reordered, corrupted, forged;
};

int outages_create(struct sim *s, struct error *e);
void outages_destroy(struct outages *o);
/* Queues the times at which connections break and heal. */
void outages_start(struct sim *s);
void outages_event(struct sim *s, const struct event *e);
struct message_faults outages_message_faults(const struct outages *o, struct sim_node *from,
                                             uint32_t to, uint64_t at_ns);
uint32_t outages_factor(const struct outages *o, uint32_t from, uint32_t to, uint64_t at_ns);
bool outages_torn(const struct outages *o, struct sim_node *from, uint32_t to, uint64_t at_ns);
/* The end of a cut of that direction that overlaps the span, 0 if there is none. */
uint64_t outages_cut_until(const struct outages *o, uint32_t from, uint32_t to, uint64_t begin_ns,
                           uint64_t end_ns);
#endif
