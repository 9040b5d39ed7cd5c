/* Every run ends: when no progress is possible, and when it has reached one of its limits, which
 * makes its verdict `unknown` and is reported with the progress. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/harness.h"
#include "tests/lib/simulated.h"
#include "tests/lib/sources.h"
#include "tests/lib/world.h"

#define MS UINT64_C(1000000)

/* One partition, four clients, 100 commands each unless the line says otherwise. */
#define SMALL "-k 1 --clients 4 -w chirper:users=50 --commands 400 "

START_TEST(a_run_ends_when_all_nodes_have_crashed)
{
    struct run *s = simulated_with("at 1ms crash *\n", SMALL);
    const struct run_result *r = run_result(s);
    ck_assert_double_lt(r->simulated_s, 60);
    ck_assert_ptr_null(result_property(r, "completed"));
    ck_assert_uint_lt(r->commands, 400);
    run_destroy(s);
}
END_TEST

/* Clients are up, and send their commands repeatedly. */
START_TEST(a_run_ends_when_all_replicas_have_crashed)
{
    struct run *s = simulated_with("at 1ms crash p*\n", SMALL);
    const struct run_result *r = run_result(s);
    ck_assert_int_eq(r->verdict, RESULT_UNKNOWN);
    ck_assert_int_eq(result_property(r, "all-answered")->result, RESULT_UNKNOWN);
    run_destroy(s);
}
END_TEST

START_TEST(a_run_ends_after_max_events)
{
    struct run *whole = simulated(SMALL), *s = simulated(SMALL "--max-events 1k");
    const struct run_result *r = run_result(s);
    ck_assert_int_eq(run_result(whole)->verdict, RESULT_OK);
    ck_assert_uint_gt(run_result(whole)->events, 1000);
    ck_assert_uint_eq(r->events, 1000);
    ck_assert_int_eq(r->verdict, RESULT_UNKNOWN);
    const struct property *p = result_property(r, "completed");
    ck_assert_ptr_nonnull(p);
    ck_assert_int_eq(p->result, RESULT_UNKNOWN);
    char reason[256];
    snprintf(reason, sizeof(reason),
             "it ended after 1000 events (--max-events), at %.6f s; %llu of %llu commands issued "
             "were answered, the last at 0.0",
             r->simulated_s, (unsigned long long)r->commands, (unsigned long long)r->commands + 4);
    ck_assert_msg(strncmp(p->reason, reason, strlen(reason)) == 0, "%s; not %s", p->reason, reason);
    for (uint32_t i = 0; i < r->property_count; i++)
        ck_assert_msg(r->properties[i].result != RESULT_FAIL, "%s", r->properties[i].reason);
    run_destroy(whole);
    run_destroy(s);
}
END_TEST

/* Also when all commands are answered, and replicas are still catching up. */
START_TEST(a_run_that_ends_while_replicas_catch_up_is_undecided)
{
    struct run *whole = simulated(SMALL);
    uint64_t events = run_result(whole)->events;
    run_destroy(whole);
    char line[128];
    snprintf(line, sizeof(line), SMALL "--max-events %llu", (unsigned long long)events - 1);
    struct run *s = simulated(line);
    const struct run_result *r = run_result(s);
    ck_assert_uint_eq(r->commands, 400);
    ck_assert_int_eq(r->verdict, RESULT_UNKNOWN);
    ck_assert_ptr_nonnull(result_property(r, "completed"));
    run_destroy(s);
}
END_TEST

/* A limit of no time, so that the test does not depend on the machine. */
START_TEST(a_run_ends_after_max_wall)
{
    struct run *s = simulated(SMALL "--max-wall 0s");
    const struct run_result *r = run_result(s);
    const struct property *p = result_property(r, "completed");
    ck_assert_ptr_nonnull(p);
    ck_assert_ptr_nonnull(strstr(p->reason, "(--max-wall)"));
    ck_assert_int_eq(r->verdict, RESULT_UNKNOWN);
    ck_assert_uint_lt(r->commands, 400);
    run_destroy(s);
}
END_TEST

START_TEST(a_limit_is_reported_without_checks)
{
    struct run *s = simulated(SMALL "--max-events 1k --check off");
    const struct property *p = result_property(run_result(s), "completed");
    ck_assert_ptr_nonnull(p);
    ck_assert_ptr_nonnull(strstr(p->reason, "1000 events"));
    run_destroy(s);
}
END_TEST

/* Rates of a run that would take two seconds are measured until its actual end. */
START_TEST(rates_are_measured_until_the_run_ends)
{
    struct run *s = simulated("-k 1 --clients 4 -w chirper:users=50 --commands 1M --duration 2s "
                              "--max-events 20k --warmup 0s");
    const struct run_result *r = run_result(s);
    ck_assert_ptr_nonnull(result_property(r, "completed"));
    ck_assert_double_lt(r->simulated_s, 1);
    double rate_per_s = (double)r->commands / r->simulated_s;
    ck_assert_double_gt(r->throughput_per_s, 0.8 * rate_per_s);
    run_destroy(s);
}
END_TEST

START_TEST(a_world_stops_at_its_limit_of_events)
{
    struct random_source source;
    struct world w;
    random_source_init(&source,
                       &(struct random_source_setup){
                           .seed = 1, .groups = 1, .variables = 4, .each = 50, .clients = 2});
    world_begin(&w, &(struct world_setup){.scheme = "ssmr",
                                          .model = world_lan_model,
                                          .groups = 1,
                                          .replicas = 3,
                                          .clients = 2,
                                          .variables = 4,
                                          .outstanding = 1,
                                          .events_max = 500,
                                          .source = &source.source,
                                          .seed = 1});
    ck_assert(!world_run(&w, 60000 * MS));
    ck_assert(world_exhausted(&w));
    ck_assert_uint_eq(sim_stats(w.cluster.sim)->events, 500);
    world_end(&w);
    random_source_finish(&source);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("limits");
    TCase *c = tcase_create("limits");
    tcase_add_test(c, a_run_ends_when_all_nodes_have_crashed);
    tcase_add_test(c, a_run_ends_when_all_replicas_have_crashed);
    tcase_add_test(c, a_run_ends_after_max_events);
    tcase_add_test(c, a_run_that_ends_while_replicas_catch_up_is_undecided);
    tcase_add_test(c, a_run_ends_after_max_wall);
    tcase_add_test(c, a_limit_is_reported_without_checks);
    tcase_add_test(c, rates_are_measured_until_the_run_ends);
    tcase_add_test(c, a_world_stops_at_its_limit_of_events);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
