/* results_history.c - the raw history into the tables command and access (results_rows.h). */
#include <stdlib.h>

#include "analysis/check/refusals.h"
#include "analysis/check/values.h"
#include "analysis/results/results_rows.h"
#include "base/memory.h"

static const char *status_name(const struct ledger_command *c)
{
    switch (c->status) {
    case REPLY_OK:
        return "ok";
    case REPLY_RETRY:
        return "retry";
    case REPLY_NOK:
        return "nok";
    default:
        return c->executed ? "executed" : "lost";
    }
}

static const char *mode_name(uint8_t mode)
{
    if (mode == ACCESS_READ) return "r";
    return mode & ACCESS_READ ? "rw" : "w";
}

static const char *kind_name(const struct ledger *l, uint16_t kind)
{
    const struct names *kinds = l->catalogue ? l->catalogue->kinds : NULL;
    return kinds && kind < names_count(kinds) ? names_get(kinds, kind) : "?";
}

/* The whole name, however long: it is part of a key. */
static const char *variable_name(const struct ledger *l, uint32_t variable,
                                 struct ledger_text *number)
{
    const struct names *variables = l->catalogue ? l->catalogue->variables : NULL;
    if (variables && variable < names_count(variables)) return names_get(variables, variable);
    *number = ledger_variable_name(l, variable);
    return number->text;
}

static int add_commands(struct rows *rows, int64_t run_id, const struct ledger *l)
{
    int status = rows_begin(rows, "INSERT INTO command VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (uint64_t i = 0; status == 0 && i < l->command_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        int64_t returned_ns = (int64_t)c->returned_ns, digest = (int64_t)c->digest;
        status =
            rows_add(rows, "iiitioiito", run_id, (int64_t)c->client, (int64_t)c->seq,
                     kind_name(l, c->kind), (int64_t)c->issued_ns,
                     c->returned_ns == LEDGER_NEVER ? NULL : &returned_ns, (int64_t)c->attempts,
                     (int64_t)c->partitions, status_name(c), c->digested ? &digest : NULL);
    }
    rows_end(rows);
    return status;
}

static const char *life_name(uint8_t mode)
{
    if (mode & ACCESS_DELETE) return "delete";
    return mode & ACCESS_CREATE ? "create" : NULL;
}

static int add_accesses(struct rows *rows, int64_t run_id, const struct ledger *l)
{
    int status = rows_begin(rows, "INSERT INTO access VALUES(?, ?, ?, ?, ?, ?, ?)");
    for (uint64_t i = 0; status == 0 && i < l->command_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        for (uint32_t j = 0; status == 0 && j < c->access_count; j++) {
            const struct ledger_access *a = &l->accesses[c->access_first + j];
            struct ledger_text number;
            const char *name = variable_name(l, a->variable, &number);
            int64_t version = (int64_t)a->version;
            status = rows_add(rows, "iiittot", run_id, (int64_t)c->client, (int64_t)c->seq, name,
                              mode_name(a->mode), a->version == VERSION_UNSEEN ? NULL : &version,
                              life_name(a->mode));
        }
    }
    rows_end(rows);
    return status;
}

static int add_variable(struct rows *rows, int64_t run_id, const struct run_result *r,
                        uint32_t variable)
{
    const struct values *v = r->values;
    const struct refusals *refusals = r->refusals;
    struct ledger_text number;
    const char *name = variable_name(r->history, variable, &number);
    bool absent = refusals && variable < refusals->count && refusals->absent[variable];
    bool reported = v && variable < v->final_count && v->finals[variable].reported;
    struct values_final f = reported ? v->finals[variable] : (struct values_final){0};
    int64_t partition = f.group, version = (int64_t)f.state.version;
    int64_t value = (int64_t)f.state.value;
    return rows_add(rows, "itiiooo", run_id, name, (int64_t)variable, (int64_t)!absent,
                    reported ? &partition : NULL, reported ? &version : NULL,
                    reported ? &value : NULL);
}

/* Those that some command accesses. */
static int add_variables(struct rows *rows, int64_t run_id, const struct run_result *r)
{
    const struct ledger *l = r->history;
    uint32_t count = 0;
    for (uint64_t i = 0; i < l->access_count; i++)
        if (l->accesses[i].variable >= count) count = l->accesses[i].variable + 1;
    bool *accessed = allocate_zeroed(count, sizeof(*accessed));
    for (uint64_t i = 0; i < l->access_count; i++) accessed[l->accesses[i].variable] = true;
    int status = rows_begin(rows, "INSERT INTO variable VALUES(?, ?, ?, ?, ?, ?, ?)");
    for (uint32_t i = 0; status == 0 && i < count; i++)
        if (accessed[i]) status = add_variable(rows, run_id, r, i);
    rows_end(rows);
    free(accessed);
    return status;
}

int rows_add_history(struct rows *rows, int64_t run_id, const struct run_result *r)
{
    if (add_commands(rows, run_id, r->history) < 0) return -1;
    if (add_accesses(rows, run_id, r->history) < 0) return -1;
    return add_variables(rows, run_id, r);
}
