/* cmd_trace.c - `aviary trace`: finds the sub-command; and their common parts (cmd_trace.h). */
#include "workloads/commands/cmd_trace.h"

#include <stdio.h>
#include <string.h>

#include "base/lookup.h"
#include "base/progress.h"
#include "base/wrap.h"
#include "workloads/trace/trace.h"

int cmd_trace(int argc, char **argv);

static const struct subcommand {
    const char *name, *purpose;
    int (*call)(int argc, char **argv);
} subcommands[] = {
    {"generate", "write the commands of a generator to a trace file", cmd_trace_generate},
    {"import", "make a trace file from recorded data", cmd_trace_import},
    {"info", "what is in a workload, and how well it can be partitioned", cmd_trace_info},
};
enum { SUBCOMMANDS = sizeof(subcommands) / sizeof(subcommands[0]) };

static const char *subcommand_name(uint32_t i)
{
    return i < SUBCOMMANDS ? subcommands[i].name : NULL;
}

enum { NAME_COLUMN = 16 };

static void print_help(FILE *out)
{
    fputs("usage: aviary trace COMMAND [OPTION]...\n\ncommands:\n", out);
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        fprintf(out, "  %-10s %s\n", subcommands[i].name, subcommands[i].purpose);
    fputs("\nworkloads, here and for -w (aviary run --help NAME lists the keys of one):\n", out);
    wrap_named(out, "PATH", "a trace file (aviary-trace(5)), plain or .gz .xz .zst", NAME_COLUMN);
    struct workload_help w;
    for (uint32_t i = 0; workload_help_at(i, &w); i++)
        wrap_named(out, w.name, w.summary, NAME_COLUMN);
    fputs("\naviary trace COMMAND --help lists the options of a command.\n"
          "exit status: 0 ok, 2 usage or input error\n",
          out);
}

int cmd_trace(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_INPUT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return 0;
    }
    struct error e;
    uint32_t i;
    if (lookup("command", subcommand_name, argv[1], &i, &e) < 0)
        return options_fail("trace", "%s", e.text);
    return subcommands[i].call(argc - 1, argv + 1);
}

enum { PROGRESS_STEP = 1 << 16 };

void trace_progress(uint64_t commands, uint64_t total)
{
    if (commands % PROGRESS_STEP != 0) return;
    if (total > 0)
        progress_line("%3u %% of %llu commands ", (unsigned)(commands * 100 / total),
                      (unsigned long long)total);
    else
        progress_line("%llu commands ", (unsigned long long)commands);
}

int trace_copy(struct workload *w, const char *path, uint64_t most, struct error *e)
{
    const struct catalogue *catalogue = workload_catalogue(w);
    struct trace_writer *writer = trace_writer_create(path, catalogue, e);
    if (!writer) return -1;
    struct trace_command c;
    uint64_t commands = 0;
    int got = 1;
    while (commands < most && (got = workload_next(w, &c, e)) > 0) {
        if ((got = trace_writer_add(writer, &c, e)) < 0) break;
        trace_progress(++commands, most < UINT64_MAX ? most : 0);
    }
    progress_wipe();
    if (got >= 0) got = trace_writer_commit(writer, e);
    trace_writer_destroy(writer);
    if (got >= 0 && strcmp(path, "-") != 0)
        printf("%s: %llu commands on %u variables\n", path, (unsigned long long)commands,
               names_count(catalogue->variables));
    return got < 0 ? -1 : 0;
}
