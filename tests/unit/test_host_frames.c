/* test_host_frames.c - frames between hosts: opaque bytes and time stamps arrive, malformed frames
 * are dropped and counted. */
#include "tests/lib/harness.h"
#include "tests/unit/stage.h"

/* Messages with much, little and no opaque payload go from one host to another, frame by frame,
 * through a wire that sometimes refuses them. */
START_TEST(opaque_bytes_arrive_complete_over_a_wire_with_little_space)
{
    static const uint32_t opaque[] = {0, 1, 4096, WIRE_FRAME_BYTES_MAX, 1000000, 7};
    enum { MESSAGES = sizeof opaque / sizeof *opaque };
    struct stage *from = stage_create(1), *to = stage_create(0);
    from->wire->listener.peer(from->wire->listener.context, 0, true);
    from->wire->room = 1;
    uint64_t expected_bytes = 0, frame_bytes = 0;
    for (uint32_t i = 0; i < MESSAGES; i++) {
        struct message *m = actor_message_new(&from->actor[2], 64, i);
        m->opaque_bytes = opaque[i];
        expected_bytes += 64 + opaque[i];
        transport_send_one(from->actor[2].t, 0, m);
    }
    for (uint32_t i = 0; i < from->wire->sent_count; i++) {
        const struct sent *sent = &from->wire->sent[i];
        frame_bytes += sent->bytes - sizeof(struct frame);
        arrives(to, sent->frame, sent->bytes);
        from->wire->room = 1;
        actor_round(from->host);
    }
    ck_assert_uint_eq(frame_bytes, expected_bytes);
    ck_assert_uint_eq(to->actor[0].messages, MESSAGES);
    ck_assert_uint_eq(to->actor[0].out_of_order, 0);
    ck_assert_uint_eq(to->actor[0].opaque_bytes + 64 * MESSAGES, expected_bytes);
    ck_assert_uint_eq(host_node_stats(to->host, 0).bytes_in, expected_bytes);
    ck_assert_uint_eq(host_stats(to->host)->malformed, 0);
    stage_destroy(from);
    stage_destroy(to);
}
END_TEST

/* ---- single frames --------------------------------------------------------------------------- */

struct parcel {
    struct frame frame;
    struct message message;
    uint64_t number;
};

enum { MESSAGE_PARCEL = sizeof(struct frame) + sizeof(struct message) + 8 };

static struct parcel good_parcel(void)
{
    return (struct parcel){.frame = {.node = 0, .type = FRAME_MESSAGE},
                           .message = {.bytes = sizeof(struct message) + 8, .from = 2}};
}

static void expect_dropped(struct stage *s, struct parcel p, uint32_t bytes)
{
    uint64_t before = host_stats(s->host)->malformed;
    arrives(s, &p, bytes);
    ck_assert_uint_eq(host_stats(s->host)->malformed, before + 1);
}

START_TEST(malformed_messages_are_dropped)
{
    struct stage *s = stage_create(0);
    struct parcel p = good_parcel();
    arrives(s, &p, MESSAGE_PARCEL);
    ck_assert_str_eq(s->actor[0].text, "message 0 from 2, ");

    expect_dropped(s, p, 0);
    expect_dropped(s, p, sizeof(struct frame) - 1);
    expect_dropped(s, p, sizeof(struct frame));
    expect_dropped(s, p, MESSAGE_PARCEL - 1);
    enum { PARCELS = 10 };
    struct parcel bad[PARCELS];
    for (int i = 0; i < PARCELS; i++) bad[i] = p;
    bad[0].frame.node = 2; /* a node, but not of this host */
    bad[1].frame.node = STAGE_NODES;
    bad[2].frame.type = 99;
    bad[3].frame.sent_ns = UINT64_MAX; /* an impossible time */
    bad[4].message.from = 1;           /* not a node of that member */
    bad[5].message.from = UINT32_MAX;
    bad[6].message.bytes = UINT32_MAX;
    bad[7].message.bytes -= 8;       /* 8 bytes more than its header says */
    bad[8].message.opaque_bytes = 8; /* and 8 less */
    bad[9].message.kind = 250;
    for (int i = 0; i < PARCELS; i++) expect_dropped(s, bad[i], MESSAGE_PARCEL);
    ck_assert_str_eq(s->actor[0].text, "message 0 from 2, ");
    ck_assert_str_eq(s->actor[1].text, "");
    stage_destroy(s);
}
END_TEST

/* A frame is sent with its checksum; of any bit that flips the receiver knows. */
START_TEST(a_frame_with_a_flipped_bit_is_dropped)
{
    struct stage *from = stage_create(1), *to = stage_create(0);
    from->wire->listener.peer(from->wire->listener.context, 0, true);
    actor_send(&from->actor[2], 0, 0);
    ck_assert_uint_eq(from->wire->sent_count, 1);
    unsigned char *frame = (unsigned char *)from->wire->sent[0].frame;
    uint32_t bits = 8 * from->wire->sent[0].bytes;
    for (uint32_t bit = 0; bit < bits; bit++) {
        frame[bit / 8] ^= (unsigned char)(1U << bit % 8);
        arrives_unchecked(to, frame, bits / 8);
        frame[bit / 8] ^= (unsigned char)(1U << bit % 8);
    }
    ck_assert_uint_eq(host_stats(to->host)->corrupted, bits);
    ck_assert_str_eq(to->actor[0].text, "");
    arrives_unchecked(to, frame, bits / 8);
    ck_assert_str_eq(to->actor[0].text, "message 0 from 2, ");
    ck_assert_uint_eq(host_stats(to->host)->corrupted, bits);
    stage_destroy(from);
    stage_destroy(to);
}
END_TEST

/* What it says is not certain: it is reported as that, where it is possible. */
START_TEST(a_corrupted_frame_is_reported_and_counted_as_what_it_says)
{
    static const struct {
        uint32_t node, from;
        uint8_t kind;
        const char *dropped;
    } damaged[] = {
        {0, 3, MESSAGE_ACCEPT, "accept from 3: corrupted"},
        {0, 1, MESSAGE_ACCEPT, "accept from 2: corrupted"}, /* not a node of that member */
        {2, 3, MESSAGE_ACCEPT, "accept from 3: corrupted"}, /* not a node of this host */
        {0, UINT32_MAX, 250, "? from 2: corrupted"},
    };
    struct stage *s = stage_create(0);
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        struct parcel p = good_parcel();
        p.frame.node = damaged[i].node;
        p.message.from = damaged[i].from;
        p.message.kind = damaged[i].kind;
        p.frame.check = ~frame_check(&p.frame, MESSAGE_PARCEL);
        arrives_unchecked(s, &p, MESSAGE_PARCEL);
        ck_assert_str_eq(s->actor[0].dropped, damaged[i].dropped);
    }
    ck_assert_uint_eq(host_stats(s->host)->corrupted, 4);
    ck_assert_uint_eq(host_stats(s->host)->kind_corrupted[MESSAGE_ACCEPT], 3);
    ck_assert_uint_eq(host_stats(s->host)->kind_corrupted[MESSAGE_KIND_COUNT], 1);
    stage_destroy(s);
}
END_TEST

/* The receiver's time is later than the sender's, also if its clock is behind. */
START_TEST(time_stamps_respect_causality)
{
    struct stage *s = stage_create(0);
    peer_is(s, true);
    struct parcel p = good_parcel();
    p.frame.sent_ns = transport_now(s->actor[0].t) + UINT64_C(1800000000000);
    arrives(s, &p, MESSAGE_PARCEL);
    ck_assert_uint_ge(s->actor[0].now_ns, p.frame.sent_ns);
    actor_send(&s->actor[1], 2, 0);
    ck_assert_uint_ge(s->wire->sent[0].frame->sent_ns, p.frame.sent_ns);
    actor_round(s->host);
    ck_assert_uint_ge(transport_now(s->actor[0].t), p.frame.sent_ns); /* never decreases */
    stage_destroy(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host frames");
    TCase *c = tcase_create("host frames");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, opaque_bytes_arrive_complete_over_a_wire_with_little_space);
    tcase_add_test(c, malformed_messages_are_dropped);
    tcase_add_test(c, a_frame_with_a_flipped_bit_is_dropped);
    tcase_add_test(c, a_corrupted_frame_is_reported_and_counted_as_what_it_says);
    tcase_add_test(c, time_stamps_respect_causality);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
