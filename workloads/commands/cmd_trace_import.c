/* cmd_trace_import.c - `aviary trace import`: recorded data into a trace file. */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/lookup.h"
#include "workloads/commands/cmd_trace.h"

static const char about[] =
    "Makes a trace file from recorded data, plain or packed, in one of these formats:\n"
    "  interactions  lines `SOURCE TARGET UNIX-TIME [KIND]`, both are read and\n"
    "                written; lines in a row of one source and time are a command\n"
    "  edges         lines `A B` or `A,B`, A follows B: chirper on that graph\n"
    "  recorded      lines `SEQ CLIENT R:KEY@WRITER W:KEY ...`: read and write sets\n"
    "  objects       big-endian words of type, number, index; 8 accesses a command\n"
    "  csv           a row a command, from the columns you choose (--help csv)\n";
static const char ending[] =
    "\n  aviary trace import interactions CollegeMsg.txt.gz -o college.trace.gz\n"
    "  aviary trace import csv log.csv --columns kind=2,reads=3,writes=4 -o x.trace\n";

struct settings {
    const char *operands[2]; /* format, input */
    const char *output, *keys, *mix;
    /* Keys of the generator; NULL: not given. */
    const char *time, *size, *columns, *separator, *list;
    bool header;
    uint64_t commands; /* UINT64_MAX: not given */
    uint64_t seed;
    bool has_seed;
};

static int read_seed(const struct option *o, const char *text, void *place, struct error *e)
{
    struct settings *s = place;
    s->has_seed = true;
    return option_seed(o, text, &s->seed, e);
}

#define AT(member) .place = offsetof(struct settings, member)
static const struct option list[] = {
    {"output", 'o', "FILE", NULL, "the trace, packed by its end: .gz .xz .zst; - is stdout",
     option_text, AT(output)},
    {"commands", 'n', "N", NULL, "stop after so many (default: none; edges: 100000)", option_count,
     AT(commands)},
    {"time", 0, "HOW", NULL, "interactions, csv: keep (default), drop, scale=F", option_text,
     AT(time)},
    {"size", 0, "SIZE", NULL, "of each variable (default: 64B; edges: 1KiB)", option_text,
     AT(size)},
    {"keys", 0, "KEYS", NULL, "other keys (aviary run --help FORMAT; of edges: chirper)",
     option_text, AT(keys), .list = true},
    {"mix", 0, "KEYS", NULL, "the same as --keys", option_text, AT(mix), .list = true},
    {"seed", 0, "N", NULL, "edges: seed of the generator (default: 1)", read_seed, .place = 0},
    {"columns", 0, "LIST", NULL, "what is where, such as time=1,client=2,kind=3,reads=4,writes=5",
     option_text, AT(columns), .list = true, .section = "csv"},
    {"separator", 0, "SIGN", NULL, "what separates columns (default: comma)", option_text,
     AT(separator)},
    {"list", 0, "SIGN", NULL, "what separates the variables of a cell (default: semicolon)",
     option_text, AT(list)},
    {"header", 0, NULL, NULL, "the first row names the columns", option_switch, AT(header)},
};

static const struct options_topic topics[] = {{"csv", "Options of csv:", NULL}, {NULL, NULL, NULL}};

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

static const char *format_name(uint32_t i)
{
    return i < FORMATS ? formats[i].name : NULL;
}

/* Writes `key=value,`; a comma in the value gets a backslash in front. */
static void put_key(FILE *out, const char *key, const char *value)
{
    fprintf(out, "%s=", key);
    for (; *value; fputc(*value++, out))
        if (*value == ',') fputc('\\', out);
    fputc(',', out);
}

/* `NAME:key=value,...` as for -w; the caller frees it. */
static char *make_spec(const struct format *f, const struct settings *s)
{
    const struct {
        const char *key, *value;
    } keys[] = {{"time", s->time},
                {"size", s->size},
                {"columns", s->columns},
                {"separator", s->separator},
                {"list", s->list},
                {"header", s->header ? "yes" : NULL},
                {f->file_key, s->operands[1]}};
    const char *const others[] = {s->keys, s->mix};
    char *spec = NULL;
    size_t bytes;
    FILE *out = open_memstream(&spec, &bytes);
    if (!out) abort();
    fprintf(out, "%s:", f->generator);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (others[i]) fprintf(out, "%s,", others[i]);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (keys[i].value) put_key(out, keys[i].key, keys[i].value);
    if (fclose(out) != 0) abort();
    spec[bytes - 1] = '\0'; /* the last comma */
    return spec;
}

static int import(const struct settings *s, struct error *e)
{
    uint32_t i;
    if (lookup("format", format_name, s->operands[0], &i, e) < 0) return -1;
    const struct format *f = &formats[i];
    if (!s->output) return error_set(e, "expected -o FILE");
    if (s->has_seed && !f->draws)
        return error_set(e, "--seed is for random generation, not for %s", f->name);
    char *spec = make_spec(f, s);
    struct workload *w = workload_open(spec, s->seed, e);
    free(spec);
    if (!w) return -1;
    int got = trace_copy(w, s->output, s->commands < UINT64_MAX ? s->commands : f->commands, e);
    workload_close(w);
    return got;
}

int cmd_trace_import(int argc, char **argv)
{
    struct settings s = {.commands = UINT64_MAX, .seed = 1};
    struct options_table table = {list, sizeof(list) / sizeof(list[0]), &s, {0}};
    const struct options options = {.command = "trace import",
                                    .usage = "FORMAT INPUT -o FILE [OPTION]...",
                                    .about = about,
                                    .operands = "FORMAT INPUT",
                                    .operand_count = 2,
                                    .ending = ending,
                                    .topics = topics,
                                    .tables = &table,
                                    .table_count = 1};
    struct error e;
    int got = options_read(&options, argc, argv, s.operands, &e);
    if (got == 0) got = import(&s, &e);
    return got < 0 ? options_fail(options.command, "%s", e.text) : 0;
}
