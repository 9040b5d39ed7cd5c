/* test_writers.c - processes that are killed while they add a run, or that add runs at the same
 * time: the database holds whole runs only. */
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "analysis/results/results.h"
#include "tests/lib/databases.h"
#include "tests/lib/harness.h"
#include "tests/lib/recorded_run.h"

static struct error error;

/* A history of enough commands that writing it takes a while. */
static void add_big_run(const char *path, uint32_t commands)
{
    struct ledger ledger;
    static struct run_result result;
    ledger_init(&ledger, NULL, NULL, LEDGER_ACCESSES);
    for (uint32_t i = 0; i < commands; i++) {
        ledger_add_bare(&ledger, (struct command_id){.client = i % 8, .seq = i / 8 + 1}, 0, i,
                        i + 100);
        ledger_add_access(&ledger, i % 100, ACCESS_READ, 0);
    }
    recorded_result(&result, NULL);
    result.history = &ledger;
    if (results_add(path, &result, NULL, &error) < 0) fprintf(stderr, "%s\n", error.text);
    ledger_finish(&ledger);
}

/* Waits for a file to hold at least that many bytes. */
static void await_bytes(const char *path, off_t bytes)
{
    struct stat status;
    for (int i = 0; i < 100000; i++) {
        if (stat(path, &status) == 0 && status.st_size >= bytes) return;
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    ck_abort_msg("%s does not grow", path);
}

START_TEST(a_killed_writer_leaves_no_incomplete_run)
{
    char path[512], journal[520];
    snprintf(path, sizeof(path), "%s", database_path("killed.db"));
    snprintf(journal, sizeof(journal), "%s-journal", path);
    add_recorded_run(path, false);
    for (int round = 0; round < 3; round++) {
        struct stat status;
        ck_assert_int_eq(stat(path, &status), 0);
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            add_big_run(path, 1000000);
            _exit(0);
        }
        /* Its pages spill into the file long before it commits. */
        await_bytes(path, status.st_size + (round + 1) * 65536);
        kill(child, SIGKILL);
        int ended;
        ck_assert_int_eq(waitpid(child, &ended, 0), child);
        ck_assert(WIFSIGNALED(ended));
        ck_assert_int_eq(access(journal, F_OK), 0);
        add_recorded_run(path, false);
    }
    ck_assert_str_eq(database_query(path, "PRAGMA integrity_check"), "ok");
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM run"), "4");
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM command"), "16");
}
END_TEST

START_TEST(a_writer_killed_at_the_first_run_leaves_a_usable_file)
{
    char path[512];
    snprintf(path, sizeof(path), "%s", database_path("first.db"));
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        add_big_run(path, 1000000);
        _exit(0);
    }
    await_bytes(path, 65536);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    add_recorded_run(path, false);
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM run"), "1");
}
END_TEST

START_TEST(four_processes_can_add_runs_concurrently)
{
    enum { PROCESSES = 4, RUNS = 10 };
    char path[512];
    pid_t child[PROCESSES];
    snprintf(path, sizeof(path), "%s", database_path("four.db"));
    for (int i = 0; i < PROCESSES; i++) {
        child[i] = fork();
        ck_assert_int_ge(child[i], 0);
        if (child[i]) continue;
        for (int j = 0; j < RUNS; j++) add_big_run(path, 100);
        _exit(0);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int ended;
        ck_assert_int_eq(waitpid(child[i], &ended, 0), child[i]);
        ck_assert(WIFEXITED(ended));
    }
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM run"), "40");
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM command"), "4000");
    ck_assert_str_eq(
        database_query(path, "SELECT count(*) FROM (SELECT run_id FROM option GROUP BY run_id "
                             "HAVING count(*) = 2)"),
        "40");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("writers");
    TCase *c = tcase_create("writers");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_killed_writer_leaves_no_incomplete_run);
    tcase_add_test(c, a_writer_killed_at_the_first_run_leaves_a_usable_file);
    tcase_add_test(c, four_processes_can_add_runs_concurrently);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
