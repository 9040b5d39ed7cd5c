/* results_layout.c - compares a file's tables with those of its version, and upgrades them to the
 * present one (results_layout.h).
 *
 * SQLite stores a table's declaration as text, and parses it whenever it opens the file. So two
 * texts that are equal but for blanks are the same columns, types, keys and options. The expected
 * texts are those of an empty database that takes the same steps. */
#include "analysis/results/results_layout.h"

#include <stdio.h>
#include <string.h>

#include "analysis/results/results.h"
#include "analysis/results/results_schema.h"

/* Of results_steps, those that lead from nothing to the version. */
static int steps_to(int version)
{
    return version == 0 ? 0 : version - RESULTS_VERSION_OLDEST + 1;
}

/* ---- comparing ------------------------------------------------------------------------------ */

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Are the texts equal but for blanks? Else *x and *y are where the item of a list begins in which
 * they differ. */
static bool same_text(const char **x, const char **y)
{
    const char *a = *x, *b = *y;
    bool begins = true;
    for (;; a++, b++) {
        while (blank(*a)) a++;
        while (blank(*b)) b++;
        if (begins) {
            *x = a;
            *y = b;
        }
        if (*a != *b) return false;
        if (!*a) return true;
        begins = *a == '(' || *a == ',';
    }
}

/* The length of the excerpt shown: an item of a list. */
static int shown(const char *text)
{
    size_t length = strcspn(text, ",");
    return (int)(length < 60 ? length : 60);
}

/* The object of that name, except triggers: its type and its text, or NULL. Valid until the
 * statement is reset. */
struct thing {
    const char *type, *text;
};

static int look_up(struct results_file *f, sqlite3_stmt *by_name, const char *name,
                   struct thing *thing, struct error *e)
{
    *thing = (struct thing){0};
    sqlite3_reset(by_name);
    sqlite3_bind_text(by_name, 1, name, -1, SQLITE_STATIC);
    int code = sqlite3_step(by_name);
    if (code == SQLITE_DONE) return 0;
    if (code != SQLITE_ROW) return results_file_error(f, e);
    thing->type = (const char *)sqlite3_column_text(by_name, 0);
    thing->text = (const char *)sqlite3_column_text(by_name, 1);
    if (!thing->type) thing->type = "nothing";
    if (!thing->text) thing->text = "";
    return 0;
}

/* The type is untrusted, too. */
static const char *kind_of(const struct thing *thing)
{
    static const char *const kinds[][2] = {
        {"table", "a table"}, {"view", "a view"}, {"index", "an index"}};
    for (int i = 0; i < 3; i++)
        if (strcmp(thing->type, kinds[i][0]) == 0) return kinds[i][1];
    return "something else";
}

static sqlite3_stmt *things(struct results_file *f, struct error *e)
{
    sqlite3_stmt *by_name = NULL;
    if (sqlite3_prepare_v2(f->db,
                           "SELECT type, sql FROM sqlite_schema WHERE name = ?"
                           " AND type <> 'trigger'",
                           -1, &by_name, NULL) != SQLITE_OK)
        results_file_error(f, e);
    return by_name;
}

static int check_table(struct results_file *f, sqlite3_stmt *by_name, const char *name,
                       const char *expected, struct error *e)
{
    struct thing thing;
    if (look_up(f, by_name, name, &thing, e) < 0) return -1;
    if (!thing.type) return error_set(e, "%s: expected a table %s, found none", f->path, name);
    if (strcmp(thing.type, "table") != 0)
        return error_set(e, "%s: expected a table %s, found %s", f->path, name, kind_of(&thing));
    const char *found = thing.text;
    if (same_text(&expected, &found)) return 0;
    error_set(e, "%s: table %s: expected '%.*s', found '%.*s'", f->path, name, shown(expected),
              expected, shown(found), found);
    results_plain(e->text);
    return -1;
}

static int check_views(struct results_file *f, sqlite3_stmt *by_name, struct error *e)
{
    struct thing thing;
    for (const struct results_view *view = results_views; view->name; view++) {
        if (look_up(f, by_name, view->name, &thing, e) < 0) return -1;
        if (thing.type && strcmp(thing.type, "view") != 0)
            return error_set(e, "%s: expected a view %s or none, found %s", f->path, view->name,
                             kind_of(&thing));
    }
    return 0;
}

/* ---- expected tables ------------------------------------------------------------------------ */

static int take_steps(struct results_file *f, int from, int to, struct error *e)
{
    for (int i = steps_to(from); i < steps_to(to); i++)
        if (results_file_execute(f, results_steps[i], e) < 0) return -1;
    return 0;
}

/* Tables of an empty database of that version. */
static int open_model(struct results_file *model, int version, sqlite3_stmt **tables,
                      struct error *e)
{
    *model = (struct results_file){.path = "a new database"};
    if (sqlite3_open(":memory:", &model->db) != SQLITE_OK) return results_file_error(model, e);
    if (take_steps(model, 0, version, e) < 0) return -1;
    if (sqlite3_prepare_v2(model->db,
                           "SELECT name, sql FROM sqlite_schema WHERE type = 'table'"
                           " AND name NOT LIKE 'sqlite%'",
                           -1, tables, NULL) != SQLITE_OK)
        return results_file_error(model, e);
    return 0;
}

int results_layout_check(struct results_file *f, int version, struct error *e)
{
    struct results_file model = {0};
    sqlite3_stmt *tables = NULL, *by_name = things(f, e);
    int status = by_name ? open_model(&model, version, &tables, e) : -1;
    int more = SQLITE_ROW;
    while (status == 0 && (more = sqlite3_step(tables)) == SQLITE_ROW)
        status = check_table(f, by_name, (const char *)sqlite3_column_text(tables, 0),
                             (const char *)sqlite3_column_text(tables, 1), e);
    if (status == 0 && more != SQLITE_DONE) status = results_file_error(&model, e);
    if (status == 0) status = check_views(f, by_name, e);
    sqlite3_finalize(by_name);
    sqlite3_finalize(tables);
    results_file_close(&model);
    return status;
}

/* ---- upgrade -------------------------------------------------------------------------------- */

/* Creates or replaces the view, unless it is the present one. */
static int update_view(struct results_file *f, sqlite3_stmt *by_name,
                       const struct results_view *view, struct error *e)
{
    struct thing thing = {0};
    char *create = sqlite3_mprintf("CREATE VIEW %s AS %s", view->name, view->definition);
    char *drop = sqlite3_mprintf("DROP VIEW IF EXISTS %s", view->name);
    int status = create && drop ? look_up(f, by_name, view->name, &thing, e)
                                : error_set(e, "%s: out of memory", f->path);
    if (status == 0) {
        const char *expected = create, *found = thing.text;
        bool same = thing.type && same_text(&expected, &found);
        sqlite3_reset(by_name); /* nothing is dropped while it is being read */
        if (!same &&
            (results_file_execute(f, drop, e) < 0 || results_file_execute(f, create, e) < 0))
            status = -1;
    }
    sqlite3_free(create);
    sqlite3_free(drop);
    return status;
}

static int update_views(struct results_file *f, struct error *e)
{
    sqlite3_stmt *by_name = things(f, e);
    int status = by_name ? 0 : -1;
    for (const struct results_view *view = results_views; status == 0 && view->name; view++)
        status = update_view(f, by_name, view, e);
    sqlite3_finalize(by_name);
    return status;
}

int results_layout_update(struct results_file *f, int version, struct error *e)
{
    char pragmas[96];
    snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id = %d; PRAGMA user_version = %d",
             RESULTS_APPLICATION_ID, RESULTS_USER_VERSION);
    if (take_steps(f, version, RESULTS_USER_VERSION, e) < 0) return -1;
    if (version < RESULTS_USER_VERSION && results_file_execute(f, pragmas, e) < 0) return -1;
    return update_views(f, e);
}
