/* test_sim.c - the simulator's arithmetic, story by story: when exactly things happen. */
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/harness.h"

enum { ACTORS_MAX = 8, HEARD_MAX = 64, MEMORY_WORDS = 16 };

struct actor;

struct play {
    void (*init)(struct actor *a);
    void (*message)(struct actor *a, struct message *m);
    void (*timer)(struct actor *a, uint32_t timer);
};

/* A node that writes down what it hears, and when. */
struct actor {
    const struct play *play;
    struct transport *t;
    uint32_t heard;
    struct {
        char what; /* m t c p */
        uint32_t detail;
        uint64_t at_ns;
    } log[HEARD_MAX];
    uint64_t memory[MEMORY_WORDS], seen[MEMORY_WORDS];
};

static void hear(struct actor *a, char what, uint32_t detail)
{
    ck_assert_uint_lt(a->heard, HEARD_MAX);
    a->log[a->heard].what = what;
    a->log[a->heard].detail = detail;
    a->log[a->heard++].at_ns = transport_now(a->t);
}

static void actor_init(void *node, struct transport *t)
{
    struct actor *a = node;
    a->t = t;
    if (a->play->init) a->play->init(a);
}

static void actor_message(void *node, struct message *m)
{
    struct actor *a = node;
    hear(a, 'm', m->from);
    if (a->play->message) a->play->message(a, m);
}

static void actor_timer(void *node, uint32_t timer)
{
    struct actor *a = node;
    hear(a, 't', timer);
    if (a->play->timer) a->play->timer(a, timer);
}

static void actor_completion(void *node, uint64_t cookie, enum completion how)
{
    hear(node, 'c', (uint32_t)(10 * cookie) + how);
}

static void actor_peer(void *node, uint32_t peer, bool up)
{
    hear(node, 'p', 10 * peer + up);
}

static const struct node_ops actor_ops = {actor_init, actor_message, actor_timer, actor_completion,
                                          actor_peer};

struct scene {
    struct model *model;
    struct faults *faults;
    struct sim *sim;
    struct actor *actor;
};

/* Nodes a, b, c, ... under a model and a fault script (NULL: none), started. */
static struct scene scene_begin(const struct play *play, uint32_t count, const char *model,
                                const char *faults)
{
    struct error e;
    struct scene s = {.model = model_parse(model, "model", &e)};
    ck_assert_msg(s.model != NULL, "%s", e.text);
    if (faults) s.faults = faults_parse(faults, "faults", &e);
    ck_assert_msg(!faults || s.faults, "%s", e.text);
    s.actor = calloc(count, sizeof *s.actor);
    s.sim = sim_create(&(struct sim_config){.seed = 1, .model = s.model, .faults = s.faults});
    for (uint32_t i = 0; i < count; i++) {
        char name[] = {(char)('a' + i), 0};
        s.actor[i].play = play;
        sim_add_node(s.sim, &(struct sim_node_config){.ops = &actor_ops,
                                                      .state = &s.actor[i],
                                                      .name = name,
                                                      .role = SIM_REPLICA,
                                                      .site = i});
    }
    ck_assert_msg(sim_start(s.sim, &e) == 0, "%s", e.text);
    return s;
}

static void scene_end(struct scene *s)
{
    sim_destroy(s->sim);
    faults_destroy(s->faults);
    model_close(s->model);
    free(s->actor);
}

static void expect(const struct actor *a, uint32_t index, char what, uint32_t detail,
                   uint64_t at_ns)
{
    ck_assert_uint_lt(index, a->heard);
    ck_assert_int_eq(a->log[index].what, what);
    ck_assert_uint_eq(a->log[index].detail, detail);
    ck_assert_uint_eq(a->log[index].at_ns, at_ns);
}

static void send_to(struct actor *a, uint32_t first, uint32_t last, uint32_t bytes)
{
    uint32_t to[ACTORS_MAX], count = 0;
    for (uint32_t i = first; i <= last; i++) to[count++] = i;
    a->t->ops->message_send(a->t, to, count, transport_message_new(a->t, bytes, MESSAGE_PROBE));
}

static bool is_first(const struct actor *a)
{
    return a->t->self == 0;
}

/* ---- the network --------------------------------------------------------------------------------
 */

#define LINK_10US "link.latency = constant 10us\nconnection.timeout = 1ms\n"

static void two_multicasts(struct actor *a)
{
    if (!is_first(a)) return;
    send_to(a, 1, 2, 1000);
    send_to(a, 1, 2, 200);
}

/* 1000 + 250 bytes at 1 Gb/s take 10 us, 200 + 250 take 3.6 us; each copy on its own. Connections
 * take turns: the second one to actor 1 needs twice its time, not all of what actor 2 is sent. */
START_TEST(the_nic_sends_one_copy_after_the_other)
{
    static const struct play play = {.init = two_multicasts};
    struct scene s =
        scene_begin(&play, 3, LINK_10US "link.bandwidth = 1Gbps\nlink.overhead = 250B\n", NULL);
    ck_assert(!sim_run(s.sim, UINT64_MAX, NULL));
    expect(&s.actor[1], 0, 'm', 0, 20000);
    expect(&s.actor[2], 0, 'm', 0, 30000);
    expect(&s.actor[1], 1, 'm', 0, 27200);
    expect(&s.actor[2], 1, 'm', 0, 37200);
    ck_assert_uint_eq(sim_node_stats(s.sim, 0)->messages_out, 4);
    ck_assert_uint_eq(sim_node_stats(s.sim, 0)->bytes_out, 2 * 1250 + 2 * 450);
    ck_assert_uint_eq(sim_node_stats(s.sim, 1)->messages_in, 2);
    ck_assert_uint_eq(sim_node_stats(s.sim, 1)->bytes_in, 1250 + 450);
    ck_assert_uint_eq(sim_stats(s.sim)->kind_count[MESSAGE_PROBE], 4);
    ck_assert_uint_eq(sim_stats(s.sim)->kind_bytes[MESSAGE_PROBE], 2 * 1250 + 2 * 450);
    ck_assert_uint_eq(sim_stats(s.sim)->delivered, 4);
    scene_end(&s);
}
END_TEST

static void all_to_the_first(struct actor *a)
{
    if (!is_first(a)) send_to(a, 0, 0, 1000);
}

/* Incast: four senders at once, but the receiver's NIC takes in one message in 8 us. */
START_TEST(the_nic_takes_in_one_message_at_a_time)
{
    static const struct play play = {.init = all_to_the_first};
    struct scene s = scene_begin(&play, 5, LINK_10US "link.bandwidth = 1Gbps\n", NULL);
    sim_run(s.sim, UINT64_MAX, NULL);
    for (uint32_t i = 0; i < 4; i++) expect(&s.actor[0], i, 'm', i + 1, 18000 + i * 8000);
    scene_end(&s);
}
END_TEST

static void opaque_and_own(struct actor *a)
{
    if (!is_first(a)) return;
    struct message *m = transport_message_new(a->t, 64, MESSAGE_PROBE);
    m->opaque_bytes = 936;
    transport_send_one(a->t, 1, m);
    send_to(a, 0, 0, 64);
}

START_TEST(opaque_bytes_take_time_and_own_messages_no_nic)
{
    static const struct play play = {.init = opaque_and_own};
    struct scene s = scene_begin(
        &play, 2, LINK_10US "link.bandwidth = 1Gbps\nlink.loopback = constant 2us\n", NULL);
    sim_run(s.sim, UINT64_MAX, NULL);
    expect(&s.actor[0], 0, 'm', 0, 2000);
    expect(&s.actor[1], 0, 'm', 0, 18000);
    scene_end(&s);
}
END_TEST

static void one_each(struct actor *a)
{
    if (is_first(a)) send_to(a, 1, 3, 64);
}

START_TEST(racks_and_regions_have_their_own_latencies)
{
    static const struct play play = {.init = one_each};
    struct scene s =
        scene_begin(&play, 4, LINK_10US "topology = racks 2\nrack.latency = constant 30us\n", NULL);
    sim_run(s.sim, UINT64_MAX, NULL);
    expect(&s.actor[1], 0, 'm', 0, 30000);
    expect(&s.actor[2], 0, 'm', 0, 10000);
    expect(&s.actor[3], 0, 'm', 0, 30000);
    scene_end(&s);
    s = scene_begin(&play, 4,
                    LINK_10US "topology = regions eu us ap\nregion.eu.us = constant 40ms\n"
                              "region.us.ap = constant 70ms\nregion.ap.eu = constant 90ms\n",
                    NULL);
    sim_run(s.sim, UINT64_MAX, NULL);
    expect(&s.actor[1], 0, 'm', 0, 40000000);
    expect(&s.actor[2], 0, 'm', 0, 90000000);
    expect(&s.actor[3], 0, 'm', 0, 10000);
    scene_end(&s);
}
END_TEST

/* ---- the processor ------------------------------------------------------------------------------
 */

static void charge_and_answer(struct actor *a, struct message *m)
{
    a->t->ops->charge(a->t, 5000);
    if (m->from != a->t->self && is_first(a)) send_to(a, m->from, m->from, 16);
}

/* Receiving costs 1 us, the handler 5 us, sending 2 us: the fourth message waits for three. */
START_TEST(handlers_queue_for_the_processor)
{
    static const struct play play = {.init = all_to_the_first, .message = charge_and_answer};
    struct scene s = scene_begin(&play, 4, LINK_10US "cpu.receive = 1us\ncpu.send = 2us\n", NULL);
    sim_run(s.sim, UINT64_MAX, NULL);
    for (uint32_t i = 0; i < 3; i++) {
        expect(&s.actor[0], i, 'm', i + 1, 13000 + i * 8000);
        expect(&s.actor[i + 1], 0, 'm', 0, 13000 + i * 8000 + 5000 + 2000 + 10000 + 1000);
    }
    ck_assert_uint_eq(sim_node_stats(s.sim, 0)->cpu_busy_ns, 3 * (1000 + 5000 + 2000));
    ck_assert_uint_eq(sim_node_stats(s.sim, 1)->cpu_busy_ns, 2000 + 1000 + 5000);
    scene_end(&s);
}
END_TEST

/* With two cores the next message is unpacked while a handler runs; handlers still take turns. */
START_TEST(cores_unpack_side_by_side)
{
    static const struct play play = {.init = all_to_the_first, .message = charge_and_answer};
    struct scene s = scene_begin(&play, 5, LINK_10US "cpu.receive = 4us\ncpu.cores = 2\n", NULL);
    sim_run(s.sim, UINT64_MAX, NULL);
    expect(&s.actor[0], 0, 'm', 1, 14000); /* core 1: to 19 us */
    expect(&s.actor[0], 1, 'm', 2,
           19000); /* unpacked at 14 us by core 2, which is taken to 24 us */
    expect(&s.actor[0], 2, 'm', 3, 24000); /* core 1: unpacked at 23 us */
    expect(&s.actor[0], 3, 'm', 4, 29000); /* core 2: unpacked at 28 us */
    scene_end(&s);
}
END_TEST

START_TEST(bytes_cost_processor_time)
{
    static const struct play play = {.init = all_to_the_first};
    struct scene s = scene_begin(&play, 2, LINK_10US "cpu.per_kib = 1024ns\n", NULL);
    sim_run(s.sim, UINT64_MAX, NULL);
    expect(&s.actor[0], 0, 'm', 1, 1000 + 10000 + 1000); /* 1000 bytes at both ends */
    scene_end(&s);
}
END_TEST

static void keep_moving(struct actor *a)
{
    if (is_first(a)) send_to(a, 0, 0, 16);
    a->t->ops->timer_set(a->t, 1, 100000);
}

static void move_on(struct actor *a, struct message *m)
{
    (void)m;
    a->t->ops->timer_set(a->t, 1, 100000);
    if (a->heard < 50) send_to(a, 0, 0, 16);
}

/* A timer that is moved on 50 times fires once, and has cost two events, not 51. */
START_TEST(moving_a_timer_costs_no_events)
{
    static const struct play play = {.init = keep_moving, .message = move_on};
    struct scene s = scene_begin(&play, 1, LINK_10US, NULL);
    sim_run(s.sim, UINT64_MAX, NULL);
    ck_assert_uint_eq(s.actor[0].heard, 51);
    expect(&s.actor[0], 50, 't', 1, 50 * 1000 + 100000);
    ck_assert_uint_eq(sim_stats(s.sim)->events, 50 + 2);
    scene_end(&s);
}
END_TEST

/* ---- faults of nodes ----------------------------------------------------------------------------
 */

static void multicast_at_timer(struct actor *a, uint32_t timer)
{
    if (timer == 0) send_to(a, 1, 3, 16);
}

static void timer_at_1ms(struct actor *a)
{
    if (is_first(a)) a->t->ops->timer_set(a->t, 0, 1000000);
    if (is_first(a)) a->t->ops->timer_set(a->t, 1, 3000000);
}

/* Each copy costs 2 us; the crash comes between the second and the third. */
START_TEST(a_crash_in_the_midst_of_a_multicast)
{
    static const struct play play = {.init = timer_at_1ms, .timer = multicast_at_timer};
    struct scene s = scene_begin(&play, 4, LINK_10US "cpu.send = 2us\n", "at 1005us crash a\n");
    sim_run(s.sim, UINT64_MAX, NULL);
    ck_assert_uint_eq(sim_crash_ns(s.sim, 0), 1005000);
    ck_assert_uint_eq(sim_crash_ns(s.sim, 1), UINT64_MAX);
    ck_assert_uint_eq(s.actor[0].heard, 1); /* the timer of 3 ms never comes */
    expect(&s.actor[1], 0, 'm', 0, 1012000);
    expect(&s.actor[2], 0, 'm', 0, 1014000);
    /* After connection.timeout everybody knows. */
    expect(&s.actor[1], 1, 'p', 0, 2005000);
    expect(&s.actor[3], 0, 'p', 0, 2005000);
    scene_end(&s);
}
END_TEST

START_TEST(what_arrives_before_a_crash_but_waits_is_lost)
{
    static const struct play play = {.init = all_to_the_first, .message = charge_and_answer};
    struct scene s = scene_begin(&play, 4, LINK_10US, "at 14us crash a\n");
    sim_run(s.sim, UINT64_MAX, NULL);
    ck_assert_uint_eq(s.actor[0].heard, 1); /* the others were to be handled at 15 and 20 us */
    ck_assert_uint_eq(sim_stats(s.sim)->dropped, 2);
    ck_assert_uint_eq(s.actor[1].heard, 1); /* the peer event only: the answer did not leave */
    expect(&s.actor[1], 0, 'p', 0, 1014000);
    scene_end(&s);
}
END_TEST

START_TEST(a_pause_delays)
{
    static const struct play play = {.init = all_to_the_first, .message = charge_and_answer};
    struct scene s = scene_begin(&play, 4, LINK_10US "cpu.receive = 1us\n",
                                 "at 12us pause a for 100us\n"
                                 "at 112us pause a for 3us\n");
    sim_run(s.sim, UINT64_MAX, NULL);
    expect(&s.actor[0], 0, 'm', 1, 11000);  /* its handler ends at 16 us, within the pause */
    expect(&s.actor[0], 1, 'm', 2, 116000); /* unpacked from 115 us on */
    expect(&s.actor[0], 2, 'm', 3, 122000);
    scene_end(&s);
}
END_TEST

/* Unpacked from 10 us on, when a is awake; it would be done within the pause. */
START_TEST(no_handler_begins_during_a_pause)
{
    static const struct play play = {.init = all_to_the_first};
    struct scene s =
        scene_begin(&play, 2, LINK_10US "cpu.receive = 1us\n", "at 10500ns pause a for 100us\n");
    sim_run(s.sim, UINT64_MAX, NULL);
    expect(&s.actor[0], 0, 'm', 1, 110500);
    scene_end(&s);
}
END_TEST

/* ---- faults of links ----------------------------------------------------------------------------
 */

static void every_100us(struct actor *a)
{
    a->t->ops->timer_set(a->t, 0, 100000);
}

static void say_and_go_on(struct actor *a, uint32_t timer)
{
    (void)timer;
    a->heard--; /* only what others say counts */
    send_to(a, 1 - a->t->self, 1 - a->t->self, 16);
    if (transport_now(a->t) < 2000000) every_100us(a);
}

static uint32_t count_heard(const struct actor *a, char what)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < a->heard; i++) count += a->log[i].what == what;
    return count;
}

START_TEST(cuts_have_directions_and_ends)
{
    static const struct play play = {.init = every_100us, .timer = say_and_go_on};
    struct scene s = scene_begin(&play, 2, LINK_10US, "at 450us cut-oneway a b for 200us\n");
    sim_run(s.sim, UINT64_MAX, NULL);
    ck_assert_uint_eq(count_heard(&s.actor[0], 'm'), 20);
    ck_assert_uint_eq(count_heard(&s.actor[1], 'm'), 18); /* those of 500 and 600 us are lost */
    ck_assert_uint_eq(count_heard(&s.actor[0], 'p') + count_heard(&s.actor[1], 'p'), 0);
    ck_assert_uint_eq(sim_stats(s.sim)->dropped, 2);
    scene_end(&s);
}
END_TEST

/* Two cuts overlap: one report when the first is old enough, one when the last is over. */
START_TEST(long_cuts_are_reported_once)
{
    static const struct play play = {.init = every_100us, .timer = say_and_go_on};
    struct scene s = scene_begin(&play, 2, LINK_10US,
                                 "at 150us cut a b for 1200us\n"
                                 "at 250us cut-oneway b a for 1400us\n");
    sim_run(s.sim, UINT64_MAX, NULL);
    for (uint32_t i = 0; i < 2; i++) {
        const struct actor *a = &s.actor[i];
        expect(a, 1, 'p', 10 * (1 - i), 1150000); /* after the message of 100 us */
        ck_assert_uint_eq(count_heard(a, 'p'), 2);
    }
    /* b hears a again from 1.4 ms on, before the connection as a whole is back at 1.65 ms. */
    expect(&s.actor[1], 2, 'm', 0, 1410000);
    expect(&s.actor[0], 2, 'p', 11, 1650000);
    scene_end(&s);
}
END_TEST

START_TEST(a_break_is_reported_at_once)
{
    static const struct play play = {.init = every_100us, .timer = say_and_go_on};
    struct scene s = scene_begin(&play, 2, LINK_10US, "at 150us break a b for 100us\n");
    sim_run(s.sim, UINT64_MAX, NULL);
    expect(&s.actor[0], 1, 'p', 10, 150001);
    expect(&s.actor[0], 2, 'p', 11, 250000);
    expect(&s.actor[1], 1, 'p', 0, 150001);
    scene_end(&s);
}
END_TEST

START_TEST(loss_duplication_and_slowness)
{
    static const struct play play = {.init = every_100us, .timer = say_and_go_on};
    struct scene s = scene_begin(&play, 2, LINK_10US,
                                 "at 0 loss 100% a b for 550us\n"
                                 "at 650us duplicate 100% * * for 100us\n"
                                 "at 850us slow a b x5 for 100us\n");
    sim_run(s.sim, UINT64_MAX, NULL);
    ck_assert_uint_eq(count_heard(&s.actor[0], 'm'), 20 - 5 + 1);
    ck_assert_uint_eq(count_heard(&s.actor[1], 'm'), 20 - 5 + 1);
    expect(&s.actor[1], 0, 'm', 0, 610000);
    expect(&s.actor[1], 1, 'm', 0, 710000);
    expect(&s.actor[1], 2, 'm', 0, 720000); /* the same again */
    expect(&s.actor[1], 4, 'm', 0, 950000); /* of 900 us */
    ck_assert_uint_eq(sim_stats(s.sim)->dropped, 10);
    scene_end(&s);
}
END_TEST

/* What is lost and doubled comes once, as the second would have. */
START_TEST(the_double_of_a_lost_message_comes)
{
    static const struct play play = {.init = every_100us, .timer = say_and_go_on};
    struct scene s = scene_begin(&play, 2, LINK_10US,
                                 "at 0 loss 100% a b\n"
                                 "at 0 duplicate 100% a b\n");
    sim_run(s.sim, UINT64_MAX, NULL);
    for (uint32_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(count_heard(&s.actor[i], 'm'), 20);
        expect(&s.actor[i], 0, 'm', 1 - i, 120000);
    }
    ck_assert_uint_eq(sim_stats(s.sim)->dropped, 40);
    scene_end(&s);
}
END_TEST

/* The cut ends when b has crashed. */
START_TEST(nobody_hears_that_the_crashed_are_back)
{
    static const struct play play = {.init = every_100us, .timer = say_and_go_on};
    struct scene s = scene_begin(&play, 2, LINK_10US,
                                 "at 150us cut a b for 1500us\n"
                                 "at 1400us crash b\n");
    sim_run(s.sim, UINT64_MAX, NULL);
    const struct actor *a = &s.actor[0];
    expect(a, 1, 'p', 10, 1150000);
    for (uint32_t i = 0; i < a->heard; i++)
        ck_assert(a->log[i].what != 'p' || a->log[i].detail == 10);
    scene_end(&s);
}
END_TEST

/* Whatever the order in which they begin. */
START_TEST(the_slowest_of_overlapping_faults_counts)
{
    static const struct play play = {.init = every_100us, .timer = say_and_go_on};
    struct scene s = scene_begin(&play, 2, LINK_10US,
                                 "at 0 slow a b x3 for 250us\n"
                                 "at 50us slow a b x5 for 100us\n"
                                 "at 60us slow b a x2\n");
    sim_run(s.sim, UINT64_MAX, NULL);
    expect(&s.actor[1], 0, 'm', 0, 150000);
    expect(&s.actor[1], 1, 'm', 0, 230000);
    expect(&s.actor[1], 2, 'm', 0, 320000);
    scene_end(&s);
}
END_TEST

static void numbered_burst(struct actor *a)
{
    for (uint64_t i = 0; is_first(a) && i < HEARD_MAX; i++) {
        struct message *m = transport_message_new(a->t, sizeof *m + 8, MESSAGE_PROBE);
        memcpy(m + 1, &i, 8);
        transport_send_one(a->t, 1, m);
    }
}

static void count_overtaken(struct actor *a, struct message *m)
{
    uint64_t number;
    memcpy(&number, m + 1, 8);
    if (number < a->memory[0]) a->memory[1]++;
    a->memory[0] = number;
}

/* A random latency alone never lets a message overtake; the fault does. */
START_TEST(only_a_fault_reorders)
{
    static const struct play play = {.init = numbered_burst, .message = count_overtaken};
    static const char model[] = "link.latency = exponential 1us mean 50us\n";
    struct scene s = scene_begin(&play, 2, model, NULL);
    sim_run(s.sim, UINT64_MAX, NULL);
    ck_assert_uint_eq(s.actor[1].heard, HEARD_MAX);
    ck_assert_uint_eq(s.actor[1].memory[1], 0);
    scene_end(&s);
    s = scene_begin(&play, 2, model, "at 0 reorder 30% a b\n");
    sim_run(s.sim, UINT64_MAX, NULL);
    ck_assert_uint_eq(s.actor[1].heard, HEARD_MAX);
    ck_assert_uint_gt(s.actor[1].memory[1], 3);
    scene_end(&s);
}
END_TEST

/* ---- one-sided memory ---------------------------------------------------------------------------
 */

#define RDMA                                                                                      \
    LINK_10US "rdma.write = constant 2us\nrdma.read = constant 3us\nrdma.atomic = constant 4us\n" \
              "rdma.issue = 100ns\nrdma.complete = 50ns\nrdma.timeout = 1ms\n"

static const struct remote memory_of_b = {.node = 1, .region = 0};

static void own_memory(struct actor *a)
{
    for (uint64_t i = 0; i < MEMORY_WORDS; i++) a->memory[i] = 1;
    a->t->ops->region_register(a->t, 0, a->memory, sizeof a->memory);
    a->t->ops->region_grant(a->t, 0, 0);
    if (is_first(a)) a->t->ops->timer_set(a->t, 0, 1000);
}

static void one_of_each(struct actor *a, uint32_t timer)
{
    (void)timer;
    uint64_t two = 2;
    a->t->ops->write(a->t, memory_of_b, &two, 8, 1);
    a->t->ops->read(a->t, memory_of_b, &a->seen[0], 8, 2);
    a->t->ops->compare_and_swap(a->t, memory_of_b, 2, 3, &a->seen[1], 3);
    a->t->ops->read(a->t, memory_of_b, &a->seen[2], 8, 4);
}

/* Issued at 1.1, 1.2, 1.3, 1.4 us. The write lands at 3.1; the read, which would be there at 2.7,
 * waits for it, and so on; completions take half a round trip back, in order, 50 ns each. */
START_TEST(one_sided_operations_take_their_time)
{
    static const struct play play = {.init = own_memory, .timer = one_of_each};
    struct scene s = scene_begin(&play, 2, RDMA, NULL);
    sim_run(s.sim, UINT64_MAX, NULL);
    expect(&s.actor[0], 1, 'c', 10, 5150); /* 3.1 + 2 us */
    expect(&s.actor[0], 2, 'c', 20, 5200);
    expect(&s.actor[0], 3, 'c', 30, 5350); /* 3.3 + 2 us */
    expect(&s.actor[0], 4, 'c', 40, 5400);
    ck_assert_uint_eq(s.actor[0].seen[0], 2);
    ck_assert_uint_eq(s.actor[0].seen[1], 2);
    ck_assert_uint_eq(s.actor[0].seen[2], 3);
    ck_assert_uint_eq(s.actor[1].memory[0], 3);
    ck_assert_uint_eq(s.actor[1].heard, 0);
    ck_assert_uint_eq(sim_node_stats(s.sim, 1)->cpu_busy_ns, 0);
    ck_assert_uint_eq(sim_stats(s.sim)->one_sided, 4);
    scene_end(&s);
}
END_TEST

START_TEST(the_slowest_fault_counts_for_one_sided_operations)
{
    static const struct play play = {.init = own_memory, .timer = one_of_each};
    struct scene one = scene_begin(&play, 2, RDMA, "at 0 slow a b x5\n");
    struct scene many = scene_begin(&play, 2, RDMA,
                                    "at 0 slow a b x3\n"
                                    "at 0 slow a b x5\n"
                                    "at 0 slow a b x2\n");
    sim_run(one.sim, UINT64_MAX, NULL);
    sim_run(many.sim, UINT64_MAX, NULL);
    ck_assert_uint_gt(one.actor[0].log[1].at_ns, 5150); /* without any */
    for (uint32_t i = 1; i <= 4; i++)
        expect(&many.actor[0], i, 'c', 10 * i, one.actor[0].log[i].at_ns);
    scene_end(&one);
    scene_end(&many);
}
END_TEST

START_TEST(short_cuts_delay_and_long_ones_fail)
{
    static const struct play play = {.init = own_memory, .timer = one_of_each};
    struct scene s = scene_begin(&play, 2, RDMA, "at 2us cut-oneway b a for 500us\n");
    sim_run(s.sim, UINT64_MAX, NULL);
    /* What would arrive, or be answered, during the cut starts again at 502 us. */
    expect(&s.actor[0], 1, 'c', 10, 506050);
    ck_assert_uint_eq(s.actor[0].seen[2], 3);
    scene_end(&s);
    s = scene_begin(&play, 2, RDMA, "at 0 cut a b for 2ms\n");
    sim_run(s.sim, UINT64_MAX, NULL);
    expect(&s.actor[0], 1, 'p', 10, 1000000);
    for (uint32_t i = 1; i <= 4; i++)
        expect(&s.actor[0], 1 + i, 'c', 10 * i + COMPLETION_UNREACHABLE, 1001050 + 100 * i);
    ck_assert_uint_eq(s.actor[1].memory[0], 1);
    scene_end(&s);
}
END_TEST

static void write_wide(struct actor *a, uint32_t timer)
{
    if (!is_first(a)) { /* b looks every 100 ns */
        a->heard--;
        uint32_t news = 0;
        for (uint32_t i = 0; i < MEMORY_WORDS; i++) {
            ck_assert(a->memory[i] == 1 || a->memory[i] == 2);
            news += a->memory[i] == 2;
        }
        a->seen[0] += news > 0 && news < MEMORY_WORDS;
        if (transport_now(a->t) < 50000) a->t->ops->timer_set(a->t, timer, 100);
        return;
    }
    uint64_t wide[MEMORY_WORDS];
    for (int i = 0; i < MEMORY_WORDS; i++) wide[i] = 2;
    a->t->ops->write(a->t, memory_of_b, wide, sizeof wide, 1);
    a->t->ops->read(a->t, memory_of_b, a->seen, sizeof a->seen, 2);
}

static void own_and_look(struct actor *a)
{
    own_memory(a);
    if (!is_first(a)) a->t->ops->timer_set(a->t, 0, 100);
}

/* Torn, the target sees some words old and some new for a while; a later read never does. */
START_TEST(writes_are_torn_by_a_fault_only)
{
    static const struct play play = {.init = own_and_look, .timer = write_wide};
    struct scene s = scene_begin(&play, 2, RDMA, NULL);
    sim_run(s.sim, UINT64_MAX, NULL);
    ck_assert_uint_eq(s.actor[1].seen[0], 0);
    ck_assert_uint_eq(s.actor[1].memory[0], 2);
    scene_end(&s);
    s = scene_begin(&play, 2, RDMA, "at 0 torn 100% a b\n");
    sim_run(s.sim, UINT64_MAX, NULL);
    ck_assert_uint_gt(s.actor[1].seen[0], 0);
    for (int i = 0; i < MEMORY_WORDS; i++) ck_assert_uint_eq(s.actor[0].seen[i], 2);
    scene_end(&s);
}
END_TEST

/* ---- building -----------------------------------------------------------------------------------
 */

START_TEST(a_fault_on_an_unknown_node_is_an_error)
{
    struct error e;
    struct model *model = model_parse(LINK_10US, "model", &e);
    struct faults *faults = faults_parse("at 1s crash a,zebra\n", "faults", &e);
    struct sim *sim = sim_create(&(struct sim_config){.seed = 1, .model = model, .faults = faults});
    struct actor actor = {.play = &(struct play){.init = NULL}};
    sim_add_node(sim, &(struct sim_node_config){.ops = &actor_ops, .state = &actor, .name = "a"});
    ck_assert_int_eq(sim_start(sim, &e), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "zebra"));
    sim_destroy(sim);
    faults_destroy(faults);
    model_close(model);
}
END_TEST

/* The same events in the same order, some microseconds later. */
START_TEST(a_fingerprint_tells_times)
{
    static const struct play play = {.init = every_100us, .timer = say_and_go_on};
    struct scene s = scene_begin(&play, 2, LINK_10US, NULL);
    struct scene later = scene_begin(&play, 2, "link.latency = constant 12us\n", NULL);
    sim_run(s.sim, UINT64_MAX, NULL);
    sim_run(later.sim, UINT64_MAX, NULL);
    ck_assert_uint_eq(sim_stats(s.sim)->events, sim_stats(later.sim)->events);
    ck_assert_uint_ne(sim_fingerprint(s.sim), sim_fingerprint(later.sim));
    scene_end(&s);
    scene_end(&later);
}
END_TEST

START_TEST(a_run_stops_where_it_is_told_to)
{
    static const struct play play = {.init = every_100us, .timer = say_and_go_on};
    struct scene s = scene_begin(&play, 2, LINK_10US, NULL);
    ck_assert(sim_run(s.sim, 150000, NULL));
    ck_assert_uint_eq(sim_now(s.sim), 150000);
    ck_assert_uint_eq(s.actor[0].heard, 1);
    bool stop = true;
    ck_assert(sim_run(s.sim, UINT64_MAX, &stop)); /* one event */
    ck_assert_uint_eq(sim_now(s.sim), 200000);
    ck_assert(!sim_run(s.sim, UINT64_MAX, NULL));
    ck_assert(!sim_step(s.sim));
    ck_assert_uint_eq(sim_now(s.sim), 2010000);
    ck_assert(!sim_run(s.sim, 3000000, NULL)); /* time goes on without any event */
    ck_assert_uint_eq(sim_now(s.sim), 3000000);
    ck_assert_str_eq(sim_node_name(s.sim, 1), "b");
    scene_end(&s);
}
END_TEST

START_TEST(a_run_stops_at_its_limit_of_events)
{
    static const struct play play = {.init = every_100us, .timer = say_and_go_on};
    struct scene s = scene_begin(&play, 2, LINK_10US, NULL);
    sim_limit(s.sim, 3);
    ck_assert(sim_run(s.sim, UINT64_MAX, NULL));
    ck_assert_uint_eq(sim_stats(s.sim)->events, 3);
    uint64_t now_ns = sim_now(s.sim);
    ck_assert(sim_run(s.sim, 1500000, NULL)); /* it stays */
    ck_assert_uint_eq(sim_now(s.sim), now_ns);
    sim_limit(s.sim, UINT64_MAX);
    ck_assert(!sim_run(s.sim, UINT64_MAX, NULL));
    ck_assert_uint_eq(sim_now(s.sim), 2010000);
    scene_end(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim");
    TCase *network = tcase_create("network");
    tcase_add_test(network, the_nic_sends_one_copy_after_the_other);
    tcase_add_test(network, the_nic_takes_in_one_message_at_a_time);
    tcase_add_test(network, opaque_bytes_take_time_and_own_messages_no_nic);
    tcase_add_test(network, racks_and_regions_have_their_own_latencies);
    suite_add_tcase(suite, network);
    TCase *processor = tcase_create("processor");
    tcase_add_test(processor, handlers_queue_for_the_processor);
    tcase_add_test(processor, cores_unpack_side_by_side);
    tcase_add_test(processor, bytes_cost_processor_time);
    tcase_add_test(processor, moving_a_timer_costs_no_events);
    suite_add_tcase(suite, processor);
    TCase *faults = tcase_create("faults");
    tcase_add_test(faults, a_crash_in_the_midst_of_a_multicast);
    tcase_add_test(faults, what_arrives_before_a_crash_but_waits_is_lost);
    tcase_add_test(faults, a_pause_delays);
    tcase_add_test(faults, no_handler_begins_during_a_pause);
    tcase_add_test(faults, cuts_have_directions_and_ends);
    tcase_add_test(faults, long_cuts_are_reported_once);
    tcase_add_test(faults, a_break_is_reported_at_once);
    tcase_add_test(faults, loss_duplication_and_slowness);
    tcase_add_test(faults, the_double_of_a_lost_message_comes);
    tcase_add_test(faults, nobody_hears_that_the_crashed_are_back);
    tcase_add_test(faults, the_slowest_of_overlapping_faults_counts);
    tcase_add_test(faults, only_a_fault_reorders);
    suite_add_tcase(suite, faults);
    TCase *memory = tcase_create("one-sided");
    tcase_add_test(memory, one_sided_operations_take_their_time);
    tcase_add_test(memory, the_slowest_fault_counts_for_one_sided_operations);
    tcase_add_test(memory, short_cuts_delay_and_long_ones_fail);
    tcase_add_test(memory, writes_are_torn_by_a_fault_only);
    suite_add_tcase(suite, memory);
    TCase *building = tcase_create("building");
    tcase_add_test(building, a_fault_on_an_unknown_node_is_an_error);
    tcase_add_test(building, a_run_stops_where_it_is_told_to);
    tcase_add_test(building, a_fingerprint_tells_times);
    tcase_add_test(building, a_run_stops_at_its_limit_of_events);
    suite_add_tcase(suite, building);
    return test_main(suite);
}
