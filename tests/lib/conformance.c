/* conformance.c - the cases of conformance.h: messages, time, random streams. */
#include "tests/lib/conformance.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/probe.h"

/* ---- messages ----------------------------------------------------------------------------------
 */

enum { BURSTS = 20, BURST = 100 };

static void fifo_burst(struct probe *p)
{
    for (int i = 0; i < BURST; i++)
        for (uint32_t to = 0; to < p->count; to++)
            if (to != p->self) probe_send_word(p, to, p->step + (uint64_t)i);
    p->step += BURST;
    if (p->step < BURSTS * BURST) p->t->ops->timer_set(p->t, 0, 1 + p->kind->tick_ns / 50);
}

static void fifo_timer(struct probe *p, uint32_t timer)
{
    (void)timer;
    fifo_burst(p);
}

static void fifo_message(struct probe *p, struct message *m)
{
    ck_assert_uint_lt(m->from, p->count);
    uint64_t *expected = &p->target[m->from];
    if (probe_word(m) != *expected) probe_note(p, probe_word(m));
    ++*expected;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < p->count; i++) sum += p->target[i];
    if (sum == (p->count - 1) * BURSTS * BURST) probe_done(p);
}

/* Three nodes flood each other; the messages of each pair arrive once and in order. */
START_TEST(messages_between_two_nodes_arrive_once_and_in_order)
{
    static const struct script script = {
        .init = fifo_burst, .timer = fifo_timer, .message = fifo_message};
    struct stage s = stage_run(conformance_transports[_i], &script, 3);
    stage_expect_done(&s);
    for (uint32_t i = 0; i < 3; i++) ck_assert_uint_eq(s.probe[i]->logged, 0);
    stage_end(&s);
}
END_TEST

static const uint32_t sizes[] = {16,     24,
                                 32,     56,
                                 64,     72,
                                 120,    128,
                                 136,    256,
                                 512,    1024,
                                 1496,   2048,
                                 4088,   4096,
                                 4104,   8192,
                                 9000,   16384,
                                 32768,  65528,
                                 65536,  100000,
                                 131072, MESSAGE_BYTES_MAX};

enum { SIZES = sizeof sizes / sizeof *sizes };

static void sizes_init(struct probe *p)
{
    for (uint32_t i = 0; p->self == 0 && i < SIZES; i++) {
        struct message *m = probe_patterned(p, sizes[i], i);
        ck_assert_uint_eq((uintptr_t)m % 8, 0);
        m->opaque_bytes = 3 * i;
        transport_send_one(p->t, 1, m);
    }
}

/* Node 1 checks and echoes each message, node 0 checks the echo; errors are logged. */
static void sizes_message(struct probe *p, struct message *m)
{
    uint64_t i = p->step++;
    bool right = m->bytes == sizes[i] && m->opaque_bytes == 3 * i && m->from == 1 - p->self &&
                 m->kind == MESSAGE_PROBE && (uintptr_t)m % 8 == 0 && probe_is_patterned(m, i);
    if (!right) probe_note(p, i);
    if (p->self == 1) {
        struct message *echo = transport_message_new(p->t, m->bytes, MESSAGE_PROBE);
        memcpy(echo + 1, m + 1, m->bytes - sizeof *m);
        echo->opaque_bytes = m->opaque_bytes;
        transport_send_one(p->t, 0, echo);
    }
    if (p->step == SIZES) probe_done(p);
}

START_TEST(messages_of_all_sizes_arrive_intact)
{
    static const struct script script = {.init = sizes_init, .message = sizes_message};
    struct stage s = stage_run(conformance_transports[_i], &script, 2);
    stage_expect_done(&s);
    ck_assert_uint_eq(s.probe[0]->logged + s.probe[1]->logged, 0);
    stage_end(&s);
}
END_TEST

static void multicast_init(struct probe *p)
{
    if (p->self != 0) return;
    uint32_t to[PROBES_MAX];
    for (uint32_t i = 0; i < p->count; i++) to[i] = i;
    p->t->ops->message_send(p->t, to, p->count, probe_patterned(p, 4096, 5)); /* to itself, too */
    p->t->ops->message_send(p->t, to, 0, probe_patterned(p, 64, 6));          /* no destination */
    p->t->ops->message_send(p->t, to + 1, p->count - 1, probe_patterned(p, 64, 7));
    probe_send_word(p, 0, 0);
}

static void multicast_message(struct probe *p, struct message *m)
{
    uint64_t tag = m->bytes == 4096 ? 5 : 7;
    probe_note(p, m->bytes == sizeof *m + 8 ? 0 : probe_is_patterned(m, tag) ? tag : UINT64_MAX);
    if (p->logged == 2) probe_done(p);
}

START_TEST(a_multicast_reaches_each_destination_once)
{
    static const struct script script = {.init = multicast_init, .message = multicast_message};
    struct stage s = stage_run(conformance_transports[_i], &script, PROBES_MAX);
    stage_expect_done(&s);
    for (uint32_t i = 0; i < s.count; i++) {
        ck_assert_uint_eq(s.probe[i]->logged, 2);
        ck_assert_uint_eq(s.probe[i]->log[0], 5);
        ck_assert_uint_eq(s.probe[i]->log[1], i == 0 ? 0 : 7);
    }
    stage_end(&s);
}
END_TEST

enum { RETAIN_MESSAGES = 500, RETAIN_BYTES = 1024 };

/* Node 0 retains its first message and sends it again after many others; node 1 retains the first
 * one that it receives. */
static void retain_init(struct probe *p)
{
    if (p->self != 0) return;
    for (uint64_t i = 0; i < RETAIN_MESSAGES; i++) {
        struct message *m = probe_patterned(p, RETAIN_BYTES, i);
        if (i == 0) p->kept = m = p->t->ops->message_retain(p->t, m);
        if (i == 0) m = p->t->ops->message_retain(p->t, m);
        if (i == 0) p->t->ops->message_release(p->t, m);
        transport_send_one(p->t, 1, m);
    }
    transport_send_one(p->t, 1, p->kept);
    probe_done(p);
}

static void retain_message(struct probe *p, struct message *m)
{
    uint64_t i = p->step++;
    if (i == 0) p->kept = p->t->ops->message_retain(p->t, m);
    if (!probe_is_patterned(m, i % RETAIN_MESSAGES)) probe_note(p, i);
    if (i < RETAIN_MESSAGES) return;
    if (!probe_is_patterned(p->kept, 0) || p->kept->from != 0) probe_note(p, i);
    p->t->ops->message_release(p->t, p->kept);
    probe_done(p);
}

START_TEST(a_retained_message_keeps_its_content)
{
    static const struct script script = {.init = retain_init, .message = retain_message};
    struct stage s = stage_run(conformance_transports[_i], &script, 2);
    stage_expect_done(&s);
    ck_assert_uint_eq(s.probe[1]->logged, 0);
    stage_end(&s);
}
END_TEST

/* Between good messages: a kind that does not exist, and a length that is no multiple of 8. */
static void malformed_init(struct probe *p)
{
    if (p->self != 0) return;
    probe_send_word(p, 1, 1);
    struct message *m = transport_message_new(p->t, 64, MESSAGE_PROBE);
    memset(m + 1, 0, 64 - sizeof *m);
    m->kind = 250;
    transport_send_one(p->t, 1, m);
    probe_send_word(p, 1, 2);
    m = transport_message_new(p->t, 64, MESSAGE_PROBE);
    memset(m + 1, 0, 64 - sizeof *m);
    m->bytes = 60;
    transport_send_one(p->t, 1, m);
    probe_send_word(p, 1, 3);
    probe_done(p);
}

static void malformed_message(struct probe *p, struct message *m)
{
    probe_note(p, probe_word(m));
    if (p->logged == 3) probe_done(p);
}

START_TEST(malformed_messages_are_dropped_and_counted)
{
    static const struct script script = {.init = malformed_init, .message = malformed_message};
    struct stage s = stage_run(conformance_transports[_i], &script, 2);
    stage_expect_done(&s);
    for (uint64_t i = 0; i < 3; i++) ck_assert_uint_eq(s.probe[1]->log[i], i + 1);
    ck_assert_uint_eq(s.malformed, 2);
    stage_end(&s);
}
END_TEST

/* ---- time ---------------------------------------------------------------------------------------
 */

static void timers_init(struct probe *p)
{
    uint64_t tick = p->kind->tick_ns, now_ns = transport_now(p->t);
    if (transport_now(p->t) != now_ns) probe_note(p, UINT64_MAX);
    const struct transport_ops *ops = p->t->ops;
    ops->timer_set(p->t, 3, 6 * tick);
    ops->timer_set(p->t, 0, 8 * tick);
    ops->timer_set(p->t, TIMERS_MAX - 1, 2 * tick);
    ops->timer_set(p->t, 5, 3 * tick);
    ops->timer_set(p->t, 5, 10 * tick); /* moved on */
    ops->timer_set(p->t, 6, 12 * tick);
    ops->timer_set(p->t, 6, 4 * tick); /* moved back */
    ops->timer_set(p->t, 7, 5 * tick);
    ops->timer_cancel(p->t, 7);
    ops->timer_cancel(p->t, 7);
    ops->timer_cancel(p->t, 8);
    p->step = now_ns;
}

static void timers_timer(struct probe *p, uint32_t timer)
{
    static const uint32_t due[TIMERS_MAX] = {8, [3] = 6, [5] = 10, [6] = 4, [TIMERS_MAX - 1] = 2};
    probe_note(p, timer);
    uint64_t now_ns = transport_now(p->t);
    bool early = now_ns < p->step + due[timer] * p->kind->tick_ns;
    if (early && p->logged <= 5) probe_note(p, UINT64_MAX);
    if (timer == 0 && p->logged < 6) p->t->ops->timer_set(p->t, 0, 4 * p->kind->tick_ns);
    if (p->logged == 6) probe_done(p);
}

START_TEST(timers_fire_once_and_in_order_of_their_times)
{
    static const struct script script = {.init = timers_init, .timer = timers_timer};
    static const uint64_t expected[] = {TIMERS_MAX - 1, 6, 3, 0, 5, 0};
    struct stage s = stage_run(conformance_transports[_i], &script, 1);
    stage_expect_done(&s);
    ck_assert_uint_eq(s.probe[0]->logged, 6);
    for (int i = 0; i < 6; i++) ck_assert_uint_eq(s.probe[0]->log[i], expected[i]);
    stage_end(&s);
}
END_TEST

/* Two timers become due while a handler is busy; the first of them cancels the second. */
static void due_init(struct probe *p)
{
    p->t->ops->timer_set(p->t, 0, p->kind->tick_ns);
    p->t->ops->timer_set(p->t, 1, p->kind->tick_ns);
    p->t->ops->timer_set(p->t, 2, 5 * p->kind->tick_ns);
    p->t->ops->charge(p->t, 3 * p->kind->tick_ns);
}

static void due_timer(struct probe *p, uint32_t timer)
{
    probe_note(p, timer);
    if (timer < 2) p->t->ops->timer_cancel(p->t, 1 - timer);
    if (timer == 2) probe_done(p);
}

START_TEST(a_cancelled_timer_does_not_fire_even_if_due)
{
    static const struct script script = {.init = due_init, .timer = due_timer};
    struct stage s = stage_run(conformance_transports[_i], &script, 1);
    stage_expect_done(&s);
    ck_assert_uint_eq(s.probe[0]->logged, 2);
    ck_assert_uint_lt(s.probe[0]->log[0], 2);
    ck_assert_uint_eq(s.probe[0]->log[1], 2);
    stage_end(&s);
}
END_TEST

static void charge_init(struct probe *p)
{
    uint64_t before_ns = transport_now(p->t);
    p->t->ops->charge(p->t, 7 * p->kind->tick_ns);
    probe_note(p, transport_now(p->t) - before_ns);
    probe_done(p);
}

START_TEST(charge_advances_modelled_time_only)
{
    static const struct script script = {.init = charge_init};
    struct stage s = stage_run(conformance_transports[_i], &script, 1);
    uint64_t moved_ns = s.probe[0]->log[0];
    if (s.kind->modelled)
        ck_assert_uint_eq(moved_ns, 7 * s.kind->tick_ns);
    else
        ck_assert_uint_lt(moved_ns, 7 * s.kind->tick_ns);
    stage_end(&s);
}
END_TEST

/* ---- random streams -----------------------------------------------------------------------------
 */

static void random_init(struct probe *p)
{
    struct random *a = p->t->ops->random(p->t, "a");
    struct random *b = p->t->ops->random(p->t, "b");
    for (int i = 0; i < 8; i++) probe_note(p, random_next(a));
    for (int i = 0; i < 8; i++) probe_note(p, random_next(b));
    probe_note(p, p->t->ops->random(p->t, "a") == a);
    probe_done(p);
}

START_TEST(a_random_stream_depends_on_seed_node_and_name)
{
    static const struct script script = {.init = random_init};
    struct conformance_setup setup = {.seed = 42};
    struct stage s = stage_run_with(conformance_transports[_i], &script, 3, &setup, 0);
    stage_expect_done(&s);
    for (uint32_t node = 0; node < 3; node++) {
        char name[16];
        snprintf(name, sizeof name, "n%u", node);
        struct random a = random_named(42, name, "a"), b = random_named(42, name, "b");
        const uint64_t *log = s.probe[node]->log;
        for (int i = 0; i < 8; i++) ck_assert_uint_eq(log[i], random_next(&a));
        for (int i = 0; i < 8; i++) ck_assert_uint_eq(log[8 + i], random_next(&b));
        ck_assert_uint_eq(log[16], 1);
    }
    stage_end(&s);
}
END_TEST

void conformance_add(Suite *suite, const struct conformance_transport *const *list, int count)
{
    const struct {
        const char *name;
        const TTest *const *test;
    } cases[] = {
        {"messages", &messages_between_two_nodes_arrive_once_and_in_order},
        {"messages", &messages_of_all_sizes_arrive_intact},
        {"messages", &a_multicast_reaches_each_destination_once},
        {"messages", &a_retained_message_keeps_its_content},
        {"messages", &malformed_messages_are_dropped_and_counted},
        {"time", &timers_fire_once_and_in_order_of_their_times},
        {"time", &a_cancelled_timer_does_not_fire_even_if_due},
        {"time", &charge_advances_modelled_time_only},
        {"random", &a_random_stream_depends_on_seed_node_and_name},
    };
    conformance_transports = list;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TCase *tc = tcase_create(cases[i].name);
        tcase_set_timeout(tc, 60);
        tcase_add_loop_test(tc, *cases[i].test, 0, count);
        suite_add_tcase(suite, tc);
    }
    conformance_add_remote(suite, count);
    conformance_add_storage(suite, count);
}
