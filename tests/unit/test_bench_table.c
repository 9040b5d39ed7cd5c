/* test_bench_table.c - the tables of `aviary mq bench` fit a screen, with every other program
 * beside the queue. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rdma/bench/mq_bench_table.h"
#include "tests/lib/harness.h"

enum { ROWS_MAX = 32 };

static double figures[BENCH_FIGURES];
static struct bench_row rows[ROWS_MAX];
static uint32_t row_count;

static void add_row(enum bench_kind kind, const struct bench_other *other)
{
    ck_assert_uint_lt(row_count, ROWS_MAX);
    rows[row_count++] =
        (struct bench_row){.point = {.kind = kind, .bytes = 614400, .senders = 1, .window = 256},
                           .other = other,
                           .sample = &figures,
                           .samples = 1};
}

START_TEST(figures_and_ratios_fit_a_screen)
{
    char text[8192] = "";
    const struct bench_other *o;
    for (int i = 0; i < BENCH_FIGURES; i++) figures[i] = 123456.7;
    for (enum bench_kind kind = BENCH_LATENCY; kind <= BENCH_RATE; kind++) {
        add_row(kind, NULL);
        for (uint32_t i = 0; (o = bench_other_at(i)) != NULL; i++)
            if (bench_other_kind(o) == kind) add_row(kind, o);
    }
    FILE *out = fmemopen(text, sizeof(text), "w");
    bench_rows_print(rows, row_count, out);
    fclose(out);
    ck_assert_ptr_nonnull(strstr(text, "Latency of mq, divided by that of\n"));
    ck_assert_ptr_nonnull(strstr(text, "123k"));
    for (const char *line = text; *line; line = strchr(line, '\n') + 1)
        ck_assert_msg(strchr(line, '\n') - line <= 80, "%.100s", line);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bench table");
    TCase *c = tcase_create("bench table");
    tcase_add_test(c, figures_and_ratios_fit_a_screen);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
