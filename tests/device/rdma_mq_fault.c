/* rdma_mq_fault.c - the message queue on links that are cut, healed, and lossy. */
#include "tests/device/rdma_devices.h"
#include "tests/device/rdma_ends.h"
#include "tests/lib/harness.h"

/* With short timeouts for peers that are cut off. */
static const struct mq_options hasty = {
    .ring_bytes = 16384, .dead_after_ns = 500000000, .connect_ns = 1000000000};

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
    rdma_calm();
    end_close(&t->a);
    end_close(&t->b);
}

/* Cuts one or both directions of the link, by the index of the loop test. */
static void cut(int which)
{
    if (which != 1) rdma_cut(0, 1);
    if (which != 2) rdma_cut(1, 0);
}

/* The loss is reported at both ends, although both are idle, whichever direction is cut; once
 * healed, they can connect again. */
START_TEST(a_cut_link_is_reported_and_can_be_reconnected)
{
    struct two t;
    two_open(&t, &hasty);
    cut(_i);
    UNTIL(t.a.lost == 1 && t.b.lost == 1, &t.a, &t.b);
    ck_assert(t.a.status == MQ_BROKEN || t.a.status == MQ_CLOSED);
    ck_assert(t.b.status == MQ_BROKEN || t.b.status == MQ_CLOSED);
    rdma_calm();
    mq_link_close(t.a.lost_link);
    mq_link_close(t.b.lost_link);
    end_join(&t.b, &t.a);
    for (uint32_t i = 0; i < 10; i++) ck_assert(end_send(&t.a, 0, i, 100));
    mq_flush(t.a.q);
    UNTIL(t.b.messages == 10, &t.a, &t.b);
    two_close(&t);
}
END_TEST

/* Messages in transit at the cut arrive intact and in order or not at all. */
START_TEST(a_link_cut_during_traffic_delivers_complete_messages_only)
{
    struct two t;
    two_open(&t, &hasty);
    uint32_t sent = 0;
    while (sent < 500)
        if (end_send(&t.a, 0, sent, 8 + sent % 1000)) {
            sent++;
        } else {
            mq_flush(t.a.q);
            UNTIL(t.a.room > 0, &t.a, &t.b);
            t.a.room = 0;
        }
    cut(0);
    mq_flush(t.a.q);
    UNTIL(t.a.lost == 1 && t.b.lost == 1, &t.a, &t.b);
    end_expect_lost(&t.a, MQ_BROKEN);
    ck_assert_uint_le(t.b.messages, sent);
    two_close(&t);
}
END_TEST

/* A cut has no effect if it is shorter than what retransmission tolerates: some seconds here, since
 * on a busy machine it takes long to cut and to heal. */
START_TEST(a_brief_cut_does_not_break_a_link)
{
    struct two t;
    two_open(&t, &(struct mq_options){.dead_after_ns = UINT64_C(60000000000)});
    cut(_i);
    ck_assert(end_send(&t.a, 0, 0, 5000));
    ck_assert(end_send(&t.b, 0, 0, 5000));
    mq_flush(t.a.q);
    mq_flush(t.b.q);
    rdma_calm();
    UNTIL(t.a.messages == 1 && t.b.messages == 1, &t.a, &t.b);
    ck_assert_uint_eq(t.a.lost + t.b.lost, 0);
    two_close(&t);
}
END_TEST

START_TEST(a_connection_over_a_cut_link_times_out)
{
    struct two t;
    end_open(&t.a, 0, &hasty);
    end_open(&t.b, 1, &hasty);
    cut(_i);
    struct mq_link *link = end_connect(&t.a, &t.b, NULL);
    UNTIL(t.a.lost == 1, &t.a, &t.b);
    ck_assert(t.a.status == MQ_TIMEOUT || t.a.status == MQ_UNREACHABLE);
    rdma_calm();
    mq_link_close(link);
    end_join(&t.a, &t.b);
    two_close(&t);
}
END_TEST

static void do_nothing(struct end *end)
{
    (void)end;
}

/* So that not even the other side's kernel can report it. */
START_TEST(a_peer_killed_behind_a_cut_is_reported)
{
    struct end_child c;
    end_child_begin(&c, "nothing", &hasty);
    cut(0);
    end_child_kill(&c);
    UNTIL(c.end.lost == 1, &c.end);
    end_expect_lost(&c.end, MQ_BROKEN);
    rdma_calm();
    end_child_close(&c);
}
END_TEST

/* Both ways one packet in twenty is lost, and some are reordered. */
START_TEST(packet_loss_does_not_break_a_link)
{
    struct two t;
    two_open(&t, &(struct mq_options){.dead_after_ns = 2000000000});
    rdma_disturb(0, "delay 1ms 0.3ms loss 5% duplicate 1%");
    rdma_disturb(1, "delay 1ms 0.3ms loss 5% duplicate 1%");
    for (uint32_t sent = 0; sent < 200; sent++) {
        ck_assert(end_send(&t.a, 0, sent, 8 + 37 * sent));
        ck_assert(end_send(&t.b, 0, sent, 8 + 11 * sent));
        mq_flush(t.a.q);
        mq_flush(t.b.q);
        if (sent % 10 == 9) UNTIL(t.a.messages == sent + 1 && t.b.messages == sent + 1, &t.a, &t.b);
    }
    ck_assert_uint_eq(t.a.lost + t.b.lost, 0);
    two_close(&t);
}
END_TEST

int main(int argc, char **argv)
{
    static const struct end_role roles[] = {{"nothing", do_nothing}};
    rdma_devices_need(2, true);
    end_child_main(argc, argv, roles);

    Suite *suite = suite_create("mq fault");
    TCase *tc = end_tcase(suite, "fault");
    tcase_add_loop_test(tc, a_cut_link_is_reported_and_can_be_reconnected, 0, 3);
    tcase_add_test(tc, a_link_cut_during_traffic_delivers_complete_messages_only);
    tcase_add_loop_test(tc, a_brief_cut_does_not_break_a_link, 0, 3);
    tcase_add_loop_test(tc, a_connection_over_a_cut_link_times_out, 0, 2);
    tcase_add_test(tc, a_peer_killed_behind_a_cut_is_reported);
    tcase_add_test(tc, packet_loss_does_not_break_a_link);
    return test_main(suite);
}
