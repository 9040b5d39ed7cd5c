/* test_tpcc_state.c - TPC-C: the application alone keeps the consistency conditions of the
 * specification, and each violation of one is found. */
#include <stdlib.h>

#include "proto/command.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"
#include "tests/workloads/tpcc.h"

/* A workload and its application's state. */
struct database {
    struct workload *workload;
    const struct application *application;
    struct variable_state *states; /* by variable */
    uint64_t executed, writes;
    uint64_t lose_every; /* one of that number of writes is lost; 0: none */
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
    must_next(d->workload, &t);
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
    "tpcc:warehouses=1,customers=3,items=7,orders=2",              /* every ring is soon full */
    "tpcc:warehouses=1,customers=9,items=7,orders=12,delivery=60", /* soon no order is pending */
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
    uint32_t v = tpcc_variable(tpcc_shape_of(d->workload), row);
    return tpcc_value(tpcc_shape_of(d->workload), v, d->states[v]);
}

/* The sum of money is constant; orders are numbered without a gap and delivered in order. */
START_TEST(transactions_keep_the_sums_of_orders_payments_and_deliveries)
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
    ck_assert_int_gt(balance + (int64_t)ytd, 0); /* the delivered amount was added */
    database_close(&d);
}
END_TEST

START_TEST(conditions_hold_when_commands_of_clients_are_reordered)
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

/* Its place has been reused meanwhile: the state is undecided, not a failure. */
START_TEST(an_order_overwritten_in_its_ring_leaves_the_state_undecided)
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

START_TEST(each_violated_condition_is_named)
{
    struct database d;
    database_open(&d, databases[0]);
    uint32_t v = tpcc_variable(tpcc_shape_of(d.workload), spoilt[_i].row);
    d.states[v] = (struct variable_state){1, value(&d, spoilt[_i].row) + spoilt[_i].change};
    ck_assert_str_eq(wrong(&d), spoilt[_i].why);
    database_close(&d);
}
END_TEST

START_TEST(a_missing_order_line_is_detected)
{
    struct database d;
    database_open(&d, databases[0]);
    d.states[tpcc_variable(tpcc_shape_of(d.workload), (struct tpcc_row){TPCC_LINE, 0, 9, 7, 4})] =
        (struct variable_state){1, 0};
    ck_assert_ptr_nonnull(strstr(wrong(&d), "(condition 4)"));
    database_close(&d);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tpcc state");
    TCase *c = tcase_create("tpcc state");
    tcase_set_timeout(c, 600);
    tcase_add_loop_test(c, conditions_hold_after_any_number_of_commands, 0,
                        sizeof(databases) / sizeof(databases[0]));
    tcase_add_test(c, transactions_keep_the_sums_of_orders_payments_and_deliveries);
    tcase_add_loop_test(c, conditions_hold_when_commands_of_clients_are_reordered, 0, 10);
    tcase_add_test(c, an_order_overwritten_in_its_ring_leaves_the_state_undecided);
    tcase_add_test(c, a_lost_write_breaks_a_condition);
    tcase_add_loop_test(c, each_violated_condition_is_named, 0, sizeof(spoilt) / sizeof(spoilt[0]));
    tcase_add_test(c, a_missing_order_line_is_detected);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
