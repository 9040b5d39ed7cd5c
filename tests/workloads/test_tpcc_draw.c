/* test_tpcc_draw.c - TPC-C: draws have the skew and the mix of the specification, and the share of
 * distributed transactions is as calculated. */
#include <math.h>

#include "proto/command.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"
#include "tests/workloads/tpcc.h"

enum { UPDATE = ACCESS_READ | ACCESS_WRITE };

START_TEST(nurand_keeps_its_range_and_is_skewed)
{
    const struct tpcc_nurand standard = {.a = 8191, .c = 4000, .range = 100000};
    struct random random = random_named(1, "test", "nurand");
    uint32_t *count = calloc(standard.range, sizeof(*count)), hot = 0;
    for (uint32_t i = 0; i < 1000000; i++) {
        uint32_t drawn = tpcc_nurand(&standard, &random);
        ck_assert_uint_lt(drawn, standard.range);
        count[drawn]++;
    }
    /* Evenly, 10 each: more than 30 would be one in ten million. */
    for (uint32_t i = 0; i < standard.range; i++) hot += count[i] > 30;
    ck_assert_uint_gt(hot, 3000);
    free(count);
}
END_TEST

START_TEST(nurand_is_the_or_of_two_even_draws_rotated_by_c)
{
    /* A = 1 over 0..3: 0 results from (0, 0) only, 1 from (1, 0), (0, 1), (1, 1); so 1 : 3 : 1 : 3.
     */
    const struct tpcc_nurand small = {.a = 1, .c = 2, .range = 4};
    static const double share[] = {1 / 8.0, 3 / 8.0, 1 / 8.0, 3 / 8.0};
    struct random random = random_named(1, "test", "nurand");
    uint32_t count[4] = {0};
    for (uint32_t i = 0; i < LONG_STREAM; i++) count[tpcc_nurand(&small, &random)]++;
    for (uint32_t i = 0; i < 4; i++)
        assert_share("NURand(1, 0, 3)", count[i], LONG_STREAM, share[(i + 2) % 4]);
}
END_TEST

START_TEST(nurand_s_constants_are_those_of_the_specification_or_in_proportion)
{
    ck_assert_uint_eq(tpcc_nurand_a(8191, 100000, 100000), 8191);
    ck_assert_uint_eq(tpcc_nurand_a(8191, 10000, 100000), 511);
    ck_assert_uint_eq(tpcc_nurand_a(1023, 3000, 3000), 1023);
    ck_assert_uint_eq(tpcc_nurand_a(1023, 6000, 3000), 1023);
    ck_assert_uint_eq(tpcc_nurand_a(255, 1, 1000), 0);
    ck_assert(tpcc_c_run_allowed(0, 65) && tpcc_c_run_allowed(200, 81));
    ck_assert(!tpcc_c_run_allowed(0, 64) && !tpcc_c_run_allowed(0, 120));
    ck_assert(!tpcc_c_run_allowed(100, 196) && !tpcc_c_run_allowed(212, 100));
    for (uint32_t c_load = 0; c_load < 256; c_load++) {
        uint32_t allowed = 0;
        for (uint32_t c_run = 0; c_run < 256; c_run++) allowed += tpcc_c_run_allowed(c_load, c_run);
        ck_assert_uint_gt(allowed, 0);
    }
}
END_TEST

START_TEST(each_name_has_a_customer_and_each_customer_one_name)
{
    struct tpcc_draw d;
    struct random random = random_named(1, "test", "draw");
    const struct tpcc_shape s = {.warehouses = 1, .customers = 3000, .orders = 1, .items = 100000};
    uint8_t met[3000] = {0};
    tpcc_draw_init(&d, &s, &random);
    for (uint32_t n = 0; n < TPCC_NAMES; n++) {
        ck_assert_uint_lt(d.name_first[n], d.name_first[n + 1]);
        ck_assert_uint_eq(d.by_name[d.name_first[n]], n);
        for (uint32_t i = d.name_first[n]; i < d.name_first[n + 1]; i++) met[d.by_name[i]]++;
    }
    for (uint32_t i = 0; i < 3000; i++) ck_assert_uint_eq(met[i], 1);
    tpcc_draw_finish(&d);
}
END_TEST

/* ---- transactions ---------------------------------------------------------------------------- */

static const char *const kinds[TPCC_KINDS] = {"new-order", "payment", "order-status", "delivery",
                                              "stock-level"};

/* Totals of a stream's transactions. */
struct survey {
    uint64_t kind[TPCC_KINDS];
    uint64_t rolled_back, remote_orders, remote_payments, named_payments;
    uint64_t crossing; /* transactions over several warehouses */
};

/* The number of accesses to rows of that table, and of those with that mode. */
static uint32_t rows(const struct tpcc_shape *s, const struct trace_command *c,
                     enum tpcc_table table, uint8_t mode)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->access_count; i++)
        count += tpcc_row(s, c->accesses[i].variable).table == table &&
                 (mode == 0 || c->accesses[i].mode == mode);
    return count;
}

static uint32_t warehouses(const struct tpcc_shape *s, const struct trace_command *c)
{
    uint64_t met = 0;
    for (uint32_t i = 0; i < c->access_count; i++)
        met |= UINT64_C(1) << tpcc_row(s, c->accesses[i].variable).warehouse;
    return (uint32_t)__builtin_popcountll(met);
}

static struct survey survey(const char *spec, uint32_t commands)
{
    struct workload *w = must_open(spec, 1);
    const struct tpcc_shape *s = tpcc_shape_of(w);
    struct survey v = {0};
    for (uint32_t i = 0; i < commands; i++) {
        struct trace_command c;
        must_next(w, &c);
        bool crosses = warehouses(s, &c) > 1;
        bool rolled_back = c.kind == TPCC_NEW_ORDER && rows(s, &c, TPCC_DISTRICT, UPDATE) == 0;
        v.kind[c.kind]++;
        v.crossing += crosses;
        v.rolled_back += rolled_back;
        v.remote_orders += c.kind == TPCC_NEW_ORDER && crosses;
        v.remote_payments += c.kind == TPCC_PAYMENT && crosses;
        v.named_payments += c.kind == TPCC_PAYMENT && rows(s, &c, TPCC_CUSTOMER, 0) > 1;
    }
    workload_close(w);
    return v;
}

START_TEST(the_mix_of_transactions_is_that_of_the_standard)
{
    static const double share[TPCC_KINDS] = {0.45, 0.43, 0.04, 0.04, 0.04};
    struct survey v = survey("tpcc:warehouses=4", LONG_STREAM);
    for (uint32_t k = 0; k < TPCC_KINDS; k++)
        assert_share(kinds[k], v.kind[k], LONG_STREAM, share[k]);
    assert_share("rollbacks", v.rolled_back, v.kind[TPCC_NEW_ORDER], 0.01);
    assert_share("remote payments", v.remote_payments, v.kind[TPCC_PAYMENT], 0.15);
}
END_TEST

START_TEST(distributed_transactions_have_the_expected_share)
{
    struct survey v = survey("tpcc:warehouses=8", LONG_STREAM);
    double orders = distributed_orders();
    ck_assert_double_eq_tol(orders, 0.095, 0.001);
    assert_share("distributed new-orders", v.remote_orders, v.kind[TPCC_NEW_ORDER], orders);
    assert_share("distributed", v.crossing, LONG_STREAM, 0.45 * orders + 0.43 * 0.15);
    v = survey("tpcc:warehouses=1", STREAM);
    ck_assert_uint_eq(v.crossing, 0);
    v = survey("tpcc:warehouses=2,remote-lines=0%,remote-payments=100%", STREAM);
    ck_assert_uint_eq(v.remote_orders, 0);
    ck_assert_uint_eq(v.remote_payments, v.kind[TPCC_PAYMENT]);
}
END_TEST

/* Some names have one customer only: their share is measured with selection by name only. */
START_TEST(sixty_percent_of_payments_select_their_customer_by_name)
{
    struct survey all = survey("tpcc:warehouses=1,customers=3000,by-name=100%", LONG_STREAM);
    struct survey some = survey("tpcc:warehouses=1,customers=3000", LONG_STREAM);
    struct survey none = survey("tpcc:warehouses=1,customers=3000,by-name=0%", STREAM);
    double several = (double)all.named_payments / (double)all.kind[TPCC_PAYMENT];
    ck_assert_double_gt(several, 0.5);
    double share = (double)some.named_payments / (double)some.kind[TPCC_PAYMENT];
    ck_assert_double_eq_tol(share, 0.6 * several, 0.015);
    ck_assert_uint_eq(none.named_payments, 0);
}
END_TEST

static void check_new_order(const struct tpcc_shape *s, const struct trace_command *c)
{
    bool rolled_back = rows(s, c, TPCC_DISTRICT, UPDATE) == 0;
    uint32_t lines = rows(s, c, TPCC_LINE, ACCESS_WRITE), stocks = rows(s, c, TPCC_STOCK, 0);
    ck_assert_uint_eq(rows(s, c, TPCC_WAREHOUSE, ACCESS_READ), 1);
    ck_assert_uint_eq(rows(s, c, TPCC_CUSTOMER, ACCESS_READ), 1);
    ck_assert_uint_eq(rows(s, c, TPCC_ORDER, ACCESS_WRITE), !rolled_back);
    ck_assert_uint_eq(rows(s, c, TPCC_PENDING, UPDATE), !rolled_back);
    ck_assert(rolled_back || (lines >= 5 && lines <= 15 && stocks >= 1 && stocks <= lines));
    ck_assert_uint_eq(rows(s, c, TPCC_STOCK, rolled_back ? ACCESS_READ : UPDATE), stocks);
    ck_assert(!rolled_back || lines == 0);
}

static void check_delivery(const struct tpcc_shape *s, const struct trace_command *c)
{
    uint32_t delivered = rows(s, c, TPCC_PENDING, UPDATE);
    ck_assert_uint_eq(rows(s, c, TPCC_PENDING, 0), TPCC_DISTRICTS);
    ck_assert_uint_eq(rows(s, c, TPCC_ORDER, UPDATE), delivered);
    ck_assert_uint_eq(rows(s, c, TPCC_CUSTOMER, UPDATE), delivered);
    ck_assert_uint_ge(rows(s, c, TPCC_LINE, UPDATE), 5 * delivered);
}

START_TEST(transactions_access_the_rows_of_the_specification)
{
    struct workload *w = must_open("tpcc:warehouses=2,customers=100,items=1000,delivery=8", 3);
    const struct tpcc_shape *s = tpcc_shape_of(w);
    for (uint32_t i = 0; i < STREAM; i++) {
        struct trace_command c;
        must_next(w, &c);
        ck_assert_str_eq(names_get(workload_catalogue(w)->kinds, c.kind), kinds[c.kind]);
        uint32_t read = 0;
        for (uint32_t a = 0; a < c.access_count; a++) {
            if (a > 0) ck_assert_uint_lt(c.accesses[a - 1].variable, c.accesses[a].variable);
            read += c.accesses[a].mode == ACCESS_READ;
        }
        if (c.kind == TPCC_NEW_ORDER) check_new_order(s, &c);
        if (c.kind == TPCC_DELIVERY) check_delivery(s, &c);
        if (c.kind == TPCC_PAYMENT)
            ck_assert(rows(s, &c, TPCC_CUSTOMER, UPDATE) == 1 &&
                      rows(s, &c, TPCC_DISTRICT, UPDATE) == 1 &&
                      rows(s, &c, TPCC_WAREHOUSE, UPDATE) == 1 &&
                      rows(s, &c, TPCC_HISTORY, ACCESS_WRITE) == 1);
        if (c.kind == TPCC_ORDER_STATUS || c.kind == TPCC_STOCK_LEVEL)
            ck_assert_uint_eq(read, c.access_count);
        if (c.kind == TPCC_STOCK_LEVEL)
            ck_assert(rows(s, &c, TPCC_LINE, 0) >= 100 && rows(s, &c, TPCC_LINE, 0) <= 300);
    }
    workload_close(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tpcc draw");
    TCase *c = tcase_create("tpcc draw");
    tcase_set_timeout(c, 600);
    tcase_add_test(c, nurand_keeps_its_range_and_is_skewed);
    tcase_add_test(c, nurand_is_the_or_of_two_even_draws_rotated_by_c);
    tcase_add_test(c, nurand_s_constants_are_those_of_the_specification_or_in_proportion);
    tcase_add_test(c, each_name_has_a_customer_and_each_customer_one_name);
    tcase_add_test(c, the_mix_of_transactions_is_that_of_the_standard);
    tcase_add_test(c, distributed_transactions_have_the_expected_share);
    tcase_add_test(c, sixty_percent_of_payments_select_their_customer_by_name);
    tcase_add_test(c, transactions_access_the_rows_of_the_specification);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
