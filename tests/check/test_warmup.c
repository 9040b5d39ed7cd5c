/* test_warmup.c - where the warm-up of a run ends: of series whose begin differs from the rest, and
 * of answers that become faster. */
#include "analysis/check/warmup.h"
#include "base/random.h"
#include "tests/lib/harness.h"

#define MS UINT64_C(1000000)
#define RUN_NS (1000 * MS)

/* ---- series --------------------------------------------------------------------------------- */

START_TEST(a_constant_series_is_not_cut)
{
    const double batch[10] = {7, 7, 7, 7, 7, 7, 7, 7, 7, 7};
    ck_assert_uint_eq(warmup_mser(batch, 10), 0);
}
END_TEST

START_TEST(a_series_is_cut_where_its_different_begin_ends)
{
    const double batch[20] = {1, 2, 4, 6, 8, 9, 8, 8, 9, 8, 8, 9, 8, 9, 8, 9, 8, 8, 9, 8};
    ck_assert_uint_eq(warmup_mser(batch, 20), 4);
}
END_TEST

/* By hand: squares over the square of the number, which is least without the first two:
 * cut 0: 22/36 = 0.61; cut 1: 4.8/25 = 0.19; cut 2: 1/16 = 0.06; cut 3: 0.67/9 = 0.07. */
START_TEST(the_cut_has_the_least_error_of_the_mean_of_the_rest)
{
    const double batch[6] = {1, 4, 6, 7, 6, 6};
    ck_assert_uint_eq(warmup_mser(batch, 6), 2);
}
END_TEST

START_TEST(no_more_than_half_is_cut)
{
    double batch[20];
    for (int i = 0; i < 20; i++) batch[i] = i; /* never comes to rest */
    ck_assert_uint_eq(warmup_mser(batch, 20), 10);
}
END_TEST

START_TEST(noise_alone_costs_little)
{
    struct random r = random_named(1, "test", "noise");
    uint32_t cut = 0;
    for (int series = 0; series < 100; series++) {
        double batch[WARMUP_BATCHES];
        for (int i = 0; i < WARMUP_BATCHES; i++) batch[i] = (double)random_below(&r, 1000);
        cut += warmup_mser(batch, WARMUP_BATCHES);
    }
    ck_assert_uint_lt(cut, 20 * 100); /* on the mean, in hundredths */
}
END_TEST

/* ---- answers -------------------------------------------------------------------------------- */

/* One client of a closed loop after another, with the latency that the time of its answer has. */
static void answer(struct ledger *l, uint64_t now_ns, uint64_t latency_ns)
{
    struct command_id id = {.client = 0, .seq = l->command_count};
    ledger_add_bare(l, id, 0, now_ns - latency_ns, now_ns);
}

static uint64_t warmup_of(const struct ledger *l)
{
    uint64_t warmup_ns = 0;
    ck_assert(warmup_determine(l, RUN_NS, &warmup_ns));
    return warmup_ns;
}

/* Twice as fast after 300 ms. */
START_TEST(throughput_that_rises_is_warm_up)
{
    struct ledger l;
    ledger_init(&l, NULL, NULL, LEDGER_COMMANDS);
    for (uint64_t us = 100; us < 1000000; us += us < 300000 ? 400 : 200)
        answer(&l, us * 1000, 90000);
    ck_assert_uint_eq(warmup_of(&l), 300 * MS);
    ledger_finish(&l);
}
END_TEST

/* An open loop: commands arrive at one rate, and are slow at first. */
START_TEST(latency_that_falls_is_warm_up)
{
    struct ledger l;
    ledger_init(&l, NULL, NULL, LEDGER_COMMANDS);
    for (uint64_t us = 100; us < 1000000; us += 200)
        answer(&l, us * 1000, us < 150000 ? 90000 : 10000);
    ck_assert_uint_eq(warmup_of(&l), 150 * MS);
    ledger_finish(&l);
}
END_TEST

START_TEST(answers_after_the_end_and_missing_ones_do_not_count)
{
    struct ledger l;
    ledger_init(&l, NULL, NULL, LEDGER_COMMANDS);
    for (uint64_t us = 100; us < 2000000; us += us < 1000000 ? 500 : 10)
        answer(&l, us * 1000, 90000);
    ledger_add_bare(&l, (struct command_id){.client = 1}, 0, 1000, LEDGER_NEVER);
    ck_assert_uint_eq(warmup_of(&l), 0);
    ledger_finish(&l);
}
END_TEST

START_TEST(a_thousand_answers_are_needed)
{
    struct ledger l;
    uint64_t warmup_ns;
    ledger_init(&l, NULL, NULL, LEDGER_COMMANDS);
    for (uint64_t i = 1; i < 1000; i++) answer(&l, i * MS, MS / 2);
    ck_assert(!warmup_determine(&l, RUN_NS, &warmup_ns));
    answer(&l, 500 * MS, MS / 2);
    ck_assert(warmup_determine(&l, RUN_NS, &warmup_ns));
    ledger_finish(&l);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("warmup");
    TCase *c = tcase_create("warmup");
    tcase_add_test(c, a_constant_series_is_not_cut);
    tcase_add_test(c, a_series_is_cut_where_its_different_begin_ends);
    tcase_add_test(c, the_cut_has_the_least_error_of_the_mean_of_the_rest);
    tcase_add_test(c, no_more_than_half_is_cut);
    tcase_add_test(c, noise_alone_costs_little);
    tcase_add_test(c, throughput_that_rises_is_warm_up);
    tcase_add_test(c, latency_that_falls_is_warm_up);
    tcase_add_test(c, answers_after_the_end_and_missing_ones_do_not_count);
    tcase_add_test(c, a_thousand_answers_are_needed);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
