/* results_read.c - reading back runs and raw histories (results.h). */
#include "analysis/results.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/results_file.h"
#include "analysis/room.h"

struct results_reader {
    sqlite3 *db;
    sqlite3_stmt *runs;
    char *path;
};

struct results_reader *results_open(const char *path, struct error *e)
{
    /* Writable if it can be: what a killed writer left is rolled back on the first look. */
    sqlite3 *db = results_file_open(path, SQLITE_OPEN_READWRITE, e);
    if (!db) return NULL;
    struct results_reader *r = room_zeroed(1, sizeof(*r));
    r->db = db;
    r->path = room_zeroed(strlen(path) + 1, 1);
    strcpy(r->path, path);
    int known = results_file_recognise(db, path, e);
    if (known == 0) error_set(e, "%s: expected a results database of aviary, found nothing", path);
    if (known > 0) {
        const char *query = "SELECT id, scheme, partitions, workload, verdict, (SELECT count(*) "
                            "FROM command WHERE run_id = run.id) FROM run ORDER BY id";
        if (sqlite3_prepare_v2(db, query, -1, &r->runs, NULL) == SQLITE_OK) return r;
        results_file_error(e, path, db);
    }
    results_close(r);
    return NULL;
}

void results_close(struct results_reader *r)
{
    if (!r) return;
    sqlite3_finalize(r->runs);
    sqlite3_close(r->db);
    free(r->path);
    free(r);
}

static const char *text_of(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    return text ? (const char *)text : "";
}

int results_next_run(struct results_reader *r, struct results_run *run, struct error *e)
{
    int code = sqlite3_step(r->runs);
    if (code == SQLITE_DONE) return 0;
    if (code != SQLITE_ROW) return results_file_error(e, r->path, r->db);
    run->id = sqlite3_column_int64(r->runs, 0);
    snprintf(run->scheme, sizeof(run->scheme), "%s", text_of(r->runs, 1));
    run->partitions = (uint32_t)sqlite3_column_int(r->runs, 2);
    snprintf(run->workload, sizeof(run->workload), "%s", text_of(r->runs, 3));
    snprintf(run->verdict, sizeof(run->verdict), "%s", text_of(r->runs, 4));
    run->history_commands = (uint64_t)sqlite3_column_int64(r->runs, 5);
    return 1;
}

static int add_command(struct results_reader *r, sqlite3_stmt *row, struct ledger *l,
                       const struct catalogue *names, struct error *e)
{
    int64_t client = sqlite3_column_int64(row, 0), seq = sqlite3_column_int64(row, 1);
    const char *kind = text_of(row, 2), *status = text_of(row, 5);
    bool returned = sqlite3_column_type(row, 4) != SQLITE_NULL;
    if (client < 0 || client >= LEDGER_NONE || seq < 0 || seq >= LEDGER_NONE)
        return error_set(e, "%s: command c%" PRId64 ".%" PRId64 ": expected numbers of 32 bits",
                         r->path, client, seq);
    struct command_id id = {.client = (uint32_t)client, .seq = (uint64_t)seq};
    uint16_t number = (uint16_t)names_intern(names->kinds, kind, (uint32_t)strlen(kind));
    uint32_t command =
        ledger_add_bare(l, id, number, (uint64_t)sqlite3_column_int64(row, 3),
                        returned ? (uint64_t)sqlite3_column_int64(row, 4) : LEDGER_NEVER);
    struct ledger_command *c = &l->commands[command];
    c->executed = strcmp(status, "ok") == 0 || strcmp(status, "executed") == 0;
    if (strcmp(status, "retry") == 0) c->status = REPLY_RETRY;
    if (strcmp(status, "nok") == 0) c->status = REPLY_NOK;
    return 0;
}

static int add_access(struct results_reader *r, sqlite3_stmt *row, struct ledger *l,
                      const struct catalogue *names, struct error *e)
{
    const char *variable = text_of(row, 2), *mode = text_of(row, 3);
    uint32_t number = names_intern(names->variables, variable, (uint32_t)strlen(variable));
    const struct ledger_command *last = &l->commands[l->command_count - 1];
    if (last->access_count == UINT16_MAX)
        return error_set(e, "%s: command c%u.%u: expected at most %u accesses", r->path,
                         last->client, last->seq, UINT16_MAX);
    uint8_t bits = strcmp(mode, "r") == 0   ? ACCESS_READ
                   : strcmp(mode, "w") == 0 ? ACCESS_WRITE
                                            : ACCESS_READ | ACCESS_WRITE;
    bool unseen = sqlite3_column_type(row, 4) == SQLITE_NULL;
    ledger_add_access(l, number, bits,
                      unseen ? VERSION_UNSEEN : (uint64_t)sqlite3_column_int64(row, 4));
    return 0;
}

/* Does the access row belong to the command row? Both come in the order of (client, seq). */
static bool belongs(sqlite3_stmt *access, sqlite3_stmt *command)
{
    return sqlite3_column_int64(access, 0) == sqlite3_column_int64(command, 0) &&
           sqlite3_column_int64(access, 1) == sqlite3_column_int64(command, 1);
}

static int load(struct results_reader *r, sqlite3_stmt *commands, sqlite3_stmt *accesses,
                struct ledger *l, const struct catalogue *names, struct error *e)
{
    int command, access = sqlite3_step(accesses);
    while ((command = sqlite3_step(commands)) == SQLITE_ROW) {
        if (add_command(r, commands, l, names, e) < 0) return -1;
        for (; access == SQLITE_ROW && belongs(accesses, commands); access = sqlite3_step(accesses))
            if (add_access(r, accesses, l, names, e) < 0) return -1;
    }
    if (command == SQLITE_DONE && access == SQLITE_DONE) return 0;
    if (command == SQLITE_DONE && access == SQLITE_ROW)
        return error_set(e, "%s: access of c%lld.%lld: expected its command in the table command",
                         r->path, sqlite3_column_int64(accesses, 0),
                         sqlite3_column_int64(accesses, 1));
    return results_file_error(e, r->path, r->db);
}

int results_load_history(struct results_reader *r, int64_t run_id, struct ledger *l,
                         const struct catalogue *names, struct error *e)
{
    sqlite3_stmt *commands = NULL, *accesses = NULL;
    int status;
    if (sqlite3_prepare_v2(r->db,
                           "SELECT client, seq, kind, issued_ns, returned_ns, status FROM command "
                           "WHERE run_id = ? ORDER BY client, seq",
                           -1, &commands, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(r->db,
                           "SELECT client, seq, variable, mode, version FROM access "
                           "WHERE run_id = ? ORDER BY client, seq, variable",
                           -1, &accesses, NULL) != SQLITE_OK) {
        status = results_file_error(e, r->path, r->db);
    } else {
        sqlite3_bind_int64(commands, 1, run_id);
        sqlite3_bind_int64(accesses, 1, run_id);
        status = load(r, commands, accesses, l, names, e);
    }
    sqlite3_finalize(commands);
    sqlite3_finalize(accesses);
    return status;
}
