/* csv.c - reads a table of text, one command a row, from the columns that the user chooses.
 *
 * `columns` maps keys to columns: `time=1+client=2+kind=3+reads=4+writes=5`, or with commas instead
 * of plus signs. Columns count from 1, or go by the names in the first row. A cell of variables
 * holds several, separated by the sign `list`; it may be empty, and reads, writes, updates, creates
 * and deletes may be taken from several columns each. A cell may stand in quotes, two of which mean
 * one. Lines that begin with # are comments. */
#include <stdlib.h>
#include <string.h>

#include "base/keys.h"
#include "base/lines.h"
#include "base/lookup.h"
#include "base/memory.h"
#include "base/units.h"
#include "proto/command.h"
#include "workloads/import/times.h"
#include "workloads/trace/source.h"
#include "workloads/trace/trace.h"

enum { CELLS_MAX = 256, CHOSEN_MAX = 32, BLANKS = 0 };

struct config {
    const char *file, *columns, *separator, *list, *header, *time, *unit, *kind;
    uint64_t size;
};

static const struct key config_keys[] = {
    {"file", KEY_TEXT, NULL, offsetof(struct config, file)},
    {"columns", KEY_TEXT, NULL, offsetof(struct config, columns)},
    {"separator", KEY_TEXT, "comma", offsetof(struct config, separator)},
    {"list", KEY_TEXT, "semicolon", offsetof(struct config, list)},
    {"header", KEY_TEXT, "no", offsetof(struct config, header)},
    {"time", KEY_TEXT, "keep", offsetof(struct config, time)},
    {"unit", KEY_TEXT, "s", offsetof(struct config, unit)},
    {"kind", KEY_TEXT, "command", offsetof(struct config, kind)},
    {"size", KEY_SIZE, "64B", offsetof(struct config, size)},
};
static const struct key_table table = {"csv", config_keys,
                                       sizeof(config_keys) / sizeof(config_keys[0])};

struct csv;

/* The uses of a column: variables with a mode, or a value. */
static int take_time(struct csv *c, char *cell, struct trace_command *out, struct error *e);
static int take_client(struct csv *c, char *cell, struct trace_command *out, struct error *e);
static int take_kind(struct csv *c, char *cell, struct trace_command *out, struct error *e);
static int take_cost(struct csv *c, char *cell, struct trace_command *out, struct error *e);
static int take_request(struct csv *c, char *cell, struct trace_command *out, struct error *e);
static int take_reply(struct csv *c, char *cell, struct trace_command *out, struct error *e);

static const struct role {
    const char *name;
    uint8_t mode;
    int (*take)(struct csv *c, char *cell, struct trace_command *out, struct error *e);
} roles[] = {
    {"reads", ACCESS_READ, NULL},
    {"writes", ACCESS_WRITE, NULL},
    {"updates", ACCESS_READ | ACCESS_WRITE, NULL},
    {"creates", ACCESS_CREATE, NULL},
    {"deletes", ACCESS_DELETE, NULL},
    {"time", 0, take_time},
    {"client", 0, take_client},
    {"kind", 0, take_kind},
    {"cost", 0, take_cost},
    {"request", 0, take_request},
    {"reply", 0, take_reply},
};
enum { ROLES = sizeof(roles) / sizeof(roles[0]) };

/* A column that is used. */
struct chosen {
    const struct role *role;
    const char *column; /* its number or name, as given */
    uint32_t index;     /* from 0; known after the header */
};

struct csv {
    struct workload workload;
    struct lines *lines;
    char *columns; /* the text that `chosen` points into */
    struct chosen chosen[CHOSEN_MAX];
    uint32_t chosen_count;
    char separator, list; /* or BLANKS */
    bool header, header_read;
    struct times times;
    char *unit, *kind;
    uint32_t size;
    struct accesses accesses;
};

/* --- values -------------------------------------------------------------------------------------
 */

static int bad_cell(const struct csv *c, const char *role, const struct error *what,
                    struct error *e)
{
    return lines_error(c->lines, e, "%s: %s", role, what->text);
}

static bool is_bare(const char *number)
{
    return number[strspn(number, "0123456789.")] == '\0';
}

/* A number without a unit is in the unit of the key. */
static int take_time(struct csv *c, char *cell, struct trace_command *out, struct error *e)
{
    char text[64];
    struct error what;
    uint64_t ns;
    snprintf(text, sizeof(text), "%.40s%s", cell, is_bare(cell) ? c->unit : "");
    if (units_time(text, &ns, &what) < 0) return bad_cell(c, "time", &what, e);
    if (!times_take(&c->times, ns))
        return lines_error(c->lines, e,
                           "expected times that do not decrease, found '%.40s' (sort the file, or "
                           "drop the times)",
                           cell);
    out->at_ns = times_issue_ns(&c->times, ns);
    return 0;
}

static int take_client(struct csv *c, char *cell, struct trace_command *out, struct error *e)
{
    uint64_t client;
    struct error what;
    if (units_count(cell, &client, &what) < 0) return bad_cell(c, "client", &what, e);
    if (client >= CLIENT_ANY)
        return lines_error(c->lines, e, "client: expected a number below 4294967295, found '%s'",
                           cell);
    out->client = (uint32_t)client;
    return 0;
}

static int take_kind(struct csv *c, char *cell, struct trace_command *out, struct error *e)
{
    uint32_t length = (uint32_t)strlen(cell);
    if (!trace_name_valid(cell, length))
        return lines_error(c->lines, e, "expected the name of a kind, found '%.60s'", cell);
    out->kind = source_kind(&c->workload, cell, length);
    if (out->kind == KINDS_MAX) return lines_error(c->lines, e, "too many kinds (%d)", KINDS_MAX);
    return 0;
}

static int take_cost(struct csv *c, char *cell, struct trace_command *out, struct error *e)
{
    struct error what;
    return trace_cost(cell, &out->cost_ns, &what) < 0 ? bad_cell(c, "cost", &what, e) : 0;
}

static int take_size(struct csv *c, const char *role, const char *cell, uint32_t *bytes,
                     struct error *e)
{
    char text[64];
    struct error what;
    uint64_t size;
    snprintf(text, sizeof(text), "%.40s%s", cell, is_bare(cell) ? "B" : "");
    if (units_size(text, &size, &what) < 0 || source_set_bytes(role, size, bytes, &what) < 0)
        return bad_cell(c, role, &what, e);
    return 0;
}

static int take_request(struct csv *c, char *cell, struct trace_command *out, struct error *e)
{
    return take_size(c, "request", cell, &out->request_bytes, e);
}

static int take_reply(struct csv *c, char *cell, struct trace_command *out, struct error *e)
{
    return take_size(c, "reply", cell, &out->reply_bytes, e);
}

static int take_variables(struct csv *c, char *cell, const struct role *role, struct error *e)
{
    static const char blanks[] = " \t";
    const char signs[] = {c->list, '\0'};
    for (char *at = cell; *at;) {
        at += strspn(at, blanks);
        uint32_t span = (uint32_t)strcspn(at, c->list == BLANKS ? blanks : signs), length = span;
        while (length > 0 && strchr(blanks, at[length - 1])) length--;
        if (length > 0 || c->list != BLANKS) {
            if (!trace_name_valid(at, length))
                return lines_error(c->lines, e,
                                   "%s: expected the name of a variable, found '%.60s'", role->name,
                                   at);
            uint32_t variable = source_variable(&c->workload, at, length);
            c->workload.catalogue.variable_bytes[variable] = c->size;
            accesses_add(&c->accesses, variable, role->mode);
        }
        at += span + (at[span] != '\0');
    }
    return 0;
}

/* --- rows ---------------------------------------------------------------------------------------
 */

/* Undoes the quotes of the cell that begins here; where it ends, or NULL. */
static char *unquote(char *cell)
{
    char *to = cell;
    for (char *at = cell + 1; *at; at++) {
        if (*at == '"' && *++at != '"') {
            *to = '\0';
            return at;
        }
        *to++ = *at;
    }
    return NULL;
}

static char *skip_blanks(char *at)
{
    return at + strspn(at, " \t");
}

/* Cuts a row into cells: how many, or -1. */
static int split(struct csv *c, char *row, char *cells[static CELLS_MAX], struct error *e)
{
    const char one[] = {c->separator, '\0'}, *signs = c->separator == BLANKS ? " \t" : one;
    int count = 0;
    for (char *at = c->separator == BLANKS ? skip_blanks(row) : row;;) {
        if (c->separator == BLANKS && *at == '\0') return count;
        if (count == CELLS_MAX)
            return lines_error(c->lines, e, "expected at most %d columns", CELLS_MAX);
        cells[count++] = at;
        bool quoted = *at == '"';
        at = quoted ? unquote(at) : at + strcspn(at, signs);
        if (!at || (*at && !strchr(signs, *at)))
            return lines_error(c->lines, e, "column %d: expected its quotes to end with it", count);
        bool last = *at == '\0';
        if (!quoted) *at = '\0';
        if (last) return count;
        at = c->separator == BLANKS ? skip_blanks(at + 1) : at + 1;
    }
}

/* Finds the columns, by the first row where there is one. */
static int settle_columns(struct csv *c, char **cells, int count, struct error *e)
{
    for (uint32_t i = 0; i < c->chosen_count; i++) {
        struct chosen *column = &c->chosen[i];
        uint64_t number;
        struct error what;
        if (units_count(column->column, &number, &what) == 0 && number >= 1 &&
            number <= CELLS_MAX) {
            column->index = (uint32_t)number - 1;
            continue;
        }
        int at = 0;
        while (at < count && strcmp(cells[at], column->column) != 0) at++;
        if (at == count)
            return lines_error(c->lines, e, "expected a column '%.40s' for %s%s", column->column,
                               column->role->name, c->header ? "" : " (a name needs header=yes)");
        column->index = (uint32_t)at;
    }
    return 0;
}

static int take_cells(struct csv *c, char **cells, int count, struct trace_command *out,
                      struct error *e)
{
    bool has_kind = false;
    for (uint32_t i = 0; i < c->chosen_count; i++) {
        const struct role *role = c->chosen[i].role;
        uint32_t index = c->chosen[i].index;
        if (index >= (uint32_t)count)
            return lines_error(c->lines, e, "expected a column %u for %s, found only %d", index + 1,
                               role->name, count);
        char *cell = skip_blanks(cells[index]);
        for (size_t n = strlen(cell); n > 0 && strchr(" \t", cell[n - 1]); n--) cell[n - 1] = '\0';
        if (*cell == '\0') continue;
        int got = role->take ? role->take(c, cell, out, e) : take_variables(c, cell, role, e);
        if (got < 0) return -1;
        has_kind |= role->take == take_kind;
    }
    return has_kind ? 0 : take_kind(c, c->kind, out, e);
}

/* The cells of the next row: how many, 0 at the end, or -1. */
static int next_row(struct csv *c, char *cells[static CELLS_MAX], struct error *e)
{
    char *text;
    uint32_t length;
    for (;;) {
        int got = lines_next_ended(c->lines, &text, &length, e);
        if (got <= 0) return got;
        if (*text == '#' || *skip_blanks(text) == '\0') continue;
        int count = split(c, text, cells, e);
        if (count < 0 || c->header_read) return count;
        c->header_read = true;
        if (settle_columns(c, cells, c->header ? count : 0, e) < 0) return -1;
        if (!c->header) return count;
    }
}

static int next(struct workload *w, struct trace_command *out, struct error *e)
{
    struct csv *c = (struct csv *)w;
    char *cells[CELLS_MAX];
    int count = next_row(c, cells, e);
    if (count <= 0) return count;
    *out = (struct trace_command){.client = CLIENT_ANY,
                                  .at_ns = TIME_NONE,
                                  .cost_ns = COST_MODEL,
                                  .request_bytes = REQUEST_BYTES_DEFAULT,
                                  .reply_bytes = REPLY_BYTES_DEFAULT};
    c->accesses.count = 0;
    if (take_cells(c, cells, count, out, e) < 0) return -1;
    if (c->accesses.count == 0)
        return lines_error(c->lines, e, "expected a variable in the chosen columns, found none");
    accesses_settle(&c->accesses);
    if (c->accesses.count > COMMAND_ACCESSES_MAX)
        return lines_error(c->lines, e, "expected at most %d variables in a command, found %u",
                           COMMAND_ACCESSES_MAX, c->accesses.count);
    out->access_count = c->accesses.count;
    out->accesses = c->accesses.access;
    return 1;
}

static int rewind_csv(struct workload *w, struct error *e)
{
    struct csv *c = (struct csv *)w;
    c->header_read = false;
    times_rewind(&c->times);
    return lines_rewind(c->lines, e);
}

static void close_csv(struct workload *w)
{
    struct csv *c = (struct csv *)w;
    source_finish(w);
    lines_close(c->lines);
    free(c->columns);
    free(c->unit);
    free(c->kind);
    free(c->accesses.access);
    free(c);
}

static const struct workload_ops csv_ops = {next, rewind_csv, close_csv};

/* --- opening ------------------------------------------------------------------------------------
 */

static int refuse_role(const char *name, struct error *e)
{
    error_set(e, "csv: columns: expected NAME=COLUMN, found '%.40s'; there is", name);
    for (size_t i = 0; i < ROLES; i++) lookup_list(roles[i].name, e);
    return -1;
}

/* `reads=4`, cut off already. */
static int choose(struct csv *c, char *item, struct error *e)
{
    char *equals = strchr(item, '=');
    if (!equals || equals[1] == '\0') return refuse_role(item, e);
    *equals = '\0';
    size_t i = 0;
    while (i < ROLES && strcmp(roles[i].name, item) != 0) i++;
    if (i == ROLES) return refuse_role(item, e);
    for (uint32_t j = 0; roles[i].take && j < c->chosen_count; j++)
        if (c->chosen[j].role == &roles[i])
            return error_set(e, "csv: columns: '%s' is given twice", item);
    if (c->chosen_count == CHOSEN_MAX)
        return error_set(e, "csv: columns: expected at most %d", CHOSEN_MAX);
    c->chosen[c->chosen_count++] = (struct chosen){.role = &roles[i], .column = equals + 1};
    return 0;
}

static int choose_all(struct csv *c, const char *columns, struct error *e)
{
    bool variables = false;
    c->columns = allocate_text(columns);
    char *rest = c->columns;
    for (char *item; (item = strtok_r(rest, ",+", &rest));)
        if (choose(c, item, e) < 0) return -1;
    for (uint32_t i = 0; i < c->chosen_count; i++) variables |= !c->chosen[i].role->take;
    if (!variables) return error_set(e, "csv: columns: expected reads=, writes= or updates=");
    return 0;
}

/* A sign, or its name. */
static int set_sign(const char *key, const char *text, char *sign, struct error *e)
{
    static const struct {
        const char *name;
        char sign;
    } names[] = {
        {"comma", ','}, {"semicolon", ';'}, {"tab", '\t'}, {"space", ' '}, {"blanks", BLANKS}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i].name, text) == 0) {
            *sign = names[i].sign;
            return 0;
        }
    *sign = *text;
    if (*text && text[1] == '\0' && *text != '"') return 0;
    return error_set(e,
                     "csv: %s: expected a sign, or comma, semicolon, tab, space or blanks, found "
                     "'%.40s'",
                     key, text);
}

static int configure(struct csv *c, const struct config *g, struct error *e)
{
    struct error what;
    char time[16];
    uint64_t ns;
    if (!g->file) return error_set(e, "csv: expected file=PATH");
    if (!g->columns) return error_set(e, "csv: expected columns=NAME=COLUMN+...");
    if (choose_all(c, g->columns, e) < 0) return -1;
    if (set_sign("separator", g->separator, &c->separator, e) < 0 ||
        set_sign("list", g->list, &c->list, e) < 0)
        return -1;
    if (c->separator == c->list)
        return error_set(e, "csv: expected another sign for list than for separator");
    c->header = strcmp(g->header, "yes") == 0;
    if (!c->header && strcmp(g->header, "no") != 0)
        return error_set(e, "csv: header: expected yes or no, found '%.40s'", g->header);
    if (times_set(&c->times, "csv", g->time, e) < 0) return -1;
    snprintf(time, sizeof(time), "1%.8s", g->unit);
    if (units_time(time, &ns, &what) < 0)
        return error_set(e, "csv: unit: expected ns us ms s min or h, found '%.40s'", g->unit);
    c->unit = allocate_text(g->unit);
    if (!trace_name_valid(g->kind, (uint32_t)strlen(g->kind)))
        return error_set(e, "csv: kind: expected a name, found '%.40s'", g->kind);
    c->kind = allocate_text(g->kind);
    if (source_set_bytes("csv", g->size, &c->size, e) < 0) return -1;
    c->lines = lines_open(g->file, e);
    return c->lines ? 0 : -1;
}

static struct workload *open_keys(char *keys, uint64_t seed, struct error *e)
{
    struct config config = {0};
    uint64_t given;
    (void)seed;
    if (keys_read(&table, keys, &config, &given, e) < 0) return NULL;
    struct csv *c = allocate_zeroed(1, sizeof(*c));
    source_init(&c->workload, &csv_ops);
    c->workload.recorded = true;
    if (configure(c, &config, e) == 0) return &c->workload;
    close_csv(&c->workload);
    return NULL;
}

const struct generator csv_workload = {
    .name = "csv",
    .open = open_keys,
    .help = {"a table of text, one command a row", "file=PATH",
             "columns=time=1+client=2+kind=3+reads=4+writes=5  by number, or by the",
             "  names in the header; also updates creates deletes cost request reply",
             "header=no separator=comma list=semicolon time=keep unit=s kind=command", "size=64B"},
};
