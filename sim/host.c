/* host.c - the processors of a host that nodes share (see sim.h).
 *
 * Every node is a thread; all clients may be one. A thread has a FIFO of what has come to its
 * nodes, and stands in one line with others while it wants a core and has none. */
#include "sim/kernel.h"

#include <stdlib.h>

enum thread_state {
    THREAD_IDLE,    /* nothing to do */
    THREAD_IN_LINE, /* wants a core */
    THREAD_RUNNING, /* has one, until its EVENT_THREAD */
    THREAD_PAUSED,  /* by a fault, until its EVENT_THREAD */
};

struct sim_thread {
    enum thread_state state;
    bool asleep;           /* it slept when the first of what waits came */
    uint32_t node;         /* whose number its events have */
    uint64_t idle_ns;      /* since then it had nothing to do */
    uint64_t slice_end_ns; /* others come first from then on */
    struct sim_fifo fifo;
    struct sim_thread *next; /* in the line */
};

struct sim_host {
    struct sim_thread *thread;
    uint32_t thread_count;
    uint32_t cores_free;
    struct sim_thread *first, *last; /* the line */
};

void host_create(struct sim *s)
{
    struct sim_host *h = calloc(1, sizeof *h);
    assert(h);
    h->thread = calloc(s->node_count + 1, sizeof *h->thread);
    assert(h->thread);
    h->cores_free = s->model->host.cores;
    struct sim_thread *clients = NULL;
    for (uint32_t i = 0; i < s->node_count; i++) {
        struct sim_node *n = s->node[i];
        bool together = n->role == SIM_CLIENT && s->model->host.clients_together;
        n->thread = together && clients ? clients : &h->thread[h->thread_count++];
        if (n->thread == clients) continue;
        n->thread->node = i;
        if (together) clients = n->thread;
    }
    s->host = h;
}

void host_destroy(struct sim_host *h)
{
    if (!h) return;
    for (uint32_t i = 0; i < h->thread_count; i++) free(h->thread[i].fifo.event);
    free(h->thread);
    free(h);
}

static void line_up(struct sim_host *h, struct sim_thread *t)
{
    t->state = THREAD_IN_LINE;
    t->next = NULL;
    if (h->first)
        h->last->next = t;
    else
        h->first = t;
    h->last = t;
}

/* Begins the next handler of a thread that has a core. False: there is none now, and the core is
 * not needed. */
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
        sim_fifo_pop(&t->fifo, &e);
        uint64_t wake_ns = t->asleep ? n->cpu->wake_ns : 0;
        if (!sim_place(s, n, &e, begin_ns + wake_ns)) continue;
        n->stats.cpu_busy_ns += wake_ns;
        t->asleep = false;
        t->state = THREAD_RUNNING;
        if (n->two_events) {
            n->head = e;
            n->serving = true;
            sim_push_own(s, EVENT_SERVICE, n->transport.self, n->local_ns);
        } else {
            sim_handle(s, n, &e);
            host_handled(s, n);
        }
        return true;
    }
    t->state = THREAD_IDLE;
    t->asleep = false;
    t->idle_ns = s->now_ns;
    return false;
}

/* Gives free cores to who stands first. */
static void dispatch(struct sim *s)
{
    struct sim_host *h = s->host;
    while (h->first && h->cores_free > 0) {
        struct sim_thread *t = h->first;
        h->first = t->next;
        t->slice_end_ns = s->now_ns + s->model->host.slice_ns;
        if (proceed(s, t)) h->cores_free--;
    }
}

void host_enter(struct sim *s, struct sim_node *n, const struct event *e)
{
    struct sim_thread *t = n->thread;
    sim_fifo_push(&t->fifo, e);
    if (t->state != THREAD_IDLE) return;
    t->asleep = s->now_ns > t->idle_ns + n->cpu->spin_ns;
    line_up(s->host, t);
    dispatch(s);
}

void host_handled(struct sim *s, struct sim_node *n)
{
    sim_push_own(s, EVENT_THREAD, n->thread->node, n->local_ns);
}

void host_event(struct sim *s, const struct event *e)
{
    struct sim_host *h = s->host;
    struct sim_thread *t = sim_event_node(s, e)->thread;
    if (t->state == THREAD_PAUSED) {
        line_up(h, t);
    } else {
        assert(t->state == THREAD_RUNNING);
        bool others = h->first && t->fifo.count > 0 && s->now_ns >= t->slice_end_ns;
        if (!others && proceed(s, t)) return;
        h->cores_free++;
        if (others) line_up(h, t);
    }
    dispatch(s);
}
