/* test_spoilt_tables.c - tables that are missing or of another layout are reported, and no run is
 * added; tables of other programs in the file are kept. */
#include <stdio.h>

#include "tests/lib/harness.h"
#include "tests/results/spoilt.h"

START_TEST(tables_and_views_of_other_programs_are_kept)
{
    const char *path = good_file();
    char sql[128];
    database_execute(path, ENDLESS "CREATE TABLE mine(x); INSERT INTO mine VALUES(1);"
                                   "CREATE TRIGGER mine_too AFTER INSERT ON run BEGIN DELETE FROM "
                                   "run; INSERT INTO mine VALUES(2); END;"
                                   "CREATE VIEW laugh_0 AS SELECT * FROM run");
    for (int i = 1; i <= 60; i++) {
        snprintf(sql, sizeof(sql), "CREATE VIEW laugh_%d AS SELECT a.* FROM laugh_%d a, laugh_%d b",
                 i, i - 1, i - 1);
        database_execute(path, sql);
    }
    assert_check(path, 0, &(struct story){"things of others", {"6  ok      ok"}});
    database_add_small_run(path);
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM run"), "2");
    ck_assert_str_eq(database_query(path, "SELECT group_concat(x) FROM mine"), "1");
    assert_check(path, 0, &(struct story){"a run more", {"6  ok      ok"}});
}
END_TEST

#define RENAMED(table) "PRAGMA legacy_alter_table = ON; ALTER TABLE " table " RENAME TO hidden;"

static const struct story tables[] = {
    {RENAMED("command") "CREATE VIEW command AS SELECT * FROM hidden",
     {"expected a table command, found a view"}},
    {RENAMED("run") ENDLESS "CREATE VIEW run AS SELECT * FROM hidden, endless",
     {"expected a table run, found a view"}},
    {RENAMED("access") "CREATE VIEW access AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i "
                       "+ 1 FROM n) SELECT 1 AS run_id, 0 AS client, i AS seq, 'x' AS variable, "
                       "'r' AS mode, 0 AS version FROM n; PRAGMA writable_schema = ON; UPDATE "
                       "sqlite_schema SET type = 'table' WHERE name = 'access'",
     {"malformed database schema (access)"}},
    {"DROP TABLE plan; CREATE VIRTUAL TABLE plan USING fts5(x)",
     {"table plan: expected 'CREATE TABLE plan(", "found 'CREATE VIRTUAL TABLE plan"}},
    {"DROP VIEW summary; CREATE TABLE summary(x)",
     {"expected a view summary or none, found a table"}},
    {"ALTER TABLE node DROP COLUMN bytes_out", {"table node: expected 'bytes_out INTEGER"}},
    {"ALTER TABLE command RENAME COLUMN issued_ns TO issued",
     {"table command: expected 'issued_ns INTEGER NOT NULL', found 'issued INTEGER"}},
    {"ALTER TABLE run ADD COLUMN mine TEXT",
     {"table run: expected 'plan_gain REAL) STRICT', found 'plan_gain REAL'"}},
    {"ALTER TABLE option ADD COLUMN mine TEXT AS (name || value)", {"table option: expected"}},
    {"DROP TABLE access; CREATE TABLE access(run_id, client, seq, variable, mode, version)",
     {"table access: expected 'run_id INTEGER NOT NULL', found 'run_id'"}},
    {"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'STRICT, ', '')"
     " WHERE name = 'command'",
     {"table command: expected"}},
    {"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = NULL WHERE name = 'access'",
     {"damaged"}},
    {"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE garbage' WHERE name ="
     " 'access'",
     {"malformed"}},
    {"PRAGMA writable_schema = ON; DELETE FROM sqlite_schema",
     {"expected a table run, found none"}},
    {"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE plan(' || char(27)"
     " || ')' WHERE name = 'plan'",
     {"malformed database schema (plan)", "\"?\""}},
    {"PRAGMA application_id = 7", {"found another one"}},
};

START_TEST(tables_of_another_layout_are_reported)
{
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        const char *path = good_file();
        database_execute(path, tables[i].sql);
        assert_check(path, 2, &tables[i]);
        assert_closed(path, tables[i].sql);
    }
}
END_TEST

START_TEST(each_missing_table_is_reported)
{
    static const char *const names[] = {"run",   "option",   "interval", "latency",
                                        "phase", "node",     "message",  "plan",
                                        "fault", "property", "command",  "access"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *path = good_file();
        char sql[64], words[64];
        snprintf(sql, sizeof(sql), "DROP TABLE %s", names[i]);
        snprintf(words, sizeof(words), "expected a table %s, found none", names[i]);
        database_execute(path, sql);
        assert_check(path, 2, &(struct story){sql, {words}});
        assert_closed(path, sql);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spoilt tables");
    TCase *c = tcase_create("spoilt tables");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, tables_and_views_of_other_programs_are_kept);
    tcase_add_test(c, tables_of_another_layout_are_reported);
    tcase_add_test(c, each_missing_table_is_reported);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
