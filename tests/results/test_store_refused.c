/* test_store_refused.c - files that a run cannot be added to: they are refused with the reason, and
 * not changed. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/results/results.h"
#include "tests/lib/databases.h"
#include "tests/lib/harness.h"
#include "tests/lib/recorded_run.h"

#define USER_VERSION "6" /* a new one belongs into the manual, too */

static struct error error;

static void assert_refused(const char *path, const char *reason)
{
    static struct run_result result;
    recorded_result(&result, NULL);
    ck_assert_int_eq(results_probe(path, &error), -1);
    ck_assert_msg(strstr(error.text, reason), "%s", error.text);
    ck_assert_msg(strstr(error.text, path), "%s", error.text);
    ck_assert_int_eq(results_add(path, &result, NULL, &error), -1);
    ck_assert_msg(strstr(error.text, reason), "%s", error.text);
}

START_TEST(a_text_file_is_refused_and_kept)
{
    const char *path = database_path("notes.txt");
    char content[64] = "";
    FILE *file = fopen(path, "w");
    fputs("my notes, no database at all, long enough\n", file);
    fclose(file);
    assert_refused(path, "not a database");
    file = fopen(path, "r");
    ck_assert_ptr_nonnull(fgets(content, sizeof(content), file));
    fclose(file);
    ck_assert_str_eq(content, "my notes, no database at all, long enough\n");
}
END_TEST

START_TEST(a_database_of_another_program_is_refused)
{
    const char *path = database_path("other.db");
    database_execute(path, "CREATE TABLE mine(x)");
    assert_refused(path, "found another one");
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM sqlite_schema"), "1");
}
END_TEST

START_TEST(a_database_of_a_newer_version_is_refused)
{
    const char *path = database_path("version.db");
    add_recorded_run(path, false);
    database_execute(path, "PRAGMA user_version = 9");
    assert_refused(path, "of version " USER_VERSION
                         " or older, found version 9, which a newer aviary wrote");
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM run"), "1");
}
END_TEST

START_TEST(a_missing_directory_is_refused)
{
    assert_refused(database_path("no/such/place.db"), "No such file or directory");
}
END_TEST

START_TEST(probing_creates_nothing)
{
    const char *path = database_path("probed.db");
    ck_assert_msg(results_probe(path, &error) == 0, "%s", error.text);
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_read_only_directory_is_refused)
{
    const char *directory = database_path("locked");
    if (geteuid() == 0) return; /* the superuser may write anywhere */
    ck_assert_int_eq(mkdir(directory, 0500), 0);
    assert_refused(database_path("locked/results.db"), "Permission denied");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("refused stores");
    TCase *c = tcase_create("refused stores");
    tcase_add_test(c, a_text_file_is_refused_and_kept);
    tcase_add_test(c, a_database_of_another_program_is_refused);
    tcase_add_test(c, a_database_of_a_newer_version_is_refused);
    tcase_add_test(c, a_missing_directory_is_refused);
    tcase_add_test(c, probing_creates_nothing);
    tcase_add_test(c, a_read_only_directory_is_refused);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
