/* results_read.c - reading back runs and raw histories (results.h). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/history.h"
#include "analysis/results.h"
#include "analysis/results_row.h"
#include "analysis/room.h"

/* What no run has more of. Clients are numbered from 0, and `aviary run` takes fewer. */
enum { CLIENTS_MAX = 1 << 20, KINDS_MAX = UINT16_MAX };

struct results_reader {
    struct results_file file;
    struct results_row runs;
    char *path;
    bool began;      /* a run was read, and it had */
    int64_t last_id; /* this number */
};

/* ---- runs ----------------------------------------------------------------------------------- */

struct results_reader *results_open(const char *path, struct error *e)
{
    struct results_reader *r = room_zeroed(1, sizeof(*r));
    r->path = room_zeroed(strlen(path) + 1, 1);
    strcpy(r->path, path);
    r->runs = (struct results_row){.file = &r->file, .table = "run", .keys = 1};
    /* Writable if it can be: what a killed writer left is rolled back on the first look. */
    if (results_file_open(&r->file, r->path, SQLITE_OPEN_READWRITE, e) == 0 &&
        results_file_execute(&r->file, "BEGIN", e) == 0) {
        int known = results_file_recognise(&r->file, e);
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

/* A text to be shown, cut to fit. */
static int read_label(struct results_row *row, int column, char *label, size_t bytes,
                      struct error *e)
{
    const char *text;
    uint32_t length;
    if (results_row_text(row, column, &text, &length, e) < 0) return -1;
    snprintf(label, bytes, "%s", text);
    results_plain(label);
    return 0;
}

static int read_run(struct results_reader *r, struct results_run *run, struct error *e)
{
    static const char *const verdicts[] = {"ok", "unknown", "fail", NULL};
    struct results_row *row = &r->runs;
    int64_t partitions, commands, history;
    uint32_t verdict;
    if (results_row_integer(row, 0, INT64_MIN, INT64_MAX, &run->id, e) < 0 ||
        read_label(row, 1, run->scheme, sizeof(run->scheme), e) < 0 ||
        results_row_integer(row, 2, 1, GROUPS_MAX, &partitions, e) < 0 ||
        read_label(row, 3, run->workload, sizeof(run->workload), e) < 0 ||
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

/* A history on its way into a ledger. Columns from 0: run_id, client, seq, and what follows. */
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
    c->executed = status == STATUS_OK || status == STATUS_EXECUTED;
    if (status == STATUS_RETRY) c->status = REPLY_RETRY;
    if (status == STATUS_NOK) c->status = REPLY_NOK;
    return 0;
}

/* Is the variable new to the last command? A command accesses it once. */
static bool first_access(struct loading *load, uint32_t variable)
{
    uint64_t room = load->accessed_room;
    load->accessed_by = room_grow(load->accessed_by, &load->accessed_room, (uint64_t)variable + 1,
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
    struct results_row *row = &load->accesses;
    struct ledger *l = load->ledger;
    const char *name;
    uint32_t length, mode;
    int64_t version = 0;
    bool unseen = results_row_null(row, 5);
    if (results_row_text(row, 3, &name, &length, load->error) < 0 ||
        results_row_word(row, 4, modes, &mode, load->error) < 0 ||
        (!unseen && results_row_integer(row, 5, 0, INT64_MAX, &version, load->error) < 0))
        return -1;
    if (l->access_count >= HISTORY_ACCESSES_MAX)
        return results_row_refuse(row, load->error, "expected at most %d accesses of a run",
                                  HISTORY_ACCESSES_MAX);
    if (l->commands[l->command_count - 1].access_count == COMMAND_ACCESSES_MAX)
        return results_row_refuse(row, load->error, "expected at most %d accesses of a command",
                                  COMMAND_ACCESSES_MAX);
    uint32_t variable = names_intern(load->names->variables, name, length);
    if (!first_access(load, variable))
        return results_row_refuse(row, load->error, "expected one access of a variable");
    ledger_add_access(l, variable, bits[mode], unseen ? VERSION_UNSEEN : (uint64_t)version);
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
    if (results_row_begin(&load.commands,
                          "SELECT run_id, client, seq, kind, issued_ns, returned_ns, status"
                          " FROM command WHERE run_id = ? ORDER BY client, seq",
                          e) == 0 &&
        results_row_begin(&load.accesses,
                          "SELECT run_id, client, seq, variable, mode, version"
                          " FROM access WHERE run_id = ? ORDER BY client, seq, variable",
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
