/* cmd_trace_generate.c - `aviary trace generate`: a workload into a trace file. */
#include <stdio.h>

#include "workloads/commands/cmd_trace.h"
#include "base/units.h"

static const char help[] =
    "usage: aviary trace generate WORKLOAD -n N -o FILE [--seed N]\n"
    "Writes the first N commands of a workload to a trace file.\n\n"
    "  -n, --commands N   how many (1000, 50k, 2M); a workload with an end may go without\n"
    "  -o, --output FILE  packed if the name ends in .gz, .xz or .zst; - is standard output\n"
    "      --seed N       of a generator without a seed= of its own (default 1)\n"
    "  -h, --help\n\n"
    "  aviary trace generate chirper:users=1000,multi=5% -n 100k -o five.trace.zst\n\n"
    "aviary trace --help lists the workloads.\n";

static const struct option options[] = {{"commands", required_argument, NULL, 'n'},
                                        {"output", required_argument, NULL, 'o'},
                                        {"seed", required_argument, NULL, 's'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

int cmd_trace_generate(int argc, char **argv)
{
    const char *output = NULL;
    uint64_t commands = UINT64_MAX, seed = 1;
    struct error e;
    int option, got = 0;
    for (bool first = true; (option = trace_option(argc, argv, ":n:o:h", options, first)) != -1;
         first = false) {
        switch (option) {
        case 'n':
            got = units_count(optarg, &commands, &e);
            break;
        case 'o':
            output = optarg;
            break;
        case 's':
            got = units_count(optarg, &seed, &e);
            break;
        case 'h':
            fputs(help, stdout);
            return 0;
        default:
            return EXIT_INPUT;
        }
        if (got < 0) return trace_fail(argv[0], "%s", e.text);
    }
    if (optind + 1 != argc) return trace_fail(argv[0], "expected one WORKLOAD (see --help)");
    if (!output) return trace_fail(argv[0], "expected -o FILE");
    struct workload *w = workload_open(argv[optind], seed, &e);
    if (!w) return trace_fail(argv[0], "%s", e.text);
    if (commands == UINT64_MAX && workload_endless(w)) {
        workload_close(w);
        return trace_fail(argv[0], "expected -n N: '%s' has no end", argv[optind]);
    }
    got = trace_copy(w, output, commands, &e);
    workload_close(w);
    return got < 0 ? trace_fail(argv[0], "%s", e.text) : 0;
}
