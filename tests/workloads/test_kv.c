/* test_kv.c - the key-value workload: its mixes, groups, skew, hot spot, sizes, and refused keys.
 */
#include <math.h>

#include "proto/command.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"
#include "workloads/generate/zipf.h"
#include "workloads/place/placement.h"

enum { COMMANDS = 20000 };

/* Totals of some commands of a workload. */
struct tally {
    double share[8]; /* by kind */
    uint32_t *accesses;
    uint64_t sum, most;
    uint32_t variables;
};

static void take_next(struct workload *w, struct trace_command *c)
{
    struct error e = {""};
    ck_assert_msg(workload_next(w, c, &e) == 1, "%s", e.text);
}

static struct tally count(struct workload *w)
{
    struct tally t = {.variables = names_count(workload_catalogue(w)->variables)};
    struct trace_command c;
    t.accesses = calloc(t.variables, sizeof(*t.accesses));
    for (int i = 0; i < COMMANDS; i++) {
        take_next(w, &c);
        t.share[c.kind] += 1.0 / COMMANDS;
        for (uint32_t a = 0; a < c.access_count; a++) {
            uint32_t n = ++t.accesses[c.accesses[a].variable];
            t.most = n > t.most ? n : t.most;
            t.sum++;
        }
    }
    return t;
}

static uint32_t kind(const struct workload *w, const char *name)
{
    uint32_t k = names_find(workload_catalogue(w)->kinds, name, (uint32_t)strlen(name));
    ck_assert_uint_lt(k, 8);
    return k;
}

/* --- YCSB ---------------------------------------------------------------------------------------
 */

static const struct {
    const char *name, *kind;
    double share;
} mixes[] = {
    {"a", "get", 0.5},     {"a", "put", 0.5},  {"b", "get", 0.95},    {"b", "put", 0.05},
    {"c", "get", 1},       {"d", "get", 0.95}, {"d", "insert", 0.05}, {"e", "scan", 0.95},
    {"e", "insert", 0.05}, {"f", "get", 0.5},  {"f", "rmw", 0.5},
};

START_TEST(named_ycsb_mixes_have_their_shares)
{
    char spec[32];
    snprintf(spec, sizeof(spec), "kv:ycsb=%s", mixes[_i].name);
    struct workload *w = must_open(spec, 1);
    struct tally t = count(w);
    ck_assert_double_eq_tol(t.share[kind(w, mixes[_i].kind)], mixes[_i].share, 0.01);
    ck_assert_uint_eq(workload_catalogue(w)->variable_bytes[0], 1000);
    free(t.accesses);
    workload_close(w);
}
END_TEST

/* YCSB draws items by Zipf's law with 0.99 over 10^10, where the sum of all weights is 26.469. */
START_TEST(the_most_popular_key_of_ycsb_has_its_share)
{
    struct workload *w = must_open("kv:ycsb=c,variables=1000", 1);
    struct tally t = count(w);
    ck_assert_double_eq_tol((double)t.most / (double)t.sum, 1 / 26.469, 0.006);
    free(t.accesses);
    workload_close(w);
}
END_TEST

START_TEST(the_latest_keys_are_read_most_after_their_insertion)
{
    struct workload *w = must_open("kv:ycsb=d,variables=1000,inserts=500", 1);
    struct trace_command c;
    uint32_t inserted = 0, recent = 0, reads = 0;
    ck_assert_uint_eq(workload_catalogue(w)->initially_absent, 500);
    for (int i = 0; i < 9000; i++) {
        take_next(w, &c);
        uint32_t v = c.accesses[0].variable;
        ck_assert_uint_eq(c.access_count, 1);
        if (c.accesses[0].mode == ACCESS_CREATE) {
            ck_assert_uint_eq(v, 1000 + inserted++);
            continue;
        }
        uint32_t ready = 1000 + (inserted > 64 ? inserted - 64 : 0);
        ck_assert_uint_lt(v, ready);
        recent += v + 10 >= ready;
        reads++;
    }
    ck_assert_uint_gt(recent, reads / 4);
    ck_assert_uint_gt(inserted, 350);
    workload_close(w);
}
END_TEST

START_TEST(inserts_become_puts_once_all_keys_exist)
{
    struct workload *w = must_open("kv:insert=1,get=0,put=0,variables=10,inserts=3", 1);
    struct trace_command c;
    for (int i = 0; i < 10; i++) {
        take_next(w, &c);
        ck_assert_uint_eq(c.kind, kind(w, i < 3 ? "insert" : "put"));
        ck_assert(i >= 3 || c.accesses[0].variable == 10 + (uint32_t)i);
    }
    workload_close(w);
}
END_TEST

START_TEST(a_scan_reads_consecutive_keys)
{
    struct workload *w = must_open("kv:ycsb=e,scan-keys=1-100", 1);
    struct trace_command c;
    uint64_t sum = 0, scans = 0;
    for (int i = 0; i < COMMANDS; i++) {
        take_next(w, &c);
        if (c.kind != kind(w, "scan")) continue;
        ck_assert(c.access_count >= 1 && c.access_count <= 100);
        for (uint32_t a = 1; a < c.access_count; a++)
            ck_assert_uint_eq(c.accesses[a].variable, c.accesses[a - 1].variable + 1);
        sum += c.access_count;
        scans++;
    }
    ck_assert_double_eq_tol((double)sum / (double)scans, 50.5, 1.5);
    workload_close(w);
}
END_TEST

/* --- groups -------------------------------------------------------------------------------------
 */

/* Share of the commands that touch several partitions, and the mean number these touch. */
static double multi_share(const char *spec, uint32_t partitions, double *mean)
{
    struct workload *w = must_open(spec, 1);
    struct placement p;
    struct error e;
    struct placement_request request = {"range", partitions, 1, 1000, 0.2, false};
    ck_assert_msg(placement_compute(&request, w, &p, &e) == 0, "%s", e.text);
    uint64_t multi = 0, sum = 0;
    for (int i = 0; i < COMMANDS; i++) {
        struct trace_command c;
        take_next(w, &c);
        uint64_t places = 0;
        for (uint32_t a = 0; a < c.access_count; a++)
            places |= UINT64_C(1) << placement_of(&p, c.accesses[a].variable);
        int touched = __builtin_popcountll(places);
        multi += touched > 1;
        sum += touched > 1 ? (uint64_t)touched : 0;
    }
    *mean = multi > 0 ? (double)sum / (double)multi : 0;
    placement_finish(&p);
    workload_close(w);
    return (double)multi / COMMANDS;
}

static const struct {
    const char *spec;
    double share, touched;
} groups[] = {
    {"kv:groups=8,multi=0%,multi-get=1,multi-put=1,scan=1", 0, 0},
    {"kv:groups=8,multi=10%", 0.1, 2},
    {"kv:groups=8,multi=100%,zipf=0.99,keys=6", 1, 2},
    {"kv:groups=8,multi=25%,spread=2-4,multi-get=50", 0.25, 3},
    {"kv:groups=8,multi=50%,spread=8,keys=2", 0.5, 8},
    {"kv:groups=8,multi=10%,ycsb=d", 0.1, 2},
    {"kv:groups=8,multi=10%,ycsb=e,hot=50%", 0.1, 2},
};

START_TEST(multi_partition_commands_have_the_requested_share_and_spread)
{
    double touched, share = multi_share(groups[_i].spec, 8, &touched);
    ck_assert_double_eq_tol(share, groups[_i].share, 0.01);
    ck_assert_double_eq_tol(touched, groups[_i].touched, 0.05);
}
END_TEST

START_TEST(multi_partition_commands_keep_the_mix_of_reads_and_writes)
{
    struct workload *w = must_open("kv:get=80,put=20,multi=50%", 1);
    struct tally t = count(w);
    ck_assert_double_eq_tol(t.share[kind(w, "get")], 0.4, 0.015);
    ck_assert_double_eq_tol(t.share[kind(w, "multi-get")], 0.4, 0.015);
    ck_assert_double_eq_tol(t.share[kind(w, "multi-put")], 0.1, 0.015);
    free(t.accesses);
    workload_close(w);
}
END_TEST

START_TEST(commands_have_the_requested_numbers_of_keys)
{
    struct workload *w = must_open("kv:get=0,put=0,multi-get=1,variables=20,keys=3-20", 1);
    struct trace_command c;
    uint32_t least = 100, most = 0;
    for (int i = 0; i < 2000; i++) {
        take_next(w, &c);
        least = c.access_count < least ? c.access_count : least;
        most = c.access_count > most ? c.access_count : most;
    }
    ck_assert_uint_eq(least, 3);
    ck_assert_uint_eq(most, 20);
    workload_close(w);
}
END_TEST

/* --- skew, hot spot, sizes ----------------------------------------------------------------------
 */

START_TEST(zipf_ranks_are_drawn_by_their_weights)
{
    static const double exponents[] = {0.5, 0.99, 1, 1.5, 0};
    enum { RANKS = 50, DRAWS = 200000 };
    double s = exponents[_i], sum = 0;
    uint32_t drawn[RANKS] = {0};
    struct zipf z;
    struct random random = random_named(1, "test", "zipf");
    zipf_init(&z, RANKS, s);
    for (int i = 0; i < DRAWS; i++) drawn[zipf_draw(&z, &random)]++;
    for (int r = 1; r <= RANKS; r++) sum += pow(r, -s);
    for (int r = 1; r <= RANKS; r++) {
        double expected = DRAWS * pow(r, -s) / sum;
        ck_assert_double_eq_tol(drawn[r - 1], expected, 5 * sqrt(expected));
    }
    zipf_init(&z, 1, s);
    ck_assert_uint_eq(zipf_draw(&z, &random), 0);
}
END_TEST

START_TEST(the_hot_spot_moves_after_each_period)
{
    struct workload *w = must_open("kv:hot=90%,hot-size=50,hot-every=1000", 1);
    uint32_t before = UINT32_MAX;
    for (int period = 0; period < 5; period++) {
        static uint32_t seen[10000];
        memset(seen, 0, sizeof(seen));
        for (int i = 0; i < 1000; i++) {
            struct trace_command c;
            take_next(w, &c);
            seen[c.accesses[0].variable]++;
        }
        uint32_t first = 0, inside = 0;
        while (seen[first] < 5) first++;
        for (uint32_t v = first; v < 10000 && v < first + 50; v++) inside += seen[v];
        ck_assert_uint_gt(inside, 800);
        ck_assert_uint_ne(first, before);
        before = first;
    }
    workload_close(w);
}
END_TEST

START_TEST(values_have_the_requested_sizes)
{
    struct workload *w = must_open("kv:size=100B-1kB,variables=1000", 1);
    const struct catalogue *k = workload_catalogue(w);
    uint64_t sum = 0;
    for (uint32_t v = 0; v < 1000; v++) {
        ck_assert(k->variable_bytes[v] >= 100 && k->variable_bytes[v] <= 1000);
        sum += k->variable_bytes[v];
    }
    ck_assert_double_eq_tol((double)sum / 1000, 550, 40);
    for (int i = 0; i < 100; i++) {
        struct trace_command c;
        take_next(w, &c);
        uint32_t bytes = 64 + k->variable_bytes[c.accesses[0].variable];
        ck_assert_uint_eq(c.kind == kind(w, "get") ? c.reply_bytes : c.request_bytes, bytes);
        ck_assert_uint_eq(c.kind == kind(w, "get") ? c.request_bytes : c.reply_bytes, 64);
    }
    workload_close(w);
}
END_TEST

START_TEST(a_stream_depends_on_the_seed_and_rewinding_repeats_it)
{
    static const char *const specs[] = {"kv:ycsb=d,multi=5%", "kv:ycsb=e",
                                        "kv:hot=50%,hot-every=10,zipf=1.2,multi-put=10"};
    uint64_t read;
    struct workload *w = must_open(specs[_i], 7), *same = must_open(specs[_i], 7);
    struct workload *other = must_open(specs[_i], 8);
    uint64_t hash = stream_fingerprint(w, 5000, &read);
    ck_assert_uint_eq(stream_fingerprint(same, 5000, &read), hash);
    ck_assert_uint_ne(stream_fingerprint(other, 5000, &read), hash);
    must_rewind(w);
    ck_assert_uint_eq(stream_fingerprint(w, 5000, &read), hash);
    workload_close(w);
    workload_close(same);
    workload_close(other);
}
END_TEST

static const struct {
    const char *spec, *message;
} wrong[] = {
    {"kv:colour=red", "kv: no key is called 'colour'; there is: variables, ycsb, get, put,"},
    {"kv:ycsb=g", "kv: ycsb: no mix is called 'g'; there is: a, b, c, d, e, f"},
    {"kv:ycsb=a,put=3", "expected either ycsb= or weights such as put=, found both"},
    {"kv:get=0,put=0", "kv: expected a weight above 0, found none"},
    {"kv:variables=0", "kv: variables: expected 1 to"},
    {"kv:pick=first", "kv: pick: expected zipf, scrambled or latest, found 'first'"},
    {"kv:multi=5%,groups=1", "kv: multi: expected several groups, found 1"},
    {"kv:multi=5%,spread=1", "kv: spread: expected 2 groups or more"},
    {"kv:multi=5%,spread=65", "kv: spread: expected LOW-HIGH or one number, 1 to 64, found '65'"},
    {"kv:multi=5%,groups=5000,keys=3", "kv: keys: expected LOW-HIGH or one number, 1 to 2"},
    {"kv:multi-get=1,keys=5-2", "kv: keys: expected LOW-HIGH or one number"},
    {"kv:multi-get=1,keys=many", "kv: keys: expected a whole number"},
    {"kv:scan-keys=0", "kv: scan-keys: expected LOW-HIGH or one number, 1 to 8192, found '0'"},
    {"kv:size=12", "kv: size: expected a size"},
    {"kv:hot=50%,hot-size=10001", "kv: hot-size: expected 1 to 10000, found 10001"},
    {"kv:zipf=11", "kv: zipf: expected at most 10"},
};

START_TEST(bad_keys_are_refused_with_a_message)
{
    struct error e = {""};
    ck_assert_ptr_null(workload_open(wrong[_i].spec, 1, &e));
    ck_assert_msg(strncmp(e.text, wrong[_i].message, strlen(wrong[_i].message)) == 0 ||
                      strstr(e.text, wrong[_i].message),
                  "%s", e.text);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("kv");
    TCase *c = tcase_create("YCSB");
    tcase_add_loop_test(c, named_ycsb_mixes_have_their_shares, 0, sizeof(mixes) / sizeof(mixes[0]));
    tcase_add_test(c, the_most_popular_key_of_ycsb_has_its_share);
    tcase_add_test(c, the_latest_keys_are_read_most_after_their_insertion);
    tcase_add_test(c, inserts_become_puts_once_all_keys_exist);
    tcase_add_test(c, a_scan_reads_consecutive_keys);
    suite_add_tcase(s, c);
    c = tcase_create("groups");
    tcase_add_loop_test(c, multi_partition_commands_have_the_requested_share_and_spread, 0,
                        sizeof(groups) / sizeof(groups[0]));
    tcase_add_test(c, multi_partition_commands_keep_the_mix_of_reads_and_writes);
    tcase_add_test(c, commands_have_the_requested_numbers_of_keys);
    suite_add_tcase(s, c);
    c = tcase_create("variables");
    tcase_add_loop_test(c, zipf_ranks_are_drawn_by_their_weights, 0, 5);
    tcase_add_test(c, the_hot_spot_moves_after_each_period);
    tcase_add_test(c, values_have_the_requested_sizes);
    tcase_add_loop_test(c, a_stream_depends_on_the_seed_and_rewinding_repeats_it, 0, 3);
    tcase_add_loop_test(c, bad_keys_are_refused_with_a_message, 0,
                        sizeof(wrong) / sizeof(wrong[0]));
    suite_add_tcase(s, c);
    return test_main(s);
}
