/* test_link_faults.c - links that are cut, broken, slow, or that lose, duplicate or reorder
 * messages: arrival times of messages, and times at which the ends of a connection are notified
 * that it is down or up. */
#include <string.h>

#include "tests/lib/harness.h"
#include "tests/sim/scene.h"

START_TEST(a_one_way_cut_drops_messages_of_its_direction_until_it_ends)
{
    struct scene *s = scene_run(&every_100us, 2, LINK_10US, "at 450us cut-oneway a b for 200us\n");
    ck_assert_uint_eq(count_logged(&s->actor[0], 'm'), 20);
    ck_assert_uint_eq(count_logged(&s->actor[1], 'm'), 18); /* those of 500 and 600 us are lost */
    ck_assert_uint_eq(count_logged(&s->actor[0], 'p') + count_logged(&s->actor[1], 'p'), 0);
    ck_assert_uint_eq(sim_stats(s->sim)->dropped, 2);
}
END_TEST

/* Two cuts overlap: one report when the first is old enough, one when the last is over. */
START_TEST(overlapping_cuts_longer_than_the_timeout_are_reported_once)
{
    struct scene *s = scene_run(&every_100us, 2, LINK_10US,
                                "at 150us cut a b for 1200us\n"
                                "at 250us cut-oneway b a for 1400us\n");
    for (uint32_t i = 0; i < 2; i++) {
        const struct actor *a = &s->actor[i];
        expect(a, 1, 'p', 10 * (1 - i), 1150000); /* after the message of 100 us */
        ck_assert_uint_eq(count_logged(a, 'p'), 2);
    }
    /* b receives from a again from 1.4 ms on, before the connection is up in both directions at
     * 1.65 ms. */
    expect(&s->actor[1], 2, 'm', 0, 1410000);
    expect(&s->actor[0], 2, 'p', 11, 1650000);
}
END_TEST

START_TEST(a_break_is_reported_at_once)
{
    struct scene *s = scene_run(&every_100us, 2, LINK_10US, "at 150us break a b for 100us\n");
    expect(&s->actor[0], 1, 'p', 10, 150001);
    expect(&s->actor[0], 2, 'p', 11, 250000);
    expect(&s->actor[1], 1, 'p', 0, 150001);
}
END_TEST

START_TEST(loss_drops_duplication_repeats_and_slowness_delays)
{
    struct scene *s = scene_run(&every_100us, 2, LINK_10US,
                                "at 0 loss 100% a b for 550us\n"
                                "at 650us duplicate 100% * * for 100us\n"
                                "at 850us slow a b x5 for 100us\n");
    ck_assert_uint_eq(count_logged(&s->actor[0], 'm'), 20 - 5 + 1);
    ck_assert_uint_eq(count_logged(&s->actor[1], 'm'), 20 - 5 + 1);
    expect(&s->actor[1], 0, 'm', 0, 610000);
    expect(&s->actor[1], 1, 'm', 0, 710000);
    expect(&s->actor[1], 2, 'm', 0, 720000); /* its duplicate */
    expect(&s->actor[1], 4, 'm', 0, 950000); /* of 900 us */
    ck_assert_uint_eq(sim_stats(s->sim)->dropped, 10);
}
END_TEST

/* The same messages as if they were lost; a duplicate is whole. */
START_TEST(corruption_is_detected_where_the_message_would_have_arrived)
{
    struct scene *s = scene_run(&every_100us, 2, LINK_10US,
                                "at 0 corrupt 100% a b for 550us\n"
                                "at 450us duplicate 100% a b for 100us\n");
    for (uint32_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(count_logged(&s->actor[i], 'm'), 20 - 5 + 1);
        expect(&s->actor[i], 0, 'm', 1 - i, 520000);
        expect(&s->actor[i], 1, 'm', 1 - i, 610000);
    }
    ck_assert_uint_eq(sim_stats(s->sim)->corrupted, 10);
    ck_assert_uint_eq(sim_stats(s->sim)->kind_corrupted[MESSAGE_PROBE], 10);
    ck_assert_uint_eq(sim_stats(s->sim)->dropped, 10);
    ck_assert_uint_eq(sim_stats(s->sim)->malformed, 0);
}
END_TEST

/* These have nothing but a header, in which any bit counts. */
START_TEST(a_forged_header_is_malformed)
{
    struct scene *s = scene_run(&every_100us, 2, LINK_10US, "at 0 forge 100% a b for 550us\n");
    for (uint32_t i = 0; i < 2; i++) expect(&s->actor[i], 0, 'm', 1 - i, 610000);
    ck_assert_uint_eq(sim_stats(s->sim)->malformed, 10);
    ck_assert_uint_eq(sim_stats(s->sim)->corrupted, 0);
}
END_TEST

/* A message that is lost and duplicated arrives once, when the duplicate would have. */
START_TEST(a_message_lost_and_duplicated_arrives_once)
{
    struct scene *s = scene_run(&every_100us, 2, LINK_10US,
                                "at 0 loss 100% a b\n"
                                "at 0 duplicate 100% a b\n");
    for (uint32_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(count_logged(&s->actor[i], 'm'), 20);
        expect(&s->actor[i], 0, 'm', 1 - i, 120000);
    }
    ck_assert_uint_eq(sim_stats(s->sim)->dropped, 40);
}
END_TEST

/* The cut ends when b has crashed. */
START_TEST(the_end_of_a_cut_after_a_crash_is_not_reported)
{
    struct scene *s = scene_run(&every_100us, 2, LINK_10US,
                                "at 150us cut a b for 1500us\n"
                                "at 1400us crash b\n");
    const struct actor *a = &s->actor[0];
    expect(a, 1, 'p', 10, 1150000);
    for (uint32_t i = 0; i < a->logged; i++)
        ck_assert(a->log[i].what != 'p' || a->log[i].detail == 10);
}
END_TEST

/* In any order of their beginnings. */
START_TEST(the_slowest_of_overlapping_faults_counts)
{
    struct scene *s = scene_run(&every_100us, 2, LINK_10US,
                                "at 0 slow a b x3 for 250us\n"
                                "at 50us slow a b x5 for 100us\n"
                                "at 60us slow b a x2\n");
    expect(&s->actor[1], 0, 'm', 0, 150000);
    expect(&s->actor[1], 1, 'm', 0, 230000);
    expect(&s->actor[1], 2, 'm', 0, 320000);
}
END_TEST

static void numbered_burst(struct actor *a)
{
    for (uint64_t i = 0; is_first(a) && i < LOG_MAX; i++) {
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

/* A random latency alone does not reorder messages; the fault does. */
START_TEST(messages_are_reordered_by_a_fault_only)
{
    static const struct behaviour behaviour = {.init = numbered_burst, .message = count_overtaken};
    static const char model[] = "link.latency = exponential 1us mean 50us\n";
    struct scene *s = scene_run(&behaviour, 2, model, NULL);
    ck_assert_uint_eq(s->actor[1].logged, LOG_MAX);
    ck_assert_uint_eq(s->actor[1].memory[1], 0);
    s = scene_run(&behaviour, 2, model, "at 0 reorder 30% a b\n");
    ck_assert_uint_eq(s->actor[1].logged, LOG_MAX);
    ck_assert_uint_gt(s->actor[1].memory[1], 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("link faults");
    TCase *c = tcase_create("link faults");
    tcase_add_checked_fixture(c, NULL, scenes_end);
    tcase_add_test(c, a_one_way_cut_drops_messages_of_its_direction_until_it_ends);
    tcase_add_test(c, overlapping_cuts_longer_than_the_timeout_are_reported_once);
    tcase_add_test(c, a_break_is_reported_at_once);
    tcase_add_test(c, loss_drops_duplication_repeats_and_slowness_delays);
    tcase_add_test(c, corruption_is_detected_where_the_message_would_have_arrived);
    tcase_add_test(c, a_forged_header_is_malformed);
    tcase_add_test(c, a_message_lost_and_duplicated_arrives_once);
    tcase_add_test(c, the_end_of_a_cut_after_a_crash_is_not_reported);
    tcase_add_test(c, the_slowest_of_overlapping_faults_counts);
    tcase_add_test(c, messages_are_reordered_by_a_fault_only);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
