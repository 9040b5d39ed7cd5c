/* test_trunks.c - arrival times where what goes from one site to another shares a trunk: its
 * bandwidth, its queue, and the other links on the way. */
#include "tests/lib/harness.h"
#include "tests/sim/scene.h"

/* Three racks, one node each: a, b and c. 1000 bytes take 8 us between racks 0 and 1. */
#define TRUNK \
    LINK_10US "topology = racks 3\nrack.latency = constant 30us\ntrunk.bandwidth.0.1 = 1Gbps\n"

static void three_to_b_and_one_to_c(struct actor *a)
{
    if (!is_first(a)) return;
    for (int i = 0; i < 3; i++) send_to(a, 1, 1, 1000);
    send_to(a, 2, 2, 1000);
}

START_TEST(messages_between_two_sites_take_turns_on_their_trunk)
{
    struct scene *s =
        scene_run(&(struct behaviour){.init = three_to_b_and_one_to_c}, 3, TRUNK, NULL);
    for (uint32_t i = 0; i < 3; i++) expect(&s->actor[1], i, 'm', 0, 8000 * (i + 1) + 30000);
    expect(&s->actor[2], 0, 'm', 0, 30000); /* not by this trunk */
}
END_TEST

START_TEST(a_message_that_finds_the_queue_of_a_trunk_full_is_lost)
{
    struct scene *s = scene_run(&(struct behaviour){.init = three_to_b_and_one_to_c}, 3,
                                TRUNK "trunk.queue = drop 2kB\n", NULL);
    ck_assert_uint_eq(count_logged(&s->actor[1], 'm'), 2);
    ck_assert_uint_eq(count_logged(&s->actor[2], 'm'), 1);
    ck_assert_uint_eq(sim_stats(s->sim)->dropped, 1);
}
END_TEST

static void each_to_the_other(struct actor *a)
{
    if (a->t->self < 2) send_to(a, 1 - a->t->self, 1 - a->t->self, 1000);
}

START_TEST(the_directions_of_a_trunk_do_not_disturb_each_other)
{
    struct scene *s = scene_run(&(struct behaviour){.init = each_to_the_other}, 3, TRUNK, NULL);
    expect(&s->actor[0], 0, 'm', 1, 38000);
    expect(&s->actor[1], 0, 'm', 0, 38000);
}
END_TEST

/* Cards and uplinks take 4 us for 1000 bytes: those pass the trunk while they are received. Slower
 * ones, 16 us, leave nothing to wait for at the trunk. */
START_TEST(the_slowest_on_the_way_decides)
{
    static const struct behaviour behaviour = {.init = three_to_b_and_one_to_c};
    struct scene *s =
        scene_run(&behaviour, 3, TRUNK "link.bandwidth = 2Gbps\nuplink.bandwidth = 2Gbps\n", NULL);
    for (uint32_t i = 0; i < 3; i++) expect(&s->actor[1], i, 'm', 0, 8000 * (i + 1) + 30000);
    s = scene_run(&behaviour, 3, TRUNK "uplink.bandwidth = 500Mbps\n", NULL);
    for (uint32_t i = 0; i < 3; i++) expect(&s->actor[1], i, 'm', 0, 16000 * (i + 1) + 30000);
    expect(&s->actor[2], 0, 'm', 0, 64000 + 30000); /* by the uplink that all share */
}
END_TEST

/* They leave the trunk after 8, 16 and 24 us, and arrive at 38, 46 and 54 us. */
START_TEST(a_cut_loses_what_has_left_the_trunk)
{
    struct scene *s = scene_run(&(struct behaviour){.init = three_to_b_and_one_to_c}, 3, TRUNK,
                                "at 40us cut a b for 10us\n");
    ck_assert_uint_eq(count_logged(&s->actor[1], 'm'), 1);
    ck_assert_uint_eq(sim_stats(s->sim)->dropped, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trunks");
    TCase *c = tcase_create("trunks");
    tcase_add_checked_fixture(c, NULL, scenes_end);
    tcase_add_test(c, messages_between_two_sites_take_turns_on_their_trunk);
    tcase_add_test(c, a_message_that_finds_the_queue_of_a_trunk_full_is_lost);
    tcase_add_test(c, the_directions_of_a_trunk_do_not_disturb_each_other);
    tcase_add_test(c, the_slowest_on_the_way_decides);
    tcase_add_test(c, a_cut_loses_what_has_left_the_trunk);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
