/* recorded.c - reads recorded read and write sets: lines `SEQUENCE CLIENT OPERATION...`.
 *
 * A line is a transaction, thus a command; an operation is `R:KEY@WRITER` (a read, and the
 * transaction that wrote its value, which is ignored) or `W:KEY`. A key is a variable. The number
 * in a client's name is its number. Lines that begin with # are comments.
 *
 * Recorders of this kind write a key of their own periodically, as a fence: `skip` names it, and
 * transactions that access nothing else are left out. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/keys.h"
#include "base/lines.h"
#include "base/memory.h"
#include "base/units.h"
#include "proto/command.h"
#include "workloads/trace/source.h"
#include "workloads/trace/trace.h"

enum { TABLES_MAX = 16, KIND_BYTES_MAX = 255 };

struct config {
    const char *file, *clients, *kinds, *skip;
    uint64_t size;
};

static const struct key config_keys[] = {
    {"file", KEY_TEXT, NULL, offsetof(struct config, file)},
    {"clients", KEY_TEXT, "keep", offsetof(struct config, clients)},
    {"kinds", KEY_TEXT, "one", offsetof(struct config, kinds)},
    {"skip", KEY_TEXT, "FZVERSION", offsetof(struct config, skip)},
    {"size", KEY_SIZE, "64B", offsetof(struct config, size)},
};
static const struct key_table table = {"recorded", config_keys,
                                       sizeof(config_keys) / sizeof(config_keys[0])};

struct recorded {
    struct workload workload;
    struct lines *lines;
    bool keep_clients, kinds_by_table;
    char *skip;
    uint32_t size;
    struct accesses accesses;
};

/* The table of a key: its text before the first colon. */
struct name {
    const char *text;
    uint32_t length;
};

/* The tables that a command writes or, if it writes nothing, reads: sorted, each once. */
struct tables {
    uint8_t mode;
    uint32_t count;
    struct name name[TABLES_MAX];
};

static int compare(const struct name *a, const struct name *b)
{
    ASSERT(a->text && b->text);
    uint32_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->text, b->text, shorter);
    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static void add_table(struct tables *t, const char *key, uint8_t mode)
{
    struct name name = {key, (uint32_t)strcspn(key, ":")};
    if (mode < t->mode) return;
    if (mode > t->mode) *t = (struct tables){.mode = mode};
    uint32_t at = 0;
    while (at < t->count && compare(&t->name[at], &name) < 0) at++;
    if ((at < t->count && compare(&t->name[at], &name) == 0) || t->count == TABLES_MAX) return;
    memmove(&t->name[at + 1], &t->name[at], (t->count - at) * sizeof(name));
    t->name[at] = name;
    t->count++;
}

/* `write:TABLE+TABLE` or `read:...`; `tx` where all are of one kind. */
static uint16_t kind_of(struct recorded *r, const struct tables *t)
{
    char text[KIND_BYTES_MAX + 1];
    if (!r->kinds_by_table) return source_kind(&r->workload, "tx", 2);
    size_t used =
        (size_t)snprintf(text, sizeof(text), "%s", t->mode == ACCESS_WRITE ? "write" : "read");
    for (uint32_t i = 0; i < t->count && used + t->name[i].length + 1 < sizeof(text); i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%c%.*s", i > 0 ? '+' : ':',
                                 (int)t->name[i].length, t->name[i].text);
    return source_kind(&r->workload, text, (uint32_t)used);
}

static int bad_line(const struct recorded *r, const char *at, struct error *e)
{
    return lines_error(r->lines, e,
                       "expected `SEQUENCE CLIENT R:KEY@WRITER W:KEY ...`, found '%.60s'", at);
}

/* An operation, cut off already: 0 or -1. */
static int read_operation(struct recorded *r, char *word, struct tables *t, struct error *e)
{
    bool reads = *word == 'R';
    if ((!reads && *word != 'W') || word[1] != ':') return bad_line(r, word, e);
    char *key = word + 2, *writer = strchr(key, '@');
    if (reads != (writer != NULL) || (writer && writer[1] == '\0')) return bad_line(r, word, e);
    uint32_t length = (uint32_t)(writer ? writer - key : (long)strlen(key));
    if (!trace_name_valid(key, length)) return bad_line(r, word, e);
    key[length] = '\0';
    if (strcmp(key, r->skip) == 0) return 0;
    uint32_t variable = source_variable(&r->workload, key, length);
    r->workload.catalogue.variable_bytes[variable] = r->size;
    accesses_add(&r->accesses, variable, reads ? ACCESS_READ : ACCESS_WRITE);
    add_table(t, key, reads ? ACCESS_READ : ACCESS_WRITE);
    return 0;
}

/* `T13`, `13`: *client is 13. */
static int read_client(const struct recorded *r, const char *word, uint32_t *client,
                       struct error *e)
{
    struct error what;
    uint64_t number;
    if (units_count(word + strcspn(word, "0123456789"), &number, &what) < 0 || number >= CLIENT_ANY)
        return lines_error(r->lines, e, "expected a client such as T13, found '%.40s'", word);
    *client = r->keep_clients ? (uint32_t)number : CLIENT_ANY;
    return 0;
}

static int read_line(struct recorded *r, char *text, struct trace_command *out, struct error *e)
{
    static const char blanks[] = " \t";
    struct tables tables = {0};
    struct error what;
    uint64_t sequence;
    char *rest = text;
    char *word = strtok_r(rest, blanks, &rest);
    if (!word) return 0;
    if (units_count(word, &sequence, &what) < 0) return bad_line(r, word, e);
    word = strtok_r(rest, blanks, &rest);
    if (!word) return bad_line(r, "the line's end", e);
    *out = (struct trace_command){.at_ns = TIME_NONE,
                                  .cost_ns = COST_MODEL,
                                  .request_bytes = REQUEST_BYTES_DEFAULT,
                                  .reply_bytes = REPLY_BYTES_DEFAULT};
    if (read_client(r, word, &out->client, e) < 0) return -1;
    r->accesses.count = 0;
    uint32_t operations = 0;
    for (; (word = strtok_r(rest, blanks, &rest)); operations++)
        if (read_operation(r, word, &tables, e) < 0) return -1;
    if (operations == 0) return bad_line(r, "no operation", e);
    if (r->accesses.count == 0) return 0;
    out->kind = kind_of(r, &tables);
    if (out->kind == KINDS_MAX) return lines_error(r->lines, e, "too many kinds (%d)", KINDS_MAX);
    return 1;
}

static int next(struct workload *w, struct trace_command *out, struct error *e)
{
    struct recorded *r = (struct recorded *)w;
    char *text;
    uint32_t length;
    int got;
    do {
        got = lines_next_ended(r->lines, &text, &length, e);
        if (got <= 0) return got;
        got = *text == '#' ? 0 : read_line(r, text, out, e);
    } while (got == 0);
    if (got < 0) return -1;
    accesses_settle(&r->accesses);
    if (r->accesses.count > COMMAND_ACCESSES_MAX)
        return lines_error(r->lines, e, "expected at most %d keys in a transaction, found %u",
                           COMMAND_ACCESSES_MAX, r->accesses.count);
    out->access_count = r->accesses.count;
    out->accesses = r->accesses.access;
    return 1;
}

static int rewind_recorded(struct workload *w, struct error *e)
{
    return lines_rewind(((struct recorded *)w)->lines, e);
}

static void close_recorded(struct workload *w)
{
    struct recorded *r = (struct recorded *)w;
    source_finish(w);
    lines_close(r->lines);
    free(r->skip);
    free(r->accesses.access);
    free(r);
}

static const struct workload_ops recorded_ops = {next, rewind_recorded, close_recorded};

static int configure(struct recorded *r, const struct config *g, struct error *e)
{
    if (!g->file) return error_set(e, "recorded: expected file=PATH");
    if (source_set_bytes("recorded", g->size, &r->size, e) < 0) return -1;
    r->skip = allocate_text(g->skip);
    r->keep_clients = strcmp(g->clients, "keep") == 0;
    if (!r->keep_clients && strcmp(g->clients, "drop") != 0)
        return error_set(e, "recorded: clients: expected keep or drop, found '%.40s'", g->clients);
    r->kinds_by_table = strcmp(g->kinds, "tables") == 0;
    if (!r->kinds_by_table && strcmp(g->kinds, "one") != 0)
        return error_set(e, "recorded: kinds: expected one or tables, found '%.40s'", g->kinds);
    r->lines = lines_open(g->file, e);
    return r->lines ? 0 : -1;
}

static struct workload *open_keys(char *keys, uint64_t seed, struct error *e)
{
    struct config config = {0};
    uint64_t given;
    (void)seed;
    if (keys_read(&table, keys, &config, &given, e) < 0) return NULL;
    struct recorded *r = allocate_zeroed(1, sizeof(*r));
    source_init(&r->workload, &recorded_ops);
    r->workload.recorded = true;
    if (configure(r, &config, e) == 0) return &r->workload;
    close_recorded(&r->workload);
    return NULL;
}

const struct generator recorded_workload = {
    .name = "recorded",
    .open = open_keys,
    .help = {"read and write sets: lines `SEQ CLIENT R:KEY@WRITER W:KEY ...`",
             "file=PATH clients=keep|drop kinds=one|tables skip=FZVERSION size=64B"},
};
