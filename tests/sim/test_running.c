/* test_running.c - a simulation runs until a time, an event or a limit. */
#include <string.h>

#include "tests/lib/harness.h"
#include "tests/sim/scene.h"

START_TEST(a_fault_on_an_unknown_node_is_an_error)
{
    struct error e;
    struct model *model = model_parse(LINK_10US, "model", &e);
    struct faults *faults = faults_parse("at 1s crash a,zebra\n", "faults", &e);
    struct sim *sim = sim_create(&(struct sim_config){.seed = 1, .model = model, .faults = faults});
    struct actor actor = {.behaviour = &(struct behaviour){.init = NULL}};
    sim_add_node(sim,
                 &(struct sim_node_config){.ops = &scene_actor_ops, .state = &actor, .name = "a"});
    ck_assert_int_eq(sim_start(sim, &e), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "zebra"));
    sim_destroy(sim);
    faults_destroy(faults);
    model_close(model);
}
END_TEST

/* The same events in the same order, some microseconds later. */
START_TEST(fingerprints_of_equal_events_at_other_times_differ)
{
    struct scene *s = scene_run(&every_100us, 2, LINK_10US, NULL);
    struct scene *later = scene_run(&every_100us, 2, "link.latency = constant 12us\n", NULL);
    ck_assert_uint_eq(sim_stats(s->sim)->events, sim_stats(later->sim)->events);
    ck_assert_uint_ne(sim_fingerprint(s->sim), sim_fingerprint(later->sim));
}
END_TEST

START_TEST(a_run_stops_at_its_time_or_when_its_flag_is_set)
{
    struct scene *s = scene_begin(&every_100us, 2, LINK_10US, NULL);
    ck_assert(sim_run(s->sim, 150000, NULL));
    ck_assert_uint_eq(sim_now(s->sim), 150000);
    ck_assert_uint_eq(s->actor[0].logged, 1);
    bool stop = true;
    ck_assert(sim_run(s->sim, UINT64_MAX, &stop)); /* one event */
    ck_assert_uint_eq(sim_now(s->sim), 200000);
    ck_assert(!sim_run(s->sim, UINT64_MAX, NULL));
    ck_assert(!sim_step(s->sim));
    ck_assert_uint_eq(sim_now(s->sim), 2010000);
    ck_assert(!sim_run(s->sim, 3000000, NULL)); /* time advances without an event */
    ck_assert_uint_eq(sim_now(s->sim), 3000000);
    ck_assert_str_eq(sim_node_name(s->sim, 1), "b");
}
END_TEST

START_TEST(a_run_stops_at_its_limit_of_events)
{
    struct scene *s = scene_begin(&every_100us, 2, LINK_10US, NULL);
    sim_limit(s->sim, 3);
    ck_assert(sim_run(s->sim, UINT64_MAX, NULL));
    ck_assert_uint_eq(sim_stats(s->sim)->events, 3);
    uint64_t now_ns = sim_now(s->sim);
    ck_assert(sim_run(s->sim, 1500000, NULL)); /* its time is unchanged */
    ck_assert_uint_eq(sim_now(s->sim), now_ns);
    sim_limit(s->sim, UINT64_MAX);
    ck_assert(!sim_run(s->sim, UINT64_MAX, NULL));
    ck_assert_uint_eq(sim_now(s->sim), 2010000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("running");
    TCase *c = tcase_create("running");
    tcase_add_checked_fixture(c, NULL, scenes_end);
    tcase_add_test(c, a_fault_on_an_unknown_node_is_an_error);
    tcase_add_test(c, fingerprints_of_equal_events_at_other_times_differ);
    tcase_add_test(c, a_run_stops_at_its_time_or_when_its_flag_is_set);
    tcase_add_test(c, a_run_stops_at_its_limit_of_events);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
