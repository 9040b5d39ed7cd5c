/* Results databases of older versions: read without a change, updated by the first run that is
 * added, in one transaction or not at all. results-version-N.sql is a database of version N, as
 * that version wrote it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/databases.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"

static char *scratch;
static struct error error;

/* A database of that version, by name. */
static const char *old_file(const char *name, int version)
{
    char text[64];
    size_t bytes;
    if (!scratch) scratch = test_scratch_directory();
    snprintf(text, sizeof(text), "tests/results/results-version-%d.sql", version);
    char *source = test_source_path(text);
    char *sql = read_file(source, &bytes);
    const char *path = path_in(scratch, name);
    database_execute(path, sql);
    free(sql);
    free(source);
    return path;
}

static void set_version(const char *path, int version)
{
    char pragma[64];
    snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", version);
    database_execute(path, pragma);
}

static int version_of(const char *path)
{
    return atoi(database_query(path, "PRAGMA user_version"));
}

/* Each table's and view's text without blanks, and each column with type and place in the key. */
static char *schema_of(const char *path)
{
    char *text = strdup(database_query(
        path, "SELECT group_concat(t, char(10)) FROM (SELECT replace(replace(sql, ' ', ''),"
              " char(10), '') AS t FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)"));
    char *columns = strdup(database_query(
        path,
        "SELECT group_concat(c, char(10)) FROM (SELECT t.name || '.' || c.name || ' ' || c.cid"
        " || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk AS c FROM sqlite_schema t,"
        " pragma_table_xinfo(t.name) c WHERE t.type <> 'index' ORDER BY t.name, c.cid)"));
    size_t room = strlen(text) + strlen(columns) + 2;
    char *both = malloc(room);
    snprintf(both, room, "%s\n%s", text, columns);
    free(text);
    free(columns);
    return both;
}

/* Line by line: the text is longer than a message may be. */
static void assert_same_schema(char *found, char *expected)
{
    char *x, *y, *a = strtok_r(found, "\n", &x), *b = strtok_r(expected, "\n", &y);
    while (a || b) {
        ck_assert_msg(a && b && strcmp(a, b) == 0, "%.1000s\nexpected: %.1000s", a ? a : "nothing",
                      b ? b : "nothing");
        a = strtok_r(NULL, "\n", &x);
        b = strtok_r(NULL, "\n", &y);
    }
    free(found);
    free(expected);
}

/* ---- read without a change ------------------------------------------------------------------ */

START_TEST(an_old_file_is_read_and_not_changed)
{
    size_t before_bytes, after_bytes;
    const char *path = old_file("read.db", 2), *message;
    char *before = read_file(path, &before_bytes);
    ck_assert_int_eq(database_check(path, &message), 0);
    ck_assert_msg(strstr(message, "dynastar 2 chirper:users=16,degree=2   12 ok     ok"), "%s",
                  message);
    ck_assert_str_eq(database_query(path, "SELECT moves || ' ' || verdict FROM summary"), "8 ok");
    char *after = read_file(path, &after_bytes);
    ck_assert_uint_eq(before_bytes, after_bytes);
    ck_assert(memcmp(before, after, before_bytes) == 0);
    free(before);
    free(after);
}
END_TEST

START_TEST(a_history_in_an_old_file_is_checked)
{
    const char *path = old_file("judged.db", 2);
    database_execute(path, "UPDATE access SET version = 7 WHERE client = 1 AND seq = 5");
    ck_assert_int_eq(database_check(path, NULL), 1);
}
END_TEST

/* ---- updates -------------------------------------------------------------------------------- */

START_TEST(adding_a_run_updates_an_old_file)
{
    const char *path = old_file("old.db", 2), *fresh = path_in(scratch, "fresh.db");
    database_add_small_run(path);
    database_add_small_run(fresh);
    ck_assert_int_eq(version_of(path), RESULTS_USER_VERSION);
    char *expected = schema_of(fresh);
    ck_assert_ptr_nonnull(strstr(expected, "interval.attempts_max 15 INTEGER 0 0"));
    ck_assert_ptr_nonnull(strstr(expected, "failover.below_80_s"));
    assert_same_schema(schema_of(path), expected);
    ck_assert_str_eq(database_query(path, "PRAGMA integrity_check"), "ok");
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM pragma_foreign_key_check"), "0");
}
END_TEST

START_TEST(an_update_keeps_old_values_and_fills_new_columns_with_null)
{
    const char *path = old_file("kept.db", 2);
    database_add_small_run(path);
    ck_assert_str_eq(database_query(path, "SELECT group_concat(scheme) FROM run"), "dynastar,ssmr");
    ck_assert_str_eq(database_query(path, "SELECT completed || ' ' || exchanged || ' ' || "
                                          "ifnull(attempts_max, 'NULL') FROM interval"),
                     "12 10 NULL");
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM plan"), "3");
    ck_assert_str_eq(database_query(path, "SELECT fault FROM failover"), "crash p1.r2");
    ck_assert_int_eq(database_check(path, NULL), 0);
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM command"), "18");
}
END_TEST

START_TEST(only_views_of_older_versions_are_replaced)
{
    const char *path = path_in(scratch, "views.db"), *fresh = path_in(scratch, "today.db");
    database_add_small_run(path);
    database_add_small_run(fresh);
    database_execute(path, "DROP VIEW summary; CREATE VIEW summary AS SELECT id FROM run;"
                           "DROP VIEW failover; CREATE VIEW mine AS SELECT 1 AS one");
    database_add_small_run(path);
    ck_assert_str_eq(database_query(path, "SELECT one FROM mine"), "1");
    database_execute(path, "DROP VIEW mine");
    assert_same_schema(schema_of(path), schema_of(fresh));
}
END_TEST

/* In a process of its own, without assertions. */
static int try_to_add(const char *path)
{
    static struct run_result result;
    struct ledger history;
    database_small_run(&result, &history);
    int status = results_add(path, &result, NULL, &error);
    ledger_finish(&history);
    return status;
}

START_TEST(several_processes_update_an_old_file_once)
{
    enum { PROCESSES = 4 };
    const char *path = old_file("several.db", 2);
    pid_t child[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        child[i] = fork();
        ck_assert_int_ge(child[i], 0);
        if (child[i]) continue;
        _exit(try_to_add(path) < 0);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int ended;
        ck_assert_int_eq(waitpid(child[i], &ended, 0), child[i]);
        ck_assert(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
    }
    ck_assert_int_eq(version_of(path), RESULTS_USER_VERSION);
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM run"), "5");
}
END_TEST

/* ---- failed updates ------------------------------------------------------------------------- */

/* In a process of its own that can write no byte beyond the file's length. */
static void add_on_a_full_disk(const char *path, size_t bytes)
{
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){bytes, bytes});
    _exit(try_to_add(path) == -1 && strstr(error.text, path) ? 7 : 1);
}

START_TEST(a_full_disk_leaves_an_old_file_unchanged)
{
    size_t before_bytes, after_bytes;
    const char *path = old_file("full.db", 2);
    char *before = read_file(path, &before_bytes);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) add_on_a_full_disk(path, before_bytes);
    int ended;
    ck_assert_int_eq(waitpid(child, &ended, 0), child);
    ck_assert(WIFEXITED(ended));
    ck_assert_int_eq(WEXITSTATUS(ended), 7);
    char *after = read_file(path, &after_bytes);
    ck_assert_uint_eq(before_bytes, after_bytes);
    ck_assert(memcmp(before, after, before_bytes) == 0);
    free(before);
    free(after);
    ck_assert_int_eq(database_check(path, NULL), 0);
}
END_TEST

/* Enough commands that adding them takes long. */
static void add_endless_run(const char *path)
{
    static struct run_result result;
    struct ledger history;
    database_small_run(&result, &history);
    for (uint32_t i = 0; i < 3000000; i++) {
        ledger_add_bare(&history, (struct command_id){.client = 2, .seq = i}, 0, i, i);
        ledger_add_access(&history, 0, ACCESS_READ, 0);
    }
    results_add(path, &result, NULL, &error);
    _exit(0);
}

/* The file grows after the update of the tables, when rows are added. */
static void await_growth(const char *path, size_t bytes)
{
    for (int i = 0; i < 600000; i++) {
        size_t now;
        free(read_file(path, &now));
        if (now > bytes) return;
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    ck_abort_msg("%s does not grow", path);
}

START_TEST(a_killed_program_leaves_an_old_file_unchanged)
{
    size_t bytes;
    const char *path = old_file("killed.db", 2);
    char *before = schema_of(path);
    free(read_file(path, &bytes));
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) add_endless_run(path);
    await_growth(path, bytes + 65536);
    kill(child, SIGKILL);
    int ended;
    ck_assert_int_eq(waitpid(child, &ended, 0), child);
    ck_assert(WIFSIGNALED(ended));
    ck_assert_int_eq(version_of(path), 2);
    assert_same_schema(schema_of(path), before);
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM run"), "1");
    ck_assert_int_eq(database_check(path, NULL), 0);
}
END_TEST

/* ---- unknown versions ----------------------------------------------------------------------- */

static void assert_refused(const char *path, const char *reason)
{
    const char *message;
    ck_assert_int_eq(database_check(path, &message), 2);
    ck_assert_msg(strstr(message, reason) && strstr(message, path), "%s", message);
    ck_assert_int_eq(results_probe(path, &error), -1);
    ck_assert_msg(strstr(error.text, reason) && strstr(error.text, path), "%s", error.text);
}

START_TEST(newer_and_much_older_files_are_refused)
{
    const char *path = old_file("unknown.db", 2);
    set_version(path, RESULTS_VERSION_OLDEST - 1);
    assert_refused(path, "expected a results database of version 2 or newer, found version 1");
    set_version(path, RESULTS_USER_VERSION + 1);
    assert_refused(path, "which a newer aviary wrote");
    set_version(path, RESULTS_USER_VERSION); /* which it is not */
    assert_refused(path, "table run: expected 'exchanged_bytes INTEGER NOT NULL', found 'exch");
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM run"), "1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("results versions");
    TCase *c = tcase_create("versions");
    tcase_add_test(c, an_old_file_is_read_and_not_changed);
    tcase_add_test(c, a_history_in_an_old_file_is_checked);
    tcase_add_test(c, adding_a_run_updates_an_old_file);
    tcase_add_test(c, an_update_keeps_old_values_and_fills_new_columns_with_null);
    tcase_add_test(c, only_views_of_older_versions_are_replaced);
    tcase_add_test(c, several_processes_update_an_old_file_once);
    tcase_add_test(c, a_full_disk_leaves_an_old_file_unchanged);
    tcase_add_test(c, a_killed_program_leaves_an_old_file_unchanged);
    tcase_add_test(c, newer_and_much_older_files_are_refused);
    tcase_set_timeout(c, 60);
    suite_add_tcase(suite, c);
    int status = test_main(suite);
    free(scratch);
    return status;
}
