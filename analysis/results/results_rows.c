/* results_rows.c - binding and stepping (results_rows.h). */
#include "analysis/results/results_rows.h"

#include <stdarg.h>

#include "base/assert.h"

int rows_begin(struct rows *r, const char *insert)
{
    r->statement = NULL;
    if (sqlite3_prepare_v2(r->file->db, insert, -1, &r->statement, NULL) == SQLITE_OK) return 0;
    return results_file_error(r->file, r->error);
}

static void bind_optional(sqlite3_stmt *statement, int column, const int64_t *value)
{
    if (value)
        sqlite3_bind_int64(statement, column, *value);
    else
        sqlite3_bind_null(statement, column);
}

int rows_add(struct rows *r, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    for (int i = 1; format[i - 1]; i++) {
        switch (format[i - 1]) {
        case 'i':
            sqlite3_bind_int64(r->statement, i, va_arg(list, int64_t));
            break;
        case 'f':
            sqlite3_bind_double(r->statement, i, va_arg(list, double));
            break;
        case 't':
            sqlite3_bind_text(r->statement, i, va_arg(list, const char *), -1, SQLITE_STATIC);
            break;
        default:
            ASSERT(format[i - 1] == 'o');
            bind_optional(r->statement, i, va_arg(list, const int64_t *));
        }
    }
    va_end(list);
    int code = sqlite3_step(r->statement);
    if (code != SQLITE_DONE) return results_file_error(r->file, r->error);
    sqlite3_reset(r->statement);
    return 0;
}

void rows_end(struct rows *r)
{
    sqlite3_finalize(r->statement);
    r->statement = NULL;
}
