/* cmd_mq.c - `aviary mq`: finds the sub-command. */
#include "rdma/bench/cmd_mq.h"

#include <stdio.h>
#include <string.h>

#include "base/lookup.h"
#include "base/options.h"

int cmd_mq(int argc, char **argv);

static void print_help(FILE *out)
{
    fputs("usage: aviary mq COMMAND [OPTION]...\n\n"
          "The message queue over RDMA, by itself; aviary-mq(3) describes it.\n\n"
          "commands:\n"
          "  bench      latency and rate, beside other programs on the same devices\n\n"
          "aviary mq COMMAND --help lists the options of a command.\n"
          "exit status: 0 ok, 2 usage or input error\n",
          out);
}

int cmd_mq(int argc, char **argv)
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
    if (lookup_word("command", (const char *const[]){"bench", NULL}, argv[1], &i, &e) < 0)
        return options_fail("mq", "%s", e.text);
    return cmd_mq_bench(argc - 1, argv + 1);
}
