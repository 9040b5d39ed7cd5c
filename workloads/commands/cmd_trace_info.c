/* cmd_trace_info.c - `aviary trace info`: the profile of a workload, on one screen. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/progress.h"
#include "base/units.h"
#include "workloads/commands/cmd_trace.h"
#include "workloads/commands/profile.h"
#include "workloads/place/outlook.h"

enum { KINDS_SHOWN = 8, ENDLESS_COMMANDS = 100000 };
#define IMBALANCE 0.1

static const char about[] =
    "Shows the profile of a workload: its commands by kind, their accesses, the skew.\n"
    "Then, of its second half: how many of the variables, and of the pairs accessed\n"
    "together, the first half did not have; and the share of commands on several\n"
    "partitions, with variables placed by hash, by METIS knowing the first half (the\n"
    "past; what is new is hashed), and by METIS knowing the second half (the future).\n"
    "METIS may fill a partition 10 % more than the mean. The workload is read three\n"
    "times; memory is needed for the variables and pairs only.\n";
static const char ending[] = "\n  aviary trace info higgs.trace.xz\n"
                             "  aviary trace info chirper:multi=5%\n";

struct info {
    struct workload *workload;
    const struct catalogue *catalogue;
    uint64_t limit, seed;
    struct profile profile;
    struct outlook outlook;
};

static int count(struct info *info, struct error *e)
{
    struct trace_command c;
    struct profile *p = &info->profile;
    int got = 1;
    while (p->commands < info->limit && (got = workload_next(info->workload, &c, e)) > 0) {
        profile_add(p, &c);
        trace_progress(p->commands, info->limit < UINT64_MAX ? info->limit : 0);
    }
    progress_wipe();
    return got < 0 ? -1 : workload_rewind(info->workload, e);
}

/* Few steps are shown one by one, of many a sample. */
static void tell(const char *what, uint64_t done, uint64_t total)
{
    enum { FEW = 100, STEP = 1 << 16 };
    if (total <= FEW || done % STEP == 0)
        progress_line("%s: %u %% ", what, (unsigned)(done * 100 / total));
}

/* --- printing -----------------------------------------------------------------------------------
 */

static double percent(uint64_t part, uint64_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static void print_sizes(const char *name, const struct profile_sizes *s, uint64_t commands)
{
    printf("  %-22s %9.2f %9u %9u %9u\n", name, (double)s->sum / (double)commands,
           profile_quantile(s, commands, 0.5), profile_quantile(s, commands, 0.95), s->max);
}

static void print_kinds(struct info *info)
{
    char request[32], reply[32];
    struct profile *p = &info->profile;
    profile_sort_kinds(p);
    printf("\n%-24s %9s %9s %9s %9s %9s\n", "kind", "commands", "share", "variables", "request",
           "reply");
    for (uint32_t i = 0; i < p->kind_count; i++) {
        const struct profile_kind *k = &p->kinds[i];
        if (k->commands == 0) return;
        if (i == KINDS_SHOWN) {
            printf("  and %u more\n", p->kind_count - i);
            return;
        }
        printf("  %-22.22s %9llu %7.2f %% %9.2f %9s %9s\n",
               names_get(info->catalogue->kinds, k->kind), (unsigned long long)k->commands,
               percent(k->commands, p->commands), (double)k->accesses / (double)k->commands,
               units_print_size(k->request_bytes / k->commands, request),
               units_print_size(k->reply_bytes / k->commands, reply));
    }
}

static void print_skew(const struct info *info)
{
    const struct profile *p = &info->profile;
    struct profile_skew skew = profile_skew(p);
    char zipf[32] = "-";
    if (!isnan(skew.zipf)) snprintf(zipf, sizeof(zipf), "%.2f", skew.zipf);
    printf("\nvariables accessed         %u of %u\n", skew.accessed,
           names_count(info->catalogue->variables));
    printf("accesses                   %llu; on the hottest 1 %%: %.1f %%, 10 %%: %.1f %%\n",
           (unsigned long long)p->accesses, percent(skew.on_1_percent, p->accesses),
           percent(skew.on_10_percent, p->accesses));
    printf("hottest variable           %.40s: %.2f %%\n",
           names_get(info->catalogue->variables, skew.hottest),
           percent(skew.hottest_accesses, p->accesses));
    printf("Zipf exponent, fitted      %s\n", zipf);
}

static void print_drift(const struct outlook *o)
{
    const struct outlook_drift *const drifts[] = {&o->variables, &o->pairs};
    static const char *const names[] = {"variables", "pairs"};
    printf("\n%-24s %9s %9s %11s\n", "new in the second half", "distinct", "share", "of accesses");
    for (int i = 0; i < 2; i++)
        printf("  %-22s %9llu %7.2f %% %9.2f %%\n", names[i],
               (unsigned long long)drifts[i]->distinct_new,
               percent(drifts[i]->distinct_new, drifts[i]->distinct),
               percent(drifts[i]->accesses_new, drifts[i]->accesses));
}

static void print_outlook(const struct outlook *o)
{
    static const char *const names[OUTLOOK_KNOWLEDGES] = {"hash", "METIS, knows the past",
                                                          "METIS, the future"};
    printf("\n%-24s", "second half, partitions");
    for (int i = 0; i < OUTLOOK_CUTS; i++) printf(" %9u", outlook_partitions[i]);
    printf("\nmulti-partition commands");
    for (int k = 0; k < OUTLOOK_KNOWLEDGES; k++) {
        printf("\n  %-22s", names[k]);
        for (int i = 0; i < OUTLOOK_CUTS; i++)
            printf(" %7.2f %%", percent(o->trial[k][i].multi, o->commands));
    }
    printf("\nheaviest partition / mean (accesses)");
    for (int k = 0; k < OUTLOOK_KNOWLEDGES; k++) {
        printf("\n  %-22s", names[k]);
        for (int i = 0; i < OUTLOOK_CUTS; i++)
            printf(" %9.2f", outlook_heaviest(o, &o->trial[k][i], outlook_partitions[i]));
    }
    printf("\n");
}

static void print_info(struct info *info, const char *spec)
{
    char span[32], gap[32];
    const struct profile *p = &info->profile;
    printf("%s\n", spec);
    printf("commands                   %llu\n", (unsigned long long)p->commands);
    if (p->commands == 0) return;
    if (p->timed && p->last_ns > p->first_ns) {
        uint64_t span_ns = p->last_ns - p->first_ns;
        printf("time span                  %s, a command every %s\n",
               units_print_time(span_ns, span), units_print_time(span_ns / p->commands, gap));
    } else {
        printf("time span                  no issue times\n");
    }
    print_kinds(info);
    printf("\n%-24s %9s %9s %9s %9s\n", "variables of a command", "mean", "p50", "p95", "max");
    print_sizes("read", &p->read, p->commands);
    print_sizes("written", &p->written, p->commands);
    print_sizes("either", &p->either, p->commands);
    print_skew(info);
    print_drift(&info->outlook);
    print_outlook(&info->outlook);
}

static int show(struct info *info, const char *spec, struct error *e)
{
    info->workload = workload_open(spec, info->seed, e);
    if (!info->workload) return -1;
    info->catalogue = workload_catalogue(info->workload);
    if (workload_endless(info->workload) && info->limit == UINT64_MAX)
        info->limit = ENDLESS_COMMANDS;
    if (count(info, e) < 0) return -1;
    const struct outlook_setup setup = {info->workload, info->profile.commands, IMBALANCE,
                                        info->seed, tell};
    int got = setup.commands > 0 ? outlook_compute(&setup, &info->outlook, e) : 0;
    progress_wipe();
    if (got == 0) print_info(info, spec);
    return got;
}

static void release(struct info *info)
{
    outlook_finish(&info->outlook);
    profile_finish(&info->profile);
    workload_close(info->workload);
    free(info);
}

#define AT(member) .place = offsetof(struct info, member)
static const struct option list[] = {
    {"commands", 'n', "N", NULL,
     "look at the first N commands (default: all; of an endless workload 100000)", option_count,
     AT(limit)},
    {"seed", 0, "N", "1", "seed of a generator that has none among its keys", option_seed,
     AT(seed)},
};

int cmd_trace_info(int argc, char **argv)
{
    struct info *info = allocate_zeroed(1, sizeof(*info));
    struct options_table table = {list, sizeof(list) / sizeof(list[0]), info, {0}};
    const struct options options = {.command = "trace info",
                                    .usage = "WORKLOAD [-n N] [--seed N]",
                                    .about = about,
                                    .operands = "one WORKLOAD",
                                    .operand_count = 1,
                                    .ending = ending,
                                    .tables = &table,
                                    .table_count = 1};
    const char *workload;
    struct error e;
    info->limit = UINT64_MAX;
    int got = options_read(&options, argc, argv, &workload, &e);
    if (got == 0) got = show(info, workload, &e);
    release(info);
    return got < 0 ? options_fail(options.command, "%s", e.text) : 0;
}
