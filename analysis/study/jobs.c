/* jobs.c - see jobs.h. */
#include "analysis/study/jobs.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/memory.h"

/* A signal that comes just before the wait does not end it. */
enum { WAIT_MS = 1000 };

struct job {
    pid_t process; /* 0: none */
    int pipe;      /* its report comes out here */
    uint32_t number;
};

struct jobs {
    uint32_t most, running;
    size_t bytes;
    struct job job[];
};

struct jobs *jobs_create(uint32_t most, size_t bytes)
{
    ASSERT(most >= 1);
    ASSERT(bytes > 0);
    struct jobs *j = allocate_zeroed(1, sizeof(*j) + most * sizeof(j->job[0]));
    j->most = most;
    j->bytes = bytes;
    return j;
}

void jobs_destroy(struct jobs *j)
{
    if (!j) return;
    for (uint32_t i = 0; i < j->most; i++) {
        if (!j->job[i].process) continue;
        kill(j->job[i].process, SIGTERM);
        waitpid(j->job[i].process, NULL, 0);
        close(j->job[i].pipe);
    }
    free(j);
}

uint32_t jobs_running(const struct jobs *j)
{
    return j->running;
}

bool jobs_full(const struct jobs *j)
{
    return j->running == j->most;
}

/* ---- reports -------------------------------------------------------------------------------- */

static int write_all(int fd, const void *bytes, size_t count)
{
    for (const char *at = bytes; count;) {
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
    for (char *at = bytes; count;) {
        ssize_t got = read(fd, at, count);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return -1;
        at += got;
        count -= (size_t)got;
    }
    return 0;
}

/* ---- processes ------------------------------------------------------------------------------ */

/* The child has no handlers of its parent for what ends it, not even for a moment. From a terminal
 * SIGINT is for the parent, which ends its jobs. */
static pid_t fork_quietly(void)
{
    sigset_t end, before;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigaddset(&end, SIGINT);
    sigprocmask(SIG_BLOCK, &end, &before);
    pid_t process = fork();
    if (process == 0) {
        signal(SIGTERM, SIG_DFL);
        signal(SIGINT, SIG_IGN);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return process;
}

int jobs_start(struct jobs *j, uint32_t number,
               void (*work)(void *context, uint32_t number, void *report), void *context,
               struct error *e)
{
    int ends[2];
    uint32_t i = 0;
    ASSERT(!jobs_full(j));
    while (j->job[i].process) i++;
    if (pipe(ends) < 0) return error_errno(e, "no pipe");
    fflush(NULL); /* else the child would write it again */
    pid_t process = fork_quietly();
    if (process < 0) {
        error_errno(e, "no process");
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    if (process == 0) {
        void *report = allocate_zeroed(1, j->bytes);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        close(ends[0]);
        work(context, number, report);
        _exit(write_all(ends[1], report, j->bytes) < 0);
    }
    close(ends[1]);
    j->job[i] = (struct job){process, ends[0], number};
    j->running++;
    return 0;
}

/* A report may be larger than a pipe, so it is read before its process has ended. */
static struct job *next_to_read(struct jobs *j)
{
    struct pollfd *ready = allocate_zeroed(j->most, sizeof(*ready));
    struct job *found = NULL;
    for (uint32_t i = 0; i < j->most; i++)
        ready[i] = (struct pollfd){.fd = j->job[i].process ? j->job[i].pipe : -1, .events = POLLIN};
    int count = poll(ready, j->most, WAIT_MS);
    for (uint32_t i = 0; i < j->most && count > 0 && !found; i++)
        if (ready[i].fd >= 0 && ready[i].revents) found = &j->job[i];
    free(ready);
    return found;
}

int jobs_wait(struct jobs *j, uint32_t *number, void *report, struct error *e)
{
    ASSERT(j->running > 0);
    struct job *job = next_to_read(j);
    if (!job) return -1;
    int status = 0, got = read_all(job->pipe, report, j->bytes);
    close(job->pipe);
    while (waitpid(job->process, &status, 0) < 0 && errno == EINTR) continue;
    *number = job->number;
    *job = (struct job){0};
    j->running--;
    if (got == 0) return 1;
    bool killed = WIFSIGNALED(status);
    error_set(e, "its process ended early (%s %d)", killed ? "signal" : "exit status",
              killed ? WTERMSIG(status) : WEXITSTATUS(status));
    return 0;
}
