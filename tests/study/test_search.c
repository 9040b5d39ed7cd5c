/* test_search.c - what a search for the load that saturates finds on systems that are formulas. */
#include <math.h>
#include <stdint.h>

#include "analysis/study/search.h"
#include "tests/lib/harness.h"

enum { CLIENTS_MOST = 8192 };

/* Throughput and latency at that number of clients. */
typedef double system_throughput(double clients);

/* A server that 10 clients saturate. */
static double saturating(double clients)
{
    return 10000 * fmin(clients / 10, 1);
}

static double retrograde(double clients)
{
    return 1000 * clients / (1 + 0.01 * (clients - 1) + 0.001 * clients * (clients - 1));
}

/* As a system whose commands obstruct each other: from 40 clients on hardly anything succeeds. */
static double with_a_cliff(double clients)
{
    return clients < 40 ? 1000 * fmin(clients, 12) : 300;
}

static double with_a_dip(double clients)
{
    return clients < 8 || clients >= 20 ? 100 * clients : 500;
}

static double linear(double clients)
{
    return 10 * clients;
}

static double dead(double clients)
{
    return 0 * clients;
}

/* By Little's law. */
static struct search search_through(system_throughput *throughput, double bound_us)
{
    struct search s = {.clients_most = CLIENTS_MOST, .bound_us = bound_us};
    uint32_t clients;
    while ((clients = search_next(&s))) {
        double per_s = throughput(clients);
        s.point[s.count++] = (struct search_point){clients, per_s, clients / per_s * 1e6};
    }
    return s;
}

static uint32_t clients_at(const struct search *s, uint32_t point)
{
    ck_assert_uint_lt(point, s->count);
    return s->point[point].clients;
}

START_TEST(clients_grow_by_the_root_of_two_until_two_steps_gain_nothing)
{
    static const uint32_t tried[] = {1, 2, 3, 4, 6, 8, 11, 16, 23, 44};
    struct search s = search_through(saturating, INFINITY);
    ck_assert_uint_eq(s.count, sizeof(tried) / sizeof(tried[0]));
    for (uint32_t i = 0; i < s.count; i++) ck_assert_uint_eq(s.point[i].clients, tried[i]);
    ck_assert_uint_eq(clients_at(&s, search_peak(&s)), 11);
    ck_assert_uint_eq(search_collapse(&s), s.count);
    ck_assert(!search_limited(&s));
}
END_TEST

/* The peak of the law is at 31.5 clients; a step away it is lower by less than 2 %. */
START_TEST(the_peak_of_a_curve_that_falls_again_is_found)
{
    struct search s = search_through(retrograde, INFINITY);
    ck_assert_uint_eq(clients_at(&s, search_peak(&s)), 32);
    ck_assert_uint_eq(s.point[s.count - 1].clients, 4 * 32);
}
END_TEST

/* The two steps beyond the peak do not reach the cliff, four times its clients do. */
START_TEST(a_collapse_beyond_the_peak_is_found)
{
    struct search s = search_through(with_a_cliff, INFINITY);
    ck_assert_uint_eq(clients_at(&s, search_peak(&s)), 16);
    ck_assert_uint_eq(clients_at(&s, search_collapse(&s)), 64);
}
END_TEST

START_TEST(a_dip_does_not_end_the_search)
{
    struct search s = search_through(with_a_dip, INFINITY);
    ck_assert_uint_eq(clients_at(&s, search_peak(&s)), CLIENTS_MOST);
}
END_TEST

START_TEST(a_search_ends_at_the_most_clients_and_says_so)
{
    struct search s = search_through(linear, INFINITY);
    ck_assert_uint_eq(clients_at(&s, search_peak(&s)), CLIENTS_MOST);
    ck_assert(search_limited(&s));
}
END_TEST

START_TEST(a_system_that_answers_nothing_has_no_peak)
{
    struct search s = search_through(dead, INFINITY);
    ck_assert_uint_eq(s.count, 2);
    ck_assert_uint_eq(search_peak(&s), s.count);
    ck_assert_uint_eq(search_collapse(&s), s.count);
}
END_TEST

/* Within the bound there are at most 25 clients: the step from 23 to 32 is halved. */
START_TEST(the_highest_load_within_a_bound_is_found)
{
    struct search s = {.clients_most = CLIENTS_MOST, .bound_us = 250};
    uint32_t clients;
    while ((clients = search_next(&s)))
        s.point[s.count++] = (struct search_point){clients, 1000.0 * clients, 10.0 * clients};
    uint32_t peak = search_peak(&s);
    ck_assert_uint_eq(clients_at(&s, peak), 25);
    ck_assert_double_le(s.point[peak].latency_us, 250);
    ck_assert_uint_eq(search_collapse(&s), s.count);
}
END_TEST

START_TEST(one_client_may_be_too_slow_for_a_bound)
{
    struct search s = search_through(saturating, 999);
    ck_assert_uint_eq(s.count, 1);
    ck_assert_uint_eq(search_peak(&s), s.count);
}
END_TEST

/* A percentile that too few answers determine excludes nothing. */
START_TEST(an_unknown_latency_is_within_every_bound)
{
    struct search s = {.clients_most = 2, .bound_us = 250, .count = 2};
    s.point[0] = (struct search_point){1, 1000, NAN};
    s.point[1] = (struct search_point){2, 1500, 200};
    ck_assert_uint_eq(search_next(&s), 0);
    ck_assert_uint_eq(search_peak(&s), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("search");
    TCase *c = tcase_create("search");
    tcase_add_test(c, clients_grow_by_the_root_of_two_until_two_steps_gain_nothing);
    tcase_add_test(c, the_peak_of_a_curve_that_falls_again_is_found);
    tcase_add_test(c, a_collapse_beyond_the_peak_is_found);
    tcase_add_test(c, a_dip_does_not_end_the_search);
    tcase_add_test(c, a_search_ends_at_the_most_clients_and_says_so);
    tcase_add_test(c, a_system_that_answers_nothing_has_no_peak);
    tcase_add_test(c, the_highest_load_within_a_bound_is_found);
    tcase_add_test(c, one_client_may_be_too_slow_for_a_bound);
    tcase_add_test(c, an_unknown_latency_is_within_every_bound);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
