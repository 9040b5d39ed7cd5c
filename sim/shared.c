/* shared.c - the processors of a host that nodes share (see sim.h).
 *
 * Every node is a thread; all clients may be one. A thread has a FIFO of what has come to its
 * nodes, and stands in one line with others while it wants a core and has none. It works in rounds:
 * what was there when the round began, at most host.batch of it. */
#include "sim/kernel.h"

#include <stdlib.h>

enum thread_state {
    THREAD_IDLE,    /* nothing to do */
    THREAD_IN_LINE, /* wants a core */
    THREAD_RUNNING, /* has one, until its EVENT_THREAD */
    THREAD_PAUSED,  /* by a fault, until its EVENT_THREAD */
};

/* A message that leaves at the end of the round. */
struct parcel {
    struct sim_node *from;
    uint32_t to;
    struct buffer *buffer;
};

struct sim_thread {
    enum thread_state state;
    bool resumes;          /* it had nothing to do when the first of what waits came */
    bool looked;           /* for more to do, since the last handler */
    bool asleep;           /* it slept when the first of what waits came */
    uint32_t node;         /* whose number its events have */
    uint32_t core;         /* where it runs, or ran last */
    uint32_t round_left;   /* events of this round that are still to be handled */
    uint64_t overhead_ns;  /* to pay before the next handler */
    uint64_t idle_ns;      /* since then it had nothing to do */
    uint64_t slice_end_ns; /* others come first from then on */
    struct sim_fifo fifo;
    struct parcel *outbox;
    uint32_t outbox_count, outbox_room;
    struct sim_thread *next; /* in the line */
};

struct shared_host {
    struct sim_thread *thread;
    uint32_t thread_count;
    bool *taken; /* by core */
    uint32_t cores, cores_free;
    struct sim_thread *first, *last; /* the line */
};

void shared_create(struct sim *s)
{
    struct shared_host *h = calloc(1, sizeof *h);
    assert(h);
    h->cores = h->cores_free = s->model->host.cores;
    h->thread = calloc(s->node_count + 1, sizeof *h->thread);
    h->taken = calloc(h->cores, sizeof *h->taken);
    assert(h->thread && h->taken);
    struct sim_thread *clients = NULL;
    for (uint32_t i = 0; i < s->node_count; i++) {
        struct sim_node *n = s->node[i];
        bool together = n->role == SIM_CLIENT && s->model->host.clients_together;
        n->thread = together && clients ? clients : &h->thread[h->thread_count++];
        if (n->thread == clients) continue;
        n->thread->node = i;
        if (together) clients = n->thread;
    }
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
    free(h->taken);
    free(h);
}

/* ---- rounds ---------------------------------------------------------------------------------- */

bool shared_post(struct sim_node *n, uint32_t to, struct buffer *b)
{
    struct sim_thread *t = n->thread;
    if (!n->sim->model->host.batch || n->sim->node[to]->thread == t) return false;
    if (t->outbox_count == t->outbox_room) {
        t->outbox_room = t->outbox_room ? 2 * t->outbox_room : 16;
        t->outbox = realloc(t->outbox, t->outbox_room * sizeof *t->outbox);
        assert(t->outbox);
    }
    b->references++;
    t->outbox[t->outbox_count++] = (struct parcel){n, to, b};
    return true;
}

/* What the round has sent leaves, unless its sender has crashed meanwhile. */
static void end_round(struct sim *s, struct sim_thread *t)
{
    for (uint32_t i = 0; i < t->outbox_count; i++) {
        struct parcel *p = &t->outbox[i];
        if (s->now_ns < p->from->crash_ns) sim_transmit(p->from, p->to, p->buffer, s->now_ns);
        pool_release(&s->pool, p->buffer);
    }
    t->outbox_count = 0;
}

static void begin_round(struct sim *s, struct sim_thread *t, const struct model_cpu *cpu)
{
    end_round(s, t);
    uint32_t most = s->model->host.batch ? s->model->host.batch : 1;
    t->round_left = t->fifo.count < most ? t->fifo.count : most;
    if (t->resumes) t->overhead_ns += cpu->resume_ns;
    t->resumes = false;
    if (t->asleep) t->overhead_ns += cpu->wake_ns;
    t->asleep = false;
}

/* ---- threads --------------------------------------------------------------------------------- */

/* Begins the next handler of a thread that has a core, or looks for more to do. False: there is
 * none now, and the core is not needed. */
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
        if (t->round_left == 0) begin_round(s, t, n->cpu);
        t->round_left--;
        sim_fifo_pop(&t->fifo, &e);
        if (!sim_place(s, n, &e, begin_ns + t->overhead_ns)) continue;
        n->stats.cpu_busy_ns += t->overhead_ns;
        t->overhead_ns = 0;
        t->looked = false;
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
    end_round(s, t);
    if (s->model->host.look_ns && !t->looked) {
        t->looked = true;
        t->state = THREAD_RUNNING;
        sim_push_own(s, EVENT_THREAD, t->node, s->now_ns + s->model->host.look_ns);
        return true;
    }
    t->state = THREAD_IDLE;
    t->asleep = false;
    t->overhead_ns = 0;
    t->idle_ns = s->now_ns;
    return false;
}

static void line_up(struct shared_host *h, struct sim_thread *t)
{
    t->state = THREAD_IN_LINE;
    t->next = NULL;
    if (h->first)
        h->last->next = t;
    else
        h->first = t;
    h->last = t;
}

/* Threads that spin give way to each other in turn: of those on its core, half come before. */
static uint64_t turn_ns(const struct sim *s, const struct sim_thread *t)
{
    const struct shared_host *h = s->shared;
    if (s->model->host.switch_ns == 0) return 0;
    uint64_t spinning = 0;
    for (uint32_t i = 0; i < h->thread_count; i++) {
        const struct sim_thread *other = &h->thread[i];
        uint64_t spin_ns = s->node[other->node]->cpu->spin_ns;
        spinning +=
            other != t && other->state == THREAD_IDLE && s->now_ns <= other->idle_ns + spin_ns;
    }
    return s->model->host.switch_ns * spinning / (2 * h->cores);
}

/* A free core: the one where the thread ran last, if that is free. */
static void take_core(struct sim *s, struct sim_thread *t)
{
    struct shared_host *h = s->shared;
    if (h->taken[t->core])
        for (t->core = 0; h->taken[t->core];) t->core++;
    h->taken[t->core] = true;
    if (t->resumes && !t->asleep) t->overhead_ns += turn_ns(s, t);
    h->cores_free--;
    t->slice_end_ns = s->now_ns + s->model->host.slice_ns;
}

static void give_core(struct shared_host *h, const struct sim_thread *t)
{
    h->taken[t->core] = false;
    h->cores_free++;
}

/* Gives free cores to who stands first. */
static void dispatch(struct sim *s)
{
    struct shared_host *h = s->shared;
    while (h->first && h->cores_free > 0) {
        struct sim_thread *t = h->first;
        h->first = t->next;
        take_core(s, t);
        if (!proceed(s, t)) give_core(h, t);
    }
}

void shared_enter(struct sim *s, struct sim_node *n, const struct event *e)
{
    struct sim_thread *t = n->thread;
    sim_fifo_push(&t->fifo, e);
    if (t->state != THREAD_IDLE) return;
    t->resumes = true;
    t->asleep = s->now_ns > t->idle_ns + n->cpu->spin_ns;
    line_up(s->shared, t);
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
        line_up(h, t);
    } else {
        assert(t->state == THREAD_RUNNING);
        if (t->round_left == 0) end_round(s, t);
        bool others = h->first && t->fifo.count > 0 && s->now_ns >= t->slice_end_ns;
        if (!others && proceed(s, t)) return;
        give_core(h, t);
        if (others) line_up(h, t);
    }
    dispatch(s);
}
