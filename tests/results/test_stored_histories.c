/* test_stored_histories.c - the verdicts of `aviary check` on histories that are correct, wrong,
 * empty, or large. */
#include "tests/lib/harness.h"
#include "tests/results/spoilt.h"

static const struct story hollow[] = {
    {"DELETE FROM access",
     {"run 1: strict-serializability: there is nothing to check: of 6 commands and 0 accesses",
      "unknown"}},
    {"DELETE FROM access; DELETE FROM command", {"of 0 commands and 0 accesses"}},
    {"UPDATE command SET status = 'lost', returned_ns = NULL", {"nothing to check"}},
    {"UPDATE access SET version = NULL", {"nothing to check"}},
};

START_TEST(a_history_without_accesses_is_unknown)
{
    for (size_t i = 0; i < sizeof(hollow) / sizeof(hollow[0]); i++) {
        const char *path = good_file(), *message;
        database_execute(path, hollow[i].sql);
        ck_assert_int_eq(database_check(path, &message), 2);
        assert_message_has(hollow[i].sql, message, hollow[i].words);
    }
}
END_TEST

START_TEST(a_refusal_of_existing_variables_fails_the_run)
{
    const char *path = good_file();
    database_execute(path, "UPDATE command SET status = 'nok'" FIRST);
    assert_check(path, 1, &(struct story){"a refusal", {"run 1: right-refusals: c0.1"}});
}
END_TEST

/* The file has the final value of x, and its first writer's digest. */
START_TEST(values_that_no_order_of_commands_computes_are_reported)
{
    const char *path = good_file();
    assert_check(path, 0, &(struct story){"good", {"ok      ok"}});
    database_execute(path, "UPDATE variable SET value = value + 1 WHERE number = 0");
    assert_check(path, 1, &(struct story){"a value", {"run 1: serial-values: in the end p0"}});
    path = good_file();
    database_execute(path, "UPDATE command SET digest = digest + 1" FIRST);
    assert_check(path, 1, &(struct story){"a digest", {"run 1: serial-values: c0.1"}});
    path = good_file();
    database_execute(path, "UPDATE variable SET number = -1 WHERE number = 1");
    assert_check(path, 2, &(struct story){"a number", {"table variable", "number: expected"}});
    path = good_file();
    database_execute(path, "DELETE FROM variable");
    assert_check(path, 0, &(struct story){"none", {"serial-values: the table variable"}});
}
END_TEST

START_TEST(a_run_without_history_is_unknown_and_no_error)
{
    const char *path = good_file(), *message;
    database_execute(path, "DELETE FROM access; DELETE FROM command; DELETE FROM option");
    ck_assert_int_eq(database_check(path, &message), 0);
    assert_message_has("no history", message,
                       (const char *[3]){"      0  ok      unknown", "no run has a history"});
}
END_TEST

START_TEST(a_failed_run_outweighs_one_with_nothing_to_check)
{
    const char *path = good_file();
    database_add_small_run(path);
    database_execute(path, "DELETE FROM access WHERE run_id = 1;"
                           "UPDATE access SET version = 9 WHERE run_id = 2 AND client = 1");
    assert_check(path, 1,
                 &(struct story){"versions that no command wrote",
                                 {"run 1: strict-serializability: there is nothing", "run 2: "}});
}
END_TEST

/* ---- unusual but valid histories ------------------------------------------------------------- */

START_TEST(large_client_and_sequence_numbers_are_accepted)
{
    const char *path = good_file();
    database_execute(path, "UPDATE command SET seq = 4294967294 WHERE client = 0 AND seq = 3;"
                           "UPDATE access SET seq = 4294967294 WHERE client = 0 AND seq = 3;"
                           "UPDATE command SET client = 1048575 WHERE client = 1;"
                           "UPDATE access SET client = 1048575 WHERE client = 1;"
                           "UPDATE command SET digest = NULL;"
                           "UPDATE variable SET version = NULL");
    assert_check(path, 0, &(struct story){"large numbers", {"6  ok      ok"}});
}
END_TEST

/* Clients 10 and 11 read versions 0 and 1 of a, many times and all at one time. z precedes the
 * former by its write of c and follows the latter by b: the search for a cycle from there must
 * visit the former, and that time, not once for each of the latter. */
START_TEST(many_commands_at_one_time_are_checked_in_linear_time)
{
    const char *path = good_file();
    database_execute(
        path,
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)"
        " INSERT INTO " COMMAND " SELECT 1, 10 + i % 2, i, 'r', 7, 7, 1, 1, 'ok' FROM n;"
        "INSERT INTO " ACCESS " SELECT 1, client, seq, 'a', 'r', client - 10 FROM command"
        " WHERE client > 9;"
        "INSERT INTO " ACCESS " SELECT 1, 10, seq, 'c', 'r', 1 FROM command WHERE client = 10;"
        "INSERT INTO " ACCESS " SELECT 1, 11, seq, 'b', 'r', 0 FROM command WHERE client = 11;"
        "INSERT INTO " COMMAND " VALUES(1, 12, 1, 'w', 7, 7, 1, 1, 'ok'),"
        " (1, 13, 1, 'z', 7, 7, 1, 1, 'ok');"
        "INSERT INTO " ACCESS " VALUES(1, 12, 1, 'a', 'w', NULL), (1, 13, 1, 'b', 'w', 0),"
        " (1, 13, 1, 'c', 'w', 0);");
    assert_check(path, 1, &(struct story){"one instant", {"no serial order explains it"}});
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stored histories");
    TCase *c = tcase_create("stored histories");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_history_without_accesses_is_unknown);
    tcase_add_test(c, a_refusal_of_existing_variables_fails_the_run);
    tcase_add_test(c, values_that_no_order_of_commands_computes_are_reported);
    tcase_add_test(c, a_run_without_history_is_unknown_and_no_error);
    tcase_add_test(c, a_failed_run_outweighs_one_with_nothing_to_check);
    tcase_add_test(c, large_client_and_sequence_numbers_are_accepted);
    tcase_add_test(c, many_commands_at_one_time_are_checked_in_linear_time);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
