/* interactions.c - reads recorded interactions: lines `SOURCE TARGET UNIX-TIME [KIND]`.
 *
 * A user is a variable, named as in the file with a `u` in front. An interaction reads and writes
 * its source and its target. Lines that follow each other with the same source and time are one
 * command with several targets, of the first one's kind; without a kind it is a `message`. Lines
 * that begin with # or % are comments. */
#include "workloads/import/interactions.h"

#include <stdlib.h>
#include <string.h>

#include "base/keys.h"
#include "base/lines.h"
#include "base/memory.h"
#include "base/units.h"
#include "proto/command.h"
#include "workloads/import/times.h"
#include "workloads/trace/source.h"
#include "workloads/trace/trace.h"

enum { FIELDS_MAX = 4, NAME_BYTES_MAX = 255, KIND_BYTES_MAX = 255 };

struct config {
    const char *file, *time;
    uint64_t size;
};

static const struct key config_keys[] = {
    {"file", KEY_TEXT, NULL, offsetof(struct config, file)},
    {"time", KEY_TEXT, "keep", offsetof(struct config, time)},
    {"size", KEY_SIZE, "64B", offsetof(struct config, size)},
};
static const struct key_table table = {"interactions", config_keys,
                                       sizeof(config_keys) / sizeof(config_keys[0])};

struct field {
    const char *text;
    uint32_t length;
};

struct row {
    struct field source, target, kind;
    uint64_t time_ns;
};

struct interactions {
    struct workload workload;
    struct lines *lines;
    struct times times;
    uint32_t size;
    struct row row; /* read ahead: its texts are in the buffer of `lines` */
    bool has_row;
    struct accesses accesses;
    char kind[KIND_BYTES_MAX + 1]; /* of the command being put together */
    uint32_t kind_length;
};

static int split(struct interactions *in, char *text, struct field *fields, struct error *e)
{
    int count = 0;
    for (char *at = text + strspn(text, " \t"); *at; at += strspn(at, " \t")) {
        uint32_t length = (uint32_t)strcspn(at, " \t");
        if (count == FIELDS_MAX || !trace_name_valid(at, length) || length > NAME_BYTES_MAX)
            return lines_error(in->lines, e, "expected `SOURCE TARGET TIME [KIND]`, found '%.60s'",
                               at);
        fields[count++] = (struct field){at, length};
        at += length;
    }
    if (count == 1 || count == 2)
        return lines_error(in->lines, e, "expected `SOURCE TARGET TIME [KIND]`, found '%.60s'",
                           text);
    return count;
}

static int parse_row(struct interactions *in, const struct field *fields, int count,
                     struct error *e)
{
    struct row *r = &in->row;
    struct error what;
    char time[32];
    r->source = fields[0];
    r->target = fields[1];
    r->kind = count > 3 ? fields[3] : (struct field){"message", 7};
    snprintf(time, sizeof(time), "%.*ss", fields[2].length > 28 ? 28 : (int)fields[2].length,
             fields[2].text);
    if (units_time(time, &r->time_ns, &what) < 0)
        return lines_error(in->lines, e, "expected a time in seconds, found '%.*s'",
                           (int)fields[2].length, fields[2].text);
    if (!times_take(&in->times, r->time_ns))
        return lines_error(in->lines, e,
                           "expected times that do not decrease, found '%.*s' (sort the file, or "
                           "drop the times)",
                           (int)fields[2].length, fields[2].text);
    return 1;
}

/* Reads the next row ahead: 1, 0 at the end, -1. */
static int read_ahead(struct interactions *in, struct error *e)
{
    char *text;
    uint32_t length;
    struct field fields[FIELDS_MAX];
    in->has_row = false;
    for (;;) {
        int got = lines_next_ended(in->lines, &text, &length, e);
        if (got <= 0) return got;
        if (*text == '#' || *text == '%') continue;
        int count = split(in, text, fields, e);
        if (count < 0) return -1;
        if (count == 0) continue;
        if (parse_row(in, fields, count, e) < 0) return -1;
        in->has_row = true;
        return 1;
    }
}

static uint32_t user(struct interactions *in, struct field name)
{
    char text[NAME_BYTES_MAX + 2];
    text[0] = 'u';
    memcpy(text + 1, name.text, name.length);
    uint32_t variable = source_variable(&in->workload, text, name.length + 1);
    in->workload.catalogue.variable_bytes[variable] = in->size;
    return variable;
}

static bool same_source(const struct interactions *in, uint32_t source)
{
    const char *name = names_get(in->workload.catalogue.variables, source) + 1;
    return strlen(name) == in->row.source.length &&
           memcmp(name, in->row.source.text, in->row.source.length) == 0;
}

/* Adds `+KIND` to the kind of the command, unless it is there or there is no room. */
static void add_kind(struct interactions *in, struct field kind)
{
    for (const char *at = in->kind, *end = in->kind + in->kind_length; at < end;) {
        uint32_t length = (uint32_t)strcspn(at, "+");
        if (length == kind.length && memcmp(at, kind.text, length) == 0) return;
        at += length + (at + length < end);
    }
    bool first = in->kind_length == 0;
    if (in->kind_length + !first + kind.length > KIND_BYTES_MAX) return;
    if (!first) in->kind[in->kind_length++] = '+';
    memcpy(in->kind + in->kind_length, kind.text, kind.length);
    in->kind_length += kind.length;
    in->kind[in->kind_length] = '\0';
}

static int next(struct workload *w, struct trace_command *out, struct error *e)
{
    struct interactions *in = (struct interactions *)w;
    if (!in->has_row) {
        int got = read_ahead(in, e);
        if (got <= 0) return got;
    }
    uint64_t time_ns = in->row.time_ns;
    uint32_t source = user(in, in->row.source);
    in->kind_length = 0;
    in->accesses.count = 0;
    accesses_add(&in->accesses, source, ACCESS_READ | ACCESS_WRITE);
    while (in->has_row && in->row.time_ns == time_ns && same_source(in, source)) {
        accesses_add(&in->accesses, user(in, in->row.target), ACCESS_READ | ACCESS_WRITE);
        add_kind(in, in->row.kind);
        if (read_ahead(in, e) < 0) return -1;
    }
    uint16_t kind = source_kind(w, in->kind, in->kind_length);
    if (kind == KINDS_MAX) return lines_error(in->lines, e, "too many kinds (%d)", KINDS_MAX);
    accesses_settle(&in->accesses);
    if (in->accesses.count > COMMAND_ACCESSES_MAX)
        return lines_error(in->lines, e, "expected at most %d users in a command, found %u",
                           COMMAND_ACCESSES_MAX, in->accesses.count);
    *out = (struct trace_command){.client = CLIENT_ANY,
                                  .kind = kind,
                                  .at_ns = times_issue_ns(&in->times, time_ns),
                                  .cost_ns = COST_MODEL,
                                  .request_bytes = REQUEST_BYTES_DEFAULT,
                                  .reply_bytes = REPLY_BYTES_DEFAULT,
                                  .access_count = in->accesses.count,
                                  .accesses = in->accesses.access};
    return 1;
}

static int rewind_interactions(struct workload *w, struct error *e)
{
    struct interactions *in = (struct interactions *)w;
    in->has_row = false;
    times_rewind(&in->times);
    return lines_rewind(in->lines, e);
}

static void close_interactions(struct workload *w)
{
    struct interactions *in = (struct interactions *)w;
    source_finish(w);
    lines_close(in->lines);
    free(in->accesses.access);
    free(in);
}

static const struct workload_ops interactions_ops = {next, rewind_interactions, close_interactions};

static struct workload *open_keys(char *keys, uint64_t seed, struct error *e)
{
    struct config config = {0};
    uint64_t given;
    (void)seed;
    if (keys_read(&table, keys, &config, &given, e) < 0) return NULL;
    if (!config.file) {
        error_set(e, "interactions: expected file=PATH");
        return NULL;
    }
    return interactions_open(config.file, config.time, config.size, e);
}

struct workload *interactions_open(const char *path, const char *time, uint64_t size,
                                   struct error *e)
{
    struct interactions *in = allocate_zeroed(1, sizeof(*in));
    source_init(&in->workload, &interactions_ops);
    in->workload.recorded = true;
    if (source_set_bytes("interactions", size, &in->size, e) < 0) goto fail;
    if (times_set(&in->times, "interactions", time, e) < 0) goto fail;
    in->lines = lines_open(path, e);
    if (!in->lines) goto fail;
    return &in->workload;
fail:
    close_interactions(&in->workload);
    return NULL;
}

const struct generator interactions_workload = {
    .name = "interactions",
    .open = open_keys,
    .help = {"recorded interactions: lines `SOURCE TARGET UNIX-TIME [KIND]`",
             "file=PATH time=keep|drop|scale=FACTOR size=64B"},
};
