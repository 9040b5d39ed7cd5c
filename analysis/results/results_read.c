/* results_read.c - reading back runs and raw histories (results.h). */
#define _GNU_SOURCE /* qsort_r */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/check/history.h"
#include "analysis/results/results.h"
#include "analysis/results/results_row.h"
#include "base/memory.h"

/* Upper bounds for any run. Clients are numbered from 0, and `aviary run` allows fewer. */
enum { CLIENTS_MAX = 1 << 20, KINDS_MAX = UINT16_MAX };
enum { VERSION_VALUES = 4 }; /* of files with digests, values, and creations */

struct results_reader {
    struct results_file file;
    struct results_row runs;
    char *path;
    int version;     /* of the file */
    bool began;      /* a run was read, and it had */
    int64_t last_id; /* this number */
};

/* ---- runs ----------------------------------------------------------------------------------- */

struct results_reader *results_open(const char *path, struct error *e)
{
    struct results_reader *r = allocate_zeroed(1, sizeof(*r));
    r->path = allocate_text(path);
    r->runs = (struct results_row){.file = &r->file, .table = "run", .keys = 1};
    /* Writable if possible: an incomplete transaction of a killed writer is rolled back at the
     * first read. */
    if (results_file_open(&r->file, r->path, SQLITE_OPEN_READWRITE, e) == 0 &&
        results_file_execute(&r->file, "BEGIN", e) == 0) {
        int known = r->version = results_file_recognise(&r->file, e);
        if (known == 0)
            error_set(e, "%s: expected a results database of aviary, found nothing", path);
        if (known > 0 &&
            results_row_begin(&r->runs,
                              "SELECT id, scheme, partitions, workload, verdict,"
                              " (SELECT count(*) FROM command WHERE run_id = run.id),"
                              " EXISTS (SELECT * FROM access WHERE run_id = run.id)"
                              " OR EXISTS (SELECT * FROM option WHERE run_id = run.id"
                              "  AND name = 'history' AND value = 'on') FROM run ORDER BY id",
                              e) == 0)
            return r;
    }
    results_close(r);
    return NULL;
}

void results_close(struct results_reader *r)
{
    if (!r) return;
    results_row_finish(&r->runs);
    results_file_close(&r->file);
    free(r->path);
    free(r);
}

static int read_run(struct results_reader *r, struct results_run *run, struct error *e)
{
    static const char *const verdicts[] = {"ok", "unknown", "fail", NULL};
    struct results_row *row = &r->runs;
    int64_t partitions, commands, history;
    uint32_t verdict;
    if (results_row_integer(row, 0, INT64_MIN, INT64_MAX, &run->id, e) < 0 ||
        results_row_label(row, 1, run->scheme, sizeof(run->scheme), e) < 0 ||
        results_row_integer(row, 2, 1, GROUPS_MAX, &partitions, e) < 0 ||
        results_row_label(row, 3, run->workload, sizeof(run->workload), e) < 0 ||
        results_row_word(row, 4, verdicts, &verdict, e) < 0 ||
        results_row_integer(row, 5, 0, INT64_MAX, &commands, e) < 0 ||
        results_row_integer(row, 6, 0, 1, &history, e) < 0)
        return -1;
    if (r->began && run->id <= r->last_id)
        return results_row_refuse(row, e, "expected rows in the order of id, after %" PRId64,
                                  r->last_id);
    r->began = true;
    r->last_id = run->id;
    run->partitions = (uint32_t)partitions;
    snprintf(run->verdict, sizeof(run->verdict), "%s", verdicts[verdict]);
    run->history_commands = (uint64_t)commands;
    run->history = commands || history;
    return 0;
}

int results_next_run(struct results_reader *r, struct results_run *run, struct error *e)
{
    int more = results_row_next(&r->runs, e);
    return more == 1 && read_run(r, run, e) < 0 ? -1 : more;
}

/* ---- histories ------------------------------------------------------------------------------ */

/* A history being read into a ledger. Columns from 0: run_id, client, seq, and the rest. */
struct loading {
    struct results_row commands, accesses;
    struct ledger *ledger;
    const struct catalogue *names;
    uint32_t *accessed_by; /* by variable: 1 + the last command that accesses it, 0: none */
    uint64_t accessed_room;
    struct error *error;
};

enum { STATUS_OK, STATUS_RETRY, STATUS_NOK, STATUS_EXECUTED, STATUS_LOST };

/* Names of commands grow from row to row, as they do in the key of the table. */
static int read_id(struct loading *load, struct command_id *id)
{
    struct results_row *row = &load->commands;
    const struct ledger *l = load->ledger;
    const struct ledger_command *last =
        l->command_count ? &l->commands[l->command_count - 1] : NULL;
    int64_t client, seq;
    if (results_row_integer(row, 1, 0, CLIENTS_MAX - 1, &client, load->error) < 0 ||
        results_row_integer(row, 2, 0, LEDGER_NONE - 1, &seq, load->error) < 0)
        return -1;
    *id = (struct command_id){.client = (uint32_t)client, .seq = (uint64_t)seq};
    if (last && (id->client < last->client || (id->client == last->client && id->seq <= last->seq)))
        return results_row_refuse(row, load->error,
                                  "expected rows in the order of client and seq, after %u.%u",
                                  last->client, last->seq);
    return 0;
}

/* Statuses are those of results_history.c. */
static int read_outcome(struct loading *load, int64_t issued_ns, uint64_t *returned_ns,
                        uint32_t *status)
{
    static const char *const statuses[] = {"ok", "retry", "nok", "executed", "lost", NULL};
    struct results_row *row = &load->commands;
    int64_t returned = 0;
    if (results_row_word(row, 6, statuses, status, load->error) < 0) return -1;
    bool answered = *status < STATUS_EXECUTED;
    if (answered != !results_row_null(row, 5))
        return results_row_refuse(row, load->error, "returned_ns: expected %s, as status is '%s'",
                                  answered ? "a time" : "NULL", statuses[*status]);
    if (answered && results_row_integer(row, 5, issued_ns, INT64_MAX, &returned, load->error) < 0)
        return -1;
    *returned_ns = answered ? (uint64_t)returned : LEDGER_NEVER;
    return 0;
}

static int read_command(struct loading *load)
{
    struct results_row *row = &load->commands;
    struct command_id id;
    const char *kind;
    uint32_t length, status;
    int64_t issued_ns;
    uint64_t returned_ns = LEDGER_NEVER;
    if (read_id(load, &id) < 0 || results_row_text(row, 3, &kind, &length, load->error) < 0 ||
        results_row_integer(row, 4, 0, INT64_MAX, &issued_ns, load->error) < 0 ||
        read_outcome(load, issued_ns, &returned_ns, &status) < 0)
        return -1;
    uint32_t number = names_intern(load->names->kinds, kind, length);
    if (number >= KINDS_MAX)
        return results_row_refuse(row, load->error, "kind: expected at most %d kinds", KINDS_MAX);
    if (load->ledger->command_count >= LEDGER_NONE - 1)
        return results_row_refuse(row, load->error, "expected fewer commands");
    uint32_t command =
        ledger_add_bare(load->ledger, id, (uint16_t)number, (uint64_t)issued_ns, returned_ns);
    struct ledger_command *c = &load->ledger->commands[command];
    int64_t digest = 0;
    c->digested = !results_row_null(row, 7);
    if (c->digested && results_row_integer(row, 7, INT64_MIN, INT64_MAX, &digest, load->error) < 0)
        return -1;
    c->digest = (uint64_t)digest;
    c->executed = status == STATUS_OK || status == STATUS_EXECUTED;
    if (status == STATUS_RETRY) c->status = REPLY_RETRY;
    if (status == STATUS_NOK) c->status = REPLY_NOK;
    return 0;
}

/* Is the variable new to the last command? A command accesses it once. */
static bool first_access(struct loading *load, uint32_t variable)
{
    uint64_t room = load->accessed_room;
    load->accessed_by = array_grow(load->accessed_by, &load->accessed_room, (uint64_t)variable + 1,
                                   sizeof(*load->accessed_by));
    if (load->accessed_room > room)
        memset(load->accessed_by + room, 0,
               (load->accessed_room - room) * sizeof(*load->accessed_by));
    uint32_t command = (uint32_t)load->ledger->command_count;
    if (load->accessed_by[variable] == command) return false;
    load->accessed_by[variable] = command;
    return true;
}

static int read_access(struct loading *load)
{
    static const char *const modes[] = {"r", "w", "rw", NULL};
    static const uint8_t bits[] = {ACCESS_READ, ACCESS_WRITE, ACCESS_READ | ACCESS_WRITE};
    static const char *const lives[] = {"create", "delete", NULL};
    static const uint8_t life_bits[] = {ACCESS_CREATE, ACCESS_DELETE};
    struct results_row *row = &load->accesses;
    struct ledger *l = load->ledger;
    const char *name;
    uint32_t length, mode, life;
    int64_t version = 0;
    bool unseen = results_row_null(row, 5), lives_on = results_row_null(row, 6);
    if (results_row_text(row, 3, &name, &length, load->error) < 0 ||
        results_row_word(row, 4, modes, &mode, load->error) < 0 ||
        (!unseen && results_row_integer(row, 5, 0, INT64_MAX, &version, load->error) < 0) ||
        (!lives_on && results_row_word(row, 6, lives, &life, load->error) < 0))
        return -1;
    uint8_t access = bits[mode] | (lives_on ? 0 : life_bits[life]);
    if (l->access_count >= HISTORY_ACCESSES_MAX)
        return results_row_refuse(row, load->error, "expected at most %d accesses of a run",
                                  HISTORY_ACCESSES_MAX);
    if (l->commands[l->command_count - 1].access_count == COMMAND_ACCESSES_MAX)
        return results_row_refuse(row, load->error, "expected at most %d accesses of a command",
                                  COMMAND_ACCESSES_MAX);
    uint32_t variable = names_intern(load->names->variables, name, length);
    if (!first_access(load, variable))
        return results_row_refuse(row, load->error, "expected one access of a variable");
    ledger_add_access(l, variable, access, unseen ? VERSION_UNSEEN : (uint64_t)version);
    return 0;
}

/* Does the access row belong to the last command? Both come in the order of (client, seq). */
static bool belongs(const struct loading *load)
{
    const struct ledger_command *last = &load->ledger->commands[load->ledger->command_count - 1];
    sqlite3_stmt *access = load->accesses.statement;
    return sqlite3_column_int64(access, 1) == last->client &&
           sqlite3_column_int64(access, 2) == last->seq;
}

static int load_rows(struct loading *load)
{
    struct error *e = load->error;
    int command, access = results_row_next(&load->accesses, e);
    if (access < 0) return -1;
    while ((command = results_row_next(&load->commands, e)) == 1) {
        if (read_command(load) < 0) return -1;
        for (; access == 1 && belongs(load); access = results_row_next(&load->accesses, e))
            if (read_access(load) < 0) return -1;
        if (access < 0) return -1;
    }
    if (command == 0 && access == 1)
        return results_row_refuse(&load->accesses, e, "expected its command in the table command");
    return command;
}

#define FROM_COMMAND " FROM command WHERE run_id = ? ORDER BY client, seq"
#define FROM_ACCESS " FROM access WHERE run_id = ? ORDER BY client, seq, variable"

int results_load_history(struct results_reader *r, int64_t run_id, struct ledger *l,
                         const struct catalogue *names, struct error *e)
{
    struct loading load = {
        .commands = {.file = &r->file, .table = "command", .keys = 3},
        .accesses = {.file = &r->file, .table = "access", .keys = 4},
        .ledger = l,
        .names = names,
        .error = e,
    };
    int status = -1;
    bool values = r->version >= VERSION_VALUES;
    if (results_row_begin(&load.commands,
                          values ? "SELECT run_id, client, seq, kind, issued_ns, returned_ns,"
                                   " status, digest" FROM_COMMAND
                                 : "SELECT run_id, client, seq, kind, issued_ns, returned_ns,"
                                   " status, NULL" FROM_COMMAND,
                          e) == 0 &&
        results_row_begin(&load.accesses,
                          values ? "SELECT run_id, client, seq, variable, mode, version,"
                                   " life" FROM_ACCESS
                                 : "SELECT run_id, client, seq, variable, mode, version,"
                                   " NULL" FROM_ACCESS,
                          e) == 0) {
        sqlite3_bind_int64(load.commands.statement, 1, run_id);
        sqlite3_bind_int64(load.accesses.statement, 1, run_id);
        status = load_rows(&load);
    }
    results_row_finish(&load.commands);
    results_row_finish(&load.accesses);
    free(load.accessed_by);
    return status;
}

/* ---- variables ------------------------------------------------------------------------------ */

static int read_final(struct results_row *row, struct results_variable *v, struct error *e)
{
    int64_t partition, version, value;
    v->reported = !results_row_null(row, 5);
    if (!v->reported) return 0;
    if (results_row_integer(row, 4, 0, GROUPS_MAX - 1, &partition, e) < 0 ||
        results_row_integer(row, 5, 0, INT64_MAX, &version, e) < 0 ||
        results_row_integer(row, 6, INT64_MIN, INT64_MAX, &value, e) < 0)
        return -1;
    v->partition = (uint32_t)partition;
    v->final = (struct variable_state){(uint64_t)version, (uint64_t)value};
    return 0;
}

/* Rows come in the order of the run's numbers. */
static int read_variable(struct results_row *row, const struct catalogue *names,
                         struct results_variables *v, int64_t *last, struct error *e)
{
    const char *name;
    uint32_t length;
    int64_t number, at_start;
    if (results_row_text(row, 1, &name, &length, e) < 0 ||
        results_row_integer(row, 2, 0, LEDGER_NONE - 1, &number, e) < 0 ||
        results_row_integer(row, 3, 0, 1, &at_start, e) < 0)
        return -1;
    if (number <= *last) return results_row_refuse(row, e, "expected a number of its own");
    *last = number;
    uint32_t variable = names_find(names->variables, name, length);
    if (variable >= v->count) return read_final(row, &(struct results_variable){0}, e);
    v->known++;
    v->variable[variable] =
        (struct results_variable){.number = (uint32_t)number, .absent = !at_start};
    return read_final(row, &v->variable[variable], e);
}

static int read_variables(struct results_row *row, const struct catalogue *names,
                          struct results_variables *v, struct error *e)
{
    int64_t last = -1;
    int more;
    while ((more = results_row_next(row, e)) == 1)
        if (read_variable(row, names, v, &last, e) < 0) return -1;
    return more;
}

static int by_number(const void *a, const void *b, void *context)
{
    const struct results_variable *v = context;
    uint32_t x = v[((const struct ledger_access *)a)->variable].number;
    uint32_t y = v[((const struct ledger_access *)b)->variable].number;
    return (x > y) - (x < y);
}

int results_load_variables(struct results_reader *r, int64_t run_id, struct ledger *l,
                           const struct catalogue *names, struct results_variables *v,
                           struct error *e)
{
    struct results_row row = {.file = &r->file, .table = "variable", .keys = 2};
    *v = (struct results_variables){0};
    if (r->version < VERSION_VALUES) return 0;
    v->count = names_count(names->variables);
    v->variable = allocate_zeroed(v->count, sizeof(*v->variable));
    for (uint64_t i = 0; i < v->count; i++) v->variable[i].number = LEDGER_NONE;
    int status = results_row_begin(&row,
                                   "SELECT run_id, name, number, at_start, partition, version,"
                                   " value FROM variable WHERE run_id = ? ORDER BY number",
                                   e);
    if (status == 0) {
        sqlite3_bind_int64(row.statement, 1, run_id);
        status = read_variables(&row, names, v, e);
    }
    results_row_finish(&row);
    bool all = v->known == v->count;
    for (uint64_t i = 0; status == 0 && all && i < l->command_count; i++)
        if (l->commands[i].access_count > 1)
            qsort_r(&l->accesses[l->commands[i].access_first], l->commands[i].access_count,
                    sizeof(*l->accesses), by_number, v->variable);
    return status;
}
