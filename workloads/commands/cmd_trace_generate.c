/* cmd_trace_generate.c - `aviary trace generate`: a workload into a trace file. */
#include <stddef.h>

#include "workloads/commands/cmd_trace.h"

static const char about[] = "Writes the first N commands of a workload to a trace file.\n";
static const char ending[] =
    "\n  aviary trace generate chirper:users=1000,multi=5% -n 100k -o five.trace.zst\n\n"
    "aviary trace --help lists the workloads.\n";

struct generate {
    const char *workload, *output;
    uint64_t commands, seed;
};

#define AT(member) .place = offsetof(struct generate, member)
static const struct option list[] = {
    {"commands", 'n', "N", NULL,
     "how many commands, such as 50k; optional if the workload has an end", option_count,
     AT(commands)},
    {"output", 'o', "FILE", NULL,
     "the trace, packed by its name's end: .gz .xz .zst; - is standard output", option_text,
     AT(output)},
    {"seed", 0, "N", "1", "seed of a generator that has none among its keys", option_seed,
     AT(seed)},
};

static int generate(const struct generate *g, struct error *e)
{
    if (!g->output) return error_set(e, "expected -o FILE");
    struct workload *w = workload_open(g->workload, g->seed, e);
    if (!w) return -1;
    int got = g->commands == UINT64_MAX && workload_endless(w)
                  ? error_set(e, "expected -n N: '%s' has no end", g->workload)
                  : trace_copy(w, g->output, g->commands, e);
    workload_close(w);
    return got;
}

int cmd_trace_generate(int argc, char **argv)
{
    struct generate g = {.commands = UINT64_MAX};
    struct options_table table = {list, sizeof(list) / sizeof(list[0]), &g, {0}};
    const struct options options = {.command = "trace generate",
                                    .usage = "WORKLOAD -n N -o FILE [--seed N]",
                                    .about = about,
                                    .operands = "one WORKLOAD",
                                    .operand_count = 1,
                                    .ending = ending,
                                    .tables = &table,
                                    .table_count = 1};
    struct error e;
    int got = options_read(&options, argc, argv, &g.workload, &e);
    if (got == 0) got = generate(&g, &e);
    return got < 0 ? options_fail(options.command, "%s", e.text) : 0;
}
