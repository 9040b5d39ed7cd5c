/* results_file.c - opening and recognising the results store (results_file.h). */
#include "analysis/results_file.h"

#include <inttypes.h>

#include "analysis/results.h"
#include "analysis/results_schema.h"

enum { BUSY_TIMEOUT_MS = 600 * 1000 }; /* a big run of another process may take its time */

int results_file_error(struct error *e, const char *path, sqlite3 *db)
{
    return error_set(e, "%s: %s", path, db ? sqlite3_errmsg(db) : "out of memory");
}

int results_file_execute(sqlite3 *db, const char *path, const char *sql, struct error *e)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0
                                                                : results_file_error(e, path, db);
}

/* The one number a query yields. */
static int ask(sqlite3 *db, const char *path, const char *sql, int64_t *value, struct error *e)
{
    sqlite3_stmt *statement = NULL;
    int status = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        *value = sqlite3_column_int64(statement, 0);
        status = 0;
    } else {
        results_file_error(e, path, db);
    }
    sqlite3_finalize(statement);
    return status;
}

int results_file_recognise(sqlite3 *db, const char *path, struct error *e)
{
    int64_t application, version, tables;
    if (ask(db, path, "PRAGMA application_id", &application, e) < 0 ||
        ask(db, path, "PRAGMA user_version", &version, e) < 0 ||
        ask(db, path, "SELECT count(*) FROM sqlite_schema", &tables, e) < 0)
        return -1;
    if (application == 0 && version == 0 && tables == 0) return 0;
    if (application != RESULTS_APPLICATION_ID)
        return error_set(e, "%s: expected a results database of aviary, found another one", path);
    if (version < RESULTS_VERSION_OLDEST || version > RESULTS_USER_VERSION)
        return error_set(e,
                         "%s: expected a results database of version %d, found version %" PRId64
                         "; give another file",
                         path, RESULTS_USER_VERSION, version);
    return (int)version;
}

sqlite3 *results_file_open(const char *path, int flags, struct error *e)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK) {
        results_file_error(e, path, db);
        sqlite3_close(db);
        return NULL;
    }
    sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
    return db;
}
