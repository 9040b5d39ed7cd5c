/* test_sim_determinism.c - a run is a function of its seed: equal when repeated, equal with one
 * event per message or two, and unchanged by idle nodes.
 *
 * The workload is random: nodes use random operations at random times, with all costs modelled and
 * all faults injected. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/sim.h"
#include "tests/lib/harness.h"

enum { NODES = 12, TIMERS = 6, WORDS = 32, UNTIL_NS = 30000000 };

struct chaos {
    struct transport *t;
    struct random *random;
    uint64_t hash; /* over all its events */
    uint64_t handled;
    uint32_t first; /* number of the first node that is not idle */
    bool idle;
    bool has_memory; /* has registered memory, uses one-sided operations */
    uint64_t memory[WORDS];
    uint64_t target[4];
};

static void see(struct chaos *c, uint64_t what)
{
    c->handled++;
    c->hash = hash_add(hash_add(c->hash, transport_now(c->t)), what);
}

static void add_one(void *argument)
{
    ++*(uint64_t *)argument;
}

static void send_some(struct chaos *c)
{
    uint32_t to[4], count = (uint32_t)random_below(c->random, 4);
    for (uint32_t i = 0; i < count; i++)
        to[i] = c->first + (uint32_t)random_below(c->random, NODES);
    uint32_t bytes = 16 + 8 * (uint32_t)random_below(c->random, 200);
    struct message *m = transport_message_new(c->t, bytes, MESSAGE_PROBE);
    m->opaque_bytes = (uint32_t)random_below(c->random, 1000);
    c->t->ops->message_send(c->t, to, count, m);
}

/* Nodes 0 .. NODES/2 - 1 may have memory; all nodes may use it. */
static void use_memory(struct chaos *c)
{
    struct remote place = {.node = c->first + (uint32_t)random_below(c->random, NODES / 2),
                           .offset = 8 * random_below(c->random, WORDS + 1)};
    uint64_t words[4] = {c->hash, c->hash + 1, c->hash + 2, c->hash + 3};
    uint64_t *target = &c->target[random_below(c->random, 4)];
    switch (random_below(c->random, 3)) {
    case 0:
        c->t->ops->write(c->t, place, words, sizeof words, 1);
        break;
    case 1:
        c->t->ops->read(c->t, place, target, 8, 2);
        break;
    default:
        c->t->ops->compare_and_swap(c->t, place, 0, c->hash, target, 3);
    }
}

/* Runs go on until no event is left: at a given time, one event per message has already handled
 * what two events have still to serve. */
static void act(struct chaos *c)
{
    const struct transport_ops *ops = c->t->ops;
    if (transport_now(c->t) > UNTIL_NS) return;
    if (random_chance(c->random, 1, 3)) ops->charge(c->t, random_below(c->random, 20000));
    for (uint64_t i = random_below(c->random, 3); i > 0; i--) {
        uint32_t timer = (uint32_t)random_below(c->random, TIMERS);
        if (random_chance(c->random, 1, 4))
            ops->timer_cancel(c->t, timer);
        else
            ops->timer_set(c->t, timer, 1 + random_below(c->random, 300000));
    }
    send_some(c);
    if (random_chance(c->random, 1, 8))
        ops->work(c->t, add_one, &c->memory[0], random_below(c->random, 50000), 9);
    if (c->has_memory && random_chance(c->random, 1, 3)) use_memory(c);
    ops->timer_set(c->t, TIMERS, 100000); /* so that a timer is always set */
}

static void chaos_init(void *node, struct transport *t)
{
    struct chaos *c = node;
    c->t = t;
    if (c->idle) return;
    c->random = t->ops->random(t, "chaos");
    if (c->has_memory && t->self < c->first + NODES / 2) {
        t->ops->region_register(t, 0, c->memory, sizeof c->memory);
        for (uint32_t i = 0; i < NODES; i += 2)
            t->ops->region_grant(t, 0, (const uint32_t[]){c->first + i}, 1);
    }
    act(c);
}

static void chaos_message(void *node, struct message *m)
{
    struct chaos *c = node;
    see(c, (uint64_t)(m->from - c->first) << 32 | m->bytes);
    act(c);
}

static void chaos_timer(void *node, uint32_t timer)
{
    see(node, 1000 + timer);
    act(node);
}

static void chaos_completion(void *node, uint64_t cookie, enum completion how)
{
    struct chaos *c = node;
    see(c, 2000 + 10 * cookie + (uint64_t)how);
    for (int i = 0; i < 4; i++) c->hash = hash_add(c->hash, c->target[i]);
    c->hash = hash_add(c->hash, c->memory[0]);
}

static void chaos_peer(void *node, uint32_t peer, bool up)
{
    struct chaos *c = node;
    see(c, 3000 + 2 * (peer - c->first) + up);
}

static const struct node_ops chaos_ops = {chaos_init, chaos_message, chaos_timer, chaos_completion,
                                          chaos_peer, NULL,          NULL};

static const char model_text[] = "link.latency = lognormal 20us median 10us sigma 0.9\n"
                                 "link.bandwidth = 1Gbps\nlink.overhead = 60B\n"
                                 "connection.timeout = 2ms\n"
                                 "cpu.cores = 2\ncpu.receive = 3us\ncpu.send = 2us\n"
                                 "cpu.per_kib = 500ns\ncpu.timer = 300ns\n"
                                 "rdma.write = exponential 1us mean 1us\nrdma.issue = 100ns\n"
                                 "rdma.complete = 100ns\nrdma.timeout = 1ms\n";

static const char uplinks_text[] = "topology = racks 3\n"
                                   "rack.latency = exponential 30us mean 20us\n"
                                   "uplink.bandwidth = 1Gbps\nuplink.queue = drop 2kB\n";

static const char fault_text[] = "at 0 loss 3% n* n*\nat 0 reorder 5% * *\nat 0 duplicate 5% * *\n"
                                 "at 0 torn 50% * *\nat 1ms slow n1 * x8 for 5ms\n"
                                 "at 2ms pause n2,n3 for 1ms\nat 4ms cut n0,n1 n4,n5 for 4ms\n"
                                 "at 5ms cut-oneway n6 * for 300us\nat 9ms crash n7\n"
                                 "at 10ms break n8 n9 for 1ms\nat 14ms crash n2\n";

struct outcome {
    uint64_t fingerprint, handled;
    uint64_t hash[NODES];
    struct sim_stats stats;
};

struct variation {
    uint64_t seed;
    bool two_events, faults, memory, uplinks;
    bool idle_nodes; /* one before all others, one after */
};

static struct outcome run(const struct variation *v)
{
    static struct chaos nodes[NODES + 2];
    uint32_t first = v->idle_nodes;
    struct error e;
    struct outcome o = {.handled = 0};
    char text[sizeof model_text + sizeof uplinks_text];
    snprintf(text, sizeof text, "%s%s", model_text, v->uplinks ? uplinks_text : "");
    struct model *model = model_parse(text, "model", &e);
    ck_assert_msg(model != NULL, "%s", e.text);
    struct faults *faults = faults_parse(v->faults ? fault_text : "", "faults", &e);
    ck_assert_msg(faults != NULL, "%s", e.text);
    struct sim *sim = sim_create(&(struct sim_config){
        .seed = v->seed, .model = model, .faults = faults, .two_events = v->two_events});
    for (uint32_t i = 0; i < NODES + 2 * first; i++) {
        char name[16];
        bool idle = i < first || i >= first + NODES;
        nodes[i] = (struct chaos){.first = first, .idle = idle, .has_memory = v->memory};
        snprintf(name, sizeof name, idle ? "idle%u" : "n%u", idle ? i : i - first);
        sim_add_node(sim,
                     &(struct sim_node_config){
                         .ops = &chaos_ops, .state = &nodes[i], .name = name, .number = i - first});
    }
    ck_assert_msg(sim_start(sim, &e) == 0, "%s", e.text);
    sim_run(sim, UINT64_MAX, NULL);
    o.fingerprint = sim_fingerprint(sim);
    o.stats = *sim_stats(sim);
    for (uint32_t i = 0; i < NODES; i++) {
        o.hash[i] = nodes[first + i].hash;
        o.handled += nodes[first + i].handled;
    }
    sim_destroy(sim);
    faults_destroy(faults);
    model_close(model);
    return o;
}

static void expect_equal(const struct outcome *a, const struct outcome *b)
{
    for (uint32_t i = 0; i < NODES; i++) ck_assert_uint_eq(a->hash[i], b->hash[i]);
    ck_assert_uint_eq(a->handled, b->handled);
    ck_assert_uint_gt(a->handled, 10000);
    ck_assert_uint_eq(a->stats.delivered, b->stats.delivered);
    ck_assert_uint_eq(a->stats.dropped, b->stats.dropped);
    ck_assert_uint_eq(a->stats.one_sided, b->stats.one_sided);
}

START_TEST(two_runs_with_the_same_seed_are_equal)
{
    struct variation v = {(uint64_t)_i, .faults = true, .memory = true, .uplinks = _i & 1};
    struct outcome a = run(&v), b = run(&v);
    expect_equal(&a, &b);
    ck_assert_uint_eq(a.fingerprint, b.fingerprint);
    ck_assert_uint_gt(a.stats.dropped, 100);
    ck_assert_uint_gt(a.stats.one_sided, 1000);
    v.seed += 1000;
    b = run(&v);
    ck_assert_uint_ne(a.fingerprint, b.fingerprint);
}
END_TEST

START_TEST(runs_with_one_or_two_events_per_message_are_equal)
{
    struct variation folded = {(uint64_t)_i, .faults = _i & 1, .memory = _i & 2, .uplinks = _i & 4};
    struct variation apart = folded;
    apart.two_events = true;
    struct outcome a = run(&folded), b = run(&apart);
    expect_equal(&a, &b);
    ck_assert_uint_eq(a.fingerprint, b.fingerprint);
    ck_assert_uint_gt(b.stats.events, a.stats.events);
}
END_TEST

START_TEST(idle_nodes_do_not_change_a_run)
{
    struct variation v = {(uint64_t)_i, .faults = _i & 1, .memory = true, .uplinks = _i & 2};
    struct variation more = v;
    more.idle_nodes = true;
    struct outcome a = run(&v), b = run(&more);
    expect_equal(&a, &b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim determinism");
    TCase *tc = tcase_create("chaos");
    tcase_add_loop_test(tc, two_runs_with_the_same_seed_are_equal, 0, 3);
    tcase_add_loop_test(tc, runs_with_one_or_two_events_per_message_are_equal, 0, 16);
    tcase_add_loop_test(tc, idle_nodes_do_not_change_a_run, 0, 3);
    tcase_set_timeout(tc, 60);
    suite_add_tcase(suite, tc);
    return test_main(suite);
}
