/* test_host.c - a host alone: messages that wait for the wire, notifications of nodes about peers,
 * and operations on a peer that is lost. */
#include <string.h>

#include "tests/lib/harness.h"
#include "tests/unit/stage.h"

START_TEST(messages_wait_for_the_first_connection)
{
    struct stage *s = stage_create(0);
    for (uint64_t i = 0; i < 100; i++) actor_send(&s->actor[0], 2, i);
    actor_round(s->host);
    ck_assert_uint_eq(s->wire->sent_count, 0);
    ck_assert(!host_peer_up(s->host, 1));
    peer_is(s, true);
    ck_assert(host_peer_up(s->host, 1));
    ck_assert_uint_eq(s->wire->sent_count, 100);
    for (uint32_t i = 0; i < 100; i++) ck_assert_uint_eq(actor_number(sent_message(s, i)), i);
    ck_assert_str_eq(s->actor[0].text, ""); /* no notification of the first connection */
    stage_destroy(s);
}
END_TEST

START_TEST(frames_refused_by_the_wire_wait_in_order)
{
    struct stage *s = stage_create(0);
    peer_is(s, true);
    s->wire->room = 10;
    for (uint64_t i = 0; i < 50; i++) actor_send(&s->actor[0], 2, i);
    ck_assert_uint_eq(s->wire->sent_count, 10);
    for (uint64_t i = 50; i < 100; i++) {
        s->wire->room = 3; /* there is space again, but earlier ones go first */
        actor_send(&s->actor[0], 2, i);
        actor_round(s->host);
    }
    ck_assert_uint_eq(s->wire->sent_count, 100);
    for (uint32_t i = 0; i < 100; i++) ck_assert_uint_eq(actor_number(sent_message(s, i)), i);
    ck_assert_uint_eq(host_stats(s->host)->overflowed, 0);
    stage_destroy(s);
}
END_TEST

START_TEST(a_backlog_is_bounded_and_its_losses_are_counted)
{
    enum { MESSAGES = 1000 };
    struct stage *s = stage_create(0);
    struct actor *a = &s->actor[0];
    peer_is(s, true);
    s->wire->room = 0;
    struct message *m = actor_message_new(a, MESSAGE_BYTES_MAX, 0);
    for (int i = 0; i < MESSAGES; i++) /* the same one, to save memory here */
        transport_send_one(a->t, 2, a->t->ops->message_retain(a->t, m));
    a->t->ops->message_release(a->t, m);
    uint64_t waiting = MESSAGES - host_stats(s->host)->overflowed;
    ck_assert_uint_le(waiting * MESSAGE_BYTES_MAX, BACKLOG_BYTES_MAX);
    ck_assert_uint_gt((waiting + 1) * (MESSAGE_BYTES_MAX + 1024), BACKLOG_BYTES_MAX);
    s->wire->room = ROOMY;
    actor_round(s->host);
    ck_assert_uint_eq(s->wire->sent_count, waiting);
    actor_send(a, 2, 5); /* the rest follows */
    ck_assert_uint_eq(s->wire->sent_count, waiting + 1);
    stage_destroy(s);
}
END_TEST

START_TEST(messages_between_nodes_of_a_host_bypass_the_wire)
{
    struct stage *s = stage_create(0);
    s->wire->room = 0;
    const uint32_t to[] = {1, 0};
    struct actor *a = &s->actor[0];
    a->t->ops->message_send(a->t, to, 2, actor_message_new(a, 64, 0));
    ck_assert_str_eq(s->actor[0].text, ""); /* not within the call */
    actor_round(s->host);
    ck_assert_str_eq(s->actor[0].text, "message 0 from 0, ");
    ck_assert_str_eq(s->actor[1].text, "message 0 from 0, ");
    ck_assert_uint_eq(host_node_stats(s->host, 0).messages_out, 2);
    ck_assert_uint_eq(host_node_stats(s->host, 0).bytes_out, 128);
    ck_assert_uint_eq(host_node_stats(s->host, 1).messages_in, 1);
    ck_assert_uint_eq(host_stats(s->host)->kind_count[MESSAGE_PROBE], 2);
    ck_assert_uint_eq(host_stats(s->host)->delivered, 2);
    stage_destroy(s);
}
END_TEST

/* ---- peers ----------------------------------------------------------------------------------- */

START_TEST(every_node_is_notified_of_every_node_of_a_lost_member)
{
    struct stage *s = stage_create(0);
    peer_is(s, false); /* it was never up */
    peer_is(s, true);
    peer_is(s, true);
    ck_assert_str_eq(s->actor[0].text, "");
    peer_is(s, false);
    peer_is(s, false);
    peer_is(s, true);
    for (int i = 0; i < 2; i++) ck_assert_str_eq(s->actor[i].text, "2 down, 3 down, 2 up, 3 up, ");
    stage_destroy(s);
}
END_TEST

START_TEST(messages_queued_for_a_lost_peer_are_never_sent)
{
    struct stage *s = stage_create(0);
    peer_is(s, true);
    s->wire->room = 1;
    for (uint64_t i = 0; i < 5; i++) actor_send(&s->actor[0], 2, i);
    peer_is(s, false);
    s->wire->room = ROOMY;
    actor_send(&s->actor[0], 3, 5);
    actor_round(s->host);
    peer_is(s, true);
    actor_send(&s->actor[0], 2, 6);
    ck_assert_uint_eq(s->wire->sent_count, 2);
    ck_assert_uint_eq(actor_number(sent_message(s, 0)), 0);
    ck_assert_uint_eq(actor_number(sent_message(s, 1)), 6);
    stage_destroy(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host");
    TCase *c = tcase_create("host");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, messages_wait_for_the_first_connection);
    tcase_add_test(c, frames_refused_by_the_wire_wait_in_order);
    tcase_add_test(c, a_backlog_is_bounded_and_its_losses_are_counted);
    tcase_add_test(c, messages_between_nodes_of_a_host_bypass_the_wire);
    tcase_add_test(c, every_node_is_notified_of_every_node_of_a_lost_member);
    tcase_add_test(c, messages_queued_for_a_lost_peer_are_never_sent);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
