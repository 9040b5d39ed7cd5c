/* mq_bench_child.c - the processes of `aviary mq bench`: none of them outlives its parent. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "rdma/bench/mq_bench.h"

enum { WORDS_MAX = 48, EXIT_NO_PROGRAM = 127 };

pid_t child_start(int (*body)(void *context), void *context, uint32_t seconds)
{
    pid_t parent = getpid();
    pid_t child = fork();
    if (child != 0) return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(EXIT_FAILURE); /* the parent ended first */
    alarm(seconds);                               /* holds after exec, too */
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing > 0) dup2(nothing, STDIN_FILENO);
    _exit(body(context));
}

struct program {
    const char *line;
    int out;
};

static int run_program(void *context)
{
    const struct program *program = context;
    char line[1024], *words[WORDS_MAX], *rest = NULL;
    int count = 0;
    size_t bytes = strlen(program->line) + 1;
    ASSERT(bytes <= sizeof(line));
    memcpy(line, program->line, bytes);
    for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        ASSERT(count < WORDS_MAX - 1);
        words[count++] = word;
    }
    ASSERT(count > 0);
    words[count] = NULL;
    dup2(program->out, STDOUT_FILENO);
    dup2(program->out, STDERR_FILENO);
    signal(SIGPIPE, SIG_DFL); /* this program ignores it */
    execvp(words[0], words);
    return EXIT_NO_PROGRAM;
}

pid_t child_start_program(const char *line, FILE *out, uint32_t seconds)
{
    int nowhere = out ? -1 : open("/dev/null", O_WRONLY);
    struct program program = {line, out ? fileno(out) : nowhere};
    pid_t child = child_start(run_program, &program, seconds);
    if (nowhere >= 0) close(nowhere);
    return child;
}

static int exit_status(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int child_wait(pid_t child)
{
    int status;
    if (child <= 0) return EXIT_FAILURE; /* there was no room for one more process */
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return EXIT_FAILURE;
    return exit_status(status);
}

bool child_ended(pid_t child)
{
    siginfo_t what = {0};
    return child <= 0 || waitid(P_PID, (id_t)child, &what, WEXITED | WNOHANG | WNOWAIT) < 0 ||
           what.si_pid != 0;
}

void child_kill(pid_t child)
{
    if (child <= 0) return;
    kill(child, SIGKILL);
    child_wait(child);
}

int child_wait_all(pid_t *children, uint32_t count)
{
    int first = 0;
    for (uint32_t left = count; left > 0 && first == 0;) {
        int status;
        pid_t ended = waitpid(-1, &status, 0);
        if (ended < 0 && errno != EINTR) return EXIT_FAILURE;
        for (uint32_t i = 0; i < count; i++)
            if (ended > 0 && children[i] == ended) {
                children[i] = 0;
                first = exit_status(status);
                left--;
            }
    }
    for (uint32_t i = 0; i < count; i++) child_kill(children[i]);
    return first;
}

void *child_share(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) abort(); /* as all memory of this program */
    return memory;
}

void child_unshare(void *memory, size_t bytes)
{
    munmap(memory, bytes);
}
