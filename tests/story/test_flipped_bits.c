/* test_flipped_bits.c - bits flip on all links. Where checksums show it, messages are lost, and
 * every scheme stays safe and answers every command; where checksums were made right, a run comes
 * to its end, and what was refused is counted. */
#include <stdio.h>

#include "proto/schemes/scheme.h"
#include "tests/lib/harness.h"
#include "tests/lib/simulated.h"

/* A run of the i-th scheme, to be destroyed. */
static struct run *run_of(int i, const char *faults)
{
    char line[256];
    const struct scheme *scheme = scheme_at((uint32_t)i);
    snprintf(line, sizeof(line),
             "-s %s -k %d -w chirper:users=100 --clients 6 --commands 600 --max-events 5M%s",
             scheme->name, scheme->partitioned ? 3 : 1,
             scheme->plans ? " --hints 10ms --plan-every 30ms --plan-guard off" : "");
    return simulated_with(faults, line);
}

static uint64_t sum(const uint64_t *counts, uint32_t kinds)
{
    uint64_t all = 0;
    for (uint32_t i = 0; i < kinds; i++) all += counts[i];
    return all;
}

START_TEST(a_corrupted_message_is_a_lost_one)
{
    struct run *s = run_of(_i, "at 0ms corrupt 3% * *\n");
    const struct run_result *r = run_result(s);
    ck_assert_int_eq(r->verdict, RESULT_OK);
    ck_assert_uint_eq(r->commands, 600);
    ck_assert_uint_gt(r->corrupted, 50);
    ck_assert_uint_eq(r->corrupted, sum(r->message_corrupted, MESSAGE_KIND_COUNT));
    ck_assert_uint_eq(r->malformed, 0);
    run_destroy(s);
}
END_TEST

START_TEST(a_run_with_forged_messages_ends_and_counts_what_it_refused)
{
    struct run *s = run_of(_i, "at 0ms forge 3% * *\n");
    const struct run_result *r = run_result(s);
    ck_assert_uint_gt(r->malformed, 10);
    ck_assert_uint_eq(r->malformed, sum(r->message_refused, MESSAGE_KIND_COUNT + 1));
    ck_assert_uint_eq(r->corrupted, 0);
    run_destroy(s);
}
END_TEST

int main(void)
{
    int schemes = 0;
    while (scheme_at((uint32_t)schemes)) schemes++;
    Suite *s = suite_create("flipped bits");
    TCase *c = tcase_create("schemes");
    tcase_set_timeout(c, 30);
    tcase_add_loop_test(c, a_corrupted_message_is_a_lost_one, 0, schemes);
    tcase_add_loop_test(c, a_run_with_forged_messages_ends_and_counts_what_it_refused, 0, schemes);
    suite_add_tcase(s, c);
    return test_main(s);
}
