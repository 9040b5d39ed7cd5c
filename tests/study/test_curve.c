/* test_curve.c - which cells are a curve, and what is printed of it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/study/curve.h"
#include "tests/lib/commands.h"
#include "tests/lib/harness.h"

enum { POINTS = 5 };
static const char *const clients[POINTS] = {"1", "4", "16", "64", "256"};
static const struct scalability law = {.lambda_per_s = 1000, .sigma = 0.02, .kappa = 0.0002};

static struct cell cells[2 * POINTS];
static struct figures figures[2 * POINTS];

/* The figures of a scheme on 4 partitions with that many clients; latency by Little's law. */
static void set(uint32_t i, const char *scheme, const char *of, double throughput_per_s)
{
    struct experiment *e = &cells[i].first.experiment;
    cells[i] = (struct cell){.value = {[AXIS_SCHEME] = scheme, [AXIS_CLIENTS] = of}};
    e->scheme = scheme_find(scheme);
    e->partitions = 4;
    e->clients = (uint32_t)atoi(of);
    figures[i] = (struct figures){.cell = &cells[i],
                                  .runs = 1,
                                  .throughput_per_s = {.replications = 1, .mean = throughput_per_s},
                                  .latency_mean_ms = e->clients / throughput_per_s * 1e3};
}

/* Two schemes in turns: one follows the law, one is half as fast. */
static void begin(void)
{
    for (uint32_t i = 0; i < POINTS; i++) {
        double throughput = scalability_at(&law, atoi(clients[i]));
        set(2 * i, "ssmr", clients[i], throughput);
        set(2 * i + 1, "dssmr", clients[i], throughput / 2);
    }
}

START_TEST(cells_that_differ_in_clients_only_are_a_curve)
{
    struct curve c;
    ck_assert(curve_create(&c, AXIS_CLIENTS, figures, 2 * POINTS, 1));
    ck_assert_uint_eq(c.count, POINTS);
    ck_assert_ptr_eq(c.first, &cells[1]);
    ck_assert_double_eq(c.point[2].n, 16);
    ck_assert_double_eq_tol(c.point[2].throughput_per_s, scalability_at(&law, 16) / 2, 1e-9);
    curve_finish(&c);
}
END_TEST

START_TEST(a_curve_is_that_of_its_first_cell_only)
{
    struct curve c;
    ck_assert(!curve_create(&c, AXIS_CLIENTS, figures, 2 * POINTS, 3));
}
END_TEST

START_TEST(cells_that_were_not_run_are_no_points)
{
    struct curve c;
    for (uint32_t i = 0; i < 2 * POINTS; i++) figures[i].runs = i == 2;
    ck_assert(!curve_create(&c, AXIS_CLIENTS, figures, 2 * POINTS, 0));
}
END_TEST

START_TEST(rates_are_a_curve_of_their_own)
{
    struct curve c;
    for (uint32_t i = 0; i < 3; i++) {
        cells[i].value[AXIS_SCHEME] = "ssmr";
        cells[i].value[AXIS_CLIENTS] = "64";
        cells[i].value[AXIS_RATE] = clients[i];
        cells[i].first.experiment.pace = LOADER_POISSON;
        cells[i].first.experiment.rate_per_second = 1000.0 * (i + 1);
    }
    ck_assert(!curve_create(&c, AXIS_CLIENTS, figures, 3, 0));
    ck_assert(curve_create(&c, AXIS_RATE, figures, 3, 0));
    ck_assert_uint_eq(c.count, 3);
    ck_assert_double_eq(c.point[1].n, 2000);
    curve_finish(&c);
}
END_TEST

/* ---- the table ------------------------------------------------------------------------------- */

static uint32_t printed_count;

static int print_curves(int argc, char **argv)
{
    const struct study_columns columns = {.load = true};
    (void)argc, (void)argv;
    curves_print(&columns, figures, printed_count);
    return 0;
}

static char *printed(uint32_t count)
{
    char *scratch = test_scratch_directory();
    printed_count = count;
    struct printed p = run_command(print_curves, "print", "", scratch);
    free(p.err);
    free(scratch);
    return p.out;
}

START_TEST(the_knee_and_the_law_are_printed)
{
    char *text = printed(2 * POINTS);
    ck_assert_ptr_nonnull(strstr(text, "ssmr    4      16"));
    ck_assert_ptr_nonnull(strstr(text, "1000  0.0200  0.0002      70"));
    ck_assert_ptr_nonnull(strstr(text, "dssmr   4      16"));
    ck_assert_ptr_nonnull(strstr(text, "fit: X(N)"));
    ck_assert_ptr_null(strstr(text, "no fit"));
    free(text);
}
END_TEST

START_TEST(three_points_have_a_knee_but_no_fit)
{
    char *text = printed(2 * 3);
    ck_assert_ptr_nonnull(strstr(text, "ssmr    4      16"));
    ck_assert_ptr_nonnull(strstr(text, "no fit: it takes 4 numbers of clients"));
    free(text);
}
END_TEST

START_TEST(single_cells_are_no_curves)
{
    char *text = printed(2);
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("curve");
    TCase *c = tcase_create("curve");
    tcase_add_checked_fixture(c, begin, NULL);
    tcase_add_test(c, cells_that_differ_in_clients_only_are_a_curve);
    tcase_add_test(c, a_curve_is_that_of_its_first_cell_only);
    tcase_add_test(c, cells_that_were_not_run_are_no_points);
    tcase_add_test(c, rates_are_a_curve_of_their_own);
    tcase_add_test(c, the_knee_and_the_law_are_printed);
    tcase_add_test(c, three_points_have_a_knee_but_no_fit);
    tcase_add_test(c, single_cells_are_no_curves);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
