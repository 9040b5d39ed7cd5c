/* test_table.c - a printed table: columns are as wide as their widest cell, numbers are grouped,
 * figures are short, and a table fits a screen.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/table.h"
#include "tests/lib/harness.h"

START_TEST(columns_of_a_table_are_aligned)
{
    char text[512] = "";
    struct table *t = table_create(3, (const char *const[]){"scheme", "k", "throughput [1/s]"});
    table_text(t, "smr");
    table_number(t, 1, 0);
    table_number(t, 31800.26, 1);
    table_text(t, "größer");
    table_number(t, 128, 0);
    table_none(t);
    table_text(t, "x");
    table_number(t, -1234567, 0);
    table_number(t, 999, 0);
    FILE *out = fmemopen(text, sizeof(text), "w");
    table_print(t, out);
    fclose(out);
    table_destroy(t);
    ck_assert_str_eq(text, "scheme           k  throughput [1/s]\n"
                           "smr              1          31 800.3\n"
                           "größer         128                 -\n"
                           "x       -1 234 567               999\n");
}
END_TEST

/* The table of one column with these figures. */
static const char *figures(const double *values, uint32_t count, int decimals)
{
    static char text[512];
    struct table *t = table_create(1, (const char *const[]){"x"});
    for (uint32_t i = 0; i < count; i++) table_figure(t, values[i], decimals);
    memset(text, 0, sizeof(text));
    FILE *out = fmemopen(text, sizeof(text), "w");
    table_print(t, out);
    fclose(out);
    table_destroy(t);
    return text;
}

START_TEST(figures_have_three_significant_digits_and_a_suffix)
{
    static const double values[] = {0,    0.516,  9.994, 9.996,  99.96,  831.4, 9314,
                                    9999, 9999.6, 83912, 999499, 999600, 1.2e9, -12345};
    ck_assert_str_eq(figures(values, sizeof(values) / sizeof(values[0]), 2),
                     "     x\n  0.00\n  0.52\n  9.99\n  10.0\n   100\n   831\n  9314\n  9999\n"
                     " 10.0k\n 83.9k\n  999k\n 1.00M\n 1.20G\n-12.3k\n");
    ck_assert_str_eq(figures((const double[]){7, 83912}, 2, 0), "    x\n    7\n83.9k\n");
}
END_TEST

/* Two columns, the first of a text that is so long, the second of 40. */
static const char *wide_table(uint32_t length, bool elastic)
{
    static char text[1024];
    char name[128];
    struct table *t = table_create(2, (const char *const[]){"workload", "figures"});
    snprintf(name, sizeof(name), "%.*s", (int)length,
             "0123456789012345678901234567890123456789012345678901234567890123456789");
    table_text(t, name);
    table_text(t, "abcdefghijabcdefghijabcdefghijabcdefghij");
    if (elastic) table_elastic(t, 0);
    memset(text, 0, sizeof(text));
    FILE *out = fmemopen(text, sizeof(text), "w");
    table_print(t, out);
    fclose(out);
    table_destroy(t);
    return text;
}

static size_t width_of_row(const char *table)
{
    const char *row = strchr(table, '\n') + 1;
    return strcspn(row, "\n");
}

START_TEST(a_table_that_is_too_wide_has_narrow_gaps_and_a_cut_column)
{
    ck_assert_uint_eq(width_of_row(wide_table(38, true)), 80);
    ck_assert_uint_eq(width_of_row(wide_table(39, true)), 80);
    ck_assert_ptr_nonnull(strstr(wide_table(39, true), "678 abc"));
    ck_assert_uint_eq(width_of_row(wide_table(60, true)), 80);
    ck_assert_ptr_nonnull(strstr(wide_table(60, true), "456.. abc"));
    ck_assert_uint_eq(width_of_row(wide_table(60, false)), 101);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("table");
    TCase *c = tcase_create("table");
    tcase_add_test(c, columns_of_a_table_are_aligned);
    tcase_add_test(c, figures_have_three_significant_digits_and_a_suffix);
    tcase_add_test(c, a_table_that_is_too_wide_has_narrow_gaps_and_a_cut_column);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
