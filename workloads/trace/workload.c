/* workload.c - opens what -w names: the table of generators, or a trace file (workload.h). */
#include "workloads/trace/workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "workloads/trace/source.h"
#include "workloads/trace/trace.h"

/* A new generator is one line. */
static const struct generator {
    const char *name;
    struct workload *(*open)(char *keys, uint64_t seed, struct error *e); /* keys: to be changed */
    const char *help[12];             /* a description; then its keys with their defaults */
    uint64_t (*executes)(char *keys); /* its variables, where it has an application; NULL */
} generators[] = {
    {"chirper",
     chirper_open_keys,
     {"social network: timelines, posts, follows",
      "users=10000 degree=10 clustering=0.6 communities=64 cut=0 zipf=0.95 size=1KiB",
      "locality=strong (communities, cut=0) or weak (one community, no good cut)",
      "mix=dssmr|dynastar|timeline|post|follow|follow-noop, or some of its weights:",
      "timeline=85 post=7.5 follow=3.75 unfollow=3.75 follow-noop=0",
      "multi=SHARE multi-kind=follow  that share across communities, the rest inside",
      "graph=EDGELIST directed=yes|no  instead of a generated graph",
      "timeline-cap=POSTS  timelines of at most so many posts, instead of size=",
      "growth=SHARE  of the commands, a new user joins each time; needs commands=",
      "rate=10k/s  issue times; celebrity-at=TIME|COMMANDS celebrity-posts=2%",
      "celebrity-follows=0.3%  shares of the commands from then on",
      "commands=N (default: endless) seed=N; few users: fewer communities"},
     NULL},
    {"kv",
     kv_open_keys,
     {"key-value store: gets, puts, scans, inserts",
      "variables=10000 size=1KiB|100B-4KiB ycsb=a|..|f pick=zipf|scrambled|latest zipf=0",
      "get=50 put=50 multi-get=0 multi-put=0 rmw=0 scan=0 insert=0 (weights) keys=4|2-8",
      "multi=SHARE groups=64 spread=2|2-4  that share across groups, the rest inside one",
      "hot=SHARE hot-size=100 hot-every=COMMANDS  a hot spot, which moves",
      "scan-keys=1-100 inserts=N (at most) commands=N (default: endless) seed=N"},
     NULL},
    {"interactions",
     interactions_open_keys,
     {"recorded interactions: lines `SOURCE TARGET UNIX-TIME [KIND]`",
      "file=PATH time=keep|drop|scale=FACTOR size=64B"},
     NULL},
    {"recorded",
     recorded_open_keys,
     {"recorded read and write sets: lines `SEQ CLIENT R:KEY@WRITER W:KEY ...`",
      "file=PATH clients=keep|drop kinds=one|tables skip=FZVERSION size=64B"},
     NULL},
    {"objects",
     objects_open_keys,
     {"recorded object accesses: big-endian words of type, number, index",
      "file=PATH batch=8 (accesses a command) writes=TYPE+TYPE size=64B"},
     NULL},
    {"csv",
     csv_open_keys,
     {"a table of text, one command a row",
      "file=PATH columns=time=1+client=2+kind=3+reads=4+writes=5 header=no",
      "separator=comma list=semicolon time=keep unit=s kind=command size=64B",
      "  also updates creates deletes cost request reply; by number or the header's names"},
     NULL},
    {"tpcc",
     tpcc_open_keys,
     {"TPC-C: warehouses, orders, payments; its consistency conditions are checked",
      "warehouses=8 customers=300 (a district) items=10000 orders=300 (rows a district)",
      "new-order=45 payment=43 order-status=4 delivery=4 stock-level=4 (weights)",
      "remote-lines=1% remote-payments=15% by-name=60% rollbacks=1%",
      "commands=N (default: endless) seed=N; the standard: customers=3000 items=100000"},
     tpcc_count_keys},
};
enum { GENERATORS = sizeof(generators) / sizeof(generators[0]) };

static const struct generator *find(const char *spec, size_t length)
{
    for (size_t i = 0; i < GENERATORS; i++)
        if (strlen(generators[i].name) == length && memcmp(generators[i].name, spec, length) == 0)
            return &generators[i];
    return NULL;
}

static void refuse(const char *spec, struct error *e)
{
    char list[200] = "";
    size_t used = 0;
    for (size_t i = 0; i < GENERATORS; i++)
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i > 0 ? ", " : "",
                                 generators[i].name);
    error_set(e, "no trace file and no generator '%.100s'; there is: %s, or a path", spec, list);
}

struct workload *workload_open(const char *spec, uint64_t seed, struct error *e)
{
    size_t length = strcspn(spec, ":");
    const struct generator *g = find(spec, length);
    if (g) {
        char *keys = allocate_text(spec[length] == ':' ? spec + length + 1 : "");
        struct workload *w = g->open(keys, seed, e);
        free(keys);
        return w;
    }
    if (strcmp(spec, "-") == 0) {
        error_set(e, "a workload is read more than once, so not from standard input: give a file");
        return NULL;
    }
    if (!strchr(spec, '/') && access(spec, F_OK) != 0) {
        refuse(spec, e);
        return NULL;
    }
    return trace_open(spec, e);
}

uint64_t workload_executes(const char *spec)
{
    size_t length = strcspn(spec, ":");
    const struct generator *g = find(spec, length);
    if (!g || !g->executes) return 0;
    char *keys = allocate_text(spec[length] == ':' ? spec + length + 1 : "");
    uint64_t variables = g->executes(keys);
    free(keys);
    return variables;
}

void workload_close(struct workload *w)
{
    if (w) w->ops->close(w);
}

int workload_next(struct workload *w, struct trace_command *out, struct error *e)
{
    return w->ops->next(w, out, e);
}

int workload_rewind(struct workload *w, struct error *e)
{
    return w->ops->rewind(w, e);
}

const struct catalogue *workload_catalogue(const struct workload *w)
{
    return &w->catalogue;
}

const struct application *workload_application(const struct workload *w)
{
    return w->application;
}

bool workload_endless(const struct workload *w)
{
    return w->endless;
}

void workload_list(void (*line)(void *context, const char *text), void *context)
{
    char text[160];
    line(context, "PATH          a trace file (aviary-trace(5)), plain or .gz .xz .zst");
    for (size_t i = 0; i < GENERATORS; i++) {
        const struct generator *g = &generators[i];
        for (size_t h = 0; h < sizeof(g->help) / sizeof(g->help[0]) && g->help[h]; h++) {
            snprintf(text, sizeof(text), h == 0 ? "%-13s %s" : "%-13s   %s", h == 0 ? g->name : "",
                     g->help[h]);
            line(context, text);
        }
    }
}
