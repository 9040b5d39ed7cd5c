/* shared.c - the processors of a host that nodes share (see sim.h).
 *
 * Every node is a thread; all clients may be one. A thread has a FIFO of its nodes' events, and
 * waits in the run queue while it needs a core and has none. It works in rounds: the events queued
 * when the round began, at most host.batch of them. When the FIFO is empty it waits: it spins, in
 * the run queue, or on its core if no other thread needs that; and then sleeps.
 *
 * With host.move, a thread in the run queue waits for the core where it ran last.
 *
 * The transition from spinning on a core to sleep is evaluated lazily (settle), so waiting needs no
 * events. */
#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"
#include "sim/network.h"

enum thread_state {
    THREAD_WAITING, /* idle, without a core (so it sleeps, or host.switch = 0) */
    THREAD_IN_LINE, /* in the run queue, with events to handle or to poll */
    THREAD_RUNNING, /* has a core, until its EVENT_THREAD */
    THREAD_ALONE,   /* idle; it spins on a core that no other wants */
    THREAD_PAUSED,  /* by a fault, until its EVENT_THREAD */
};

enum {
    SPIN_SHARE_MIN = 50, /* of cpu.spin; a shorter spin is none */
    BALANCE_MOVES = 100, /* times host.move: interval of load balancing */
    FLUSH_NS = 1000000,  /* HOST_FLUSH_NS of the real hosts */
};

/* A message that leaves at the end of the round, or after a millisecond of long handlers. */
struct parcel {
    struct sim_node *from;
    uint32_t to;
    struct buffer *buffer;
};

struct sim_thread {
    enum thread_state state;
    bool begins;           /* its event ends the context switch to it */
    bool waits;            /* idle at its last poll */
    bool polled;           /* since the last handler */
    bool slept;            /* asleep at the arrival of the first waiting event */
    bool wake_charged;     /* a sender has been charged for waking it up */
    uint32_t node;         /* the node that its events name */
    uint32_t core;         /* where it runs, or ran last */
    uint32_t round_left;   /* events of this round that are still to be handled */
    uint64_t flushed_ns;   /* when messages left last */
    uint64_t overhead_ns;  /* to charge before the next handler */
    uint64_t sleep_ns;     /* while it waits: when it goes to sleep */
    uint64_t spin_ns;      /* spin time before it sleeps; at most cpu.spin */
    uint64_t slice_end_ns; /* end of its time slice */
    struct sim_fifo fifo;
    struct parcel *outbox;
    uint32_t outbox_count, outbox_room;
    struct sim_thread *next; /* in the line */
};

struct shared_core {
    struct sim_thread *thread; /* NULL: idle */
    uint64_t idle_ns;          /* since then */
};

struct shared_host {
    struct sim_thread *thread;
    uint32_t thread_count;
    struct shared_core *core;
    uint32_t cores;
    struct sim_thread *first, *last; /* the line */
    uint64_t balance_ns;             /* next load balancing */
};

void shared_create(struct sim *s)
{
    struct shared_host *h = allocate_zeroed(1, sizeof *h);
    h->cores = s->model->host.cores;
    h->thread = allocate_zeroed(s->node_count + 1, sizeof *h->thread);
    h->core = allocate_zeroed(h->cores, sizeof *h->core);
    struct sim_thread *clients = NULL;
    for (uint32_t i = 0; i < s->node_count; i++) {
        struct sim_node *n = s->node[i];
        bool together = n->role == SIM_CLIENT && s->model->host.clients_together;
        n->thread = together && clients ? clients : &h->thread[h->thread_count++];
        if (n->thread == clients) continue;
        n->thread->node = i;
        n->thread->waits = true;
        n->thread->spin_ns = n->thread->sleep_ns = n->cpu->spin_ns;
        if (together) clients = n->thread;
    }
    ASSERT(h->thread_count <= s->node_count);
    s->shared = h;
}

void shared_destroy(struct shared_host *h)
{
    if (!h) return;
    for (uint32_t i = 0; i < h->thread_count; i++) {
        free(h->thread[i].fifo.event);
        free(h->thread[i].outbox);
    }
    free(h->thread);
    free(h->core);
    free(h);
}

/* ---- rounds ---------------------------------------------------------------------------------- */

bool shared_post(struct sim_node *n, uint32_t to, struct buffer *b)
{
    struct sim_thread *t = n->thread;
    if (!n->sim->model->host.batch || n->sim->node[to]->thread == t) return false;
    if (t->outbox_count == t->outbox_room) {
        t->outbox_room = t->outbox_room ? 2 * t->outbox_room : 16;
        t->outbox = reallocate(t->outbox, t->outbox_room * sizeof *t->outbox);
    }
    ASSERT(t->outbox_count < t->outbox_room);
    ASSERT(b->references > 0);
    b->references++;
    t->outbox[t->outbox_count++] = (struct parcel){n, to, b};
    return true;
}

static const struct model_cpu *cpu_of(const struct sim *s, const struct sim_thread *t)
{
    return s->node[t->node]->cpu;
}

static bool sleeps(const struct sim *s, const struct sim_thread *t)
{
    bool without = t->state == THREAD_WAITING || t->state == THREAD_ALONE;
    return without && s->now_ns > t->sleep_ns;
}

/* The sender to a sleeping thread must wake it up, once. */
static void wake(struct sim *s, struct sim_thread *t, struct sim_thread *by)
{
    ASSERT(t != by);
    if (t->wake_charged || !sleeps(s, t)) return;
    t->wake_charged = true;
    by->overhead_ns += s->model->host.rouse_ns;
}

/* Sends the messages of the round so far, unless their sender has crashed meanwhile. */
static void flush(struct sim *s, struct sim_thread *t)
{
    for (uint32_t i = 0; i < t->outbox_count; i++) {
        struct parcel *p = &t->outbox[i];
        if (s->now_ns < p->from->crash_ns) {
            wake(s, s->node[p->to]->thread, t);
            network_send(p->from, p->to, p->buffer, s->now_ns);
        }
        pool_release(&s->pool, p->buffer);
    }
    t->outbox_count = 0;
    t->flushed_ns = s->now_ns;
}

static void begin_round(struct sim *s, struct sim_thread *t)
{
    flush(s, t);
    uint32_t most = s->model->host.batch ? s->model->host.batch : 1;
    t->round_left = t->fifo.count < most ? t->fifo.count : most;
    ASSERT(t->outbox_count == 0);
    ASSERT(t->round_left <= t->fifo.count);
}

/* ---- waiting --------------------------------------------------------------------------------- */

/* As on the real wires: the spin time halves after an unsuccessful spin, down to 0; it returns to
 * its maximum after a sleep so short that spinning would have sufficed. */
static void end_sleep(const struct sim *s, struct sim_thread *t)
{
    ASSERT(s->now_ns >= t->sleep_ns);
    uint64_t longest_ns = cpu_of(s, t)->spin_ns;
    uint64_t slept_ns = s->now_ns - t->sleep_ns;
    t->spin_ns = t->spin_ns / 2 < longest_ns / SPIN_SHARE_MIN ? 0 : t->spin_ns / 2;
    if (slept_ns < longest_ns) t->spin_ns = longest_ns;
    t->overhead_ns += cpu_of(s, t)->wake_ns;
}

/* It has a core and an event. */
static void end_wait(const struct sim *s, struct sim_thread *t)
{
    if (!t->waits) return;
    t->waits = false;
    t->wake_charged = false;
    t->overhead_ns += cpu_of(s, t)->resume_ns;
    if (t->slept) end_sleep(s, t);
    t->slept = false;
}

/* ---- the run queue --------------------------------------------------------------------------- */

static void line_up(struct shared_host *h, struct sim_thread *t)
{
    ASSERT(t->state != THREAD_IN_LINE);
    t->state = THREAD_IN_LINE;
    t->next = NULL;
    if (h->first)
        h->last->next = t;
    else
        h->first = t;
    h->last = t;
}

static void give_core(struct shared_host *h, const struct sim_thread *t, uint64_t at_ns)
{
    ASSERT(h->core[t->core].thread == t);
    h->core[t->core] = (struct shared_core){.idle_ns = at_ns};
}

/* May a thread take that free core? Its own, or if it was just woken up; another only after that
 * has idled for host.move. */
static bool may_take(const struct sim *s, const struct sim_thread *t, uint32_t core)
{
    uint64_t move_ns = s->model->host.move_ns;
    return core == t->core || t->slept || move_ns == 0 ||
           s->now_ns > s->shared->core[core].idle_ns + move_ns;
}

/* Does a thread in the run queue want this core? */
static bool is_wanted(const struct sim *s, uint32_t core)
{
    for (const struct sim_thread *t = s->shared->first; t; t = t->next)
        if (t->core == core || s->model->host.move_ns == 0) return true;
    return false;
}

/* For a thread in the run queue: the core where it ran last, if that is free; else a free one; else
 * that of a thread which spins alone, and is queued instead. */
static bool find_core(struct sim *s, struct sim_thread *t)
{
    ASSERT(t->state == THREAD_IN_LINE);
    ASSERT(t->core < s->shared->cores);
    struct shared_host *h = s->shared;
    if (!h->core[t->core].thread) return true;
    for (uint32_t core = 0; core < h->cores; core++) {
        if (h->core[core].thread || !may_take(s, t, core)) continue;
        t->core = core;
        return true;
    }
    for (uint32_t core = 0; core < h->cores; core++) {
        struct sim_thread *other = h->core[core].thread;
        bool near = core == t->core || s->model->host.move_ns == 0;
        if (!near || !other || other->state != THREAD_ALONE) continue;
        line_up(h, other);
        t->core = core;
        return true;
    }
    return false;
}

/* Threads whose spin time has ended release their cores. */
static void settle(struct sim *s)
{
    struct shared_host *h = s->shared;
    for (uint32_t i = 0; i < h->cores; i++) {
        struct sim_thread *t = h->core[i].thread;
        if (!t || t->state != THREAD_ALONE || !sleeps(s, t)) continue;
        t->state = THREAD_WAITING;
        give_core(h, t, t->sleep_ns);
    }
}

static void run_until(struct sim *s, struct sim_thread *t, uint64_t end_ns)
{
    ASSERT(end_ns > s->now_ns);
    t->state = THREAD_RUNNING;
    sim_push_own(s, EVENT_THREAD, t->node, end_ns);
}

/* ---- threads --------------------------------------------------------------------------------- */

/* It has a core and no event. True: it keeps the core. */
static bool wait_on(struct sim *s, struct sim_thread *t)
{
    ASSERT(t->fifo.count == 0);
    ASSERT(t->waits);
    struct shared_host *h = s->shared;
    t->state = THREAD_WAITING;
    if (s->model->host.switch_ns == 0) return false;
    if (s->now_ns >= t->sleep_ns) {
        t->sleep_ns = s->now_ns;
        return false;
    }
    if (!is_wanted(s, t->core)) {
        t->state = THREAD_ALONE;
        return true;
    }
    line_up(h, t);
    return false;
}

static void begin_wait(struct sim *s, struct sim_thread *t)
{
    ASSERT(t->fifo.count == 0);
    ASSERT(t->spin_ns <= cpu_of(s, t)->spin_ns);
    t->waits = true;
    t->sleep_ns = s->now_ns + t->spin_ns;
    t->overhead_ns = 0;
}

/* The FIFO is empty; a last poll takes time. */
static bool look(struct sim *s, struct sim_thread *t)
{
    ASSERT(t->fifo.count == 0);
    ASSERT(t->outbox_count == 0);
    uint64_t look_ns = t->overhead_ns + (t->polled ? 0 : s->model->host.look_ns);
    if (look_ns == 0) return false;
    s->node[t->node]->stats.cpu_busy_ns += t->overhead_ns;
    t->overhead_ns = 0;
    t->polled = true;
    run_until(s, t, s->now_ns + look_ns);
    return true;
}

/* Begins the next handler of a thread that has a core, or polls, or waits. False: the core is not
 * needed. */
static bool proceed(struct sim *s, struct sim_thread *t)
{
    struct event e;
    while (t->fifo.count > 0) {
        struct sim_node *n = sim_event_node(s, &t->fifo.event[t->fifo.first]);
        uint64_t begin_ns = sim_awake(n, s->now_ns);
        if (begin_ns > s->now_ns) {
            t->state = THREAD_PAUSED;
            sim_push_own(s, EVENT_THREAD, t->node, begin_ns);
            return false;
        }
        end_wait(s, t);
        if (t->round_left == 0)
            begin_round(s, t);
        else if (s->now_ns - t->flushed_ns >= FLUSH_NS)
            flush(s, t);
        ASSERT(t->round_left > 0);
        ASSERT(t->round_left <= t->fifo.count);
        t->round_left--;
        sim_fifo_pop(&t->fifo, &e);
        if (!sim_place(s, n, &e, begin_ns + t->overhead_ns)) continue;
        n->stats.cpu_busy_ns += t->overhead_ns;
        t->overhead_ns = 0;
        t->polled = false;
        t->state = THREAD_RUNNING;
        if (n->two_events) {
            n->head = e;
            n->serving = true;
            sim_push_own(s, EVENT_SERVICE, n->transport.self, n->local_ns);
        } else {
            sim_handle(s, n, &e);
            shared_handled(s, n);
        }
        return true;
    }
    flush(s, t);
    if (!t->waits) {
        if (look(s, t)) return true;
        begin_wait(s, t);
    }
    return wait_on(s, t);
}

static uint64_t switch_time(const struct sim *s, const struct sim_thread *t)
{
    const struct shared_core *c = &s->shared->core[t->core];
    bool idles = !c->thread && c->idle_ns < s->now_ns;
    return s->model->host.switch_ns + (idles ? s->model->host.idle_ns : 0);
}

static void take_core(struct sim *s, struct sim_thread *t)
{
    ASSERT(t->state == THREAD_IN_LINE);
    ASSERT(t->core < s->shared->cores);
    uint64_t switch_ns = switch_time(s, t);
    s->shared->core[t->core].thread = t;
    t->slice_end_ns = s->now_ns + switch_ns + s->model->host.slice_ns;
    t->begins = switch_ns > 0;
    if (switch_ns)
        run_until(s, t, s->now_ns + switch_ns);
    else if (!proceed(s, t))
        give_core(s->shared, t, s->now_ns);
}

/* Dequeues the first thread of the run queue for which there is a core. */
static struct sim_thread *dequeue(struct sim *s)
{
    struct shared_host *h = s->shared;
    for (struct sim_thread *t = h->first, *before = NULL; t; before = t, t = t->next) {
        if (!find_core(s, t)) continue;
        *(before ? &before->next : &h->first) = t->next;
        if (h->last == t) h->last = before;
        return t;
    }
    return NULL;
}

/* How many threads run on that core or wait for it; *last: the last in the queue. */
static uint32_t threads_at(const struct shared_host *h, uint32_t core, struct sim_thread **last)
{
    uint32_t count = h->core[core].thread != NULL;
    for (struct sim_thread *t = h->first; t; t = t->next) {
        if (t->core != core) continue;
        count++;
        *last = t;
    }
    return count;
}

/* Periodically moves a thread from a core with at least two threads more than another. */
static void balance(struct sim *s)
{
    struct shared_host *h = s->shared;
    if (s->model->host.move_ns == 0 || s->now_ns < h->balance_ns) return;
    h->balance_ns = s->now_ns + BALANCE_MOVES * s->model->host.move_ns;
    for (uint32_t from = 0; from < h->cores; from++)
        for (uint32_t to = 0; to < h->cores; to++) {
            struct sim_thread *moved = NULL, *other;
            uint32_t many = threads_at(h, from, &moved);
            if (moved && many > threads_at(h, to, &other) + 1) moved->core = to;
        }
}

static void dispatch(struct sim *s)
{
    settle(s);
    balance(s);
    for (struct sim_thread *t; (t = dequeue(s));) take_core(s, t);
}

void shared_enter(struct sim *s, struct sim_node *n, const struct event *e)
{
    struct sim_thread *t = n->thread;
    sim_fifo_push(&t->fifo, e);
    bool slept = sleeps(s, t);
    if (t->state == THREAD_ALONE && !slept) {
        if (!proceed(s, t)) give_core(s->shared, t, s->now_ns);
    } else if (t->state == THREAD_ALONE || t->state == THREAD_WAITING) {
        if (t->state == THREAD_ALONE) give_core(s->shared, t, t->sleep_ns);
        t->slept = slept;
        line_up(s->shared, t);
    }
    dispatch(s);
}

void shared_handled(struct sim *s, struct sim_node *n)
{
    sim_push_own(s, EVENT_THREAD, n->thread->node, n->local_ns);
}

void shared_event(struct sim *s, const struct event *e)
{
    struct shared_host *h = s->shared;
    struct sim_thread *t = sim_event_node(s, e)->thread;
    if (t->state == THREAD_PAUSED) {
        ASSERT(t->fifo.count > 0);
        line_up(h, t);
    } else {
        ASSERT(t->state == THREAD_RUNNING);
        if (t->round_left == 0) flush(s, t);
        bool more = t->fifo.count > 0 && !t->begins;
        bool others = more && s->now_ns >= t->slice_end_ns && is_wanted(s, t->core);
        t->begins = false;
        if (!others && proceed(s, t)) return;
        give_core(h, t, s->now_ns);
        if (others) line_up(h, t);
    }
    dispatch(s);
}
