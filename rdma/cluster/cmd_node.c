/* cmd_node.c - `aviary node`: one process of a cluster whose coordinator is `aviary emulate`. */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "base/options.h"

#ifdef HAVE_VERBS
#include "rdma/cluster/node.h"
#include "rdma/cluster/signals.h"
#endif

int cmd_node(int argc, char **argv);

struct node_options {
    const char *cluster, *name;
    uint64_t patience_ns;
};

static const char about[] =
    "One process of a cluster that spans machines: start one for each name. The\n"
    "run's options come from its coordinator, `aviary emulate --cluster FILE`, which\n"
    "also keeps the results.\n";
static const char ending[] =
    "\nexit status: 0 the run has ended, 2 wrong use or input, or the run failed\n";

#define AT(member) .place = offsetof(struct node_options, member)
static const struct option list[] = {
    {"cluster", 0, "FILE", NULL,
     "the cluster file: lines NAME ADDRESS:PORT [DEVICE], for coordinator (TCP), p0.r0, p0.r1, "
     "..., oracle.r0, ..., clients (RDMA)",
     option_text, AT(cluster)},
    {"name", 0, "NAME", NULL, "the name of this process in that file", option_text, AT(name)},
    {"patience", 0, "TIME", "60s", "how long to wait for the coordinator", option_time,
     AT(patience_ns)},
};

static int fail(const char *text)
{
    return options_fail("node", "%s", text);
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
    struct node_options given = {0};
    struct options_table table = {list, sizeof(list) / sizeof(list[0]), &given, {0}};
    const struct options options = {.command = "node",
                                    .usage = "--cluster FILE --name NAME [--patience TIME]",
                                    .about = about,
                                    .ending = ending,
                                    .tables = &table,
                                    .table_count = 1};
    struct error e;
    int got = options_read(&options, argc, argv, NULL, &e);
    if (got > 0) return 0;
    if (got < 0) return fail(e.text);
    if (!given.cluster || !given.name)
        return fail("expected --cluster FILE --name NAME (aviary node --help tells more)");
    return run(given.cluster, given.name, given.patience_ns);
}
