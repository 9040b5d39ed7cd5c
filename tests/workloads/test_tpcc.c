/* test_tpcc.c - TPC-C: the asked mix and its skew, rows of the right sizes, the share of
 * distributed transactions that arithmetic foretells, and a state that keeps the specification's
 * conditions. */
#include <math.h>
#include <unistd.h>

#include "analysis/experiment/experiment.h"
#include "proto/command.h"
#include "analysis/experiment/runner.h"
#include "sim/simulation.h"
#include "tests/lib/claims.h"
#include "tests/lib/figures.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"
#include "workloads/generate/tpcc_draw.h"

enum { STREAM = 10000, LONG_STREAM = 100000, UPDATE = ACCESS_READ | ACCESS_WRITE };

static const char *const kinds[TPCC_KINDS] = {"new-order", "payment", "order-status", "delivery",
                                              "stock-level"};

static void next_is(struct workload *w, struct trace_command *c)
{
    struct error e = {""};
    ck_assert_msg(workload_next(w, c, &e) == 1, "%s", e.text);
}

static const struct tpcc_shape *shape_of(const struct workload *w)
{
    return &((const struct tpcc_application *)workload_application(w))->shape;
}

/* A share that was drawn so often is near what was asked: within five standard deviations. */
static void assert_share(const char *what, uint64_t hits, uint64_t of, double asked)
{
    double share = (double)hits / (double)of;
    double most = 5 * sqrt(asked * (1 - asked) / (double)of);
    ck_assert_msg(fabs(share - asked) < most, "%s: %g, expected %g +- %g", what, share, asked,
                  most);
}

/* ---- determinism ---------------------------------------------------------------------------- */

static const char *const specs[] = {
    "tpcc:warehouses=2,customers=60,items=500",
    "tpcc:warehouses=1,customers=3,items=1,orders=2",
    "tpcc:warehouses=3,customers=20,items=100,orders=30,delivery=20,by-name=0%",
};

START_TEST(a_seed_gives_one_stream_however_often_it_is_read)
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
START_TEST(the_streams_of_seed_1_are_known)
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

START_TEST(it_ends_after_the_commands_asked_for)
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
    {"tpcc:districts=5", "tpcc: unknown key 'districts'"},
};

START_TEST(what_cannot_be_is_refused_with_the_reason)
{
    struct error e = {""};
    ck_assert_ptr_null(workload_open(refused[_i].spec, 1, &e));
    ck_assert_msg(strstr(e.text, refused[_i].why) == e.text, "%s", e.text);
}
END_TEST

/* ---- rows ----------------------------------------------------------------------------------- */

START_TEST(every_row_is_a_variable_of_its_size_and_goes_with_its_district)
{
    static const uint32_t bytes[TPCC_TABLES] = {89, 95, 655, 46, 24, 8, 54, 306};
    static const uint32_t per_warehouse[TPCC_TABLES] = {1, 10, 200, 250, 250, 250, 250 * 15, 77};
    struct workload *w = must_open("tpcc:warehouses=3,customers=20,orders=25,items=77", 1);
    const struct catalogue *c = workload_catalogue(w);
    const struct tpcc_shape *s = shape_of(w);
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

START_TEST(the_population_is_as_the_specification_has_it)
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

/* ---- what is drawn -------------------------------------------------------------------------- */

START_TEST(nurand_keeps_its_range_and_prefers_some)
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

START_TEST(nurand_is_or_of_two_even_draws_turned_by_c)
{
    /* A = 1 over 0..3: 0 comes of (0, 0) alone, 1 of (1, 0), (0, 1), (1, 1); so 1 : 3 : 1 : 3. */
    const struct tpcc_nurand small = {.a = 1, .c = 2, .range = 4};
    static const double share[] = {1 / 8.0, 3 / 8.0, 1 / 8.0, 3 / 8.0};
    struct random random = random_named(1, "test", "nurand");
    uint32_t count[4] = {0};
    for (uint32_t i = 0; i < LONG_STREAM; i++) count[tpcc_nurand(&small, &random)]++;
    for (uint32_t i = 0; i < 4; i++)
        assert_share("NURand(1, 0, 3)", count[i], LONG_STREAM, share[(i + 2) % 4]);
}
END_TEST

START_TEST(constants_are_the_specifications_or_in_proportion)
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

START_TEST(each_name_is_some_customers_and_each_customer_has_one)
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

/* What a stream's transactions look like. */
struct survey {
    uint64_t kind[TPCC_KINDS];
    uint64_t rolled_back, remote_orders, remote_payments, named_payments;
    uint64_t crossing; /* transactions over several warehouses */
};

/* How often rows of that table are accessed, and how often so. */
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
    const struct tpcc_shape *s = shape_of(w);
    struct survey v = {0};
    for (uint32_t i = 0; i < commands; i++) {
        struct trace_command c;
        next_is(w, &c);
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

START_TEST(the_mix_and_its_shares_are_the_standards)
{
    static const double share[TPCC_KINDS] = {0.45, 0.43, 0.04, 0.04, 0.04};
    struct survey v = survey("tpcc:warehouses=4", LONG_STREAM);
    for (uint32_t k = 0; k < TPCC_KINDS; k++)
        assert_share(kinds[k], v.kind[k], LONG_STREAM, share[k]);
    assert_share("rollbacks", v.rolled_back, v.kind[TPCC_NEW_ORDER], 0.01);
    assert_share("remote payments", v.remote_payments, v.kind[TPCC_PAYMENT], 0.15);
}
END_TEST

/* An order is of 5 to 15 lines, each number as likely as another, and each line remote once in a
 * hundred times; the last line of one that is rolled back has no stock row. */
static double distributed_orders(void)
{
    double local = 0;
    for (int lines = TPCC_LINES_MIN; lines <= TPCC_LINES_MAX; lines++)
        local += (0.99 * pow(0.99, lines) + 0.01 * pow(0.99, lines - 1)) / 11;
    return 1 - local;
}

START_TEST(distributed_transactions_are_as_many_as_arithmetic_says)
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

/* Some names have one customer only: how many are drawn is measured where all go by name. */
START_TEST(sixty_of_a_hundred_customers_go_by_name)
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

START_TEST(transactions_access_what_the_specification_says)
{
    struct workload *w = must_open("tpcc:warehouses=2,customers=100,items=1000,delivery=8", 3);
    const struct tpcc_shape *s = shape_of(w);
    for (uint32_t i = 0; i < STREAM; i++) {
        struct trace_command c;
        next_is(w, &c);
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

/* ---- the application alone ------------------------------------------------------------------ */

/* A workload and what its application has made of the state. */
struct database {
    struct workload *workload;
    const struct application *application;
    struct variable_state *states; /* by variable */
    uint64_t executed, writes;
    uint64_t lose_every; /* so many writes one is lost; 0: none is */
};

static void database_open(struct database *d, const char *spec)
{
    *d = (struct database){.workload = must_open(spec, 5)};
    d->application = workload_application(d->workload);
    d->states = calloc(names_count(workload_catalogue(d->workload)->variables), sizeof(*d->states));
}

static void database_close(struct database *d)
{
    workload_close(d->workload);
    free(d->states);
}

static void execute(struct database *d, const struct command *c)
{
    static struct variable_state states[COMMAND_ACCESSES_MAX];
    for (uint32_t i = 0; i < c->access_count; i++) states[i] = d->states[c->accesses[i].variable];
    d->application->ops->execute(d->application, c, states);
    for (uint32_t i = 0; i < c->access_count; i++) {
        struct variable_state *is = &d->states[c->accesses[i].variable];
        bool written = c->accesses[i].mode & ACCESS_WRITE;
        ck_assert_uint_eq(states[i].version, is->version + written);
        if (!written) ck_assert_uint_eq(states[i].value, is->value);
        if (written && d->lose_every && ++d->writes % d->lose_every == 0) continue;
        *is = states[i];
    }
}

/* The caller frees it. */
static struct command *take(struct database *d)
{
    struct trace_command t;
    next_is(d->workload, &t);
    struct command *c = calloc(1, command_bytes(t.access_count));
    c->bytes = command_bytes(t.access_count);
    c->kind = t.kind;
    c->access_count = (uint16_t)t.access_count;
    c->id.seq = ++d->executed;
    for (uint32_t i = 0; i < t.access_count; i++)
        c->accesses[i] =
            (struct access){.variable = t.accesses[i].variable, .mode = t.accesses[i].mode};
    return c;
}

static void execute_next(struct database *d, uint32_t commands)
{
    for (uint32_t i = 0; i < commands; i++) {
        struct command *c = take(d);
        execute(d, c);
        free(c);
    }
}

static const char *wrong(const struct database *d)
{
    static char reason[APPLICATION_REASON_BYTES];
    *reason = '\0';
    enum rules_kept kept = d->application->ops->kept(d->application, d->states, reason);
    ck_assert_int_eq(kept == RULES_KEPT, *reason == '\0');
    return reason;
}

static const char *const databases[] = {
    "tpcc:warehouses=2,customers=60,items=500",
    "tpcc:warehouses=1,customers=3,items=7,orders=2",              /* every ring is full soon */
    "tpcc:warehouses=1,customers=9,items=7,orders=12,delivery=60", /* nothing is pending soon */
    "tpcc:warehouses=1,customers=40,items=50,orders=20",           /* customers without orders */
    "tpcc:warehouses=1,customers=3000,items=100000",               /* the standard */
};

START_TEST(conditions_hold_after_any_number_of_commands)
{
    struct database d;
    database_open(&d, databases[_i]);
    ck_assert_str_eq(wrong(&d), "");
    for (uint32_t i = 0; i < 20; i++) {
        execute_next(&d, 500);
        ck_assert_str_eq(wrong(&d), "");
    }
    database_close(&d);
}
END_TEST

static uint64_t value(const struct database *d, struct tpcc_row row)
{
    uint32_t v = tpcc_variable(shape_of(d->workload), row);
    return tpcc_value(shape_of(d->workload), v, d->states[v]);
}

/* Money is neither made nor lost, orders are numbered without a gap, delivered in their turn. */
START_TEST(transactions_do_what_they_are_for)
{
    struct database d;
    database_open(&d, "tpcc:warehouses=1,customers=60,items=500");
    uint64_t orders = 0, payments = 0, deliveries = 0;
    for (uint32_t i = 0; i < 2000; i++) {
        struct command *c = take(&d);
        bool writes = false;
        for (uint32_t a = 0; a < c->access_count; a++) writes |= c->accesses[a].mode & ACCESS_WRITE;
        orders += c->kind == TPCC_NEW_ORDER && writes;
        payments += c->kind == TPCC_PAYMENT;
        deliveries += c->kind == TPCC_DELIVERY;
        execute(&d, c);
        free(c);
    }
    uint64_t placed = 0, paid = 0, delivered = 0, ordered = 0;
    int64_t balance = 0;
    for (uint32_t i = 0; i < TPCC_DISTRICTS; i++) {
        placed += tpcc_district_next(value(&d, (struct tpcc_row){TPCC_DISTRICT, 0, i, 0, 0})) - 61;
        for (uint32_t j = 0; j < 60; j++) {
            struct tpcc_customer c =
                tpcc_customer_unpack(value(&d, (struct tpcc_row){TPCC_CUSTOMER, 0, i, j, 0}));
            paid += c.payments - 1;
            delivered += c.deliveries;
            balance += c.balance + 1000;
        }
    }
    for (uint32_t i = 0; i < 500; i++)
        ordered += tpcc_stock_unpack(value(&d, (struct tpcc_row){TPCC_STOCK, 0, 0, i, 0})).orders;
    ck_assert_uint_eq(placed, orders);
    ck_assert_uint_eq(paid, payments);
    ck_assert_uint_eq(delivered, TPCC_DISTRICTS * deliveries);
    ck_assert(ordered >= 5 * orders && ordered <= 15 * orders);
    uint64_t ytd = value(&d, (struct tpcc_row){TPCC_WAREHOUSE, 0, 0, 0, 0}) - 30000000;
    ck_assert_double_eq_tol((double)ytd / (double)payments, 250000, 25000);
    ck_assert_int_gt(balance + (int64_t)ytd, 0); /* what was delivered was added */
    database_close(&d);
}
END_TEST

START_TEST(what_several_clients_may_reorder_comes_to_the_same_end)
{
    enum { WINDOW = 30, ROUNDS = 100 };
    struct random random = random_named((uint64_t)_i, "test", "order");
    struct database d;
    database_open(&d, "tpcc:warehouses=1,customers=40,items=50,delivery=30");
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct command *c[WINDOW];
        for (uint32_t i = 0; i < WINDOW; i++) c[i] = take(&d);
        for (uint32_t left = WINDOW; left > 0; left--) {
            uint32_t at = (uint32_t)random_below(&random, left);
            execute(&d, c[at]);
            free(c[at]);
            c[at] = c[left - 1];
        }
        ck_assert_str_eq(wrong(&d), "");
    }
    database_close(&d);
}
END_TEST

/* Its place has been given to another meanwhile: that is no state to judge, nor a failure. */
START_TEST(an_order_that_is_a_ring_late_leaves_the_state_undecided)
{
    struct database d;
    database_open(&d, "tpcc:warehouses=1,customers=10,items=50,payment=0,delivery=20,rollbacks=0%");
    struct command *late = take(&d);
    while (late->kind != TPCC_NEW_ORDER) {
        execute(&d, late);
        free(late);
        late = take(&d);
    }
    execute_next(&d, 1000);
    execute(&d, late);
    free(late);
    ck_assert_str_eq(wrong(&d),
                     "an order came later than most of a ring of others: use more orders=");
    database_close(&d);
}
END_TEST

START_TEST(a_lost_write_breaks_a_condition)
{
    struct database d;
    database_open(&d, databases[0]);
    d.lose_every = 20;
    execute_next(&d, 200);
    ck_assert_str_ne(wrong(&d), "");
    database_close(&d);
}
END_TEST

/* One column of an initial state is changed. */
static const struct {
    struct tpcc_row row;
    uint64_t change; /* added */
    const char *why;
} spoilt[] = {
    {{TPCC_WAREHOUSE, 1, 0, 0, 0},
     1,
     "W_YTD of warehouse 1 is 30000001 cents and its D_YTD add up to 30000000 (condition 1)"},
    {{TPCC_DISTRICT, 1, 3, 0, 0},
     5,
     "W_YTD of warehouse 1 is 30000000 cents and its D_YTD add up to 30000005 (condition 1)"},
    {{TPCC_DISTRICT, 1, 3, 0, 0},
     UINT64_C(1) << TPCC_YTD_BITS,
     "in district 3 of warehouse 1 D_NEXT_O_ID is 62 and the last order 60 (condition 2)"},
    {{TPCC_PENDING, 0, 3, 59, 0},
     -(UINT64_C(1) << 32),
     "in district 3 of warehouse 0 the last order is 60 and the last new-order row 59 "
     "(condition 2)"},
    {{TPCC_PENDING, 0, 3, 50, 0},
     -(UINT64_C(1) << 32),
     "in district 3 of warehouse 0 new-order rows from 43 to 60 are 17 (condition 3)"},
};

START_TEST(each_condition_is_looked_at)
{
    struct database d;
    database_open(&d, databases[0]);
    uint32_t v = tpcc_variable(shape_of(d.workload), spoilt[_i].row);
    d.states[v] = (struct variable_state){1, value(&d, spoilt[_i].row) + spoilt[_i].change};
    ck_assert_str_eq(wrong(&d), spoilt[_i].why);
    database_close(&d);
}
END_TEST

START_TEST(a_missing_line_is_found)
{
    struct database d;
    database_open(&d, databases[0]);
    d.states[tpcc_variable(shape_of(d.workload), (struct tpcc_row){TPCC_LINE, 0, 9, 7, 4})] =
        (struct variable_state){1, 0};
    ck_assert_ptr_nonnull(strstr(wrong(&d), "(condition 4)"));
    database_close(&d);
}
END_TEST

/* ---- over every scheme ---------------------------------------------------------------------- */

#define SMALL "-w tpcc:warehouses=4,customers=60,items=500 --clients 16 "

static const char *const runs[] = {
    "-s smr -k 2 " SMALL "--commands 2000",
    "-s ssmr -k 1 " SMALL "--commands 2000 -p range",
    "-s ssmr -k 2 " SMALL "--commands 2000 -p range",
    "-s ssmr -k 4 " SMALL "--commands 2000 -p hash",
    "-s ssmr -k 4 " SMALL "--commands 2000 -p hash --value-cache speculative",
    "-s dssmr -k 1 " SMALL "--commands 1000",
    "-s dssmr -k 2 " SMALL "--commands 300 -p range",
    "-s dssmr -k 4 " SMALL "--commands 100 -p hash",
    "-s dynastar -k 1 " SMALL "--commands 2000",
    "-s dynastar -k 2 " SMALL "--commands 2000 -p range",
    "-s dynastar -k 4 " SMALL "--commands 2000 -p hash",
    "-s dynastar -k 4 " SMALL "--commands 3000 -p random --plan-changes 2000 --hint 10ms",
    "-s smr -k 2 " SMALL "--commands 1000 --faults swarm",
    "-s ssmr -k 4 " SMALL "--commands 1000 -p range --faults swarm",
    "-s dssmr -k 2 " SMALL "--commands 200 -p range --faults swarm",
    "-s dynastar -k 4 " SMALL "--commands 1000 -p hash --faults swarm",
};

START_TEST(a_run_is_correct_and_its_state_consistent)
{
    figures_of(runs[_i]);
}
END_TEST

/* Runs with lost writes in partition 0; what it says of the conditions. */
static struct property conditions_of(const char *line)
{
    char copy[512], *words[32] = {"run"}, *rest = copy;
    int count = 1;
    snprintf(copy, sizeof(copy), "%s", line);
    while ((words[count] = strtok_r(rest, " ", &rest))) count++;
    struct experiment e;
    struct error error = {""};
    ck_assert_msg(experiment_parse(&e, count, words, EXPERIMENT_RUN, &error) == 0, "%s",
                  error.text);
    struct run *s = run_execute(
        &(struct run_setup){&e, e.schemes[0], e.partitions[0], &simulated_cluster}, NULL, &error);
    ck_assert_msg(s != NULL, "%s", error.text);
    const struct run_result *r = run_result(s);
    struct property found = {.name = ""};
    for (uint32_t i = 0; i < r->property_count; i++)
        if (strcmp(r->properties[i].name, "tpcc-consistency") == 0) found = r->properties[i];
    run_destroy(s);
    return found;
}

static const char *const buggy[] = {
    "-s smr -k 2 " SMALL "--commands 500 --plant lost-write",
    "-s ssmr -k 2 " SMALL "--commands 500 -p range --plant lost-write",
    "-s dssmr -k 2 " SMALL "--commands 200 -p range --plant lost-write",
    "-s dynastar -k 2 " SMALL "--commands 500 -p range --plant lost-write",
};

START_TEST(a_scheme_that_loses_writes_is_caught_by_the_conditions)
{
    struct property p = conditions_of(buggy[_i]);
    ck_assert_str_eq(p.name, "tpcc-consistency");
    ck_assert_msg(p.result == RESULT_FAIL, "%s: %s", buggy[_i], p.reason);
    ck_assert_ptr_nonnull(strstr(p.reason, "(condition "));
}
END_TEST

START_TEST(reading_alone_leaves_a_consistent_state)
{
    struct property p =
        conditions_of("-s ssmr -k 2 --clients 4 --commands 100 "
                      "-w tpcc:warehouses=1,customers=9,items=9,new-order=0,payment=0,delivery=0");
    ck_assert_msg(p.result == RESULT_OK, "%s", p.reason);
}
END_TEST

START_TEST(a_client_that_crashes_raises_no_false_alarm)
{
    char line[512];
    char *scratch = test_scratch_directory();
    const char *faults = path_in(scratch, "faults");
    write_text(faults, "at 20ms crash c3\nat 21ms crash c4\nat 22ms crash c5\n");
    snprintf(line, sizeof(line), "-s ssmr -k 2 " SMALL "--commands 1000 --faults %s", faults);
    struct property p = conditions_of(line);
    ck_assert_msg(p.result != RESULT_FAIL, "%s", p.reason);
    unlink(faults);
    free(scratch);
}
END_TEST

START_TEST(without_checks_nothing_is_said)
{
    struct property p = conditions_of("-s ssmr -k 2 " SMALL "--commands 500 --check off");
    ck_assert(p.result == RESULT_UNKNOWN);
    ck_assert_str_eq(p.reason, "off");
}
END_TEST

/* The DynaStar paper: about 10.5 % of the transactions cross partitions once each
 * warehouse has one of its own; a run of the whole stack agrees with the arithmetic. */
START_TEST(a_long_run_has_the_share_of_multi_partition_commands_that_is_expected)
{
    struct figures f =
        figures_of("-s ssmr -k 4 -p range -w tpcc:warehouses=4,customers=60,items=500 --clients 64 "
                   "--commands 20000 --warmup 0s");
    assert_share("multi-partition", (uint64_t)(f.multi_share * 20000 + 0.5), 20000,
                 0.45 * distributed_orders() + 0.43 * 0.15);
}
END_TEST

/* Variables on their way at the end are in what the former owner keeps for the next one. */
START_TEST(what_is_on_its_way_in_the_end_is_not_taken_for_unwritten)
{
    char line[256];
    snprintf(line, sizeof(line),
             "-s dynastar -k %d -w tpcc:warehouses=2 -p random --duration 200ms --hints 20ms "
             "--plan-every 50ms --transfer lazy --seed %d",
             2 + _i % 2, 1 + _i);
    figures_of(line); /* found correct */
}
END_TEST

static double multi_share(const struct figures *f, uint32_t interval)
{
    return (double)f->interval[interval].multi_partition / (double)f->interval[interval].completed;
}

/* Its claim DY-9: placed at random nearly everything crosses; a plan finds the warehouses. */
START_TEST(a_plan_brings_warehouses_together)
{
    struct figures f = figures_of(
        "-s dynastar -k 4 -p random -w tpcc:warehouses=4,customers=60,items=500 --clients 64 "
        "--rate 4k/s --duration 4s --interval 1s --hints 200ms --plan-every 2s");
    ck_assert_uint_ge(f.plans, 1);
    ck_assert_double_gt(multi_share(&f, 0), 0.75);
    claim_check("DY-9 (multi)", multi_share(&f, 3));
}
END_TEST

/* The other half of DY-9: commands of a closed loop, a second before the plan and the last. */
START_TEST(a_plan_does_not_pay_as_much_as_published)
{
    struct figures f = figures_of(
        "-s dynastar -k 4 -p random -w tpcc:warehouses=4,customers=60,items=500 --clients 64 "
        "--duration 4s --interval 1s --hints 200ms --plan-every 2s -m ec2-2019");
    claim_check("DY-9", f.interval[3].throughput_per_s / f.interval[1].throughput_per_s);
}
END_TEST

#define EACH(c, test, list) tcase_add_loop_test(c, test, 0, sizeof(list) / sizeof((list)[0]))

int main(void)
{
    Suite *suite = suite_create("tpcc");
    TCase *c = tcase_create("tpcc");
    tcase_set_timeout(c, 600);
    EACH(c, a_seed_gives_one_stream_however_often_it_is_read, specs);
    EACH(c, the_streams_of_seed_1_are_known, specs);
    tcase_add_test(c, it_ends_after_the_commands_asked_for);
    EACH(c, what_cannot_be_is_refused_with_the_reason, refused);
    tcase_add_test(c, every_row_is_a_variable_of_its_size_and_goes_with_its_district);
    tcase_add_test(c, the_population_is_as_the_specification_has_it);
    tcase_add_test(c, columns_are_packed_without_loss);
    tcase_add_test(c, nurand_keeps_its_range_and_prefers_some);
    tcase_add_test(c, nurand_is_or_of_two_even_draws_turned_by_c);
    tcase_add_test(c, constants_are_the_specifications_or_in_proportion);
    tcase_add_test(c, each_name_is_some_customers_and_each_customer_has_one);
    tcase_add_test(c, the_mix_and_its_shares_are_the_standards);
    tcase_add_test(c, distributed_transactions_are_as_many_as_arithmetic_says);
    tcase_add_test(c, sixty_of_a_hundred_customers_go_by_name);
    tcase_add_test(c, transactions_access_what_the_specification_says);
    EACH(c, conditions_hold_after_any_number_of_commands, databases);
    tcase_add_test(c, transactions_do_what_they_are_for);
    tcase_add_loop_test(c, what_several_clients_may_reorder_comes_to_the_same_end, 0, 10);
    tcase_add_test(c, an_order_that_is_a_ring_late_leaves_the_state_undecided);
    tcase_add_test(c, a_lost_write_breaks_a_condition);
    EACH(c, each_condition_is_looked_at, spoilt);
    tcase_add_test(c, a_missing_line_is_found);
    EACH(c, a_run_is_correct_and_its_state_consistent, runs);
    EACH(c, a_scheme_that_loses_writes_is_caught_by_the_conditions, buggy);
    tcase_add_test(c, reading_alone_leaves_a_consistent_state);
    tcase_add_loop_test(c, what_is_on_its_way_in_the_end_is_not_taken_for_unwritten, 0, 4);
    tcase_add_test(c, a_client_that_crashes_raises_no_false_alarm);
    tcase_add_test(c, without_checks_nothing_is_said);
    tcase_add_test(c, a_long_run_has_the_share_of_multi_partition_commands_that_is_expected);
    tcase_add_test(c, a_plan_brings_warehouses_together);
    tcase_add_test(c, a_plan_does_not_pay_as_much_as_published);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
