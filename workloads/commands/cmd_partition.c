/* cmd_partition.c - `aviary partition`: cuts a graph, to compare the partitioners. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "workloads/import/metis_graph.h"
#include "base/options.h"
#include "base/output.h"
#include "base/units.h"

int cmd_partition(int argc, char **argv);

enum { LIST_MAX = 32 };

static const char help[] =
    "usage: aviary partition GRAPH -k K[,K...] [OPTION]...\n"
    "Cuts a graph into K parts with each strategy and shows the weight of the edges cut, by how\n"
    "much the heaviest part exceeds the mean, and the time it took.\n\n"
    "  -k, --partitions K[,K...]   numbers of parts, 1 to 1024\n"
    "      --strategy NAME[,...]   which strategies (default: all)\n"
    "      --imbalance SHARE       how much heavier than the mean a part may be (default 20%)\n"
    "      --seed N                of the random generator (default 1)\n"
    "      --present FILE          present placement: a part number (from 0) a line; a number\n"
    "                              that is no part of the K means none. Shows the moved size\n"
    "                              as well\n"
    "  -o, --output FILE           write the parts of one strategy and one K, a number a line\n"
    "  -h, --help\n\n"
    "GRAPH is in the format of METIS and of Walshaw's archive, plain or packed (.gz .xz .zst);\n"
    "with sizes of vertices, those are the bytes that move. - is standard input or output.\n\n"
    "strategies (also placements of `aviary run`):\n";

static const struct option list[] = {{"partitions", required_argument, NULL, 'k'},
                                     {"strategy", required_argument, NULL, 'S'},
                                     {"imbalance", required_argument, NULL, 'i'},
                                     {"seed", required_argument, NULL, 's'},
                                     {"present", required_argument, NULL, 'p'},
                                     {"output", required_argument, NULL, 'o'},
                                     {"help", no_argument, NULL, 'h'},
                                     {NULL, 0, NULL, 0}};
static const struct options options = {"partition", ":k:o:h", list};

struct job {
    const struct partitioner *strategy[LIST_MAX];
    uint32_t parts[LIST_MAX];
    uint32_t strategies, parts_count;
    double imbalance;
    uint64_t seed;
    const char *graph_path, *present_path, *output_path;
    struct metis_graph graph;
    uint32_t *present, *part; /* by vertex; present: or NULL */
};

/* --- options ------------------------------------------------------------------------------------
 */

static int add_strategy(struct job *job, const char *name, struct error *e)
{
    const struct partitioner *found = partitioner_find(name);
    if (found) {
        job->strategy[job->strategies++] = found;
        return 0;
    }
    char names[200] = "";
    for (uint32_t i = 0; partitioner_at(i); i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "",
                 partitioner_at(i)->name);
    }
    return error_set(e, "unknown strategy '%.60s'; there is: %s", name, names);
}

static int add_parts(struct job *job, const char *text, struct error *e)
{
    uint64_t parts;
    struct error what;
    if (units_count(text, &parts, &what) < 0 || parts < 1 || parts > PARTITION_PARTS_MAX)
        return error_set(e, "expected 1 to %d partitions, found '%.40s'", PARTITION_PARTS_MAX,
                         text);
    job->parts[job->parts_count++] = (uint32_t)parts;
    return 0;
}

/* Adds each word of a list with commas; count: how many there are. */
static int add_list(struct job *job, const char *text, const uint32_t *count,
                    int (*add)(struct job *job, const char *word, struct error *e), struct error *e)
{
    char *words = allocate_text(text), *rest = words;
    int got = 0;
    while (rest && got == 0) {
        char *word = rest, *comma = strchr(rest, ',');
        if (comma) *comma = '\0';
        rest = comma ? comma + 1 : NULL;
        got = *count < LIST_MAX ? add(job, word, e)
                                : error_set(e, "expected at most %d of a list", LIST_MAX);
    }
    free(words);
    return got;
}

static int set_option(struct job *job, int option, const char *text, struct error *e)
{
    switch (option) {
    case 'k':
        return add_list(job, text, &job->parts_count, add_parts, e);
    case 'S':
        return add_list(job, text, &job->strategies, add_strategy, e);
    case 'i':
        return units_share(text, &job->imbalance, e);
    case 's':
        return units_count(text, &job->seed, e);
    case 'p':
        job->present_path = text;
        return 0;
    default:
        job->output_path = text;
        return 0;
    }
}

static int complete(struct job *job, struct error *e)
{
    if (job->strategies == 0)
        while (job->strategies < LIST_MAX && partitioner_at(job->strategies)) {
            job->strategy[job->strategies] = partitioner_at(job->strategies);
            job->strategies++;
        }
    if (job->parts_count == 0) return error_set(e, "expected -k K");
    if (job->output_path && (job->strategies > 1 || job->parts_count > 1))
        return error_set(e, "expected one --strategy and one K with -o");
    return 0;
}

static void print_help(void)
{
    fputs(help, stdout);
    for (uint32_t i = 0; partitioner_at(i); i++)
        printf("  %-14s %s\n", partitioner_at(i)->name, partitioner_at(i)->summary);
    fputs("\n  aviary partition 4elt.graph -k 2,4,8,16 --imbalance 3%\n", stdout);
}

/* --- the work -----------------------------------------------------------------------------------
 */

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int write_parts(const struct job *job, struct error *e)
{
    struct output *out = output_create(job->output_path, e);
    if (!out) return -1;
    int got = 0;
    for (uint32_t v = 0; v < job->graph.csr.vertices && got == 0; v++) {
        char line[16];
        int length = snprintf(line, sizeof(line), "%u\n", job->part[v]);
        got = output_write(out, line, (size_t)length, e);
    }
    if (got == 0) got = output_commit(out, e);
    output_destroy(out);
    return got;
}

static void print_head(const struct job *job, FILE *out)
{
    fprintf(out, "%u vertices, %u edges, %g %% imbalance allowed, seed %llu\n\n",
            job->graph.csr.vertices, job->graph.csr.offset[job->graph.csr.vertices] / 2,
            job->imbalance * 100, (unsigned long long)job->seed);
    fprintf(out, "%10s  %-14s %12s %10s %10s", "partitions", "strategy", "cut", "imbalance",
            "seconds");
    if (job->present) fprintf(out, " %10s %8s %10s", "moved", "share", "bytes");
    fputs("\n", out);
}

static int try_strategy(const struct job *job, const struct partitioner *p, uint32_t parts,
                        FILE *out, struct error *e)
{
    char bytes[32];
    const struct graph_csr *csr = &job->graph.csr;
    struct partition_request request = {.graph = csr,
                                        .parts = parts,
                                        .imbalance_permille =
                                            (uint32_t)(job->imbalance * 1000 + 0.5),
                                        .seed = job->seed,
                                        .present = job->present,
                                        .bytes = job->graph.bytes};
    double start = now_s();
    if (p->cut(&request, job->part) < 0)
        return error_set(e, "%s: %s cannot cut a graph of this size", job->graph_path, p->name);
    double seconds = now_s() - start;
    fprintf(out, "%10u  %-14s %12llu %8.1f %% %10.3f", parts, p->name,
            (unsigned long long)partition_cut(csr, job->part),
            partition_imbalance_permille(csr, parts, job->part) / 10.0, seconds);
    if (job->present) {
        struct partition_moves moved = partition_moved(&request, job->part);
        fprintf(out, " %10llu %6.1f %% %10s", (unsigned long long)moved.vertices,
                csr->vertices > 0 ? 100.0 * (double)moved.vertices / csr->vertices : 0.0,
                job->graph.bytes ? units_print_size(moved.bytes, bytes) : "-");
    }
    fputs("\n", out);
    return 0;
}

static int work(struct job *job, struct error *e)
{
    if (metis_graph_open(job->graph_path, &job->graph, e) < 0) return -1;
    uint32_t vertices = job->graph.csr.vertices;
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
    struct job job = {.imbalance = 0.2, .seed = 1};
    struct error e;
    int option;
    for (bool first = true; (option = options_next(&options, argc, argv, first)) != -1;
         first = false) {
        if (option == '?') return EXIT_INPUT;
        if (option == 'h') {
            print_help();
            return 0;
        }
        if (set_option(&job, option, optarg, &e) < 0)
            return options_fail(options.command, "%s", e.text);
    }
    if (optind + 1 != argc) return options_fail(options.command, "expected one GRAPH (see --help)");
    job.graph_path = argv[optind];
    int got = complete(&job, &e);
    if (got == 0) got = work(&job, &e);
    metis_graph_finish(&job.graph);
    free(job.present);
    free(job.part);
    return got < 0 ? options_fail(options.command, "%s", e.text) : 0;
}
