/* databases.c - see databases.h. */
#include "tests/lib/databases.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysis/check/values.h"
#include "analysis/results/commands.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"

const char *database_path(const char *name)
{
    static char *scratch;
    if (!scratch) scratch = test_scratch_directory();
    return path_in(scratch, name);
}

const char *database_query(const char *path, const char *query)
{
    static char text[1 << 16];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    ck_assert_msg(sqlite3_prepare_v2(db, query, -1, &statement, NULL) == SQLITE_OK, "%s: %s", query,
                  sqlite3_errmsg(db));
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    snprintf(text, sizeof(text), "%s", (const char *)sqlite3_column_text(statement, 0));
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return text;
}

const char *database_rows(const char *path, const char *query)
{
    static char text[1024];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_prepare_v2(db, query, -1, &statement, NULL) == SQLITE_OK, "%s: %s", query,
                  sqlite3_errmsg(db));
    size_t used = 0;
    text[0] = 0;
    while (sqlite3_step(statement) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            const char *value = (const char *)sqlite3_column_text(statement, i);
            const char *before = used == 0 ? "" : i > 0 ? " " : "\n";
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", before,
                                     value ? value : "-");
        }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return text;
}

void database_execute(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
                  sqlite3_errmsg(db));
    sqlite3_close(db);
}

/* ---- aviary check --------------------------------------------------------------------------- */

/* Redirects a stream of the process to a file until put_back(): the command's own output would mix
 * with the lines of TAP. */
static int divert(FILE *stream, FILE *to)
{
    fflush(stream);
    int kept = dup(fileno(stream));
    dup2(fileno(to), fileno(stream));
    return kept;
}

static void put_back(FILE *stream, int kept)
{
    fflush(stream);
    dup2(kept, fileno(stream));
    close(kept);
}

int database_check(const char *path, const char **output)
{
    static char text[8192];
    char *argv[] = {(char *)"check", (char *)path, NULL};
    FILE *out = tmpfile(), *err = tmpfile();
    ck_assert(out && err);
    int kept_out = divert(stdout, out), kept_err = divert(stderr, err);
    int status = cmd_check(2, argv);
    put_back(stdout, kept_out);
    put_back(stderr, kept_err);
    rewind(out);
    rewind(err);
    size_t length = fread(text, 1, sizeof(text) / 2, out);
    length += fread(text + length, 1, sizeof(text) - 1 - length, err);
    text[length] = 0;
    fclose(out);
    fclose(err);
    if (output) *output = text;
    return status;
}

/* ---- a small run ---------------------------------------------------------------------------- */

enum { CLIENTS = 2, COMMANDS = 3 };

static const struct result_option options[] = {{"history", "on"}, {"clients", "2"}};

/* The digests of the commands in their order, and the final values; y is never written. */
static void execute(struct ledger *history, struct values_final finals[static 2])
{
    union {
        struct command command;
        uint64_t words[32];
    } c = {.command = {.access_count = 2}};
    struct variable_state states[2] = {{0, 0}, {0, 0}};
    c.command.accesses[0] = (struct access){.variable = 0, .mode = ACCESS_READ | ACCESS_WRITE};
    c.command.accesses[1] = (struct access){.variable = 1, .mode = ACCESS_READ};
    for (uint32_t turn = 0; turn < CLIENTS * COMMANDS; turn++) {
        uint32_t client = turn % CLIENTS, number = turn / CLIENTS;
        struct ledger_command *done = &history->commands[client * COMMANDS + number];
        c.command.id = (struct command_id){.client = client, .seq = number + 1};
        done->digest = digest_application.ops->execute(&digest_application, &c.command, states);
        done->digested = true;
    }
    finals[0] = (struct values_final){states[0], 0, true};
    finals[1] = (struct values_final){states[1], 1, true};
}

void database_small_run(struct run_result *result, struct ledger *history)
{
    ledger_init(history, NULL, NULL, LEDGER_ACCESSES);
    for (uint32_t i = 0; i < CLIENTS * COMMANDS; i++) {
        struct command_id id = {.client = i / COMMANDS, .seq = i % COMMANDS + 1};
        uint64_t turn = CLIENTS * (id.seq - 1) + id.client;
        ledger_add_bare(history, id, 0, 100 * turn, 100 * turn + 50);
        ledger_add_access(history, 0, ACCESS_READ | ACCESS_WRITE, turn);
        ledger_add_access(history, 1, ACCESS_READ, 0);
    }
    static struct values_final finals[2];
    static struct values values = {.finals = finals, .final_count = 2};
    execute(history, finals);
    *result = (struct run_result){
        .mode = "simulation",
        .scheme = "ssmr",
        .partitions = 2,
        .replicas = 3,
        .workload = "chirper",
        .placement = "hash",
        .model = "cluster-2014",
        .version = "0",
        .commands = CLIENTS * COMMANDS,
        .options = options,
        .option_count = 2,
        .history = history,
        .values = &values,
    };
}

void database_add_small_run(const char *path)
{
    static struct run_result result;
    struct ledger history;
    struct error error;
    database_small_run(&result, &history);
    ck_assert_msg(results_add(path, &result, NULL, &error) == 0, "%s", error.text);
    ledger_finish(&history);
}
