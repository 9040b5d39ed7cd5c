/* test_shared_host.c - nodes that share the cores of one host: times at which each of them runs. */
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"
#include "tests/lib/harness.h"

enum { ACTORS_MAX = 8, LOG_MAX = 16 };

/* A node that computes for 10 us on each message and logs when it has finished. */
struct actor {
    struct transport *t;
    void (*init)(struct actor *a);
    bool answers; /* each message with one to node 1 */
    uint32_t logged;
    uint64_t done_ns[LOG_MAX];
    uint64_t memory[1];
};

struct scene {
    struct model *model;
    struct faults *faults;
    struct sim *sim;
    struct actor actor[ACTORS_MAX];
    uint32_t count;
};

static void send_to(struct actor *a, uint32_t to)
{
    transport_send_one(a->t, to, transport_message_new(a->t, 64, MESSAGE_PROBE));
}

static void actor_init(void *node, struct transport *t)
{
    struct actor *a = node;
    a->t = t;
    a->init(a);
}

static void work(struct actor *a)
{
    a->t->ops->charge(a->t, 10000);
    ck_assert_uint_lt(a->logged, LOG_MAX);
    a->done_ns[a->logged++] = transport_now(a->t);
}

static void actor_message(void *node, struct message *m)
{
    (void)m;
    struct actor *a = node;
    work(a);
    if (a->answers) send_to(a, 1);
}

static void actor_timer(void *node, uint32_t timer)
{
    (void)timer;
    send_to(node, 0);
}

static void actor_completion(void *node, uint64_t cookie, enum completion how)
{
    (void)node;
    (void)cookie;
    (void)how;
}

static void actor_peer(void *node, uint32_t peer, bool up)
{
    (void)node;
    (void)peer;
    (void)up;
}

static const struct node_ops actor_ops = {actor_init, actor_message, actor_timer, actor_completion,
                                          actor_peer, NULL,          NULL};

#define HOST "link.latency = constant 1us\nlink.loopback = constant 1us\nhost.cores = 2\n"

/* `replicas` replicas a, b, c, ... and as many clients after them. */
static void scene_run(struct scene *s, void (*init)(struct actor *a), uint32_t replicas,
                      uint32_t clients, const char *model, const char *faults)
{
    struct error e;
    memset(s, 0, sizeof(*s));
    s->model = model_parse(model, "model", &e);
    ck_assert_msg(s->model != NULL, "%s", e.text);
    if (faults) s->faults = faults_parse(faults, "faults", &e);
    ck_assert_msg(!faults || s->faults, "%s", e.text);
    s->sim = sim_create(&(struct sim_config){.seed = 1, .model = s->model, .faults = s->faults});
    s->count = replicas + clients;
    for (uint32_t i = 0; i < s->count; i++) {
        char name[] = {(char)('a' + i), 0};
        s->actor[i].init = init;
        sim_add_node(s->sim,
                     &(struct sim_node_config){.ops = &actor_ops,
                                               .state = &s->actor[i],
                                               .name = name,
                                               .role = i < replicas ? SIM_REPLICA : SIM_CLIENT});
    }
    ck_assert_msg(sim_start(s->sim, &e) == 0, "%s", e.text);
    ck_assert(!sim_run(s->sim, UINT64_MAX, NULL));
}

static void scene_end(struct scene *s)
{
    sim_destroy(s->sim);
    faults_destroy(s->faults);
    model_close(s->model);
}

static void expect_done(const struct scene *s, uint32_t node, uint32_t index, uint64_t at_ns)
{
    ck_assert_uint_lt(index, s->actor[node].logged);
    ck_assert_uint_eq(s->actor[node].done_ns[index], at_ns);
}

/* The index-th message of the node is done at that time. */
struct done {
    uint32_t node, index;
    uint64_t at_ns;
};

static void expect_all(void (*init)(struct actor *a), uint32_t replicas, uint32_t clients,
                       const char *model, const struct done *done, size_t count)
{
    struct scene s;
    scene_run(&s, init, replicas, clients, model, NULL);
    for (size_t i = 0; i < count; i++) expect_done(&s, done[i].node, done[i].index, done[i].at_ns);
    scene_end(&s);
}

/* A run without faults, with what it leads to. */
#define expect_times(init, replicas, clients, model, ...)                          \
    expect_all(init, replicas, clients, model, (const struct done[]){__VA_ARGS__}, \
               sizeof((const struct done[]){__VA_ARGS__}) / sizeof(struct done))

static void to_myself(struct actor *a)
{
    send_to(a, a->t->self);
}

static void twice_to_myself(struct actor *a)
{
    send_to(a, a->t->self);
    send_to(a, a->t->self);
}

/* ---- cores --------------------------------------------------------------------------------- */

START_TEST(three_nodes_on_two_cores_take_two_turns)
{
    struct scene s;
    scene_run(&s, to_myself, 3, 0, HOST, NULL);
    expect_done(&s, 0, 0, 11000);
    expect_done(&s, 1, 0, 11000);
    expect_done(&s, 2, 0, 21000);
    ck_assert_uint_eq(sim_node_stats(s.sim, 2)->cpu_busy_ns, 10000);
    scene_end(&s);
}
END_TEST

START_TEST(without_a_shared_host_each_node_has_cores_of_its_own)
{
    struct scene s;
    scene_run(&s, to_myself, 3, 0, "link.latency = constant 1us\nhost.cores = 0\n", NULL);
    for (uint32_t i = 0; i < 3; i++) expect_done(&s, i, 0, 11000);
    scene_end(&s);
}
END_TEST

/* The cores are assigned round-robin for each handler: a and b, then c and a, then b and c. */
START_TEST(a_node_with_more_work_queues_again_after_each_handler)
{
    expect_times(twice_to_myself, 3, 0, HOST, {0, 0, 11000}, {1, 0, 11000}, {2, 0, 21000},
                 {0, 1, 21000}, {1, 1, 31000}, {2, 1, 31000});
}
END_TEST

/* The third waits for the core of the first; no thread migrates to the other core, idle since 21
 * us. */
START_TEST(a_thread_does_not_migrate_within_host_move)
{
    expect_times(twice_to_myself, 3, 0, HOST "host.move = 1ms\n", {1, 1, 21000}, {2, 0, 21000},
                 {0, 1, 31000}, {2, 1, 41000});
}
END_TEST

START_TEST(a_thread_keeps_its_core_until_its_slice_ends)
{
    expect_times(twice_to_myself, 3, 0, HOST "host.slice = 15us\n", {0, 1, 21000}, {1, 1, 21000},
                 {2, 0, 31000}, {2, 1, 41000});
}
END_TEST

static void five_then_another(struct actor *a)
{
    if (a->t->self == 1)
        for (int i = 0; i < 5; i++) send_to(a, 1);
    if (a->t->self == 0) a->t->ops->timer_set(a->t, 0, 5000);
}

/* A node's queued handlers do not keep another node from the second core. */
START_TEST(a_busy_node_takes_one_core)
{
    expect_times(five_then_another, 2, 0, HOST, {1, 4, 51000}, {0, 0, 16000});
}
END_TEST

static void register_memory(struct actor *a)
{
    a->t->ops->region_register(a->t, 0, a->memory, sizeof(a->memory));
    to_myself(a);
}

START_TEST(nodes_with_registered_memory_share_the_cores)
{
    expect_times(register_memory, 3, 0, HOST "cpu.receive = 1us\n", {0, 0, 12000}, {1, 0, 12000},
                 {2, 0, 23000});
}
END_TEST

/* ---- batches ------------------------------------------------------------------------------- */

static void answer_node_1(struct actor *a)
{
    a->answers = a->t->self == 0;
    if (a->t->self == 2)
        for (int i = 0; i < 3; i++) send_to(a, 0);
}

/* The first of three messages is handled at once; the other two arrive meanwhile and are one batch:
 * their answers are sent together. */
START_TEST(messages_of_a_batch_are_sent_at_its_end)
{
    struct scene s;
    scene_run(&s, answer_node_1, 2, 1, HOST, NULL);
    for (uint32_t i = 0; i < 3; i++) expect_done(&s, 1, i, 22000 + i * 10000);
    scene_end(&s);
    expect_times(answer_node_1, 2, 1, HOST "host.batch = 8\n", {1, 0, 22000}, {1, 1, 42000},
                 {1, 2, 52000});
}
END_TEST

/* Handlers of 1.21 ms: the answer to the second message leaves before the third is handled. */
START_TEST(messages_of_a_round_of_long_handlers_leave_after_a_millisecond)
{
    expect_times(answer_node_1, 2, 1, HOST "host.batch = 8\ncpu.receive = 1200us\n",
                 {1, 0, 2422000}, {1, 1, 3632000}, {1, 2, 4842000});
}
END_TEST

START_TEST(resuming_after_idle_time_costs_processor_time)
{
    struct scene s;
    scene_run(&s, answer_node_1, 2, 1, HOST "host.batch = 8\ncpu.resume = 1us\n", NULL);
    expect_done(&s, 0, 0, 12000);
    expect_done(&s, 0, 1, 22000);
    expect_done(&s, 0, 2, 32000);
    expect_done(&s, 1, 0, 24000);
    ck_assert_uint_eq(sim_node_stats(s.sim, 0)->cpu_busy_ns, 31000);
    scene_end(&s);
}
END_TEST

/* Each thread keeps its core for the duration of a poll, without effect. */
START_TEST(polling_for_messages_occupies_the_core)
{
    expect_times(to_myself, 3, 0, HOST "host.slice = 1ms\nhost.look = 100ns\n", {0, 0, 11000},
                 {1, 0, 11000}, {2, 0, 21100});
}
END_TEST

static void one_after_100_us_of_two(struct actor *a)
{
    if (a->t->self == 1) a->t->ops->timer_set(a->t, 0, 100000);
    if (a->t->self == 0) to_myself(a);
}

static void one_after_100_us(struct actor *a)
{
    if (a->t->self == 4) a->t->ops->timer_set(a->t, 0, 100000);
    to_myself(a);
}

/* The four replicas have finished and spin in turns of 2 us, two on the cores and two in the run
 * queue; also when the client wakes up, queues for a core and sends, and when its message has
 * arrived. */
START_TEST(spinning_threads_yield_to_waiting_threads)
{
    struct scene s;
    scene_run(&s, one_after_100_us, 4, 1,
              HOST "host.switch = 2us\ncpu.spin = 1ms\nclient.spin = 0\n", NULL);
    ck_assert_uint_eq(s.actor[0].logged, 2);
    uint64_t arrival_ns = s.actor[4].done_ns[0] > 100000 ? s.actor[4].done_ns[0] : 100000;
    ck_assert_uint_gt(s.actor[0].done_ns[1], arrival_ns + 2000 + 1000 + 10000);
    ck_assert_uint_le(s.actor[0].done_ns[1], arrival_ns + 3 * 2000 + 1000 + 3 * 2000 + 10000);
    scene_end(&s);
}
END_TEST

/* A thread that spins alone on its core responds at once: one switch at its start, none later; the
 * client starts with the timer. */
START_TEST(a_thread_that_spins_alone_keeps_its_core)
{
    expect_times(one_after_100_us_of_two, 1, 1,
                 HOST "host.switch = 2us\ncpu.spin = 1ms\ncpu.wake = 30us\n",
                 {0, 0, 1000 + 2000 + 10000}, {0, 1, 100000 + 2000 + 1000 + 10000});
}
END_TEST

/* ---- clients ------------------------------------------------------------------------------- */

START_TEST(clients_in_one_thread_are_served_one_at_a_time)
{
    expect_times(to_myself, 1, 3, HOST "host.clients = together\n", {0, 0, 11000}, {1, 0, 11000},
                 {2, 0, 21000}, {3, 0, 31000});
}
END_TEST

START_TEST(clients_in_own_threads_share_the_cores_like_replicas)
{
    expect_times(to_myself, 1, 3, HOST "host.clients = apart\n", {1, 0, 11000}, {2, 0, 21000},
                 {3, 0, 21000});
}
END_TEST

/* ---- waking up ----------------------------------------------------------------------------- */

/* The client sends two messages to the replica, the second while it is busy (or was until just
 * before), and a third when it sleeps again. */
static void three_times(struct actor *a)
{
    static const uint64_t delays_ns[] = {5000, 40000, 100000};
    for (uint32_t i = 0; a->t->self == 1 && i < 3; i++) a->t->ops->timer_set(a->t, i, delays_ns[i]);
}

#define WAKE "cpu.wake = 30us\nclient.wake = 0\n"

START_TEST(only_a_sleeping_node_takes_time_to_wake)
{
    static const char *const models[] = {HOST WAKE, "link.latency = constant 1us\n" WAKE};
    for (int i = 0; i < 2; i++) { /* shared or not */
        struct scene s;
        scene_run(&s, three_times, 1, 1, models[i], NULL);
        expect_done(&s, 0, 0, 46000);
        expect_done(&s, 0, 1, 56000);
        expect_done(&s, 0, 2, 141000);
        ck_assert_uint_eq(sim_node_stats(s.sim, 0)->cpu_busy_ns, 90000);
        scene_end(&s);
    }
}
END_TEST

/* 45 us after its last handler it still spins. */
START_TEST(a_spinning_node_takes_no_time_to_wake)
{
    static const char *const models[] = {HOST WAKE "cpu.spin = 45us\n",
                                         "link.latency = constant 1us\n" WAKE "cpu.spin = 45us\n"};
    for (int i = 0; i < 2; i++) {
        struct scene s;
        scene_run(&s, three_times, 1, 1, models[i], NULL);
        expect_done(&s, 0, 0, 16000);
        expect_done(&s, 0, 1, 51000);
        expect_done(&s, 0, 2, 141000);
        scene_end(&s);
    }
}
END_TEST

static void every_60_us(struct actor *a)
{
    for (uint32_t i = 0; a->t->self == 1 && i < 4; i++)
        a->t->ops->timer_set(a->t, i, 60000 * (i + 1));
}

/* It had slept 11 us, less than the longest spin, when the first message arrived: spinning pays, so
 * it is awake 50 us after its handler. */
START_TEST(a_short_sleep_restores_the_longest_spin)
{
    expect_times(every_60_us, 1, 1, HOST WAKE "cpu.spin = 50us\nclient.spin = 1s\n",
                 {0, 0, 61000 + 30000 + 10000}, {0, 1, 121000 + 10000}, {0, 2, 181000 + 10000});
}
END_TEST

static void after_long_and_short(struct actor *a)
{
    static const uint64_t delays_ns[] = {1000000, 1050000};
    for (uint32_t i = 0; a->t->self == 1 && i < 2; i++) a->t->ops->timer_set(a->t, i, delays_ns[i]);
}

/* After a long sleep the spin time is halved: 25 us after 1041 us it sleeps again. */
START_TEST(the_spin_time_halves_after_an_unsuccessful_spin)
{
    expect_times(after_long_and_short, 1, 1, HOST WAKE "cpu.spin = 50us\n",
                 {0, 0, 1001000 + 30000 + 10000}, {0, 1, 1051000 + 10000});
    expect_times(after_long_and_short, 1, 1, HOST WAKE "cpu.spin = 12us\n",
                 {0, 1, 1051000 + 30000 + 10000});
}
END_TEST

/* Node 1 sleeps again when the second batch ends. */
START_TEST(waking_another_node_costs_the_sender)
{
    struct scene s;
    scene_run(&s, answer_node_1, 2, 1, HOST "host.batch = 8\nhost.rouse = 5us\ncpu.spin = 1us\n",
              NULL);
    expect_done(&s, 1, 0, 22000);
    ck_assert_uint_eq(sim_node_stats(s.sim, 0)->cpu_busy_ns, 30000 + 2 * 5000);
    scene_end(&s);
}
END_TEST

START_TEST(an_idle_core_starts_after_host_idle)
{
    expect_times(to_myself, 1, 0, HOST "host.idle = 5us\n", {0, 0, 1000 + 5000 + 10000});
}
END_TEST

/* ---- faults -------------------------------------------------------------------------------- */

START_TEST(a_paused_node_occupies_no_core)
{
    struct scene s;
    scene_run(&s, to_myself, 3, 0, HOST, "at 0s pause a for 50us\n");
    expect_done(&s, 1, 0, 11000);
    expect_done(&s, 2, 0, 11000);
    expect_done(&s, 0, 0, 60000);
    scene_end(&s);
}
END_TEST

START_TEST(a_crashed_node_occupies_no_core)
{
    struct scene s;
    scene_run(&s, twice_to_myself, 3, 0, HOST, "at 500ns crash a\n");
    ck_assert_uint_eq(s.actor[0].logged, 0);
    expect_done(&s, 1, 1, 21000);
    expect_done(&s, 2, 1, 21000);
    scene_end(&s);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("shared host");
    TCase *t = tcase_create("cores");
    tcase_add_test(t, three_nodes_on_two_cores_take_two_turns);
    tcase_add_test(t, without_a_shared_host_each_node_has_cores_of_its_own);
    tcase_add_test(t, a_node_with_more_work_queues_again_after_each_handler);
    tcase_add_test(t, a_thread_does_not_migrate_within_host_move);
    tcase_add_test(t, a_thread_keeps_its_core_until_its_slice_ends);
    tcase_add_test(t, a_busy_node_takes_one_core);
    tcase_add_test(t, nodes_with_registered_memory_share_the_cores);
    suite_add_tcase(s, t);
    t = tcase_create("batches");
    tcase_add_test(t, messages_of_a_batch_are_sent_at_its_end);
    tcase_add_test(t, messages_of_a_round_of_long_handlers_leave_after_a_millisecond);
    tcase_add_test(t, resuming_after_idle_time_costs_processor_time);
    tcase_add_test(t, polling_for_messages_occupies_the_core);
    tcase_add_test(t, spinning_threads_yield_to_waiting_threads);
    tcase_add_test(t, a_thread_that_spins_alone_keeps_its_core);
    suite_add_tcase(s, t);
    t = tcase_create("clients");
    tcase_add_test(t, clients_in_one_thread_are_served_one_at_a_time);
    tcase_add_test(t, clients_in_own_threads_share_the_cores_like_replicas);
    suite_add_tcase(s, t);
    t = tcase_create("waking up");
    tcase_add_test(t, only_a_sleeping_node_takes_time_to_wake);
    tcase_add_test(t, a_spinning_node_takes_no_time_to_wake);
    tcase_add_test(t, a_short_sleep_restores_the_longest_spin);
    tcase_add_test(t, the_spin_time_halves_after_an_unsuccessful_spin);
    tcase_add_test(t, waking_another_node_costs_the_sender);
    tcase_add_test(t, an_idle_core_starts_after_host_idle);
    suite_add_tcase(s, t);
    t = tcase_create("faults");
    tcase_add_test(t, a_paused_node_occupies_no_core);
    tcase_add_test(t, a_crashed_node_occupies_no_core);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return test_main(suite());
}
