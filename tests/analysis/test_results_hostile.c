/*
 * Results databases that are damaged, of others, or made to do harm: `aviary check` names file,
 * table, row and what it expected, and ends with status 2; a run is added only to what is a results
 * database. Nothing ends in an assertion, an endless loop or all of the memory.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/databases.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"

static char *scratch;
static struct error error;

/* A good database to spoil. */
static const char *good_file(void)
{
    static char *content;
    static size_t bytes;
    if (!scratch) scratch = test_scratch_directory();
    const char *path = path_in(scratch, "hostile.db");
    if (!content) {
        database_add_small_run(path);
        content = read_file(path, &bytes);
    }
    write_file(path, content, bytes);
    return path;
}

/* Something done to a good database, and what is said of it. */
struct story {
    const char *sql;
    const char *words[3]; /* the rest is NULL */
};

static void assert_says(const char *what, const char *said, const char *const *words)
{
    for (int i = 0; i < 3 && words[i]; i++)
        ck_assert_msg(strstr(said, words[i]) != NULL, "%.300s:\n'%s' is not in:\n%.1000s", what,
                      words[i], said);
}

static void assert_check(const char *path, int expected, const struct story *story)
{
    const char *said;
    int status = database_check(path, &said);
    ck_assert_msg(status == expected, "%.300s: status %d, expected %d:\n%.1000s", story->sql,
                  status, expected, said);
    assert_says(story->sql, said, story->words);
    if (expected == 2) assert_says(story->sql, said, (const char *[3]){path});
}

/* Nothing can be added either, and the file stays as it is. */
static void assert_closed(const char *path, const char *what)
{
    static struct run_result result;
    struct ledger history;
    size_t before_bytes, after_bytes;
    char *before = read_file(path, &before_bytes);
    ck_assert_msg(results_probe(path, &error) == -1, "%.300s", what);
    database_small_run(&result, &history);
    ck_assert_msg(results_add(path, &result, NULL, &error) == -1, "%.300s", what);
    ck_assert_msg(strncmp(error.text, path, strlen(path)) == 0, "%s", error.text);
    ledger_finish(&history);
    char *after = read_file(path, &after_bytes);
    ck_assert_uint_eq(before_bytes, after_bytes);
    ck_assert_msg(memcmp(before, after, before_bytes) == 0, "%.300s", what);
    free(before);
    free(after);
}

/* ---- values --------------------------------------------------------------------------------- */

#define FREELY "PRAGMA ignore_check_constraints = ON;"
#define COMMAND \
    "command(run_id, client, seq, kind, issued_ns, returned_ns, attempts, partitions, status)"
#define ACCESS "access(run_id, client, seq, variable, mode, version)"
#define FIRST " WHERE client = 0 AND seq = 1"

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

START_TEST(values_out_of_range_are_told_with_their_row)
{
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const char *path = good_file();
        database_execute(path, values[i].sql);
        assert_check(path, 2, &values[i]);
    }
}
END_TEST

/* What a table's text is turned into, as SQL, so that it takes values of any type. */
#define ANY_TYPE \
    "replace(replace(replace(sql, ' NOT NULL', ''), ') STRICT,', ')'), ') STRICT', ')')"

/* Runs the statements while the table's text is another one, by which columns and rows are stored
 * in the same order. */
static void execute_loosely(const char *path, const char *table, const char *loose, const char *sql)
{
    char *query = sqlite3_mprintf("SELECT sql FROM sqlite_schema WHERE name = %Q", table);
    char *tight = strdup(database_ask(path, query));
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

START_TEST(values_of_other_types_are_told_with_their_row)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const char *path = good_file();
        execute_loosely(path, types[i].table, ANY_TYPE, types[i].story.sql);
        assert_check(path, 2, &types[i].story);
    }
}
END_TEST

START_TEST(rows_with_one_key_are_told)
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

/* ---- nothing to check ----------------------------------------------------------------------- */

static const struct story hollow[] = {
    {"DELETE FROM access",
     {"run 1: strict-serializability: there is nothing to check: of 6 commands and 0 accesses",
      "unknown"}},
    {"DELETE FROM access; DELETE FROM command", {"of 0 commands and 0 accesses"}},
    {"UPDATE command SET status = 'lost', returned_ns = NULL", {"nothing to check"}},
    {"UPDATE access SET version = NULL", {"nothing to check"}},
};

START_TEST(a_history_that_holds_nothing_is_not_ok)
{
    for (size_t i = 0; i < sizeof(hollow) / sizeof(hollow[0]); i++) {
        const char *path = good_file(), *said;
        database_execute(path, hollow[i].sql);
        ck_assert_int_eq(database_check(path, &said), 2);
        assert_says(hollow[i].sql, said, hollow[i].words);
    }
}
END_TEST

START_TEST(what_exists_was_not_to_be_refused)
{
    const char *path = good_file();
    database_execute(path, "UPDATE command SET status = 'nok'" FIRST);
    assert_check(path, 1, &(struct story){"a refusal", {"run 1: right-refusals: c0.1"}});
}
END_TEST

/* The file says what is in x in the end, and its first writer's digest. */
START_TEST(values_that_no_order_computes_are_told)
{
    const char *path = good_file();
    assert_check(path, 0, &(struct story){"good", {"ok      ok"}});
    database_execute(path, "UPDATE variable SET value = value + 1 WHERE number = 0");
    assert_check(path, 1, &(struct story){"a value", {"run 1: serial-values: in the end p0"}});
    path = good_file();
    database_execute(path, "UPDATE command SET digest = digest + 1" FIRST);
    assert_check(path, 1, &(struct story){"a digest", {"run 1: serial-values: c0.1"}});
    path = good_file();
    database_execute(path, "UPDATE variable SET number = -1 WHERE number = 1");
    assert_check(path, 2, &(struct story){"a number", {"table variable", "number: expected"}});
    path = good_file();
    database_execute(path, "DELETE FROM variable");
    assert_check(path, 0, &(struct story){"none", {"serial-values: the table variable"}});
}
END_TEST

START_TEST(a_run_without_history_is_unknown_and_no_error)
{
    const char *path = good_file(), *said;
    database_execute(path, "DELETE FROM access; DELETE FROM command; DELETE FROM option");
    ck_assert_int_eq(database_check(path, &said), 0);
    assert_says("no history", said,
                (const char *[3]){"       0  ok      unknown", "no run has a history"});
}
END_TEST

START_TEST(one_failure_outweighs_what_is_hollow)
{
    const char *path = good_file();
    database_add_small_run(path);
    database_execute(path, "DELETE FROM access WHERE run_id = 1;"
                           "UPDATE access SET version = 9 WHERE run_id = 2 AND client = 1");
    assert_check(path, 1,
                 &(struct story){"versions that no command wrote",
                                 {"run 1: strict-serializability: there is nothing", "run 2: "}});
}
END_TEST

/* ---- what is unusual but fine --------------------------------------------------------------- */

START_TEST(large_numbers_take_no_room)
{
    const char *path = good_file();
    database_execute(path, "UPDATE command SET seq = 4294967294 WHERE client = 0 AND seq = 3;"
                           "UPDATE access SET seq = 4294967294 WHERE client = 0 AND seq = 3;"
                           "UPDATE command SET client = 1048575 WHERE client = 1;"
                           "UPDATE access SET client = 1048575 WHERE client = 1;"
                           "UPDATE command SET digest = NULL;"
                           "UPDATE variable SET version = NULL");
    assert_check(path, 0, &(struct story){"large numbers", {"6  ok      ok"}});
}
END_TEST

/* Views that take forever, or all of the memory, to look into. */
#define ENDLESS                                                                            \
    "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM " \
    "n) SELECT count(*) AS c FROM n;"

START_TEST(what_others_keep_in_the_file_is_left_alone)
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
    ck_assert_str_eq(database_ask(path, "SELECT count(*) FROM run"), "2");
    ck_assert_str_eq(database_ask(path, "SELECT group_concat(x) FROM mine"), "1");
    assert_check(path, 0, &(struct story){"a run more", {"6  ok      ok"}});
}
END_TEST

/* ---- tables --------------------------------------------------------------------------------- */

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
     {"table run: expected 'exchanged_bytes INTEGER NOT NULL) STRICT', found 'exchanged_bytes "
      "INTEGER NOT NULL'"}},
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

START_TEST(tables_that_are_not_ours_are_told)
{
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        const char *path = good_file();
        database_execute(path, tables[i].sql);
        assert_check(path, 2, &tables[i]);
        assert_closed(path, tables[i].sql);
    }
}
END_TEST

START_TEST(each_table_is_missed)
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

/* ---- files ---------------------------------------------------------------------------------- */

START_TEST(files_that_are_no_database_are_told)
{
    const char *path = good_file();
    size_t bytes;
    char *content = read_file(path, &bytes);
    write_text(path, "my notes, and more of them, which are longer than a hundred bytes, as "
                     "somebody may keep them where results should go\n");
    assert_check(path, 2, &(struct story){"notes", {"the file is not a database"}});
    assert_closed(path, "notes");
    for (size_t i = 0; i < bytes; i++) content[i] = (char)((size_t)content[i] ^ (0x5a + i * 7));
    write_file(path, content, bytes);
    assert_check(path, 2, &(struct story){"encrypted", {"is encrypted"}});
    assert_closed(path, "encrypted");
    write_text(path, "");
    assert_check(path, 2, &(struct story){"empty", {"found nothing"}});
    free(content);
}
END_TEST

START_TEST(truncated_files_are_told_or_still_fine)
{
    const char *path = good_file(), *said;
    size_t bytes, refused = 0;
    char *content = read_file(path, &bytes);
    for (size_t kept = 512; kept < bytes; kept += 512) {
        write_file(path, content, kept);
        int status = database_check(path, &said);
        ck_assert_msg(status == 2 || strstr(said, "6  ok      ok"), "%zu bytes: %s", kept, said);
        refused += status == 2;
    }
    ck_assert_uint_gt(refused, bytes / 512 / 2);
    free(content);
}
END_TEST

START_TEST(what_is_no_file_is_told)
{
    if (!scratch) scratch = test_scratch_directory();
    const char *nowhere = path_in(scratch, "nowhere.db");
    assert_check(scratch, 2, &(struct story){"a directory", {"expected a file"}});
    assert_check("/dev/null", 2, &(struct story){"a device", {"expected a file"}});
    assert_check(nowhere, 2, &(struct story){"nowhere", {"unable to open"}});
    ck_assert_int_eq(database_check("", NULL), 2);
    ck_assert_int_eq(access(nowhere, F_OK), -1);
    ck_assert_int_eq(results_probe(scratch, &error), -1);
    ck_assert_int_eq(results_probe("", &error), -1);
}
END_TEST

/* Names that SQLite would take for something else. */
START_TEST(a_name_is_a_name)
{
    static const char *const names[] = {":memory:", "file:x.db?mode=memory"};
    char before[512];
    if (!scratch) scratch = test_scratch_directory();
    ck_assert_ptr_nonnull(getcwd(before, sizeof(before)));
    ck_assert_int_eq(chdir(scratch), 0);
    for (size_t i = 0; i < 2; i++) {
        database_add_small_run(names[i]);
        ck_assert_int_eq(access(names[i], F_OK), 0);
        ck_assert_int_eq(database_check(names[i], NULL), 0);
        unlink(names[i]);
    }
    ck_assert_int_eq(chdir(before), 0);
}
END_TEST

/* ---- pages ---------------------------------------------------------------------------------- */

enum { PAGE_BYTES = 512, DEPTH = 8 };

/* The root page of a table, from 1. */
static size_t root_of(const char *path, const char *table)
{
    char query[128];
    snprintf(query, sizeof(query), "SELECT rootpage FROM sqlite_schema WHERE name = '%s'", table);
    return (size_t)atoi(database_ask(path, query));
}

static uint32_t big_endian(const uint8_t *at, int bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++) value = value << 8 | at[i];
    return value;
}

static void put_page_number(uint8_t *at, size_t page)
{
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(page >> (24 - 8 * i));
}

/* Makes every child of an inner page of an index the same page. */
static void point_all_at(uint8_t *page, size_t child)
{
    uint32_t cells = big_endian(page + 3, 2);
    ck_assert_int_eq(page[0], 2);
    ck_assert_uint_gt(cells, 5);
    for (uint32_t i = 0; i < cells; i++)
        put_page_number(page + big_endian(page + 12 + 2 * i, 2), child);
    put_page_number(page + 8, child);
}

/* Of a blob of zeros: only the number of its next page stands in it. */
static bool is_zero(const uint8_t *page)
{
    for (int i = 4; i < PAGE_BYTES; i++)
        if (page[i]) return false;
    return true;
}

/* A tree of more rows than the file has atoms: an inner page of `command`, copied over pages of
 * another table, each leading to the next one only. */
static void grow_endless_tree(const char *path)
{
    size_t bytes;
    size_t root = root_of(path, "command");
    char *content = read_file(path, &bytes);
    uint8_t *pages = (uint8_t *)content - PAGE_BYTES; /* page 1 is the first */
    uint8_t inner[PAGE_BYTES];
    size_t leaf = root;
    while (pages[leaf * PAGE_BYTES] == 2) {
        memcpy(inner, pages + leaf * PAGE_BYTES, PAGE_BYTES);
        leaf = big_endian(inner + big_endian(inner + 12, 2), 4);
    }
    size_t next = leaf, spare = 1;
    for (size_t i = 0; i < DEPTH; i++) {
        while (!is_zero(pages + spare * PAGE_BYTES)) spare++;
        size_t here = i + 1 == DEPTH ? root : spare;
        ck_assert_uint_lt(here * PAGE_BYTES, bytes);
        memcpy(pages + here * PAGE_BYTES, inner, PAGE_BYTES);
        point_all_at(pages + here * PAGE_BYTES, next);
        next = here;
    }
    write_file(path, content, bytes);
    free(content);
}

START_TEST(a_tree_that_repeats_itself_ends)
{
    const char *path = good_file();
    database_execute(path,
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)"
                     " INSERT INTO " COMMAND " SELECT 1, 2, i, 'k', 0, 0, 1, 1, 'ok' FROM n;"
                     "CREATE TABLE filler(x); INSERT INTO filler VALUES(zeroblob(20000));"
                     "PRAGMA page_size = 512; VACUUM");
    assert_check(path, 0, &(struct story){"not yet", {"906  ok      ok"}});
    grow_endless_tree(path);
    assert_check(
        path, 2,
        &(struct story){"endless", {"is damaged: expected to have read its", "(table run)"}});
}
END_TEST

/* A row of `access` with a name of 600 bytes, and one with 14 pages more, as they begin in the
 * file: bytes of the row, then the types of its columns. So much of each stands in its place, and
 * the number of the page where the rest begins. */
static const uint8_t short_row[] = {0x84, 0x62, 9, 9, 8, 9, 0x89, 0x3d, 15, 8, 0};
static const uint8_t long_row[] = {0xbc, 0x2a, 9, 9, 8, 9, 0xf8, 0x4d, 15, 8, 0};
enum { ROW_HEAD = sizeof(short_row), ROW_IN_PLACE = 2 + 102 };

/* Makes each short row a long one whose rest is that of the only long one. */
static uint32_t share_the_rest(uint8_t *content, size_t bytes)
{
    uint32_t shared = 0;
    const uint8_t *rest = NULL;
    for (size_t i = 0; i + PAGE_BYTES < bytes && !rest; i++)
        if (memcmp(content + i, long_row, ROW_HEAD) == 0) rest = content + i + ROW_IN_PLACE;
    ck_assert_ptr_nonnull(rest);
    for (size_t i = 0; i + PAGE_BYTES < bytes; i++) {
        if (memcmp(content + i, short_row, ROW_HEAD) != 0) continue;
        memcpy(content + i, long_row, ROW_HEAD);
        memcpy(content + i + ROW_IN_PLACE, rest, 4);
        shared++;
    }
    return shared;
}

START_TEST(names_that_share_their_bytes_take_no_room)
{
    const char *path = good_file();
    size_t bytes;
    database_execute(
        path, "DELETE FROM access;"
              "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 299)"
              " INSERT INTO " ACCESS " SELECT 1, 0, 1, i || substr(hex(zeroblob(4000)), 1,"
              " CASE i WHEN 100 THEN 7709 ELSE 597 END), 'r', 0 FROM n;"
              "PRAGMA page_size = 512; VACUUM");
    assert_check(path, 0, &(struct story){"not yet", {"6  ok      ok"}});
    char *content = read_file(path, &bytes);
    ck_assert_uint_eq(share_the_rest((uint8_t *)content, bytes), 199);
    write_file(path, content, bytes);
    free(content);
    assert_check(path, 2,
                 &(struct story){"shared bytes",
                                 {"table access, run_id 1, client 0, seq 1, variable ",
                                  "variable: expected texts of fewer bytes in all than the file"}});
}
END_TEST

/* Clients 10 and 11 read versions 0 and 1 of a, ever so often and all at one instant. z comes
 * before the former by what it writes of c and after the latter by b: the search for a cycle from
 * there must look at the former, and at the instant, not once for each of the latter. */
START_TEST(many_at_one_instant_are_judged_in_time)
{
    const char *path = good_file();
    database_execute(
        path,
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)"
        " INSERT INTO " COMMAND " SELECT 1, 10 + i % 2, i, 'r', 7, 7, 1, 1, 'ok' FROM n;"
        "INSERT INTO " ACCESS " SELECT 1, client, seq, 'a', 'r', client - 10 FROM command"
        " WHERE client > 9;"
        "INSERT INTO " ACCESS " SELECT 1, 10, seq, 'c', 'r', 1 FROM command WHERE client = 10;"
        "INSERT INTO " ACCESS " SELECT 1, 11, seq, 'b', 'r', 0 FROM command WHERE client = 11;"
        "INSERT INTO " COMMAND " VALUES(1, 12, 1, 'w', 7, 7, 1, 1, 'ok'),"
        " (1, 13, 1, 'z', 7, 7, 1, 1, 'ok');"
        "INSERT INTO " ACCESS " VALUES(1, 12, 1, 'a', 'w', NULL), (1, 13, 1, 'b', 'w', 0),"
        " (1, 13, 1, 'c', 'w', 0);");
    assert_check(path, 1, &(struct story){"one instant", {"no serial order explains it"}});
}
END_TEST

/* ---- the suite ------------------------------------------------------------------------------ */

int main(void)
{
    Suite *suite = suite_create("hostile results");
    TCase *c = tcase_create("hostile");
    tcase_add_test(c, values_out_of_range_are_told_with_their_row);
    tcase_add_test(c, values_of_other_types_are_told_with_their_row);
    tcase_add_test(c, rows_with_one_key_are_told);
    tcase_add_test(c, a_history_that_holds_nothing_is_not_ok);
    tcase_add_test(c, what_exists_was_not_to_be_refused);
    tcase_add_test(c, values_that_no_order_computes_are_told);
    tcase_add_test(c, a_run_without_history_is_unknown_and_no_error);
    tcase_add_test(c, one_failure_outweighs_what_is_hollow);
    tcase_add_test(c, large_numbers_take_no_room);
    tcase_add_test(c, what_others_keep_in_the_file_is_left_alone);
    tcase_add_test(c, tables_that_are_not_ours_are_told);
    tcase_add_test(c, each_table_is_missed);
    tcase_add_test(c, files_that_are_no_database_are_told);
    tcase_add_test(c, truncated_files_are_told_or_still_fine);
    tcase_add_test(c, what_is_no_file_is_told);
    tcase_add_test(c, a_name_is_a_name);
    tcase_add_test(c, a_tree_that_repeats_itself_ends);
    tcase_add_test(c, names_that_share_their_bytes_take_no_room);
    tcase_add_test(c, many_at_one_instant_are_judged_in_time);
    tcase_set_timeout(c, 60);
    suite_add_tcase(suite, c);
    int status = test_main(suite);
    free(scratch);
    return status;
}
