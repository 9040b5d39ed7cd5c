/* cmd_trace_info.c - `aviary trace info`: what is in a workload, on one screen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/command.h"
#include "workloads/access_graph.h"
#include "workloads/cmd_trace.h"
#include "workloads/memory.h"
#include "workloads/placement.h"
#include "workloads/units.h"

enum { KINDS_SHOWN = 8, ENDLESS_COMMANDS = 100000, CUTS = 4 };

static const uint32_t cut_partitions[CUTS] = {2, 4, 8, 16};

static const char help[] =
    "usage: aviary trace info WORKLOAD [-n N] [--seed N]\n"
    "Shows what is in a workload: its commands by kind, what they access, how skewed that is, and\n"
    "the share of commands that touch several partitions, with variables placed by hash, and by\n"
    "METIS knowing these very commands (20 % imbalance allowed).\n\n"
    "  -n, --commands N  look at the first N only (default: all; of an endless workload 100000)\n"
    "      --seed N      for a generator that is not given its own (default 1)\n"
    "  -h, --help\n\n"
    "  aviary trace info higgs.trace.xz\n"
    "  aviary trace info chirper:multi=5%\n";

static const struct option options[] = {{"commands", required_argument, NULL, 'n'},
                                        {"seed", required_argument, NULL, 's'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

struct kind_count {
    uint32_t kind;
    uint64_t commands, accesses, request_bytes, reply_bytes;
};

/* How many commands have so many variables in a set. */
struct sizes {
    uint64_t commands[COMMAND_ACCESSES_MAX + 1];
    uint64_t sum;
    uint32_t max;
};

/* A placement being tried. */
struct trial {
    uint16_t *partition; /* by variable */
    uint64_t multi;      /* commands on several partitions */
    double heaviest;     /* accesses of the heaviest partition over the mean */
};

struct info {
    struct workload *workload;
    const struct catalogue *catalogue;
    uint64_t limit, seed;
    uint64_t commands, accesses, first_ns, last_ns;
    bool timed;
    struct kind_count *kinds;
    uint32_t kind_count, kind_room;
    uint64_t *by_variable; /* accesses */
    uint32_t variable_count, variable_room;
    struct sizes all, read, written;
    struct access_graph *graph;
    struct trial hash[CUTS], metis[CUTS];
};

/* --- first pass: counting -----------------------------------------------------------------------
 */

static void count_size(struct sizes *s, uint32_t size)
{
    s->commands[size]++;
    s->sum += size;
    if (size > s->max) s->max = size;
}

static void count_kind(struct info *info, const struct trace_command *c)
{
    while (info->kind_count <= c->kind) {
        info->kinds =
            memory_grow(info->kinds, &info->kind_room, info->kind_count + 1, sizeof(*info->kinds));
        info->kinds[info->kind_count] = (struct kind_count){.kind = info->kind_count};
        info->kind_count++;
    }
    struct kind_count *k = &info->kinds[c->kind];
    k->commands++;
    k->accesses += c->access_count;
    k->request_bytes += c->request_bytes;
    k->reply_bytes += c->reply_bytes;
}

static uint64_t *accesses_to(struct info *info, uint32_t variable)
{
    while (info->variable_count <= variable) {
        info->by_variable = memory_grow(info->by_variable, &info->variable_room,
                                        info->variable_count + 1, sizeof(*info->by_variable));
        info->by_variable[info->variable_count++] = 0;
    }
    return &info->by_variable[variable];
}

static void count_command(struct info *info, const struct trace_command *c)
{
    uint32_t read = 0, written = 0;
    for (uint32_t i = 0; i < c->access_count; i++) {
        read += (c->accesses[i].mode & ACCESS_READ) != 0;
        written += (c->accesses[i].mode & ~ACCESS_READ) != 0;
        ++*accesses_to(info, c->accesses[i].variable);
    }
    count_size(&info->all, c->access_count);
    count_size(&info->read, read);
    count_size(&info->written, written);
    count_kind(info, c);
    info->commands++;
    info->accesses += c->access_count;
    if (c->at_ns == TIME_NONE) return;
    if (!info->timed) info->first_ns = c->at_ns;
    info->timed = true;
    info->last_ns = c->at_ns;
}

static int first_pass(struct info *info, struct error *e)
{
    struct trace_command c;
    int got = 1;
    while (info->commands < info->limit && (got = workload_next(info->workload, &c, e)) > 0) {
        count_command(info, &c);
        access_graph_add(info->graph, info->catalogue, &c);
        trace_progress(info->commands, info->limit < UINT64_MAX ? info->limit : 0);
    }
    trace_progress_end();
    return got < 0 ? -1 : workload_rewind(info->workload, e);
}

/* --- second pass: placements --------------------------------------------------------------------
 */

static void weigh(const struct info *info, struct trial *t, uint32_t partitions)
{
    uint64_t load[16] = {0}, most = 0;
    for (uint32_t v = 0; v < info->variable_count; v++)
        load[t->partition[v]] += info->by_variable[v];
    for (uint32_t p = 0; p < partitions; p++) most = load[p] > most ? load[p] : most;
    t->heaviest = (double)most * partitions / (double)info->accesses;
}

static int place(struct info *info, struct error *e)
{
    const struct catalogue *c = info->catalogue;
    uint32_t count = names_count(c->variables);
    for (int i = 0; i < CUTS; i++) {
        uint32_t k = cut_partitions[i];
        struct trial *hash = &info->hash[i], *metis = &info->metis[i];
        const struct placement hashed = {.partitions = k};
        struct access_graph_cut how = {partitioner_find("metis"), k, 0.2, info->seed};
        hash->partition = memory_zeroed(count, sizeof(*hash->partition));
        metis->partition = memory_zeroed(count, sizeof(*metis->partition));
        if (access_graph_cut(info->graph, c, &how, metis->partition, e) < 0) return -1;
        for (uint32_t v = 0; v < count; v++) {
            hash->partition[v] = (uint16_t)placement_of(&hashed, c->granule[v]);
            metis->partition[v] = metis->partition[c->granule[v]];
        }
        weigh(info, hash, k);
        weigh(info, metis, k);
    }
    return 0;
}

static void try_command(struct trial *t, const struct trace_command *c)
{
    uint16_t first = t->partition[c->accesses[0].variable];
    for (uint32_t i = 1; i < c->access_count; i++)
        if (t->partition[c->accesses[i].variable] != first) {
            t->multi++;
            return;
        }
}

static int second_pass(struct info *info, struct error *e)
{
    struct trace_command c;
    int got = 1;
    for (uint64_t n = 0; n < info->commands && (got = workload_next(info->workload, &c, e)) > 0;
         n++)
        for (int i = 0; i < CUTS; i++) {
            try_command(&info->hash[i], &c);
            try_command(&info->metis[i], &c);
        }
    return got < 0 ? -1 : 0;
}

/* --- printing -----------------------------------------------------------------------------------
 */

static double percent(uint64_t part, uint64_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static uint32_t quantile(const struct sizes *s, uint64_t commands, double share)
{
    uint64_t wanted = (uint64_t)((double)commands * share), seen = 0;
    for (uint32_t size = 0; size < s->max; size++) {
        seen += s->commands[size];
        if (seen > wanted) return size;
    }
    return s->max;
}

static void print_sizes(const char *name, const struct sizes *s, uint64_t commands)
{
    printf("  %-22s %9.2f %9u %9u %9u\n", name, (double)s->sum / (double)commands,
           quantile(s, commands, 0.5), quantile(s, commands, 0.99), s->max);
}

static int more_commands(const void *a, const void *b)
{
    const struct kind_count *x = a, *y = b;
    if (x->commands != y->commands) return x->commands < y->commands ? 1 : -1;
    return x->kind < y->kind ? -1 : 1;
}

static void print_kinds(struct info *info)
{
    char request[32], reply[32];
    qsort(info->kinds, info->kind_count, sizeof(*info->kinds), more_commands);
    printf("\n%-24s %9s %9s %9s %9s %9s\n", "kind", "commands", "share", "variables", "request",
           "reply");
    for (uint32_t i = 0; i < info->kind_count; i++) {
        const struct kind_count *k = &info->kinds[i];
        if (k->commands == 0) return;
        if (i == KINDS_SHOWN) {
            printf("  and %u more\n", info->kind_count - i);
            return;
        }
        printf("  %-22.22s %9llu %7.2f %% %9.2f %9s %9s\n",
               names_get(info->catalogue->kinds, k->kind), (unsigned long long)k->commands,
               percent(k->commands, info->commands), (double)k->accesses / (double)k->commands,
               units_print_size(k->request_bytes / k->commands, request),
               units_print_size(k->reply_bytes / k->commands, reply));
    }
}

static int descending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

/* Sorts the counts: which variable is which is lost. */
static void print_skew(struct info *info)
{
    uint32_t accessed = 0, hottest = 0;
    for (uint32_t v = 0; v < info->variable_count; v++) {
        accessed += info->by_variable[v] > 0;
        if (info->by_variable[v] > info->by_variable[hottest]) hottest = v;
    }
    const char *name = names_get(info->catalogue->variables, hottest);
    qsort(info->by_variable, info->variable_count, sizeof(*info->by_variable), descending);
    uint64_t sum = 0, one = 0, ten = 0;
    for (uint32_t i = 0; i < (accessed + 9) / 10; i++) {
        sum += info->by_variable[i];
        if (i < (accessed + 99) / 100) one = sum;
        ten = sum;
    }
    printf("\nvariables accessed         %u of %u\n", accessed,
           names_count(info->catalogue->variables));
    printf(
        "accesses                   %llu; on the hottest 1 %%: %.1f %%, 10 %%: %.1f %%, on %.40s: "
        "%.2f %%\n",
        (unsigned long long)info->accesses, percent(one, info->accesses),
        percent(ten, info->accesses), name, percent(info->by_variable[0], info->accesses));
}

static void print_trials(const struct info *info)
{
    printf("\n%-24s", "partitions");
    for (int i = 0; i < CUTS; i++) printf(" %9u", cut_partitions[i]);
    printf("\nmulti-partition commands\n  %-22s", "hash");
    for (int i = 0; i < CUTS; i++)
        printf(" %7.2f %%", percent(info->hash[i].multi, info->commands));
    printf("\n  %-22s", "metis");
    for (int i = 0; i < CUTS; i++)
        printf(" %7.2f %%", percent(info->metis[i].multi, info->commands));
    printf("\nheaviest partition / mean (accesses)\n  %-22s", "hash");
    for (int i = 0; i < CUTS; i++) printf(" %9.2f", info->hash[i].heaviest);
    printf("\n  %-22s", "metis");
    for (int i = 0; i < CUTS; i++) printf(" %9.2f", info->metis[i].heaviest);
    printf("\n");
}

static void print_info(struct info *info, const char *spec)
{
    char span[32], gap[32];
    printf("%s\n", spec);
    printf("commands                   %llu\n", (unsigned long long)info->commands);
    if (info->commands == 0) return;
    if (info->timed && info->last_ns > info->first_ns) {
        uint64_t span_ns = info->last_ns - info->first_ns;
        printf("time span                  %s, a command every %s\n",
               units_print_time(span_ns, span), units_print_time(span_ns / info->commands, gap));
    } else {
        printf("time span                  no issue times\n");
    }
    print_kinds(info);
    printf("\n%-24s %9s %9s %9s %9s\n", "variables of a command", "mean", "p50", "p99", "max");
    print_sizes("read", &info->read, info->commands);
    print_sizes("written", &info->written, info->commands);
    print_sizes("either", &info->all, info->commands);
    print_skew(info);
    print_trials(info);
}

static int show(struct info *info, const char *spec, struct error *e)
{
    info->workload = workload_open(spec, info->seed, e);
    if (!info->workload) return -1;
    info->catalogue = workload_catalogue(info->workload);
    info->graph = access_graph_create();
    if (workload_endless(info->workload) && info->limit == UINT64_MAX)
        info->limit = ENDLESS_COMMANDS;
    if (first_pass(info, e) < 0) return -1;
    if (info->commands > 0 && (place(info, e) < 0 || second_pass(info, e) < 0)) return -1;
    print_info(info, spec);
    return 0;
}

static void release(struct info *info)
{
    for (int i = 0; i < CUTS; i++) {
        free(info->hash[i].partition);
        free(info->metis[i].partition);
    }
    access_graph_destroy(info->graph);
    workload_close(info->workload);
    free(info->kinds);
    free(info->by_variable);
    free(info);
}

int cmd_trace_info(int argc, char **argv)
{
    uint64_t commands = UINT64_MAX, seed = 1;
    struct error e;
    int option, got = 0;
    for (bool first = true; (option = trace_option(argc, argv, ":n:h", options, first)) != -1;
         first = false) {
        switch (option) {
        case 'n':
            got = units_count(optarg, &commands, &e);
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
    struct info *info = memory_zeroed(1, sizeof(*info));
    info->limit = commands;
    info->seed = seed;
    got = show(info, argv[optind], &e);
    release(info);
    return got < 0 ? trace_fail(argv[0], "%s", e.text) : 0;
}
