/* rdma_mq_broken.c - the message queue on real devices: peers that are killed at any time, and
 * peers that write invalid data. */
#include <arpa/inet.h>

#include "rdma/mq/mq_link.h"
#include "tests/device/rdma_devices.h"
#include "tests/device/rdma_ends.h"
#include "tests/lib/harness.h"

enum { RING_BYTES = MQ_RING_BYTES_MIN };

/* With a short timeout for failed peers. */
static const struct mq_options small = {.ring_bytes = RING_BYTES, .dead_after_ns = 500000000};

struct two {
    struct end a, b;
};

static void two_open(struct two *t)
{
    end_open(&t->a, 0, &(struct mq_options){.ring_bytes = RING_BYTES});
    end_open(&t->b, 1, &(struct mq_options){.ring_bytes = RING_BYTES});
    end_join(&t->a, &t->b);
}

static void two_close(struct two *t)
{
    end_close(&t->a);
    end_close(&t->b);
}

/* ---- killed peers -------------------------------------------------------------------------------
 */

static void do_nothing(struct end *end)
{
    (void)end;
}

START_TEST(a_killed_peer_is_reported)
{
    struct end_child c;
    end_child_begin(&c, "nothing", &small);
    end_child_kill(&c);
    UNTIL(c.end.lost == 1, &c.end);
    ck_assert(c.end.status == MQ_CLOSED || c.end.status == MQ_BROKEN);
    end_child_close(&c);
}
END_TEST

static void send_endlessly(struct end *end)
{
    for (uint32_t i = 0;;) {
        while (end_send(end, 0, i, 8 + i % 1000)) i++;
        mq_flush(end->q);
        end_poll(end, 64);
    }
}

/* Messages that have arrived are intact and in order, which is checked for each; then the loss is
 * reported. */
START_TEST(a_peer_killed_while_it_sends_is_reported)
{
    struct end_child c;
    end_child_begin(&c, "without end", &small);
    UNTIL(c.end.messages > 200 + 300 * (uint32_t)_i, &c.end);
    end_child_kill(&c);
    UNTIL(c.end.lost == 1, &c.end);
    ck_assert(c.end.status == MQ_BROKEN || c.end.status == MQ_CLOSED);
    end_child_close(&c);
}
END_TEST

/* ---- torn writes and invalid data ------------------------------------------------------------ */

enum { BEFORE_THE_WRAP = 3 };

/* Three messages, and two more of which the second begins anew at the ring's begin: a batch of two
 * WRITEs, of which only the first is posted, by hand. */
static void send_half_a_batch(struct end *end)
{
    struct mq_link *l = end->link;
    for (uint32_t i = 0; i < BEFORE_THE_WRAP; i++)
        if (!end_send(end, 0, i, 1000)) end_fail("line %d", __LINE__);
    mq_flush(end->q);
    while (l->out.credit == 0) end_poll(end, 64);
    if (!end_send(end, 0, BEFORE_THE_WRAP, 500)) end_fail("line %d", __LINE__);
    if (!end_send(end, 0, BEFORE_THE_WRAP + 1, 900)) end_fail("line %d", __LINE__);
    struct ring_span span[2];
    if (ring_publish(&l->out, span) != 2) end_fail("line %d", __LINE__);
    struct ibv_sge piece = {.addr = (uintptr_t)l->out.memory + span[0].offset,
                            .length = span[0].bytes,
                            .lkey = l->out_region->lkey};
    struct ibv_send_wr wr = {.opcode = IBV_WR_RDMA_WRITE,
                             .sg_list = &piece,
                             .num_sge = 1,
                             .wr.rdma = {l->remote_address + span[0].offset, l->remote_key}};
    struct ibv_send_wr *bad;
    if (ibv_post_send(mq_link_qp(l), &wr, &bad)) end_fail("line %d", __LINE__);
}

/* All bytes of a message have been written, with a valid header, but not published: the message is
 * delivered neither before nor after the writer is killed. */
START_TEST(a_batch_with_only_its_first_write_is_not_delivered)
{
    struct end_child c;
    end_child_begin(&c, "half a batch", &small);
    UNTIL(c.end.messages == BEFORE_THE_WRAP, &c.end);
    const struct ring_consumer *in = &c.end.link->in;
    const volatile uint32_t *header =
        (const volatile uint32_t *)(in->memory + in->next % in->bytes);
    uint32_t position = (uint32_t)(in->next / 8);
    UNTIL(header[1] == position, &c.end);
    ck_assert_uint_eq(header[0], 500);
    for (int i = 0; i < 1000; i++) end_poll(&c.end, 64);
    end_child_kill(&c);
    UNTIL(c.end.lost == 1, &c.end);
    ck_assert_uint_eq(c.end.messages, BEFORE_THE_WRAP);
    end_child_close(&c);
}
END_TEST

START_TEST(an_invalid_record_breaks_the_link)
{
    struct two t;
    two_open(&t);
    ck_assert(end_send(&t.a, 0, 0, 100));
    mq_flush(t.a.q);
    ck_assert(end_send(&t.a, 0, 1, 100));
    t.a.link->out.memory[t.a.link->out.published + 4] ^= 1; /* of another position */
    mq_flush(t.a.q);
    UNTIL(t.b.lost == 1 && t.a.lost == 1, &t.a, &t.b);
    ck_assert_uint_eq(t.b.messages, 1);
    end_expect_lost(&t.b, MQ_BROKEN);
    two_close(&t);
}
END_TEST

static void post_immediate(struct mq_link *l, uint32_t immediate)
{
    struct ibv_send_wr wr = {.opcode = IBV_WR_RDMA_WRITE_WITH_IMM,
                             .imm_data = htonl(immediate),
                             .wr.rdma = {l->remote_address, l->remote_key}};
    struct ibv_send_wr *bad;
    ck_assert(ibv_post_send(mq_link_qp(l), &wr, &bad) == 0);
}

START_TEST(an_invalid_immediate_value_breaks_the_link)
{
    static const uint32_t immediates[] = {
        0,                              /* of no kind */
        15u << MQ_COUNT_BITS,           /* of no kind */
        MQ_DATA << MQ_COUNT_BITS | 513, /* more than the ring holds */
        MQ_DATA << MQ_COUNT_BITS | 2,   /* not written */
        MQ_CREDIT << MQ_COUNT_BITS | 1, /* nothing was sent */
        MQ_TAKEN << MQ_COUNT_BITS | 1,  /* nothing was sent */
        MQ_CREDIT << MQ_COUNT_BITS | MQ_COUNT_MAX,
    };
    for (size_t i = 0; i < sizeof immediates / sizeof *immediates; i++) {
        struct two t;
        two_open(&t);
        post_immediate(t.a.link, immediates[i]);
        UNTIL(t.b.lost == 1, &t.a, &t.b);
        end_expect_lost(&t.b, MQ_BROKEN);
        ck_assert_uint_eq(t.b.messages, 0);
        two_close(&t);
    }
}
END_TEST

/* A WRITE outside the ring breaks the connection on both sides, by the device. */
START_TEST(a_write_outside_the_ring_breaks_the_link)
{
    struct two t;
    two_open(&t);
    t.a.link->remote_address += RING_BYTES;
    ck_assert(end_send(&t.a, 0, 0, 100));
    mq_flush(t.a.q);
    UNTIL(t.a.lost == 1 && t.b.lost == 1, &t.a, &t.b);
    ck_assert_int_eq(t.a.status, MQ_BROKEN);
    ck_assert_str_eq(t.a.detail, "IBV_WC_REM_ACCESS_ERR");
    two_close(&t);
}
END_TEST

int main(int argc, char **argv)
{
    static const struct end_role roles[] = {
        {"nothing", do_nothing},
        {"without end", send_endlessly},
        {"half a batch", send_half_a_batch},
    };
    rdma_devices_need(2, false);
    end_child_main(argc, argv, roles);

    Suite *suite = suite_create("mq broken");
    TCase *tc = end_tcase(suite, "killed peers");
    tcase_add_test(tc, a_killed_peer_is_reported);
    tcase_add_loop_test(tc, a_peer_killed_while_it_sends_is_reported, 0, 3);
    tc = end_tcase(suite, "wrong bytes");
    tcase_add_test(tc, a_batch_with_only_its_first_write_is_not_delivered);
    tcase_add_test(tc, an_invalid_record_breaks_the_link);
    tcase_add_test(tc, an_invalid_immediate_value_breaks_the_link);
    tcase_add_test(tc, a_write_outside_the_ring_breaks_the_link);
    return test_main(suite);
}
