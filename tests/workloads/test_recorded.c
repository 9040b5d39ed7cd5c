/* test_recorded.c - the public data sets, which are optional and beside the source tree: read
 * completely. */
#include "proto/command.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"
#include "workloads/import/interactions.h"
#include "workloads/place/access_graph.h"

enum { HIGGS, COLLEGE, FACEBOOK, FILES };

static const char *const relative[FILES] = {"higgs-activity/higgs-activity_time.txt.gz",
                                            "collegemsg/CollegeMsg.txt.gz",
                                            "facebook-combined/facebook-combined.csv.gz"};
static char *path[FILES];

START_TEST(interactions_have_the_published_number)
{
    static const uint64_t commands[] = {460756, 59664};
    static const uint32_t users[] = {304691, 1899};
    static const uint64_t span_s[] = {604621, 16736181};
    struct error e = {""};
    struct workload *w = interactions_open(path[_i], "keep", 64, &e);
    ck_assert_msg(w != NULL, "%s", e.text);
    struct trace_command c;
    uint64_t count = 0, last_ns = 0;
    int got;
    while ((got = workload_next(w, &c, &e)) > 0) {
        count++;
        last_ns = c.at_ns;
    }
    ck_assert_msg(got == 0, "%s", e.text);
    ck_assert_uint_eq(count, commands[_i]);
    ck_assert_uint_eq(names_count(workload_catalogue(w)->variables), users[_i]);
    ck_assert_uint_eq(last_ns / 1000000000, span_s[_i]);
    workload_close(w);
}
END_TEST

START_TEST(the_friendship_graph_has_the_published_nodes_and_edges)
{
    char spec[600];
    snprintf(spec, sizeof(spec), "chirper:zipf=0,timeline=0,post=1,follow=0,unfollow=0,graph=%s",
             path[FACEBOOK]);
    struct workload *w = must_open(spec, 1);
    uint32_t users = names_count(workload_catalogue(w)->variables), most = 0;
    ck_assert_uint_eq(users, 4039);
    /* Reads posts until each user has posted; counts the followers of each once. */
    uint32_t *followers = calloc(users, sizeof(*followers)), seen = 0;
    uint64_t sum = 0;
    while (seen < users) {
        struct trace_command c;
        struct error e;
        ck_assert_int_eq(workload_next(w, &c, &e), 1);
        for (uint32_t a = 0; a < c.access_count; a++) {
            if (c.accesses[a].mode != ACCESS_READ || followers[c.accesses[a].variable] > 0)
                continue;
            followers[c.accesses[a].variable] = c.access_count - 1;
            sum += c.access_count - 1;
            most = c.access_count - 1 > most ? c.access_count - 1 : most;
            seen++;
        }
    }
    ck_assert_uint_eq(sum, 2 * 88234);
    ck_assert_uint_eq(most, 1045);
    free(followers);
    workload_close(w);
}
END_TEST

int main(void)
{
    int found = 0;
    for (int i = 0; i < FILES; i++) found += (path[i] = test_data_path(relative[i])) != NULL;
    if (found < FILES) {
        puts("1..0 # SKIP the recorded data are not beside the source tree (or in $AVIARY_DATA)");
        return 0;
    }
    Suite *s = suite_create("recorded");
    TCase *c = tcase_create("data sets");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, interactions_have_the_published_number, HIGGS, COLLEGE + 1);
    tcase_add_test(c, the_friendship_graph_has_the_published_nodes_and_edges);
    suite_add_tcase(s, c);
    int status = test_main(s);
    for (int i = 0; i < FILES; i++) free(path[i]);
    return status;
}
