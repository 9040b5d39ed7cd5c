/* cmd_compare.c - `aviary compare`: every combination of transports, schemes and partitions, in one
 * table.
 *
 * Each run is a process of its own: -j of them at a time, isolated from each other, and each adds
 * its own transaction to the database. A child reports its row through a pipe. What runs for real
 * is measured by itself: its runs come one after the other, whatever -j is. */
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
#include "analysis/experiment/transports.h"
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

/* All runs: transports by experiment.transports, and of each every scheme on every number. */
struct comparison {
    struct experiment e;
    const struct cluster_ops *transports[EXPERIMENT_TRANSPORTS_MAX];
    struct summary *rows;
    uint32_t runs;
};

static uint32_t runs_over_one(const struct experiment *e)
{
    return e->scheme_count * e->partitions_count;
}

static uint32_t transport_of(const struct comparison *c, uint32_t run)
{
    ASSERT(run < c->runs);
    return run / runs_over_one(&c->e);
}

static const struct scheme *scheme_of(const struct comparison *c, uint32_t run)
{
    return c->e.schemes[run % runs_over_one(&c->e) / c->e.partitions_count];
}

static uint32_t partitions_of(const struct comparison *c, uint32_t run)
{
    return c->e.partitions[run % c->e.partitions_count];
}

static char *replay_of(const struct comparison *c, uint32_t run)
{
    struct experiment e = experiment_over(&c->e, c->e.transports[transport_of(c, run)]);
    return replay_line(&e, scheme_of(c, run), partitions_of(c, run));
}

static void run_one(const struct comparison *c, uint32_t run, struct report *report)
{
    const struct cluster_ops *transport = c->transports[transport_of(c, run)];
    struct experiment e = experiment_over(&c->e, c->e.transports[transport_of(c, run)]);
    memset(report, 0, sizeof(*report));
    char *again = replay_of(c, run);
    last_words_again(again);
    struct run *s =
        run_execute(&(struct run_setup){&e, scheme_of(c, run), partitions_of(c, run), transport},
                    NULL, &report->error);
    int64_t run_id = 0;
    report->failed = !s || results_add(e.db, run_result(s), &run_id, &report->error) < 0;
    if (!report->failed) {
        summary_fill(&report->summary, run_result(s), run_id);
        snprintf(report->summary.transport, sizeof(report->summary.transport), "%s",
                 transport_name(e.transport));
    }
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

static int start(const struct comparison *c, uint32_t run, struct child *child, struct error *error)
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
        run_one(c, run, report);
        _exit(write_all(ends[1], report, sizeof(*report)) < 0);
    }
    close(ends[1]);
    *child = (struct child){pid, ends[0], run};
    return 0;
}

/* Waits for one child; its row goes to where its combination belongs. */
static int collect(struct comparison *c, struct child *children, struct error *error)
{
    int status;
    pid_t pid = wait(&status);
    for (uint32_t i = 0; i < c->e.jobs; i++) {
        struct child *child = &children[i];
        if (child->pid != pid) continue;
        struct report *report = allocate(sizeof(*report));
        int got = read_all(child->pipe, report, sizeof(*report));
        close(child->pipe);
        child->pid = 0;
        if (got < 0)
            error_set(error, "%s on %u partitions, seed %" PRIu64 ", ended early (%s %d)",
                      scheme_of(c, child->run)->name, partitions_of(c, child->run), c->e.seed,
                      WIFSIGNALED(status) ? "signal" : "exit status",
                      WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        else if (report->failed)
            *error = report->error;
        else
            c->rows[child->run] = report->summary;
        int failed = got < 0 || report->failed;
        free(report);
        return failed ? -1 : 0;
    }
    return error_errno(error, "lost a process");
}

static uint32_t running(const struct comparison *c, const struct child *children)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->e.jobs; i++) count += children[i].pid > 0;
    return count;
}

/* Transports that run for real come last (order_transports), so an exclusive run that is under way
 * has only such after it. */
static bool may_start(const struct comparison *c, const struct child *children, uint32_t run)
{
    if (run == c->runs) return false;
    uint32_t others = running(c, children);
    return c->transports[transport_of(c, run)]->exclusive ? others == 0 : others < c->e.jobs;
}

static int start_next(const struct comparison *c, struct child *children, uint32_t run,
                      struct error *error)
{
    uint32_t i = 0;
    while (children[i].pid) i++;
    ASSERT(i < c->e.jobs);
    return start(c, run, &children[i], error);
}

static int compare(struct comparison *c, struct progress *progress, struct error *error)
{
    struct child *children = allocate_zeroed(c->e.jobs, sizeof(*children));
    uint32_t started = 0, ended = 0;
    int failed = 0;
    while (!failed && ended < c->runs) {
        while (!failed && may_start(c, children, started))
            failed = start_next(c, children, started++, error) < 0;
        if (failed) break;
        failed = collect(c, children, error) < 0;
        ended++;
        ASSERT(ended <= started);
        progress_update(progress, (double)ended / c->runs, ended);
    }
    for (uint32_t i = 0; i < c->e.jobs; i++) {
        if (!children[i].pid) continue;
        kill(children[i].pid, SIGTERM);
        waitpid(children[i].pid, NULL, 0);
        close(children[i].pipe);
    }
    free(children);
    return failed ? -1 : 0;
}

/* The command lines that repeat the failures. */
static void print_replays(const struct comparison *c)
{
    for (uint32_t run = 0; run < c->runs; run++) {
        if (c->rows[run].verdict != RESULT_FAIL) continue;
        char *again = replay_of(c, run);
        printf("\nrun %" PRId64 " again: %s\n", c->rows[run].run_id, again);
        free(again);
    }
}

/* Exclusive transports last, in the order given otherwise. */
static void order_transports(struct comparison *c)
{
    enum experiment_transport given[EXPERIMENT_TRANSPORTS_MAX];
    uint32_t count = c->e.transport_count, at = 0;
    memcpy(given, c->e.transports, sizeof(given));
    for (int exclusive = 0; exclusive < 2; exclusive++)
        for (uint32_t i = 0; i < count; i++) {
            const struct cluster_ops *ops = experiment_cluster(&c->e, given[i]);
            if (ops->exclusive != exclusive) continue;
            c->e.transports[at] = given[i];
            c->transports[at++] = ops;
        }
    ASSERT(at == count);
}

static void warn(const struct comparison *c)
{
    struct error warning;
    for (uint32_t i = 0; i < c->e.transport_count; i++)
        if (c->transports[i]->check_options && c->transports[i]->check_options(&c->e, &warning))
            fprintf(stderr, "aviary: warning: %s\n", warning.text);
}

/* All runs and their table; the exit status. */
static int run_all(struct comparison *c)
{
    struct error error;
    if (results_probe(c->e.db, &error) < 0) return fail(&error);
    order_transports(c);
    warn(c);
    c->runs = c->e.transport_count * runs_over_one(&c->e);
    c->rows = allocate_zeroed(c->runs, sizeof(*c->rows));
    struct progress progress;
    progress_init(&progress, "compare", "runs");
    progress_update(&progress, 0, 0);
    int status = compare(c, &progress, &error);
    progress_finish(&progress);
    if (status < 0) {
        status = fail(&error);
    } else {
        summary_print(c->rows, c->runs);
        print_replays(c);
        printf("\nresults in %s; for more: sqlite3 -box %s 'SELECT * FROM summary'\n", c->e.db,
               c->e.db);
        status = summary_status(c->rows, c->runs);
    }
    free(c->rows);
    return status;
}

int cmd_compare(int argc, char **argv, const struct experiment_command *command)
{
    struct comparison c = {.rows = NULL};
    struct error error;
    int parsed = experiment_parse(&c.e, argc, argv, command, &error);
    if (parsed > 0) return 0;
    if (parsed < 0) return fail(&error);
    int status = run_all(&c);
    experiment_finish(&c.e);
    return status;
}
