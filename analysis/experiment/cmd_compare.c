/* cmd_compare.c - `aviary compare`: every combination of schemes and partitions, in one table.
 *
 * Each run is a process of its own: -j of them at a time, isolated from each other, and each adds
 * its own transaction to the database. A child reports its row through a pipe. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/experiment/commands.h"
#include "analysis/experiment/replay.h"
#include "analysis/experiment/runner.h"
#include "analysis/results/summary.h"
#include "base/assert.h"
#include "base/last_words.h"
#include "base/memory.h"

/* A child's report. */
struct report {
    int failed;
    struct error error;
    struct summary summary;
};

struct child {
    pid_t pid; /* 0: not running */
    int pipe;
    uint32_t run; /* index of the combination */
};

static int fail(const struct error *error)
{
    fprintf(stderr, "aviary compare: %s\n", error->text);
    return 2;
}

static const struct scheme *scheme_of(const struct experiment *e, uint32_t run)
{
    ASSERT(run < e->scheme_count * e->partitions_count);
    return e->schemes[run / e->partitions_count];
}

static uint32_t partitions_of(const struct experiment *e, uint32_t run)
{
    return e->partitions[run % e->partitions_count];
}

static void run_one(const struct experiment *e, const struct cluster_ops *transport, uint32_t run,
                    struct report *report)
{
    memset(report, 0, sizeof(*report));
    char *again = replay_line(e, scheme_of(e, run), partitions_of(e, run));
    last_words_again(again);
    struct run *s =
        run_execute(&(struct run_setup){e, scheme_of(e, run), partitions_of(e, run), transport},
                    NULL, &report->error);
    int64_t run_id = 0;
    report->failed = !s || results_add(e->db, run_result(s), &run_id, &report->error) < 0;
    if (!report->failed) summary_fill(&report->summary, run_result(s), run_id);
    run_destroy(s);
    free(again);
}

static int write_all(int fd, const void *bytes, size_t count)
{
    const char *at = bytes;
    while (count) {
        ssize_t wrote = write(fd, at, count);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return -1;
        at += wrote;
        count -= (size_t)wrote;
    }
    return 0;
}

static int read_all(int fd, void *bytes, size_t count)
{
    char *at = bytes;
    while (count) {
        ssize_t got = read(fd, at, count);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return -1;
        at += got;
        count -= (size_t)got;
    }
    return 0;
}

static int start(const struct experiment *e, const struct cluster_ops *transport, uint32_t run,
                 struct child *child, struct error *error)
{
    int ends[2];
    if (pipe(ends) < 0) return error_errno(error, "no pipe");
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0) return error_errno(error, "no process");
    if (pid == 0) {
        struct report *report = allocate(sizeof(*report));
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* the end of the command ends its runs */
        close(ends[0]);
        run_one(e, transport, run, report);
        _exit(write_all(ends[1], report, sizeof(*report)) < 0);
    }
    close(ends[1]);
    *child = (struct child){pid, ends[0], run};
    return 0;
}

/* Waits for one child; its row goes to where its combination belongs. */
static int collect(const struct experiment *e, struct child *children, struct summary *rows,
                   struct error *error)
{
    int status;
    pid_t pid = wait(&status);
    for (uint32_t i = 0; i < e->jobs; i++) {
        struct child *child = &children[i];
        if (child->pid != pid) continue;
        struct report *report = allocate(sizeof(*report));
        int got = read_all(child->pipe, report, sizeof(*report));
        close(child->pipe);
        child->pid = 0;
        if (got < 0)
            error_set(error, "%s on %u partitions, seed %" PRIu64 ", ended early (%s %d)",
                      scheme_of(e, child->run)->name, partitions_of(e, child->run), e->seed,
                      WIFSIGNALED(status) ? "signal" : "exit status",
                      WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        else if (report->failed)
            *error = report->error;
        else
            rows[child->run] = report->summary;
        int failed = got < 0 || report->failed;
        free(report);
        return failed ? -1 : 0;
    }
    return error_errno(error, "lost a process");
}

static int compare(const struct experiment *e, const struct cluster_ops *transport,
                   struct summary *rows, uint32_t runs, struct progress *progress,
                   struct error *error)
{
    struct child *children = allocate_zeroed(e->jobs, sizeof(*children));
    uint32_t started = 0, ended = 0;
    int failed = 0;
    while (!failed && ended < runs) {
        for (uint32_t i = 0; i < e->jobs && started < runs && !failed; i++)
            if (!children[i].pid) failed = start(e, transport, started++, &children[i], error) < 0;
        if (failed) break;
        failed = collect(e, children, rows, error) < 0;
        ended++;
        ASSERT(ended <= started);
        progress_update(progress, (double)ended / runs, ended);
    }
    for (uint32_t i = 0; i < e->jobs; i++) {
        if (!children[i].pid) continue;
        kill(children[i].pid, SIGTERM);
        waitpid(children[i].pid, NULL, 0);
        close(children[i].pipe);
    }
    free(children);
    return failed ? -1 : 0;
}

/* The command lines that repeat the failures. */
static void print_replays(const struct experiment *e, const struct summary *rows, uint32_t runs)
{
    for (uint32_t run = 0; run < runs; run++) {
        if (rows[run].verdict != RESULT_FAIL) continue;
        char *again = replay_line(e, scheme_of(e, run), partitions_of(e, run));
        printf("\nrun %" PRId64 " again: %s\n", rows[run].run_id, again);
        free(again);
    }
}

int cmd_compare(int argc, char **argv, const struct cluster_ops *const *transports)
{
    struct experiment e;
    struct error error;
    int parsed = experiment_parse(&e, argc, argv, EXPERIMENT_COMPARE, &error);
    if (parsed > 0) return 0;
    if (parsed < 0 || results_probe(e.db, &error) < 0) return fail(&error);

    struct error warning;
    const struct cluster_ops *transport = transports[0];
    if (transport->check_options && transport->check_options(&e, &warning))
        fprintf(stderr, "aviary: warning: %s\n", warning.text);
    uint32_t runs = e.scheme_count * e.partitions_count;
    struct summary *rows = allocate_zeroed(runs, sizeof(*rows));
    struct progress progress;
    progress_init(&progress, "compare", "runs");
    progress_update(&progress, 0, 0);
    int status = compare(&e, transport, rows, runs, &progress, &error);
    progress_finish(&progress);
    if (status < 0) {
        status = fail(&error);
    } else {
        summary_print(rows, runs);
        print_replays(&e, rows, runs);
        printf("\nresults in %s; for more: sqlite3 -box %s 'SELECT * FROM summary'\n", e.db, e.db);
        status = summary_status(rows, runs);
    }
    free(rows);
    return status;
}
