/* test_forecast.c - what a plan is predicted to change: accesses, crossings, moves, questions. */
#include "proto/oracle/forecast.h"

#include "proto/partition/graph_sample.h"
#include "tests/lib/harness.h"

/* Two vertices, each of 1000 accesses, and an edge of 50 in the sample: of 400 in all. */
enum { UNIT = 16, ACCESSES = 1000, APART = 50, VERTICES = 2 };

static const uint32_t weights[VERTICES] = {UNIT * ACCESSES, UNIT *ACCESSES};
static const uint32_t offsets[VERTICES + 1] = {0, 1, 2}, neighbours[VERTICES] = {1, 0};
static const uint32_t edges[VERTICES] = {UNIT * APART, UNIT *APART};
static const struct graph_csr pair = {VERTICES, offsets, neighbours, edges, weights};
static const uint32_t together[VERTICES] = {0, 0}, apart[VERTICES] = {0, 1};

static struct forecast_request request_of(const uint32_t *present, const uint32_t *part)
{
    static const uint32_t variables[VERTICES] = {1, 100};
    return (struct forecast_request){
        .apart = &pair,
        .unit = UNIT,
        .parts = 2,
        .clients = 10,
        .changes = 2400,
        .horizon = 2400,
        .present = present,
        .part = part,
        .variables = variables,
    };
}

START_TEST(accesses_count_where_their_variables_are)
{
    struct forecast_request r = request_of(together, together);
    ck_assert_uint_eq(forecast(&r).work_present, 2 * 2 * ACCESSES);
}
END_TEST

START_TEST(accesses_across_count_at_both_ends)
{
    struct forecast_request r = request_of(apart, apart);
    ck_assert_uint_eq(forecast(&r).work_present, 2 * ACCESSES + 4 * GRAPH_SAMPLE_PARTS * APART);
}
END_TEST

/* The second vertex has 100 variables. */
START_TEST(variables_that_move_count_at_both_partitions)
{
    struct forecast_request r = request_of(apart, together);
    struct forecast f = forecast(&r);
    ck_assert_uint_eq(f.work_planned, 2 * 2 * ACCESSES + 100);
    ck_assert(!forecast_better(&f));
}
END_TEST

START_TEST(a_better_balance_is_better)
{
    struct forecast_request r = request_of(together, apart);
    struct forecast f = forecast(&r);
    ck_assert_uint_eq(f.work_present, 4000);
    ck_assert_uint_eq(f.work_planned, 2000 + 1600 + 100);
    ck_assert(!forecast_better(&f)); /* by less than a tenth */
    r.horizon *= 2;                  /* moves are made once */
    f = forecast(&r);
    ck_assert_uint_eq(f.work_present, 8000);
    ck_assert_uint_eq(f.work_planned, 7200 + 100);
    r.horizon *= 2;
    f = forecast(&r);
    ck_assert_uint_eq(f.work_planned, 14400 + 100);
    ck_assert(!forecast_better(&f)); /* 14 400 would be a tenth less than 16 000 */
}
END_TEST

/* Four partitions change places: each has its ten accesses as before, the oracle forty questions,
 * or as many as there are clients for each of the four granules. */
START_TEST(questions_may_make_the_oracle_the_busiest_group)
{
    enum { MANY = 4 };
    static const uint32_t tens[MANY] = {UNIT * 10, UNIT * 10, UNIT * 10, UNIT * 10};
    static const uint32_t no_offsets[MANY + 1], none[MANY];
    static const uint32_t present[MANY] = {0, 1, 2, 3}, part[MANY] = {1, 2, 3, 0};
    static const struct graph_csr loose = {MANY, no_offsets, NULL, NULL, tens};
    struct forecast_request r = {
        .apart = &loose,
        .unit = UNIT,
        .parts = MANY,
        .clients = 10,
        .changes = 40,
        .horizon = 40,
        .present = present,
        .part = part,
        .variables = none,
    };
    ck_assert_uint_eq(forecast(&r).work_present, 20);
    ck_assert_uint_eq(forecast(&r).work_planned, 40);
    r.clients = 6;
    ck_assert_uint_eq(forecast(&r).work_planned, 24);
    r.horizon = 400; /* clients ask once, however long they go on */
    ck_assert_uint_eq(forecast(&r).work_planned, 200);
}
END_TEST

START_TEST(better_is_a_tenth_less)
{
    ck_assert(forecast_better(&(struct forecast){.work_present = 1000, .work_planned = 899}));
    ck_assert(!forecast_better(&(struct forecast){.work_present = 1000, .work_planned = 900}));
    ck_assert(!forecast_better(&(struct forecast){.work_present = 0, .work_planned = 0}));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("forecast");
    TCase *c = tcase_create("forecast");
    tcase_add_test(c, accesses_count_where_their_variables_are);
    tcase_add_test(c, accesses_across_count_at_both_ends);
    tcase_add_test(c, variables_that_move_count_at_both_partitions);
    tcase_add_test(c, a_better_balance_is_better);
    tcase_add_test(c, questions_may_make_the_oracle_the_busiest_group);
    tcase_add_test(c, better_is_a_tenth_less);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
