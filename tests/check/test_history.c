/*
 * The strict serializability checker: histories with known verdicts, and thousands of small random
 * ones compared with a search of all orders.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/check/history.h"
#include "analysis/check/ledger.h"
#include "base/random.h"
#include "tests/lib/harness.h"

#define R ACCESS_READ
#define W ACCESS_WRITE
#define RW (ACCESS_READ | ACCESS_WRITE)

/* ---- writing histories by hand -------------------------------------------------------------- */

static struct catalogue names;
static struct ledger ledger;
static struct property verdict;

static void begin(void)
{
    names = (struct catalogue){.variables = names_create(), .kinds = names_create()};
    ledger_init(&ledger, &names, NULL, LEDGER_ACCESSES);
    property_init(&verdict, "strict-serializability");
}

static void end(void)
{
    ledger_finish(&ledger);
    names_destroy(names.variables);
    names_destroy(names.kinds);
}

/* The only command of a client of its own, so that only real time orders commands. */
static void command(const char *kind, uint64_t issued_ns, uint64_t returned_ns)
{
    uint32_t number = names_intern(names.kinds, kind, (uint32_t)strlen(kind));
    struct command_id id = {.client = (uint32_t)ledger.command_count, .seq = 1};
    ledger_add_bare(&ledger, id, (uint16_t)number, issued_ns, returned_ns);
}

/* The last command's next access. */
static void touches(const char *variable, uint8_t mode, uint64_t version)
{
    uint32_t number = names_intern(names.variables, variable, (uint32_t)strlen(variable));
    ledger_add_access(&ledger, number, mode, version);
}

static enum result check_history(void)
{
    uint32_t *order = malloc((ledger.command_count + 1) * sizeof(*order));
    history_check(&ledger, order, &verdict);
    free(order);
    return verdict.result;
}

static void assert_reason_names(const char *const *words)
{
    for (; *words; words++)
        ck_assert_msg(strstr(verdict.reason, *words), "'%s' does not name %s", verdict.reason,
                      *words);
}

#define ASSERT_REASON(...) assert_reason_names((const char *const[]){__VA_ARGS__, NULL})

/* ---- known histories ------------------------------------------------------------------------ */

START_TEST(an_empty_history_is_accepted)
{
    begin();
    ck_assert_int_eq(check_history(), RESULT_OK);
    end();
}
END_TEST

START_TEST(a_sequential_history_is_accepted)
{
    begin();
    command("set", 0, 10);
    touches("x", W, 0);
    command("add", 20, 30);
    touches("x", RW, 1);
    command("get", 40, 50);
    touches("x", R, 2);
    ck_assert_int_eq(check_history(), RESULT_OK);
    ck_assert_str_eq(verdict.reason, "");
    end();
}
END_TEST

/* Signals that leave before the execution starts: z0 = {a, b}, z1 = {b, c} written blindly, x reads
 * c, y reads a after x has returned, w reads b last of all. */
static void signals_at_enqueue(bool with_w, bool versions_told)
{
    command("z0", 0, 1000);
    touches("a", W, versions_told ? 0 : VERSION_UNSEEN);
    touches("b", W, versions_told ? 0 : VERSION_UNSEEN);
    command("z1", 0, 1000);
    touches("b", W, versions_told ? 1 : VERSION_UNSEEN);
    touches("c", W, versions_told ? 0 : VERSION_UNSEEN);
    command("x", 100, 200);
    touches("c", R, 1);
    command("y", 300, 400);
    touches("a", R, 0);
    if (!with_w) return;
    command("w", 2000, 2100);
    touches("b", R, 2);
}

START_TEST(signals_at_enqueue_are_detected)
{
    begin();
    signals_at_enqueue(true, true);
    ck_assert_int_eq(check_history(), RESULT_FAIL);
    ASSERT_REASON("y read version 0 of a", "z0 overwrote it", "z0 wrote version 1 of b",
                  "z1 wrote version 2", "z1 wrote version 1 of c", "x read version 1",
                  "rt:", "x returned", "y was issued");
    end();
}
END_TEST

START_TEST(signals_at_enqueue_without_a_last_reader_are_not_detected_by_clients)
{
    begin();
    signals_at_enqueue(false, false);
    ck_assert_int_eq(check_history(), RESULT_OK);
    end();
}
END_TEST

START_TEST(versions_reported_by_the_owner_reveal_signals_at_enqueue)
{
    begin();
    signals_at_enqueue(false, true);
    ck_assert_int_eq(check_history(), RESULT_FAIL);
    end();
}
END_TEST

/* Without signals: Cxy writes x and y, Cx reads the new x and returns, then Cy reads the old y. */
static void without_signals(uint64_t cy_issued_ns)
{
    command("Cxy", 0, 1000);
    touches("x", W, 0);
    touches("y", W, 0);
    command("Cx", 100, 200);
    touches("x", R, 1);
    command("Cy", cy_issued_ns, 400);
    touches("y", R, 0);
}

START_TEST(missing_signals_are_detected)
{
    begin();
    without_signals(300);
    ck_assert_int_eq(check_history(), RESULT_FAIL);
    ASSERT_REASON("Cy read version 0 of y", "Cxy overwrote it", "Cxy wrote version 1 of x",
                  "Cx read version 1", "Cx returned", "Cy was issued");
    end();
}
END_TEST

START_TEST(overlapping_reads_may_straddle_a_write)
{
    begin();
    without_signals(150);
    ck_assert_int_eq(check_history(), RESULT_OK);
    end();
}
END_TEST

START_TEST(equal_times_of_different_clients_overlap)
{
    begin();
    without_signals(200);
    ck_assert_int_eq(check_history(), RESULT_OK);
    end();
}
END_TEST

START_TEST(commands_of_a_client_at_equal_times_are_ordered)
{
    begin();
    command("write", 0, 1000);
    touches("x", W, 0);
    ledger_add_bare(&ledger, (struct command_id){.client = 7, .seq = 1}, 0, 100, 200);
    touches("x", R, 1);
    ledger_add_bare(&ledger, (struct command_id){.client = 7, .seq = 2}, 0, 200, 300);
    touches("x", R, 0);
    ck_assert_int_eq(check_history(), RESULT_FAIL);
    ASSERT_REASON("c7.1", "returned", "c7.2", "read version 0 of x");
    end();
}
END_TEST

/* The second read of the same client comes 100 ns after the first. */
static void stale_reads(uint64_t clock_error_ns, uint32_t second_client)
{
    begin();
    ledger.clock_error_ns = clock_error_ns;
    command("write", 0, 1000);
    touches("x", W, 0);
    ledger_add_bare(&ledger, (struct command_id){.client = 7, .seq = 1}, 0, 100, 200);
    touches("x", R, 1);
    ledger_add_bare(&ledger, (struct command_id){.client = second_client, .seq = 2}, 0, 300, 400);
    touches("x", R, 0);
}

START_TEST(clocks_that_differ_leave_the_order_open)
{
    stale_reads(99, 8);
    ck_assert_int_eq(check_history(), RESULT_FAIL);
    end();
    stale_reads(100, 8);
    ck_assert_int_eq(check_history(), RESULT_OK);
    end();
}
END_TEST

START_TEST(clocks_that_differ_keep_the_order_of_one_client)
{
    stale_reads(5000, 7);
    ck_assert_int_eq(check_history(), RESULT_FAIL);
    ASSERT_REASON("c7.1", "returned", "c7.2", "read version 0 of x");
    end();
}
END_TEST

START_TEST(a_lost_update_is_detected)
{
    begin();
    command("add", 0, 100);
    touches("counter", RW, 0);
    command("add", 50, 150);
    touches("counter", RW, 0);
    ck_assert_int_eq(check_history(), RESULT_FAIL);
    ASSERT_REASON("lost update", "c0.1 add", "c1.1 add", "counter", "version 0");
    end();
}
END_TEST

START_TEST(a_stale_read_is_detected)
{
    begin();
    command("write", 0, 10);
    touches("x", W, 0);
    command("read", 20, 30);
    touches("x", R, 0);
    ck_assert_int_eq(check_history(), RESULT_FAIL);
    ASSERT_REASON("c1.1 read read version 0 of x", "c0.1 write overwrote it", "returned");
    end();
}
END_TEST

START_TEST(a_version_never_written_is_detected)
{
    begin();
    command("write", 0, 10);
    touches("x", W, 0);
    command("read", 20, 30);
    touches("x", R, 2);
    ck_assert_int_eq(check_history(), RESULT_FAIL);
    ASSERT_REASON("c1.1 read saw version 2 of x", "no command wrote version 2");
    end();
}
END_TEST

START_TEST(a_version_out_of_range_is_detected)
{
    begin();
    command("read", 20, 30);
    touches("x", R, UINT64_MAX - 1);
    ck_assert_int_eq(check_history(), RESULT_FAIL);
    ASSERT_REASON("c0.1 read saw version 18446744073709551614 of x", "no command wrote");
    end();
}
END_TEST

START_TEST(an_unanswered_command_counts_if_it_was_executed)
{
    begin();
    command("write", 0, LEDGER_NEVER);
    touches("x", W, 0);
    command("read", 20, 30);
    touches("x", R, 1);
    ck_assert_int_eq(check_history(), RESULT_OK);
    ledger.commands[0].executed = false; /* no command can have read its write */
    ck_assert_int_eq(check_history(), RESULT_FAIL);
    end();
}
END_TEST

START_TEST(a_write_of_unknown_version_may_fill_a_gap)
{
    begin();
    command("blind", 0, 10);
    touches("x", W, VERSION_UNSEEN);
    command("read", 20, 30);
    touches("x", R, 1);
    ck_assert_int_eq(check_history(), RESULT_OK);
    command("read", 40, 50);
    touches("x", R, 2);
    ck_assert_int_eq(check_history(), RESULT_FAIL);
    end();
}
END_TEST

START_TEST(the_shortest_cycle_is_reported)
{
    begin();
    for (uint64_t i = 0; i < 20; i++) { /* a cycle: each reads what the next one overwrites */
        char mine[16], next[16];
        snprintf(mine, sizeof(mine), "v%02u", (unsigned)i);
        snprintf(next, sizeof(next), "v%02u", (unsigned)(i + 1) % 20);
        command("ring", 0, 1000);
        touches(mine, RW, 0);
        touches(next, R, 0);
    }
    command("left", 0, 1000);
    touches("v00", R, 0);
    touches("p", RW, 0);
    command("right", 0, 1000);
    touches("v00", R, 1);
    touches("p", R, 0);
    ck_assert_int_eq(check_history(), RESULT_FAIL);
    ASSERT_REASON("c0.1 ring", "c20.1 left", "c21.1 right");
    ck_assert_ptr_null(strstr(verdict.reason, "c1.1"));
    end();
}
END_TEST

/* ---- against brute force -------------------------------------------------------------------- */

enum { SMALL_COMMANDS = 6, SMALL_VARIABLES = 3, VERSIONS_MAX = 16 };

/* Whether an order exists that respects real time and in which each access sees the number of
 * preceding writes. */
static bool order_exists(uint32_t taken, const uint64_t *versions)
{
    uint32_t count = (uint32_t)ledger.command_count;
    if (taken == (1u << count) - 1) return true;
    for (uint32_t i = 0; i < count; i++) {
        const struct ledger_command *c = &ledger.commands[i];
        bool fits = !(taken >> i & 1);
        for (uint32_t j = 0; fits && j < count; j++)
            if (!(taken >> j & 1) && ledger.commands[j].returned_ns < c->issued_ns &&
                c->issued_ns - ledger.commands[j].returned_ns > ledger.clock_error_ns)
                fits = false;
        uint64_t after[SMALL_VARIABLES];
        memcpy(after, versions, sizeof(after));
        for (uint32_t j = 0; fits && j < c->access_count; j++) {
            const struct ledger_access *a = &ledger.accesses[c->access_first + j];
            fits = versions[a->variable] == a->version;
            after[a->variable] += (a->mode & W) != 0;
        }
        if (fits && order_exists(taken | 1u << i, after)) return true;
    }
    return false;
}

static void assert_agrees_with_brute_force(uint64_t seed)
{
    const uint64_t initial[SMALL_VARIABLES] = {0};
    property_init(&verdict, "strict-serializability");
    bool expected = order_exists(0, initial);
    uint32_t *order = malloc((ledger.command_count + 1) * sizeof(*order));
    history_check(&ledger, order, &verdict);
    free(order);
    ck_assert_msg((verdict.result == RESULT_OK) == expected, "seed %llu: brute force says %d: %s",
                  (unsigned long long)seed, expected, verdict.reason);
}

/* A serial history whose commands take effect at points in time, inside overlapping intervals. */
static void random_history(struct random *random, uint32_t commands, uint32_t variables)
{
    uint64_t *version = calloc(variables, sizeof(*version));
    begin();
    for (uint64_t i = 0; i < commands; i++) {
        uint64_t effect_ns = 1000 + i * 10;
        uint64_t issued_ns = effect_ns - random_below(random, 40);
        uint64_t returned_ns = effect_ns + random_below(random, 40);
        if (random_chance(random, 1, 10)) returned_ns = LEDGER_NEVER;
        struct command_id id = {.client = (uint32_t)i, .seq = 1};
        ledger_add_bare(&ledger, id, 0, issued_ns, returned_ns);
        for (uint32_t v = 0; v < variables; v++) {
            static const uint8_t modes[] = {R, W, RW};
            if (!random_chance(random, 2, 2 + variables)) continue;
            uint8_t mode = modes[random_below(random, 3)];
            ledger_add_access(&ledger, v, mode, version[v]);
            version[v] += (mode & W) != 0;
        }
    }
    free(version);
}

START_TEST(random_serial_histories_are_accepted)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct random random = random_named(seed, "test", "serial");
        random_history(&random, 300, 10);
        ck_assert_msg(check_history() == RESULT_OK, "seed %llu: %s", (unsigned long long)seed,
                      verdict.reason);
        end();
    }
}
END_TEST

START_TEST(small_histories_agree_with_brute_force)
{
    uint32_t rejected = 0;
    for (uint64_t seed = 0; seed < 20000; seed++) {
        struct random random = random_named(seed, "test", "small");
        random_history(&random, 2 + (uint32_t)random_below(&random, SMALL_COMMANDS - 1),
                       SMALL_VARIABLES);
        assert_agrees_with_brute_force(seed);
        ck_assert_int_eq(verdict.result, RESULT_OK);
        if (ledger.access_count) { /* one version changed */
            struct ledger_access *a = &ledger.accesses[random_below(&random, ledger.access_count)];
            a->version = random_chance(&random, 1, 2) ? a->version + 1 : random_below(&random, 3);
            assert_agrees_with_brute_force(seed);
            rejected += verdict.result == RESULT_FAIL;
        }
        end();
    }
    ck_assert_uint_gt(rejected, 5000);
}
END_TEST

START_TEST(random_histories_agree_with_brute_force)
{
    uint32_t accepted = 0;
    for (uint64_t seed = 0; seed < 20000; seed++) {
        struct random random = random_named(seed, "test", "chance");
        random_history(&random, 3 + (uint32_t)random_below(&random, SMALL_COMMANDS - 2),
                       SMALL_VARIABLES);
        if (random_chance(&random, 1, 2)) ledger.clock_error_ns = random_below(&random, 20);
        /* The versions are unchanged, so chains of writes are complete; all times are drawn anew.
         */
        for (uint64_t i = 0; i < ledger.command_count; i++) {
            ledger.commands[i].issued_ns = random_below(&random, 60);
            ledger.commands[i].returned_ns =
                ledger.commands[i].issued_ns + random_below(&random, 40);
        }
        assert_agrees_with_brute_force(seed);
        accepted += verdict.result == RESULT_OK;
        end();
    }
    ck_assert_uint_gt(accepted, 2000);
    ck_assert_uint_lt(accepted, 18000);
}
END_TEST

/* A changed version in a long history that violates the chain of writes or real time is detected.
 */
START_TEST(a_mutated_version_in_a_long_history_is_detected)
{
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct random random = random_named(seed, "test", "mutated");
        random_history(&random, 200, 4);
        struct ledger_access *a;
        do a = &ledger.accesses[random_below(&random, ledger.access_count)];
        while (!(a->mode & W) || a->version < 2);
        a->version--;
        ck_assert_msg(check_history() == RESULT_FAIL, "seed %llu", (unsigned long long)seed);
        end();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("history");
    TCase *stories = tcase_create("known histories");
    TCase *chance = tcase_create("random");

    tcase_add_test(stories, an_empty_history_is_accepted);
    tcase_add_test(stories, a_sequential_history_is_accepted);
    tcase_add_test(stories, signals_at_enqueue_are_detected);
    tcase_add_test(stories, signals_at_enqueue_without_a_last_reader_are_not_detected_by_clients);
    tcase_add_test(stories, versions_reported_by_the_owner_reveal_signals_at_enqueue);
    tcase_add_test(stories, missing_signals_are_detected);
    tcase_add_test(stories, overlapping_reads_may_straddle_a_write);
    tcase_add_test(stories, equal_times_of_different_clients_overlap);
    tcase_add_test(stories, commands_of_a_client_at_equal_times_are_ordered);
    tcase_add_test(stories, clocks_that_differ_leave_the_order_open);
    tcase_add_test(stories, clocks_that_differ_keep_the_order_of_one_client);
    tcase_add_test(stories, a_lost_update_is_detected);
    tcase_add_test(stories, a_stale_read_is_detected);
    tcase_add_test(stories, a_version_never_written_is_detected);
    tcase_add_test(stories, a_version_out_of_range_is_detected);
    tcase_add_test(stories, an_unanswered_command_counts_if_it_was_executed);
    tcase_add_test(stories, a_write_of_unknown_version_may_fill_a_gap);
    tcase_add_test(stories, the_shortest_cycle_is_reported);
    suite_add_tcase(suite, stories);
    tcase_add_test(chance, random_serial_histories_are_accepted);
    tcase_add_test(chance, small_histories_agree_with_brute_force);
    tcase_add_test(chance, random_histories_agree_with_brute_force);
    tcase_add_test(chance, a_mutated_version_in_a_long_history_is_detected);
    tcase_set_timeout(chance, 60);
    suite_add_tcase(suite, chance);
    return test_main(suite);
}
