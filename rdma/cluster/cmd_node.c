/* cmd_node.c - `aviary node`: one process of a cluster whose coordinator is `aviary emulate`. */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"

#ifdef HAVE_VERBS
#include "rdma/cluster/node.h"
#include "rdma/cluster/signals.h"
#endif

int cmd_node(int argc, char **argv);

static const char help[] =
    "Usage: aviary node --cluster FILE --name NAME [--patience TIME]\n"
    "One process of a cluster that spans machines. The run's options come from its coordinator,\n"
    "`aviary emulate --cluster FILE ...`, which also keeps the results. Start one for each "
    "name.\n\n"
    "  --cluster FILE     lines NAME ADDRESS:PORT [DEVICE]: coordinator (TCP), p0.r0, p0.r1, ...,\n"
    "                     oracle.r0, ..., clients (RDMA)\n"
    "  --name NAME        which of them this is\n"
    "  --patience TIME    for the coordinator to connect [60s]\n\n"
    "Exit status: 0 the run has ended, 2 wrong use or input, or the run failed. Manual: "
    "aviary(1).\n";

static int fail(const char *text)
{
    fprintf(stderr, "aviary node: %s\n", text);
    return 2;
}

#ifdef HAVE_VERBS
static void on_signal(int number)
{
    (void)number;
    node_interrupt();
}

static int run(const char *path, const char *name, uint64_t patience_ns)
{
    struct cluster_file cluster;
    struct error e;
    if (cluster_file_read(&cluster, path, &e) < 0) return fail(e.text);
    int status = 0;
    signals_watch(on_signal);
    if (strcmp(name, CLUSTER_COORDINATOR) == 0)
        status = error_set(&e, "the coordinator is `aviary emulate --cluster %s ...`", path);
    else if (!cluster_file_find(&cluster, name))
        status = error_set(&e, "%s: there is no line for `%s`", path, name);
    else
        status = node_run(&(struct node_setup){&cluster, name, patience_ns}, &e);
    cluster_file_finish(&cluster);
    return status < 0 ? fail(e.text) : 0;
}
#else
static int run(const char *path, const char *name, uint64_t patience_ns)
{
    (void)path, (void)name, (void)patience_ns;
    return fail("this Aviary was built without verbs (libibverbs-dev, librdmacm-dev)");
}
#endif

int cmd_node(int argc, char **argv)
{
    static const struct option options[] = {{"cluster", required_argument, NULL, 'c'},
                                            {"name", required_argument, NULL, 'n'},
                                            {"patience", required_argument, NULL, 'p'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *cluster = NULL, *name = NULL;
    uint64_t patience_ns = UINT64_C(60000000000);
    struct error e;
    char why[128];
    opterr = 0;
    for (int value; (value = getopt_long(argc, argv, ":h", options, NULL)) != -1;) {
        if (value == 'h') {
            fputs(help, stdout);
            return 0;
        }
        if (value == 'c') cluster = optarg;
        if (value == 'n') name = optarg;
        if (value == 'p' && units_time(optarg, &patience_ns, &e) < 0) return fail(e.text);
        if (value != ':' && value != '?') continue;
        snprintf(why, sizeof(why),
                 value == ':' ? "%.80s needs an argument"
                              : "unknown option %.80s; aviary node --help lists all",
                 argv[optind - 1]);
        return fail(why);
    }
    if (optind < argc || !cluster || !name)
        return fail("expected --cluster FILE --name NAME; see aviary node --help");
    return run(cluster, name, patience_ns);
}
