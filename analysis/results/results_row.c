/* results_row.c - reading untrusted values (results_row.h). */
#include "analysis/results/results_row.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int results_row_begin(struct results_row *r, const char *query, struct error *e)
{
    r->statement = NULL;
    if (sqlite3_prepare_v2(r->file->db, query, -1, &r->statement, NULL) == SQLITE_OK) return 0;
    return results_file_error(r->file, e);
}

void results_row_finish(struct results_row *r)
{
    sqlite3_finalize(r->statement);
    r->statement = NULL;
}

int results_row_next(struct results_row *r, struct error *e)
{
    int code = sqlite3_step(r->statement);
    if (code == SQLITE_ROW || code == SQLITE_DONE) return code == SQLITE_ROW;
    struct error why;
    results_file_error(r->file, &why);
    return error_set(e, "%s (table %s)", why.text, r->table);
}

/* ---- messages ------------------------------------------------------------------------------- */

void results_plain(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127) *text = '?';
}

int results_row_refuse(const struct results_row *r, struct error *e, const char *format, ...)
{
    char reason[256], key[200] = "";
    size_t used = 0;
    va_list list;
    va_start(list, format);
    vsnprintf(reason, sizeof(reason), format, list);
    va_end(list);
    for (int i = 0; i < r->keys && used < sizeof(key); i++) {
        const char *value = (const char *)sqlite3_column_text(r->statement, i);
        used += (size_t)snprintf(key + used, sizeof(key) - used, ", %s %.40s",
                                 sqlite3_column_name(r->statement, i), value ? value : "NULL");
    }
    error_set(e, "%s: table %s%s: %s", r->file->path, r->table, key, reason);
    results_plain(e->text);
    return -1;
}

struct found {
    char text[64];
};

static struct found value_of(const struct results_row *r, int column)
{
    struct found f = {"NULL"};
    int type = sqlite3_column_type(r->statement, column);
    if (type == SQLITE_BLOB) return (struct found){"a blob"};
    if (type == SQLITE_NULL) return f;
    const char *text = (const char *)sqlite3_column_text(r->statement, column);
    snprintf(f.text, sizeof(f.text), type == SQLITE_TEXT ? "'%.40s'" : "%.40s", text ? text : "");
    return f;
}

static int refuse_value(const struct results_row *r, int column, const char *expected,
                        struct error *e)
{
    struct found found = value_of(r, column);
    results_row_refuse(r, e, "%s: expected %s, found %s", sqlite3_column_name(r->statement, column),
                       expected, found.text);
    return -1;
}

/* ---- values --------------------------------------------------------------------------------- */

bool results_row_null(const struct results_row *r, int column)
{
    return sqlite3_column_type(r->statement, column) == SQLITE_NULL;
}

int results_row_integer(struct results_row *r, int column, int64_t least, int64_t most,
                        int64_t *value, struct error *e)
{
    char range[80];
    *value = sqlite3_column_int64(r->statement, column);
    if (sqlite3_column_type(r->statement, column) == SQLITE_INTEGER && *value >= least &&
        *value <= most)
        return 0;
    snprintf(range, sizeof(range), "a whole number from %" PRId64 " to %" PRId64, least, most);
    return refuse_value(r, column, range, e);
}

int results_row_real(struct results_row *r, int column, double *value, struct error *e)
{
    int type = sqlite3_column_type(r->statement, column);
    *value = sqlite3_column_double(r->statement, column);
    if ((type == SQLITE_FLOAT || type == SQLITE_INTEGER) && isfinite(*value)) return 0;
    return refuse_value(r, column, "a number", e);
}

int results_row_text(struct results_row *r, int column, const char **text, uint32_t *length,
                     struct error *e)
{
    if (sqlite3_column_type(r->statement, column) != SQLITE_TEXT)
        return refuse_value(r, column, "a text", e);
    *text = (const char *)sqlite3_column_text(r->statement, column);
    *length = (uint32_t)sqlite3_column_bytes(r->statement, column);
    if (!*text) return results_file_error(r->file, e);
    if (memchr(*text, 0, *length)) return refuse_value(r, column, "a text without NULs", e);
    if (*length > r->file->text_left)
        return results_row_refuse(
            r, e, "%s: expected texts of fewer bytes in all than the file has (%" PRIu64 ")",
            sqlite3_column_name(r->statement, column), r->file->bytes);
    r->file->text_left -= *length;
    return 0;
}

int results_row_label(struct results_row *r, int column, char *label, size_t bytes, struct error *e)
{
    const char *text;
    uint32_t length;
    if (results_row_text(r, column, &text, &length, e) < 0) return -1;
    snprintf(label, bytes, "%s", text);
    results_plain(label);
    return 0;
}

int results_row_word(struct results_row *r, int column, const char *const *words, uint32_t *choice,
                     struct error *e)
{
    struct error known;
    const char *text;
    uint32_t length;
    if (results_row_text(r, column, &text, &length, e) < 0) return -1;
    error_set(&known, "one of");
    for (*choice = 0; words[*choice]; ++*choice) {
        if (strcmp(text, words[*choice]) == 0) return 0;
        error_add(&known, "%s %s", *choice > 0 ? "," : "", words[*choice]);
    }
    return refuse_value(r, column, known.text, e);
}
