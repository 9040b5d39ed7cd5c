/* test_store.c - a run that is stored: its rows in every table, and the history that is read back
 * and checked again. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/check/statistics.h"
#include "analysis/results/results.h"
#include "proto/order/basecast.h"
#include "tests/lib/databases.h"
#include "tests/lib/harness.h"
#include "tests/lib/recorded_run.h"

#define USER_VERSION "6" /* a new one belongs into the manual, too */

static struct error error;

START_TEST(every_table_has_the_rows_of_a_run)
{
    const char *path = database_path("whole.db");
    add_recorded_run(path, false);
    ck_assert_str_eq(database_query(path, "PRAGMA user_version"), USER_VERSION);
    ck_assert_str_eq(database_query(path, "PRAGMA integrity_check"), "ok");
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM pragma_foreign_key_check"), "0");
    ck_assert_str_eq(
        database_query(path, "SELECT scheme || ' ' || partitions || ' ' || fingerprint || ' ' || "
                             "seed || ' ' || verdict FROM run"),
        "ssmr 2 0000000000000abc -1 ok");
    ck_assert_str_eq(database_query(path, "SELECT group_concat(name || '=' || value) FROM option"),
                     "clients=2,seed=42");
    ck_assert_str_eq(database_query(path, "SELECT group_concat(completed) FROM interval"), "1,1,1");
    ck_assert_str_eq(
        database_query(path, "SELECT group_concat(scope || ' ' || count) FROM latency"),
        "multi 1,single 1");
    ck_assert_str_eq(database_query(path,
                                    "SELECT group_concat(name || ' ' || ifnull(partition, '-')) "
                                    "FROM node"),
                     "c0 -,p0.r0 0");
    ck_assert_str_eq(
        database_query(path, "SELECT count || ' ' || bytes FROM message WHERE kind = 'reply'"),
        "4 400");
    ck_assert_str_eq(database_query(path, "SELECT group_concat(what) FROM fault"),
                     "crash p0.r1,heal");
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM property WHERE result <> 'ok'"),
                     "0");
    ck_assert_str_eq(
        database_query(path, "SELECT id || ' ' || t_s || ' ' || vertices || ' ' || edges || ' ' "
                             "|| edge_cut || ' ' || imbalance || ' ' || moved || ' ' || "
                             "modelled_ms FROM plan WHERE id = 1"),
        "1 1.25 10 20 3 0.2 4 35.0");
    static const char plans[] =
        "SELECT group_concat(announced || ' ' || edge_cut_before || ' ' || imbalance_before || ' ' "
        "|| ifnull(predicted_work_before || '>' || predicted_work, '-') || ' ' || "
        "ifnull(throughput_before_per_s || '>' || throughput_after_per_s, '-') || ' ' || "
        "ifnull(multi_partition_before_pct, '-') || ' ' || "
        "ifnull(multi_partition_after_pct, '-'), ', ') FROM plan";
    ck_assert_str_eq(database_query(path, plans), "1 9 0.4 100>70 4.0>6.0 50.0 -, 0 0 0.0 - - - -");
    ck_assert_str_eq(
        database_query(path, "SELECT oracle_queries || ' ' || fallbacks || ' ' || exchanged || "
                             "' ' || exchanged_bytes FROM run"),
        "0 0 5 320");
    ck_assert_str_eq(database_query(path,
                                    "SELECT group_concat(exchanged || ':' || exchanged_bytes) "
                                    "FROM interval"),
                     "0:0,5:320,0:0");
}
END_TEST

/* Those of the run's multicast by the names that it gives them. */
START_TEST(every_kind_of_message_has_a_row)
{
    const struct multicast_ops *basecast = multicast_find("basecast");
    const char *path = database_path("kinds.db");
    uint32_t kinds = 0;
    char count[16];
    for (uint32_t kind = 0; kind < MESSAGE_KIND_COUNT; kind++)
        kinds += multicast_kind_name(basecast, kind) != NULL;
    snprintf(count, sizeof(count), "%u", kinds);
    add_recorded_run(path, false);
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM message"), count);
    ck_assert_str_eq(
        database_query(path, "SELECT count(*) FROM message WHERE kind IN ('hard', 'missed')"), "2");
}
END_TEST

START_TEST(dropped_messages_are_counted_by_kind)
{
    const char *path = database_path("dropped.db");
    struct run_result result;
    struct ledger history;
    database_small_run(&result, &history);
    result.multicast = &basecast_ops;
    result.message_count[MESSAGE_HARD] = 9;
    result.message_bytes[MESSAGE_HARD] = 900;
    result.message_corrupted[MESSAGE_HARD] = 3;
    result.message_refused[MESSAGE_VALUES] = 2;
    result.message_refused[MESSAGE_KIND_COUNT] = 4;
    result.message_corrupted[MESSAGE_KIND_COUNT] = 5;
    struct error e = {""};
    ck_assert_msg(results_add(path, &result, NULL, &e) == 0, "%s", e.text);
    ck_assert_str_eq(database_rows(path, "SELECT kind, count, bytes, corrupted, refused"
                                         " FROM message WHERE corrupted + refused > 0"
                                         " ORDER BY kind"),
                     "? 0 0 5 4\nhard 9 900 3 0\nvalues 0 0 0 2");
    ledger_finish(&history);
}
END_TEST

START_TEST(the_summary_has_its_columns_and_units)
{
    const char *path = database_path("summary.db");
    add_recorded_run(path, false);
    ck_assert_str_eq(
        database_query(path, "SELECT group_concat(name) FROM pragma_table_info('summary')"),
        "run_id,mode,scheme,partitions,workload,placement,throughput_per_s,latency_mean_ms,"
        "latency_p50_ms,latency_p95_ms,latency_p99_ms,multi_partition_pct,moves,retries,"
        "messages_per_command,verdict,oracle_queries,fallbacks");
    ck_assert_str_eq(
        database_query(path, "SELECT run_id || ' ' || throughput_per_s || ' ' || latency_mean_ms "
                             "|| ' ' || multi_partition_pct || ' ' || messages_per_command "
                             "FROM summary"),
        "1 1.0 3.0 50.0 10.0");
}
END_TEST

/* The same numbers as percentile_determined() has. */
START_TEST(the_summary_has_no_percentiles_of_too_few_commands)
{
    const char *path = database_path("few.db");
    static const double shares[] = {0.5, 0.95, 0.99};
    static const char *const columns[] = {"p50", "p95", "p99"};
    char sql[256];
    add_recorded_run(path, false);
    for (int i = 0; i < 3; i++)
        for (int needed = 1; needed <= 1000; needed++) {
            if (!percentile_determined((uint64_t)needed, shares[i])) continue;
            snprintf(sql, sizeof(sql), "UPDATE run SET measured = %d", needed - 1);
            database_execute(path, sql);
            snprintf(sql, sizeof(sql), "SELECT latency_%s_ms IS NULL FROM summary", columns[i]);
            ck_assert_str_eq(database_query(path, sql), "1");
            database_execute(path, "UPDATE run SET measured = measured + 1");
            ck_assert_str_eq(database_query(path, sql), "0");
            break;
        }
}
END_TEST

START_TEST(the_raw_history_is_stored_in_nanoseconds)
{
    const char *path = database_path("history.db");
    add_recorded_run(path, false);
    ck_assert_str_eq(
        database_query(path, "SELECT group_concat(client || '.' || seq || ' ' || kind || ' ' || "
                             "issued_ns || ' ' || returned_ns || ' ' || partitions || ' ' || "
                             "status) FROM command WHERE client = 0"),
        "0.1 post 0 500000000 1 ok,0.2 post 1000000000 1002000000 2 ok");
    ck_assert_str_eq(
        database_query(path, "SELECT group_concat(variable || ' ' || mode || ' ' || version) "
                             "FROM access"),
        "x rw 0,x rw 1,x rw 2,x rw 3");
}
END_TEST

START_TEST(deleting_a_run_deletes_all_of_its_rows)
{
    const char *path = database_path("delete.db");
    sqlite3 *db = NULL;
    add_recorded_run(path, false);
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(
        sqlite3_exec(db, "PRAGMA foreign_keys = ON; DELETE FROM run", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    ck_assert_str_eq(database_query(path,
                                    "SELECT (SELECT count(*) FROM option) + (SELECT count(*) FROM "
                                    "message) + (SELECT count(*) FROM access)"),
                     "0");
}
END_TEST

START_TEST(a_refused_command_is_stored_and_not_checked)
{
    const char *path = database_path("refused.db");
    static struct run_result result;
    struct ledger ledger;
    ledger_init(&ledger, NULL, NULL, LEDGER_ACCESSES);
    ledger_add_bare(&ledger, (struct command_id){.client = 0, .seq = 1}, 0, 10, 20);
    ledger_add_access(&ledger, 0, ACCESS_READ | ACCESS_WRITE, 0);
    ledger_add_bare(&ledger, (struct command_id){.client = 0, .seq = 2}, 0, 20, 30);
    ledger_add_access(&ledger, 0, ACCESS_CREATE, 0); /* would be a lost update */
    ledger.commands[1].status = REPLY_NOK;
    recorded_result(&result, NULL);
    result.history = &ledger;
    ck_assert_int_eq(results_add(path, &result, NULL, &error), 0);
    result.history = NULL;
    ledger_finish(&ledger);
    ck_assert_str_eq(database_query(path, "SELECT group_concat(status) FROM command"), "ok,nok");
    ck_assert_int_eq(database_check(path, NULL), 0);
}
END_TEST

/* The manual, as one text; the caller frees it. */
static char *read_manual(void)
{
    char *path = test_source_path("man/aviary-results.5"), *text = calloc(1, 1 << 16);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_lt(fread(text, 1, (1 << 16) - 1, file), (1 << 16) - 1);
    fclose(file);
    free(path);
    return text;
}

START_TEST(the_manual_names_every_table_and_column)
{
    const char *path = database_path("manual.db");
    char *manual = read_manual(), names_text[2048], *next = names_text;
    add_recorded_run(path, false);
    snprintf(names_text, sizeof(names_text), "%s",
             database_query(
                 path, "SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE type "
                       "IN ('table', 'view') AND name NOT LIKE 'sqlite%' UNION SELECT c.name FROM "
                       "sqlite_schema t, pragma_table_info(t.name) c WHERE t.type <> 'index' AND "
                       "t.name NOT LIKE 'sqlite%')"));
    for (char *name = strtok_r(next, ",", &next); name; name = strtok_r(NULL, ",", &next))
        ck_assert_msg(strstr(manual, name), "man/aviary-results.5 does not name %s", name);
    free(manual);
}
END_TEST

/* ---- histories that are read back ------------------------------------------------------------ */

START_TEST(stored_histories_are_checked_again)
{
    const char *path = database_path("again.db");
    add_recorded_run(path, false);
    ck_assert_int_eq(database_check(path, NULL), 0);
    /* The second command's version is changed to that of the third. */
    database_execute(path, "UPDATE access SET version = 2 WHERE client = 0 AND seq = 2");
    ck_assert_int_eq(database_check(path, NULL), 1);
    ck_assert_int_eq(database_check(database_path("nowhere.db"), NULL), 2);
}
END_TEST

START_TEST(a_stored_history_is_read_back_unchanged)
{
    const char *path = database_path("back.db");
    struct results_run run;
    struct ledger ledger;
    struct catalogue back = {.variables = names_create(), .kinds = names_create()};
    add_recorded_run(path, true);
    struct results_reader *reader = results_open(path, &error);
    ck_assert_msg(reader != NULL, "%s", error.text);
    ck_assert_int_eq(results_next_run(reader, &run, &error), 1);
    ck_assert_str_eq(run.verdict, "fail");
    ck_assert_uint_eq(run.history_commands, 4);
    ledger_init(&ledger, &back, NULL, LEDGER_ACCESSES);
    ck_assert_int_eq(results_load_history(reader, run.id, &ledger, &back, &error), 0);
    ck_assert_int_eq(results_next_run(reader, &run, &error), 0);
    ck_assert_uint_eq(ledger.command_count, 4);
    ck_assert_uint_eq(ledger.access_count, 4);
    ck_assert_uint_eq(ledger.commands[1].returned_ns, SECOND + 2 * MS);
    ck_assert_str_eq(ledger_name(&ledger, 1).text, "c0.2 post");
    ck_assert_str_eq(ledger_variable_name(&ledger, 0).text, "x");
    ck_assert_uint_eq(ledger.accesses[1].version, 1);
    ck_assert_uint_eq(ledger.accesses[1].mode, ACCESS_READ | ACCESS_WRITE);
    ledger_finish(&ledger);
    results_close(reader);
    names_destroy(back.variables);
    names_destroy(back.kinds);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store");
    TCase *c = tcase_create("store");
    tcase_add_test(c, every_table_has_the_rows_of_a_run);
    tcase_add_test(c, every_kind_of_message_has_a_row);
    tcase_add_test(c, dropped_messages_are_counted_by_kind);
    tcase_add_test(c, the_summary_has_its_columns_and_units);
    tcase_add_test(c, the_summary_has_no_percentiles_of_too_few_commands);
    tcase_add_test(c, the_raw_history_is_stored_in_nanoseconds);
    tcase_add_test(c, deleting_a_run_deletes_all_of_its_rows);
    tcase_add_test(c, a_refused_command_is_stored_and_not_checked);
    tcase_add_test(c, the_manual_names_every_table_and_column);
    tcase_add_test(c, stored_histories_are_checked_again);
    tcase_add_test(c, a_stored_history_is_read_back_unchanged);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
