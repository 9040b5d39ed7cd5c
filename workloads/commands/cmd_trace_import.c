/* cmd_trace_import.c - `aviary trace import`: recorded data into a trace file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/commands/cmd_trace.h"
#include "base/memory.h"
#include "base/units.h"

static const char help[] =
    "usage: aviary trace import FORMAT INPUT -o FILE [OPTION]...\n"
    "Makes a trace file from recorded data (plain or packed).\n\n"
    "formats:\n"
    "  interactions  lines `SOURCE TARGET UNIX-TIME [KIND]`: each is a command that reads and\n"
    "                writes both users; lines in a row with the same source and time are one\n"
    "  edges         lines `A B` or `A,B`, who follows whom: the chirper mix over that graph\n"
    "  recorded      lines `SEQ CLIENT R:KEY@WRITER W:KEY ...`: read and write sets\n"
    "  objects       big-endian words of type, number and index: 8 accesses are a command\n"
    "  csv           a row a command, from the columns you choose\n\n"
    "  -o, --output FILE  packed if the name ends in .gz, .xz or .zst; - is standard output\n"
    "  -n, --commands N   at most (edges: default 100000)\n"
    "      --time keep|drop|scale=F  interactions, csv: issue times (default keep)\n"
    "      --size SIZE    bytes of a variable (64B; edges: 1KiB)\n"
    "      --columns LIST     csv: such as time=1,client=2,kind=3,reads=4,writes=5\n"
    "      --separator SIGN   csv: between columns (default comma)\n"
    "      --list SIGN        csv: between the variables of a cell (default semicolon)\n"
    "      --header           csv: the first row names the columns\n"
    "      --keys, --mix KEYS other keys of the format, as `aviary run --help workloads`\n"
    "                         lists them (edges: chirper's), such as timeline=85,post=15\n"
    "      --seed N       edges: default 1\n"
    "  -h, --help\n\n"
    "  aviary trace import interactions CollegeMsg.txt.gz -o college.trace.gz\n"
    "  aviary trace import csv log.csv --columns kind=2,reads=3,writes=4 -o log.trace\n";

static const struct option options[] = {{"commands", required_argument, NULL, 'n'},
                                        {"output", required_argument, NULL, 'o'},
                                        {"time", required_argument, NULL, 't'},
                                        {"size", required_argument, NULL, 'z'},
                                        {"columns", required_argument, NULL, 'c'},
                                        {"separator", required_argument, NULL, 'p'},
                                        {"list", required_argument, NULL, 'l'},
                                        {"header", no_argument, NULL, 'r'},
                                        {"keys", required_argument, NULL, 'k'},
                                        {"mix", required_argument, NULL, 'k'},
                                        {"seed", required_argument, NULL, 's'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

/* Options that are a key of the generator each. */
static const struct key_option {
    int letter;
    const char *key;
} key_options[] = {{'t', "time"},      {'z', "size"}, {'c', "columns"},
                   {'p', "separator"}, {'l', "list"}, {'r', "header"}};
enum { KEY_OPTIONS = sizeof(key_options) / sizeof(key_options[0]) };

struct settings {
    const char *input, *output, *keys;
    const char *value[KEY_OPTIONS]; /* NULL: not given */
    uint64_t commands, seed;
    bool has_commands, has_seed;
};

/* A format is a generator of workload.c that reads a file. A new one is one line. */
static const struct format {
    const char *name, *generator, *file_key;
    uint64_t commands; /* at most, by default */
    bool draws;        /* by a seed */
} formats[] = {
    {"interactions", "interactions", "file", UINT64_MAX, false},
    {"edges", "chirper", "graph", 100000, true},
    {"recorded", "recorded", "file", UINT64_MAX, false},
    {"objects", "objects", "file", UINT64_MAX, false},
    {"csv", "csv", "file", UINT64_MAX, false},
};
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

/* Appends `key=value,`; a comma in the value gets a backslash in front. */
static char *put_key(char *to, const char *key, const char *value)
{
    to += sprintf(to, "%s=", key);
    for (; *value; *to++ = *value++)
        if (*value == ',') *to++ = '\\';
    *to++ = ',';
    return to;
}

/* `NAME:key=value,...` as for -w; the caller frees it. */
static char *make_spec(const struct format *f, const struct settings *s)
{
    size_t room = 256 + 2 * strlen(s->input) + (s->keys ? strlen(s->keys) : 0);
    for (int i = 0; i < KEY_OPTIONS; i++) room += s->value[i] ? 2 * strlen(s->value[i]) : 0;
    char *spec = allocate_zeroed(room, 1), *at = spec;
    at += sprintf(at, "%s:", f->generator);
    for (int i = 0; i < KEY_OPTIONS; i++)
        if (s->value[i]) at = put_key(at, key_options[i].key, s->value[i]);
    if (s->keys && *s->keys) at += sprintf(at, "%s,", s->keys);
    at = put_key(at, f->file_key, s->input);
    at[-1] = '\0';
    return spec;
}

static int import(const char *format_name, struct settings *s, struct error *e)
{
    const struct format *f = find(format_name, e);
    if (!f) return -1;
    if (s->has_seed && !f->draws)
        return error_set(e, "--seed is for random generation, not for %s", f->name);
    char *spec = make_spec(f, s);
    struct workload *w = workload_open(spec, s->has_seed ? s->seed : 1, e);
    free(spec);
    if (!w) return -1;
    int got = trace_copy(w, s->output, s->has_commands ? s->commands : f->commands, e);
    workload_close(w);
    return got;
}

static int take(struct settings *s, int option, struct error *e)
{
    switch (option) {
    case 'n':
        s->has_commands = true;
        return units_count(optarg, &s->commands, e);
    case 's':
        s->has_seed = true;
        return units_count(optarg, &s->seed, e);
    case 'o':
        s->output = optarg;
        return 0;
    case 'k':
        s->keys = optarg;
        return 0;
    }
    for (int i = 0; i < KEY_OPTIONS; i++)
        if (key_options[i].letter == option) s->value[i] = optarg ? optarg : "yes";
    return 0;
}

int cmd_trace_import(int argc, char **argv)
{
    struct settings s = {0};
    struct error e;
    int option;
    for (bool first = true; (option = trace_option(argc, argv, ":n:o:h", options, first)) != -1;
         first = false) {
        if (option == '?') return EXIT_INPUT;
        if (option == 'h') {
            fputs(help, stdout);
            return 0;
        }
        if (take(&s, option, &e) < 0) return trace_fail(argv[0], "%s", e.text);
    }
    if (optind + 2 != argc) return trace_fail(argv[0], "expected FORMAT INPUT (see --help)");
    if (!s.output) return trace_fail(argv[0], "expected -o FILE");
    s.input = argv[optind + 1];
    if (import(argv[optind], &s, &e) < 0) return trace_fail(argv[0], "%s", e.text);
    return 0;
}
