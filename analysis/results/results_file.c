/* results_file.c - opening and recognising the results store (results_file.h). */
#include "analysis/results/results_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analysis/results/results.h"
#include "analysis/results/results_layout.h"
#include "analysis/results/results_schema.h"
#include "base/clock.h"
#include "base/lines.h"
#include "base/memory.h"
#include "base/units.h"

enum {
    ROW_BYTES_MAX = 2 * LINE_BYTES_MAX, /* a variable's name is at most a line of a trace */
    /* The bound on SQLite's work: some hundred steps for each page, and a second's work for small
     * files. */
    STEPS_LEAST = 50 * 1000 * 1000,
    STEPS_PER_BYTE = 16,
    STEPS_AT_ONCE = 10000,
};

#define WAIT_STANDARD_NS UINT64_C(60000000000) /* large transactions of others may take long */
#define WAIT_TOLD_NS UINT64_C(2000000000)
#define WAIT_STEP_NS 10000000

static uint64_t wait_most_ns = WAIT_STANDARD_NS;

/* ---- errors of the database ----------------------------------------------------------------- */

int results_file_error(const struct results_file *f, struct error *e)
{
    const char *said = f->db ? sqlite3_errmsg(f->db) : "out of memory";
    char waited[32];
    switch (f->db ? sqlite3_errcode(f->db) : SQLITE_NOMEM) {
    case SQLITE_NOTADB:
        error_set(e,
                  "%s: expected a results database of aviary; the file is not a database, or is "
                  "encrypted",
                  f->path);
        break;
    case SQLITE_CORRUPT:
        error_set(e, "%s: the database is damaged: %s", f->path, said);
        break;
    case SQLITE_INTERRUPT:
        error_set(e,
                  "%s: the database is damaged: expected to have read its %" PRIu64
                  " bytes after %" PRIu64 " steps",
                  f->path, f->bytes, STEPS_LEAST + f->bytes * STEPS_PER_BYTE);
        break;
    case SQLITE_BUSY:
        error_set(e, "%s: another process has locked it, for more than %s (--wait)", f->path,
                  units_write_time(wait_most_ns, waited));
        break;
    default:
        error_set(e, "%s: %s", f->path, said);
    }
    results_plain(e->text); /* it may quote the file */
    return -1;
}

int results_file_execute(struct results_file *f, const char *sql, struct error *e)
{
    return sqlite3_exec(f->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : results_file_error(f, e);
}

/* ---- opening and closing -------------------------------------------------------------------- */

/* Non-zero ends the statement. */
static int spend(void *context)
{
    struct results_file *f = context;
    if (f->steps_left < STEPS_AT_ONCE) return 1;
    f->steps_left -= STEPS_AT_ONCE;
    return 0;
}

void results_wait_most(uint64_t ns)
{
    wait_most_ns = ns;
}

/* Another process has the lock that a statement needs, for the count-th time; 0 ends the wait. */
static int wait_for_lock(void *context, int count)
{
    struct results_file *f = context;
    if (count == 0) f->wait_begin_ns = clock_now();
    uint64_t waited_ns = clock_now() - f->wait_begin_ns;
    if (waited_ns >= wait_most_ns) return 0;
    if (waited_ns >= WAIT_TOLD_NS && !f->told) {
        fprintf(stderr, "aviary: waiting for %s, which another process has locked\n", f->path);
        f->told = true;
    }
    clock_sleep(WAIT_STEP_NS);
    return 1;
}

/* The file's contents are only read, never executed. */
static void restrict_work(struct results_file *f)
{
    sqlite3_db_config(f->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(f->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(f->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(f->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_limit(f->db, SQLITE_LIMIT_LENGTH, ROW_BYTES_MAX);
    f->steps_left = STEPS_LEAST + f->bytes * STEPS_PER_BYTE;
    f->text_left = 2 * f->bytes; /* each is in it once; UTF-8 may be longer than UTF-16 */
    sqlite3_progress_handler(f->db, STEPS_AT_ONCE, spend, f);
}

int results_file_open(struct results_file *f, const char *path, int flags, struct error *e)
{
    struct stat status = {0};
    *f = (struct results_file){.path = path};
    if (!*path) return error_set(e, "expected the name of a file for the results, found ''");
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return error_set(e, "%s: expected a file, found a directory or a device", path);
    f->bytes = (uint64_t)status.st_size;
    /* Names such as :memory: and file:x mean something to SQLite. */
    size_t room = strlen(path) + sizeof("./");
    char *name = allocate(room);
    snprintf(name, room, "%s%s", *path == '/' ? "" : "./", path);
    int code = sqlite3_open_v2(name, &f->db, flags, NULL);
    free(name);
    if (code != SQLITE_OK) {
        results_file_error(f, e);
        results_file_close(f);
        return -1;
    }
    sqlite3_busy_handler(f->db, wait_for_lock, f);
    restrict_work(f);
    return 0;
}

void results_file_close(struct results_file *f)
{
    sqlite3_close(f->db);
    f->db = NULL;
}

void results_file_unlimit(struct results_file *f)
{
    sqlite3_progress_handler(f->db, 0, NULL, NULL);
}

/* ---- recognising ---------------------------------------------------------------------------- */

/* The single number that a query yields. */
static int ask(struct results_file *f, const char *sql, int64_t *value, struct error *e)
{
    sqlite3_stmt *statement = NULL;
    int status = -1;
    if (sqlite3_prepare_v2(f->db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        *value = sqlite3_column_int64(statement, 0);
        status = 0;
    } else {
        results_file_error(f, e);
    }
    sqlite3_finalize(statement);
    return status;
}

int results_file_recognise(struct results_file *f, struct error *e)
{
    int64_t application, version, tables;
    if (ask(f, "PRAGMA application_id", &application, e) < 0 ||
        ask(f, "PRAGMA user_version", &version, e) < 0 ||
        ask(f, "SELECT count(*) FROM sqlite_schema", &tables, e) < 0)
        return -1;
    if (application == 0 && version == 0 && tables == 0) return 0;
    if (application != RESULTS_APPLICATION_ID)
        return error_set(e, "%s: expected a results database of aviary, found another one",
                         f->path);
    if (version > RESULTS_USER_VERSION)
        return error_set(e,
                         "%s: expected a results database of version %d or older, found version "
                         "%" PRId64 ", which a newer aviary wrote",
                         f->path, RESULTS_USER_VERSION, version);
    if (version < RESULTS_VERSION_OLDEST)
        return error_set(e,
                         "%s: expected a results database of version %d or newer, found version "
                         "%" PRId64 "; give another file",
                         f->path, RESULTS_VERSION_OLDEST, version);
    return results_layout_check(f, (int)version, e) < 0 ? -1 : (int)version;
}
