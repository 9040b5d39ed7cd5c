/* test_busy.c - a database that another process has locked: it is waited for, which is said, and
 * given up after a time, without a trace in the file. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/experiment/commands.h"
#include "analysis/results/results.h"
#include "base/clock.h"
#include "sim/simulation.h"
#include "tests/lib/commands.h"
#include "tests/lib/databases.h"
#include "tests/lib/harness.h"

static struct error error;

/* A process that has a lock on a file until it is told, or the test has ended. */
struct holder {
    pid_t pid;
    int pipe; /* closing it ends the lock */
};

static void hold_in_child(const char *path, const char *lock, int ready, int until)
{
    char byte = 0;
    sqlite3 *db;
    if (sqlite3_open(path, &db) != SQLITE_OK) _exit(1);
    if (sqlite3_exec(db, lock, NULL, NULL, NULL) != SQLITE_OK) _exit(2);
    if (write(ready, &byte, 1) != 1) _exit(3);
    while (read(until, &byte, 1) > 0) continue;
    sqlite3_close(db);
    _exit(0);
}

/* Returns when the lock is held. */
static struct holder hold(const char *path, const char *lock)
{
    int ready[2], until[2];
    char byte;
    ck_assert(pipe(ready) == 0 && pipe(until) == 0);
    struct holder h = {.pid = fork(), .pipe = until[1]};
    ck_assert_int_ge(h.pid, 0);
    if (h.pid == 0) {
        close(until[1]);
        hold_in_child(path, lock, ready[1], until[0]);
    }
    close(ready[1]);
    close(until[0]);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return h;
}

static void release(struct holder *h)
{
    int status;
    close(h->pipe);
    ck_assert_int_eq(waitpid(h->pid, &status, 0), h->pid);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static const char *const locks[] = {"BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"};

START_TEST(a_locked_database_is_given_up_after_a_time)
{
    static struct run_result result;
    struct ledger history;
    char path[512];
    snprintf(path, sizeof(path), "%s", database_path(_i == 0 ? "immediate.db" : "exclusive.db"));
    database_add_small_run(path);
    database_small_run(&result, &history);
    results_wait_most(20000000);
    struct holder h = hold(path, locks[_i]);
    ck_assert_int_eq(results_probe(path, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "another process has locked it, for more than 20ms"));
    ck_assert_int_eq(strncmp(error.text, path, strlen(path)), 0);
    ck_assert_int_eq(results_add(path, &result, NULL, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "(--wait)"));
    release(&h);
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM run"), "1");
    ck_assert_str_eq(database_query(path, "PRAGMA integrity_check"), "ok");
    ck_assert_msg(results_add(path, &result, NULL, &error) == 0, "%s", error.text);
    ledger_finish(&history);
}
END_TEST

static int run(int argc, char **argv)
{
    return cmd_run(argc, argv, &simulation_command);
}

START_TEST(a_run_is_not_begun_that_could_not_be_stored)
{
    char path[512], line[600], *scratch = test_scratch_directory();
    snprintf(path, sizeof(path), "%s", database_path("before.db"));
    database_add_small_run(path);
    struct holder h = hold(path, "BEGIN IMMEDIATE");
    /* It would need hours. */
    snprintf(line, sizeof(line), "--duration 1h --wait 1ms --db %s", path);
    struct printed p = run_command(run, "run", line, scratch);
    release(&h);
    ck_assert_int_eq(p.status, 2);
    ck_assert_str_eq(p.out, "");
    ck_assert_ptr_nonnull(strstr(p.err, "another process has locked it, for more than 1ms"));
    printed_finish(&p);
    free(scratch);
}
END_TEST

static bool file_says(const char *path, const char *what)
{
    size_t bytes;
    char *text = read_file(path, &bytes);
    bool says = strstr(text, what) != NULL;
    free(text);
    return says;
}

/* Leaves the end of the lock to a process, which waits until a file says so. */
static pid_t release_when(struct holder *h, const char *path, const char *says)
{
    pid_t watch = fork();
    ck_assert_int_ge(watch, 0);
    if (watch == 0) {
        while (!file_says(path, says)) clock_sleep(10000000);
        _exit(0);
    }
    close(h->pipe);
    return watch;
}

START_TEST(waiting_is_reported_and_then_the_run_is_stored)
{
    static struct run_result result;
    struct ledger history;
    char path[512], err[512];
    snprintf(path, sizeof(path), "%s", database_path("told.db"));
    snprintf(err, sizeof(err), "%s", database_path("told.err"));
    database_add_small_run(path);
    database_small_run(&result, &history);
    struct holder h = hold(path, "BEGIN EXCLUSIVE");
    results_wait_most(UINT64_C(60000000000));
    int kept = divert(stderr, err);
    pid_t watch = release_when(&h, err, "told.db, which another process has locked\n");
    int status = results_add(path, &result, NULL, &error);
    restore(stderr, kept);
    ck_assert_msg(status == 0, "%s", error.text);
    ck_assert_int_eq(waitpid(watch, NULL, 0), watch);
    ck_assert_int_eq(waitpid(h.pid, NULL, 0), h.pid);
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM run"), "2");
    ledger_finish(&history);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("busy");
    TCase *c = tcase_create("busy");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, a_locked_database_is_given_up_after_a_time, 0, 2);
    tcase_add_test(c, a_run_is_not_begun_that_could_not_be_stored);
    tcase_add_test(c, waiting_is_reported_and_then_the_run_is_stored);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
