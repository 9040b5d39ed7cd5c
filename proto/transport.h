/* transport.h - the transport: a node's only interface to the outside world.
 *
 * A node is a state machine (struct node_ops). The simulator or a real transport calls its handlers
 * one at a time and gives it a struct transport, through which it reads the time, draws random
 * numbers, sets timers, sends messages, uses one-sided memory, hands off long computations and
 * appends to its log on a device. The core uses nothing else: no clock, no socket, no thread, no
 * file.
 *
 * Units: times are nanoseconds (suffix _ns), sizes are bytes. Ownership: what a handler is given is
 * borrowed until it returns, unless message_retain() says otherwise.
 *
 * An implementation embeds struct transport as its first member and fills in all of
 * struct transport_ops; it is complete when the conformance suite passes
 * (tests/lib/conformance.h). */
#ifndef AVIARY_PROTO_TRANSPORT_H
#define AVIARY_PROTO_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/random.h"
#include "proto/mark.h"
#include "proto/message.h"

/* How a one-sided operation, a piece of work or an operation of storage ended. */
enum completion {
    COMPLETION_OK,
    COMPLETION_DENIED,      /* no such region, out of its bounds, or the caller holds no grant */
    COMPLETION_UNREACHABLE, /* the target is down or cut off; whether it took effect is unknown */
    COMPLETION_END,         /* of read_back: there is no further record */
};

/* A place in the registered memory of a node. */
struct remote {
    uint32_t node;
    uint32_t region; /* the number under which the owner registered it */
    uint64_t offset; /* bytes from the region's begin */
};

/* A write whose cookie has this bit reports no COMPLETION_OK: cheaper where nothing waits for it
 * (no completion is generated, and none is handled). */
#define COOKIE_QUIET (UINT64_C(1) << 63)

struct transport;

/* Operations of a node. None returns an error: later failures are reported as events, and invalid
 * arguments (a size beyond the limits, say) are bugs and asserted. */
struct transport_ops {
    /* The node's time. Moves between handlers, by charge(), and in a simulator by what sending and
     * one-sided operations cost the processor. Any time, any handler. */
    uint64_t (*now)(const struct transport *t);

    /* The node's random stream of that name, made on first use from (seed, node's name, purpose),
     * so that no other node or purpose disturbs it. The pointer stays valid as long as the node. */
    struct random *(*random)(struct transport *t, const char *purpose);

    /* Call on_timer(timer) once, delay_ns from now (at least 1). `timer` is a small number chosen
     * by the node, below TIMERS_MAX; setting a timer that is set moves it. */
    void (*timer_set)(struct transport *t, uint32_t timer, uint64_t delay_ns);
    /* Cancels it: on_timer is not called, even if it was already due. Unset: no effect. */
    void (*timer_cancel)(struct transport *t, uint32_t timer);

    /* A buffer of `bytes` (at most MESSAGE_BYTES_MAX) to build a message in place, 8-aligned,
     * content undefined. The caller owns one reference. Never NULL. */
    struct message *(*message_new)(struct transport *t, uint32_t bytes);
    /* Send to `count` nodes and give up the caller's reference. message->bytes (at most what
     * message_new was asked for), kind and opaque_bytes must be set; `from` is filled in here.
     * While a connection lives, messages of one pair arrive once and in order; when it breaks a
     * suffix may be lost, and faults may lose, duplicate or reorder any. count 0 only releases. The
     * content must not change after the call, also where the caller kept a reference. A node's own
     * messages may be sent again; received ones may not. */
    void (*message_send)(struct transport *t, const uint32_t *to, uint32_t count,
                         struct message *message);
    /* Keep a message (one being handled, or one about to be sent) beyond the handler. Returns the
     * message to use from now on, which may be another address; each retain needs one release. */
    struct message *(*message_retain)(struct transport *t, struct message *message);
    void (*message_release)(struct transport *t, struct message *message);
    /* A message that is well-formed and cannot be true, as this node knows it: its handler has
     * refused it. Counted by kind, like those that message_valid() refuses. */
    void (*message_refuse)(struct transport *t, const struct message *message);

    /* Make own memory reachable under `region` (below REGIONS_MAX). All nodes may read it; none may
     * write until granted. The memory must outlive the node, which reads by region_word() what
     * others may be writing. */
    void (*region_register)(struct transport *t, uint32_t region, void *memory, uint64_t bytes);
    /* From now on on_write() reports writes into an own region. Before its first grant. */
    void (*region_watch)(struct transport *t, uint32_t region);
    /* Let these nodes write and compare-and-swap in an own region, or no longer. In force at the
     * return: a write that arrives after a revoke is denied, also if it was sent before. */
    void (*region_grant)(struct transport *t, uint32_t region, const uint32_t *writers,
                         uint32_t count);
    void (*region_revoke)(struct transport *t, uint32_t region, const uint32_t *writers,
                          uint32_t count);

    /* One-sided operations: no handler runs at the target, unless its region is watched. Each ends
     * with on_completion(cookie), or quietly. Operations of one node on one target take effect in
     * the order of the calls; they and messages may overtake each other. Each moves at most
     * MESSAGE_BYTES_MAX. `source` is copied at the call; `target`/`previous` must stay valid until
     * completion and are written before it. A write of more than 8 bytes may be seen half done by
     * the target (torn); aligned 8-byte words never. */
    void (*write)(struct transport *t, struct remote to, const void *source, uint32_t bytes,
                  uint64_t cookie);
    void (*read)(struct transport *t, struct remote from, void *target, uint32_t bytes,
                 uint64_t cookie);
    /* On one aligned 8-byte word; *previous is what was there, the swap happened if it equals
     * `expected`. */
    void (*compare_and_swap)(struct transport *t, struct remote at, uint64_t expected,
                             uint64_t desired, uint64_t *previous, uint64_t cookie);

    /* Run compute(argument) in the background, then on_completion(cookie, COMPLETION_OK). It must
     * be pure: only *argument is read and written, and the node leaves that alone until completion.
     * `modelled_ns` is what a simulator charges instead of the wall time. */
    void (*work)(struct transport *t, void (*compute)(void *argument), void *argument,
                 uint64_t modelled_ns, uint64_t cookie);

    /* Storage, for nodes that have it (struct transport, durable): a log of records on a device
     * that survives a crash of the node. A device that fails ends the node: what was begun does not
     * complete, and the transport's user is told.
     *
     * Append a record of 1 to RECORD_BYTES_MAX bytes, copied at the call. A crash may lose it, and
     * those after it, until a sync completes. Where the log had records at the start, not before
     * read_back() has ended. */
    void (*append)(struct transport *t, const void *record, uint32_t bytes);
    /* on_completion(cookie, COMPLETION_OK) when all records appended before the call are on the
     * device. Syncs take effect and complete in the order of the calls, one after the other: a node
     * that waits with the next one until the last has completed lets many records share it. */
    void (*sync)(struct transport *t, uint64_t cookie);
    /* At the start, before the first append: the next record of the log, from the oldest on, into
     * `target`, which has room for RECORD_BYTES_MAX, and its size into *bytes; both must stay valid
     * until on_completion(cookie, COMPLETION_OK). COMPLETION_END: all have been read. The log ends
     * before the first record that is torn or damaged. */
    void (*read_back)(struct transport *t, void *target, uint32_t *bytes, uint64_t cookie);

    /* The node has used the processor for `ns`: in a simulation now() moves on by that much, on a
     * real transport nothing happens. */
    void (*charge)(struct transport *t, uint64_t ns);

    /* The node takes a path that has a mark (mark.h): a simulator counts it, others need not. */
    void (*mark)(struct transport *t, enum mark mark);
};

struct transport {
    const struct transport_ops *ops;
    uint32_t self; /* this node's number; nodes are numbered from 0 */
    bool durable;  /* the node has storage: append, sync and read_back */
};

enum {
    TIMERS_MAX = 16,
    REGIONS_MAX = 16,
    RECORD_BYTES_MAX = MESSAGE_BYTES_MAX,
};

/* Why a message that came in is not handled. */
enum drop {
    DROP_CORRUPTED, /* the checksum of its frame is wrong */
    DROP_MALFORMED, /* message_valid() says no, or another node sent it than it says */
    DROP_REFUSED,   /* the node did (message_refuse) */
};

/* The event handlers of a node. They run one at a time, to completion. */
struct node_ops {
    /* Once, before anything else; the transport may be used at once and is kept by the node. */
    void (*init)(void *node, struct transport *t);
    /* `message` passed message_valid() with the limits of the run and is borrowed. `message->from`
     * is the true sender: the transport has compared it with the connection's. */
    void (*on_message)(void *node, struct message *message);
    void (*on_timer)(void *node, uint32_t timer);
    /* `cookie` is the one given with the operation; cookie.h tells the layers' cookies apart. */
    void (*on_completion)(void *node, uint64_t cookie, enum completion how);
    /* The connection to `peer` broke (up = false), or is up again. Messages sent between may be
     * lost. */
    void (*on_peer)(void *node, uint32_t peer, bool up);
    /* For traces; NULL: not told. The transport drops a message from `peer`. `kind` is what it says
     * it is, which may be no kind. Of a corrupted frame a simulator knows these; a real transport
     * believes it where that is possible. */
    void (*on_drop)(void *node, uint32_t peer, uint32_t kind, enum drop why);
    /* Writes of `writer` into a watched region have landed, completely, since the last such call
     * for them. One call may report several writes; one write may be reported twice. Not for
     * compare_and_swap. May be NULL in nodes that watch nothing. */
    void (*on_write)(void *node, uint32_t region, uint32_t writer);
};

/* Shorthands for the calls. */
static inline uint64_t transport_now(const struct transport *t)
{
    return t->ops->now(t);
}

/* A word of own registered memory, complete although others may be writing it; what was written
 * before it by the same node is seen afterwards. */
static inline uint64_t region_word(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline void transport_mark(struct transport *t, enum mark mark)
{
    t->ops->mark(t, mark);
}

static inline struct message *transport_message_new(struct transport *t, uint32_t bytes,
                                                    enum message_kind kind)
{
    ASSERT(bytes >= sizeof(struct message));
    ASSERT(bytes <= MESSAGE_BYTES_MAX);
    struct message *m = t->ops->message_new(t, bytes);
    m->bytes = bytes;
    m->opaque_bytes = 0;
    m->kind = (uint8_t)kind;
    m->from = t->self;
    m->reserved[0] = m->reserved[1] = m->reserved[2] = 0;
    return m;
}

static inline void transport_refuse(struct transport *t, const struct message *m)
{
    ASSERT(m->kind < MESSAGE_KIND_COUNT);
    t->ops->message_refuse(t, m);
}

static inline void transport_send_one(struct transport *t, uint32_t to, struct message *m)
{
    ASSERT(m->from == t->self);
    t->ops->message_send(t, &to, 1, m);
}

#endif
