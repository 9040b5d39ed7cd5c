/* trace_reader.c - reads the text form of a trace, line by line (trace.h, aviary-trace(5)). */
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/memory.h"
#include "base/units.h"
#include "proto/command.h"
#include "workloads/trace/source.h"
#include "workloads/trace/trace.h"

/* A command's defaults, by kind. */
struct kind_defaults {
    uint64_t cost_ns;
    uint32_t request_bytes, reply_bytes;
};

struct reader {
    struct workload workload;
    struct lines *lines;
    struct kind_defaults *defaults; /* by kind */
    uint32_t defaults_count, defaults_room;
    uint8_t *used; /* by variable: a command or a granule= has named it in this pass */
    uint32_t used_count, used_room;
    struct accesses accesses;
    uint64_t last_at_ns;
    bool begun; /* something but comments has been read in this pass */
    bool whole; /* the file must end with @end */
    bool ended;
};

/* --- words of a line ----------------------------------------------------------------------------
 */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* May it occur in a name? */
static bool is_name(char c)
{
    static const uint32_t excluded[8] = {
        0xffffffff,                              /* control characters */
        1u << 0 | 1u << 3 | 1u << 12 | 1u << 29, /* blank # , = */
        0, UINT32_C(1) << 31,                    /* delete */
    };
    unsigned char u = (unsigned char)c;
    return !(excluded[u / 32] >> (u % 32) & 1);
}

static char *skip_blanks(char *at)
{
    while (is_blank(*at)) at++;
    return at;
}

static char *skip_name(char *at)
{
    while (is_name(*at)) at++;
    return at;
}

bool trace_name_valid(const char *name, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        if (!is_name(name[i])) return false;
    return length > 0 && name[0] != '@';
}

int trace_cost(const char *text, uint64_t *ns, struct error *e)
{
    if (units_time(text, ns, e) < 0) return -1;
    return *ns <= COMMAND_COST_NS_MAX ? 0 : error_set(e, "expected at most 24h, found '%s'", text);
}

static bool at_end(const char *at)
{
    return *at == '\0' || *at == '#';
}

static bool word_ends(const char *at)
{
    return *at == '\0' || is_blank(*at);
}

/* The input at this point for a message: the rest of the word, or a byte that is no text. */
static const char *show(const char *at, char buffer[static 32])
{
    unsigned char c = (unsigned char)*at;
    int length = 0;
    while (length < 24 && (unsigned char)at[length] > 0x20 && at[length] != 0x7f) length++;
    if (c == '\0')
        snprintf(buffer, 32, "the line's end");
    else if (is_blank(*at))
        snprintf(buffer, 32, "a blank");
    else if (length == 0)
        snprintf(buffer, 32, "byte 0x%02x", c);
    else
        snprintf(buffer, 32, "'%.*s'", length, at);
    return buffer;
}

static int refuse(struct reader *r, const char *expected, const char *at, struct error *e)
{
    char found[32];
    return lines_error(r->lines, e, "expected %s, found %s", expected, show(at, found));
}

/* --- kinds and variables
 * ------------------------------------------------------------------------ */

static struct kind_defaults *kind_defaults(struct reader *r, uint16_t kind)
{
    while (r->defaults_count <= kind) {
        r->defaults = array_grow32(r->defaults, &r->defaults_room, r->defaults_count + 1,
                                   sizeof(*r->defaults));
        r->defaults[r->defaults_count++] =
            (struct kind_defaults){COST_MODEL, REQUEST_BYTES_DEFAULT, REPLY_BYTES_DEFAULT};
    }
    return &r->defaults[kind];
}

static uint8_t *used(struct reader *r, uint32_t variable)
{
    while (r->used_count <= variable) {
        r->used = array_grow32(r->used, &r->used_room, r->used_count + 1, sizeof(*r->used));
        r->used[r->used_count++] = 0;
    }
    return &r->used[variable];
}

/* --- values -------------------------------------------------------------------------------------
 */

/* One `key=value` being read. */
struct item {
    char *key, *value; /* both NUL-terminated, except for lists */
    struct trace_command *command;
};

static int bad_value(struct reader *r, const struct item *i, const struct error *what,
                     struct error *e)
{
    return lines_error(r->lines, e, "%s=: %s", i->key, what->text);
}

static int set_bytes(struct reader *r, const struct item *i, uint32_t *bytes, struct error *e)
{
    uint64_t size;
    struct error what;
    if (units_size(i->value, &size, &what) < 0) return bad_value(r, i, &what, e);
    if (size > UINT32_MAX / 2)
        return lines_error(r->lines, e, "%s=: expected less than 2GiB, found '%s'", i->key,
                           i->value);
    *bytes = (uint32_t)size;
    return 0;
}

static int set_request(struct reader *r, const struct item *i, struct error *e)
{
    return set_bytes(r, i, &i->command->request_bytes, e);
}

static int set_reply(struct reader *r, const struct item *i, struct error *e)
{
    return set_bytes(r, i, &i->command->reply_bytes, e);
}

static int set_cost(struct reader *r, const struct item *i, struct error *e)
{
    struct error what;
    i->command->cost_ns = COST_MODEL;
    if (strcmp(i->value, "model") == 0) return 0;
    return trace_cost(i->value, &i->command->cost_ns, &what) < 0 ? bad_value(r, i, &what, e) : 0;
}

static int set_client(struct reader *r, const struct item *i, struct error *e)
{
    uint64_t client;
    struct error what;
    if (units_count(i->value, &client, &what) < 0) return bad_value(r, i, &what, e);
    if (client >= CLIENT_ANY)
        return lines_error(r->lines, e, "client=: expected a number below 4294967295, found '%s'",
                           i->value);
    i->command->client = (uint32_t)client;
    return 0;
}

static int set_at(struct reader *r, const struct item *i, struct error *e)
{
    struct error what;
    uint64_t at_ns;
    if (units_time(i->value, &at_ns, &what) < 0) return bad_value(r, i, &what, e);
    if (at_ns < r->last_at_ns) {
        char last[32];
        return lines_error(r->lines, e,
                           "at=: expected a time not before the previous one (%s), found '%s'",
                           units_write_time(r->last_at_ns, last), i->value);
    }
    i->command->at_ns = r->last_at_ns = at_ns;
    return 0;
}

/* A key of a command line: either a list of variables with a mode, or a value once. */
static const struct command_key {
    const char *name;
    uint8_t length;
    uint8_t mode;
    int (*set)(struct reader *r, const struct item *i, struct error *e);
} command_keys[] = {
    {"r", 1, ACCESS_READ, NULL},
    {"w", 1, ACCESS_WRITE, NULL},
    {"rw", 2, ACCESS_READ | ACCESS_WRITE, NULL},
    {"create", 6, ACCESS_CREATE, NULL},
    {"delete", 6, ACCESS_DELETE, NULL},
    {"client", 6, 0, set_client},
    {"at", 2, 0, set_at},
    {"cost", 4, 0, set_cost},
    {"request", 7, 0, set_request},
    {"reply", 5, 0, set_reply},
};
enum { COMMAND_KEYS = sizeof(command_keys) / sizeof(command_keys[0]), KIND_KEYS_FIRST = 7 };

/* Reads `a,b,c` and returns what follows, or NULL with the error. */
static char *read_list(struct reader *r, char *at, uint8_t mode, struct error *e)
{
    for (;;) {
        char *name_end = skip_name(at);
        if (name_end == at || *at == '@') {
            refuse(r, "the name of a variable", at, e);
            return NULL;
        }
        uint32_t variable = source_variable(&r->workload, at, (uint32_t)(name_end - at));
        *used(r, variable) = 1;
        accesses_add(&r->accesses, variable, mode);
        at = name_end;
        if (*at != ',') return at;
        at++;
    }
}

/* Ends the word at `value` with a NUL and moves *at behind it. */
static int cut_value(struct reader *r, char *value, char **at, struct error *e)
{
    char *value_end = value;
    while (is_name(*value_end) || *value_end == ',') value_end++;
    if (!word_ends(value_end)) return refuse(r, "a blank", value_end, e);
    *at = *value_end == '\0' ? value_end : value_end + 1;
    *value_end = '\0';
    return 0;
}

static const struct command_key *find_key(const char *key, size_t length, size_t first)
{
    for (size_t i = first; i < COMMAND_KEYS; i++)
        if (command_keys[i].length == length && memcmp(command_keys[i].name, key, length) == 0)
            return &command_keys[i];
    return NULL;
}

/* Reads the `key=value` at *at; `first` excludes the keys that are not allowed here. */
static int read_item(struct reader *r, char **at, size_t first, uint32_t *given,
                     struct trace_command *command, struct error *e)
{
    char *key = *at, *key_end = skip_name(key);
    const struct command_key *k = find_key(key, (size_t)(key_end - key), first);
    if (!k || *key_end != '=')
        return refuse(r,
                      first > 0 ? "cost= request= or reply="
                                : "r= w= rw= create= delete= client= at= cost= request= or reply=",
                      key, e);
    struct item item = {key, key_end + 1, command};
    if (k->mode) {
        *at = read_list(r, item.value, k->mode, e);
        if (!*at) return -1;
        return word_ends(*at) ? 0 : refuse(r, "',' or a blank", *at, e);
    }
    *key_end = '\0';
    uint32_t bit = UINT32_C(1) << (k - command_keys);
    if (*given & bit) return lines_error(r->lines, e, "expected %s= once, found it twice", key);
    *given |= bit;
    return cut_value(r, item.value, at, e) < 0 ? -1 : k->set(r, &item, e);
}

/* --- directives ---------------------------------------------------------------------------------
 */

static int read_version(struct reader *r, char *at, struct error *e)
{
    if (r->begun) return lines_error(r->lines, e, "expected @aviary-trace before anything else");
    if (at[0] != '0' + TRACE_VERSION || !word_ends(at + 1))
        return lines_error(r->lines, e, "expected version %d, found '%.20s'", TRACE_VERSION, at);
    at = skip_blanks(at + 1);
    if (at_end(at)) return 0;
    char *word_end = skip_name(at);
    r->whole = word_end - at == 5 && memcmp(at, "whole", 5) == 0 && at_end(skip_blanks(word_end));
    return r->whole ? 0 : refuse(r, "the word whole, or nothing", at, e);
}

static int read_end(struct reader *r, char *at, struct error *e)
{
    r->ended = true;
    return at_end(at) ? 0 : refuse(r, "nothing behind @end", at, e);
}

/* @kind LIST cost=TIME request=SIZE reply=SIZE */
static int read_kind(struct reader *r, char *at, struct error *e)
{
    char *names = at;
    while (is_name(*at) || *at == ',') at++;
    char *names_end = at;
    if (names == names_end) return refuse(r, "the name of a kind", at, e);
    if (!word_ends(at)) return refuse(r, "a blank", at, e);
    struct trace_command c = {.cost_ns = COST_MODEL};
    uint32_t given = 0;
    for (at = skip_blanks(at); !at_end(at); at = skip_blanks(at))
        if (read_item(r, &at, KIND_KEYS_FIRST, &given, &c, e) < 0) return -1;
    for (char *name = names; name < names_end; name++) {
        char *name_end = skip_name(name);
        if (name_end == name || *name == '@') return refuse(r, "the name of a kind", name, e);
        uint16_t kind = source_kind(&r->workload, name, (uint32_t)(name_end - name));
        if (kind == KINDS_MAX) return lines_error(r->lines, e, "too many kinds (%d)", KINDS_MAX);
        struct kind_defaults *d = kind_defaults(r, kind);
        if (given >> KIND_KEYS_FIRST & 1) d->cost_ns = c.cost_ns;
        if (given >> (KIND_KEYS_FIRST + 1) & 1) d->request_bytes = c.request_bytes;
        if (given >> (KIND_KEYS_FIRST + 2) & 1) d->reply_bytes = c.reply_bytes;
        name = name_end;
    }
    return 0;
}

/* The contents of a @variable line. */
struct declaration {
    uint32_t bytes, granule;
    bool has_bytes, has_granule;
};

static int read_granule(struct reader *r, char *name, struct declaration *d, struct error *e)
{
    uint32_t length = (uint32_t)strlen(name);
    if (!trace_name_valid(name, length)) return refuse(r, "the name of a variable", name, e);
    d->granule = source_variable(&r->workload, name, length);
    d->has_granule = true;
    if (r->workload.catalogue.granule[d->granule] != d->granule)
        return lines_error(
            r->lines, e, "granule=: '%s' itself lies in the granule '%s'", name,
            names_get(r->workload.catalogue.variables, r->workload.catalogue.granule[d->granule]));
    *used(r, d->granule) = 1;
    return 0;
}

static int read_declaration(struct reader *r, char *at, struct declaration *d, struct error *e)
{
    for (at = skip_blanks(at); !at_end(at); at = skip_blanks(at)) {
        struct item item = {at, strchr(at, '='), NULL};
        size_t length = item.value ? (size_t)(item.value - at) : 0;
        bool size = length == 4 && memcmp(at, "size", 4) == 0;
        bool granule = length == 7 && memcmp(at, "granule", 7) == 0;
        if (!size && !granule) return refuse(r, "size= or granule=", at, e);
        if (size ? d->has_bytes : d->has_granule)
            return lines_error(r->lines, e, "expected %s= once, found it twice",
                               size ? "size" : "granule");
        *item.value++ = '\0';
        if (cut_value(r, item.value, &at, e) < 0) return -1;
        if (size) {
            if (set_bytes(r, &item, &d->bytes, e) < 0) return -1;
            d->has_bytes = true;
        } else if (read_granule(r, item.value, d, e) < 0) {
            return -1;
        }
    }
    return 0;
}

/* @variable LIST size=SIZE granule=NAME */
static int read_variable(struct reader *r, char *at, struct error *e)
{
    char *names = at;
    r->accesses.count = 0;
    while (is_name(*at) || *at == ',') at++;
    if (!word_ends(at)) return refuse(r, "a blank", at, e);
    char *rest = at;
    for (char *name = names;; name++) { /* numbered first: in the order of the line */
        char *name_end = skip_name(name);
        if (name_end == name || *name == '@') return refuse(r, "the name of a variable", name, e);
        uint32_t variable = source_variable(&r->workload, name, (uint32_t)(name_end - name));
        if (*used(r, variable))
            return lines_error(r->lines, e, "expected @variable %s before its first use",
                               names_get(r->workload.catalogue.variables, variable));
        accesses_add(&r->accesses, variable, ACCESS_READ);
        name = name_end;
        if (*name != ',') break;
    }
    struct declaration d = {0};
    if (read_declaration(r, rest, &d, e) < 0) return -1;
    struct catalogue *c = &r->workload.catalogue;
    for (uint32_t i = 0; i < r->accesses.count; i++) {
        uint32_t variable = r->accesses.access[i].variable;
        if (d.has_bytes) c->variable_bytes[variable] = d.bytes;
        if (d.has_granule) c->granule[variable] = d.granule;
    }
    return 0;
}

static const struct directive {
    const char *name;
    int (*read)(struct reader *r, char *at, struct error *e);
} directives[] = {{"aviary-trace", read_version},
                  {"kind", read_kind},
                  {"variable", read_variable},
                  {"end", read_end}};

static int read_directive(struct reader *r, char *at, struct error *e)
{
    char *name_end = skip_name(at + 1);
    size_t length = (size_t)(name_end - (at + 1));
    for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++) {
        const struct directive *d = &directives[i];
        if (strlen(d->name) == length && memcmp(d->name, at + 1, length) == 0)
            return d->read(r, skip_blanks(name_end), e);
    }
    return refuse(r, "@variable @kind @end or @aviary-trace", at, e);
}

/* --- commands -----------------------------------------------------------------------------------
 */

static int read_command(struct reader *r, char *at, struct trace_command *c, struct error *e)
{
    char *kind_end = skip_name(at);
    if (kind_end == at || !word_ends(kind_end)) return refuse(r, "the kind of a command", at, e);
    uint16_t kind = source_kind(&r->workload, at, (uint32_t)(kind_end - at));
    if (kind == KINDS_MAX) return lines_error(r->lines, e, "too many kinds (%d)", KINDS_MAX);
    const struct kind_defaults *d = kind_defaults(r, kind);
    *c = (struct trace_command){.client = CLIENT_ANY,
                                .kind = kind,
                                .at_ns = TIME_NONE,
                                .cost_ns = d->cost_ns,
                                .request_bytes = d->request_bytes,
                                .reply_bytes = d->reply_bytes};
    r->accesses.count = 0;
    uint32_t given = 0;
    for (at = skip_blanks(kind_end); !at_end(at); at = skip_blanks(at))
        if (read_item(r, &at, 0, &given, c, e) < 0) return -1;
    if (r->accesses.count == 0)
        return lines_error(r->lines, e,
                           "expected a variable in r= w= rw= create= or delete=, found none");
    accesses_settle(&r->accesses);
    if (r->accesses.count > COMMAND_ACCESSES_MAX)
        return lines_error(r->lines, e, "expected at most %d variables in a command, found %u",
                           COMMAND_ACCESSES_MAX, r->accesses.count);
    c->access_count = r->accesses.count;
    c->accesses = r->accesses.access;
    return 1;
}

static int next(struct workload *w, struct trace_command *out, struct error *e)
{
    struct reader *r = (struct reader *)w;
    char *text;
    uint32_t length;
    for (;;) {
        int got = lines_next(r->lines, &text, &length, e);
        if (got == 0 && r->whole && !r->ended)
            return lines_error(r->lines, e, "expected @end at last: the file is cut off");
        if (got <= 0) return got;
        char *at = skip_blanks(text);
        if (at_end(at)) continue;
        if (r->ended) return refuse(r, "nothing after @end", at, e);
        got = *at == '@' ? read_directive(r, at, e) : read_command(r, at, out, e);
        r->begun = true;
        if (got != 0) return got;
    }
}

static int rewind_reader(struct workload *w, struct error *e)
{
    struct reader *r = (struct reader *)w;
    r->defaults_count = 0;
    r->used_count = 0;
    r->last_at_ns = 0;
    r->begun = r->whole = r->ended = false;
    return lines_rewind(r->lines, e);
}

static void close_reader(struct workload *w)
{
    struct reader *r = (struct reader *)w;
    source_finish(w);
    lines_close(r->lines);
    free(r->defaults);
    free(r->used);
    free(r->accesses.access);
    free(r);
}

static const struct workload_ops reader_ops = {next, rewind_reader, close_reader};

static struct workload *create(struct lines *lines)
{
    if (!lines) return NULL;
    struct reader *r = allocate_zeroed(1, sizeof(*r));
    source_init(&r->workload, &reader_ops);
    r->workload.recorded = true;
    r->lines = lines;
    return &r->workload;
}

struct workload *trace_open(const char *path, struct error *e)
{
    return create(lines_open(path, e));
}

struct workload *trace_attach(FILE *file, const char *name, struct error *e)
{
    return create(lines_attach(file, name, e));
}
