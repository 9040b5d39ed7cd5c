/* Every run ends: when nothing can happen any more, and when it has reached one of its limits,
 * which leaves its verdict open and says how far it came. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/simulation.h"
#include "tests/lib/harness.h"
#include "tests/lib/sources.h"
#include "tests/lib/world.h"

#define MS UINT64_C(1000000)

/* One partition, four clients, 100 commands each unless the line says otherwise. */
static struct simulation *run(const char *line)
{
    static struct experiment experiment;
    char *argv[32] = {"run"};
    static char words[512];
    char *rest = words;
    int argc = 1;
    snprintf(words, sizeof(words), "-k 1 --clients 4 -w chirper:users=50 %s%s",
             strstr(line, "--commands") ? "" : "--commands 400 ", line);
    while (argc < 31 && (argv[argc] = strtok_r(rest, " ", &rest))) argc++;
    struct error e;
    int parsed = experiment_parse(&experiment, argc, argv, EXPERIMENT_RUN, &e);
    ck_assert_msg(parsed == 0, "%s", e.text);
    struct simulation *s =
        simulation_run(&experiment, experiment.schemes[0], experiment.partitions[0], NULL, &e);
    ck_assert_msg(s != NULL, "%s", e.text);
    return s;
}

static struct simulation *run_with_faults(const char *faults, const char *line)
{
    char with[256], path[128];
    char *scratch = test_scratch_directory();
    snprintf(path, sizeof(path), "%s/faults", scratch);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(faults, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    snprintf(with, sizeof(with), "%s --faults %s", line, path);
    free(scratch);
    return run(with);
}

static const struct property *find(const struct run_result *r, const char *name)
{
    for (uint32_t i = 0; i < r->property_count; i++)
        if (strcmp(r->properties[i].name, name) == 0) return &r->properties[i];
    return NULL;
}

START_TEST(a_run_ends_when_everything_has_crashed)
{
    struct simulation *s = run_with_faults("at 1ms crash *\n", "");
    const struct run_result *r = simulation_result(s);
    ck_assert_double_lt(r->simulated_s, 60);
    ck_assert_ptr_null(find(r, "completed"));
    ck_assert_uint_lt(r->commands, 400);
    simulation_destroy(s);
}
END_TEST

/* Clients live, and ask again and again. */
START_TEST(a_run_ends_when_all_replicas_have_crashed)
{
    struct simulation *s = run_with_faults("at 1ms crash p*\n", "");
    const struct run_result *r = simulation_result(s);
    ck_assert_int_eq(r->verdict, RESULT_UNKNOWN);
    ck_assert_int_eq(find(r, "all-answered")->result, RESULT_UNKNOWN);
    simulation_destroy(s);
}
END_TEST

START_TEST(a_run_ends_after_max_events)
{
    struct simulation *whole = run(""), *s = run("--max-events 1k");
    const struct run_result *r = simulation_result(s);
    ck_assert_int_eq(simulation_result(whole)->verdict, RESULT_OK);
    ck_assert_uint_gt(simulation_result(whole)->events, 1000);
    ck_assert_uint_eq(r->events, 1000);
    ck_assert_int_eq(r->verdict, RESULT_UNKNOWN);
    const struct property *p = find(r, "completed");
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
    simulation_destroy(whole);
    simulation_destroy(s);
}
END_TEST

/* Also when clients have all answers, and replicas are still catching up. */
START_TEST(a_run_that_ends_among_its_replicas_is_undecided)
{
    struct simulation *whole = run("");
    uint64_t events = simulation_result(whole)->events;
    simulation_destroy(whole);
    char line[64];
    snprintf(line, sizeof(line), "--max-events %llu", (unsigned long long)events - 1);
    struct simulation *s = run(line);
    const struct run_result *r = simulation_result(s);
    ck_assert_uint_eq(r->commands, 400);
    ck_assert_int_eq(r->verdict, RESULT_UNKNOWN);
    ck_assert_ptr_nonnull(find(r, "completed"));
    simulation_destroy(s);
}
END_TEST

/* No time at all, so that the test does not depend on the machine. */
START_TEST(a_run_ends_after_max_wall)
{
    struct simulation *s = run("--max-wall 0s");
    const struct run_result *r = simulation_result(s);
    const struct property *p = find(r, "completed");
    ck_assert_ptr_nonnull(p);
    ck_assert_ptr_nonnull(strstr(p->reason, "(--max-wall)"));
    ck_assert_int_eq(r->verdict, RESULT_UNKNOWN);
    ck_assert_uint_lt(r->commands, 400);
    simulation_destroy(s);
}
END_TEST

START_TEST(a_limit_shows_although_nothing_is_checked)
{
    struct simulation *s = run("--max-events 1k --check off");
    const struct property *p = find(simulation_result(s), "completed");
    ck_assert_ptr_nonnull(p);
    ck_assert_ptr_nonnull(strstr(p->reason, "1000 events"));
    simulation_destroy(s);
}
END_TEST

/* What is measured of a run that was to take two seconds is measured until its end. */
START_TEST(what_is_measured_ends_with_the_run)
{
    struct simulation *s = run("--commands 1M --duration 2s --max-events 20k --warmup 0s");
    const struct run_result *r = simulation_result(s);
    ck_assert_ptr_nonnull(find(r, "completed"));
    ck_assert_double_lt(r->simulated_s, 1);
    double rate_per_s = (double)r->commands / r->simulated_s;
    ck_assert_double_gt(r->throughput_per_s, 0.8 * rate_per_s);
    simulation_destroy(s);
}
END_TEST

START_TEST(a_world_gives_up_after_its_events)
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
    tcase_add_test(c, a_run_ends_when_everything_has_crashed);
    tcase_add_test(c, a_run_ends_when_all_replicas_have_crashed);
    tcase_add_test(c, a_run_ends_after_max_events);
    tcase_add_test(c, a_run_that_ends_among_its_replicas_is_undecided);
    tcase_add_test(c, a_run_ends_after_max_wall);
    tcase_add_test(c, a_limit_shows_although_nothing_is_checked);
    tcase_add_test(c, what_is_measured_ends_with_the_run);
    tcase_add_test(c, a_world_gives_up_after_its_events);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
