/* test_error.c - error messages: text that does not fit is truncated, control characters are not
 * printed, and errno is printed as text (error.h). */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "tests/lib/harness.h"

START_TEST(error_add_appends_text)
{
    struct error e;
    ck_assert_int_eq(error_set(&e, "there are"), -1);
    ck_assert_int_eq(error_add(&e, " %s", "one"), -1);
    ck_assert_int_eq(error_add(&e, " %d", 2), -1);
    ck_assert_str_eq(e.text, "there are one 2");
}
END_TEST

START_TEST(a_message_that_does_not_fit_is_truncated)
{
    struct error around[3];
    memset(around, 'x', sizeof(around));
    struct error *e = &around[1];
    error_set(e, "%s", "");
    for (size_t i = 0; i < sizeof(e->text); i++) error_add(e, "%s", "abc");
    ck_assert_uint_eq(strlen(e->text), sizeof(e->text) - 1);
    errno = ENOENT;
    error_errno(e, "%0*d", (int)sizeof(e->text), 1);
    ck_assert_uint_eq(strlen(e->text), sizeof(e->text) - 1);
    ck_assert_int_eq(around[2].text[0], 'x');
}
END_TEST

START_TEST(control_characters_are_not_printed)
{
    struct error e;
    error_set(&e, "a\n");
    error_add(&e, "\x1b[b\x7f");
    ck_assert_str_eq(e.text, "a??[b?");
}
END_TEST

START_TEST(error_errno_appends_the_text_of_errno)
{
    struct error e;
    errno = ENOENT;
    ck_assert_int_eq(error_errno(&e, "%s: cannot open", "x"), -1);
    ck_assert_str_eq(e.text, "x: cannot open: No such file or directory");
    errno = 4095; /* the largest value possible on Linux, and no error's number */
    error_errno(&e, "x");
    ck_assert_msg(strstr(e.text, "x: ") == e.text && strlen(e.text) > 3, "%s", e.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("error");
    TCase *tc = tcase_create("error");
    tcase_add_test(tc, error_add_appends_text);
    tcase_add_test(tc, a_message_that_does_not_fit_is_truncated);
    tcase_add_test(tc, control_characters_are_not_printed);
    tcase_add_test(tc, error_errno_appends_the_text_of_errno);
    suite_add_tcase(suite, tc);
    return test_main(suite);
}
