/* bench_kernel.c - the simulator against a bare 4-ary heap with the same workload: prints, never
 * fails.
 *
 * W1 (hold): N pending events; fire the earliest, reschedule it an exponential time (mean 1 ms)
 * later. In the simulator an event is a timer of a node, which sets it again; a node has 16 of
 * them. W2 (messages): 100 nodes, 1000 messages in flight. A message takes 2 us + Exp(3 us) to a
 * random node, waits in its FIFO, is served in 300 ns + Exp(200 ns) and sent on; 64 B payload,
 * written and read. The simulator once with two events per message (arrived, served), once with
 * one.
 *
 * The bare program has no interface, no faults, no costs, no message sizes: an array of nodes, a
 * heap of events, a free list of payloads. Both draw from the same tables and with the same
 * generator, and both order events by (time, source, sequence). Runs alternate; medians. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/random.h"
#include "sim/sim.h"

enum {
    RUNS = 5,
    W2_NODES = 100,
    W2_MESSAGES = 1000,
    W2_PAYLOAD = 64,
    W2_COUNT = 2000000,
    NAME_BYTES = 16,
};

static const char bench_model[] = "link.latency = exponential 2us mean 3us\n"
                                  "link.loopback = exponential 2us mean 3us\n";

static struct distribution hold, travel, service;

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- the bare program ---------------------------------------------------------------------------
 */

struct bare_event {
    uint64_t time_ns;
    uint64_t order; /* source << 40 | sequence */
    uint32_t node;
    uint32_t item; /* payload and kind */
};

struct heap {
    struct bare_event *event;
    uint32_t count;
};

static inline unsigned __int128 key(const struct bare_event *e)
{
    return (unsigned __int128)e->time_ns << 64 | e->order;
}

static inline void heap_push(struct heap *h, struct bare_event e)
{
    uint32_t at = h->count++;
    for (; at > 0 && key(&e) < key(&h->event[(at - 1) / 4]); at = (at - 1) / 4)
        h->event[at] = h->event[(at - 1) / 4];
    h->event[at] = e;
}

/* The smallest of the children of `at`, 0 if there is none. Without branches where there are four.
 */
static inline uint32_t heap_child(const struct heap *h, uint32_t at)
{
    uint32_t first = 4 * at + 1;
    if (first + 4 <= h->count) {
        unsigned __int128 k[4];
        for (uint32_t i = 0; i < 4; i++) k[i] = key(&h->event[first + i]);
        uint32_t low = k[1] < k[0], high = 2 + (k[3] < k[2]);
        unsigned __int128 low_key = k[1] < k[0] ? k[1] : k[0];
        unsigned __int128 high_key = k[3] < k[2] ? k[3] : k[2];
        return first + (high_key < low_key ? high : low);
    }
    uint32_t least = first < h->count ? first : 0;
    for (uint32_t i = first + 1; i < h->count; i++)
        if (key(&h->event[i]) < key(&h->event[least])) least = i;
    return least;
}

static inline struct bare_event heap_pop(struct heap *h)
{
    struct bare_event top = h->event[0], last = h->event[--h->count];
    uint32_t at = 0;
    for (uint32_t child; (child = heap_child(h, at)) && key(&h->event[child]) < key(&last);) {
        h->event[at] = h->event[child];
        at = child;
    }
    h->event[at] = last;
    return top;
}

static double bare_w1(uint32_t pending, uint32_t count)
{
    struct heap h = {malloc((pending + 1) * sizeof *h.event), 0};
    struct random *random = malloc(pending * sizeof *random);
    assert(h.event && random);
    for (uint32_t i = 0; i < pending; i++) {
        random[i] = (struct random){hash_mix(i)};
        heap_push(&h, (struct bare_event){1 + distribution_draw(&hold, &random[i]),
                                          (uint64_t)i << 40, i, 0});
    }
    double begin_ns = cpu_ns();
    for (uint32_t i = 0; i < count; i++) {
        struct bare_event e = heap_pop(&h);
        e.time_ns += 1 + distribution_draw(&hold, &random[e.node]);
        e.order++;
        heap_push(&h, e);
    }
    double spent_ns = cpu_ns() - begin_ns;
    free(h.event);
    free(random);
    return spent_ns / count;
}

struct bare_node {
    struct random link, service, choice;
    uint64_t order;
    uint64_t payload_hash;
    uint32_t waiting[2 * W2_MESSAGES]; /* FIFO: a ring of payloads */
    uint32_t first, count;
};

struct bare_world {
    struct heap heap;
    struct bare_node node[W2_NODES];
    struct {
        uint64_t word[W2_PAYLOAD / 8];
    } payload[2 * W2_MESSAGES];
    uint32_t free_payload[2 * W2_MESSAGES], free_count;
};

enum { BARE_SERVED = 1 << 30 };

static void bare_send(struct bare_world *w, uint32_t from, uint64_t now_ns)
{
    struct bare_node *n = &w->node[from];
    uint32_t payload = w->free_payload[--w->free_count];
    for (int i = 0; i < W2_PAYLOAD / 8; i++) w->payload[payload].word[i] = n->order + (uint64_t)i;
    uint32_t to = (uint32_t)random_below(&n->choice, W2_NODES);
    uint64_t arrival_ns = now_ns + distribution_draw(&travel, &n->link);
    heap_push(&w->heap, (struct bare_event){arrival_ns, ++n->order, to, payload});
}

static void bare_begin(struct bare_world *w, uint32_t node, uint64_t now_ns)
{
    struct bare_node *n = &w->node[node];
    uint64_t served_ns = now_ns + distribution_draw(&service, &n->service);
    heap_push(&w->heap, (struct bare_event){served_ns, (uint64_t)node << 40, node,
                                            BARE_SERVED | n->waiting[n->first]});
}

static void bare_handle(struct bare_world *w, const struct bare_event *e)
{
    struct bare_node *n = &w->node[e->node];
    if (!(e->item & BARE_SERVED)) {
        n->waiting[(n->first + n->count) % (2 * W2_MESSAGES)] = e->item;
        if (n->count++ == 0) bare_begin(w, e->node, e->time_ns);
        return;
    }
    uint32_t payload = e->item & ~(uint32_t)BARE_SERVED;
    for (int i = 0; i < W2_PAYLOAD / 8; i++) n->payload_hash += w->payload[payload].word[i];
    w->free_payload[w->free_count++] = payload;
    n->first = (n->first + 1) % (2 * W2_MESSAGES);
    n->count--;
    bare_send(w, e->node, e->time_ns);
    if (n->count > 0) bare_begin(w, e->node, e->time_ns);
}

static double bare_w2(void)
{
    struct bare_world *w = calloc(1, sizeof *w);
    assert(w);
    w->heap.event = malloc((2 * W2_MESSAGES + W2_NODES) * sizeof *w->heap.event);
    assert(w->heap.event);
    for (uint32_t i = 0; i < 2 * W2_MESSAGES; i++) w->free_payload[w->free_count++] = i;
    for (uint32_t i = 0; i < W2_NODES; i++) {
        w->node[i].link = random_named(1, "link", "");
        w->node[i].service = random_named(i, "service", "");
        w->node[i].choice = random_named(i, "choice", "");
        w->node[i].order = (uint64_t)i << 40;
        for (uint32_t k = 0; k < W2_MESSAGES / W2_NODES; k++) bare_send(w, i, 0);
    }
    double begin_ns = cpu_ns();
    for (uint32_t served = 0; served < W2_COUNT;) {
        struct bare_event e = heap_pop(&w->heap);
        served += e.item & BARE_SERVED ? 1 : 0;
        bare_handle(w, &e);
    }
    double spent_ns = cpu_ns() - begin_ns;
    free(w->heap.event);
    free(w);
    return spent_ns / W2_COUNT;
}

/* ---- the same in the simulator, through the transport -------------------------------------------
 */

struct node {
    struct transport *t;
    struct random *choice, *service;
    uint64_t payload_hash, count;
};

static void timer_again(struct node *n, uint32_t timer)
{
    n->t->ops->timer_set(n->t, timer, 1 + distribution_draw(&hold, n->choice));
}

static void w1_init(void *node, struct transport *t)
{
    struct node *n = node;
    n->t = t;
    n->choice = t->ops->random(t, "choice");
    for (uint32_t i = 0; i < TIMERS_MAX; i++) timer_again(n, i);
}

static void w1_timer(void *node, uint32_t timer)
{
    timer_again(node, timer);
}

static void forward(struct node *n)
{
    struct message *m =
        transport_message_new(n->t, sizeof(struct message) + W2_PAYLOAD, MESSAGE_PROBE);
    uint64_t *word = (uint64_t *)(m + 1);
    n->count++;
    for (int i = 0; i < W2_PAYLOAD / 8; i++) word[i] = n->count + (uint64_t)i;
    transport_send_one(n->t, (uint32_t)random_below(n->choice, W2_NODES), m);
}

static void w2_init(void *node, struct transport *t)
{
    struct node *n = node;
    n->t = t;
    n->choice = t->ops->random(t, "choice");
    n->service = t->ops->random(t, "service");
    for (int i = 0; i < W2_MESSAGES / W2_NODES; i++) forward(n);
}

static void w2_message(void *node, struct message *m)
{
    struct node *n = node;
    const uint64_t *word = (const uint64_t *)(m + 1);
    for (int i = 0; i < W2_PAYLOAD / 8; i++) n->payload_hash += word[i];
    n->t->ops->charge(n->t, distribution_draw(&service, n->service));
    forward(n);
}

static const struct node_ops w1_ops = {.init = w1_init, .on_timer = w1_timer};
static const struct node_ops w2_ops = {.init = w2_init, .on_message = w2_message};

struct world {
    struct model *model;
    struct sim *sim;
    struct node *nodes;
};

static struct world world_create(const struct node_ops *ops, uint32_t count, bool two_events)
{
    struct error e;
    struct world w = {.model = model_parse(bench_model, "bench", &e),
                      .nodes = calloc(count, sizeof *w.nodes)};
    assert(w.model && w.nodes);
    w.sim = sim_create(&(struct sim_config){.seed = 1, .model = w.model, .two_events = two_events});
    for (uint32_t i = 0; i < count; i++) {
        char name[NAME_BYTES];
        snprintf(name, sizeof name, "n%u", i);
        sim_add_node(w.sim,
                     &(struct sim_node_config){.ops = ops, .state = &w.nodes[i], .name = name});
    }
    int started = sim_start(w.sim, &e);
    assert(started == 0);
    (void)started;
    return w;
}

static void world_destroy(struct world *w)
{
    sim_destroy(w->sim);
    model_close(w->model);
    free(w->nodes);
}

static double sim_w1(uint32_t pending, uint32_t count)
{
    struct world w = world_create(&w1_ops, pending / TIMERS_MAX, false);
    double begin_ns = cpu_ns();
    while (sim_stats(w.sim)->events < count) sim_run(w.sim, sim_now(w.sim) + 1000000, NULL);
    double spent_ns = (cpu_ns() - begin_ns) / (double)sim_stats(w.sim)->events;
    world_destroy(&w);
    return spent_ns;
}

static double sim_w2(bool two_events)
{
    struct world w = world_create(&w2_ops, W2_NODES, two_events);
    double begin_ns = cpu_ns();
    while (sim_stats(w.sim)->delivered < W2_COUNT) sim_run(w.sim, sim_now(w.sim) + 1000000, NULL);
    double spent_ns = (cpu_ns() - begin_ns) / (double)sim_stats(w.sim)->delivered;
    world_destroy(&w);
    return spent_ns;
}

/* ---- the table ----------------------------------------------------------------------------------
 */

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double median(double *values)
{
    qsort(values, RUNS, sizeof *values, compare);
    return values[RUNS / 2];
}

/* The ratio is a median over the runs, too: load on the machine slows both programs of a run. */
static void print_line(const char *what, const char *unit, double *sim, const double *bare,
                       const char *target)
{
    double ratio[RUNS], bare_sorted[RUNS];
    for (int i = 0; i < RUNS; i++) ratio[i] = sim[i] / bare[i];
    memcpy(bare_sorted, bare, sizeof bare_sorted);
    printf("%-34s %8.1f %8.1f  %-10s %6.2f  %s\n", what, median(sim), median(bare_sorted), unit,
           median(ratio), target);
}

static void bench_w1(uint32_t pending, uint32_t count)
{
    double sim[RUNS], bare[RUNS];
    for (int i = 0; i < RUNS; i++) {
        bare[i] = bare_w1(pending, count);
        sim[i] = sim_w1(pending, count);
    }
    char what[64];
    snprintf(what, sizeof what, "W1 hold, %u timers", pending);
    print_line(what, "ns/event", sim, bare, "");
}

static void bench_w2(void)
{
    double two[RUNS], one[RUNS], bare[RUNS];
    for (int i = 0; i < RUNS; i++) {
        bare[i] = bare_w2();
        two[i] = sim_w2(true);
        one[i] = sim_w2(false);
    }
    print_line("W2 messages, two events each", "ns/message", two, bare, "<= 1.30");
    print_line("W2 messages, one event each", "ns/message", one, bare, "");
}

int main(void)
{
    struct error e;
    int parsed = distribution_parse("exponential 0 mean 1ms", &hold, &e);
    parsed |= distribution_parse("exponential 2us mean 3us", &travel, &e);
    parsed |= distribution_parse("exponential 300ns mean 200ns", &service, &e);
    assert(parsed == 0);
    (void)parsed;
    printf("%-34s %8s %8s  %-10s %6s  %s\n", "event kernel (medians of 5)", "sim", "heap", "",
           "ratio", "target");
    bench_w2();
    bench_w1(992, 2000000);
    bench_w1(10000, 2000000);
    bench_w1(1000000, 1000000);
    distribution_finish(&hold);
    distribution_finish(&travel);
    distribution_finish(&service);
    return 0;
}
