/* test_crowd.c - the social network and its changes: connections of its users, the share between
 * communities, users that join, a celebrity that appears, timelines that fill up. */
#include <math.h>

#include "proto/command.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"
#include "tests/workloads/clustering.h"
#include "workloads/generate/crowd.h"
#include "workloads/generate/timelines.h"
#include "workloads/place/outlook.h"

enum { RW = ACCESS_READ | ACCESS_WRITE };

static struct crowd crowd_of(uint32_t first, uint32_t users, uint32_t communities,
                             const struct crowd_parameters *h)
{
    struct crowd c;
    struct error e = {""};
    struct random random = random_named(5, "test", "crowd");
    crowd_init(&c, first, users, communities);
    ck_assert_msg(crowd_grow(&c, h, &random, &e) == 0, "%s", e.text);
    return c;
}

struct connections {
    uint64_t all, abroad; /* each counted once */
};

static struct connections count_connections(const struct crowd *c)
{
    struct connections n = {0};
    for (uint32_t u = 0; u < c->users; u++)
        for (uint32_t i = 0; i < c->social.followers[u].count; i++) {
            uint32_t w = c->social.followers[u].user[i];
            ck_assert(social_follows(&c->social, u, w)); /* mutual */
            n.all += u < w;
            n.abroad += u < w && crowd_community(c, u) != crowd_community(c, w);
        }
    return n;
}

/* --- connections ----------------------------------------------------------------------------- */

static const double cuts[] = {0, 0.01, 0.05, 0.1, 0.5};

/* No user gains or loses a connection, except the one that gets an odd last connection. */
START_TEST(connections_between_communities_have_exactly_the_requested_share)
{
    static const uint32_t communities[] = {2, 4, 64};
    for (int i = 0; i < 3; i++) {
        const struct crowd_parameters uncut = {5, 0.6, 0}, cut = {5, 0.6, cuts[_i]};
        struct crowd before = crowd_of(4000, 4000, communities[i], &uncut);
        struct crowd after = crowd_of(4000, 4000, communities[i], &cut);
        struct connections n = count_connections(&after);
        ck_assert_uint_eq(n.all, count_connections(&before).all);
        ck_assert_uint_eq(n.abroad, (uint64_t)((double)n.all * cuts[_i] + 0.5));
        uint32_t changed = 0;
        for (uint32_t u = 0; u < 4000; u++)
            changed += before.social.followers[u].count != after.social.followers[u].count;
        ck_assert_uint_le(changed, 2);
        crowd_finish(&before);
        crowd_finish(&after);
    }
}
END_TEST

/* Two pairs can exchange partners, and no connection remains within a community. */
START_TEST(all_connections_of_the_smallest_network_can_be_cut)
{
    const struct crowd_parameters h = {0.5, 0, 1};
    struct crowd c = crowd_of(4, 4, 2, &h);
    struct connections n = count_connections(&c);
    ck_assert(n.all == 2 && n.abroad == 2);
    crowd_finish(&c);
}
END_TEST

START_TEST(clustering_increases_with_the_requested_clustering)
{
    double last = 0;
    for (int i = 0; i <= 4; i++) {
        const struct crowd_parameters h = {5, i / 4.0, 0};
        struct crowd c = crowd_of(4000, 4000, 1, &h);
        double found = clustering(&c.social);
        ck_assert_msg(found > last + (i > 0 ? 0.04 : 0), "%f after %f", found, last);
        last = found;
        crowd_finish(&c);
    }
}
END_TEST

static int descending(const void *a, const void *b)
{
    return (int)*(const uint32_t *)b - (int)*(const uint32_t *)a;
}

/* Hill's estimate from the 5 % with the most followers. Holme and Kim's graphs have a tail of
 * P(degree > d) ~ d^-2, whatever the clustering; a light tail would give a far larger exponent. */
START_TEST(the_number_of_followers_has_a_power_law_tail)
{
    enum { USERS = 20000, TAIL = USERS / 20 };
    static uint32_t degree[USERS];
    static const double asked[] = {0, 0.6, 1};
    const struct crowd_parameters h = {5, asked[_i], 0};
    struct crowd c = crowd_of(USERS, USERS, 1, &h);
    double sum = 0;
    for (uint32_t u = 0; u < USERS; u++) degree[u] = c.social.followers[u].count;
    qsort(degree, USERS, sizeof(*degree), descending);
    for (int i = 0; i < TAIL; i++) sum += log((double)degree[i] / degree[TAIL]);
    double exponent = TAIL / sum;
    ck_assert_msg(exponent > 1.6 && exponent < 2.4, "%f", exponent);
    crowd_finish(&c);
}
END_TEST

/* --- growth ---------------------------------------------------------------------------------- */

START_TEST(users_that_join_connect_like_initial_users)
{
    const struct crowd_parameters h = {5, 0.6, 0.1};
    struct crowd c = crowd_of(2000, 6000, 8, &h);
    struct random random = random_named(1, "test", "join");
    uint64_t before = count_connections(&c).all;
    crowd_expect_joins(&c);
    for (uint32_t i = 2000; i < 6000; i++) {
        ck_assert_uint_eq(c.joined_sum, i);
        uint32_t u = crowd_join(&c, &h, &random);
        ck_assert(crowd_has_joined(&c, u));
        uint32_t degree = c.social.followers[u].count;
        ck_assert_msg(degree == 5, "%u", degree);
    }
    for (uint32_t u = 0; u < 6000; u++) ck_assert(crowd_has_joined(&c, u));
    struct connections n = count_connections(&c);
    ck_assert_uint_eq(n.all, before + 4000 * 5);
    double abroad = (double)n.abroad / (double)n.all;
    ck_assert_msg(fabs(abroad - 0.1) < 0.01, "%f", abroad);
    uint32_t most = 0;
    for (uint32_t u = 0; u < 6000; u++)
        if (c.social.followers[u].count > most) most = c.social.followers[u].count;
    ck_assert_uint_gt(most, 80); /* the mean is 10 */
    crowd_finish(&c);
}
END_TEST

static void next_is(struct workload *w, struct trace_command *c)
{
    struct error e = {""};
    ck_assert_msg(workload_next(w, c, &e) == 1, "%s", e.text);
}

static bool is_kind(const struct workload *w, const struct trace_command *c, const char *kind)
{
    return strcmp(names_get(workload_catalogue(w)->kinds, c->kind), kind) == 0;
}

/* The user whose variable the command accesses in this way; UINT32_MAX: none. */
static uint32_t user_of(const struct trace_command *c, uint8_t mode)
{
    for (uint32_t i = 0; i < c->access_count; i++)
        if (c->accesses[i].mode == mode) return c->accesses[i].variable;
    return UINT32_MAX;
}

/* A hundredth of 20000 commands, each creating a user that no command has accessed before; users
 * that are never created exist from the start. */
START_TEST(a_growing_network_gains_users_at_the_requested_rate)
{
    struct workload *w =
        must_open("chirper:users=500,growth=1%,commands=20k,communities=4,cut=5%", 3);
    static bool accessed[700], created[700];
    struct trace_command c;
    uint32_t joins = 0;
    ck_assert_uint_eq(names_count(workload_catalogue(w)->variables), 700);
    for (int i = 0; i < 20000; i++) {
        next_is(w, &c);
        uint32_t newcomer = user_of(&c, ACCESS_CREATE);
        ck_assert(is_kind(w, &c, "join") == (newcomer != UINT32_MAX));
        if (newcomer != UINT32_MAX) {
            ck_assert(!accessed[newcomer] && !created[newcomer]);
            ck_assert_uint_gt(c.access_count, 1);
            created[newcomer] = true;
            joins++;
        }
        for (uint32_t a = 0; a < c.access_count; a++) accessed[c.accesses[a].variable] = true;
        ck_assert_uint_eq(joins, (uint32_t)(i + 1) / 100);
    }
    workload_close(w);
}
END_TEST

/* No user is connected to another community, whether it joins or not. */
START_TEST(growth_without_a_cut_connects_no_communities)
{
    struct workload *w = must_open("chirper:users=500,growth=5%,commands=10k,communities=4", 3);
    struct trace_command c;
    for (int i = 0; i < 10000; i++) {
        next_is(w, &c);
        for (uint32_t a = 1; a < c.access_count; a++)
            ck_assert_uint_eq(c.accesses[a].variable * 4 / 1000, c.accesses[0].variable * 4 / 1000);
    }
    workload_close(w);
}
END_TEST

/* Few users have joined when it begins, and the most active join later. */
START_TEST(a_growing_network_can_begin_with_four_users)
{
    struct workload *w = must_open("chirper:users=4,communities=1,degree=2,zipf=10,growth=50%,"
                                   "commands=4k",
                                   1);
    uint64_t count;
    stream_fingerprint(w, UINT64_MAX, &count);
    ck_assert_uint_eq(count, 4000);
    workload_close(w);
}
END_TEST

START_TEST(an_imported_network_can_grow)
{
    char *directory = test_scratch_directory(), spec[600];
    const char *path = path_in(directory, "edges");
    write_text(path, "# FromNodeId ToNodeId\n1 2\n2 3\n3 1\n3 4\n");
    snprintf(spec, sizeof(spec), "chirper:graph=%s,growth=50%%,commands=10", path);
    struct workload *w = must_open(spec, 1);
    const struct catalogue *k = workload_catalogue(w);
    struct trace_command c;
    ck_assert_uint_eq(names_count(k->variables), 4 + 5);
    ck_assert_str_eq(names_get(k->variables, 4), "new0");
    for (uint32_t i = 0; i < 10; i++) {
        next_is(w, &c);
        uint32_t newcomer = user_of(&c, ACCESS_CREATE);
        ck_assert_uint_eq(newcomer, i % 2 ? 4 + i / 2 : UINT32_MAX);
        ck_assert(newcomer == UINT32_MAX || c.access_count >= 2);
    }
    workload_close(w);
    free(directory);
}
END_TEST

/* --- the celebrity ------------------------------------------------------------------------------
 */

/* From the tenth second on: a fifth of the commands are its posts, a tenth new followers. */
START_TEST(a_celebrity_appears_and_gains_followers)
{
    enum { RATE = 1000, AT = 10 * RATE, AFTER = 5000, USERS = 2000 };
    struct workload *w = must_open("chirper:users=2000,cut=5%,rate=1k/s,celebrity-at=10s,"
                                   "celebrity-posts=20%,celebrity-follows=10%",
                                   2);
    static uint32_t before[USERS], after[USERS], follows[USERS], audience[2][AFTER];
    struct trace_command c;
    for (int i = 0; i < AT + AFTER; i++) {
        next_is(w, &c);
        ck_assert_uint_eq(c.at_ns, (uint64_t)i * 1000000);
        uint32_t author = is_kind(w, &c, "post") ? user_of(&c, ACCESS_READ) : UINT32_MAX;
        if (author != UINT32_MAX) (i < AT ? before : after)[author]++;
        if (author != UINT32_MAX && i >= AT) audience[0][i - AT] = author;
        if (i >= AT) audience[1][i - AT] = c.access_count - 1;
        if (i >= AT && is_kind(w, &c, "follow"))
            for (uint32_t a = 0; a < 2; a++) follows[c.accesses[a].variable]++;
    }
    uint32_t star = 0;
    for (uint32_t u = 0; u < USERS; u++) star = after[u] > after[star] ? u : star;
    ck_assert_uint_lt(before[star], 100); /* of ten thousand commands */
    ck_assert_msg(abs((int)after[star] - AFTER / 5) < 150, "%u", after[star]);
    ck_assert_msg(abs((int)follows[star] - AFTER / 10) < 110, "%u", follows[star]);
    uint32_t first = 0, last = 0;
    for (int i = 0; i < AFTER; i++) {
        if (audience[0][i] != star || audience[1][i] == 0) continue;
        if (first == 0) first = audience[1][i];
        last = audience[1][i];
    }
    ck_assert_msg(last > first + follows[star] / 2, "%u %u %u", first, last, follows[star]);
    workload_close(w);
}
END_TEST

/* All users follow it in the end, and the stream continues. */
START_TEST(a_celebrity_has_no_more_followers_than_there_are_users)
{
    struct workload *w = must_open("chirper:users=50,communities=1,degree=4,mix=timeline,"
                                   "celebrity-at=1k,celebrity-posts=10%,celebrity-follows=90%",
                                   2);
    struct trace_command c;
    uint32_t most = 0;
    for (int i = 0; i < 5000; i++) {
        next_is(w, &c);
        ck_assert(i >= 1000 || is_kind(w, &c, "timeline"));
        most = c.access_count > most ? c.access_count : most;
    }
    ck_assert_uint_eq(most, 50);
    workload_close(w);
}
END_TEST

/* --- timelines ----------------------------------------------------------------------------------
 */

START_TEST(a_timeline_holds_the_last_posts)
{
    struct timelines t;
    timelines_init(&t, 4, 3);
    for (uint32_t author = 1; author <= 3; author++) timelines_push(&t, 0, author);
    timelines_push(&t, 0, 3); /* that of 1 leaves */
    ck_assert_uint_eq(t.of[0].count, 3);
    timelines_unfollow(&t, 0, 1);
    ck_assert_uint_eq(t.of[0].count, 3);
    timelines_unfollow(&t, 0, 3); /* 2 is left */
    ck_assert_uint_eq(t.of[0].count, 1);
    for (int i = 0; i < 5; i++) timelines_post(&t, 3);
    timelines_follow(&t, 0, 3); /* as many as the timeline holds */
    ck_assert_uint_eq(t.of[0].count, 3);
    timelines_unfollow(&t, 0, 2);
    ck_assert_uint_eq(t.of[0].count, 2);
    timelines_finish(&t);
}
END_TEST

/* The size of reads grows from 0 to the cap, and no further. */
START_TEST(timelines_fill_up_to_the_cap)
{
    struct workload *w = must_open("chirper:users=200,communities=1,zipf=0,timeline=50,post=50,"
                                   "follow=10,unfollow=10,timeline-cap=12",
                                   1);
    struct trace_command c;
    uint32_t least = UINT32_MAX, most = 0;
    for (int i = 0; i < 5000; i++) {
        next_is(w, &c);
        if (!is_kind(w, &c, "timeline")) continue;
        ck_assert_uint_eq((c.reply_bytes - 64) % 140, 0);
        least = c.reply_bytes < least ? c.reply_bytes : least;
        most = c.reply_bytes > most ? c.reply_bytes : most;
    }
    ck_assert_uint_eq(least, 64);
    ck_assert_uint_eq(most, 64 + 12 * 140);
    ck_assert_uint_eq(workload_catalogue(w)->variable_bytes[7], 12 * 140);
    workload_close(w);
}
END_TEST

/* --- mixes and locality -------------------------------------------------------------------------
 */

static const struct {
    const char *mix;
    double share[5]; /* timeline, post, follow, unfollow, follow-noop */
} mixes[] = {
    {"dssmr", {0.85, 0.075, 0.0375, 0.0375, 0}},
    {"dynastar", {0.85, 0.15, 0, 0, 0}},
    {"timeline", {1, 0, 0, 0, 0}},
    {"post", {0, 1, 0, 0, 0}},
    {"follow", {0, 0, 0.5, 0.5, 0}},
    {"follow-noop", {0, 0, 0, 0, 1}},
    {"dynastar,post=85", {0.5, 0.5, 0, 0, 0}},
};
enum { MIXES = sizeof(mixes) / sizeof(mixes[0]) };

START_TEST(the_papers_mixes_have_their_shares)
{
    enum { COMMANDS = 50000 };
    char spec[100];
    snprintf(spec, sizeof(spec), "chirper:users=1000,mix=%s", mixes[_i].mix);
    struct workload *w = must_open(spec, 1);
    uint64_t counts[5] = {0};
    struct trace_command c;
    for (int i = 0; i < COMMANDS; i++) {
        next_is(w, &c);
        counts[c.kind]++;
    }
    for (int k = 0; k < 5; k++) { /* within five standard deviations */
        double mean = COMMANDS * mixes[_i].share[k];
        ck_assert_double_le(fabs((double)counts[k] - mean),
                            5 * sqrt(mean * (1 - mixes[_i].share[k])));
    }
    workload_close(w);
}
END_TEST

/* The share of posts on several of four partitions, placed by communities. */
static double left_by_metis(const char *spec)
{
    struct error e = {""};
    struct workload *w = must_open(spec, 1);
    struct outlook o;
    const struct outlook_setup setup = {w, 8000, 0.1, 1, NULL};
    ck_assert_msg(outlook_compute(&setup, &o, &e) == 0, "%s", e.text);
    double left = (double)o.trial[OUTLOOK_FUTURE][1].multi / (double)o.commands;
    outlook_finish(&o);
    workload_close(w);
    return left;
}

START_TEST(strong_locality_can_be_partitioned_and_weak_cannot)
{
    double strong = left_by_metis("chirper:users=4000,mix=post,zipf=0,locality=strong");
    double weak = left_by_metis("chirper:users=4000,mix=post,zipf=0,locality=weak");
    ck_assert_msg(strong < 0.01 && weak > 0.5, "%f %f", strong, weak);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("crowd");
    TCase *c = tcase_create("connections");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, connections_between_communities_have_exactly_the_requested_share, 0, 5);
    tcase_add_test(c, all_connections_of_the_smallest_network_can_be_cut);
    tcase_add_test(c, clustering_increases_with_the_requested_clustering);
    tcase_add_loop_test(c, the_number_of_followers_has_a_power_law_tail, 0, 3);
    suite_add_tcase(s, c);
    c = tcase_create("growth");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, users_that_join_connect_like_initial_users);
    tcase_add_test(c, a_growing_network_gains_users_at_the_requested_rate);
    tcase_add_test(c, growth_without_a_cut_connects_no_communities);
    tcase_add_test(c, a_growing_network_can_begin_with_four_users);
    tcase_add_test(c, an_imported_network_can_grow);
    suite_add_tcase(s, c);
    c = tcase_create("celebrity");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_celebrity_appears_and_gains_followers);
    tcase_add_test(c, a_celebrity_has_no_more_followers_than_there_are_users);
    suite_add_tcase(s, c);
    c = tcase_create("workload");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_timeline_holds_the_last_posts);
    tcase_add_test(c, timelines_fill_up_to_the_cap);
    tcase_add_loop_test(c, the_papers_mixes_have_their_shares, 0, MIXES);
    tcase_add_test(c, strong_locality_can_be_partitioned_and_weak_cannot);
    suite_add_tcase(s, c);
    return test_main(s);
}
