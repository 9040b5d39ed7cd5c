/*
 * The harness itself: paths into the source tree, optional data, scratch directories.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/harness.h"

START_TEST(source_files_are_found_from_any_build_directory)
{
    char *path = test_source_path("tests/unit/test_harness.c");

    ck_assert_int_eq(access(path, R_OK), 0);
    free(path);
}
END_TEST

START_TEST(absent_optional_data_is_null)
{
    ck_assert_ptr_null(test_data_path("no/such/file"));
}
END_TEST

START_TEST(scratch_directories_are_fresh_and_writable)
{
    char *one = test_scratch_directory();
    char *two = test_scratch_directory();
    char path[256];
    FILE *file;

    ck_assert_str_ne(one, two);
    snprintf(path, sizeof path, "%s/file", one);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fclose(file);
    free(one);
    free(two);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("harness");
    TCase *paths = tcase_create("paths");

    tcase_add_test(paths, source_files_are_found_from_any_build_directory);
    tcase_add_test(paths, absent_optional_data_is_null);
    tcase_add_test(paths, scratch_directories_are_fresh_and_writable);
    suite_add_tcase(suite, paths);
    return test_main(suite);
}
