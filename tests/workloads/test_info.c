/* test_info.c - `aviary trace info`: its counts, on traces small enough to count by hand; and its
 * shares for recorded data, which are optional and beside the source tree. */
#include <math.h>
#include <stdarg.h>

#include "tests/lib/harness.h"
#include "tests/lib/streams.h"
#include "tests/workloads/trace_command.h"
#include "workloads/commands/profile.h"
#include "workloads/generate/activity.h"
#include "workloads/place/outlook.h"
#include "workloads/place/placement.h"

static char *directory;

static const char *trace_of(const char *text)
{
    const char *path = path_in(directory, "info.trace");
    write_text(path, text);
    return path;
}

static void expect_lines(const struct printed *p, const char *const *parts, size_t count)
{
    ck_assert_msg(p->status == 0, "%s", p->err);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(strstr(p->out, parts[i]) != NULL, "no '%s' in:\n%s", parts[i], p->out);
}

static struct outlook outlook_of(const char *spec, uint64_t commands)
{
    struct error e = {""};
    struct workload *w = must_open(spec, 1);
    struct outlook o;
    const struct outlook_setup setup = {w, commands, 0.1, 1, NULL};
    ck_assert_msg(outlook_compute(&setup, &o, &e) == 0, "%s", e.text);
    workload_close(w);
    return o;
}

/* --- by hand ------------------------------------------------------------------------------------
 */

START_TEST(info_reports_kinds_set_sizes_and_skew)
{
    static const char *const parts[] = {
        "commands                   4\n",
        "time span                  4.00 s, a command every 1.00 s\n",
        "  get                            3   75.00 %      1.00      64 B      64 B\n",
        "  post                           1   25.00 %      3.00      64 B      64 B\n",
        "  read                        1.00         1         1         1\n",
        "  written                     0.50         0         2         2\n",
        "  either                      1.50         1         3         3\n",
        "variables accessed         4 of 4\n",
        "accesses                   6; on the hottest 1 %: 50.0 %, 10 %: 50.0 %\n",
        "hottest variable           a: 50.00 %\n"};
    struct printed p = trace_command(
        directory, "info %s",
        trace_of("post r=a w=b,c at=0\nget r=a at=1s\nget r=a at=2s\nget r=d at=4s\n"));
    expect_lines(&p, parts, sizeof(parts) / sizeof(parts[0]));
    printed_finish(&p);
}
END_TEST

/* Of its second half, b-c and e-f are new pairs, e and f new variables. */
static const char halves[] = "put rw=a,b\n"
                             "put rw=c,d\n"
                             "get r=a\n"
                             "get r=c\n"
                             /* from here on, the second half */
                             "put rw=a,b\n"
                             "put rw=b,c\n"
                             "put rw=e,f\n"
                             "get r=d\n";

START_TEST(info_reports_variables_and_pairs_new_in_the_second_half)
{
    struct outlook o = outlook_of(trace_of(halves), 8);
    ck_assert_uint_eq(o.commands, 4);
    ck_assert_uint_eq(o.accesses, 7);
    ck_assert_uint_eq(o.variables.distinct, 6);
    ck_assert_uint_eq(o.variables.distinct_new, 2);
    ck_assert_uint_eq(o.variables.accesses, 7);
    ck_assert_uint_eq(o.variables.accesses_new, 2);
    ck_assert_uint_eq(o.pairs.distinct, 3);
    ck_assert_uint_eq(o.pairs.distinct_new, 2);
    ck_assert_uint_eq(o.pairs.accesses, 3);
    ck_assert_uint_eq(o.pairs.accesses_new, 2);
    outlook_finish(&o);
    static const char *const parts[] = {
        "  variables                      2   33.33 %     28.57 %\n",
        "  pairs                          2   66.67 %     66.67 %\n"};
    struct printed p = trace_command(directory, "info %s", trace_of(halves));
    expect_lines(&p, parts, 2);
    printed_finish(&p);
}
END_TEST

/* On two partitions: the past gives {a, b} and {c, d}, so b-c crosses, and e-f if hashing separates
 * them; the future gives {a, b, c} and {d, e, f}, four accesses and three. */
START_TEST(info_reports_multi_partition_shares_for_past_and_future_known)
{
    struct outlook o = outlook_of(trace_of(halves), 8);
    const struct placement hashed = {.partitions = 2};
    uint32_t at[6];
    for (uint32_t v = 0; v < 6; v++) at[v] = placement_of(&hashed, v);
    uint64_t by_hash = 0U + (at[0] != at[1]) + (at[1] != at[2]) + (at[4] != at[5]);
    ck_assert_uint_eq(o.trial[OUTLOOK_NOTHING][0].multi, by_hash);
    const uint16_t *past = o.trial[OUTLOOK_PAST][0].partition;
    ck_assert(past[0] == past[1] && past[2] == past[3] && past[0] != past[2]);
    ck_assert(past[4] == at[4] && past[5] == at[5]);
    ck_assert_uint_eq(o.trial[OUTLOOK_PAST][0].multi, 1U + (at[4] != at[5]));
    const struct outlook_trial *future = &o.trial[OUTLOOK_FUTURE][0];
    ck_assert_uint_eq(future->multi, 0);
    ck_assert_uint_eq(future->accesses[future->partition[0]], 4);
    ck_assert_uint_eq(future->accesses[1 - future->partition[0]], 3);
    ck_assert_double_lt(fabs(outlook_heaviest(&o, future, 2) - 8.0 / 7), 1e-9);
    outlook_finish(&o);
}
END_TEST

/* Rows of a district are placed with it and form no pairs: only districts 1 and 2 form one. */
START_TEST(variables_of_a_granule_are_placed_together)
{
    struct outlook o = outlook_of(trace_of("@variable d1,d2\n"
                                           "@variable r1,s1 granule=d1\n"
                                           "@variable r2 granule=d2\n"
                                           "pay rw=r1\n"
                                           "pay rw=r1,s1\n"
                                           "pay rw=s1,r2\n"),
                                  3);
    ck_assert_uint_eq(o.commands, 2);
    ck_assert_uint_eq(o.variables.distinct_new, 2);
    ck_assert_uint_eq(o.pairs.distinct, 1);
    for (int k = 0; k < OUTLOOK_KNOWLEDGES; k++)
        for (int i = 0; i < OUTLOOK_CUTS; i++) {
            const uint16_t *p = o.trial[k][i].partition;
            ck_assert(p[2] == p[0] && p[3] == p[0] && p[4] == p[1]);
            ck_assert_uint_eq(o.trial[k][i].multi, p[0] != p[1]);
        }
    outlook_finish(&o);
}
END_TEST

/* Ten variables at once: the first, which is the centre, with each of the other nine. */
START_TEST(a_large_command_counts_as_a_star_of_pairs)
{
    struct outlook o = outlook_of(trace_of("put w=a\nput w=a,b,c,d,e,f,g,h,i,j\n"), 2);
    ck_assert_uint_eq(o.pairs.distinct, 9);
    ck_assert_uint_eq(o.pairs.distinct_new, 9);
    outlook_finish(&o);
}
END_TEST

START_TEST(info_of_at_most_one_command_has_no_shares)
{
    static const char *const none[] = {"commands                   0\n"};
    static const char *const one[] = {"commands                   1\n",
                                      "Zipf exponent, fitted      -\n",
                                      "  variables                      1  100.00 %    100.00 %\n",
                                      "  pairs                          0    0.00 %      0.00 %\n"};
    struct printed p = trace_command(directory, "info %s", trace_of("# nothing\n"));
    expect_lines(&p, none, 1);
    printed_finish(&p);
    p = trace_command(directory, "info %s", trace_of("get r=a\n"));
    expect_lines(&p, one, 4);
    printed_finish(&p);
}
END_TEST

/* Only the requested number of commands is read. */
START_TEST(info_reads_as_many_commands_as_requested)
{
    static const char *const parts[] = {
        "commands                   4\n", "variables accessed         4 of 4\n",
        "  variables                      0    0.00 %      0.00 %\n"};
    struct printed p = trace_command(directory, "info %s -n 4", trace_of(halves));
    expect_lines(&p, parts, 3);
    printed_finish(&p);
}
END_TEST

START_TEST(info_of_a_trace_with_a_bad_line_ends_with_status_2)
{
    struct printed p = trace_command(directory, "info %s", trace_of("get r=a\nget r=b\nget\n"));
    ck_assert_int_eq(p.status, 2);
    ck_assert_str_eq(p.out, "");
    ck_assert_ptr_nonnull(strstr(p.err, "info.trace:3: "));
    printed_finish(&p);
}
END_TEST

/* --- functions ------------------------------------------------------------------------------- */

/* 1..100 once each: the median is 50, 95 % are 95 or less. */
START_TEST(quantiles_are_sizes_that_occur)
{
    static struct profile_sizes s = {.max = 100};
    for (int i = 1; i <= 100; i++) s.commands[i] = 1;
    ck_assert_uint_eq(profile_quantile(&s, 100, 0.5), 50);
    ck_assert_uint_eq(profile_quantile(&s, 100, 0.95), 95);
    ck_assert_uint_eq(profile_quantile(&s, 100, 1), 100);
}
END_TEST

/* Twice as often as the second: 2^-s = 1/2. Thrice: s = log2 3. Equally often: 0. */
START_TEST(the_zipf_exponent_fitted_to_two_counts_is_that_of_their_ratio)
{
    ck_assert_double_lt(fabs(profile_fit_zipf((const uint64_t[]){2, 1}, 2) - 1), 1e-5);
    ck_assert_double_lt(fabs(profile_fit_zipf((const uint64_t[]){9, 3}, 2) - log2(3)), 1e-5);
    ck_assert_double_lt(profile_fit_zipf((const uint64_t[]){5, 5}, 2), 1e-5);
    ck_assert(isnan(profile_fit_zipf((const uint64_t[]){5}, 1)));
}
END_TEST

START_TEST(the_fitted_zipf_exponent_is_near_that_of_the_draws)
{
    enum { USERS = 1000, DRAWS = 200000 };
    static const double exponents[] = {0.5, 0.95, 1.3};
    struct activity activity;
    struct random random = random_named(1, "test", "activity");
    struct profile p = {0};
    activity_init(&activity, USERS, 1, exponents[_i], &random);
    for (int i = 0; i < DRAWS; i++) {
        struct trace_access access = {activity_draw(&activity, &random), ACCESS_READ};
        profile_add(&p, &(struct trace_command){
                            .at_ns = TIME_NONE, .access_count = 1, .accesses = &access});
    }
    double fitted = profile_skew(&p).zipf;
    ck_assert_msg(fabs(fitted - exponents[_i]) < 0.03, "%f", fitted);
    profile_finish(&p);
    activity_finish(&activity);
}
END_TEST

/* --- recorded data ------------------------------------------------------------------------------
 */

/* Percent of the second half on several of eight partitions. */
struct expected {
    const char *file;
    double hash, past, future, tolerance;
};

static void expect_shares(const struct expected *x, const char *spec)
{
    uint64_t commands = 0;
    struct workload *w = must_open(spec, 1);
    stream_fingerprint(w, UINT64_MAX, &commands);
    workload_close(w);
    struct outlook o = outlook_of(spec, commands);
    const double want[] = {x->hash, x->past, x->future};
    for (int k = 0; k < OUTLOOK_KNOWLEDGES; k++) {
        double found = 100.0 * (double)o.trial[k][2].multi / (double)o.commands;
        ck_assert_msg(fabs(found - want[k]) < x->tolerance, "%s: %g expected, %g found", x->file,
                      want[k], found);
    }
    outlook_finish(&o);
}

static const struct expected interactions[] = {
    {"higgs-activity/higgs-activity_time.txt.gz", 86, 80, 7, 3},
    {"collegemsg/CollegeMsg.txt.gz", 88, 81, 47, 3},
};

START_TEST(recorded_interactions_have_the_expected_multi_partition_shares)
{
    char spec[700], *path = test_data_path(interactions[_i].file);
    snprintf(spec, sizeof(spec), "interactions:file=%s,time=drop", path);
    expect_shares(&interactions[_i], spec);
    free(path);
}
END_TEST

START_TEST(recorded_transactions_have_the_expected_multi_partition_shares)
{
    static const struct expected x = {"cobra-twitter/twitter-100000.txt.xz", 86, 73, 38, 3};
    char spec[700], *path = test_data_path(x.file);
    snprintf(spec, sizeof(spec), "recorded:clients=drop,file=%s", path);
    expect_shares(&x, spec);
    free(path);
}
END_TEST

static bool all_there(void)
{
    static const char *const files[] = {"higgs-activity/higgs-activity_time.txt.gz",
                                        "collegemsg/CollegeMsg.txt.gz",
                                        "cobra-twitter/twitter-100000.txt.xz"};
    bool there = true;
    for (int i = 0; i < 3; i++) {
        char *path = test_data_path(files[i]);
        there = there && path;
        free(path);
    }
    return there;
}

int main(void)
{
    directory = test_scratch_directory();
    Suite *s = suite_create("info");
    TCase *c = tcase_create("by hand");
    tcase_add_test(c, info_reports_kinds_set_sizes_and_skew);
    tcase_add_test(c, info_reports_variables_and_pairs_new_in_the_second_half);
    tcase_add_test(c, info_reports_multi_partition_shares_for_past_and_future_known);
    tcase_add_test(c, variables_of_a_granule_are_placed_together);
    tcase_add_test(c, a_large_command_counts_as_a_star_of_pairs);
    tcase_add_test(c, info_of_at_most_one_command_has_no_shares);
    tcase_add_test(c, info_reads_as_many_commands_as_requested);
    tcase_add_test(c, info_of_a_trace_with_a_bad_line_ends_with_status_2);
    suite_add_tcase(s, c);
    c = tcase_create("parts");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, quantiles_are_sizes_that_occur);
    tcase_add_test(c, the_zipf_exponent_fitted_to_two_counts_is_that_of_their_ratio);
    tcase_add_loop_test(c, the_fitted_zipf_exponent_is_near_that_of_the_draws, 0, 3);
    suite_add_tcase(s, c);
    if (all_there()) {
        c = tcase_create("recorded");
        tcase_set_timeout(c, 0);
        tcase_add_loop_test(c, recorded_interactions_have_the_expected_multi_partition_shares, 0,
                            2);
        tcase_add_test(c, recorded_transactions_have_the_expected_multi_partition_shares);
        suite_add_tcase(s, c);
    } else {
        puts("# the recorded data are not beside the source tree (or in $AVIARY_DATA): not tried");
    }
    int status = test_main(s);
    free(directory);
    return status;
}
