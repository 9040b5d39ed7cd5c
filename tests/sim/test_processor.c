/* test_processor.c - start times of handlers: those of messages and timers run one after the other
 * on a node's processor. */
#include "tests/lib/harness.h"
#include "tests/sim/scene.h"

/* Receiving costs 1 us, the handler 5 us, sending 2 us: the fourth message waits for three. */
START_TEST(handlers_queue_for_the_processor)
{
    struct scene *s =
        scene_run(&(struct behaviour){.init = all_to_the_first, .message = charge_and_answer}, 4,
                  LINK_10US "cpu.receive = 1us\ncpu.send = 2us\n", NULL);
    for (uint32_t i = 0; i < 3; i++) {
        expect(&s->actor[0], i, 'm', i + 1, 13000 + i * 8000);
        expect(&s->actor[i + 1], 0, 'm', 0, 13000 + i * 8000 + 5000 + 2000 + 10000 + 1000);
    }
    ck_assert_uint_eq(sim_node_stats(s->sim, 0)->cpu_busy_ns, 3 * (1000 + 5000 + 2000));
    ck_assert_uint_eq(sim_node_stats(s->sim, 1)->cpu_busy_ns, 2000 + 1000 + 5000);
}
END_TEST

/* With two cores the next message is unpacked while a handler runs; handlers still run one after
 * the other. */
START_TEST(cores_unpack_in_parallel_while_handlers_run_in_turn)
{
    struct scene *s =
        scene_run(&(struct behaviour){.init = all_to_the_first, .message = charge_and_answer}, 5,
                  LINK_10US "cpu.receive = 4us\ncpu.cores = 2\n", NULL);
    expect(&s->actor[0], 0, 'm', 1, 14000); /* core 1: until 19 us */
    expect(&s->actor[0], 1, 'm', 2,
           19000); /* unpacked at 14 us by core 2, which is busy until 24 us */
    expect(&s->actor[0], 2, 'm', 3, 24000); /* core 1: unpacked at 23 us */
    expect(&s->actor[0], 3, 'm', 4, 29000); /* core 2: unpacked at 28 us */
}
END_TEST

START_TEST(bytes_cost_processor_time)
{
    struct scene *s = scene_run(&(struct behaviour){.init = all_to_the_first}, 2,
                                LINK_10US "cpu.per_kib = 1024ns\n", NULL);
    expect(&s->actor[0], 0, 'm', 1, 1000 + 10000 + 1000); /* 1000 bytes at both ends */
}
END_TEST

static void set_timer_repeatedly(struct actor *a)
{
    if (is_first(a)) send_to(a, 0, 0, 16);
    a->t->ops->timer_set(a->t, 1, 100000);
}

static void postpone_timer(struct actor *a, struct message *m)
{
    (void)m;
    a->t->ops->timer_set(a->t, 1, 100000);
    if (a->logged < 50) send_to(a, 0, 0, 16);
}

/* A timer that is postponed 50 times fires once, and takes two events, not 51. */
START_TEST(moving_a_timer_adds_no_events)
{
    struct scene *s =
        scene_run(&(struct behaviour){.init = set_timer_repeatedly, .message = postpone_timer}, 1,
                  LINK_10US, NULL);
    ck_assert_uint_eq(s->actor[0].logged, 51);
    expect(&s->actor[0], 50, 't', 1, 50 * 1000 + 100000);
    ck_assert_uint_eq(sim_stats(s->sim)->events, 50 + 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("processor");
    TCase *c = tcase_create("processor");
    tcase_add_checked_fixture(c, NULL, scenes_end);
    tcase_add_test(c, handlers_queue_for_the_processor);
    tcase_add_test(c, cores_unpack_in_parallel_while_handlers_run_in_turn);
    tcase_add_test(c, bytes_cost_processor_time);
    tcase_add_test(c, moving_a_timer_adds_no_events);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
