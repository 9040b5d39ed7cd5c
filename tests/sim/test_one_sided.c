/* test_one_sided.c - one-sided operations on the memory of other nodes: completion times, and the
 * effects of link faults. */
#include "tests/lib/harness.h"
#include "tests/sim/scene.h"

#define RDMA                                                                                      \
    LINK_10US "rdma.write = constant 2us\nrdma.read = constant 3us\nrdma.atomic = constant 4us\n" \
              "rdma.issue = 100ns\nrdma.complete = 50ns\nrdma.timeout = 1ms\n"

static const struct remote memory_of_b = {.node = 1, .region = 0};

static void own_memory(struct actor *a)
{
    for (uint64_t i = 0; i < MEMORY_WORDS; i++) a->memory[i] = 1;
    a->t->ops->region_register(a->t, 0, a->memory, sizeof a->memory);
    a->t->ops->region_grant(a->t, 0, (const uint32_t[]){0}, 1);
    if (is_first(a)) a->t->ops->timer_set(a->t, 0, 1000);
}

static void one_of_each(struct actor *a, uint32_t timer)
{
    (void)timer;
    uint64_t two = 2;
    a->t->ops->write(a->t, memory_of_b, &two, 8, 1);
    a->t->ops->read(a->t, memory_of_b, &a->seen[0], 8, 2);
    a->t->ops->compare_and_swap(a->t, memory_of_b, 2, 3, &a->seen[1], 3);
    a->t->ops->read(a->t, memory_of_b, &a->seen[2], 8, 4);
}

/* Issued at 1.1, 1.2, 1.3, 1.4 us. The write arrives at 3.1; the read, which would arrive at 2.7,
 * waits for it, and so on; completions take half a round trip back, in order, 50 ns each. */
START_TEST(one_sided_operations_complete_in_order_after_a_round_trip)
{
    struct scene *s =
        scene_run(&(struct behaviour){.init = own_memory, .timer = one_of_each}, 2, RDMA, NULL);
    expect(&s->actor[0], 1, 'c', 10, 5150); /* 3.1 + 2 us */
    expect(&s->actor[0], 2, 'c', 20, 5200);
    expect(&s->actor[0], 3, 'c', 30, 5350); /* 3.3 + 2 us */
    expect(&s->actor[0], 4, 'c', 40, 5400);
    ck_assert_uint_eq(s->actor[0].seen[0], 2);
    ck_assert_uint_eq(s->actor[0].seen[1], 2);
    ck_assert_uint_eq(s->actor[0].seen[2], 3);
    ck_assert_uint_eq(s->actor[1].memory[0], 3);
    ck_assert_uint_eq(s->actor[1].logged, 0);
    ck_assert_uint_eq(sim_node_stats(s->sim, 1)->cpu_busy_ns, 0);
    ck_assert_uint_eq(sim_stats(s->sim)->one_sided, 4);
}
END_TEST

START_TEST(the_slowest_fault_counts_for_one_sided_operations)
{
    static const struct behaviour behaviour = {.init = own_memory, .timer = one_of_each};
    struct scene *one = scene_run(&behaviour, 2, RDMA, "at 0 slow a b x5\n");
    struct scene *many = scene_run(&behaviour, 2, RDMA,
                                   "at 0 slow a b x3\n"
                                   "at 0 slow a b x5\n"
                                   "at 0 slow a b x2\n");
    ck_assert_uint_gt(one->actor[0].log[1].at_ns, 5150); /* the time without a fault */
    for (uint32_t i = 1; i <= 4; i++)
        expect(&many->actor[0], i, 'c', 10 * i, one->actor[0].log[i].at_ns);
}
END_TEST

START_TEST(a_short_cut_delays_one_sided_operations_and_a_long_one_fails_them)
{
    static const struct behaviour behaviour = {.init = own_memory, .timer = one_of_each};
    struct scene *s = scene_run(&behaviour, 2, RDMA, "at 2us cut-oneway b a for 500us\n");
    /* Operations that would arrive, or be answered, during the cut start again at 502 us. */
    expect(&s->actor[0], 1, 'c', 10, 506050);
    ck_assert_uint_eq(s->actor[0].seen[2], 3);
    s = scene_run(&behaviour, 2, RDMA, "at 0 cut a b for 2ms\n");
    expect(&s->actor[0], 1, 'p', 10, 1000000);
    for (uint32_t i = 1; i <= 4; i++)
        expect(&s->actor[0], 1 + i, 'c', 10 * i + COMPLETION_UNREACHABLE, 1001050 + 100 * i);
    ck_assert_uint_eq(s->actor[1].memory[0], 1);
}
END_TEST

static void write_wide(struct actor *a, uint32_t timer)
{
    if (!is_first(a)) { /* b polls every 100 ns */
        a->logged--;
        uint32_t news = 0;
        for (uint32_t i = 0; i < MEMORY_WORDS; i++) {
            ck_assert(a->memory[i] == 1 || a->memory[i] == 2);
            news += a->memory[i] == 2;
        }
        a->seen[0] += news > 0 && news < MEMORY_WORDS;
        if (transport_now(a->t) < 50000) a->t->ops->timer_set(a->t, timer, 100);
        return;
    }
    uint64_t wide[MEMORY_WORDS];
    for (int i = 0; i < MEMORY_WORDS; i++) wide[i] = 2;
    a->t->ops->write(a->t, memory_of_b, wide, sizeof wide, 1);
    a->t->ops->read(a->t, memory_of_b, a->seen, sizeof a->seen, 2);
}

static void register_and_poll(struct actor *a)
{
    own_memory(a);
    if (!is_first(a)) a->t->ops->timer_set(a->t, 0, 100);
}

/* After a torn write the target sees old and new words for a while; a later read does not. */
START_TEST(writes_are_torn_by_a_fault_only)
{
    static const struct behaviour behaviour = {.init = register_and_poll, .timer = write_wide};
    struct scene *s = scene_run(&behaviour, 2, RDMA, NULL);
    ck_assert_uint_eq(s->actor[1].seen[0], 0);
    ck_assert_uint_eq(s->actor[1].memory[0], 2);
    s = scene_run(&behaviour, 2, RDMA, "at 0 torn 100% a b\n");
    ck_assert_uint_gt(s->actor[1].seen[0], 0);
    for (int i = 0; i < MEMORY_WORDS; i++) ck_assert_uint_eq(s->actor[0].seen[i], 2);
}
END_TEST

static void watch_own_memory(struct actor *a)
{
    for (uint64_t i = 0; i < MEMORY_WORDS; i++) a->memory[i] = 1;
    a->t->ops->region_register(a->t, 0, a->memory, sizeof a->memory);
    a->t->ops->region_watch(a->t, 0);
    a->t->ops->region_grant(a->t, 0, (const uint32_t[]){0}, 1);
    if (is_first(a)) a->t->ops->timer_set(a->t, 0, 1000);
}

/* As above: the write arrives at 3.1 us, and its report takes 50 ns to unpack. Reads and swaps are
 * not reported. */
START_TEST(a_write_into_a_watched_region_is_reported_when_it_arrives)
{
    struct scene *s = scene_run(&(struct behaviour){.init = watch_own_memory, .timer = one_of_each},
                                2, RDMA, NULL);
    expect(&s->actor[1], 0, 'w', 0, 3150);
    ck_assert_uint_eq(s->actor[1].logged, 1);
    ck_assert_uint_eq(sim_node_stats(s->sim, 1)->cpu_busy_ns, 50);
}
END_TEST

static void write_wide_twice(struct actor *a, uint32_t timer)
{
    (void)timer;
    uint64_t wide[MEMORY_WORDS];
    for (int i = 0; i < MEMORY_WORDS; i++) wide[i] = 2;
    a->t->ops->write(a->t, memory_of_b, wide, sizeof wide, 1);
    a->t->ops->write(a->t, (struct remote){.node = 1, .region = 1}, wide, 8, 2); /* unknown */
}

START_TEST(a_torn_write_is_reported_when_it_is_complete_and_a_denied_one_never)
{
    struct scene *s =
        scene_run(&(struct behaviour){.init = watch_own_memory, .timer = write_wide_twice}, 2, RDMA,
                  "at 0 torn 100% a b\n");
    expect(&s->actor[1], 0, 'w', 0, s->actor[0].log[1].at_ns - 2000); /* the answer's way back */
    ck_assert_uint_gt(s->actor[1].log[0].at_ns, 3150);
    ck_assert_uint_eq(s->actor[1].logged, 1);
    expect(&s->actor[0], 1, 'c', 10 + COMPLETION_OK, s->actor[0].log[1].at_ns);
    ck_assert_uint_eq(s->actor[0].log[2].detail, 20 + COMPLETION_DENIED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("one-sided");
    TCase *c = tcase_create("one-sided");
    tcase_add_checked_fixture(c, NULL, scenes_end);
    tcase_add_test(c, one_sided_operations_complete_in_order_after_a_round_trip);
    tcase_add_test(c, the_slowest_fault_counts_for_one_sided_operations);
    tcase_add_test(c, a_short_cut_delays_one_sided_operations_and_a_long_one_fails_them);
    tcase_add_test(c, writes_are_torn_by_a_fault_only);
    tcase_add_test(c, a_write_into_a_watched_region_is_reported_when_it_arrives);
    tcase_add_test(c, a_torn_write_is_reported_when_it_is_complete_and_a_denied_one_never);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
