/* again.c - the options of a stored run (again.h). */
#include "analysis/experiment/again.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/experiment/cluster.h"
#include "analysis/experiment/experiment.h"
#include "base/memory.h"

/* The option of that name: its number in *at; NULL: there is none. */
static struct options_table *find(struct experiment *e, const char *name, uint32_t *at)
{
    for (uint32_t t = 0; t < e->table_count; t++)
        for (*at = 0; *at < e->tables[t].count; ++*at)
            if (strcmp(e->tables[t].options[*at].name, name) == 0) return &e->tables[t];
    return NULL;
}

/* Its text as it was given, or its default. */
static const char *text_of(struct experiment *e, const char *name)
{
    uint32_t at;
    const struct options_table *table = find(e, name, &at);
    if (!table) return NULL;
    return table->text[at] ? table->text[at] : table->options[at].standard;
}

/* Where the results of a run go is no part of it. */
static bool is_place(const char *name)
{
    return strcmp(name, "db") == 0 || strcmp(name, "messages") == 0;
}

static void add_changed(struct again *a, const char *name)
{
    const char *before = a->changed ? a->changed : "";
    size_t room = strlen(before) + strlen(name) + sizeof(" --");
    char *changed = allocate(room);
    snprintf(changed, room, "%s%s--%s", before, *before ? " " : "", name);
    free(a->changed);
    a->changed = changed;
}

static void take_over(struct experiment *e, struct results_option *o)
{
    uint32_t at;
    struct options_table *table = find(e, o->name, &at);
    if (is_place(o->name)) return;
    if (!table) {
        results_plain(o->name); /* the file may be of any origin */
        results_plain(o->value);
        fprintf(stderr, "aviary: warning: run %" PRIu64 " has --%s=%s, unknown to this version\n",
                e->again.run_id, o->name, o->value);
    } else if (!table->text[at]) {
        table->text[at] = *o->value ? o->value : NULL;
    } else if (strcmp(table->text[at], o->value) != 0) {
        add_changed(&e->again, o->name);
    }
}

static bool simulates(const struct experiment *e)
{
    return (*e->clusters)->transport == EXPERIMENT_SIM;
}

int again_complete(struct experiment *e, struct error *error)
{
    struct again *a = &e->again;
    const char *text = text_of(e, "again"), *db = text_of(e, "db");
    if (!text) return 0;
    struct error why;
    if (option_in_range(text, 1, INT64_MAX, &a->run_id, &why) < 0)
        return error_set(error, "--again: %s", why.text);
    if (results_load_made(db, (int64_t)a->run_id, &a->made, error) < 0) return -1;
    if (a->made.emulated == simulates(e))
        return error_set(error, "--again: run %s of %s is %s: aviary %s --again %s", text, db,
                         a->made.emulated ? "an emulation" : "a simulation",
                         a->made.emulated ? "emulate" : "run", text);
    for (uint64_t i = 0; i < a->made.count; i++) take_over(e, &a->made.options[i]);
    return 0;
}

void again_finish(struct again *a)
{
    results_made_finish(&a->made);
    free(a->changed);
    *a = (struct again){0};
}

int again_compare(const struct again *a, uint64_t fingerprint, const char *version, FILE *out)
{
    bool same = fingerprint == a->made.fingerprint;
    bool same_version = strcmp(version, a->made.version) == 0;
    if (same)
        fprintf(out, "the same fingerprint as run %" PRIu64 "\n", a->run_id);
    else
        fprintf(out, "not the fingerprint of run %" PRIu64 ", %016" PRIx64 "\n", a->run_id,
                a->made.fingerprint);
    if (!same_version)
        fprintf(out, "run %" PRIu64 " was made by aviary %s, this is %s\n", a->run_id,
                a->made.version, version);
    if (a->changed) fprintf(out, "given otherwise: %s\n", a->changed);
    if (same || !same_version || a->changed) return 0;
    fprintf(out, "version and options are the same: has an input file changed?\n");
    return 1;
}
