/* What a seed draws: one option that is fixed changes no other; lists are drawn from; a bug that is
 * planted gets schemes that have its rule. */
#include <stdlib.h>
#include <string.h>

#include "analysis/experiment/replay.h"
#include "analysis/swarm/draw.h"
#include "proto/schemes/plants.h"
#include "tests/lib/harness.h"
#include "tests/lib/simulated.h"

enum { SEEDS = 200 };

/* The command line of a seed, without options of those names. The caller frees it. */
static char *line_without(const struct swarm_given *g, uint64_t seed, const char *const *without)
{
    struct cell_run run;
    struct error e;
    ck_assert_msg(swarm_draw(&g->experiment, seed, &run, &e) == 0, "%s", e.text);
    char *line = replay_line_without(&run.experiment, without);
    cell_run_finish(&run);
    return line;
}

START_TEST(an_option_that_is_fixed_changes_no_other)
{
    static const char *const other[] = {"window", NULL};
    struct swarm_given free_one, fixed;
    swarm_give(&free_one, "");
    swarm_give(&fixed, "--window 9");
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        char *a = line_without(&free_one, seed, other), *b = line_without(&fixed, seed, other);
        ck_assert_str_eq(a, b);
        free(a);
        free(b);
    }
    experiment_finish(&free_one.experiment);
    experiment_finish(&fixed.experiment);
}
END_TEST

START_TEST(values_come_from_the_lists_given)
{
    uint32_t sizes[4] = {0}, schemes[2] = {0};
    struct swarm_given g;
    /* Three replicas are the default, too: they are given all the same. */
    swarm_give(&g, "-s dssmr,ssmr -k 1,3 --clients 5 --replicas 3");
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct cell_run run;
        struct error e;
        ck_assert_msg(swarm_draw(&g.experiment, seed, &run, &e) == 0, "%s", e.text);
        ck_assert_uint_le(run.experiment.partitions, 3);
        ck_assert_uint_eq(run.experiment.clients, 5);
        ck_assert_uint_eq(run.experiment.replicas, 3);
        sizes[run.experiment.partitions]++;
        schemes[run.experiment.scheme == scheme_find("ssmr")]++;
        ck_assert(run.experiment.scheme->partitioned && !run.experiment.scheme->plans);
        cell_run_finish(&run);
    }
    ck_assert_uint_gt(sizes[1], 0);
    ck_assert_uint_eq(sizes[2], 0);
    ck_assert_uint_gt(sizes[3], 0);
    ck_assert(schemes[0] > 0 && schemes[1] > 0);
    experiment_finish(&g.experiment);
}
END_TEST

START_TEST(a_planted_bug_is_given_to_schemes_that_have_its_rule)
{
    struct swarm_given g;
    swarm_give(&g, "--plant wrong-nok");
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct cell_run run;
        struct error e;
        ck_assert_msg(swarm_draw(&g.experiment, seed, &run, &e) == 0, "%s", e.text);
        ck_assert_ptr_eq(run.experiment.plant, plant_find("wrong-nok"));
        ck_assert_ptr_nonnull(run.experiment.scheme->oracle);
        cell_run_finish(&run);
    }
    experiment_finish(&g.experiment);
}
END_TEST

START_TEST(a_planted_bug_of_no_scheme_given_is_refused)
{
    struct swarm_given g;
    struct cell_run run;
    struct error e;
    swarm_give(&g, "-s smr,ssmr --plant wrong-nok");
    ck_assert_int_eq(swarm_draw(&g.experiment, 1, &run, &e), -1);
    ck_assert_str_eq(e.text, "--plant: wrong-nok is no bug of the schemes given");
    experiment_finish(&g.experiment);
}
END_TEST

/* Clients of an open loop do not wait: one of both is drawn, none if the other is given. */
START_TEST(a_run_has_a_rate_or_outstanding_commands)
{
    uint32_t open = 0;
    struct swarm_given g, closed;
    swarm_give(&g, "");
    swarm_give(&closed, "--outstanding 2");
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        static const char *const none[] = {NULL};
        char *a = line_without(&g, seed, none), *b = line_without(&closed, seed, none);
        ck_assert(!strstr(a, "--rate") || !strstr(a, "--outstanding"));
        ck_assert_ptr_null(strstr(b, "--rate"));
        ck_assert_ptr_nonnull(strstr(b, "--outstanding=2"));
        open += strstr(a, "--rate") != NULL;
        free(a);
        free(b);
    }
    ck_assert(open > SEEDS / 5 && open < SEEDS / 2);
    experiment_finish(&g.experiment);
    experiment_finish(&closed.experiment);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("draw");
    TCase *draws = tcase_create("draws");
    tcase_add_test(draws, an_option_that_is_fixed_changes_no_other);
    tcase_add_test(draws, values_come_from_the_lists_given);
    tcase_add_test(draws, a_planted_bug_is_given_to_schemes_that_have_its_rule);
    tcase_add_test(draws, a_planted_bug_of_no_scheme_given_is_refused);
    tcase_add_test(draws, a_run_has_a_rate_or_outstanding_commands);
    suite_add_tcase(suite, draws);
    return test_main(suite);
}
