/* S-SMR's signals as one-sided writes: when they are, the steps that they save, and what happens
 * when they are torn, lost, overtaken, or find no free slot. */
#include <stdio.h>

#include "proto/execution/signals.h"
#include "tests/lib/harness.h"
#include "tests/lib/sources.h"
#include "tests/lib/world.h"

#define MS UINT64_C(1000000)
#define ON(v, how)                                   \
    {                                                \
        .variable = (v), .group = (v), .mode = (how) \
    }
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { R = ACCESS_READ, W = ACCESS_WRITE, REPLICAS = 3, LONG = 80 };

struct story {
    const struct scripted *commands;
    uint32_t count, clients;
    enum signals_way way;
    const char *faults;
};

struct measured {
    double latency_us; /* of all commands together */
    uint64_t values, needs;
    uint64_t one_sided; /* operations */
    uint64_t marks[MARK_COUNT];
};

/* Steps of 1 ms in two partitions, writes of 250 us; all properties must hold. */
static struct measured run_script(const struct story *story)
{
    char model[1024];
    snprintf(model, sizeof model, "%srdma.write = constant 250us\nrdma.timeout = 20ms\n",
             world_steps_model);
    struct world w;
    struct script_source source;
    struct scheme_options options = world_options("ssmr");
    options.signals = story->way;
    script_source_init(&source, story->commands, story->count, story->clients);
    world_begin(&w, &(struct world_setup){.scheme = "ssmr",
                                          .model = model,
                                          .groups = 2,
                                          .replicas = REPLICAS,
                                          .clients = story->clients,
                                          .outstanding = 1,
                                          .options = &options,
                                          .source = &source.source,
                                          .faults = story->faults,
                                          .seed = 1});
    world_run_well(&w, 60000 * MS, story->count);
    const struct sim_stats *stats = sim_stats(w.cluster.sim);
    struct measured m = {.latency_us = w.result.latency.mean_us * story->count,
                         .values = stats->kind_count[MESSAGE_VALUES],
                         .needs = stats->kind_count[MESSAGE_NEED],
                         .one_sided = stats->one_sided};
    for (int i = 0; i < MARK_COUNT; i++) m.marks[i] = stats->marks[i];
    world_end(&w);
    script_source_finish(&source);
    return m;
}

static const struct scripted data_free = {.accesses = {ON(0, W), ON(1, W)}};
static const struct scripted reading = {.accesses = {ON(0, R), ON(1, R)}};

/* The same command again and again. */
static struct measured run_many(const struct scripted *command, uint32_t count,
                                enum signals_way way, const char *faults)
{
    struct scripted commands[LONG];
    ck_assert_uint_le(count, LONG);
    for (uint32_t i = 0; i < count; i++) commands[i] = *command;
    return run_script(&(struct story){commands, count, 1, way, faults});
}

/* Six steps, the signal, the reply. */
START_TEST(a_signal_is_a_write_to_each_replica_and_takes_its_time)
{
    struct measured m = run_many(&data_free, 1, SIGNALS_MESSAGE, NULL);
    ck_assert_double_eq_tol(m.latency_us, 8000, 1);
    ck_assert_uint_eq(m.values, 2 * REPLICAS);
    ck_assert_uint_eq(m.one_sided, 0);
    m = run_many(&data_free, 1, SIGNALS_WRITE, NULL);
    ck_assert_double_eq_tol(m.latency_us, 7250, 1);
    ck_assert_uint_eq(m.values, 0);
    ck_assert_uint_eq(m.one_sided, 2 * REPLICAS);
}
END_TEST

START_TEST(values_are_messages)
{
    struct measured m = run_many(&reading, 1, SIGNALS_WRITE, NULL);
    ck_assert_double_eq_tol(m.latency_us, 8000, 1);
    ck_assert_uint_eq(m.values, 2 * REPLICAS);
    ck_assert_uint_eq(m.one_sided, 0);
}
END_TEST

/* A receiver writes back how far it has taken after each half of the ring. */
START_TEST(slots_are_used_again)
{
    struct measured m = run_many(&data_free, LONG, SIGNALS_WRITE, NULL);
    uint64_t pairs = 2 * REPLICAS;
    ck_assert_uint_eq(m.one_sided, pairs * LONG + pairs * (LONG / (SIGNALS_SLOTS / 2)));
    ck_assert_uint_eq(m.values + m.needs, 0);
    ck_assert_uint_eq(m.marks[MARK_SIGNALS_FULL], 0);
}
END_TEST

/* One replica takes none for a while; its partition goes on. */
START_TEST(signals_are_messages_while_there_is_no_free_slot)
{
    struct measured m = run_many(&data_free, LONG, SIGNALS_WRITE, "at 0 pause p1.r2 for 3s\n");
    ck_assert_uint_eq(m.marks[MARK_SIGNALS_FULL], LONG - SIGNALS_SLOTS);
    ck_assert_uint_eq(m.values, LONG - SIGNALS_SLOTS);
    ck_assert_uint_eq(m.needs, 0);
}
END_TEST

/* The second command's signal overtakes the first one's values to p1.r1: no loss. */
START_TEST(a_signal_that_overtakes_values_is_no_gap)
{
    static const struct scripted commands[] = {{.client = 0, .accesses = {ON(0, R), ON(1, W)}},
                                               {.client = 1, .accesses = {ON(0, W), ON(1, W)}}};
    struct measured m = run_script(
        &(struct story){commands, 2, 2, SIGNALS_WRITE, "at 0 reorder 100% p0.r0 p1.r1\n"});
    ck_assert_uint_eq(m.values, REPLICAS);
    ck_assert_uint_eq(m.marks[MARK_VALUES_MISSED], 0);
    ck_assert_uint_eq(m.needs, 0);
}
END_TEST

START_TEST(a_torn_signal_is_taken_when_it_is_complete)
{
    struct measured m = run_many(&data_free, LONG, SIGNALS_WRITE,
                                 "at 0 torn 100% p0.* p1.*\n"
                                 "at 0 torn 100% p1.* p0.*\n");
    ck_assert_uint_eq(m.values + m.needs, 0);
    ck_assert_double_gt(m.latency_us, LONG * 7250);
    ck_assert_double_lt(m.latency_us, LONG * 7750); /* the rest comes within two latencies */
}
END_TEST

/* The first command's signal to p1.r1 fails, and so do that replica's requests to p0.r0: the other
 * replicas of p0 send what it asks for, as messages. */
START_TEST(a_lost_signal_is_requested)
{
    struct measured m = run_many(&data_free, 2, SIGNALS_WRITE, "at 5.5ms cut p0.r0 p1.r1 for 1s\n");
    ck_assert_uint_ge(m.marks[MARK_SIGNAL_LOST], 1);
    ck_assert_uint_ge(m.needs, 1);
    ck_assert_uint_ge(m.values, 1);
}
END_TEST

START_TEST(a_new_leader_signals_what_the_former_did_not)
{
    struct measured m = run_many(&data_free, LONG, SIGNALS_WRITE, "at 20.5ms crash p0.r0\n");
    ck_assert_uint_ge(m.marks[MARK_ELECTION], 1);
    ck_assert_uint_gt(m.one_sided, (2 * REPLICAS - 1) * (LONG - 5));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("signals");
    TCase *c = tcase_create("signals");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_signal_is_a_write_to_each_replica_and_takes_its_time);
    tcase_add_test(c, values_are_messages);
    tcase_add_test(c, slots_are_used_again);
    tcase_add_test(c, signals_are_messages_while_there_is_no_free_slot);
    tcase_add_test(c, a_signal_that_overtakes_values_is_no_gap);
    tcase_add_test(c, a_torn_signal_is_taken_when_it_is_complete);
    tcase_add_test(c, a_lost_signal_is_requested);
    tcase_add_test(c, a_new_leader_signals_what_the_former_did_not);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
