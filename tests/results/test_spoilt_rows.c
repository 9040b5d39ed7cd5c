/* test_spoilt_rows.c - values in rows that are out of range, of another type, or duplicate: they
 * are reported with their table and row. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/harness.h"
#include "tests/results/spoilt.h"

#define FREELY "PRAGMA ignore_check_constraints = ON;"

static const struct story values[] = {
    {"UPDATE command SET issued_ns = 60" FIRST,
     {"table command, run_id 1, client 0, seq 1: ",
      "returned_ns: expected a whole number from 60 to", "found 50"}},
    {"UPDATE command SET issued_ns = -1" FIRST, {"table command", "issued_ns", "found -1"}},
    {"UPDATE command SET client = 4294967296 WHERE client = 1",
     {"table command, run_id 1, client 4294967296, seq 1: ", "client: expected a whole number from "
                                                             "0 to"}},
    {"UPDATE command SET client = 4294967294 WHERE client = 1", {"client: expected"}},
    {"UPDATE command SET client = -1 WHERE client = 0", {"client: expected", "found -1"}},
    {"UPDATE command SET seq = -5" FIRST, {"client 0, seq -5: seq: expected", "found -5"}},
    {"UPDATE command SET seq = 4294967296" FIRST, {"seq: expected", "found 4294967296"}},
    {"UPDATE access SET version = -1" FIRST " AND version = 0",
     {"table access, run_id 1, client 0, seq 1, variable variable 0: version: expected",
      "found -1"}},
    {FREELY "UPDATE command SET status = 'fine'" FIRST,
     {"table command, run_id 1, client 0, seq 1",
      "status: expected one of ok, retry, nok, executed, lost, found 'fine'"}},
    {FREELY "UPDATE access SET mode = 'x'" FIRST, {"mode: expected one of r, w, rw, found 'x'"}},
    {"UPDATE command SET returned_ns = NULL" FIRST,
     {"returned_ns: expected a time, as status is 'ok'"}},
    {"UPDATE command SET status = 'lost'" FIRST,
     {"returned_ns: expected NULL, as status is 'lost'"}},
    {"UPDATE command SET kind = 'a' || char(0) || 'b'" FIRST, {"kind: expected a text without"}},
    {"UPDATE access SET variable = 'a' || char(0) || 'b'" FIRST " AND mode = 'r'",
     {"variable: expected a text without NULs"}},
    {"UPDATE command SET kind = zeroblob(0) || char(27) || '[2J', issued_ns = -1" FIRST,
     {"issued_ns: expected"}},
    {"UPDATE access SET variable = char(27) || '[2J', version = -1" FIRST " AND mode = 'r'",
     {"variable ?[2J"}},
    {"UPDATE run SET partitions = 0", {"table run, id 1: partitions: expected", "found 0"}},
    {"UPDATE run SET partitions = 4294967298", {"partitions: expected"}},
    {FREELY "UPDATE run SET verdict = 'fine'",
     {"table run, id 1: verdict: expected one of ok, unknown, fail, found 'fine'"}},
    {"DELETE FROM command" FIRST,
     {"table access, run_id 1, client 0, seq 1, variable variable 0: expected its command in the "
      "table command"}},
    {"DELETE FROM command WHERE client = 1", {"client 1, seq 1", "expected its command"}},
    {"DELETE FROM command", {"expected its command in the table command"}},
    {"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)"
     " INSERT INTO " ACCESS " SELECT 1, 0, 1, 'z' || i, 'r', 0 FROM n",
     {"client 0, seq 1", "expected at most 8192 accesses of a command"}},
    {"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 66000)"
     " INSERT INTO " COMMAND " SELECT 1, 2, i, 'k' || i, 0, 0, 1, 1, 'ok' FROM n",
     {"table command", "client 2, seq 6", "kind: expected at most 65535 kinds"}},
    {"UPDATE access SET variable = hex(zeroblob(2000000))" FIRST " AND mode = 'r'",
     {"too big", "table access"}},
};

START_TEST(values_out_of_range_are_reported_with_their_row)
{
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const char *path = good_file();
        database_execute(path, values[i].sql);
        assert_check(path, 2, &values[i]);
    }
}
END_TEST

/* The replacement for a table's text, as SQL, so that it accepts values of any type. */
#define ANY_TYPE \
    "replace(replace(replace(sql, ' NOT NULL', ''), ') STRICT,', ')'), ') STRICT', ')')"

/* Runs the statements while the table has another text, with columns and rows stored in the same
 * order. */
static void execute_loosely(const char *path, const char *table, const char *loose, const char *sql)
{
    char *query = sqlite3_mprintf("SELECT sql FROM sqlite_schema WHERE name = %Q", table);
    char *tight = strdup(database_query(path, query));
    char *loosen = sqlite3_mprintf("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = %s"
                                   " WHERE name = %Q",
                                   loose, table);
    char *tighten = sqlite3_mprintf("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = %Q"
                                    " WHERE name = %Q",
                                    tight, table);
    database_execute(path, loosen);
    database_execute(path, sql);
    database_execute(path, tighten);
    free(tight);
    sqlite3_free(query);
    sqlite3_free(loosen);
    sqlite3_free(tighten);
}

static const struct {
    const char *table;
    struct story story;
} types[] = {
    {"command",
     {FREELY "UPDATE command SET kind = NULL" FIRST,
      {"table command, run_id 1, client 0, seq 1: kind: expected a text, found NULL"}}},
    {"command",
     {FREELY "UPDATE command SET kind = x'00ff'" FIRST, {"kind: expected a text, found a blob"}}},
    {"command",
     {FREELY "UPDATE command SET issued_ns = 'soon'" FIRST,
      {"issued_ns: expected a whole number from 0 to", "found 'soon'"}}},
    {"command", {FREELY "UPDATE command SET issued_ns = 1.5" FIRST, {"found 1.5"}}},
    {"command", {FREELY "UPDATE command SET returned_ns = 'x'" FIRST, {"returned_ns", "'x'"}}},
    {"command", {FREELY "UPDATE command SET status = NULL" FIRST, {"status: expected", "NULL"}}},
    {"command",
     {FREELY "UPDATE command SET client = 'zero'" FIRST,
      {"table command, run_id 1, client zero, seq 1: client: expected", "found 'zero'"}}},
    {"command", {FREELY "UPDATE command SET seq = 1e300" FIRST, {"seq: expected", "1.0e+300"}}},
    {"access",
     {FREELY "UPDATE access SET version = 'new'" FIRST,
      {"table access, run_id 1, client 0, seq 1", "version: expected", "found 'new'"}}},
    {"access", {FREELY "UPDATE access SET mode = NULL" FIRST, {"mode: expected", "NULL"}}},
    {"access",
     {FREELY "UPDATE access SET variable = x'78'" FIRST " AND mode = 'r'",
      {"variable: expected a text, found a blob"}}},
    {"access", {FREELY "UPDATE access SET client = 'no'" FIRST, {"client no", "its command"}}},
    {"run", {FREELY "UPDATE run SET scheme = NULL", {"table run, id 1: scheme: expected a text"}}},
    {"run", {FREELY "UPDATE run SET workload = x'00'", {"workload: expected a text"}}},
    {"run", {FREELY "UPDATE run SET partitions = 'two'", {"partitions", "found 'two'"}}},
    {"run", {FREELY "UPDATE run SET verdict = NULL", {"verdict", "found NULL"}}},
};

START_TEST(values_of_other_types_are_reported_with_their_row)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const char *path = good_file();
        execute_loosely(path, types[i].table, ANY_TYPE, types[i].story.sql);
        assert_check(path, 2, &types[i].story);
    }
}
END_TEST

START_TEST(rows_with_equal_keys_are_reported)
{
    const char *path = good_file();
    execute_loosely(path, "command", "replace(sql, 'client, seq)', 'client, seq, kind)')",
                    "INSERT INTO " COMMAND " SELECT run_id, client, seq, 'more', issued_ns, "
                    "returned_ns, attempts, partitions, status FROM command" FIRST);
    assert_check(path, 2,
                 &(struct story){"two commands",
                                 {"table command, run_id 1, client 0, seq 1: expected rows in the "
                                  "order of client and seq, after 0.1"}});
    path = good_file();
    execute_loosely(path, "access", "replace(sql, 'seq, variable)', 'seq, variable, mode)')",
                    "INSERT INTO " ACCESS
                    " SELECT run_id, client, seq, variable, 'w', 1 FROM access" FIRST
                    " AND mode = 'r'");
    assert_check(path, 2,
                 &(struct story){"two accesses",
                                 {"client 0, seq 1, variable variable 1: expected one access of a "
                                  "variable"}});
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spoilt rows");
    TCase *c = tcase_create("spoilt rows");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, values_out_of_range_are_reported_with_their_row);
    tcase_add_test(c, values_of_other_types_are_reported_with_their_row);
    tcase_add_test(c, rows_with_equal_keys_are_reported);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
