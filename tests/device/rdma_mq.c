/* rdma_mq.c - the message queue on real devices: messages, back-pressure, waiting, connecting and
 * closing. Tests of broken links are in rdma_mq_fault.c. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/random.h"
#include "rdma/mq/address.h"
#include "rdma/mq/mq_link.h"
#include "tests/device/rdma_devices.h"
#include "tests/device/rdma_ends.h"
#include "tests/lib/harness.h"

static const struct mq_options small = {.ring_bytes = MQ_RING_BYTES_MIN};

struct two {
    struct end a, b;
};

static void two_open(struct two *t, const struct mq_options *options)
{
    end_open(&t->a, 0, options);
    end_open(&t->b, 1, options);
    end_join(&t->a, &t->b);
}

static void two_close(struct two *t)
{
    end_close(&t->a);
    end_close(&t->b);
}

/* ---- messages -----------------------------------------------------------------------------------
 */

START_TEST(a_greeting_and_a_message_each_way_are_delivered)
{
    struct two t;
    end_open(&t.a, 0, NULL);
    end_open(&t.b, 1, NULL);
    struct mq_link *link = end_connect(&t.a, &t.b, "it is me");
    mq_link_set_context(link, &t);
    UNTIL(t.a.up == 1 && t.b.up == 1, &t.a, &t.b);
    ck_assert_str_eq(t.b.greeting, "it is me");
    ck_assert_ptr_eq(t.a.link, link);
    ck_assert_ptr_eq(mq_link_context(link), &t);
    ck_assert_ptr_null(mq_link_context(t.b.link));
    ck_assert(end_send(&t.a, 0, 0, 100));
    ck_assert(end_send(&t.b, 1, 0, 200));
    mq_flush(t.a.q);
    mq_flush(t.b.q);
    UNTIL(t.a.messages == 1 && t.b.messages == 1, &t.a, &t.b);
    ck_assert_uint_eq(t.b.last_bytes, 100);
    ck_assert_uint_eq(t.a.last_bytes, 200);
    two_close(&t);
}
END_TEST

static uint32_t count_events(const struct two *t)
{
    return t->a.messages + t->a.room + t->b.messages + t->b.room;
}

/* In the smallest ring, so that it wraps at every position; in both directions at once. */
START_TEST(messages_of_all_sizes_arrive_intact_and_in_order)
{
    struct two t;
    two_open(&t, &small);
    uint32_t longest = ring_message_bytes_max(small.ring_bytes), count = longest - 7;
    uint32_t sent_a = 0, sent_b = 0;
    while (t.a.messages < count || t.b.messages < count) {
        while (sent_a < count && end_send(&t.a, 0, sent_a, 8 + sent_a)) sent_a++;
        while (sent_b < count && end_send(&t.b, 1, sent_b, longest - sent_b)) sent_b++;
        mq_flush(t.a.q);
        mq_flush(t.b.q);
        uint32_t before = count_events(&t);
        UNTIL(count_events(&t) > before, &t.a, &t.b);
    }
    ck_assert_uint_eq(mq_link_stats(t.a.link).messages_out, count);
    ck_assert_uint_eq(mq_link_stats(t.b.link).messages_in, count);
    ck_assert_uint_eq(mq_link_stats(t.b.link).bytes_in, mq_link_stats(t.a.link).bytes_out);
    two_close(&t);
}
END_TEST

/* After a short message the longest needs a skip of nearly half the ring, and then half of it:
 * there is space only when every byte has been credited, which is less than a quarter at a time. */
START_TEST(the_longest_messages_always_get_space)
{
    struct two t;
    two_open(&t, &small);
    uint32_t longest = ring_message_bytes_max(small.ring_bytes), sent = 0;
    while (sent < 500) {
        uint32_t bytes = sent % 2 ? longest : 8 * (1 + sent % 97);
        if (end_send(&t.a, 0, sent, bytes)) {
            sent++;
            mq_flush(t.a.q);
        } else {
            uint32_t room = t.a.room;
            UNTIL(t.a.room > room, &t.a, &t.b);
        }
    }
    UNTIL(t.b.messages == 500, &t.a, &t.b);
    two_close(&t);
}
END_TEST

START_TEST(one_flush_of_many_messages_is_one_write)
{
    struct two t;
    two_open(&t, NULL);
    for (uint32_t i = 0; i < 1000; i++) ck_assert(end_send(&t.a, 0, i, 64));
    mq_flush(t.a.q);
    UNTIL(t.b.messages == 1000, &t.a, &t.b);
    ck_assert_uint_eq(mq_link_stats(t.a.link).writes, 1);
    two_close(&t);
}
END_TEST

/* Each message is flushed, and the other side does not poll: the WRITEs in flight are bounded, the
 * rest accumulates, and leaves by few WRITEs once the other side polls. */
START_TEST(the_number_of_writes_in_flight_is_bounded)
{
    static const uint32_t depths[] = {MQ_DEPTH_MIN, 64};
    struct two t;
    two_open(&t, &(struct mq_options){.depth = depths[_i]});
    for (uint32_t i = 0; i < 1000; i++) {
        ck_assert(end_send(&t.a, 0, i, 64));
        mq_flush(t.a.q);
        end_poll(&t.a, 64);
    }
    ck_assert_uint_le(mq_link_stats(t.a.link).writes, MQ_WINDOW);
    UNTIL(t.b.messages == 1000, &t.a, &t.b);
    ck_assert_uint_le(mq_link_stats(t.a.link).writes, MQ_WINDOW + 2);
    two_close(&t);
}
END_TEST

START_TEST(a_full_queue_reports_space_after_a_release_and_loses_nothing)
{
    struct two t;
    two_open(&t, &small);
    t.b.hold = true;
    uint32_t sent = 0, rounds = 0;
    while (sent < 2000) {
        while (sent < 2000 && end_send(&t.a, 0, sent, 8 + 8 * (sent % 40))) sent++;
        mq_flush(t.a.q);
        UNTIL(t.b.messages == sent, &t.a, &t.b);
        uint32_t room = t.a.room;
        if (sent == 2000) break;
        for (int i = 0; i < 100; i++) end_poll(&t.a, 64);
        ck_assert_uint_eq(t.a.room, room); /* no space as long as no message is released */
        end_release(&t.b);
        UNTIL(t.a.room == room + 1, &t.a, &t.b);
        rounds++;
    }
    ck_assert_uint_gt(rounds, 10);
    ck_assert_uint_ge(mq_link_stats(t.a.link).full, rounds);
    two_close(&t);
}
END_TEST

START_TEST(a_message_that_is_too_early_or_too_long_is_refused)
{
    struct two t;
    enum mq_status why = MQ_OK;
    end_open(&t.a, 0, &(struct mq_options){.message_bytes_max = 1000});
    end_open(&t.b, 1, &(struct mq_options){.message_bytes_max = 1000});
    struct mq_link *link = end_connect(&t.a, &t.b, NULL);
    ck_assert_ptr_null(mq_reserve(link, 8, &why));
    ck_assert_int_eq(why, MQ_DOWN); /* not yet up */
    UNTIL(t.a.up == 1 && t.b.up == 1, &t.a, &t.b);
    ck_assert_ptr_null(mq_reserve(link, 1001, &why));
    ck_assert_int_eq(why, MQ_TOO_BIG);
    ck_assert_ptr_nonnull(mq_reserve(link, 1000, &why)); /* abandoned */
    ck_assert(end_send(&t.a, 0, 0, 500));
    mq_flush(t.a.q);
    UNTIL(t.b.messages == 1, &t.a, &t.b);
    two_close(&t);
}
END_TEST

/* ---- many senders ---------------------------------------------------------------------------- */

enum { SENDERS = 4, EACH = 1500 };

struct sender {
    pthread_t thread;
    struct end end;
    uint32_t number;
    const char *failure;
};

/* In a thread of its own: no assertions of the check library. */
static void *send_many(void *argument)
{
    struct sender *s = argument;
    struct mq_event events[16];
    uint32_t sent = 0;
    uint64_t limit_ns = end_limit_ns();
    while (sent < EACH && !s->failure) {
        enum mq_status why = MQ_OK;
        uint32_t *room = mq_reserve(s->end.link, 8, &why);
        if (room) {
            room[0] = s->number;
            room[1] = sent++;
            mq_commit(s->end.link, 8);
            if (sent % 3 == 0 || sent == EACH) mq_flush(s->end.q);
        } else if (why != MQ_FULL) {
            s->failure = mq_status_text(why);
        }
        if (!room) mq_wait(s->end.q, clock_now() + 10000000);
        mq_poll(s->end.q, events, 16);
        if (clock_now() > limit_ns) s->failure = "too late";
    }
    return NULL;
}

START_TEST(messages_of_many_senders_reach_one_receiver_in_order)
{
    struct end receiver;
    struct sender senders[SENDERS];
    end_open(&receiver, 0, &(struct mq_options){.ring_bytes = 8192});
    for (uint32_t i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.number = i};
        end_open(&senders[i].end, 1 + (int)i % (rdma_devices_count() - 1),
                 &(struct mq_options){.ring_bytes = 8192});
        end_join(&senders[i].end, &receiver);
    }
    for (uint32_t i = 0; i < SENDERS; i++)
        ck_assert(pthread_create(&senders[i].thread, NULL, send_many, &senders[i]) == 0);
    uint64_t limit_ns = end_limit_ns();
    while (receiver.messages < SENDERS * EACH && clock_now() < limit_ns)
        if (!end_poll(&receiver, 64)) mq_wait(receiver.q, limit_ns);
    for (uint32_t i = 0; i < SENDERS; i++) pthread_join(senders[i].thread, NULL);
    for (uint32_t i = 0; i < SENDERS; i++) {
        ck_assert_msg(!senders[i].failure, "sender %u: %s", i, senders[i].failure);
        UNTIL(receiver.next[i] == EACH, &receiver, &senders[i].end);
        end_close(&senders[i].end);
    }
    end_close(&receiver);
}
END_TEST

/* ---- waiting ------------------------------------------------------------------------------------
 */

struct echoing {
    struct end *end;
    atomic_bool stop;
};

static void *echo_until_stopped(void *argument)
{
    struct echoing *e = argument;
    while (!atomic_load(&e->stop)) {
        while (end_poll(e->end, 64)) continue;
        mq_wait(e->end->q, UINT64_MAX);
    }
    return NULL;
}

/* Only a message, or a wake, ends a wait. */
START_TEST(a_wait_of_each_kind_ends_with_a_message)
{
    static const enum mq_waiting ways[] = {MQ_ADAPTIVE, MQ_SPIN, MQ_EVENT};
    struct two t;
    pthread_t thread;
    two_open(&t, &(struct mq_options){.waiting = ways[_i]});
    t.b.echo = true;
    struct echoing echoing = {.end = &t.b};
    ck_assert(pthread_create(&thread, NULL, echo_until_stopped, &echoing) == 0);
    for (uint32_t i = 0; i < 300; i++) {
        ck_assert(end_send(&t.a, 0, i, 64));
        mq_flush(t.a.q);
        uint64_t limit_ns = end_limit_ns();
        while (t.a.messages == i && clock_now() < limit_ns)
            if (!end_poll(&t.a, 64)) mq_wait(t.a.q, limit_ns);
        ck_assert_uint_eq(t.a.messages, i + 1);
    }
    atomic_store(&echoing.stop, true);
    mq_wake(t.b.q);
    pthread_join(thread, NULL);
    two_close(&t);
}
END_TEST

struct waking {
    struct mq *q;
    atomic_uint waits; /* ended */
};

static void *wait_a_hundred_times(void *argument)
{
    struct waking *w = argument;
    for (int i = 0; i < 100; i++) {
        mq_wait(w->q, UINT64_MAX);
        atomic_fetch_add(&w->waits, 1);
    }
    return NULL;
}

/* A wake ends the current wait or else the next one; none is lost. */
START_TEST(a_wait_is_ended_by_a_wake_of_another_thread)
{
    static const enum mq_waiting ways[] = {MQ_ADAPTIVE, MQ_SPIN, MQ_EVENT};
    struct end e;
    pthread_t thread;
    end_open(&e, 0, &(struct mq_options){.waiting = ways[_i]});
    struct waking waking = {.q = e.q};
    ck_assert(pthread_create(&thread, NULL, wait_a_hundred_times, &waking) == 0);
    uint64_t limit_ns = end_limit_ns();
    for (unsigned i = 0; i < 100; i++) {
        mq_wake(e.q);
        while (atomic_load(&waking.waits) == i && clock_now() < limit_ns) sched_yield();
    }
    ck_assert_uint_eq(atomic_load(&waking.waits), 100);
    pthread_join(thread, NULL);
    end_close(&e);
}
END_TEST

START_TEST(a_wait_ends_at_its_time_and_by_a_file_descriptor)
{
    static const enum mq_waiting ways[] = {MQ_ADAPTIVE, MQ_SPIN, MQ_EVENT};
    struct end e;
    end_open(&e, 0, &(struct mq_options){.waiting = ways[_i]});
    mq_wait(e.q, 0);
    uint64_t until_ns = clock_now() + 3000000;
    mq_wait(e.q, until_ns);
    ck_assert(clock_now() >= until_ns);
    int fd = eventfd(0, 0);
    mq_watch(e.q, fd);
    uint64_t one = 1;
    ck_assert(write(fd, &one, sizeof one) == sizeof one);
    mq_wait(e.q, UINT64_MAX);
    end_close(&e);
    close(fd);
}
END_TEST

/* ---- connecting ---------------------------------------------------------------------------------
 */

START_TEST(a_connection_to_a_closed_port_is_refused)
{
    struct two t;
    end_open(&t.a, 0, NULL);
    end_open(&t.b, 1, NULL);
    uint16_t port = mq_port(t.b.q);
    end_close(&t.b);
    struct mq_link *link = mq_connect(t.a.q, rdma_device_address(1), port, NULL);
    UNTIL(t.a.lost > 0, &t.a);
    end_expect_lost(&t.a, MQ_REFUSED);
    ck_assert_ptr_eq(t.a.lost_link, link);
    mq_link_close(link);
    end_close(&t.a);
}
END_TEST

START_TEST(a_connection_to_an_invalid_address_is_unreachable)
{
    struct end a;
    end_open(&a, 0, NULL);
    struct mq_link *link = mq_connect(a.q, "nowhere", 1, NULL);
    UNTIL(a.lost > 0, &a);
    end_expect_lost(&a, MQ_UNREACHABLE);
    mq_link_close(link);
    end_close(&a);
}
END_TEST

START_TEST(a_peer_with_other_limits_is_refused)
{
    static const struct mq_options other[] = {{.ring_bytes = 8192},
                                              {.ring_bytes = 4096, .message_bytes_max = 100}};
    struct two t;
    end_open(&t.a, 0, &small);
    end_open(&t.b, 1, &other[_i]);
    ck_assert(end_connect(&t.a, &t.b, NULL) != NULL);
    UNTIL(t.a.lost > 0, &t.a, &t.b);
    end_expect_lost(&t.a, MQ_MISMATCH);
    ck_assert_uint_eq(t.b.up + t.b.lost, 0);
    two_close(&t);
}
END_TEST

/* Another program, or another version of this one, which differs in the first word. */
START_TEST(a_peer_with_another_protocol_is_refused)
{
    static const uint32_t magic[] = {MQ_MAGIC + (1 << 24), 0x20202020};
    struct two t;
    end_open(&t.a, 0, NULL);
    end_open(&t.b, 1, NULL);
    struct mq_link *link = end_connect(&t.a, &t.b, NULL);
    while (link->state == MQ_RESOLVING) end_poll(&t.a, 64);
    /* Too late for this connection; the next one uses the other protocol. */
    UNTIL(t.a.up == 1 && t.b.up == 1, &t.a, &t.b);
    struct mq_hello hello = link->hello;
    hello.magic = magic[_i];
    struct rdma_event_channel *channel = rdma_create_event_channel();
    struct rdma_cm_id *id;
    struct sockaddr_storage from, to;
    ck_assert(address_read(rdma_device_address(0), 0, &from) > 0);
    ck_assert(address_read(rdma_device_address(1), mq_port(t.b.q), &to) > 0);
    ck_assert(rdma_create_id(channel, &id, NULL, RDMA_PS_TCP) == 0);
    ck_assert(rdma_resolve_addr(id, (struct sockaddr *)&from, (struct sockaddr *)&to, 2000) == 0);
    struct rdma_cm_event *event;
    ck_assert(rdma_get_cm_event(channel, &event) == 0);
    ck_assert_int_eq(event->event, RDMA_CM_EVENT_ADDR_RESOLVED);
    rdma_ack_cm_event(event);
    ck_assert(rdma_resolve_route(id, 2000) == 0);
    ck_assert(rdma_get_cm_event(channel, &event) == 0);
    ck_assert_int_eq(event->event, RDMA_CM_EVENT_ROUTE_RESOLVED);
    rdma_ack_cm_event(event);
    struct rdma_conn_param p = {.private_data = &hello, .private_data_len = sizeof hello};
    ck_assert(rdma_connect(id, &p) == 0);
    fcntl(channel->fd, F_SETFL, O_NONBLOCK);
    UNTIL(rdma_get_cm_event(channel, &event) == 0, &t.a, &t.b);
    ck_assert_int_eq(event->event, RDMA_CM_EVENT_REJECTED);
    rdma_ack_cm_event(event);
    rdma_destroy_id(id);
    rdma_destroy_event_channel(channel);
    ck_assert_uint_eq(t.b.up, 1);
    two_close(&t);
}
END_TEST

START_TEST(a_link_beyond_the_limit_is_refused)
{
    struct two t;
    struct end c;
    two_open(&t, &(struct mq_options){.links_max = 1});
    ck_assert_ptr_null(end_connect(&t.a, &t.b, NULL));
    end_open(&c, 0, NULL);
    ck_assert(end_connect(&c, &t.b, NULL) != NULL);
    UNTIL(c.lost > 0, &t.a, &t.b, &c);
    end_expect_lost(&c, MQ_REFUSED);
    /* After one is closed, another can connect. */
    mq_link_close(t.a.link);
    UNTIL(t.b.lost == 1, &t.b);
    mq_link_close(t.b.lost_link);
    end_join(&c, &t.b);
    end_close(&c);
    two_close(&t);
}
END_TEST

START_TEST(opening_with_bad_options_is_refused_with_a_message)
{
    struct {
        struct mq_options options;
        const char *expected;
    } cases[] = {
        {{.address = NULL}, "address"},
        {{.address = "zebra"}, "zebra: expected an IPv4 or IPv6 address"},
        {{.address = "203.0.113.9"}, "203.0.113.9: expected the address of an RDMA device"},
        {{.ring_bytes = 5000}, "expected a power of two"},
        {{.ring_bytes = 2048}, "expected a power of two from 4096"},
        {{.ring_bytes = 4096, .message_bytes_max = 2041}, "expected at most 2040"},
        {{.links_max = 100000}, "expected at most 4096"},
        {{.depth = 3}, "expected 4 to 4096"},
        {{.dead_after_ns = 1000}, "expected at least"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = {""};
        if (i > 2) cases[i].options.address = rdma_device_address(0);
        ck_assert_ptr_null(mq_open(&cases[i].options, &error));
        ck_assert_msg(strstr(error.text, cases[i].expected) != NULL, "%s", error.text);
    }
    struct end a;
    struct error error = {""};
    end_open(&a, 0, NULL);
    struct mq_options taken = {.address = rdma_device_address(0), .port = mq_port(a.q)};
    ck_assert_ptr_null(mq_open(&taken, &error));
    ck_assert_msg(strstr(error.text, "port") != NULL, "%s", error.text);
    end_close(&a);
}
END_TEST

/* ---- closing --------------------------------------------------------------------------
 */

/* All messages committed before arrive, even those not flushed. */
START_TEST(a_closed_link_is_reported_after_its_messages)
{
    struct two t;
    two_open(&t, NULL);
    t.b.hold = true;
    for (uint32_t i = 0; i < 100; i++) ck_assert(end_send(&t.a, 0, i, 100));
    mq_link_close(t.a.link);
    UNTIL(t.b.lost == 1, &t.b);
    end_expect_lost(&t.b, MQ_CLOSED);
    ck_assert_uint_eq(t.b.messages, 100);
    enum mq_status why = MQ_OK;
    ck_assert_ptr_null(mq_reserve(t.b.link, 8, &why));
    ck_assert_int_eq(why, MQ_DOWN);
    end_release(&t.b); /* still possible */
    mq_link_close(t.b.link);
    /* And a new connection works like the first. */
    t.b.next[0] = 0;
    end_join(&t.b, &t.a);
    ck_assert(end_send(&t.a, 0, 0, 100));
    mq_flush(t.a.q);
    UNTIL(t.b.messages == 101, &t.a, &t.b);
    ck_assert_uint_eq(t.b.lost, 1);
    two_close(&t);
}
END_TEST

START_TEST(a_closed_queue_closes_its_links)
{
    struct two t;
    struct end c;
    two_open(&t, NULL);
    end_open(&c, 0, NULL);
    end_join(&c, &t.b);
    end_close(&t.b);
    UNTIL(t.a.lost == 1 && c.lost == 1, &t.a, &c);
    end_expect_lost(&t.a, MQ_CLOSED);
    end_expect_lost(&c, MQ_CLOSED);
    end_close(&t.a);
    end_close(&c);
}
END_TEST

int main(void)
{
    rdma_devices_need(2, false);

    Suite *suite = suite_create("mq");
    TCase *tc = end_tcase(suite, "messages");
    tcase_add_test(tc, a_greeting_and_a_message_each_way_are_delivered);
    tcase_add_test(tc, messages_of_all_sizes_arrive_intact_and_in_order);
    tcase_add_test(tc, the_longest_messages_always_get_space);
    tcase_add_test(tc, one_flush_of_many_messages_is_one_write);
    tcase_add_loop_test(tc, the_number_of_writes_in_flight_is_bounded, 0, 2);
    tcase_add_test(tc, a_full_queue_reports_space_after_a_release_and_loses_nothing);
    tcase_add_test(tc, a_message_that_is_too_early_or_too_long_is_refused);
    tcase_add_test(tc, messages_of_many_senders_reach_one_receiver_in_order);
    tc = end_tcase(suite, "waiting");
    tcase_add_loop_test(tc, a_wait_of_each_kind_ends_with_a_message, 0, 3);
    tcase_add_loop_test(tc, a_wait_is_ended_by_a_wake_of_another_thread, 0, 3);
    tcase_add_loop_test(tc, a_wait_ends_at_its_time_and_by_a_file_descriptor, 0, 3);
    tc = end_tcase(suite, "connecting");
    tcase_add_test(tc, a_connection_to_a_closed_port_is_refused);
    tcase_add_test(tc, a_connection_to_an_invalid_address_is_unreachable);
    tcase_add_loop_test(tc, a_peer_with_other_limits_is_refused, 0, 2);
    tcase_add_loop_test(tc, a_peer_with_another_protocol_is_refused, 0, 2);
    tcase_add_test(tc, a_link_beyond_the_limit_is_refused);
    tcase_add_test(tc, opening_with_bad_options_is_refused_with_a_message);
    tc = end_tcase(suite, "ends");
    tcase_add_test(tc, a_closed_link_is_reported_after_its_messages);
    tcase_add_test(tc, a_closed_queue_closes_its_links);
    return test_main(suite);
}
