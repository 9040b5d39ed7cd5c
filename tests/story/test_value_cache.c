/* S-SMR's copies of remote variables: when they are current, the messages that they save, the cost
 * of a failed speculation, and no visible result before the owners confirm it. */
#include "proto/execution/exchange.h"
#include "proto/schemes/copies.h"
#include "tests/lib/harness.h"
#include "tests/lib/sources.h"
#include "tests/lib/world.h"

#define MS UINT64_C(1000000)

enum {
    R = ACCESS_READ,
    W = ACCESS_WRITE,
    RW = ACCESS_READ | ACCESS_WRITE,
    /* On the wire to the three replicas of a partition, about one variable of 64 bytes or none. */
    SIGNAL = 3 * sizeof(struct message_values),
    FLAG = SIGNAL + 3 * sizeof(struct pushed_value),
    VALUE = FLAG + 3 * 64,
};

/* Variable v is partition v's. */
#define ON(v, how)                                   \
    {                                                \
        .variable = (v), .group = (v), .mode = (how) \
    }
#define COMMAND(...)                             \
    {                                            \
        .client = 0, .accesses = { __VA_ARGS__ } \
    }
#define COSTLY(...)                                                 \
    {                                                               \
        .client = 0, .cost_ns = 3 * MS, .accesses = { __VA_ARGS__ } \
    }
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct measured {
    uint64_t values_bytes;
    uint64_t values, needs; /* messages */
    double latency_us;      /* of all commands together */
};

struct story {
    const struct scripted *commands;
    uint32_t count;
    uint32_t groups;
    enum value_cache cache;
    const char *faults;
};

/* One client runs a script with steps of 1 ms, one command after the other; all properties must
 * hold. */
static struct measured run_script(const struct story *story)
{
    struct world w;
    struct script_source source;
    struct scheme_options options = world_options("ssmr");
    options.value_cache = story->cache;
    script_source_init(&source, story->commands, story->count, 1);
    world_begin(&w, &(struct world_setup){.scheme = "ssmr",
                                          .model = world_steps_model,
                                          .groups = story->groups,
                                          .replicas = 3,
                                          .clients = 1,
                                          .outstanding = 1,
                                          .options = &options,
                                          .source = &source.source,
                                          .faults = story->faults,
                                          .seed = 1});
    world_run_well(&w, 60000 * MS, story->count);
    const struct sim_stats *stats = sim_stats(w.cluster.sim);
    struct measured p = {
        .values_bytes = stats->kind_bytes[MESSAGE_VALUES],
        .values = stats->kind_count[MESSAGE_VALUES],
        .needs = stats->kind_count[MESSAGE_NEED],
        .latency_us = w.result.latency.mean_us * story->count,
    };
    world_end(&w);
    script_source_finish(&source);
    return p;
}

static uint64_t bytes(const struct scripted *commands, uint32_t count, uint32_t groups,
                      enum value_cache cache)
{
    return run_script(&(struct story){commands, count, groups, cache, NULL}).values_bytes;
}

/* Latencies are exact to the few nanoseconds that handlers are apart. */
static void assert_latency_ms(const struct scripted *commands, uint32_t count,
                              enum value_cache cache, double ms)
{
    struct measured p = run_script(&(struct story){commands, count, 2, cache, NULL});
    ck_assert_double_eq_tol(p.latency_us, ms * 1000, ms * 10);
}

START_TEST(a_second_read_of_a_cached_variable_sends_no_value)
{
    static const struct scripted twice[] = {COMMAND(ON(0, R), ON(1, R)),
                                            COMMAND(ON(0, R), ON(1, R))};
    ck_assert_uint_eq(bytes(twice, 2, 2, VALUE_CACHE_NONE), 4 * VALUE);
    ck_assert_uint_eq(bytes(twice, 2, 2, VALUE_CACHE_CONSERVATIVE), 2 * VALUE + 2 * FLAG);
    ck_assert_uint_eq(bytes(twice, 2, 2, VALUE_CACHE_SPECULATIVE), 2 * VALUE + 2 * FLAG);
}
END_TEST

START_TEST(a_write_by_the_owner_makes_the_copy_stale)
{
    static const struct scripted script[] = {COMMAND(ON(0, R), ON(1, R)), COMMAND(ON(1, RW)),
                                             COMMAND(ON(0, R), ON(1, R))};
    for (enum value_cache how = VALUE_CACHE_CONSERVATIVE; how <= VALUE_CACHE_SPECULATIVE; how++)
        ck_assert_uint_eq(bytes(script, COUNT(script), 2, how), 3 * VALUE + FLAG);
}
END_TEST

START_TEST(a_read_by_the_owner_keeps_the_copy_current)
{
    static const struct scripted script[] = {COMMAND(ON(0, R), ON(1, R)), COMMAND(ON(1, R)),
                                             COMMAND(ON(0, R), ON(1, R))};
    for (enum value_cache how = VALUE_CACHE_CONSERVATIVE; how <= VALUE_CACHE_SPECULATIVE; how++)
        ck_assert_uint_eq(bytes(script, COUNT(script), 2, how), 2 * VALUE + 2 * FLAG);
}
END_TEST

START_TEST(a_write_that_the_reader_computes_refreshes_its_copy)
{
    static const struct scripted script[] = {
        COMMAND(ON(0, RW), ON(1, RW)), COMMAND(ON(0, RW), ON(1, RW)), COMMAND(ON(0, R), ON(1, R))};
    for (enum value_cache how = VALUE_CACHE_CONSERVATIVE; how <= VALUE_CACHE_SPECULATIVE; how++)
        ck_assert_uint_eq(bytes(script, COUNT(script), 2, how), 2 * VALUE + 4 * FLAG);
}
END_TEST

START_TEST(a_blind_write_makes_all_copies_stale)
{
    /* Those of variable 0: no other partition knows the version that was written. */
    static const struct scripted script[] = {
        COMMAND(ON(0, R), ON(1, R)), COMMAND(ON(0, W), ON(1, R)), COMMAND(ON(0, R), ON(1, R))};
    for (enum value_cache how = VALUE_CACHE_CONSERVATIVE; how <= VALUE_CACHE_SPECULATIVE; how++)
        ck_assert_uint_eq(bytes(script, COUNT(script), 2, how), 3 * VALUE + SIGNAL + 2 * FLAG);
}
END_TEST

START_TEST(each_partition_is_sent_only_the_values_it_lacks)
{
    /* Third: 0 has its copy of 1 and 1 that of 0; 2 has none, and no partition has one of 2. Fifth:
     * that of 1 was refreshed at 2 and is stale at 0. */
    static const struct scripted script[] = {
        COMMAND(ON(0, R), ON(1, R)),           COMMAND(ON(2, R)),
        COMMAND(ON(0, R), ON(1, R), ON(2, R)), COMMAND(ON(1, RW), ON(2, R)),
        COMMAND(ON(0, R), ON(1, R), ON(2, R)),
    };
    const uint64_t expected = 2 * VALUE + (2 * FLAG + 4 * VALUE) + 2 * FLAG + (5 * FLAG + VALUE);
    for (enum value_cache how = VALUE_CACHE_CONSERVATIVE; how <= VALUE_CACHE_SPECULATIVE; how++) {
        struct measured p = run_script(&(struct story){script, COUNT(script), 3, how, NULL});
        ck_assert_uint_eq(p.values_bytes, expected);
        ck_assert_uint_eq(p.values, 3 * (2 + 6 + 2 + 6)); /* no more messages than without */
    }
}
END_TEST

START_TEST(a_confirmed_speculation_takes_the_longer_of_waiting_and_executing)
{
    /* Eight steps, one of them the wait for values, and 3 ms of execution: 11 ms without copies, 10
     * with them. */
    static const struct scripted script[] = {COSTLY(ON(0, RW), ON(1, RW)),
                                             COSTLY(ON(0, RW), ON(1, RW))};
    assert_latency_ms(script, COUNT(script), VALUE_CACHE_NONE, 11 + 11);
    assert_latency_ms(script, COUNT(script), VALUE_CACHE_CONSERVATIVE, 11 + 11);
    assert_latency_ms(script, COUNT(script), VALUE_CACHE_SPECULATIVE, 11 + 10);
}
END_TEST

START_TEST(a_failed_speculation_takes_a_second_execution)
{
    /* The write in partition 1 takes four steps. Partition 0, which answers, speculates wrongly:
     * seven steps and two executions. */
    static const struct scripted script[] = {COSTLY(ON(0, R), ON(1, R)), COMMAND(ON(1, RW)),
                                             COSTLY(ON(0, R), ON(1, R))};
    assert_latency_ms(script, COUNT(script), VALUE_CACHE_CONSERVATIVE, 11 + 4 + 11);
    assert_latency_ms(script, COUNT(script), VALUE_CACHE_SPECULATIVE, 11 + 4 + 13);
}
END_TEST

START_TEST(a_command_without_remote_reads_executes_while_waiting_for_signals)
{
    static const struct scripted script[] = {COSTLY(ON(0, W), ON(1, W))};
    assert_latency_ms(script, COUNT(script), VALUE_CACHE_CONSERVATIVE, 11);
    assert_latency_ms(script, COUNT(script), VALUE_CACHE_SPECULATIVE, 10);
}
END_TEST

static const struct scripted reading_twice[] = {COMMAND(ON(0, R), ON(1, R)),
                                                COMMAND(ON(0, R), ON(1, R))};

START_TEST(a_speculative_result_is_not_sent_before_its_confirmation)
{
    /* The first command ends at 8 ms, the second is executed at 14 ms, when its values are lost. */
    const char *faults = "at 13.5ms cut p0.* p1.* for 50ms\n";
    struct measured p =
        run_script(&(struct story){reading_twice, 2, 2, VALUE_CACHE_SPECULATIVE, faults});
    ck_assert_double_ge(p.latency_us, 8000 + 50000);
    ck_assert_uint_ge(p.needs, 1);
}
END_TEST

START_TEST(copies_are_validated_after_a_change_of_leader)
{
    /* p0.r0 crashes before it can validate the second read. */
    for (enum value_cache how = VALUE_CACHE_CONSERVATIVE; how <= VALUE_CACHE_SPECULATIVE; how++)
        run_script(&(struct story){reading_twice, 2, 2, how, "at 13.5ms crash p0.r0\n"});
}
END_TEST

/* ---- the tables ---------------------------------------------------------------------------- */

static struct group_set set_of(uint32_t a, uint32_t b)
{
    struct group_set s = {{0}};
    group_set_add(&s, a);
    group_set_add(&s, b);
    return s;
}

static void spread(struct copies *s, uint32_t variable, uint8_t mode, struct group_set others)
{
    copies_spread(s, &(struct access){.variable = variable, .mode = mode}, &others);
}

START_TEST(an_owner_tracks_the_groups_that_hold_a_copy)
{
    struct copies s;
    copies_init(&s);
    for (uint32_t v = 0; v < 1000; v++) spread(&s, v, R, set_of(v % 100, 150));
    for (uint32_t v = 0; v < 1000; v++) {
        struct group_set holders = copies_holders(&s, v), expected = set_of(v % 100, 150);
        ck_assert(group_set_equal(&holders, &expected));
    }
    spread(&s, 7, R, set_of(8, 9));
    struct group_set holders = copies_holders(&s, 7);
    ck_assert_uint_eq(group_set_count(&holders), 4); /* 7, 8, 9, 150 */
    spread(&s, 7, RW, set_of(9, 10));
    holders = copies_holders(&s, 7);
    ck_assert_uint_eq(group_set_count(&holders), 2);
    spread(&s, 7, W, set_of(9, 10));
    holders = copies_holders(&s, 7);
    ck_assert_uint_eq(group_set_count(&holders), 0);
    copies_finish(&s);
}
END_TEST

START_TEST(a_reader_keeps_a_copy_while_its_version_is_known)
{
    struct copies s;
    copies_init(&s);
    ck_assert_ptr_null(copies_find(&s, 3));
    copies_follow(&s, &(struct access){.variable = 3, .mode = R}, (struct variable_state){0, 0});
    ck_assert_ptr_nonnull(copies_find(&s, 3)); /* never written, yet known */
    copies_follow(&s, &(struct access){.variable = 3, .mode = RW}, (struct variable_state){1, 5});
    ck_assert_uint_eq(copies_find(&s, 3)->version, 1);
    copies_follow(&s, &(struct access){.variable = 3, .mode = W},
                  (struct variable_state){VERSION_UNSEEN, 0});
    ck_assert_ptr_null(copies_find(&s, 3));
    copies_finish(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("value_cache");
    TCase *current = tcase_create("current");
    tcase_add_test(current, a_second_read_of_a_cached_variable_sends_no_value);
    tcase_add_test(current, a_write_by_the_owner_makes_the_copy_stale);
    tcase_add_test(current, a_read_by_the_owner_keeps_the_copy_current);
    tcase_add_test(current, a_write_that_the_reader_computes_refreshes_its_copy);
    tcase_add_test(current, a_blind_write_makes_all_copies_stale);
    tcase_add_test(current, each_partition_is_sent_only_the_values_it_lacks);
    suite_add_tcase(suite, current);
    TCase *speculation = tcase_create("speculation");
    tcase_add_test(speculation, a_confirmed_speculation_takes_the_longer_of_waiting_and_executing);
    tcase_add_test(speculation, a_failed_speculation_takes_a_second_execution);
    tcase_add_test(speculation, a_command_without_remote_reads_executes_while_waiting_for_signals);
    suite_add_tcase(suite, speculation);
    TCase *faults = tcase_create("faults");
    tcase_add_test(faults, a_speculative_result_is_not_sent_before_its_confirmation);
    tcase_add_test(faults, copies_are_validated_after_a_change_of_leader);
    suite_add_tcase(suite, faults);
    TCase *tables = tcase_create("tables");
    tcase_add_test(tables, an_owner_tracks_the_groups_that_hold_a_copy);
    tcase_add_test(tables, a_reader_keeps_a_copy_while_its_version_is_known);
    suite_add_tcase(suite, tables);
    return test_main(suite);
}
