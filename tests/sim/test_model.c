/* test_model.c - distributions have their specified moments; model files are read strictly. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/model.h"
#include "tests/lib/harness.h"
#include "tests/sim/refused.h"

enum { DRAWS = 200000 };

/* ---- distributions ------------------------------------------------------------------------------
 */

static struct distribution parsed(const char *text)
{
    struct distribution d;
    struct error e;
    ck_assert_msg(distribution_parse(text, &d, &e) == 0, "%s", e.text);
    return d;
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* A sample, sorted. The caller frees. */
static uint64_t *sample(const struct distribution *d)
{
    struct random r = {99};
    uint64_t *draws = malloc(DRAWS * sizeof *draws);
    for (int i = 0; i < DRAWS; i++) draws[i] = distribution_draw(d, &r);
    qsort(draws, DRAWS, sizeof *draws, compare);
    return draws;
}

static double drawn(const uint64_t *draws, uint32_t at)
{
    return (double)draws[at];
}

static double mean_of(const uint64_t *draws)
{
    double sum = 0;
    for (int i = 0; i < DRAWS; i++) sum += (double)draws[i];
    return sum / DRAWS;
}

static void expect_near(double found, double expected, double share)
{
    ck_assert_double_ge(found, expected * (1 - share));
    ck_assert_double_le(found, expected * (1 + share));
}

START_TEST(a_constant_uses_no_random_numbers)
{
    struct distribution d = parsed("constant 50us");
    struct random r = {5};
    ck_assert_uint_eq(distribution_draw(&d, &r), 50000);
    ck_assert_uint_eq(r.state, 5);
    ck_assert_uint_eq(d.mean_ns, 50000);
    distribution_finish(&d);
}
END_TEST

START_TEST(a_uniform_distribution_has_its_bounds_mean_and_quartile)
{
    struct distribution d = parsed("uniform 40us 60us");
    uint64_t *draws = sample(&d);
    ck_assert_uint_ge(draws[0], 40000);
    ck_assert_uint_le(draws[DRAWS - 1], 60000);
    expect_near(mean_of(draws), 50000, 0.002);
    expect_near(drawn(draws, DRAWS / 4), 45000, 0.002);
    expect_near((double)d.mean_ns, 50000, 0.001);
    free(draws);
    distribution_finish(&d);
}
END_TEST

START_TEST(an_exponential_distribution_has_its_mean_and_tail)
{
    struct distribution d = parsed("exponential 40us mean 10us");
    uint64_t *draws = sample(&d);
    ck_assert_uint_ge(draws[0], 40000);
    expect_near(mean_of(draws) - 40000, 10000, 0.01);
    expect_near((double)d.mean_ns - 40000, 10000, 0.001);
    expect_near(drawn(draws, DRAWS / 2) - 40000, 10000 * log(2), 0.01);
    expect_near(drawn(draws, DRAWS - DRAWS / 1000) - 40000, 10000 * log(1000), 0.05);
    free(draws);
    distribution_finish(&d);
}
END_TEST

START_TEST(a_lognormal_distribution_has_its_median_and_tail)
{
    struct distribution d = parsed("lognormal 45us median 5us sigma 0.8");
    uint64_t *draws = sample(&d);
    ck_assert_uint_ge(draws[0], 45000);
    expect_near(drawn(draws, DRAWS / 2) - 45000, 5000, 0.01);
    expect_near(mean_of(draws) - 45000, 5000 * exp(0.8 * 0.8 / 2), 0.01);
    expect_near(drawn(draws, DRAWS - DRAWS / 100) - 45000, 5000 * exp(0.8 * 2.3263), 0.05);
    free(draws);
    distribution_finish(&d);
}
END_TEST

START_TEST(an_empirical_distribution_has_its_quantiles)
{
    struct distribution d = parsed("empirical 0:40us 0.5:48us 0.99:90us 1:2ms");
    uint64_t *draws = sample(&d);
    ck_assert_uint_ge(draws[0], 40000);
    ck_assert_uint_le(draws[DRAWS - 1], 2000000);
    expect_near(drawn(draws, DRAWS / 4), 44000, 0.005);
    expect_near(drawn(draws, DRAWS / 2), 48000, 0.005);
    expect_near(drawn(draws, DRAWS - DRAWS / 100), 90000, 0.05);
    free(draws);
    distribution_finish(&d);
}
END_TEST

/* The tail is resolved level by level, each a 16th as likely as the previous one. */
START_TEST(draws_reach_the_tail_beyond_one_in_65536)
{
    struct distribution d = parsed("exponential 0 mean 1ms");
    for (int level = 0; level < DISTRIBUTION_LEVELS; level++)
        expect_near((double)d.table[level][DISTRIBUTION_CELLS - 1], 1e6 * (8 + 4 * level) * log(2),
                    0.001);
    /* a stream whose next number begins with sixteen ones: beyond the quantile 1 - 2^-16 */
    struct random r = {1}, ahead = r;
    while (random_next(&ahead) >> 48 != 0xffff) r = ahead;
    ck_assert_uint_ge(distribution_draw(&d, &r), (uint64_t)(16e6 * log(2)) - 1);
    distribution_finish(&d);
}
END_TEST

START_TEST(the_maximum_is_the_bound_or_one_draw_in_a_million)
{
    static const struct {
        const char *text;
        uint64_t most_ns;
    } of[] = {
        {"constant 50us", 50000},
        {"uniform 40us 60us", 60000},
        {"empirical 0:40us 0.5:48us 0.9999999:90us 1:2ms", 2000000},
        {"exponential 40us mean 10us", 178629},                  /* 40 + 10 ln 2^20 */
        {"lognormal 45us median 5us sigma 0.8", 45000 + 225843}, /* e^(.8 * 4.7574) * 5 */
    };
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        struct distribution d = parsed(of[i].text);
        ck_assert_uint_ge(d.most_ns, of[i].most_ns - 1);
        ck_assert_uint_le(d.most_ns, of[i].most_ns + 1);
        distribution_finish(&d);
    }
}
END_TEST

START_TEST(a_bad_distribution_is_refused_with_what_was_expected)
{
    static const struct {
        const char *text, *expected;
    } bad[] = {
        {"", "constant, uniform"},
        {"gaussian 5us", "gaussian"},
        {"constant", "constant TIME"},
        {"constant 5", "5"},
        {"constant 5us 6us", "constant TIME"},
        {"uniform 60us 40us", "rises"},
        {"exponential 1us median 5us", "`mean`"},
        {"lognormal 1us median 0 sigma 1", "above zero"},
        {"lognormal 1us median 5us sigma wide", "wide"},
        {"lognormal 1us median 5us sigma -1", "above 0"},
        {"empirical 0:1us 0.5:2us", "from 0 to 1"},
        {"empirical 0:1us 0.5:2us 0.5:3us 1:4us", "rise"},
        {"empirical 0:3us 1:2us", "rise"},
        {"empirical 0 1:2us", "quantile:time"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct distribution d;
        struct error e;
        ck_assert_int_eq(distribution_parse(bad[i].text, &d, &e), -1);
        ck_assert_msg(strstr(e.text, bad[i].expected), "`%s`: %s", bad[i].text, e.text);
    }
}
END_TEST

/* ---- model files --------------------------------------------------------------------------------
 */

static const char *const shipped[] = {"cluster-2014", "ec2-2019", "rdma-r320", "rdma-xl170",
                                      "softroce"};
enum { SHIPPED = sizeof shipped / sizeof *shipped };

START_TEST(shipped_models_can_be_opened_and_have_all_costs)
{
    for (int i = 0; i < SHIPPED; i++) {
        struct error e;
        struct model *m = model_open(shipped[i], &e);
        ck_assert_msg(m != NULL, "%s", e.text);
        ck_assert_str_eq(m->name, shipped[i]);
        ck_assert_uint_gt(m->link.mean_ns, 0);
        ck_assert_uint_gt(m->bits_per_second, 0);
        ck_assert_uint_gt(m->replica.receive_ns, 0);
        ck_assert_uint_gt(model_execute_ns(m, "timeline"), 0);
        ck_assert_uint_gt(m->execute_default_ns, 0);
        ck_assert_uint_gt(m->timing.retry_ns, 2 * m->link.mean_ns);
        model_close(m);
    }
}
END_TEST

/* The gigabit cluster: about 50 us one way. RDMA: half of a 4.87 us round trip. */
START_TEST(shipped_latencies_are_near_the_published_ones)
{
    struct error e;
    struct model *cluster = model_open("cluster-2014", &e), *rdma = model_open("rdma-xl170", &e);
    ck_assert(cluster && rdma);
    expect_near((double)cluster->link.mean_ns, 50000, 0.05);
    expect_near((double)rdma->link.mean_ns, 2435, 0.05);
    expect_near((double)rdma->rdma.write.mean_ns, 2435, 0.05);
    expect_near((double)rdma->rdma.read.mean_ns, 3300, 0.05);
    model_close(cluster);
    model_close(rdma);
}
END_TEST

START_TEST(every_figure_of_a_shipped_model_has_its_source)
{
    for (int i = 0; i < SHIPPED; i++) {
        char name[64], line[256];
        snprintf(name, sizeof name, "sim/models/%s.model", shipped[i]);
        char *path = test_source_path(name);
        FILE *file = fopen(path, "r");
        ck_assert_msg(file != NULL, "%s", path);
        while (fgets(line, sizeof line, file)) {
            const char *equals = strchr(line, '='), *comment = strchr(line, '#');
            bool setting = equals && (!comment || equals < comment);
            ck_assert_msg(!setting || comment, "%s: %s", name, line);
        }
        fclose(file);
        free(path);
    }
}
END_TEST

#define GOOD "link.latency = constant 1us\n"

START_TEST(settings_override_the_values_of_a_model)
{
    struct error e;
    struct model *m = model_open(
        "cluster-2014:link.bandwidth=10Gbps,link.latency=constant 7us,cpu.cores = 2", &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    ck_assert_uint_eq(m->bits_per_second, 10000000000);
    ck_assert_uint_eq(m->link.min_ns, 7000);
    ck_assert_ptr_null(m->link.table);
    ck_assert_uint_eq(m->replica.cores, 2);
    model_close(m);
}
END_TEST

START_TEST(costs_of_a_client_default_to_those_of_a_replica)
{
    struct error e;
    struct model *m = model_parse(GOOD "host.cores = 2\nhost.clients = together\n"
                                       "host.slice = 3ms\ncpu.wake = 5us\ncpu.spin = 50us\n"
                                       "client.spin = 0\n",
                                  "mine", &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    ck_assert_uint_eq(m->host.cores, 2);
    ck_assert(m->host.clients_together);
    ck_assert_uint_eq(m->host.slice_ns, 3000000);
    ck_assert_uint_eq(m->client.wake_ns, 5000);
    ck_assert_uint_eq(m->replica.spin_ns, 50000);
    ck_assert_uint_eq(m->client.spin_ns, 0);
    model_close(m);
}
END_TEST

START_TEST(a_model_is_opened_by_its_path)
{
    char *directory = test_scratch_directory(), path[512];
    snprintf(path, sizeof path, "%s/mine.model", directory);
    FILE *file = fopen(path, "w");
    fputs("link.latency = constant 1ms # guessed\n\n  # more\ncpu.receive=3us\r\n"
          "client.send = 9us\nexecute.post = 5us\nexecute.default = 2us",
          file);
    fclose(file);
    struct error e;
    struct model *m = model_open(path, &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    ck_assert_str_eq(m->name, "mine");
    ck_assert_uint_eq(m->link.min_ns, 1000000);
    ck_assert_uint_eq(m->client.receive_ns, 3000); /* as the replicas */
    ck_assert_uint_eq(m->client.send_ns, 9000);
    ck_assert_uint_eq(m->replica.send_ns, 0);
    ck_assert_uint_eq(model_execute_ns(m, "post"), 5000);
    ck_assert_uint_eq(model_execute_ns(m, "follow"), 2000);
    model_close(m);
    unlink(path);
    ck_assert_ptr_null(model_open(path, &e));
    ck_assert_ptr_nonnull(strstr(e.text, path));
    free(directory);
}
END_TEST

/* Send 2, copy 128 + 128 B at 4 us a KiB twice 1, twice 2 of wire for each node, the slowest link
 * 1000, wake 5, receive 3. Clients are in regions too; regions without nodes do not count. */
START_TEST(the_latency_is_the_sum_of_the_costs_of_a_small_message)
{
    struct error e;
    struct model *m =
        model_parse(GOOD "topology = regions a b c d\n"
                         "link.bandwidth = 1024Mbps\nlink.overhead = 128B\n"
                         "region.a.b = uniform 10us 500us\nregion.a.c = constant 1ms\n"
                         "region.b.c = constant 10us\nregion.a.d = constant 9ms\n"
                         "region.b.d = constant 9ms\nregion.c.d = constant 9ms\n"
                         "cpu.send = 1us\nclient.send = 2us\ncpu.per_kib = 4us\n"
                         "cpu.receive = 3us\nclient.wake = 5us\n",
                    "mine", &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    struct topology t = {.groups = 2, .replicas = 3, .clients = 2};
    ck_assert_uint_eq(model_latency_ns(m, &t, 0),
                      2000 + 1000 + 8 * 2000 + 1000000 + 8 * 2000 + 5000 + 3000 + 1000);
    t.replicas = 1;
    ck_assert_uint_eq(model_latency_ns(m, &t, 0),
                      2000 + 1000 + 4 * 2000 + 500000 + 4 * 2000 + 5000 + 3000 + 1000);
    t.clients = 4;
    ck_assert_uint_eq(model_latency_ns(m, &t, 0),
                      2000 + 1000 + 6 * 2000 + 9000000 + 6 * 2000 + 5000 + 3000 + 1000);
    model_close(m);
}
END_TEST

/* At 8 ns a byte: two full batches of 144 KiB, more than ten clients' replies of 1 KiB; and a batch
 * among twenty nodes' if the replies are of megabytes. */
START_TEST(a_burst_is_a_reply_to_every_client_or_a_batch_of_every_node)
{
    struct error e;
    struct model *m = model_parse(GOOD "link.bandwidth = 1Gbps\n", "mine", &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    struct topology t = {.groups = 2, .replicas = 5, .clients = 10};
    ck_assert_uint_eq(model_burst_ns(m, &t, 1024), UINT64_C(2) * 144 * 1024 * 8);
    ck_assert_uint_eq(model_burst_ns(m, &t, 4 << 20), UINT64_C(20) * 144 * 1024 * 8);
    model_close(m);
}
END_TEST

/* Six replicas and the thread of all clients on two cores: three others are on the same core. */
START_TEST(the_latency_on_a_shared_host_includes_waiting_for_a_core)
{
    struct error e;
    struct model *m = model_parse(GOOD "host.cores = 2\nhost.clients = together\n"
                                       "host.switch = 10us\nhost.rouse = 2us\nhost.slice = 1ms\n",
                                  "mine", &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    struct topology t = {.groups = 2, .replicas = 3, .clients = 64};
    ck_assert_uint_eq(model_latency_ns(m, &t, 0), 1000 + 2000 + 4 * 10000 + 3 * 1000000);
    model_close(m);
}
END_TEST

START_TEST(a_bad_model_is_refused_with_line_and_what_was_expected)
{
    static const struct refused_model bad[] = {
        {"", "mine", "link.latency"},
        {GOOD "cpu.recieve = 1us\n", "mine:2", "cpu.receive"},
        {GOOD "cpu.receive 1us\n", "mine:2", "key = value"},
        {GOOD "cpu.receive =  # nothing\n", "mine:2", "a value"},
        {GOOD "cpu.receive = 1\n", "mine:2: cpu.receive", "1"},
        {GOOD GOOD, "mine:2", "line 1"},
        {GOOD "cpu.cores = 0\n", "mine:2", "1 to 16"},
        {GOOD "execute.post = 25h\n", "mine:2", "at most 24h"},
        {GOOD "execute.default = 25h\n", "mine:2", "at most 24h"},
        {GOOD "link.bandwidth = 10\n", "mine:2", "10"},
        {GOOD "link.overhead = many\n", "mine:2", "many"},
        {GOOD "topology = torus\n", "mine:2", "flat, racks NUMBER, regions"},
        {GOOD "topology = racks 1\n", "mine:2", "2 to"},
        {GOOD "rack.latency = constant 1us\n", "mine:2", "topology"},
        {GOOD "topology = racks 2\n", "mine", "every two sites"},
        {GOOD "topology = regions eu us\nregion.eu.ap = constant 1ms\n", "mine:3",
         "eu, us), found `ap`"},
        {GOOD "heartbeat = 200ms\ntimeout.leader = 100ms\n", "mine", "timeout.leader"},
        {GOOD "heartbeat = 1ns\ntimeout.leader = 4us\n", "mine: timeout.leader", "5us"},
        {GOOD "name = two words\n", "mine:2", "two words"},
        {GOOD "host.cores = 2000\n", "mine:2: host.cores", "0 to 1024"},
        {GOOD "host.clients = alone\n", "mine:2: host.clients", "together or apart"},
        {GOOD "host.slice = 2\n", "mine:2: host.slice", "2"},
        {GOOD "host.cores = 2\ncpu.cores = 4\n", "mine: host.cores", "cpu.cores"},
        {GOOD "execute.post = fast\n", "mine:2: execute.post", "fast"},
    };
    expect_refused(bad, sizeof bad / sizeof *bad);
}
END_TEST

START_TEST(an_unknown_model_is_refused_with_the_list_of_models)
{
    struct error e;
    ck_assert_ptr_null(model_open("cluster-2041", &e));
    ck_assert_ptr_nonnull(strstr(e.text, "cluster-2041"));
    for (int i = 0; i < SHIPPED; i++) ck_assert_ptr_nonnull(strstr(e.text, shipped[i]));
}
END_TEST

static void count_line(void *context, const char *text)
{
    ck_assert_ptr_nonnull(strchr(text, ' '));
    ++*(int *)context;
}

START_TEST(shipped_models_are_listed)
{
    int lines = 0;
    model_list(count_line, &lines);
    ck_assert_int_eq(lines, SHIPPED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model");
    TCase *distributions = tcase_create("distributions");
    tcase_add_test(distributions, a_constant_uses_no_random_numbers);
    tcase_add_test(distributions, a_uniform_distribution_has_its_bounds_mean_and_quartile);
    tcase_add_test(distributions, an_exponential_distribution_has_its_mean_and_tail);
    tcase_add_test(distributions, a_lognormal_distribution_has_its_median_and_tail);
    tcase_add_test(distributions, an_empirical_distribution_has_its_quantiles);
    tcase_add_test(distributions, draws_reach_the_tail_beyond_one_in_65536);
    tcase_add_test(distributions, the_maximum_is_the_bound_or_one_draw_in_a_million);
    tcase_add_test(distributions, a_bad_distribution_is_refused_with_what_was_expected);
    suite_add_tcase(suite, distributions);
    TCase *files = tcase_create("files");
    tcase_add_test(files, shipped_models_can_be_opened_and_have_all_costs);
    tcase_add_test(files, shipped_latencies_are_near_the_published_ones);
    tcase_add_test(files, every_figure_of_a_shipped_model_has_its_source);
    tcase_add_test(files, settings_override_the_values_of_a_model);
    tcase_add_test(files, costs_of_a_client_default_to_those_of_a_replica);
    tcase_add_test(files, a_model_is_opened_by_its_path);
    tcase_add_test(files, the_latency_is_the_sum_of_the_costs_of_a_small_message);
    tcase_add_test(files, a_burst_is_a_reply_to_every_client_or_a_batch_of_every_node);
    tcase_add_test(files, the_latency_on_a_shared_host_includes_waiting_for_a_core);
    tcase_add_test(files, a_bad_model_is_refused_with_line_and_what_was_expected);
    tcase_add_test(files, an_unknown_model_is_refused_with_the_list_of_models);
    tcase_add_test(files, shipped_models_are_listed);
    suite_add_tcase(suite, files);
    return test_main(suite);
}
