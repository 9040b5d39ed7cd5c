/* test_chirper.c - the social network: the same stream from the same seed, the requested shares,
 * and a graph with the properties of social networks that changes. */
#include <math.h>

#include "proto/command.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"
#include "tests/workloads/clustering.h"
#include "workloads/generate/activity.h"
#include "workloads/generate/social.h"

enum { STREAM = 10000, RW = ACCESS_READ | ACCESS_WRITE };

static void next_is(struct workload *w, struct trace_command *c)
{
    struct error e = {""};
    ck_assert_msg(workload_next(w, c, &e) == 1, "%s", e.text);
}

static const char *kind_of(const struct workload *w, const struct trace_command *c)
{
    return names_get(workload_catalogue(w)->kinds, c->kind);
}

/* --- determinism --------------------------------------------------------------------------------
 */

static const char *const specs[] = {
    "chirper",
    "chirper:multi=5%,users=3000",
    "chirper:users=2000,communities=4,cut=5%,zipf=0",
    "chirper:follow=50,unfollow=50,timeline=0,post=10,users=500,communities=2",
    "chirper:users=1000,growth=5%,commands=10k,cut=1%,timeline-cap=20,communities=8",
    "chirper:users=1000,locality=weak,rate=1k/s,celebrity-at=3s,mix=dynastar",
};
enum { SPECS = sizeof(specs) / sizeof(specs[0]) };

START_TEST(a_seed_gives_the_same_stream_at_each_reading)
{
    struct workload *w = must_open(specs[_i], 7), *again = must_open(specs[_i], 7),
                    *other = must_open(specs[_i], 8);
    uint64_t count;
    uint64_t hash = stream_fingerprint(w, STREAM, &count);
    ck_assert_uint_eq(count, STREAM);
    ck_assert_uint_eq(stream_fingerprint(again, STREAM, &count), hash);
    ck_assert_uint_ne(stream_fingerprint(other, STREAM, &count), hash);
    for (int i = 0; i < 2; i++) {
        must_rewind(w);
        ck_assert_uint_eq(stream_fingerprint(w, STREAM, &count), hash);
    }
    workload_close(w);
    workload_close(again);
    workload_close(other);
}
END_TEST

/* Another compiler, level or library must give these numbers too. */
START_TEST(the_streams_of_seed_1_have_their_recorded_fingerprints)
{
    static const uint64_t known[] = {UINT64_C(0x520459ecbd41bf73), UINT64_C(0xa6019bb284964224),
                                     UINT64_C(0xc911df83daec64b7), UINT64_C(0x016e263fea25c330),
                                     UINT64_C(0x18caa3a94f9bd55a), UINT64_C(0x6fb3671cba30b994)};
    uint64_t count;
    struct workload *w = must_open(specs[_i], 1);
    uint64_t hash = stream_fingerprint(w, STREAM, &count);
    ck_assert_msg(hash == known[_i], "%s: 0x%016llx", specs[_i], (unsigned long long)hash);
    workload_close(w);
}
END_TEST

START_TEST(the_workload_s_seed_overrides_the_run_s)
{
    struct workload *w = must_open("chirper:seed=7", 1), *same = must_open("chirper", 7);
    uint64_t count;
    ck_assert_uint_eq(stream_fingerprint(w, STREAM, &count),
                      stream_fingerprint(same, STREAM, &count));
    workload_close(w);
    workload_close(same);
}
END_TEST

START_TEST(a_stream_ends_after_the_requested_commands)
{
    struct workload *w = must_open("chirper:commands=1k", 1);
    uint64_t count;
    ck_assert(!workload_endless(w));
    stream_fingerprint(w, UINT64_MAX, &count);
    ck_assert_uint_eq(count, 1000);
    must_rewind(w);
    stream_fingerprint(w, UINT64_MAX, &count);
    ck_assert_uint_eq(count, 1000);
    workload_close(w);
}
END_TEST

/* --- commands -------------------------------------------------------------------------------- */

START_TEST(commands_access_the_variables_of_their_kind)
{
    struct workload *w = must_open("chirper:follow-noop=10,size=2KiB", 1);
    struct trace_command c;
    bool post_seen = false;
    for (int i = 0; i < STREAM; i++) {
        next_is(w, &c);
        const char *kind = kind_of(w, &c);
        uint32_t read_only = 0, written = 0, blind = 0;
        for (uint32_t a = 0; a < c.access_count; a++) {
            read_only += c.accesses[a].mode == ACCESS_READ;
            written += c.accesses[a].mode == RW;
            blind += c.accesses[a].mode == ACCESS_WRITE;
            if (a > 0) ck_assert_uint_lt(c.accesses[a - 1].variable, c.accesses[a].variable);
        }
        ck_assert_uint_eq(read_only + written + blind, c.access_count);
        if (strcmp(kind, "timeline") == 0) {
            ck_assert(c.access_count == 1 && read_only == 1 && c.reply_bytes == 2048);
        } else if (strcmp(kind, "post") == 0) {
            ck_assert(read_only == 1 && blind == 0 && c.request_bytes == 140);
            post_seen |= written > 1;
        } else if (strcmp(kind, "follow-noop") == 0 || strcmp(kind, "unfollow") == 0) {
            ck_assert(c.access_count == 2 && blind == 2);
        } else {
            ck_assert(c.access_count == 2 && written == 2);
        }
    }
    ck_assert(post_seen);
    ck_assert_uint_eq(workload_catalogue(w)->variable_bytes[42], 2048);
    ck_assert_str_eq(names_get(workload_catalogue(w)->variables, 42), "u42");
    workload_close(w);
}
END_TEST

START_TEST(kinds_have_the_requested_shares)
{
    struct workload *w =
        must_open("chirper:timeline=50,post=20,follow=15,unfollow=10,follow-noop=5", 1);
    static const double share[] = {0.5, 0.2, 0.15, 0.1, 0.05};
    uint64_t counts[5] = {0};
    struct trace_command c;
    for (int i = 0; i < 200000; i++) {
        next_is(w, &c);
        counts[c.kind]++;
    }
    for (int k = 0; k < 5; k++) { /* within five standard deviations */
        double mean = 200000 * share[k], deviation = sqrt(mean * (1 - share[k]));
        ck_assert_double_lt(fabs((double)counts[k] - mean), 5 * deviation);
    }
    workload_close(w);
}
END_TEST

static bool crosses(const struct trace_command *c, uint32_t users, uint32_t communities)
{
    for (uint32_t i = 1; i < c->access_count; i++)
        if (community_of(c->accesses[i].variable, users, communities) !=
            community_of(c->accesses[0].variable, users, communities))
            return true;
    return false;
}

START_TEST(posts_across_communities_have_exactly_the_requested_share)
{
    static const struct {
        const char *spec;
        double share;
        const char *kind;
    } cases[] = {{"chirper:multi=0", 0, "follow"},
                 {"chirper:multi=1%", 0.01, "follow"},
                 {"chirper:multi=5%", 0.05, "follow"},
                 {"chirper:multi=10%,multi-kind=follow-noop", 0.1, "follow-noop"},
                 {"chirper:multi=10%,multi-kind=post", 0.1, "post"},
                 {"chirper:multi=100%,multi-kind=timeline", 1, "timeline"}};
    struct workload *w = must_open(cases[_i].spec, 11);
    struct trace_command c;
    uint64_t crossing = 0, commands = 100000;
    for (uint64_t i = 0; i < commands; i++) {
        next_is(w, &c);
        if (!crosses(&c, 10000, 64)) continue;
        crossing++;
        ck_assert_str_eq(kind_of(w, &c), cases[_i].kind);
    }
    double mean = (double)commands * cases[_i].share;
    ck_assert_double_le(fabs((double)crossing - mean), 5 * sqrt(mean * (1 - cases[_i].share)));
    workload_close(w);
}
END_TEST

START_TEST(commands_cross_communities_only_with_a_cut)
{
    struct workload *w = must_open("chirper:users=4000,communities=8", 1);
    struct workload *cut = must_open("chirper:users=4000,communities=8,cut=10%,post=100,timeline=0,"
                                     "follow=0,unfollow=0",
                                     1);
    struct trace_command c;
    uint64_t written = 0, strange = 0;
    for (int i = 0; i < 50000; i++) {
        next_is(w, &c);
        ck_assert(!crosses(&c, 4000, 8));
        next_is(cut, &c);
        uint32_t author = 0;
        for (uint32_t a = 0; a < c.access_count; a++)
            if (c.accesses[a].mode == ACCESS_READ) author = c.accesses[a].variable;
        for (uint32_t a = 0; a < c.access_count; a++) {
            if (c.accesses[a].mode != RW) continue;
            written++;
            strange +=
                community_of(c.accesses[a].variable, 4000, 8) != community_of(author, 4000, 8);
        }
    }
    double share = (double)strange / (double)written;
    ck_assert_msg(share > 0.07 && share < 0.13, "%f", share);
    workload_close(w);
    workload_close(cut);
}
END_TEST

/* --- activity -------------------------------------------------------------------------------- */

START_TEST(activity_is_skewed_but_every_half_of_the_communities_has_its_share)
{
    enum { USERS = 10000, COMMUNITIES = 64, DRAWS = 400000 };
    struct activity activity;
    struct random random = random_named(1, "test", "activity"),
                  draws = random_named(1, "test", "draws");
    activity_init(&activity, USERS, COMMUNITIES, 0.95, &random);
    uint32_t *count = calloc(USERS, sizeof(*count)), hottest = 0;
    for (int i = 0; i < DRAWS; i++) count[activity_draw(&activity, &draws)]++;
    double sum = 0;
    for (int i = 1; i <= USERS; i++) sum += pow(i, -0.95);
    for (uint32_t u = 0; u < USERS; u++) hottest = count[u] > hottest ? count[u] : hottest;
    ck_assert_double_lt(fabs(hottest / (DRAWS / sum) - 1), 0.05);
    for (uint32_t parts = 2; parts <= 8; parts *= 2) {
        uint32_t load[8] = {0};
        for (uint32_t u = 0; u < USERS; u++) load[u * parts / USERS] += count[u];
        for (uint32_t p = 0; p < parts; p++)
            ck_assert_double_lt(fabs((double)load[p] * parts / DRAWS - 1), 0.05);
    }
    free(count);
    activity_finish(&activity);
}
END_TEST

/* --- the graph ----------------------------------------------------------------------------------
 */

static uint64_t connections(const struct social *s)
{
    uint64_t sum = 0;
    for (uint32_t u = 0; u < s->users; u++) sum += s->followers[u].count;
    return sum;
}

START_TEST(the_graph_has_degree_tail_and_clustering_of_a_social_network)
{
    enum { USERS = 20000 };
    double measured[2];
    for (int i = 0; i < 2; i++) {
        struct social s;
        struct random random = random_named(3, "test", "graph");
        social_init(&s, USERS);
        social_grow(&s, 0, USERS, 5, i == 0 ? 0 : 0.9, &random);
        double mean = (double)connections(&s) / USERS;
        ck_assert_msg(mean > 9.5 && mean < 10.5, "%f", mean);
        uint32_t most = 0, at_least[2] = {0};
        for (uint32_t u = 0; u < USERS; u++) {
            uint32_t degree = s.followers[u].count;
            ck_assert_uint_ge(degree, 4);
            most = degree > most ? degree : most;
            at_least[0] += degree >= 20;
            at_least[1] += degree >= 80;
            for (uint32_t n = 0; n < degree; n++) /* mutual, and no user follows itself */
                ck_assert(social_follows(&s, u, s.followers[u].user[n]) &&
                          s.followers[u].user[n] != u);
        }
        /* A power law of exponent 3: four times the degree, a sixteenth of the users. */
        double ratio = (double)at_least[0] / at_least[1];
        ck_assert_msg(ratio > 8 && ratio < 32, "%f", ratio);
        ck_assert_uint_gt(most, 200);
        measured[i] = clustering(&s);
        social_finish(&s);
    }
    ck_assert_msg(measured[0] < 0.03 && measured[1] > 0.3, "%f %f", measured[0], measured[1]);
}
END_TEST

START_TEST(followers_are_stored_up_to_the_limit)
{
    struct social s;
    social_init(&s, SOCIAL_FOLLOWERS_MAX + 5);
    ck_assert(social_follow(&s, 1, 0) && social_follows(&s, 1, 0) && !social_follows(&s, 0, 1));
    ck_assert(!social_follow(&s, 1, 0));
    ck_assert(!social_follow(&s, 1, 1));
    ck_assert(social_unfollow(&s, 1, 0) && !social_follows(&s, 1, 0));
    ck_assert(!social_unfollow(&s, 1, 0));
    for (uint32_t u = SOCIAL_FOLLOWERS_MAX + 4; u > 0; u--)
        ck_assert(social_follow(&s, u, 0) == (u > 4));
    ck_assert_uint_eq(s.followers[0].count, SOCIAL_FOLLOWERS_MAX);
    for (uint32_t i = 1; i < SOCIAL_FOLLOWERS_MAX; i++)
        ck_assert_uint_lt(s.followers[0].user[i - 1], s.followers[0].user[i]);
    social_finish(&s);
}
END_TEST

/* After "a follows b", a post of b writes a, until a unfollows b. */
START_TEST(follows_change_the_recipients_of_a_post)
{
    struct workload *w = must_open("chirper:users=40,communities=1,degree=4,timeline=0,post=50,"
                                   "follow=25,unfollow=25,zipf=0",
                                   5);
    struct trace_command c;
    uint64_t reached = 0, first = 0, posts = 0, sizes_seen = 0;
    uint32_t least = UINT32_MAX, most = 0;
    for (int i = 0; i < 20000; i++) {
        next_is(w, &c);
        if (strcmp(kind_of(w, &c), "post") != 0) continue;
        posts++;
        reached += c.access_count - 1;
        if (posts == 1) first = c.access_count;
        sizes_seen += c.access_count != first;
        least = c.access_count < least ? c.access_count : least;
        most = c.access_count > most ? c.access_count : most;
    }
    ck_assert_uint_gt(sizes_seen, 0);
    ck_assert_uint_lt(least, most);
    ck_assert_uint_gt(reached, posts); /* follows remain */
    workload_close(w);
}
END_TEST

/* --- keys ---------------------------------------------------------------------------------------
 */

static const struct refusal {
    const char *spec, *message;
} refusals[] = {
    {"chirper:userz=3",
     "chirper: no key is called 'userz'; there is: users, degree, clustering, "
     "communities, cut, locality, graph, directed, zipf, mix, timeline, post, follow, unfollow, "
     "follow-noop, multi, multi-kind, size, timeline-cap, growth, rate, celebrity-at, "
     "celebrity-posts, celebrity-follows, commands, seed"},
    {"chirper:users", "chirper: expected users=VALUE, found no '='"},
    {"chirper:users=5,users=6", "chirper: the key 'users' is given twice"},
    {"chirper:users=many",
     "chirper: users: expected a whole number such as 1000 or 10k (units: k M G "
     "or none), found 'many'"},
    {"chirper:users=1", "chirper: users: expected 2 to 16777216, found 1"},
    {"chirper:users=100,communities=64",
     "chirper: communities: expected 1 to 50 (two users each), found 64"},
    {"chirper:users=200,communities=64",
     "chirper: degree: expected less than the 3 users of a community, and above "
     "0, found 10"},
    {"chirper:multi=5%,cut=1%", "chirper: expected either multi= or cut=, found both"},
    {"chirper:multi=5%,communities=1", "chirper: multi: expected several communities, found 1"},
    {"chirper:cut=5%,communities=1", "chirper: cut: expected several communities, found 1"},
    {"chirper:multi-kind=like",
     "chirper: multi-kind: no kind is called 'like'; there is: timeline, post, "
     "follow, unfollow, follow-noop"},
    {"chirper:timeline=0,post=0,follow=0,unfollow=0",
     "chirper: expected a weight above 0, found none"},
    {"chirper:graph=x,users=5", "chirper: users= is for a generated graph, not for graph="},
    {"chirper:graph=x,multi=5%", "chirper: multi= needs communities, which a graph= has not"},
    {"chirper:directed=yes", "chirper: directed= is for graph=, not for a generated graph"},
    {"chirper:graph=x,locality=weak",
     "chirper: locality= is for a generated graph, not for graph="},
    {"chirper:graph=x,directed=maybe", "chirper: directed: expected yes or no, found 'maybe'"},
    {"chirper:locality=medium", "chirper: locality: expected strong or weak, found 'medium'"},
    {"chirper:locality=strong,cut=1%", "chirper: expected either locality= or cut=, found both"},
    {"chirper:locality=weak,communities=4",
     "chirper: locality=weak has no communities, but communities= is given"},
    {"chirper:mix=tpcc",
     "chirper: mix: no mix is called 'tpcc'; there is: dssmr, dynastar, timeline, post, follow, "
     "follow-noop"},
    {"chirper:mix=post,post=0", "chirper: expected a weight above 0, found none"},
    {"chirper:zipf=11", "chirper: zipf: expected at most 10"},
    {"chirper:cut=120%",
     "chirper: cut: expected a share such as 5% or 0.05 (units: % or none), found '120%'"},
    {"chirper:size=2GiB", "chirper: size: expected less than 2GiB"},
    {"chirper:size=1KiB,timeline-cap=9",
     "chirper: expected either size= or timeline-cap=, found both"},
    {"chirper:timeline-cap=0", "chirper: timeline-cap: expected 1 to 1000000 posts, found 0"},
    {"chirper:growth=1%",
     "chirper: growth= needs commands=N: all users that will ever join are known from the start"},
    {"chirper:growth=1,commands=100M",
     "chirper: growth: expected at most 16777216 users, found 100000000 that join"},
    {"chirper:users=40,communities=12,degree=2,growth=1%,commands=1k",
     "chirper: communities: expected 1 to 10 (four users each, as more join), found 12"},
    {"chirper:rate=fast",
     "chirper: rate: expected a rate such as 500/s or 10k/s (units: /s k/s M/s G/s), found 'fast'"},
    {"chirper:rate=0.5/s", "chirper: rate: expected 1/s to 1000M/s, found 0.5/s"},
    {"chirper:celebrity-posts=5%",
     "chirper: expected celebrity-at= with celebrity-posts= or celebrity-follows=, found none"},
    {"chirper:celebrity-at=noon",
     "chirper: celebrity-at: expected a number of commands such as 100k, or a time such as 200s, "
     "found 'noon'"},
    {"chirper:celebrity-at=200s", "chirper: celebrity-at=TIME needs rate=, which sets the clock"},
    {"chirper:celebrity-at=0,celebrity-posts=70%,celebrity-follows=40%",
     "chirper: expected celebrity-posts= and celebrity-follows= to be at most 100 % together"},
    {"chirper:celebrity-at=0,multi=5%",
     "chirper: expected either multi= or a celebrity, found both"},
    {"interactions:", "interactions: expected file=PATH"},
    {"interactions:file=x,time=later",
     "interactions: time: expected keep, drop or scale=FACTOR, found 'later'"},
};

START_TEST(an_unknown_key_is_refused_with_what_exists)
{
    struct error e = {""};
    ck_assert_ptr_null(workload_open(refusals[_i].spec, 1, &e));
    ck_assert_str_eq(e.text, refusals[_i].message);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("chirper");
    TCase *c = tcase_create("stream");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, a_seed_gives_the_same_stream_at_each_reading, 0, SPECS);
    tcase_add_loop_test(c, the_streams_of_seed_1_have_their_recorded_fingerprints, 0, SPECS);
    tcase_add_test(c, the_workload_s_seed_overrides_the_run_s);
    tcase_add_test(c, a_stream_ends_after_the_requested_commands);
    tcase_add_test(c, commands_access_the_variables_of_their_kind);
    tcase_add_test(c, kinds_have_the_requested_shares);
    tcase_add_loop_test(c, posts_across_communities_have_exactly_the_requested_share, 0, 6);
    tcase_add_test(c, commands_cross_communities_only_with_a_cut);
    suite_add_tcase(s, c);
    c = tcase_create("graph");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, activity_is_skewed_but_every_half_of_the_communities_has_its_share);
    tcase_add_test(c, the_graph_has_degree_tail_and_clustering_of_a_social_network);
    tcase_add_test(c, followers_are_stored_up_to_the_limit);
    tcase_add_test(c, follows_change_the_recipients_of_a_post);
    suite_add_tcase(s, c);
    c = tcase_create("keys");
    tcase_add_loop_test(c, an_unknown_key_is_refused_with_what_exists, 0,
                        sizeof(refusals) / sizeof(refusals[0]));
    suite_add_tcase(s, c);
    return test_main(s);
}
