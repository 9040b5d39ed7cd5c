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

START_TEST(moves_and_retries_have_columns_only_if_there_are_any)
{
    char *scratch = test_scratch_directory();
    struct printed p = run_command(print_rows, "print", "both", scratch);
    ck_assert_ptr_nonnull(strstr(p.out, "moves"));
    ck_assert_ptr_nonnull(strstr(p.out, "1 234 567"));
    ck_assert_ptr_nonnull(strstr(p.out, "retries"));
    for (const char *line = p.out; *line; line = strchr(line, '\n') + 1)
        ck_assert_uint_lt((size_t)(strchr(line, '\n') - line), 130);
    printed_finish(&p);
    p = run_command(print_rows, "print", "", scratch);
    ck_assert_ptr_null(strstr(p.out, "moves"));
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
    ck_assert_ptr_nonnull(strstr(p.out, "plans  gain %  verdict"));
    ck_assert_ptr_nonnull(strstr(p.out, " 3/12       52  "));
    ck_assert_ptr_nonnull(strstr(p.out, " -           -  "));
    printed_finish(&p);
    p = run_command(print_plans, "print", "", scratch);
    ck_assert_ptr_null(strstr(p.out, "plans  "));
    ck_assert_ptr_null(strstr(p.out, "gain"));
    ck_assert_ptr_nonnull(strstr(p.out, "none of 12 plans was predicted to be better"));
    printed_finish(&p);
    free(scratch);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("summary");
    TCase *c = tcase_create("summary");
    tcase_add_test(c, a_node_s_role_and_partition_follow_from_its_number);
    tcase_add_test(c, moves_and_retries_have_columns_only_if_there_are_any);
    tcase_add_test(c, plans_and_their_gain_have_columns_only_if_some_are_announced);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
