/* cmd_partition.c - `aviary partition`: cuts a graph, to compare the partitioners. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lookup.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/output.h"
#include "base/units.h"
#include "base/wrap.h"
#include "workloads/import/metis_graph.h"
#include "workloads/place/access_graph.h"
#include "workloads/place/placement.h"
#include "workloads/trace/workload.h"

int cmd_partition(int argc, char **argv);

enum { LIST_MAX = 32 };

static const char about[] =
    "Cuts a graph into K parts with each strategy and shows the weight of the edges\n"
    "cut, by how much the heaviest part exceeds the mean, and the time it took.\n";
static const char ending[] =
    "\nGRAPH is in the format of METIS and of Walshaw's archive, plain or packed (.gz\n"
    ".xz .zst); sizes of vertices are the bytes that move. - is stdin or stdout.\n\n"
    "  aviary partition 4elt.graph -k 2,4,8,16 --imbalance 3%\n";

struct job {
    const struct partitioner *strategy[LIST_MAX];
    uint32_t parts[LIST_MAX];
    uint32_t strategies, parts_count;
    double imbalance;
    uint64_t seed;
    const char *graph_path, *trace, *present_path, *output_path;
    double learn; /* the first part of the trace that the graph is made of */
    struct metis_graph graph;
    struct workload *workload; /* NULL: a graph is read */
    struct access_graph *accesses;
    const struct graph_csr *csr; /* of either */
    uint32_t *present, *part;    /* by vertex; present: or NULL */
};

/* --- options ------------------------------------------------------------------------------------
 */

static int add_strategy(void *context, const char *word, struct error *e)
{
    struct job *job = context;
    uint32_t i;
    if (lookup("strategy", partitioner_name, word, &i, e) < 0) return -1;
    if (job->strategies == LIST_MAX)
        return error_set(e, "expected at most %d strategies", LIST_MAX);
    job->strategy[job->strategies++] = partitioner_at(i);
    return 0;
}

static int read_strategies(const struct option *o, const char *text, void *place, struct error *e)
{
    (void)o;
    return options_each(text, place, add_strategy, e);
}

static int add_parts(void *context, const char *word, struct error *e)
{
    struct job *job = context;
    uint64_t parts;
    if (option_in_range(word, 1, PARTITION_PARTS_MAX, &parts, e) < 0) return -1;
    if (job->parts_count == LIST_MAX) return error_set(e, "expected at most %d numbers", LIST_MAX);
    job->parts[job->parts_count++] = (uint32_t)parts;
    return 0;
}

static int read_parts(const struct option *o, const char *text, void *place, struct error *e)
{
    (void)o;
    return options_each(text, place, add_parts, e);
}

#define AT(member) .place = offsetof(struct job, member)
static const struct option list[] = {
    {"trace", 0, "SPEC", NULL,
     "instead of GRAPH the accesses of a trace, or what -w names; -o then writes a placement for "
     "`aviary run -p file:FILE`",
     option_text, AT(trace)},
    {"learn", 0, "SHARE", "100%", "only the first part of the trace", option_share, AT(learn)},
    {"partitions", 'k', "K[,K...]", NULL, "numbers of parts, 1 to 1024", read_parts, .list = true},
    {"strategy", 0, "NAME[,...]", NULL, "strategies (--help planning); default: all",
     read_strategies, .list = true},
    {"imbalance", 0, "SHARE", "20%", "how much heavier than the mean a part may be", option_share,
     AT(imbalance)},
    {"seed", 0, "N", "1", "seed of strategies that use random numbers", option_seed, AT(seed)},
    {"present", 0, "FILE", NULL,
     "where vertices are today: a part, from 0, a line; shows what moves", option_text,
     AT(present_path)},
    {"output", 'o', "FILE", NULL, "the parts by one strategy for one K, a line each", option_text,
     AT(output_path)},
};

static int complete(struct job *job, struct error *e)
{
    if (job->strategies == 0)
        while (job->strategies < LIST_MAX && partitioner_at(job->strategies)) {
            job->strategy[job->strategies] = partitioner_at(job->strategies);
            job->strategies++;
        }
    if (!job->graph_path == !job->trace) return error_set(e, "expected GRAPH or --trace SPEC");
    if (job->trace && job->present_path)
        return error_set(e, "--present is by vertices of a GRAPH, and not for --trace");
    if (job->parts_count == 0) return error_set(e, "expected -k K");
    if (job->output_path && (job->strategies > 1 || job->parts_count > 1))
        return error_set(e, "expected one --strategy and one K with -o");
    return 0;
}

static void list_strategies(const char *topic)
{
    enum { NAME_COLUMN = 17 };
    (void)topic;
    for (uint32_t i = 0; partitioner_at(i); i++)
        wrap_named(stdout, partitioner_at(i)->name, partitioner_at(i)->summary, NAME_COLUMN);
}

static const struct options_topic topics[] = {
    {"planning", "Strategies (--strategy), also placements of aviary run:", list_strategies},
    {NULL, NULL, NULL}};

/* --- the work -----------------------------------------------------------------------------------
 */

/* The name of a vertex of a trace, and a blank. */
static int write_name(const struct job *job, struct output *out, uint32_t vertex, struct error *e)
{
    uint32_t granule = access_graph_granules(job->accesses)[vertex];
    const char *name = names_get(workload_catalogue(job->workload)->variables, granule);
    return output_write(out, name, strlen(name), e) < 0 ? -1 : output_write(out, " ", 1, e);
}

static int write_parts(const struct job *job, struct error *e)
{
    struct output *out = output_create(job->output_path, e);
    if (!out) return -1;
    int got = 0;
    for (uint32_t v = 0; v < job->csr->vertices && got == 0; v++) {
        char line[16];
        int length = snprintf(line, sizeof(line), "%u\n", job->part[v]);
        if (job->workload) got = write_name(job, out, v, e);
        if (got == 0) got = output_write(out, line, (size_t)length, e);
    }
    if (got == 0) got = output_commit(out, e);
    output_destroy(out);
    return got;
}

static void print_head(const struct job *job, FILE *out)
{
    fprintf(out, "%u vertices, %u edges, %g %% imbalance allowed, seed %llu\n\n",
            job->csr->vertices, job->csr->offset[job->csr->vertices] / 2, job->imbalance * 100,
            (unsigned long long)job->seed);
    fprintf(out, "%4s  %-14s %12s %9s %8s", "k", "strategy", "cut", "imbalance", "seconds");
    if (job->present) fprintf(out, " %9s %7s %9s", "moved", "share", "bytes");
    fputs("\n", out);
}

static int try_strategy(const struct job *job, const struct partitioner *p, uint32_t parts,
                        FILE *out, struct error *e)
{
    char bytes[32];
    const struct graph_csr *csr = job->csr;
    struct partition_request request = {.graph = csr,
                                        .parts = parts,
                                        .imbalance_permille =
                                            (uint32_t)(job->imbalance * 1000 + 0.5),
                                        .seed = job->seed,
                                        .present = job->present,
                                        .bytes = job->graph.bytes};
    uint64_t begin_ns = clock_now();
    if (p->cut(&request, job->part) < 0)
        return error_set(e, "%s: %s cannot cut a graph of this size",
                         job->trace ? job->trace : job->graph_path, p->name);
    double seconds = (double)(clock_now() - begin_ns) / 1e9;
    fprintf(out, "%4u  %-14s %12llu %7.1f %% %8.3f", parts, p->name,
            (unsigned long long)partition_cut(csr, job->part),
            partition_imbalance_permille(csr, parts, job->part) / 10.0, seconds);
    if (job->present) {
        struct partition_moves moved = partition_moved(&request, job->part);
        fprintf(out, " %9llu %5.1f %% %9s", (unsigned long long)moved.vertices,
                csr->vertices > 0 ? 100.0 * (double)moved.vertices / csr->vertices : 0.0,
                job->graph.bytes ? units_print_size(moved.bytes, bytes) : "-");
    }
    fputs("\n", out);
    return 0;
}

static int read_trace(struct job *job, struct error *e)
{
    struct trace_command c;
    uint64_t commands;
    int got = 1;
    job->workload = workload_open(job->trace, job->seed, e);
    job->accesses = access_graph_create();
    if (!job->workload) return -1;
    uint64_t most = workload_endless(job->workload) ? PLACEMENT_ENDLESS_MAX : UINT64_MAX;
    if (workload_count(job->workload, most, &commands, e) < 0) return -1;
    commands = (uint64_t)((double)commands * job->learn);
    const struct catalogue *catalogue = workload_catalogue(job->workload);
    for (uint64_t i = 0; i < commands && got > 0; i++)
        if ((got = workload_next(job->workload, &c, e)) > 0)
            access_graph_add(job->accesses, catalogue, &c);
    if (got < 0) return -1;
    access_graph_seal(job->accesses);
    job->csr = access_graph_csr(job->accesses, catalogue);
    return job->csr->vertices ? 0 : error_set(e, "%s: there is no command", job->trace);
}

static int read_graph(struct job *job, struct error *e)
{
    job->csr = &job->graph.csr;
    return metis_graph_open(job->graph_path, &job->graph, e);
}

static int work(struct job *job, struct error *e)
{
    if ((job->trace ? read_trace : read_graph)(job, e) < 0) return -1;
    uint32_t vertices = job->csr->vertices;
    job->part = allocate_zeroed(vertices, sizeof(*job->part));
    if (job->present_path) {
        job->present = allocate_zeroed(vertices, sizeof(*job->present));
        if (metis_parts_open(job->present_path, vertices, job->present, e) < 0) return -1;
    }
    /* The parts may go to standard output. */
    FILE *out = job->output_path && strcmp(job->output_path, "-") == 0 ? stderr : stdout;
    print_head(job, out);
    for (uint32_t k = 0; k < job->parts_count; k++)
        for (uint32_t s = 0; s < job->strategies; s++)
            if (try_strategy(job, job->strategy[s], job->parts[k], out, e) < 0) return -1;
    return job->output_path ? write_parts(job, e) : 0;
}

int cmd_partition(int argc, char **argv)
{
    struct job job = {0};
    struct options_table table = {list, sizeof(list) / sizeof(list[0]), &job, {0}};
    const struct options options = {.command = "partition",
                                    .usage = "GRAPH|--trace SPEC -k K[,K...] [OPTION]...",
                                    .about = about,
                                    .operands = "one GRAPH",
                                    .operand_count = 1,
                                    .operands_optional = true,
                                    .ending = ending,
                                    .topics = topics,
                                    .tables = &table,
                                    .table_count = 1};
    struct error e;
    int got = options_read(&options, argc, argv, &job.graph_path, &e);
    if (got > 0) return 0;
    if (got == 0) got = complete(&job, &e);
    if (got == 0) got = work(&job, &e);
    metis_graph_finish(&job.graph);
    access_graph_destroy(job.accesses);
    workload_close(job.workload);
    free(job.present);
    free(job.part);
    return got < 0 ? options_fail(options.command, "%s", e.text) : 0;
}
