/* test_node_faults.c - nodes that crash or pause: lost messages, delayed messages, and
 * notifications of peers. */
#include "tests/lib/harness.h"
#include "tests/sim/scene.h"

static void multicast_at_timer(struct actor *a, uint32_t timer)
{
    if (timer == 0) send_to(a, 1, 3, 16);
}

static void timer_at_1ms(struct actor *a)
{
    if (is_first(a)) a->t->ops->timer_set(a->t, 0, 1000000);
    if (is_first(a)) a->t->ops->timer_set(a->t, 1, 3000000);
}

/* Each copy costs 2 us; the crash is between the second and the third. */
START_TEST(a_crash_during_a_multicast_loses_the_copies_not_yet_sent)
{
    struct scene *s =
        scene_run(&(struct behaviour){.init = timer_at_1ms, .timer = multicast_at_timer}, 4,
                  LINK_10US "cpu.send = 2us\n", "at 1005us crash a\n");
    ck_assert_uint_eq(sim_crash_ns(s->sim, 0), 1005000);
    ck_assert_uint_eq(sim_crash_ns(s->sim, 1), UINT64_MAX);
    ck_assert_uint_eq(s->actor[0].logged, 1); /* the timer of 3 ms never fires */
    expect(&s->actor[1], 0, 'm', 0, 1012000);
    expect(&s->actor[2], 0, 'm', 0, 1014000);
    /* After connection.timeout the others are notified. */
    expect(&s->actor[1], 1, 'p', 0, 2005000);
    expect(&s->actor[3], 0, 'p', 0, 2005000);
}
END_TEST

START_TEST(a_crash_drops_messages_that_wait_for_the_processor)
{
    struct scene *s =
        scene_run(&(struct behaviour){.init = all_to_the_first, .message = charge_and_answer}, 4,
                  LINK_10US, "at 14us crash a\n");
    ck_assert_uint_eq(s->actor[0].logged, 1); /* the others would be handled at 15 and 20 us */
    ck_assert_uint_eq(sim_stats(s->sim)->dropped, 2);
    ck_assert_uint_eq(s->actor[1].logged, 1); /* the peer event only: the answer was not sent */
    expect(&s->actor[1], 0, 'p', 0, 1014000);
}
END_TEST

START_TEST(a_pause_delays_messages_until_it_ends)
{
    struct scene *s =
        scene_run(&(struct behaviour){.init = all_to_the_first, .message = charge_and_answer}, 4,
                  LINK_10US "cpu.receive = 1us\n",
                  "at 12us pause a for 100us\n"
                  "at 112us pause a for 3us\n");
    expect(&s->actor[0], 0, 'm', 1, 11000);  /* its handler ends at 16 us, within the pause */
    expect(&s->actor[0], 1, 'm', 2, 116000); /* unpacked from 115 us on */
    expect(&s->actor[0], 2, 'm', 3, 122000);
}
END_TEST

/* Unpacked from 10 us on, when a is awake; it would be done within the pause. */
START_TEST(no_handler_begins_during_a_pause)
{
    struct scene *s = scene_run(&(struct behaviour){.init = all_to_the_first}, 2,
                                LINK_10US "cpu.receive = 1us\n", "at 10500ns pause a for 100us\n");
    expect(&s->actor[0], 0, 'm', 1, 110500);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("node faults");
    TCase *c = tcase_create("node faults");
    tcase_add_checked_fixture(c, NULL, scenes_end);
    tcase_add_test(c, a_crash_during_a_multicast_loses_the_copies_not_yet_sent);
    tcase_add_test(c, a_crash_drops_messages_that_wait_for_the_processor);
    tcase_add_test(c, a_pause_delays_messages_until_it_ends);
    tcase_add_test(c, no_handler_begins_during_a_pause);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
