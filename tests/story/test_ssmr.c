/* S-SMR: values and signals that partitions exchange, their cost, and the bugs that the checkers
 * detect. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/schemes/plants.h"
#include "proto/order/basecast.h"
#include "tests/lib/harness.h"
#include "tests/lib/sources.h"
#include "tests/lib/world.h"

#define MS UINT64_C(1000000)
enum { RW = ACCESS_READ | ACCESS_WRITE };

struct story {
    const struct scripted *commands;
    uint32_t count;
    uint32_t groups, clients;
    const struct plant *plant; /* NULL: none */
    const char *faults;
    bool open_loop;
};

/* Runs a script with steps of 1 ms; the world can be inspected until close_story(). */
static void run_script(struct world *w, struct script_source *source, const struct story *story)
{
    script_source_init(source, story->commands, story->count, story->clients);
    world_begin(w, &(struct world_setup){.scheme = "ssmr",
                                         .model = world_steps_model,
                                         .groups = story->groups,
                                         .replicas = 3,
                                         .clients = story->clients,
                                         .outstanding = story->open_loop ? 0 : 1,
                                         .source = &source->source,
                                         .plant = story->plant,
                                         .faults = story->faults,
                                         .seed = 1});
    ck_assert(world_run(w, 60000 * MS));
}

static void close_story(struct world *w, struct script_source *source)
{
    world_end(w);
    script_source_finish(source);
}

static const struct scripted local = {.client = 0,
                                      .accesses = {{.variable = 0, .group = 0, .mode = RW}}};
static const struct scripted exchanging = {
    .client = 0,
    .accesses = {{.variable = 0, .group = 0, .mode = RW}, {.variable = 1, .group = 1, .mode = RW}}};
static const struct scripted over_three = {.client = 0,
                                           .accesses = {{.variable = 0, .group = 0, .mode = RW},
                                                        {.variable = 1, .group = 1, .mode = RW},
                                                        {.variable = 2, .group = 2, .mode = RW}}};

START_TEST(a_local_command_needs_no_other_partition)
{
    struct world w;
    struct script_source source;
    run_script(&w, &source, &(struct story){&local, 1, 3, 1, NULL, NULL, false});
    ck_assert_ptr_null(world_check(&w));
    ck_assert_uint_eq(sim_stats(w.cluster.sim)->kind_count[MESSAGE_VALUES], 0);
    ck_assert_uint_eq(sim_stats(w.cluster.sim)->kind_count[MESSAGE_HARD], 0);
    /* START, ACCEPT, ACCEPTED, REPLY: four steps of 1 ms. */
    ck_assert_double_eq_tol(w.result.latency.mean_us, 4000, 40);
    close_story(&w, &source);
}
END_TEST

START_TEST(values_cross_once_per_ordered_pair)
{
    /* k (k - 1) r messages: one designated sender in each partition, all replicas of each other. */
    struct world w;
    struct script_source source;
    run_script(&w, &source, &(struct story){&over_three, 1, 3, 1, NULL, NULL, false});
    ck_assert_ptr_null(world_check(&w));
    ck_assert_uint_eq(sim_stats(w.cluster.sim)->kind_count[MESSAGE_VALUES], 3 * 2 * 3);
    ck_assert_uint_eq(sim_stats(w.cluster.sim)->kind_count[MESSAGE_REPLY], 1);
    close_story(&w, &source);
}
END_TEST

START_TEST(the_client_waits_six_steps_a_signal_and_a_reply)
{
    struct world w;
    struct script_source source;
    run_script(&w, &source, &(struct story){&exchanging, 1, 2, 1, NULL, NULL, false});
    ck_assert_ptr_null(world_check(&w));
    ck_assert_double_eq_tol(w.result.latency.mean_us, 8000, 80);
    close_story(&w, &source);
}
END_TEST

START_TEST(a_data_free_command_waits_for_signals)
{
    static const struct scripted data_free = {
        .client = 0,
        .accesses = {{.variable = 0, .group = 0, .mode = ACCESS_WRITE},
                     {.variable = 1, .group = 1, .mode = ACCESS_WRITE}}};
    struct world w;
    struct script_source source;
    run_script(&w, &source, &(struct story){&data_free, 1, 2, 1, NULL, NULL, false});
    ck_assert_ptr_null(world_check(&w));
    ck_assert_double_eq_tol(w.result.latency.mean_us, 8000, 80);
    close_story(&w, &source);
    run_script(&w, &source,
               &(struct story){&data_free, 1, 2, 1, plant_find("no-signals"), NULL, false});
    world_check(&w);
    ck_assert_double_eq_tol(w.result.latency.mean_us, 7000, 70);
    ck_assert_uint_eq(sim_stats(w.cluster.sim)->kind_count[MESSAGE_VALUES], 0);
    close_story(&w, &source);
}
END_TEST

START_TEST(a_designated_sender_that_crashes_is_replaced)
{
    /* At 6.5 ms p0.r0 has started the command and p1 waits for its values, which were never sent.
     */
    struct world w;
    struct script_source source;
    run_script(&w, &source,
               &(struct story){&exchanging, 1, 2, 1, NULL, "at 5.5ms crash p0.r0\n", false});
    ck_assert_ptr_null(world_check(&w));
    ck_assert_uint_eq(w.result.commands, 1);
    close_story(&w, &source);
}
END_TEST

START_TEST(a_lost_value_is_requested)
{
    struct world w;
    struct script_source source;
    run_script(
        &w, &source,
        &(struct story){&exchanging, 1, 2, 1, NULL, "at 5.5ms cut p0.* p1.* for 50ms\n", false});
    ck_assert_ptr_null(world_check(&w));
    ck_assert_uint_ge(sim_stats(w.cluster.sim)->kind_count[MESSAGE_NEED], 1);
    close_story(&w, &source);
}
END_TEST

/* p1 requests a value that takes fifty times as long as usual, and p0's leader answers that it has
 * been sent: it is not sent again, since the answer arrives after it. */
START_TEST(a_value_in_transit_is_not_sent_again)
{
    struct world w;
    struct script_source source;
    run_script(&w, &source,
               &(struct story){&exchanging, 1, 2, 1, NULL, "at 5.5ms slow p0.* p1.* x50\n", false});
    ck_assert_ptr_null(world_check(&w));
    const uint64_t *sent = sim_stats(w.cluster.sim)->kind_count;
    ck_assert_uint_ge(sent[MESSAGE_NEED], 1);
    ck_assert_uint_ge(sent[MESSAGE_TOLD], 1);
    ck_assert_uint_eq(sent[MESSAGE_VALUES], 2 * 3);
    close_story(&w, &source);
}
END_TEST

START_TEST(a_lost_reply_is_sent_again_and_counts_once)
{
    struct world w;
    struct script_source source;
    run_script(&w, &source,
               &(struct story){&local, 1, 1, 1, NULL, "at 2.5ms cut p0.* c0 for 20ms\n", false});
    ck_assert_ptr_null(world_check(&w));
    ck_assert_uint_eq(w.result.commands, 1);
    ck_assert_uint_ge(sim_stats(w.cluster.sim)->kind_count[MESSAGE_REPLY], 2);
    close_story(&w, &source);
}
END_TEST

/* Plants a bug under load and returns the reason of the first property that fails; "" if none. */
static void plant(const struct plant *bug, const char *model, char reason[static 1200])
{
    struct random_source source;
    struct world w;
    struct scheme_options options = world_options("ssmr");
    if (bug == plant_find("stale-cache")) options.value_cache = VALUE_CACHE_CONSERVATIVE;
    random_source_init(
        &source,
        &(struct random_source_setup){
            .seed = 3, .groups = 3, .variables = 12, .each = 150, .multi_pct = 50, .clients = 8});
    world_begin(&w, &(struct world_setup){.scheme = "ssmr",
                                          .model = model,
                                          .groups = 3,
                                          .replicas = 3,
                                          .clients = 8,
                                          .outstanding = 2,
                                          .plant = bug,
                                          .options = &options,
                                          .source = &source.source,
                                          .seed = 3});
    world_run(&w, 20000 * MS);
    const struct property *failed = world_check(&w);
    snprintf(reason, 1200, "%s%s%s", failed ? failed->name : "", failed ? ": " : "",
             failed ? failed->reason : "");
    world_end(&w);
    random_source_finish(&source);
}

START_TEST(without_a_planted_bug_all_properties_hold)
{
    char reason[1200];
    plant(NULL, world_lan_model, reason);
    ck_assert_str_eq(reason, "");
}
END_TEST

START_TEST(every_planted_bug_is_detected_and_its_command_named)
{
    const struct plant *bug;
    for (uint32_t i = 0; (bug = plant_at(i)); i++) {
        if (!plant_concerns(bug, scheme_find("ssmr"), multicast_find("basecast"))) continue;
        char reason[1200];
        plant(bug, world_lan_model, reason);
        ck_assert_msg(reason[0], "%s went unnoticed", bug->name);
        bool names_a_command = false; /* c3.17 */
        for (const char *at = strchr(reason, 'c'); at; at = strchr(at + 1, 'c'))
            names_a_command |= at[1] >= '0' && at[1] <= '9' && strchr(at, '.');
        ck_assert_msg(names_a_command, "%s: %s", bug->name, reason);
    }
}
END_TEST

START_TEST(smr_orders_all_commands_in_one_group)
{
    struct random_source source;
    struct world w;
    random_source_init(&source,
                       &(struct random_source_setup){
                           .seed = 5, .groups = 1, .variables = 20, .each = 100, .clients = 4});
    world_begin(&w, &(struct world_setup){.scheme = "smr",
                                          .model = world_lan_model,
                                          .groups = 1,
                                          .replicas = 3,
                                          .clients = 4,
                                          .outstanding = 3,
                                          .source = &source.source,
                                          .seed = 5});
    ck_assert(world_run(&w, 20000 * MS));
    ck_assert_ptr_null(world_check(&w));
    ck_assert_uint_eq(w.result.commands, 400);
    world_end(&w);
    random_source_finish(&source);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ssmr");
    TCase *exchange = tcase_create("exchange");
    tcase_add_test(exchange, a_local_command_needs_no_other_partition);
    tcase_add_test(exchange, values_cross_once_per_ordered_pair);
    tcase_add_test(exchange, the_client_waits_six_steps_a_signal_and_a_reply);
    tcase_add_test(exchange, a_data_free_command_waits_for_signals);
    tcase_add_test(exchange, smr_orders_all_commands_in_one_group);
    suite_add_tcase(suite, exchange);
    TCase *faults = tcase_create("faults");
    tcase_add_test(faults, a_designated_sender_that_crashes_is_replaced);
    tcase_add_test(faults, a_lost_value_is_requested);
    tcase_add_test(faults, a_value_in_transit_is_not_sent_again);
    tcase_add_test(faults, a_lost_reply_is_sent_again_and_counts_once);
    suite_add_tcase(suite, faults);
    TCase *plants = tcase_create("plants");
    tcase_add_test(plants, without_a_planted_bug_all_properties_hold);
    tcase_add_test(plants, every_planted_bug_is_detected_and_its_command_named);
    suite_add_tcase(suite, plants);
    return test_main(suite);
}
