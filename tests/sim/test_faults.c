/* test_faults.c - fault scripts are read strictly and printed exactly; swarms respect their bounds.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/faults.h"
#include "tests/lib/harness.h"

static struct faults *parsed(const char *text)
{
    struct error e;
    struct faults *f = faults_parse(text, "script", &e);
    ck_assert_msg(f != NULL, "%s", e.text);
    return f;
}

START_TEST(patterns_match_names)
{
    ck_assert(fault_matches("p0.r1", "p0.r1"));
    ck_assert(!fault_matches("p0.r1", "p0.r10"));
    ck_assert(!fault_matches("p0.r10", "p0.r1"));
    ck_assert(fault_matches("*", "anything"));
    ck_assert(fault_matches("p2.*", "p2.r0"));
    ck_assert(!fault_matches("p2.*", "p12.r0"));
    ck_assert(fault_matches("*.r0", "p12.r0"));
    ck_assert(fault_matches("p*.r*1", "p1.r111"));
    ck_assert(!fault_matches("p*.r*1", "p1.r110"));
    ck_assert(fault_matches("a**b*", "ab"));
    ck_assert(!fault_matches("", "a"));
}
END_TEST

START_TEST(a_script_of_all_kinds_is_read_and_printed_by_time)
{
    struct faults *f = parsed("# a story\n"
                              "at 10s crash p2.r1\n"
                              "at 5s cut p0.r0 p0.r1,p0.r2 for 2s   # heals\n"
                              "\n"
                              "at 6s cut-oneway p0.* c*\n"
                              "at 7s break p0.r0 p1.r0 for 10us\n"
                              "at 1ms slow p0.r0 * x10 for 2s\n"
                              "at 2ms pause p1.r0 for 1s\n"
                              "at 0 loss 5% * *\n"
                              "at 1s duplicate 0.5% * *\n"
                              "at 1s reorder 0.01 * * for 3s\n"
                              "at 1s torn 100% * p0.r0\n");
    static const char *const expected[] = {
        "at 0s loss 5.0000% * *",
        "at 1ms slow p0.r0 * x10 for 2s",
        "at 2ms pause p1.r0 for 1s",
        "at 1s duplicate 0.5000% * *",
        "at 1s reorder 1.0000% * * for 3s",
        "at 1s torn 100.0000% * p0.r0",
        "at 5s cut p0.r0 p0.r1,p0.r2 for 2s",
        "at 6s cut-oneway p0.* c*",
        "at 7s break p0.r0 p1.r0 for 10us",
        "at 10s crash p2.r1",
    };
    ck_assert_uint_eq(f->count, sizeof expected / sizeof *expected);
    for (uint32_t i = 0; i < f->count; i++) {
        char text[FAULT_TEXT_MAX];
        ck_assert_str_eq(fault_print(&f->fault[i], text), expected[i]);
    }
    ck_assert_int_eq(f->fault[9].kind, FAULT_CRASH);
    ck_assert_uint_eq(f->fault[7].for_ns, FAULT_FOREVER);
    ck_assert_uint_eq(f->fault[4].rate, FAULT_RATE_ONE / 100);
    faults_destroy(f);
}
END_TEST

START_TEST(a_bad_line_is_refused_with_what_was_expected)
{
    static const struct {
        const char *line, *expected;
    } bad[] = {
        {"crash p0.r0", "at TIME"},
        {"at 10 crash p0.r0", "10"},
        {"at 1s", "at TIME"},
        {"at 1s explode p0.r0", "crash, pause, cut, "},
        {"at 1s crash", "crash NODES"},
        {"at 1s crash p0.r0 for 1s", "crash NODES"},
        {"at 1s crash p0.r0,", "between commas"},
        {"at 1s pause p0.r0", "for TIME"},
        {"at 1s pause p0.r0 for 0", "above 0"},
        {"at 1s cut p0.r0 for 1s", "cut FROM TO"},
        {"at 1s cut a b during 1s", "cut FROM TO"},
        {"at 1s cut a b for", "cut FROM TO"},
        {"at 1s cut a b for 1s more", "cut FROM TO"},
        {"at 1s slow a b for 1s", "x10"},
        {"at 1s slow a b x0", "x10"},
        {"at 1s slow a b 10", "x10"},
        {"at 1s loss a b", "a"},
        {"at 1s loss 150% a b", "150%"},
        {"at 1s loss", "rate"},
        {"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "16 words"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char script[128];
        struct error e;
        snprintf(script, sizeof script, "# first\n%s\n", bad[i].line);
        ck_assert_ptr_null(faults_parse(script, "script", &e));
        ck_assert_msg(strncmp(e.text, "script:2: ", 10) == 0, "%s", e.text);
        ck_assert_msg(strstr(e.text, bad[i].expected) != NULL, "`%s`: %s", bad[i].line, e.text);
    }
}
END_TEST

START_TEST(a_script_is_read_from_a_file)
{
    char *directory = test_scratch_directory(), path[512];
    struct error e;
    snprintf(path, sizeof path, "%s/faults", directory);
    ck_assert_ptr_null(faults_open(path, &e));
    ck_assert_ptr_nonnull(strstr(e.text, path));
    FILE *file = fopen(path, "w");
    fputs("at 1s crash a", file);
    fclose(file);
    struct faults *f = faults_open(path, &e);
    ck_assert_msg(f != NULL, "%s", e.text);
    ck_assert_uint_eq(f->count, 1);
    faults_destroy(f);
    free(directory);
}
END_TEST

START_TEST(scripts_longer_than_a_mebibyte_are_refused)
{
    char *directory = test_scratch_directory(), path[512];
    struct error e;
    snprintf(path, sizeof path, "%s/faults", directory);
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 1 << 19; i++) fputs("#\n", file);
    fflush(file);
    struct faults *f = faults_open(path, &e);
    ck_assert_msg(f != NULL, "%s", e.text);
    faults_destroy(f);
    fputs("#", file);
    fclose(file);
    ck_assert_ptr_null(faults_open(path, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "/faults: expected a text file of at most 1 MiB"));
    free(directory);
}
END_TEST

/* ---- swarms -------------------------------------------------------------------------------------
 */

enum { GROUPS = 3, REPLICAS = 5, CLIENTS = 4, NODES = GROUPS * REPLICAS + CLIENTS, SEEDS = 500 };

#define HORIZON_NS UINT64_C(2000000000)

static char name_store[NODES][16];

static struct faults *swarm(uint64_t seed)
{
    static const struct topology topology = {GROUPS, REPLICAS, CLIENTS, false};
    static const char *names[NODES];
    for (uint32_t i = 0; i < NODES; i++) {
        if (i < GROUPS * REPLICAS)
            snprintf(name_store[i], 16, "p%u.r%u", i / REPLICAS, i % REPLICAS);
        else
            snprintf(name_store[i], 16, "c%u", i - GROUPS * REPLICAS);
        names[i] = name_store[i];
    }
    return faults_swarm(&(struct faults_swarm){.seed = seed,
                                               .topology = &topology,
                                               .names = names,
                                               .horizon_ns = HORIZON_NS,
                                               .scale_ns = 100000000});
}

START_TEST(a_swarm_leaves_a_majority_of_each_group_alive)
{
    uint32_t leaders = 0, crashes = 0, clients = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct faults *f = swarm(seed);
        uint32_t crashed[GROUPS] = {0};
        for (uint32_t i = 0; i < f->count; i++) {
            uint32_t group, index;
            if (f->fault[i].kind != FAULT_CRASH) continue;
            ck_assert_uint_lt(f->fault[i].at_ns, HORIZON_NS);
            if (sscanf(f->fault[i].from, "c%u", &index) == 1) {
                clients++; /* any number of them */
                continue;
            }
            ck_assert_int_eq(sscanf(f->fault[i].from, "p%u.r%u", &group, &index), 2);
            ck_assert_uint_eq(crashed[group] >> index & 1, 0); /* none twice */
            crashed[group] |= UINT32_C(1) << index;
            ck_assert_int_le(__builtin_popcount(crashed[group]), (REPLICAS - 1) / 2);
            leaders += index == 0;
            crashes++;
        }
        faults_destroy(f);
    }
    ck_assert_uint_gt(leaders, SEEDS / 10);
    ck_assert_uint_gt(crashes, leaders);
    ck_assert_uint_gt(clients, SEEDS / 10);
}
END_TEST

START_TEST(swarm_faults_other_than_crashes_end_by_the_horizon)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct faults *f = swarm(seed);
        for (uint32_t i = 0; i < f->count; i++) {
            if (f->fault[i].kind == FAULT_CRASH) continue;
            ck_assert_uint_le(f->fault[i].at_ns + f->fault[i].for_ns, HORIZON_NS);
            ck_assert_uint_gt(f->fault[i].for_ns, 0);
            ck_assert_uint_le(f->fault[i].rate, FAULT_RATE_ONE / 2);
            ck_assert(i == 0 || f->fault[i - 1].at_ns <= f->fault[i].at_ns);
        }
        faults_destroy(f);
    }
}
END_TEST

/* Swarm testing: each kind of fault is absent with many seeds and present with many; but forged
 * messages, which no protocol tolerates, never occur. */
START_TEST(each_kind_of_fault_occurs_in_some_swarms_only)
{
    uint32_t present[FAULT_KIND_COUNT] = {0}, quiet = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct faults *f = swarm(seed);
        bool seen[FAULT_KIND_COUNT] = {false};
        for (uint32_t i = 0; i < f->count; i++) seen[f->fault[i].kind] = true;
        for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) present[kind] += seen[kind];
        quiet += f->count == 0;
        faults_destroy(f);
    }
    ck_assert_uint_eq(present[FAULT_FORGE], 0);
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        if (kind == FAULT_FORGE) continue;
        ck_assert_uint_gt(present[kind], SEEDS / 4);
        ck_assert_uint_lt(present[kind], SEEDS * 3 / 4);
    }
    ck_assert_uint_lt(quiet, SEEDS / 100);
}
END_TEST

START_TEST(a_printed_swarm_is_read_back_unchanged)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct faults *f = swarm(seed), *again = swarm(seed);
        size_t room = (f->count + 1) * (FAULT_TEXT_MAX + 1), used = 0;
        char *script = calloc(room, 1);
        for (uint32_t i = 0; i < f->count; i++) {
            char text[FAULT_TEXT_MAX];
            used += (size_t)snprintf(script + used, room - used, "%s\n",
                                     fault_print(&f->fault[i], text));
        }
        struct faults *read = parsed(script);
        ck_assert_uint_eq(read->count, f->count);
        ck_assert_uint_eq(again->count, f->count);
        for (uint32_t i = 0; i < f->count; i++) {
            char text[2][FAULT_TEXT_MAX];
            const struct fault *a = &f->fault[i], *b = &read->fault[i];
            ck_assert_str_eq(fault_print(a, text[0]), fault_print(b, text[1]));
            ck_assert_str_eq(fault_print(a, text[0]), fault_print(&again->fault[i], text[1]));
            ck_assert_uint_eq(a->at_ns, b->at_ns);
            ck_assert_uint_eq(a->for_ns, b->for_ns);
            ck_assert_uint_eq(a->rate, b->rate);
            ck_assert_uint_eq(a->factor, b->factor);
        }
        free(script);
        faults_destroy(f);
        faults_destroy(again);
        faults_destroy(read);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("faults");
    TCase *scripts = tcase_create("scripts");
    tcase_add_test(scripts, patterns_match_names);
    tcase_add_test(scripts, a_script_of_all_kinds_is_read_and_printed_by_time);
    tcase_add_test(scripts, a_bad_line_is_refused_with_what_was_expected);
    tcase_add_test(scripts, a_script_is_read_from_a_file);
    tcase_add_test(scripts, scripts_longer_than_a_mebibyte_are_refused);
    suite_add_tcase(suite, scripts);
    TCase *swarms = tcase_create("swarms");
    tcase_add_test(swarms, a_swarm_leaves_a_majority_of_each_group_alive);
    tcase_add_test(swarms, swarm_faults_other_than_crashes_end_by_the_horizon);
    tcase_add_test(swarms, each_kind_of_fault_occurs_in_some_swarms_only);
    tcase_add_test(swarms, a_printed_swarm_is_read_back_unchanged);
    suite_add_tcase(suite, swarms);
    return test_main(suite);
}
