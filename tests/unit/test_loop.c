/* test_loop.c - the loop wire beyond conformance: full rings, orderly and abrupt ends. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "rdma/mq/ring.h"
#include "rdma/wire/loop.h"
#include "tests/lib/actor.h"

enum { MEMBERS_MAX = 3 };

static const uint32_t of_node[MEMBERS_MAX] = {0, 1, 2};

/* Hosts of one actor each; the test decides which of them run, and when. */
struct world {
    struct members members;
    struct loop *loop;
    struct host *host[MEMBERS_MAX];
    struct actor actor[MEMBERS_MAX];
};

static struct world *world_new(uint32_t count, uint32_t ring_bytes, const struct node_ops *ops)
{
    struct world *w = allocate_zeroed(1, sizeof *w);
    w->members = (struct members){count, count, of_node};
    w->loop = loop_create(count, count, ring_bytes);
    for (uint32_t i = 0; i < count; i++) {
        w->host[i] = host_create(&(struct host_setup){
            .seed = 1, .members = &w->members, .self = i, .wire = loop_wire(w->loop, i)});
        host_add_node(
            w->host[i],
            &(struct host_node){.node = i, .name = "actor", .ops = ops, .state = &w->actor[i]});
    }
    return w;
}

static void rounds(struct world *w, uint32_t member, int count)
{
    for (int i = 0; i < count; i++) actor_round(w->host[member]);
}

static void world_free(struct world *w)
{
    for (uint32_t i = 0; i < w->members.count; i++) {
        ck_assert_uint_eq(host_stats(w->host[i])->malformed, 0);
        ck_assert_uint_eq(host_stats(w->host[i])->overflowed, 0);
        host_destroy(w->host[i]);
    }
    loop_destroy(w->loop);
    free(w);
}

/* The smallest ring holds about a hundred of these; the reader wakes up when all were sent. */
START_TEST(a_late_reader_receives_all_frames_in_order)
{
    enum { MESSAGES = 5000 };
    struct world *w = world_new(2, RING_BYTES_MIN, &actor_ops);
    w->actor[1].quiet = true;
    rounds(w, 0, 2);
    for (uint64_t i = 0; i < MESSAGES; i++) actor_send(&w->actor[0], 1, i);
    rounds(w, 0, 2);
    for (int i = 0; i < MESSAGES && w->actor[1].messages < MESSAGES; i++) {
        rounds(w, 1, 1);
        rounds(w, 0, 1);
    }
    ck_assert_uint_eq(w->actor[1].messages, MESSAGES);
    ck_assert_uint_eq(w->actor[1].out_of_order, 0);
    world_free(w);
}
END_TEST

/* Two threads; a thread that waits for space, or for messages, must be woken up: the ticks are
 * further apart than the test's limit. */
enum { FLOOD = 30000 };
#define NEVER_NS UINT64_C(1000000000000)

static atomic_bool flooded;

static void flood_init(void *node, struct transport *t)
{
    struct actor *a = node;
    actor_init(node, t);
    a->quiet = true;
    for (uint64_t i = 0; t->self == 0 && i < FLOOD; i++) actor_send(a, 1, i);
}

static void flood_message(void *node, struct message *m)
{
    actor_message(node, m);
    if (m->from == 1) atomic_store(&flooded, true);
    if (((struct actor *)node)->messages == FLOOD) actor_send(node, 0, 0); /* all arrived */
}

static bool floods_on(void *context)
{
    (void)context;
    return !atomic_load(&flooded);
}

static void *flood(void *host)
{
    host_run(host, NEVER_NS, floods_on, NULL);
    return NULL;
}

static void *wake_when_flooded(void *context)
{
    struct world *w = context;
    while (!atomic_load(&flooded)) sched_yield();
    for (uint32_t i = 0; i < 2; i++) host_wake(w->host[i]);
    return NULL;
}

START_TEST(waiting_members_are_woken_during_a_flood)
{
    static const struct node_ops ops = {flood_init, flood_message, actor_timer, actor_completion,
                                        actor_peer, NULL,          NULL};
    struct world *w = world_new(2, RING_BYTES_MIN, &ops);
    pthread_t thread[3];
    atomic_store(&flooded, false);
    for (uint32_t i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&thread[i], NULL, flood, w->host[i]), 0);
    ck_assert_int_eq(pthread_create(&thread[2], NULL, wake_when_flooded, w), 0);
    for (int i = 0; i < 3; i++) pthread_join(thread[i], NULL);
    ck_assert_uint_eq(w->actor[1].messages, FLOOD);
    ck_assert_uint_eq(w->actor[1].out_of_order, 0);
    world_free(w);
}
END_TEST

/* ---- a sleeping member --------------------------------------------------------------------- */

#define LIMIT_NS UINT64_C(20000000000)

struct sleeper {
    struct loop *loop;
    char thread[64]; /* below /proc */
    atomic_bool begun;
    uint64_t slept_ns;
};

static void hear_frame(void *context, uint32_t member, void *frame, uint32_t bytes)
{
    (void)member;
    (void)frame;
    (void)bytes;
    if (context) ++*(uint32_t *)context;
}

static void hear_peer(void *context, uint32_t member, bool up)
{
    (void)context;
    (void)member;
    (void)up;
}

static const struct wire_listener listener = {.frame = hear_frame, .peer = hear_peer};

static void *wait_once(void *context)
{
    struct sleeper *s = context;
    struct wire *wire = loop_wire(s->loop, 0);
    wire->ops->listen(wire, &listener);
    while (wire->ops->poll(wire)) continue;
    ck_assert_int_gt(readlink("/proc/thread-self", s->thread, sizeof(s->thread) - 1), 0);
    atomic_store(&s->begun, true);
    uint64_t began_ns = clock_now();
    wire->ops->wait(wire, began_ns + LIMIT_NS);
    s->slept_ns = clock_now() - began_ns;
    return NULL;
}

/* Waiting, and no longer spinning: the kernel reports that the thread sleeps. */
static bool is_asleep(struct sleeper *s)
{
    char path[128], state = 0;
    if (!atomic_load(&s->begun)) return false;
    snprintf(path, sizeof(path), "/proc/%s/stat", s->thread);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1) state = 0;
    fclose(file);
    return state == 'S';
}

static void send_a_frame(struct loop *l)
{
    struct wire *wire = loop_wire(l, 1);
    void *frame = wire->ops->reserve(wire, 0, 64);
    ck_assert_ptr_nonnull(frame);
    memset(frame, 0, 64);
    wire->ops->commit(wire, 0, 64);
    wire->ops->flush(wire);
}

static void cut(struct loop *l)
{
    loop_cut(l, 0, 1);
}

static void wake(struct loop *l)
{
    loop_wire(l, 0)->ops->wake(loop_wire(l, 0));
}

/* After any time of sleep; it would wake up by itself, but too late. */
START_TEST(a_sleeping_member_is_woken_by_a_frame)
{
    static void (*const news[])(struct loop * l) = {send_a_frame, cut, wake};
    struct sleeper s = {.loop = loop_create(2, 2, RING_BYTES_MIN)};
    struct wire *other = loop_wire(s.loop, 1);
    pthread_t thread;
    other->ops->listen(other, &listener);
    while (other->ops->poll(other)) continue;
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_once, &s), 0);
    while (!is_asleep(&s)) sched_yield();
    news[_i](s.loop);
    pthread_join(thread, NULL);
    ck_assert_uint_lt(s.slept_ns, LIMIT_NS);
    loop_destroy(s.loop);
}
END_TEST

/* A poll takes some of the frames; the others are available without waiting. */
START_TEST(wait_returns_at_once_while_frames_are_left)
{
    enum { FRAMES = 100 };
    uint32_t received = 0;
    struct wire_listener counting = listener;
    counting.context = &received;
    struct loop *l = loop_create(2, 2, 16 * RING_BYTES_MIN);
    struct wire *reader = loop_wire(l, 0), *writer = loop_wire(l, 1);
    reader->ops->listen(reader, &counting);
    writer->ops->listen(writer, &listener);
    while (reader->ops->poll(reader) || writer->ops->poll(writer)) continue;
    for (uint32_t i = 0; i < FRAMES; i++) send_a_frame(l);
    ck_assert(reader->ops->poll(reader));
    ck_assert_uint_lt(received, FRAMES);
    uint64_t began_ns = clock_now();
    reader->ops->wait(reader, began_ns + LIMIT_NS);
    ck_assert_uint_lt(clock_now() - began_ns, LIMIT_NS);
    ck_assert(reader->ops->poll(reader));
    ck_assert_uint_eq(received, FRAMES);
    loop_destroy(l);
}
END_TEST

START_TEST(frames_sent_before_an_orderly_close_arrive)
{
    struct world *w = world_new(2, RING_BYTES_MIN, &actor_ops);
    rounds(w, 0, 1);
    rounds(w, 1, 1);
    for (uint64_t i = 0; i < 3; i++) actor_send(&w->actor[0], 1, i);
    struct wire *wire = loop_wire(w->loop, 0);
    wire->ops->close(wire);
    rounds(w, 1, 2);
    ck_assert_str_eq(w->actor[1].text,
                     "message 0 from 0, message 1 from 0, message 2 from 0, 0 down, ");
    world_free(w);
}
END_TEST

START_TEST(a_killed_member_neither_sends_nor_receives)
{
    struct world *w = world_new(3, RING_BYTES_MIN, &actor_ops);
    for (uint32_t i = 0; i < 3; i++) rounds(w, i, 1);
    loop_kill(w->loop, 1);
    loop_heal(w->loop, 0, 1); /* which does not reconnect it */
    for (uint32_t to = 0; to < 3; to += 2) actor_send(&w->actor[1], to, 0);
    rounds(w, 1, 1);
    actor_send(&w->actor[0], 1, 0);
    actor_send(&w->actor[0], 2, 0);
    for (uint32_t i = 0; i < 3; i++) rounds(w, i, 2);
    ck_assert_str_eq(w->actor[0].text, "1 down, ");
    ck_assert_str_eq(w->actor[1].text, "");
    ck_assert_str_eq(w->actor[2].text, "message 0 from 0, 1 down, ");
    world_free(w);
}
END_TEST

/* A connection that breaks and is restored before either end polls is reported as broken. */
START_TEST(a_short_cut_is_reported_and_loses_frames_in_transit)
{
    struct world *w = world_new(2, RING_BYTES_MIN, &actor_ops);
    rounds(w, 0, 1);
    rounds(w, 1, 1);
    actor_send(&w->actor[0], 1, 7);
    rounds(w, 0, 1);
    loop_cut(w->loop, 1, 0);
    loop_heal(w->loop, 0, 1);
    rounds(w, 0, 1);
    actor_send(&w->actor[0], 1, 0); /* over the new connection, which member 1 has not polled yet */
    rounds(w, 0, 1);
    rounds(w, 1, 2);
    ck_assert_str_eq(w->actor[0].text, "1 down, 1 up, ");
    ck_assert_str_eq(w->actor[1].text, "0 down, 0 up, message 0 from 0, ");
    world_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loop");
    TCase *tc = tcase_create("loop");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_late_reader_receives_all_frames_in_order);
    tcase_add_test(tc, waiting_members_are_woken_during_a_flood);
    tcase_add_loop_test(tc, a_sleeping_member_is_woken_by_a_frame, 0, 3);
    tcase_add_test(tc, wait_returns_at_once_while_frames_are_left);
    tcase_add_test(tc, frames_sent_before_an_orderly_close_arrive);
    tcase_add_test(tc, a_killed_member_neither_sends_nor_receives);
    tcase_add_test(tc, a_short_cut_is_reported_and_loses_frames_in_transit);
    suite_add_tcase(suite, tc);
    return test_main(suite);
}
