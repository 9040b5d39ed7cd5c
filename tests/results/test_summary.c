/* test_summary.c - rows of nodes, and the printed table of runs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/results/summary.h"
#include "tests/lib/commands.h"
#include "tests/lib/harness.h"

static const struct topology topology = {.groups = 3, .replicas = 2, .clients = 2, .oracle = true};

START_TEST(a_node_s_role_and_partition_follow_from_its_number)
{
    struct result_node node;
    result_node_place(&node, &topology, 3);
    ck_assert_str_eq(node.role, "replica");
    ck_assert_int_eq(node.partition, 1);
    result_node_place(&node, &topology, 4);
    ck_assert_str_eq(node.role, "oracle");
    ck_assert_int_eq(node.partition, -1);
    result_node_place(&node, &topology, 6);
    ck_assert_str_eq(node.role, "client");
    ck_assert_int_eq(node.partition, -1);
}
END_TEST

static int print_rows(int argc, char **argv)
{
    struct summary rows[2] = {
        {.run_id = 1234,
         .scheme = "dynastar",
         .partitions = 128,
         .throughput_per_s = 1234567,
         .measured = 100000,
         .latency = {345670, 345670, 345670, 1345670},
         .multi_partition_pct = 100,
         .messages_per_command = 1234.5,
         .moves = 1234567,
         .retries = 123456,
         .plans_made = 12,
         .plans_announced = 3,
         .plan_gain_pct = 52.4,
         .verdict = RESULT_UNKNOWN},
        {.run_id = 1, .scheme = "ssmr", .partitions = 2, .verdict = RESULT_OK},
    };
    (void)argv;
    summary_print(argc == 2 ? rows : &rows[1], argc == 2 ? 2 : 1);
    return 0;
}

static int print_short(int argc, char **argv)
{
    struct summary rows[] = {
        {.run_id = 1, .scheme = "a", .measured = 1000, .latency = {1000, 2000, 3000, 4000}},
        {.run_id = 2,
         .scheme = "b",
         .unsettled = true,
         .measured = 999,
         .latency = {1000, 2000, 3000, 4000}},
        {.run_id = 3, .scheme = "c", .measured = 199, .latency = {1000, 2000, 3000, 4000}},
        {.run_id = 4, .scheme = "d", .measured = 19, .latency = {1000, 2000, 3000, 4000}},
        {.run_id = 5, .scheme = "e"},
    };
    (void)argv;
    summary_print(rows, argc == 2 ? 5 : 1);
    return 0;
}

START_TEST(percentiles_of_too_few_commands_are_not_printed)
{
    static const char *const rows[] = {
        "a       0       0     1.00  2.00  3.00  4.00",
        "b       0       0     1.00  2.00  3.00     -",
        "c       0       0     1.00  2.00     -     -",
        "d       0       0     1.00     -     -     -",
        "e       0       0        -     -     -     -",
    };
    char *scratch = test_scratch_directory();
    struct printed p = run_command(print_short, "print", "all", scratch);
    for (int i = 0; i < 5; i++) ck_assert_msg(strstr(p.out, rows[i]), "%s", p.out);
    ck_assert_ptr_nonnull(strstr(p.out, "\n-: p50 needs 20 measured commands"));
    ck_assert_ptr_nonnull(strstr(p.out, "\nrun 2 has not come to rest: half of it was left out"));
    printed_finish(&p);
    p = run_command(print_short, "print", "", scratch); /* nothing is missing */
    ck_assert_ptr_null(strstr(p.out, "needs"));
    printed_finish(&p);
    free(scratch);
}
END_TEST

START_TEST(moves_and_retries_have_columns_only_if_there_are_any)
{
    char *scratch = test_scratch_directory();
    struct printed p = run_command(print_rows, "print", "both", scratch);
    ck_assert_ptr_nonnull(strstr(p.out, "moves"));
    ck_assert_ptr_nonnull(strstr(p.out, "1.23M"));
    ck_assert_ptr_nonnull(strstr(p.out, "retries"));
    for (const char *line = p.out; *line; line = strchr(line, '\n') + 1)
        ck_assert_uint_le((size_t)(strchr(line, '\n') - line), 80);
    printed_finish(&p);
    p = run_command(print_rows, "print", "", scratch);
    ck_assert_ptr_null(strstr(p.out, "moves"));
    printed_finish(&p);
    free(scratch);
}
END_TEST

static int print_transports(int argc, char **argv)
{
    struct summary rows[2] = {
        {.run_id = 1234,
         .scheme = "dynastar",
         .transport = "verbs",
         .partitions = 128,
         .throughput_per_s = 1234567,
         .latency = {1345670, 1345670, 1345670, 1345670},
         .multi_partition_pct = 99.99,
         .messages_per_command = 1234.5,
         .moves = 123456789,
         .retries = 123456789,
         .verdict = RESULT_UNKNOWN},
        {.run_id = 1, .scheme = "ssmr", .transport = "sim", .partitions = 2},
    };
    (void)argc, (void)argv;
    summary_print(rows, 2);
    return 0;
}

START_TEST(the_widest_table_fits_a_screen)
{
    char *scratch = test_scratch_directory();
    struct printed p = run_command(print_transports, "print", "", scratch);
    ck_assert_ptr_nonnull(strstr(p.out, "verbs"));
    ck_assert_ptr_nonnull(strstr(p.out, "123M"));
    for (const char *line = p.out; *line; line = strchr(line, '\n') + 1)
        ck_assert_uint_le((size_t)(strchr(line, '\n') - line), 80);
    printed_finish(&p);
    free(scratch);
}
END_TEST

static int print_plans(int argc, char **argv)
{
    struct summary rows[2] = {
        {.run_id = 1, .scheme = "dynastar", .plans_made = 12, .plan_gain_pct = NAN},
        {.run_id = 2, .scheme = "ssmr", .plan_gain_pct = NAN},
    };
    (void)argv;
    if (argc == 2) {
        rows[0].plans_announced = 3;
        rows[0].plan_gain_pct = 52.4;
    }
    summary_print(rows, 2);
    return 0;
}

START_TEST(plans_and_their_gain_have_columns_only_if_some_are_announced)
{
    char *scratch = test_scratch_directory();
    struct printed p = run_command(print_plans, "print", "announced", scratch);
    ck_assert_ptr_nonnull(strstr(p.out, "plans  gain%  verdict"));
    ck_assert_ptr_nonnull(strstr(p.out, " 3/12      52  "));
    ck_assert_ptr_nonnull(strstr(p.out, " -          -  "));
    printed_finish(&p);
    p = run_command(print_plans, "print", "", scratch);
    ck_assert_ptr_null(strstr(p.out, "plans  "));
    ck_assert_ptr_null(strstr(p.out, "gain"));
    ck_assert_ptr_nonnull(strstr(p.out, "none of 12 plans was predicted to be better"));
    printed_finish(&p);
    free(scratch);
}
END_TEST

/* argv[1] and the placement of a run with that scheme. */
static int print_placed(int argc, char **argv)
{
    struct summary row = {.run_id = 1, .measured = 1000};
    char *dash = strchr(argv[1], '/');
    (void)argc;
    snprintf(row.scheme, sizeof(row.scheme), "%.*s", (int)(dash - argv[1]), argv[1]);
    snprintf(row.placement, sizeof(row.placement), "%s", dash + 1);
    summary_print(&row, 1);
    return 0;
}

/* What a placement by a graph knows: the graph of a generator, or the future. */
START_TEST(the_knowledge_of_a_placement_is_named)
{
    static const struct {
        const char *run, *note;
    } cases[] = {
        {"ssmr/metis", "\nmetis knows the graph, which is an input of the workload"},
        {"ssmr/metis-hindsight", "\nmetis-hindsight was given the commands that are measured"},
        {"ssmr/hash", NULL},
        {"smr/metis", NULL},
    };
    char *scratch = test_scratch_directory();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct printed p = run_command(print_placed, "print", cases[i].run, scratch);
        if (cases[i].note)
            ck_assert_msg(strstr(p.out, cases[i].note), "%s: %s", cases[i].run, p.out);
        else
            ck_assert_msg(!strstr(p.out, "metis"), "%s: %s", cases[i].run, p.out);
        printed_finish(&p);
    }
    free(scratch);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("summary");
    TCase *c = tcase_create("summary");
    tcase_add_test(c, a_node_s_role_and_partition_follow_from_its_number);
    tcase_add_test(c, percentiles_of_too_few_commands_are_not_printed);
    tcase_add_test(c, moves_and_retries_have_columns_only_if_there_are_any);
    tcase_add_test(c, the_widest_table_fits_a_screen);
    tcase_add_test(c, plans_and_their_gain_have_columns_only_if_some_are_announced);
    tcase_add_test(c, the_knowledge_of_a_placement_is_named);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
