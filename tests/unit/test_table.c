/* test_table.c - a printed table: columns are as wide as their widest cell, and numbers are
 * grouped.
 */
#include <stdio.h>

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

int main(void)
{
    Suite *suite = suite_create("table");
    TCase *c = tcase_create("table");
    tcase_add_test(c, columns_of_a_table_are_aligned);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
