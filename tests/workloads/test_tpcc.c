/* test_tpcc.c - TPC-C: one stream per seed, and rows of the sizes and numbers of the specification.
 */
#include "proto/command.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"
#include "tests/workloads/tpcc.h"

static const char *const specs[] = {
    "tpcc:warehouses=2,customers=60,items=500",
    "tpcc:warehouses=1,customers=3,items=1,orders=2",
    "tpcc:warehouses=3,customers=20,items=100,orders=30,delivery=20,by-name=0%",
};

START_TEST(a_seed_gives_the_same_stream_at_each_reading)
{
    struct workload *w = must_open(specs[_i], 7), *again = must_open(specs[_i], 7),
                    *other = must_open(specs[_i], 8);
    uint64_t count, hash = stream_fingerprint(w, STREAM, &count);
    ck_assert_uint_eq(count, STREAM);
    ck_assert_uint_eq(stream_fingerprint(again, STREAM, &count), hash);
    ck_assert_uint_ne(stream_fingerprint(other, STREAM, &count), hash);
    ck_assert_uint_eq(catalogue_fingerprint(w), catalogue_fingerprint(other));
    must_rewind(w);
    ck_assert_uint_eq(stream_fingerprint(w, STREAM, &count), hash);
    ck_assert(workload_endless(w));
    workload_close(w);
    workload_close(again);
    workload_close(other);
}
END_TEST

/* Another compiler, level or library must give these numbers too. */
START_TEST(the_streams_of_seed_1_have_their_recorded_fingerprints)
{
    static const uint64_t known[] = {UINT64_C(0xbe54e76eeb266564), UINT64_C(0xdcea12b3e3ad2616),
                                     UINT64_C(0x6ebfe658402fba91)};
    uint64_t count;
    struct workload *w = must_open(specs[_i], 1);
    uint64_t hash = stream_fingerprint(w, STREAM, &count);
    ck_assert_msg(hash == known[_i], "%s: 0x%016llx", specs[_i], (unsigned long long)hash);
    workload_close(w);
}
END_TEST

START_TEST(a_stream_ends_after_the_requested_commands)
{
    struct workload *w = must_open("tpcc:warehouses=1,customers=10,items=10,commands=100", 1);
    uint64_t count;
    ck_assert(!workload_endless(w));
    stream_fingerprint(w, UINT64_MAX, &count);
    ck_assert_uint_eq(count, 100);
    workload_close(w);
}
END_TEST

static const struct {
    const char *spec, *why;
} refused[] = {
    {"tpcc:warehouses=0", "tpcc: warehouses: expected 1 to 1024, found 0"},
    {"tpcc:customers=60001", "tpcc: customers: expected 1 to 60000, found 60001"},
    {"tpcc:items=0", "tpcc: items: expected 1 to 10000000, found 0"},
    {"tpcc:warehouses=1024,items=10M,customers=1", "tpcc: expected less than 4294967295 rows"},
    {"tpcc:new-order=0,payment=0,order-status=0,delivery=0,stock-level=0",
     "tpcc: expected a weight above 0, found none"},
    {"tpcc:payment=2000000000", "tpcc: payment: expected at most 1000000000"},
    {"tpcc:districts=5", "tpcc: no key is called 'districts'"},
};

START_TEST(parameters_out_of_range_are_refused_with_the_reason)
{
    struct error e = {""};
    ck_assert_ptr_null(workload_open(refused[_i].spec, 1, &e));
    ck_assert_msg(strstr(e.text, refused[_i].why) == e.text, "%s", e.text);
}
END_TEST

/* ---- rows ------------------------------------------------------------------------------------ */

START_TEST(every_row_is_a_variable_of_its_size_in_its_district_s_granule)
{
    static const uint32_t bytes[TPCC_TABLES] = {89, 95, 655, 46, 24, 8, 54, 306};
    static const uint32_t per_warehouse[TPCC_TABLES] = {1, 10, 200, 250, 250, 250, 250 * 15, 77};
    struct workload *w = must_open("tpcc:warehouses=3,customers=20,orders=25,items=77", 1);
    const struct catalogue *c = workload_catalogue(w);
    const struct tpcc_shape *s = tpcc_shape_of(w);
    uint32_t found[TPCC_TABLES] = {0};
    for (uint32_t v = 0; v < names_count(c->variables); v++) {
        struct tpcc_row row = tpcc_row(s, v), home = tpcc_row(s, c->granule[v]);
        ck_assert_uint_eq(tpcc_variable(s, row), v);
        ck_assert_uint_eq(c->variable_bytes[v], bytes[row.table]);
        ck_assert_uint_eq(home.warehouse, row.warehouse);
        ck_assert_uint_eq(home.district, row.district);
        ck_assert_uint_eq(home.table, row.table == TPCC_WAREHOUSE ? TPCC_WAREHOUSE : TPCC_DISTRICT);
        found[row.table]++;
    }
    for (uint32_t t = 0; t < TPCC_TABLES; t++) ck_assert_uint_eq(found[t], 3 * per_warehouse[t]);
    uint32_t stock = names_find(c->variables, "w2.s76", 6);
    ck_assert_uint_eq(tpcc_row(s, stock).district, 6);
    ck_assert_uint_lt(names_find(c->variables, "w1.d9.o24.l14", 13), names_count(c->variables));
    workload_close(w);
}
END_TEST

START_TEST(initial_orders_are_those_of_the_specification)
{
    const struct tpcc_shape s = {.warehouses = 2, .customers = 3000, .orders = 3000, .items = 100};
    uint8_t placed[3000] = {0};
    uint32_t lines = 0;
    ck_assert_uint_eq(tpcc_initial_orders(&s), 3000);
    ck_assert_uint_eq(tpcc_initial_delivered(&s), 2100);
    for (uint32_t id = 1; id <= 3000; id++) {
        struct tpcc_order o = tpcc_initial_order(&s, 13, id);
        ck_assert(o.lines >= TPCC_LINES_MIN && o.lines <= TPCC_LINES_MAX);
        ck_assert_int_eq(o.carrier != 0, id <= 2100);
        placed[o.customer]++;
        lines += o.lines;
    }
    for (uint32_t i = 0; i < 3000; i++) ck_assert_uint_eq(placed[i], 1);
    ck_assert_double_eq_tol(lines / 3000.0, 10, 0.3);
}
END_TEST

START_TEST(columns_are_packed_without_loss)
{
    struct tpcc_customer c =
        tpcc_customer_unpack(tpcc_customer_pack((struct tpcc_customer){-123456789012, 4095, 7}));
    ck_assert(c.balance == -123456789012 && c.payments == 4095 && c.deliveries == 7);
    struct tpcc_order o =
        tpcc_order_unpack(tpcc_order_pack((struct tpcc_order){16777215, 59999, 15, 10}));
    ck_assert(o.id == 16777215 && o.customer == 59999 && o.lines == 15 && o.carrier == 10);
    struct tpcc_pending p =
        tpcc_pending_unpack(tpcc_pending_pack((struct tpcc_pending){9, -1, true}));
    ck_assert(p.id == 9 && p.balance == -1 && p.ambiguous);
    struct tpcc_line l =
        tpcc_line_unpack(tpcc_line_pack((struct tpcc_line){16777215, 10, 999999, true}));
    ck_assert(l.id == 16777215 && l.quantity == 10 && l.amount == 999999 && l.delivered);
    struct tpcc_stock s =
        tpcc_stock_unpack(tpcc_stock_pack((struct tpcc_stock){16777215, 65535, 65534, 101}));
    ck_assert(s.ytd == 16777215 && s.orders == 65535 && s.remotes == 65534 && s.quantity == 101);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tpcc");
    TCase *c = tcase_create("tpcc");
    tcase_set_timeout(c, 600);
    tcase_add_loop_test(c, a_seed_gives_the_same_stream_at_each_reading, 0,
                        sizeof(specs) / sizeof(specs[0]));
    tcase_add_loop_test(c, the_streams_of_seed_1_have_their_recorded_fingerprints, 0,
                        sizeof(specs) / sizeof(specs[0]));
    tcase_add_test(c, a_stream_ends_after_the_requested_commands);
    tcase_add_loop_test(c, parameters_out_of_range_are_refused_with_the_reason, 0,
                        sizeof(refused) / sizeof(refused[0]));
    tcase_add_test(c, every_row_is_a_variable_of_its_size_in_its_district_s_granule);
    tcase_add_test(c, initial_orders_are_those_of_the_specification);
    tcase_add_test(c, columns_are_packed_without_loss);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
