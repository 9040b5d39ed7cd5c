/* process.c - members as processes (process.h). */
#define _GNU_SOURCE /* strsignal */
#include "rdma/cluster/process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void live(const struct process_setup *s)
{
    struct error e;
    struct wire *wire = verbs_wire_open(s->verbs, &e);
    if (!wire) {
        member_fail(s->block, e.text);
        return;
    }
    member_run(&(struct member_setup){
        .scenario = s->scenario,
        .members = s->verbs->members,
        .self = s->verbs->self,
        .wire = wire,
        .block = s->block,
        .journal = s->journal,
    });
}

pid_t process_start(const struct process_setup *s, struct error *e)
{
    pid_t parent = getpid();
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) return error_errno(e, "cannot start %s: fork", s->name);
    if (pid > 0) return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, s->name);
    if (getppid() != parent) _exit(2); /* it died before the request */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    live(s);
    _exit(0);
}

bool process_ended(pid_t pid, char how[PROCESS_HOW_BYTES])
{
    int status;
    if (waitpid(pid, &status, WNOHANG) != pid) return false;
    how[0] = 0;
    if (WIFSIGNALED(status))
        snprintf(how, PROCESS_HOW_BYTES, "killed by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status))
        snprintf(how, PROCESS_HOW_BYTES, "ended with status %d", WEXITSTATUS(status));
    return true;
}
