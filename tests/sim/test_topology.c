/* test_topology.c - what a model says of sites: a matrix of latencies in a file, nodes placed there
 * with bandwidths of their own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/model.h"
#include "tests/lib/harness.h"
#include "tests/sim/refused.h"

#define GOOD "link.latency = constant 1us\n"
#define MATRIX GOOD "topology = matrix ping.txt\n"

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_msg(file != NULL, "%s", path);
    fputs(text, file);
    fclose(file);
}

/* Opens a model file in a folder with its matrix, ping.txt. */
static struct model *open_with(const char *model, const char *matrix, struct error *e)
{
    char *folder = test_scratch_directory(), path[512];
    write_file(folder, "mine.model", model);
    write_file(folder, "ping.txt", matrix);
    snprintf(path, sizeof path, "%s/mine.model", folder);
    struct model *m = model_open(path, e);
    free(folder);
    return m;
}

START_TEST(a_matrix_in_a_file_beside_the_model_names_sites_and_latencies)
{
    struct error e;
    struct model *m = open_with(MATRIX,
                                "# one way, to\n\n      eu   us  asia\n"
                                "us    41ms -   70ms   # from\r\n"
                                "eu\t100us 40ms 90ms\nasia  91ms 71ms -",
                                &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    ck_assert_uint_eq(m->sites, 3);
    ck_assert_str_eq(m->site_name[2], "asia");
    ck_assert_uint_eq(m->between[0][1].min_ns, 40000000);
    ck_assert_uint_eq(m->between[1][0].min_ns, 41000000);
    ck_assert_uint_eq(m->between[2][0].min_ns, 91000000);
    ck_assert_uint_eq(m->between[0][0].min_ns, 100000);
    ck_assert_uint_eq(m->between[1][1].min_ns, 1000); /* link.latency */
    model_close(m);
}
END_TEST

START_TEST(single_latencies_of_a_matrix_may_be_distributions)
{
    struct error e;
    struct model *m =
        open_with(MATRIX "region.eu.us = uniform 40ms 60ms\n", "eu us\neu - 1ms\nus 2ms -\n", &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    ck_assert_uint_eq(m->between[1][0].most_ns, 60000000);
    model_close(m);
}
END_TEST

START_TEST(another_topology_voids_what_was_said_of_the_first)
{
    struct error e;
    char text[] = GOOD "topology = regions a b c\nregion.a.b = constant 1ms\n"
                       "region.a.c = constant 1ms\nregion.b.c = constant 1ms\nplace.c* = c\n"
                       "topology = racks 2\n";
    ck_assert_ptr_null(model_parse(text, "mine", &e));
    ck_assert_ptr_nonnull(strstr(e.text, "every two sites"));
    char more[sizeof text + 64];
    snprintf(more, sizeof more, "%srack.latency = constant 3us\n", text);
    struct model *m = model_parse(more, "mine", &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    ck_assert_uint_eq(model_site(m, "c0", 5), 1);
    model_close(m);
}
END_TEST

START_TEST(a_bad_matrix_is_refused_with_file_line_and_column)
{
    static const struct {
        const char *text, *place, *expected;
    } bad[] = {
        {"", "ping.txt", "the names of sites"},
        {"# nothing\n", "ping.txt", "the names of sites"},
        {"eu\n", "ping.txt:1: column 3", "two sites"},
        {"eu us eu\n", "ping.txt:1: column 7", "each site once, found `eu`"},
        {"eu e.u\n", "ping.txt:1: column 4", "the name of a site, found `e.u`"},
        {"eu us\nap 1ms 1ms\n", "ping.txt:2: column 1", "a site of the first line, found `ap`"},
        {"eu us\neu - 1ms\neu - 1ms\n", "ping.txt:3: column 1", "one line for each site"},
        {"eu us\neu -\n", "ping.txt:2: column 5", "every site, found the end of the line"},
        {"eu us\neu - 1ms 2ms\n", "ping.txt:2: column 10", "the end of the line, found `2ms`"},
        {"eu us\neu - 40\n", "ping.txt:2: column 6", "40"},
        {"eu us\neu - -\n", "ping.txt:2: column 6", "-"},
        {"eu us\neu - 0\n", "ping.txt:2: column 6", "a latency above 0"},
        {"eu us\neu - 1ms\n", "ping.txt", "a line of `us`"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct error e;
        ck_assert_ptr_null(open_with(MATRIX, bad[i].text, &e));
        ck_assert_msg(strstr(e.text, "mine.model:2: topology: ") != NULL, "%zu: %s", i, e.text);
        ck_assert_msg(strstr(e.text, bad[i].place) != NULL, "%zu: %s", i, e.text);
        ck_assert_msg(strstr(e.text, bad[i].expected) != NULL, "%zu: %s", i, e.text);
    }
}
END_TEST

START_TEST(a_missing_matrix_is_named_with_its_folder)
{
    struct error e;
    ck_assert_ptr_null(open_with(GOOD "topology = matrix pong.txt\n", "", &e));
    ck_assert_ptr_nonnull(strstr(e.text, "/pong.txt"));
    ck_assert_ptr_nonnull(strstr(e.text, "mine.model:2: topology: "));
}
END_TEST

/* Replicas by their number in the group, clients by their own; rules come before. */
START_TEST(places_and_bandwidths_are_those_of_the_last_rule_that_matches)
{
    struct error e;
    struct model *m = model_parse(GOOD "topology = racks 3\nrack.latency = constant 3us\n"
                                       "place.p1.* = 2\nplace.*.r1 = 0\nlink.bandwidth = 1Gbps\n"
                                       "link.bandwidth.c* = 10Gbps\nlink.bandwidth.c7 = 0\n",
                                  "mine", &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    ck_assert_uint_eq(model_site(m, "p0.r2", 2), 2);
    ck_assert_uint_eq(model_site(m, "p1.r0", 0), 2);
    ck_assert_uint_eq(model_site(m, "p1.r1", 1), 0);
    ck_assert_uint_eq(model_site(m, "c4", 4), 1);
    ck_assert_uint_eq(model_bandwidth(m, "p0.r0"), 1000000000);
    ck_assert_uint_eq(model_bandwidth(m, "c6"), 10000000000);
    ck_assert_uint_eq(model_bandwidth(m, "c7"), 0);
    model_close(m);
}
END_TEST

START_TEST(a_trunk_has_one_bandwidth_in_both_directions)
{
    struct error e;
    struct model *m = model_parse(GOOD "topology = regions a b c\nregion.a.b = constant 1ms\n"
                                       "region.a.c = constant 1ms\nregion.b.c = constant 1ms\n"
                                       "trunk.bandwidth.c.b = 100Mbps\ntrunk.bandwidth = 1Gbps\n",
                                  "mine", &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    ck_assert_uint_eq(m->trunk[1][2], 100000000);
    ck_assert_uint_eq(m->trunk[2][1], 100000000);
    ck_assert_uint_eq(m->trunk[0][2], 1000000000);
    ck_assert_uint_eq(m->trunk[0][0], 0); /* within a site */
    model_close(m);
}
END_TEST

/* Two regions that all nodes are placed in, at 8 ns a byte and for clients at 80: the third counts
 * no more. */
START_TEST(the_longest_latency_is_that_between_sites_with_nodes)
{
    struct error e;
    struct model *m = model_parse(GOOD "topology = regions a b c\nregion.a.b = constant 1ms\n"
                                       "region.a.c = constant 9ms\nregion.b.c = constant 2ms\n"
                                       "place.p* = b\nplace.c* = c\nlink.bandwidth = 1Gbps\n"
                                       "link.bandwidth.c* = 100Mbps\n",
                                  "mine", &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    struct topology t = {.groups = 1, .replicas = 3, .clients = 2};
    ck_assert_uint_eq(model_latency_ns(m, &t, 0), 2000000 + 2 * 5 * 128 * 80);
    model_close(m);
}
END_TEST

/* At 8 ns a byte, at an uplink and a downlink: a small message of each node, and bursts of both
 * leaders; no more than a queue holds. */
START_TEST(the_longest_latency_includes_shared_uplinks_and_trunks)
{
    static const char sites[] = GOOD "topology = racks 2\nrack.latency = constant 5us\n"
                                     "uplink.bandwidth = 1Gbps\n";
    struct error e;
    struct topology t = {.groups = 2, .replicas = 3, .clients = 4};
    struct model *m = model_parse(sites, "mine", &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    ck_assert_uint_eq(model_latency_ns(m, &t, 0), 5000 + 2 * 8 * 10 * 128);
    ck_assert_uint_eq(model_burst_ns(m, &t, 1024), UINT64_C(2) * 8 * 2 * (2 * 144 * 1024));
    model_close(m);
    char more[sizeof sites + 64];
    snprintf(more, sizeof more, "%suplink.bandwidth.1 = 500Mbps\n", sites);
    m = model_parse(more, "mine", &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    ck_assert_uint_eq(model_latency_ns(m, &t, 0), 5000 + 2 * 16 * 10 * 128);
    model_close(m);
    snprintf(more, sizeof more, "%strunk.bandwidth.0.1 = 250Mbps\n", sites);
    m = model_parse(more, "mine", &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    ck_assert_uint_eq(model_latency_ns(m, &t, 0), 5000 + (2 * 8 + 32) * 10 * 128);
    model_close(m);
    snprintf(more, sizeof more, "%suplink.queue = drop 1kB\n", sites);
    m = model_parse(more, "mine", &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    ck_assert_uint_eq(model_latency_ns(m, &t, 0), 5000 + 2 * 8 * 1000);
    ck_assert_uint_eq(model_burst_ns(m, &t, 1024), 2 * 8 * 1000);
    model_close(m);
}
END_TEST

START_TEST(bad_lines_about_sites_are_refused)
{
    static const struct refused_model bad[] = {
        {GOOD "topology = matrix\n", "mine:2: topology", "matrix FILE"},
        {GOOD "topology = regions eu eu\n", "mine:2: topology", "each name once"},
        {GOOD "topology = regions e.u us\n", "mine:2: topology", "without dots"},
        {GOOD "place.p0.* = eu\n", "mine:2: place.p0.*", "before"},
        {GOOD "topology = regions eu us\nplace.c* = ap\n", "mine:3: place.c*", "eu, us), found"},
        {GOOD "topology = racks 2\nplace.client* = 0\n", "mine:3", "found `client*`"},
        {GOOD "topology = racks 2\nplace.oracle = 0\n", "mine:3", "found `oracle`"},
        {GOOD "topology = racks 2\nplace. = 0\n", "mine:3", "expected nodes"},
        {GOOD "link.bandwidth.x = 1Gbps\n", "mine:2", "found `x`"},
        {GOOD "link.bandwidth.c* = fast\n", "mine:2: link.bandwidth.c*", "fast"},
        {GOOD "uplink.bandwidth.eu = 1Gbps\n", "mine:2: uplink.bandwidth.eu", "before"},
        {GOOD "topology = racks 2\nuplink.bandwidth.2 = 1Gbps\n", "mine:3", "0, 1), found `2`"},
        {GOOD "topology = racks 2\nuplink.bandwidth.1 = 1\n", "mine:3", "1"},
        {GOOD "uplink.bandwidth = 1Gbps\n", "mine: uplink.bandwidth", "several sites"},
        {GOOD "uplink.queue = 1MB\n", "mine:2: uplink.queue", "delay or drop SIZE"},
        {GOOD "uplink.queue = drop 0\n", "mine:2: uplink.queue", "above 0"},
        {GOOD "uplink.queue = drop many\n", "mine:2: uplink.queue", "many"},
        {GOOD "uplink.queue = drop 1MB\n", "mine: uplink.queue", "uplink.bandwidth beside it"},
        {GOOD "trunk.bandwidth = 1Gbps\n", "mine: trunk.bandwidth", "several sites"},
        {GOOD "trunk.bandwidth.a.b = 1Gbps\n", "mine:2: trunk.bandwidth.a.b", "before"},
        {GOOD "topology = racks 2\ntrunk.bandwidth.0 = 1Gbps\n", "mine:3", "as `A.B`, found `0`"},
        {GOOD "topology = racks 2\ntrunk.bandwidth.0.2 = 1Gbps\n", "mine:3", "found `2`"},
        {GOOD "topology = racks 2\ntrunk.bandwidth.1.1 = 1Gbps\n", "mine:3", "two different"},
        {GOOD "topology = racks 2\ntrunk.bandwidth.0.1 = 1\n", "mine:3", "1"},
        {GOOD "trunk.queue = 1MB\n", "mine:2: trunk.queue", "delay or drop SIZE"},
        {GOOD "trunk.queue = drop 1MB\n", "mine: trunk.queue", "trunk.bandwidth beside it"},
    };
    expect_refused(bad, sizeof bad / sizeof *bad);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("topology");
    TCase *c = tcase_create("topology");
    tcase_add_test(c, a_matrix_in_a_file_beside_the_model_names_sites_and_latencies);
    tcase_add_test(c, single_latencies_of_a_matrix_may_be_distributions);
    tcase_add_test(c, another_topology_voids_what_was_said_of_the_first);
    tcase_add_test(c, a_bad_matrix_is_refused_with_file_line_and_column);
    tcase_add_test(c, a_missing_matrix_is_named_with_its_folder);
    tcase_add_test(c, places_and_bandwidths_are_those_of_the_last_rule_that_matches);
    tcase_add_test(c, a_trunk_has_one_bandwidth_in_both_directions);
    tcase_add_test(c, the_longest_latency_is_that_between_sites_with_nodes);
    tcase_add_test(c, the_longest_latency_includes_shared_uplinks_and_trunks);
    tcase_add_test(c, bad_lines_about_sites_are_refused);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
