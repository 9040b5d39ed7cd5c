/* results_history.c - the raw history into the tables command and access (results_rows.h). */
#include "analysis/results_rows.h"

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
    int status = rows_begin(rows, "INSERT INTO command VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (uint64_t i = 0; status == 0 && i < l->command_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        const char *kind = kind_name(l, c->kind);
        if (c->returned_ns == LEDGER_NEVER)
            status = rows_add(rows, "iiitiniit", run_id, (int64_t)c->client, (int64_t)c->seq, kind,
                              (int64_t)c->issued_ns, (int64_t)c->attempts, (int64_t)c->partitions,
                              status_name(c));
        else
            status = rows_add(rows, "iiitiiiit", run_id, (int64_t)c->client, (int64_t)c->seq, kind,
                              (int64_t)c->issued_ns, (int64_t)c->returned_ns, (int64_t)c->attempts,
                              (int64_t)c->partitions, status_name(c));
    }
    rows_end(rows);
    return status;
}

static int add_accesses(struct rows *rows, int64_t run_id, const struct ledger *l)
{
    int status = rows_begin(rows, "INSERT INTO access VALUES(?, ?, ?, ?, ?, ?)");
    for (uint64_t i = 0; status == 0 && i < l->command_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        for (uint32_t j = 0; status == 0 && j < c->access_count; j++) {
            const struct ledger_access *a = &l->accesses[c->access_first + j];
            struct ledger_text number;
            const char *name = variable_name(l, a->variable, &number);
            if (a->version == VERSION_UNSEEN)
                status = rows_add(rows, "iiittn", run_id, (int64_t)c->client, (int64_t)c->seq, name,
                                  mode_name(a->mode));
            else
                status = rows_add(rows, "iiitti", run_id, (int64_t)c->client, (int64_t)c->seq, name,
                                  mode_name(a->mode), (int64_t)a->version);
        }
    }
    rows_end(rows);
    return status;
}

int rows_add_history(struct rows *rows, int64_t run_id, const struct ledger *l)
{
    int status = add_commands(rows, run_id, l);
    return status < 0 ? status : add_accesses(rows, run_id, l);
}
