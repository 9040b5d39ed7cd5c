/* results_write.c - see results_write.h; and whether a run could be added (results.h). */
#include "analysis/results/results_write.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/results/results.h"
#include "analysis/results/results_layout.h"

/* ---- probing -------------------------------------------------------------------------------- */

/* Can a file of that name be created? */
static int probe_directory(const char *path, struct error *e)
{
    char directory[4096];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + 1 : 0;
    if (length >= sizeof(directory)) return error_set(e, "%s: the name is too long", path);
    memcpy(directory, path, length);
    directory[length] = 0;
    if (access(length ? directory : ".", W_OK | X_OK) == 0) return 0;
    return error_errno(e, "%s: cannot create the file", path);
}

/* `begin` begins the transaction in which it is tried. */
static int probe(const char *path, const char *begin, struct error *e)
{
    struct stat status;
    struct results_file f;
    if (*path && stat(path, &status) < 0 && errno == ENOENT) return probe_directory(path, e);
    if (results_file_open(&f, path, SQLITE_OPEN_READWRITE, e) < 0) return -1;
    int result = -1;
    if (sqlite3_db_readonly(f.db, "main"))
        error_set(e, "%s: the file cannot be written", path);
    else if (results_file_execute(&f, begin, e) == 0 && results_file_recognise(&f, e) >= 0)
        result = probe_directory(path, e); /* where the journal goes */
    results_file_close(&f);
    return result;
}

int results_probe(const char *path, struct error *e)
{
    return probe(path, "BEGIN IMMEDIATE", e); /* it takes the lock that a writer needs */
}

/* ---- the transaction ------------------------------------------------------------------------ */

static int update_and_write(struct results_file *f,
                            int (*write)(struct results_file *f, void *context, struct error *e),
                            void *context, struct error *e)
{
    int version = results_file_recognise(f, e);
    if (version < 0) return -1;
    results_file_unlimit(f);
    if (results_layout_update(f, version, e) < 0) return -1;
    return write(f, context, e);
}

int results_write(const char *path,
                  int (*write)(struct results_file *f, void *context, struct error *e),
                  void *context, struct error *e)
{
    struct results_file f;
    if (probe(path, "BEGIN", e) < 0) return -1;
    if (results_file_open(&f, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, e) < 0) return -1;
    int status = -1;
    /* Immediate: taken before anything is read, so that writers queue up instead of failing. */
    if (results_file_execute(&f, "PRAGMA foreign_keys = ON; BEGIN IMMEDIATE", e) == 0 &&
        update_and_write(&f, write, context, e) == 0)
        status = results_file_execute(&f, "COMMIT", e);
    results_file_close(&f); /* rolls back what was not committed */
    return status;
}
