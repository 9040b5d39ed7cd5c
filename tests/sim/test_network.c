/* test_network.c - arrival times of messages: bandwidth, NICs that send and receive one message at
 * a time, and the latencies of racks and regions. */
#include "tests/lib/harness.h"
#include "tests/sim/scene.h"

static void two_multicasts(struct actor *a)
{
    if (!is_first(a)) return;
    send_to(a, 1, 2, 1000);
    send_to(a, 1, 2, 200);
}

/* 1000 + 250 bytes at 1 Gb/s take 10 us, 200 + 250 take 3.6 us; each copy on its own. Connections
 * take turns: the second one to actor 1 takes twice its time, not the time of all messages to actor
 * 2. */
START_TEST(the_nic_sends_one_copy_after_the_other)
{
    struct scene *s = scene_run(&(struct behaviour){.init = two_multicasts}, 3,
                                LINK_10US "link.bandwidth = 1Gbps\nlink.overhead = 250B\n", NULL);
    expect(&s->actor[1], 0, 'm', 0, 20000);
    expect(&s->actor[2], 0, 'm', 0, 30000);
    expect(&s->actor[1], 1, 'm', 0, 27200);
    expect(&s->actor[2], 1, 'm', 0, 37200);
    ck_assert_uint_eq(sim_node_stats(s->sim, 0)->messages_out, 4);
    ck_assert_uint_eq(sim_node_stats(s->sim, 0)->bytes_out, 2 * 1250 + 2 * 450);
    ck_assert_uint_eq(sim_node_stats(s->sim, 1)->messages_in, 2);
    ck_assert_uint_eq(sim_node_stats(s->sim, 1)->bytes_in, 1250 + 450);
    ck_assert_uint_eq(sim_stats(s->sim)->kind_count[MESSAGE_PROBE], 4);
    ck_assert_uint_eq(sim_stats(s->sim)->kind_bytes[MESSAGE_PROBE], 2 * 1250 + 2 * 450);
    ck_assert_uint_eq(sim_stats(s->sim)->delivered, 4);
}
END_TEST

static void one_to_each(struct actor *a)
{
    if (!is_first(a)) return;
    send_to(a, 1, 5, 1000);
    a->t->ops->timer_set(a->t, 1, 500000);
}

static void two_multicasts_later(struct actor *a, uint32_t timer)
{
    (void)timer;
    two_multicasts(a);
}

/* Half a millisecond after messages to five actors only the two have a backlog: times are those of
 * the test before. */
START_TEST(a_connection_without_a_backlog_takes_no_turn)
{
    static const struct behaviour behaviour = {.init = one_to_each, .timer = two_multicasts_later};
    struct scene *s =
        scene_run(&behaviour, 6, LINK_10US "link.bandwidth = 1Gbps\nlink.overhead = 250B\n", NULL);
    expect(&s->actor[5], 0, 'm', 0, 60000);
    expect(&s->actor[1], 1, 'm', 0, 520000);
    expect(&s->actor[2], 1, 'm', 0, 530000);
    expect(&s->actor[1], 2, 'm', 0, 527200);
    expect(&s->actor[2], 2, 'm', 0, 537200);
}
END_TEST

/* Incast: four senders at once, but the receiver's NIC receives one message in 8 us. */
START_TEST(the_nic_receives_one_message_at_a_time)
{
    struct scene *s = scene_run(&(struct behaviour){.init = all_to_the_first}, 5,
                                LINK_10US "link.bandwidth = 1Gbps\n", NULL);
    for (uint32_t i = 0; i < 4; i++) expect(&s->actor[0], i, 'm', i + 1, 18000 + i * 8000);
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

START_TEST(opaque_bytes_occupy_the_nic_and_messages_to_itself_do_not)
{
    struct scene *s =
        scene_run(&(struct behaviour){.init = opaque_and_own}, 2,
                  LINK_10US "link.bandwidth = 1Gbps\nlink.loopback = constant 2us\n", NULL);
    expect(&s->actor[0], 0, 'm', 0, 2000);
    expect(&s->actor[1], 0, 'm', 0, 18000);
}
END_TEST

static void one_each(struct actor *a)
{
    if (is_first(a)) send_to(a, 1, 3, 64);
}

START_TEST(racks_and_regions_have_latencies_of_their_own)
{
    static const struct behaviour behaviour = {.init = one_each};
    struct scene *s = scene_run(
        &behaviour, 4, LINK_10US "topology = racks 2\nrack.latency = constant 30us\n", NULL);
    expect(&s->actor[1], 0, 'm', 0, 30000);
    expect(&s->actor[2], 0, 'm', 0, 10000);
    expect(&s->actor[3], 0, 'm', 0, 30000);
    s = scene_run(&behaviour, 4,
                  LINK_10US "topology = regions eu us ap\nregion.eu.us = constant 40ms\n"
                            "region.us.ap = constant 70ms\nregion.ap.eu = constant 90ms\n",
                  NULL);
    expect(&s->actor[1], 0, 'm', 0, 40000000);
    expect(&s->actor[2], 0, 'm', 0, 90000000);
    expect(&s->actor[3], 0, 'm', 0, 10000);
}
END_TEST

static void own_memory(struct actor *a)
{
    a->t->ops->region_register(a->t, 0, a->memory, sizeof a->memory);
    a->t->ops->region_grant(a->t, 0, &(uint32_t){0}, 1);
    if (is_first(a)) a->t->ops->timer_set(a->t, 0, 1000);
}

static void use_the_memory_of(struct actor *a, uint32_t node)
{
    const struct remote memory = {.node = node, .region = 0};
    uint64_t one = 1;
    a->t->ops->write(a->t, memory, &one, 8, 1);
    a->t->ops->read(a->t, memory, &a->seen[0], 8, 2);
    a->t->ops->compare_and_swap(a->t, memory, 1, 2, &a->seen[1], 3);
}

static void use_the_other_rack(struct actor *a, uint32_t timer)
{
    (void)timer;
    use_the_memory_of(a, 1);
}

static void use_the_own_rack(struct actor *a, uint32_t timer)
{
    (void)timer;
    use_the_memory_of(a, 2);
}

#define TWO_RACKS                                                     \
    LINK_10US "topology = racks 2\nrack.latency = constant 500us\n"   \
              "rdma.write = constant 2us\nrdma.read = constant 3us\n" \
              "rdma.atomic = constant 4us\n"

/* Operations at 1 us. In another rack each takes 500 us there, and 500 us back. */
START_TEST(one_sided_operations_between_racks_take_the_latency_of_messages)
{
    static const struct behaviour far = {.init = own_memory, .timer = use_the_other_rack};
    static const struct behaviour near = {.init = own_memory, .timer = use_the_own_rack};
    struct scene *s = scene_run(&far, 3, TWO_RACKS, NULL);
    for (uint32_t i = 1; i <= 3; i++) expect(&s->actor[0], i, 'c', 10 * i, 1001000);
    ck_assert_uint_eq(s->actor[0].seen[0], 1);
    ck_assert_uint_eq(s->actor[1].memory[0], 2);
    s = scene_run(&near, 3, TWO_RACKS, NULL);
    expect(&s->actor[0], 1, 'c', 10, 5000);
    expect(&s->actor[0], 2, 'c', 20, 5000); /* after the write */
    expect(&s->actor[0], 3, 'c', 30, 5000);
    ck_assert_uint_eq(s->actor[2].memory[0], 2);
}
END_TEST

START_TEST(a_slow_link_slows_both_ways_of_operations_between_racks)
{
    static const struct behaviour far = {.init = own_memory, .timer = use_the_other_rack};
    struct scene *s = scene_run(&far, 3, TWO_RACKS, "at 0 slow a b x3\n");
    for (uint32_t i = 1; i <= 3; i++) expect(&s->actor[0], i, 'c', 10 * i, 3001000);
}
END_TEST

static void read_both(struct actor *a, uint32_t timer)
{
    (void)timer;
    for (uint32_t node = 1; node <= 2; node++) {
        const struct remote memory = {.node = node, .region = 0};
        a->t->ops->read(a->t, memory, a->seen, sizeof a->seen, node);
    }
}

/* At 8 ns a byte: the answers of two actors, 128 bytes each, reach the reader together. */
START_TEST(answers_of_reads_are_received_one_at_a_time)
{
    static const struct behaviour behaviour = {.init = own_memory, .timer = read_both};
    struct scene *s = scene_run(
        &behaviour, 3, LINK_10US "link.bandwidth = 1Gbps\nrdma.read = constant 4us\n", NULL);
    expect(&s->actor[0], 1, 'c', 10, 1000 + 4000 + 1024);
    expect(&s->actor[0], 2, 'c', 20, 1000 + 4000 + 2 * 1024);
}
END_TEST

/* ---- places, bandwidths, a matrix ------------------------------------------------------------ */

static const char *const two_groups[] = {"p0.r0", "p0.r1", "p1.r0", "p1.r1", "c0"};

static void from_the_client(struct actor *a)
{
    if (a->t->self == 4) send_to(a, 0, 3, 1000);
}

#define TWO_REGIONS LINK_10US "topology = regions eu us\nregion.eu.us = constant 40ms\n"

/* Without a rule replica 1 of each group is in the second region, client 0 in the first. */
START_TEST(nodes_stand_where_the_model_places_them)
{
    static const struct behaviour behaviour = {.init = from_the_client, .names = two_groups};
    struct scene *s = scene_run(&behaviour, 5, TWO_REGIONS, NULL);
    for (uint32_t i = 0; i < 4; i++) expect(&s->actor[i], 0, 'm', 4, i % 2 ? 40000000 : 10000);
    s = scene_run(&behaviour, 5, TWO_REGIONS "place.p0.* = eu\nplace.p1.* = us\nplace.c* = us\n",
                  NULL);
    for (uint32_t i = 0; i < 4; i++) expect(&s->actor[i], 0, 'm', 4, i < 2 ? 40000000 : 10000);
}
END_TEST

START_TEST(the_last_rule_that_matches_places_a_node)
{
    static const struct behaviour behaviour = {.init = from_the_client, .names = two_groups};
    struct scene *s =
        scene_run(&behaviour, 5, TWO_REGIONS "place.* = us\nplace.p*.r1 = eu\n", NULL);
    for (uint32_t i = 0; i < 4; i++) expect(&s->actor[i], 0, 'm', 4, i % 2 ? 40000000 : 10000);
}
END_TEST

/* 1000 bytes: at 1 Gb/s 8 us, at 100 Mb/s 80 us. A slow card at the receiver takes in what a fast
 * one sends; a slow one at the sender delays all. */
START_TEST(nodes_have_bandwidths_of_their_own)
{
    static const struct behaviour behaviour = {.init = from_the_client, .names = two_groups};
    struct scene *s = scene_run(
        &behaviour, 5, LINK_10US "link.bandwidth = 1Gbps\nlink.bandwidth.p0.r1 = 100Mbps\n", NULL);
    expect(&s->actor[0], 0, 'm', 4, 8000 + 10000);
    expect(&s->actor[1], 0, 'm', 4, 16000 - 8000 + 10000 + 80000);
    expect(&s->actor[2], 0, 'm', 4, 24000 + 10000);
    s = scene_run(&behaviour, 5, LINK_10US "link.bandwidth = 1Gbps\nlink.bandwidth.c* = 100Mbps\n",
                  NULL);
    for (uint32_t i = 0; i < 4; i++)
        expect(&s->actor[i], 0, 'm', 4, UINT64_C(80000) * (i + 1) + 10000);
}
END_TEST

/* ---- shared uplinks: at 8 ns a byte, 30 us apart --------------------------------------------- */

#define UPLINKS                                                    \
    LINK_10US "topology = racks 2\nrack.latency = constant 30us\n" \
              "uplink.bandwidth = 1Gbps\n"

/* Actors 0 and 2 are in one rack, 1 and 3 in the other. */
static void across_and_within(struct actor *a)
{
    if (a->t->self == 0) send_to(a, 1, 2, 1000);
    if (a->t->self == 2) send_to(a, 3, 3, 1000);
    if (a->t->self == 3) send_to(a, 0, 0, 1000);
}

START_TEST(nodes_of_a_site_share_its_uplink)
{
    struct scene *s = scene_run(&(struct behaviour){.init = across_and_within}, 4, UPLINKS, NULL);
    expect(&s->actor[1], 0, 'm', 0, 8000 + 30000);
    expect(&s->actor[3], 0, 'm', 2, 16000 + 30000);
    expect(&s->actor[2], 0, 'm', 0, 10000);        /* within the rack */
    expect(&s->actor[0], 0, 'm', 3, 8000 + 30000); /* the other direction */
}
END_TEST

static void two_to_the_third(struct actor *a)
{
    if (a->t->self < 2) send_to(a, 2, 2, 1000);
}

/* Three racks: both messages arrive at the third after 38 us, and one waits for the other. */
START_TEST(senders_to_a_site_share_its_downlink)
{
    struct scene *s = scene_run(&(struct behaviour){.init = two_to_the_third}, 3,
                                LINK_10US "topology = racks 3\nrack.latency = constant 30us\n"
                                          "uplink.bandwidth = 1Gbps\n",
                                NULL);
    expect(&s->actor[2], 0, 'm', 0, 38000);
    expect(&s->actor[2], 1, 'm', 1, 46000);
}
END_TEST

static void once_across(struct actor *a)
{
    if (is_first(a)) send_to(a, 1, 1, 1000);
}

/* 1000 bytes take 8 us at the uplink, 4 us at a fast card before it, 80 us at a slow one. What is
 * slower passes while it is received. */
START_TEST(the_slowest_on_the_way_decides_when_nothing_waits)
{
    static const struct behaviour behaviour = {.init = once_across};
    struct scene *s = scene_run(&behaviour, 2, UPLINKS "link.bandwidth = 2Gbps\n", NULL);
    expect(&s->actor[1], 0, 'm', 0, 8000 + 30000);
    s = scene_run(&behaviour, 2, UPLINKS "link.bandwidth = 100Mbps\n", NULL);
    expect(&s->actor[1], 0, 'm', 0, 80000 + 30000);
}
END_TEST

/* The first rack has an unlimited uplink; the other receives and sends at 80 ns a byte. */
START_TEST(sites_have_uplinks_of_their_own)
{
    static const struct behaviour behaviour = {.init = across_and_within};
    struct scene *s = scene_run(
        &behaviour, 4, UPLINKS "uplink.bandwidth.0 = 0\nuplink.bandwidth.1 = 100Mbps\n", NULL);
    expect(&s->actor[1], 0, 'm', 0, 30000 + 80000);
    expect(&s->actor[3], 0, 'm', 2, 30000 + 160000);
    expect(&s->actor[0], 0, 'm', 3, 80000 + 30000);
}
END_TEST

static void four_across(struct actor *a)
{
    for (int i = 0; i < 4 && is_first(a); i++) send_to(a, 1, 1, 1000);
}

START_TEST(messages_wait_at_an_uplink_or_are_dropped_when_its_queue_is_full)
{
    static const struct behaviour behaviour = {.init = four_across};
    struct scene *s = scene_run(&behaviour, 2, UPLINKS "uplink.queue = delay\n", NULL);
    ck_assert_uint_eq(count_logged(&s->actor[1], 'm'), 4);
    for (uint32_t i = 0; i < 4; i++) expect(&s->actor[1], i, 'm', 0, 38000 + i * 8000);
    s = scene_run(&behaviour, 2, UPLINKS "uplink.queue = drop 2kB\n", NULL);
    ck_assert_uint_eq(count_logged(&s->actor[1], 'm'), 2);
    for (uint32_t i = 0; i < 2; i++) expect(&s->actor[1], i, 'm', 0, 38000 + i * 8000);
    ck_assert_uint_eq(sim_stats(s->sim)->dropped, 2);
}
END_TEST

static void a_large_one_first(struct actor *a)
{
    if (!is_first(a)) return;
    send_to(a, 1, 1, 3000);
    send_to(a, 1, 1, 100);
}

START_TEST(a_message_larger_than_the_queue_passes_an_empty_one)
{
    struct scene *s = scene_run(&(struct behaviour){.init = a_large_one_first}, 2,
                                UPLINKS "uplink.queue = drop 2kB\n", NULL);
    expect(&s->actor[1], 0, 'm', 0, 24000 + 30000);
    ck_assert_uint_eq(count_logged(&s->actor[1], 'm'), 1);
}
END_TEST

static void write_behind_messages(struct actor *a, uint32_t timer)
{
    (void)timer;
    const struct remote memory = {.node = 1, .region = 0};
    for (int i = 0; i < 2; i++) send_to(a, 1, 1, 1000);
    for (int i = 0; i < MEMORY_WORDS; i++) a->seen[i] = 7;
    a->t->ops->write(a->t, memory, a->seen, sizeof a->seen, 1);
}

/* At 1 us two messages fill the queue until 17 us; the WRITE, of 1000 bytes on the wire, has room
 * from 9 us on. It passes after them, until 25 us, and takes 30 us there and 30 us back. */
START_TEST(a_one_sided_operation_waits_for_room_in_a_full_queue_or_is_given_up)
{
    static const struct behaviour behaviour = {.init = own_memory, .timer = write_behind_messages};
    struct scene *s =
        scene_run(&behaviour, 2, UPLINKS "uplink.queue = drop 2kB\nrdma.overhead = 872B\n", NULL);
    expect(&s->actor[0], 1, 'c', 10, 25000 + 30000 + 30000);
    ck_assert_uint_eq(s->actor[1].memory[0], 7);
    s = scene_run(&behaviour, 2,
                  UPLINKS "uplink.queue = drop 2kB\nrdma.overhead = 872B\nrdma.timeout = 5us\n",
                  NULL);
    expect(&s->actor[0], 1, 'c', 10 + COMPLETION_UNREACHABLE, 6000);
    ck_assert_uint_eq(s->actor[1].memory[0], 0);
    ck_assert_uint_eq(count_logged(&s->actor[1], 'm'), 2);
}
END_TEST

static void messages_and_writes(struct actor *a, uint32_t timer)
{
    const struct remote memory = {.node = 1, .region = 0};
    write_behind_messages(a, timer);
    a->t->ops->write(a->t, memory, a->seen, sizeof a->seen, 2);
}

/* Behind 2000 bytes of messages, until 17 us, the first WRITE has room from 9 us on. The second one
 * would have from 17 us on, and is given up at 11 us: it waits for the first to complete. */
START_TEST(an_operation_that_is_given_up_completes_after_those_before_it)
{
    static const struct behaviour behaviour = {.init = own_memory, .timer = messages_and_writes};
    struct scene *s = scene_run(
        &behaviour, 2,
        UPLINKS "uplink.queue = drop 2kB\nrdma.overhead = 872B\nrdma.timeout = 10us\n", NULL);
    expect(&s->actor[0], 1, 'c', 10, 25000 + 30000 + 30000);
    expect(&s->actor[0], 2, 'c', 20 + COMPLETION_UNREACHABLE, 85000);
}
END_TEST

static void read_and_swap(struct actor *a, uint32_t timer)
{
    (void)timer;
    const struct remote memory = {.node = 1, .region = 0};
    a->t->ops->read(a->t, memory, a->seen, sizeof a->seen, 1);
    a->t->ops->compare_and_swap(a->t, memory, 0, 7, &a->seen[0], 2);
}

/* What the READ returns takes 102.4 us at the card there and again here; the answer of the other
 * has no bytes, and would be here after 1 + 12.8 + 30 + 30 us. */
START_TEST(an_answer_without_bytes_comes_after_those_before_it)
{
    static const struct behaviour behaviour = {.init = own_memory, .timer = read_and_swap};
    struct scene *s = scene_run(&behaviour, 2, UPLINKS "link.bandwidth = 10Mbps\n", NULL);
    expect(&s->actor[0], 1, 'c', 10, 1000 + 30000 + 102400 + 30000);
    expect(&s->actor[0], 2, 'c', 20, 163400);
}
END_TEST

static void read_the_other_rack(struct actor *a, uint32_t timer)
{
    (void)timer;
    const struct remote memory = {.node = 1, .region = 0};
    a->t->ops->read(a->t, memory, a->seen, sizeof a->seen, 1);
    a->t->ops->read(a->t, memory, a->seen, sizeof a->seen, 2);
}

/* 128 bytes each, which take 1024 ns back. */
START_TEST(answers_of_reads_share_uplinks)
{
    static const struct behaviour behaviour = {.init = own_memory, .timer = read_the_other_rack};
    struct scene *s = scene_run(&behaviour, 2, UPLINKS, NULL);
    expect(&s->actor[0], 1, 'c', 10, 1000 + 60000 + 1024);
    expect(&s->actor[0], 2, 'c', 20, 1000 + 60000 + 2048);
}
END_TEST

/* Two messages arrive before the cut, two are under way when it begins. */
START_TEST(faults_apply_to_what_passes_an_uplink)
{
    static const struct behaviour behaviour = {.init = four_across};
    struct scene *s = scene_run(&behaviour, 2, UPLINKS, "at 50us cut a b for 10us\n");
    expect(&s->actor[1], 0, 'm', 0, 38000);
    expect(&s->actor[1], 1, 'm', 0, 46000);
    ck_assert_uint_eq(count_logged(&s->actor[1], 'm'), 2);
    ck_assert_uint_eq(sim_stats(s->sim)->dropped, 2);
    s = scene_run(&behaviour, 2, UPLINKS, "at 0 slow a b x2\nat 0 duplicate 100% a b\n");
    ck_assert_uint_eq(count_logged(&s->actor[1], 'm'), 8);
    expect(&s->actor[1], 0, 'm', 0, 8000 + 60000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network");
    TCase *c = tcase_create("network");
    tcase_add_checked_fixture(c, NULL, scenes_end);
    tcase_add_test(c, the_nic_sends_one_copy_after_the_other);
    tcase_add_test(c, a_connection_without_a_backlog_takes_no_turn);
    tcase_add_test(c, the_nic_receives_one_message_at_a_time);
    tcase_add_test(c, opaque_bytes_occupy_the_nic_and_messages_to_itself_do_not);
    tcase_add_test(c, racks_and_regions_have_latencies_of_their_own);
    tcase_add_test(c, one_sided_operations_between_racks_take_the_latency_of_messages);
    tcase_add_test(c, a_slow_link_slows_both_ways_of_operations_between_racks);
    tcase_add_test(c, answers_of_reads_are_received_one_at_a_time);
    tcase_add_test(c, nodes_stand_where_the_model_places_them);
    tcase_add_test(c, the_last_rule_that_matches_places_a_node);
    tcase_add_test(c, nodes_have_bandwidths_of_their_own);
    tcase_add_test(c, nodes_of_a_site_share_its_uplink);
    tcase_add_test(c, senders_to_a_site_share_its_downlink);
    tcase_add_test(c, the_slowest_on_the_way_decides_when_nothing_waits);
    tcase_add_test(c, sites_have_uplinks_of_their_own);
    tcase_add_test(c, messages_wait_at_an_uplink_or_are_dropped_when_its_queue_is_full);
    tcase_add_test(c, a_message_larger_than_the_queue_passes_an_empty_one);
    tcase_add_test(c, a_one_sided_operation_waits_for_room_in_a_full_queue_or_is_given_up);
    tcase_add_test(c, an_operation_that_is_given_up_completes_after_those_before_it);
    tcase_add_test(c, an_answer_without_bytes_comes_after_those_before_it);
    tcase_add_test(c, answers_of_reads_share_uplinks);
    tcase_add_test(c, faults_apply_to_what_passes_an_uplink);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
