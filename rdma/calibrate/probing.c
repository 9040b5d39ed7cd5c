/* probing.c - probe nodes that measure a transport (probing.h). */
#include "rdma/calibrate/probing.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "rdma/calibrate/thread_cluster.h"

enum {
    FLOOD_WINDOW = 128, /* messages under way */
    FLOOD_ACK = 32,     /* one acknowledgement for this many */
    ACK_BYTES = 24,
    TIMER_START = 0,
};

/* Between hops: for spinning, and for sleeping. */
#define SHORT_NS UINT64_C(10000)
#define LONG_NS UINT64_C(300000)

struct probing;

struct prober {
    struct probing *probing;
    struct transport *t;
    uint32_t self;
    uint64_t sent, received, acknowledged;
    uint64_t started_ns; /* of the operation under way */
    _Alignas(8) uint64_t memory[2];
};

struct probing {
    struct members members;
    uint32_t of_node[PROBING_MEMBERS_MAX];
    struct prober prober[PROBING_MEMBERS_MAX];
    struct thread_cluster *cluster;
    struct samples *samples; /* written by one member only */
    uint32_t bytes;
    uint64_t pause_ns;
    enum probing_operation operation;
    atomic_bool begun, done;
};

struct probe {
    struct message m;
    uint64_t sent_ns;
};

uint64_t samples_quantile(const struct samples *s, double share)
{
    return s->count ? s->ns[(uint32_t)(share * (s->count - 1))] : 0;
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void note(struct prober *p, uint64_t ns)
{
    struct samples *s = p->probing->samples;
    if (s->count == 0) atomic_store(&p->probing->begun, true);
    if (s->count < PROBING_SAMPLES_MAX) s->ns[s->count++] = ns;
    if (s->count == PROBING_SAMPLES_MAX) atomic_store(&p->probing->done, true);
}

/* Handlers read no clock: now() is the host's last reading. */
static uint64_t look(const struct prober *p)
{
    (void)p;
    return clock_now();
}

static void send_probe(struct prober *p, uint32_t to, uint32_t bytes)
{
    struct message *m = transport_message_new(p->t, bytes, MESSAGE_PROBE);
    ((struct probe *)(void *)m)->sent_ns = look(p);
    transport_send_one(p->t, to, m);
}

static void ignore_message(void *node, struct message *m)
{
    (void)node;
    (void)m;
}

static void ignore_completion(void *node, uint64_t cookie, enum completion how)
{
    (void)node;
    (void)cookie;
    (void)how;
}

static void ignore_peer(void *node, uint32_t peer, bool up)
{
    (void)node;
    (void)peer;
    (void)up;
}

/* ---- the frame ------------------------------------------------------------------------------ */

static struct probing *probing_create(const struct fabric_kind *kind, uint32_t members,
                                      const struct node_ops *ops, struct samples *samples,
                                      struct error *e)
{
    ASSERT(members <= PROBING_MEMBERS_MAX);
    struct probing *g = allocate_zeroed(1, sizeof *g);
    g->members = (struct members){members, members, g->of_node};
    for (uint32_t i = 0; i < members; i++) g->of_node[i] = i;
    g->samples = samples;
    if (samples) samples->count = 0;
    g->cluster = thread_cluster_create(kind, &g->members, e);
    if (!g->cluster) {
        free(g);
        return NULL;
    }
    for (uint32_t i = 0; i < members; i++) {
        g->prober[i].probing = g;
        g->prober[i].self = i;
        thread_cluster_add_node(g->cluster, i, ops, &g->prober[i]);
    }
    return g;
}

static void probing_destroy(struct probing *g)
{
    if (g->samples) qsort(g->samples->ns, g->samples->count, sizeof(uint64_t), compare);
    thread_cluster_destroy(g->cluster);
    free(g);
}

static int probing_end(struct probing *g, struct error *e)
{
    bool none = g->samples && g->samples->count == 0;
    probing_destroy(g);
    return none ? error_set(e, "nothing was received in the time given") : 0;
}

/* ---- hops ----------------------------------------------------------------------------------- */

static void hops_init(void *node, struct transport *t)
{
    struct prober *p = node;
    p->t = t;
    if (p->self == 0) t->ops->timer_set(t, TIMER_START, 1000000);
}

static void hops_pass_on(void *node, uint32_t timer)
{
    (void)timer;
    struct prober *p = node;
    /* To a random member: a fixed order would favour round-robin scheduling. */
    uint32_t others = p->probing->members.count - 1;
    uint64_t step = 1 + random_below(p->t->ops->random(p->t, "hops"), others);
    send_probe(p, (uint32_t)((p->self + step) % (others + 1)), p->probing->bytes);
}

/* Node 1 takes the samples. */
static void hops_message(void *node, struct message *m)
{
    struct prober *p = node;
    if (p->self == 1) note(p, look(p) - ((const struct probe *)(const void *)m)->sent_ns);
    if (p->self == 0 && p->probing->pause_ns)
        p->t->ops->timer_set(p->t, TIMER_START, p->probing->pause_ns);
    else
        hops_pass_on(p, 0);
}

static const struct node_ops hops_ops = {hops_init,   hops_message, hops_pass_on, ignore_completion,
                                         ignore_peer, NULL,         NULL};

int probing_hops(const struct fabric_kind *kind, uint32_t members, uint32_t bytes,
                 uint64_t pause_ns, uint64_t most_ns, struct samples *out, struct error *e)
{
    struct probing *g = probing_create(kind, members, &hops_ops, out, e);
    if (!g) return -1;
    g->bytes = bytes;
    g->pause_ns = pause_ns;
    thread_cluster_run(g->cluster, &g->begun, &g->done, most_ns);
    return probing_end(g, e);
}

/* The first member's work for each hop, and the second's waiting. */
static int measure_pauses(const struct fabric_kind *kind, uint64_t pause_ns, uint64_t most_ns,
                          double *work_ns, double *wait_ns, struct error *e)
{
    struct samples *samples = allocate(sizeof *samples);
    struct probing *g = probing_create(kind, 2, &hops_ops, samples, e);
    if (g) {
        g->pause_ns = pause_ns;
        g->bytes = sizeof(struct probe);
        thread_cluster_gather(g->cluster);
        thread_cluster_run(g->cluster, &g->begun, &g->done, most_ns);
        const struct metered *first = thread_cluster_meter(g->cluster, 0),
                             *second = thread_cluster_meter(g->cluster, 1);
        *work_ns = (double)first->work_ns / (double)(samples->count + 1);
        *wait_ns = (double)second->wait_cpu_ns / (double)(second->waits + 1);
    }
    int status = g ? probing_end(g, e) : -1;
    free(samples);
    return status;
}

/* The handlers are the same, and the work without sleeping is subtracted. */
int probing_wakes(const struct fabric_kind *kind, uint64_t most_ns, struct wakes *out,
                  struct error *e)
{
    double spun_ns, slept_ns, spin_ns;
    if (measure_pauses(kind, SHORT_NS, most_ns / 2, &spun_ns, &spin_ns, e) < 0) return -1;
    if (measure_pauses(kind, LONG_NS, most_ns / 2, &slept_ns, &out->sleep_ns, e) < 0) return -1;
    out->rouse_ns = slept_ns > spun_ns ? slept_ns - spun_ns : 0;
    return 0;
}

/* ---- flood ---------------------------------------------------------------------------------- */

static void flood_send(struct prober *p)
{
    while (p->sent - p->acknowledged < FLOOD_WINDOW) {
        p->sent++;
        send_probe(p, 1, p->probing->bytes);
    }
}

static void flood_timer(void *node, uint32_t timer)
{
    (void)timer;
    flood_send(node);
}

static void flood_message(void *node, struct message *m)
{
    (void)m;
    struct prober *p = node;
    if (p->self == 0) {
        p->acknowledged += FLOOD_ACK;
        flood_send(p);
        return;
    }
    if (p->received == 0) atomic_store(&p->probing->begun, true);
    if (++p->received % FLOOD_ACK == 0) send_probe(p, 0, ACK_BYTES);
}

int probing_flood(const struct fabric_kind *kind, uint32_t bytes, uint64_t most_ns,
                  struct flood *out, struct error *e)
{
    static const struct node_ops ops = {hops_init,   flood_message, flood_timer, ignore_completion,
                                        ignore_peer, NULL,          NULL};
    struct probing *g = probing_create(kind, 2, &ops, NULL, e);
    if (!g) return -1;
    g->bytes = bytes;
    uint64_t began_ns = clock_now();
    thread_cluster_run(g->cluster, &g->begun, &g->done, most_ns);
    *out = (struct flood){
        .messages = g->prober[1].received,
        .seconds = (double)(clock_now() - began_ns) / 1e9,
        .send_work_ns = thread_cluster_meter(g->cluster, 0)->work_ns,
        .receive_work_ns = thread_cluster_meter(g->cluster, 1)->work_ns,
    };
    probing_destroy(g);
    return out->messages ? 0 : error_set(e, "nothing was received in the time given");
}

/* ---- one-sided ------------------------------------------------------------------------------ */

static void one_sided_init(void *node, struct transport *t)
{
    struct prober *p = node;
    p->t = t;
    if (p->self == 0) {
        t->ops->timer_set(t, TIMER_START, 10000000);
        return;
    }
    t->ops->region_register(t, 0, p->memory, sizeof p->memory);
    t->ops->region_grant(t, 0, (const uint32_t[]){0}, 1);
}

static void one_sided_issue(void *node, uint32_t timer)
{
    (void)timer;
    struct prober *p = node;
    struct remote place = {.node = 1};
    p->started_ns = look(p);
    switch (p->probing->operation) {
    case PROBING_WRITE:
        p->t->ops->write(p->t, place, p->memory, 8, 0);
        return;
    case PROBING_READ:
        p->t->ops->read(p->t, place, p->memory, 8, 0);
        return;
    case PROBING_SWAP:
        p->t->ops->compare_and_swap(p->t, place, 0, 0, p->memory, 0);
    }
}

static void one_sided_completion(void *node, uint64_t cookie, enum completion how)
{
    (void)cookie;
    struct prober *p = node;
    if (how == COMPLETION_OK) note(p, look(p) - p->started_ns);
    one_sided_issue(p, 0);
}

int probing_one_sided(const struct fabric_kind *kind, enum probing_operation operation,
                      uint64_t most_ns, struct samples *out, struct error *e)
{
    static const struct node_ops ops = {one_sided_init,
                                        ignore_message,
                                        one_sided_issue,
                                        one_sided_completion,
                                        ignore_peer,
                                        NULL,
                                        NULL};
    struct probing *g = probing_create(kind, 2, &ops, out, e);
    if (!g) return -1;
    g->operation = operation;
    thread_cluster_run(g->cluster, &g->begun, &g->done, most_ns);
    return probing_end(g, e);
}

/* ---- timers --------------------------------------------------------------------------------- */

static void timers_init(void *node, struct transport *t)
{
    struct prober *p = node;
    p->t = t;
    if (p->self == 0) t->ops->timer_set(t, TIMER_START, 1);
}

static void timers_fire(void *node, uint32_t timer)
{
    struct prober *p = node;
    if (p->sent++ == 0) atomic_store(&p->probing->begun, true);
    p->t->ops->timer_set(p->t, timer, 1);
}

int probing_timers(const struct fabric_kind *kind, uint64_t most_ns, double *ns_each,
                   struct error *e)
{
    static const struct node_ops ops = {timers_init, ignore_message, timers_fire, ignore_completion,
                                        ignore_peer, NULL,           NULL};
    struct probing *g = probing_create(kind, 2, &ops, NULL, e);
    if (!g) return -1;
    thread_cluster_run(g->cluster, &g->begun, &g->done, most_ns);
    uint64_t fired = g->prober[0].sent;
    *ns_each = fired ? (double)thread_cluster_meter(g->cluster, 0)->work_ns / (double)fired : 0;
    probing_destroy(g);
    return 0;
}
