/*
 * The program: finds the sub-command named by the first argument and hands over to it. Each
 * command, with its options, is implemented in its own folder. */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysis/experiment/commands.h"
#include "base/lookup.h"
#include "rdma/cluster/emulation.h"
#include "sim/simulation.h"

/* Each gets its own name as argv[0] and returns the exit status of the program. */
int cmd_trace(int argc, char **argv);
int cmd_partition(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_emulate(int argc, char **argv);
int cmd_node(int argc, char **argv);
int cmd_calibrate(int argc, char **argv);
#ifdef HAVE_VERBS
int cmd_mq(int argc, char **argv);
#define WITH_VERBS(command) command
#else
#define WITH_VERBS(command) NULL
#endif

static int run(int argc, char **argv)
{
    return cmd_run(argc, argv, &simulation_command);
}

static int compare(int argc, char **argv)
{
    static const struct cluster_ops *const all[] = {&simulated_cluster, &emulated_loop,
                                                    &emulated_verbs, NULL};
    return cmd_compare(argc, argv, &(struct experiment_command){EXPERIMENT_COMPARE, all, NULL});
}

static int swarm(int argc, char **argv)
{
    return cmd_swarm(argc, argv, &simulation_command);
}

enum { STATUS_OK = 0, STATUS_USAGE = 2 };

struct subcommand {
    const char *name;
    const char *purpose;
    int (*call)(int argc, char **argv); /* NULL: left out of this build */
};

static const struct subcommand subcommands[] = {
    {"run", "run one scheme once, print figures and verdict", run},
    {"compare", "run every combination of schemes and partitions", compare},
    {"swarm", "run experiments drawn from seeds, print those that fail", swarm},
    {"emulate", "run one scheme for real: on threads, or processes over RDMA", cmd_emulate},
    {"node", "one process of an emulated cluster that spans machines", cmd_node},
    {"calibrate", "measure this machine, write a model file of it", cmd_calibrate},
    {"trace", "generate, import and look into workload traces", cmd_trace},
    {"partition", "cut a graph with each strategy, show cut, balance and time", cmd_partition},
    {"check", "check the stored histories of runs again", cmd_check},
    {"mq", "measure the message queue over RDMA", WITH_VERBS(cmd_mq)},
    {NULL, NULL, NULL},
};

static void print_help(FILE *out)
{
    fputs("usage: aviary COMMAND [OPTION]...\n"
          "Simulates and emulates partitioned state machine replication; keeps every result\n"
          "in SQLite.\n\n"
          "commands:\n",
          out);
    for (const struct subcommand *s = subcommands; s->name != NULL; s++)
        if (s->call) fprintf(out, "  %-10s %s\n", s->name, s->purpose);
    fputs("\n"
          "  aviary COMMAND --help   its essential options, and the topics of more help\n"
          "  aviary --version        the version, and how it was built\n\n"
          "exit status: 0 ok, 1 a verdict failed, 2 usage or input error\n",
          out);
}

static void print_version(void)
{
    printf("aviary %s\n"
           "compiler %s\n"
           "configured %s\n"
           "License GPL-3.0-or-later; there is no warranty.\n",
           PACKAGE_VERSION AVIARY_REVISION, AVIARY_COMPILER, AVIARY_SUMMARY);
}

static int refuse(const char *name)
{
    struct error e;
    lookup_refuse("command", name, &e);
    for (const struct subcommand *s = subcommands; s->name != NULL; s++)
        if (s->call) lookup_list(s->name, &e);
    fprintf(stderr, "aviary: %s (see aviary --help)\n", e.text);
    return STATUS_USAGE;
}

static int call(const struct subcommand *s, int argc, char **argv)
{
    if (s->call) return s->call(argc, argv);
    fprintf(stderr, "aviary: '%s' is left out of this build: it had no libibverbs or librdmacm\n",
            s->name);
    return STATUS_USAGE;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return STATUS_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return STATUS_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        print_version();
        return STATUS_OK;
    }
    for (const struct subcommand *s = subcommands; s->name != NULL; s++)
        if (strcmp(argv[1], s->name) == 0) return call(s, argc - 1, argv + 1);
    return refuse(argv[1]);
}

/* Nothing that was printed may be lost unnoticed: neither on a full disk nor in a closed pipe,
 * which is an error like others here, not a signal. What failed with a message of its own has said
 * so. */
static int finish(int status)
{
    bool lost = ferror(stdout) != 0;
    int reason = fflush(stdout) == 0 ? 0 : errno;
    if (!lost && !reason) return status;
    struct error e;
    error_set(&e, "cannot write standard output");
    errno = reason;
    if (reason) error_errno(&e, "cannot write standard output");
    if (status != STATUS_USAGE) fprintf(stderr, "aviary: %s\n", e.text);
    return STATUS_USAGE;
}

/* What a command prints is written at its end, but for very much, so that finish() sees why that
 * failed; to a terminal line by line. */
static void collect_output(void)
{
    static char collected[1 << 16];
    if (!isatty(STDOUT_FILENO)) setvbuf(stdout, collected, _IOFBF, sizeof(collected));
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    collect_output();
    return finish(dispatch(argc, argv));
}
