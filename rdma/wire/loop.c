/* loop.c - rings in shared memory between the threads of one process (loop.h).
 *
 *   link of a pair:  current -> lanes: [0] from the lower member to the higher, [1] back
 *   member:          notified, a bit for each peer: check the lanes to and from it
 *                    written: check its watched regions, too
 *
 * A connection is one set of lanes. Cutting takes it out of the link, healing puts a new and empty
 * one in; each member detects it by comparing the link with the lanes that it uses. Frames in the
 * old rings are lost. Users of lanes hold a reference.
 *
 * Sleeping without lost wake-ups. A notifier first changes the data, then sets its bit in
 * `notified`, then reads `sleeping`; a sleeper first sets `sleeping`, then reads `notified`. All of
 * these are sequentially consistent, so at least one of the two sees the other. A notifier whose
 * bit is already set need not read `sleeping`: the setter did, and the bit is not yet cleared. */
#include "rdma/wire/loop.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "rdma/mq/ring.h"
#include "rdma/wire/loop_memory.h"
#include "rdma/wire/pending.h"

#define SLEEP_NS_MAX UINT64_C(3600000000000) /* some wait until `never` */

enum {
    LINE_BYTES = 64,
    FRAME_BATCH = 64,    /* taken from one lane in one poll */
    SPIN_NS_MAX = 50000, /* about what sleeping and being woken costs */
    SPIN_NS_MIN = 1000,  /* below, not even one poll pays */
};

/* One direction. The words in the first two lines are shared; the rest belongs to one side each. */
struct lane {
    _Alignas(LINE_BYTES) _Atomic uint64_t told;
    _Alignas(LINE_BYTES) _Atomic uint64_t credit;
    atomic_bool wanted; /* the producer waits for credit */
    _Alignas(LINE_BYTES) struct ring_producer producer;
    _Alignas(LINE_BYTES) struct ring_consumer consumer;
};

struct lanes {
    struct lane lane[2];
    uint32_t references; /* under the loop's lock */
    atomic_bool closed;  /* in order: what is in the rings is still to be read */
    unsigned char *memory;
};

struct link {
    _Atomic(struct lanes *) current; /* NULL: cut, or one end is dead */
    bool dead;                       /* for good; under the loop's lock */
};

struct line {
    struct wire wire; /* first: a wire is its line */
    struct loop *loop;
    uint32_t self;
    struct wire_listener listener;
    struct lanes **lanes; /* by peer; NULL: down */
    uint64_t *leftover;   /* peers with frames left over, by bit */
    uint64_t *dirty;      /* peers with frames committed and not published */
    uint64_t spin_ns;     /* that pay at present */
    struct pending pending;
    atomic_bool killed;

    pthread_mutex_t lock;
    pthread_cond_t wake;
    _Atomic uint64_t *notified; /* by bit; the own one is that of wake() */
    atomic_bool written;        /* into a watched region; set before a bit in notified */
    atomic_bool sleeping;
};

struct loop {
    uint32_t members, words, ring_bytes;
    pthread_mutex_t lock; /* over connections coming and going */
    struct line **line;
    struct link *link; /* [lower * members + higher] */
    struct loop_memory *memory;
};

static struct line *line_of(struct wire *w)
{
    return (struct line *)(void *)w;
}

static struct link *link_of(struct loop *l, uint32_t a, uint32_t b)
{
    ASSERT(a != b);
    ASSERT(a < l->members);
    ASSERT(b < l->members);
    return &l->link[a < b ? a * l->members + b : b * l->members + a];
}

/* ---- notified
 * ------------------------------------------------------------------------------------ */

static void notify(struct line *to, uint32_t from)
{
    uint64_t bit = UINT64_C(1) << from % 64;
    if (atomic_fetch_or(&to->notified[from / 64], bit) & bit) return;
    if (!atomic_load(&to->sleeping)) return;
    pthread_mutex_lock(&to->lock);
    pthread_cond_signal(&to->wake);
    pthread_mutex_unlock(&to->lock);
}

static bool has_news(struct line *n)
{
    if (n->pending.count > 0) return true;
    for (uint32_t i = 0; i < n->loop->words; i++)
        if (atomic_load(&n->notified[i]) || n->leftover[i]) return true;
    return false;
}

/* ---- connections ----------------------------------------------------------------------------- */

static struct lanes *lanes_new(uint32_t ring_bytes)
{
    struct lanes *s = aligned_alloc(LINE_BYTES, sizeof *s);
    ASSERT(s);
    memset(s, 0, sizeof *s);
    s->memory = allocate_zeroed(2, ring_bytes);
    for (uint32_t i = 0; i < 2; i++) {
        ring_producer_init(&s->lane[i].producer, s->memory + i * ring_bytes, ring_bytes);
        ring_consumer_init(&s->lane[i].consumer, s->memory + i * ring_bytes, ring_bytes);
    }
    return s;
}

static struct lanes *lanes_hold(struct lanes *s)
{
    if (s) s->references++;
    return s;
}

static void lanes_drop(struct lanes *s)
{
    if (!s || --s->references > 0) return;
    free(s->memory);
    free(s);
}

static void connect_both(struct loop *l, uint32_t a, uint32_t b)
{
    struct link *link = link_of(l, a, b);
    if (link->dead || atomic_load(&link->current)) return;
    atomic_store(&link->current, lanes_hold(lanes_new(l->ring_bytes)));
    notify(l->line[a], b);
    notify(l->line[b], a);
}

static void disconnect(struct loop *l, uint32_t a, uint32_t b, bool closed)
{
    struct link *link = link_of(l, a, b);
    struct lanes *s = atomic_load(&link->current);
    if (!s) return;
    atomic_store(&s->closed, closed);
    atomic_store(&link->current, NULL);
    lanes_drop(s);
    notify(l->line[a], b);
    notify(l->line[b], a);
}

void loop_cut(struct loop *l, uint32_t a, uint32_t b)
{
    pthread_mutex_lock(&l->lock);
    disconnect(l, a, b, false);
    pthread_mutex_unlock(&l->lock);
}

void loop_heal(struct loop *l, uint32_t a, uint32_t b)
{
    pthread_mutex_lock(&l->lock);
    connect_both(l, a, b);
    pthread_mutex_unlock(&l->lock);
}

static void leave(struct loop *l, uint32_t member, bool closed)
{
    pthread_mutex_lock(&l->lock);
    for (uint32_t other = 0; other < l->members; other++) {
        if (other == member) continue;
        disconnect(l, member, other, closed);
        link_of(l, member, other)->dead = true;
    }
    pthread_mutex_unlock(&l->lock);
}

void loop_kill(struct loop *l, uint32_t member)
{
    atomic_store(&l->line[member]->killed, true);
    leave(l, member, false);
}

/* ---- taking ---------------------------------------------------------------------------------- */

static struct lane *lane_from(struct lanes *s, const struct line *n, uint32_t peer)
{
    return &s->lane[peer < n->self ? 0 : 1];
}

static struct lane *lane_to(struct lanes *s, const struct line *n, uint32_t peer)
{
    return &s->lane[n->self < peer ? 0 : 1];
}

/* Frames of a peer, at most a batch; true: that was all. */
static bool take(struct line *n, uint32_t peer)
{
    struct lane *lane = lane_from(n->lanes[peer], n, peer);
    bool told = ring_told(&lane->consumer, atomic_load_explicit(&lane->told, memory_order_acquire));
    ASSERT(told);
    const void *frame;
    uint32_t bytes, taken = 0;
    enum ring_state state = RING_MESSAGE;
    for (; taken < FRAME_BATCH; taken++) {
        state = atomic_load(&n->killed) ? RING_EMPTY : ring_next(&lane->consumer, &frame, &bytes);
        if (state != RING_MESSAGE) break;
        n->listener.frame(n->listener.context, peer, (void *)(uintptr_t)frame, bytes);
    }
    ASSERT(state != RING_CORRUPT);
    ring_release(&lane->consumer, taken);
    atomic_store(&lane->credit, lane->consumer.released);
    if (atomic_load(&lane->wanted) && atomic_exchange(&lane->wanted, false))
        notify(n->loop->line[peer], n->self);
    return state != RING_MESSAGE;
}

/* The connection has changed: down, up, or both. */
static void notice(struct line *n, uint32_t peer)
{
    struct loop *l = n->loop;
    struct lanes *old = n->lanes[peer];
    if (old) {
        while (atomic_load(&old->closed) && !take(n, peer)) continue;
        pthread_mutex_lock(&l->lock);
        lanes_drop(old);
        pthread_mutex_unlock(&l->lock);
        n->lanes[peer] = NULL;
        n->dirty[peer / 64] &= ~(UINT64_C(1) << peer % 64);
        n->listener.peer(n->listener.context, peer, false);
    }
    pthread_mutex_lock(&l->lock);
    n->lanes[peer] = lanes_hold(atomic_load(&link_of(l, n->self, peer)->current));
    pthread_mutex_unlock(&l->lock);
    if (n->lanes[peer]) n->listener.peer(n->listener.context, peer, true);
}

static void look_at(struct line *n, uint32_t peer)
{
    if (atomic_load(&link_of(n->loop, n->self, peer)->current) != n->lanes[peer]) notice(n, peer);
    if (n->lanes[peer] && !take(n, peer)) n->leftover[peer / 64] |= UINT64_C(1) << peer % 64;
}

static bool line_poll(struct wire *w)
{
    struct line *n = line_of(w);
    bool any = false;
    for (uint32_t i = 0; i < n->loop->words; i++) {
        if (!atomic_load_explicit(&n->notified[i], memory_order_relaxed) && !n->leftover[i])
            continue;
        uint64_t bits = atomic_exchange(&n->notified[i], 0) | n->leftover[i];
        n->leftover[i] = 0;
        any = true;
        for (; bits; bits &= bits - 1) {
            uint32_t peer = i * 64 + (uint32_t)__builtin_ctzll(bits);
            if (atomic_load(&n->killed)) return false;
            if (peer != n->self) look_at(n, peer);
        }
    }
    if (atomic_load(&n->written) && atomic_exchange(&n->written, false))
        loop_memory_report(n->loop->memory, n->self, &n->listener);
    return pending_report(&n->pending, &n->listener) || any;
}

/* ---- sending --------------------------------------------------------------------------------- */

static void *line_reserve(struct wire *w, uint32_t peer, uint32_t bytes)
{
    struct line *n = line_of(w);
    struct lanes *s = n->lanes[peer];
    if (!s || atomic_load_explicit(&n->killed, memory_order_relaxed)) return NULL;
    struct lane *lane = lane_to(s, n, peer);
    void *frame = ring_reserve(&lane->producer, bytes);
    if (frame) return frame;
    /* Checks again after requesting room, so that no credit is missed. */
    for (int look = 0; look < 2; look++) {
        bool right = ring_credited(&lane->producer, atomic_load(&lane->credit));
        ASSERT(right);
        frame = ring_reserve(&lane->producer, bytes);
        if (frame) return frame;
        atomic_store(&lane->wanted, true);
    }
    return NULL;
}

static void line_commit(struct wire *w, uint32_t peer, uint32_t bytes)
{
    struct line *n = line_of(w);
    ring_commit(&lane_to(n->lanes[peer], n, peer)->producer, bytes);
    n->dirty[peer / 64] |= UINT64_C(1) << peer % 64;
}

static void publish(struct line *n, uint32_t peer)
{
    struct lanes *s = n->lanes[peer];
    struct lane *lane = lane_to(s, n, peer);
    struct ring_span span[2]; /* they are in place already */
    ring_publish(&lane->producer, span);
    atomic_store_explicit(&lane->told, lane->producer.published, memory_order_release);
    notify(n->loop->line[peer], n->self);
}

static void line_flush(struct wire *w)
{
    struct line *n = line_of(w);
    for (uint32_t i = 0; i < n->loop->words; i++) {
        for (uint64_t bits = n->dirty[i]; bits; bits &= bits - 1)
            publish(n, i * 64 + (uint32_t)__builtin_ctzll(bits));
        n->dirty[i] = 0;
    }
}

/* ---- one-sided memory ------------------------------------------------------------------------ */

static void line_register(struct wire *w, uint32_t node, uint32_t region, void *memory,
                          uint64_t bytes)
{
    struct line *n = line_of(w);
    loop_memory_register(n->loop->memory, n->self, node, region, memory, bytes);
}

static void line_watch(struct wire *w, uint32_t node, uint32_t region)
{
    loop_memory_watch(line_of(w)->loop->memory, node, region);
}

static void line_grant(struct wire *w, uint32_t node, uint32_t region, uint32_t writer)
{
    loop_memory_permit(line_of(w)->loop->memory, node, region, writer, true);
}

static void line_revoke(struct wire *w, uint32_t node, uint32_t region, uint32_t writer)
{
    loop_memory_permit(line_of(w)->loop->memory, node, region, writer, false);
}

static bool reaches(struct line *n, uint32_t member)
{
    if (member == n->self) return true;
    return !atomic_load(&n->killed) && atomic_load(&link_of(n->loop, n->self, member)->current);
}

static void perform(struct line *n, const struct loop_access *a, uint64_t cookie)
{
    struct loop_region *r = loop_memory_find(n->loop->memory, &a->place);
    enum completion how = COMPLETION_DENIED;
    bool watched = false;
    if (r && !reaches(n, loop_region_member(r)))
        how = COMPLETION_UNREACHABLE;
    else if (r)
        how = loop_region_perform(r, a, &watched);
    bool quiet = how == COMPLETION_OK && a->kind == LOOP_WRITE && cookie & COOKIE_QUIET;
    if (!quiet) pending_completion(&n->pending, a->node, cookie, how);
    if (!watched) return;
    struct line *owner = n->loop->line[loop_region_member(r)];
    atomic_store(&owner->written, true);
    notify(owner, n->self);
}

static void line_write(struct wire *w, uint32_t node, struct remote to, const void *source,
                       uint32_t bytes, uint64_t cookie, uint32_t stamp)
{
    perform(line_of(w),
            &(struct loop_access){.kind = LOOP_WRITE,
                                  .node = node,
                                  .place = to,
                                  .bytes = bytes,
                                  .source = source,
                                  .stamp = stamp},
            cookie);
}

static void line_read(struct wire *w, uint32_t node, struct remote from, void *target,
                      uint32_t bytes, uint64_t cookie)
{
    perform(line_of(w),
            &(struct loop_access){
                .kind = LOOP_READ, .node = node, .place = from, .bytes = bytes, .target = target},
            cookie);
}

static void line_swap(struct wire *w, uint32_t node, struct remote at, uint64_t expected,
                      uint64_t desired, uint64_t *previous, uint64_t cookie)
{
    perform(line_of(w),
            &(struct loop_access){.kind = LOOP_SWAP,
                                  .node = node,
                                  .place = at,
                                  .bytes = sizeof desired,
                                  .target = previous,
                                  .expected = expected,
                                  .desired = desired},
            cookie);
}

/* ---- waiting --------------------------------------------------------------------------------- */

static void sleep_until(struct line *n, uint64_t until_ns)
{
    uint64_t longest_ns = clock_now() + SLEEP_NS_MAX;
    if (until_ns > longest_ns) until_ns = longest_ns;
    struct timespec until = {.tv_sec = (time_t)(until_ns / 1000000000),
                             .tv_nsec = (long)(until_ns % 1000000000)};
    pthread_mutex_lock(&n->lock);
    atomic_store(&n->sleeping, true);
    bool late = false;
    while (!late && !has_news(n)) late = pthread_cond_timedwait(&n->wake, &n->lock, &until) != 0;
    atomic_store(&n->sleeping, false);
    pthread_mutex_unlock(&n->lock);
}

/* Spins, yielding between two polls, for the adaptive spin time: it halves after an unsuccessful
 * poll, and returns to its maximum when a sleep was so short that spinning would have sufficed.
 * With more threads than processors sleeps are longer than that, and no thread spins. */
static void line_wait(struct wire *w, uint64_t until_ns)
{
    struct line *n = line_of(w);
    uint64_t began_ns = clock_now(), now_ns = began_ns;
    while (n->spin_ns && now_ns < until_ns && now_ns - began_ns < n->spin_ns) {
        if (has_news(n)) return;
        sched_yield();
        now_ns = clock_now();
    }
    if (has_news(n) || now_ns >= until_ns) return;
    n->spin_ns = n->spin_ns / 2 < SPIN_NS_MIN ? 0 : n->spin_ns / 2;
    sleep_until(n, until_ns);
    if (clock_now() - now_ns < SPIN_NS_MAX && has_news(n)) n->spin_ns = SPIN_NS_MAX;
}

static void line_wake(struct wire *w)
{
    notify(line_of(w), line_of(w)->self);
}

/* ---- begin and end --------------------------------------------------------------------------- */

static void line_listen(struct wire *w, const struct wire_listener *listener)
{
    line_of(w)->listener = *listener;
}

static void line_close(struct wire *w)
{
    line_flush(w);
    leave(line_of(w)->loop, line_of(w)->self, true);
    loop_memory_leave(line_of(w)->loop->memory, line_of(w)->self);
}

static const struct wire_ops line_ops = {
    .listen = line_listen,
    .reserve = line_reserve,
    .commit = line_commit,
    .flush = line_flush,
    .poll = line_poll,
    .wait = line_wait,
    .wake = line_wake,
    .close = line_close,
    .region_register = line_register,
    .region_watch = line_watch,
    .region_grant = line_grant,
    .region_revoke = line_revoke,
    .write = line_write,
    .read = line_read,
    .compare_and_swap = line_swap,
};

static struct line *line_new(struct loop *l, uint32_t self)
{
    struct line *n = allocate_zeroed(1, sizeof *n);
    n->wire.ops = &line_ops;
    n->loop = l;
    n->self = self;
    n->lanes = allocate_zeroed(l->members, sizeof *n->lanes);
    n->leftover = allocate_zeroed(l->words, sizeof *n->leftover);
    n->dirty = allocate_zeroed(l->words, sizeof *n->dirty);
    size_t notified_bytes =
        (l->words * sizeof *n->notified + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
    n->notified =
        aligned_alloc(LINE_BYTES, notified_bytes); /* written by all others: separate cache lines */
    ASSERT(n->notified);
    memset((void *)n->notified, 0, notified_bytes);
    n->spin_ns = SPIN_NS_MAX;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&n->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&n->lock, NULL);
    return n;
}

struct loop *loop_create(uint32_t members, uint32_t nodes, uint32_t ring_bytes)
{
    struct loop *l = allocate_zeroed(1, sizeof *l);
    l->members = members;
    l->words = members / 64 + 1;
    l->ring_bytes = ring_bytes;
    l->memory = loop_memory_create(nodes, members);
    pthread_mutex_init(&l->lock, NULL);
    l->line = allocate_zeroed(members, sizeof *l->line);
    l->link = allocate_zeroed((size_t)members * members, sizeof *l->link);
    for (uint32_t i = 0; i < members; i++) l->line[i] = line_new(l, i);
    for (uint32_t a = 0; a < members; a++)
        for (uint32_t b = a + 1; b < members; b++) connect_both(l, a, b);
    return l;
}

void loop_destroy(struct loop *l)
{
    if (!l) return;
    for (uint32_t i = 0; i < l->members; i++) {
        struct line *n = l->line[i];
        for (uint32_t peer = 0; peer < l->members; peer++) lanes_drop(n->lanes[peer]);
        pthread_mutex_destroy(&n->lock);
        pthread_cond_destroy(&n->wake);
        free(n->lanes);
        free(n->leftover);
        free(n->dirty);
        free((void *)n->notified);
        pending_finish(&n->pending);
        free(n);
    }
    for (size_t i = 0; i < (size_t)l->members * l->members; i++)
        lanes_drop(atomic_load(&l->link[i].current));
    pthread_mutex_destroy(&l->lock);
    loop_memory_destroy(l->memory);
    free(l->line);
    free(l->link);
    free(l);
}

struct wire *loop_wire(struct loop *l, uint32_t member)
{
    ASSERT(member < l->members);
    return &l->line[member]->wire;
}
