/* cmd_trace_import.c - `aviary trace import`: recorded data into a trace file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/cmd_trace.h"
#include "workloads/interactions.h"
#include "workloads/memory.h"
#include "workloads/units.h"

static const char help[] =
    "usage: aviary trace import FORMAT INPUT -o FILE [OPTION]...\n"
    "Makes a trace file from recorded data (plain or packed).\n\n"
    "formats:\n"
    "  interactions  lines `SOURCE TARGET UNIX-TIME [KIND]`: each is a command that reads and\n"
    "                writes both users; lines in a row with the same source and time are one\n"
    "  edges         lines `A B` or `A,B`, who follows whom: the chirper mix over that graph\n\n"
    "  -o, --output FILE  packed if the name ends in .gz, .xz or .zst; - is standard output\n"
    "  -n, --commands N   at most (edges: default 100000)\n"
    "      --time keep|drop|scale=F  interactions: issue times (default keep)\n"
    "      --size SIZE    bytes of a user's variable (interactions: 64B; edges: 1KiB)\n"
    "      --mix KEYS     edges: keys of chirper, such as timeline=85,post=15,zipf=0\n"
    "      --seed N       edges: default 1\n"
    "  -h, --help\n\n"
    "  aviary trace import interactions CollegeMsg.txt.gz -o college.trace.gz\n"
    "  aviary trace import edges facebook.csv -n 200k --mix timeline=85,post=15 -o fb.trace\n";

static const struct option options[] = {
    {"commands", required_argument, NULL, 'n'}, {"output", required_argument, NULL, 'o'},
    {"time", required_argument, NULL, 't'},     {"size", required_argument, NULL, 'z'},
    {"mix", required_argument, NULL, 'm'},      {"seed", required_argument, NULL, 's'},
    {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0}};

struct settings {
    const char *input, *output, *time, *size, *mix;
    uint64_t commands, seed;
    bool has_commands, has_seed;
};

static struct workload *open_interactions(struct settings *s, struct error *e)
{
    uint64_t size;
    if (s->mix || s->has_seed) {
        error_set(e, "--mix and --seed are for the format edges");
        return NULL;
    }
    if (units_size(s->size ? s->size : "64B", &size, e) < 0) return NULL;
    return interactions_open(s->input, s->time ? s->time : "keep", size, e);
}

static struct workload *open_edges(struct settings *s, struct error *e)
{
    if (s->time) {
        error_set(e, "--time is for the format interactions");
        return NULL;
    }
    if (strchr(s->input, ',')) {
        error_set(e, "%s: expected a file name without commas", s->input);
        return NULL;
    }
    if (!s->has_commands) s->commands = 100000;
    size_t room = strlen(s->input) + (s->size ? strlen(s->size) : 0) +
                  (s->mix ? strlen(s->mix) : 0) + sizeof("chirper:graph=,size=,");
    char *spec = memory_zeroed(room, 1);
    snprintf(spec, room, "chirper:graph=%s%s%s%s%s", s->input, s->size ? ",size=" : "",
             s->size ? s->size : "", s->mix ? "," : "", s->mix ? s->mix : "");
    struct workload *w = workload_open(spec, s->seed, e);
    free(spec);
    return w;
}

/* A new format is one line. */
static const struct format {
    const char *name;
    struct workload *(*open)(struct settings *s, struct error *e);
} formats[] = {{"interactions", open_interactions}, {"edges", open_edges}};
enum { FORMATS = sizeof(formats) / sizeof(formats[0]) };

static const struct format *find(const char *name, struct error *e)
{
    char list[100] = "";
    size_t used = 0;
    for (size_t i = 0; i < FORMATS; i++) {
        if (strcmp(formats[i].name, name) == 0) return &formats[i];
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i > 0 ? ", " : "",
                                 formats[i].name);
    }
    error_set(e, "unknown format '%s'; there is: %s", name, list);
    return NULL;
}

static int import(const char *format_name, struct settings *s, struct error *e)
{
    const struct format *format = find(format_name, e);
    struct workload *w = format ? format->open(s, e) : NULL;
    if (!w) return -1;
    int got = trace_copy(w, s->output, s->commands, e);
    workload_close(w);
    return got;
}

int cmd_trace_import(int argc, char **argv)
{
    struct settings s = {.commands = UINT64_MAX, .seed = 1};
    struct error e;
    int option, got = 0;
    for (bool first = true; (option = trace_option(argc, argv, ":n:o:h", options, first)) != -1;
         first = false) {
        switch (option) {
        case 'n':
            got = units_count(optarg, &s.commands, &e);
            s.has_commands = true;
            break;
        case 'o':
            s.output = optarg;
            break;
        case 't':
            s.time = optarg;
            break;
        case 'z':
            s.size = optarg;
            break;
        case 'm':
            s.mix = optarg;
            break;
        case 's':
            got = units_count(optarg, &s.seed, &e);
            s.has_seed = true;
            break;
        case 'h':
            fputs(help, stdout);
            return 0;
        default:
            return EXIT_INPUT;
        }
        if (got < 0) return trace_fail(argv[0], "%s", e.text);
    }
    if (optind + 2 != argc) return trace_fail(argv[0], "expected FORMAT INPUT (see --help)");
    if (!s.output) return trace_fail(argv[0], "expected -o FILE");
    s.input = argv[optind + 1];
    if (import(argv[optind], &s, &e) < 0) return trace_fail(argv[0], "%s", e.text);
    return 0;
}
