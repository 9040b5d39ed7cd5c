/* cmd_check.c - `aviary check`: checks the raw histories of a results database again. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/check/history.h"
#include "analysis/check/refusals.h"
#include "analysis/check/values.h"
#include "analysis/results/commands.h"
#include "analysis/results/results.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/table.h"
#include "proto/schemes/scheme.h"

enum { STATUS_OK = 0, STATUS_FAIL = 1, STATUS_USAGE = 2 };
enum { WORKLOAD_COLUMN = 3 };
enum { VARIABLES_MAX = 1 << 24 }; /* of a workload that is opened: a gigabyte */

static const char about[] =
    "Judges the raw history of each run that has one (aviary run --history): for\n"
    "strict serializability, for values, by executing the serial order again, and\n"
    "for refusals. Beside them stands the verdict that was stored. A run without a\n"
    "history is `unknown`. The file is not changed, and need not be trusted.\n";
static const char ending[] =
    "\nexit status: 0 every history is fine, 1 one is not, 2 usage or input error, or a\n"
    "history holds nothing that could be judged\n";

struct check {
    struct results_reader *reader;
    struct table *table;
    struct error error;
    uint64_t histories;
    uint64_t failed;
    uint64_t unchecked; /* empty histories */
};

/* A loaded history, and its properties. */
struct judged {
    struct catalogue names;
    struct ledger ledger;
    struct results_variables variables;
    struct workload *workload;
    bool own; /* the workload has its own application */
    struct property history, values, refusals;
};

static void check_serializability(struct judged *j, uint32_t *order, uint64_t *count)
{
    const struct ledger *l = &j->ledger;
    *count = history_check(l, order, &j->history);
    if (history_evidence(l) == 0)
        property_unknown(&j->history,
                         "there is nothing to check: of %" PRIu64 " commands and %" PRIu64
                         " accesses stored, none was executed with a known version",
                         l->command_count, l->access_count);
}

/* A workload with its own application is opened before the history is loaded, so that kinds have
 * its numbers. */
static void open_workload(struct judged *j, const struct results_run *run)
{
    struct error e;
    uint64_t variables = workload_executes(run->workload);
    j->own = variables > 0;
    if (variables == 0 || variables > VARIABLES_MAX) return;
    j->workload = workload_open(run->workload, 0, &e);
    const struct names *kinds = j->workload ? workload_catalogue(j->workload)->kinds : NULL;
    for (uint32_t i = 0; kinds && i < names_count(kinds); i++)
        names_intern(j->names.kinds, names_get(kinds, i), (uint32_t)strlen(names_get(kinds, i)));
}

/* The application of the run, or NULL: the property says why it is unavailable. */
static const struct application *application_of(struct judged *j, const struct results_run *run)
{
    if (!j->own) return &digest_application;
    if (!j->workload) {
        property_unknown(&j->values, "%.200s has more than %d variables", run->workload,
                         VARIABLES_MAX);
        return NULL;
    }
    const struct names *names = workload_catalogue(j->workload)->variables;
    for (uint64_t i = 0; i < j->variables.count; i++) {
        const char *name = names_get(j->names.variables, (uint32_t)i);
        if (names_find(names, name, (uint32_t)strlen(name)) == j->variables.variable[i].number)
            continue;
        property_unknown(&j->values, "%.200s has no variable %u that is called %.200s",
                         run->workload, j->variables.variable[i].number, name);
        return NULL;
    }
    return workload_application(j->workload);
}

static uint32_t *numbers_of(const struct results_variables *v)
{
    uint32_t *numbers = allocate_zeroed(v->count, sizeof(*numbers));
    for (uint64_t i = 0; i < v->count; i++) numbers[i] = v->variable[i].number;
    return numbers;
}

static void judge_values(struct judged *j, const struct results_run *run, const uint32_t *order,
                         uint64_t count)
{
    const struct scheme *scheme = scheme_find(run->scheme);
    const struct application *application = application_of(j, run);
    if (!application) return;
    uint32_t *numbers = numbers_of(&j->variables);
    struct values v;
    values_init(&v, &j->ledger, application);
    v.numbers = numbers;
    v.forgets = scheme && scheme->oracle;
    for (uint32_t i = 0; i < j->variables.count; i++) {
        const struct results_variable *variable = &j->variables.variable[i];
        if (variable->reported) values_final(&v, variable->partition, i, variable->final);
    }
    values_check(&v, j->history.result == RESULT_OK ? order : NULL, count, true);
    j->values = v.property;
    values_finish(&v);
    free(numbers);
}

static void judge_refusals(struct judged *j)
{
    struct refusals r;
    refusals_init(&r, &j->ledger, NULL);
    r.count = (uint32_t)j->variables.count;
    r.absent = allocate_zeroed(r.count, sizeof(*r.absent));
    for (uint32_t i = 0; i < r.count; i++) r.absent[i] = j->variables.variable[i].absent;
    refusals_check(&r);
    j->refusals = r.property;
    refusals_finish(&r);
}

static void judge(struct judged *j, const struct results_run *run)
{
    uint64_t count;
    uint32_t *order = allocate_zeroed(j->ledger.command_count, sizeof(*order));
    check_serializability(j, order, &count);
    if (j->variables.count && j->variables.known == j->variables.count) {
        judge_values(j, run, order, count);
        judge_refusals(j);
    } else {
        property_unknown(&j->values, "the table variable is incomplete, as in older files");
        property_unknown(&j->refusals, "the table variable is incomplete, as in older files");
    }
    free(order);
}

/* -1: the error describes the defect of the file. */
static int load_and_judge(struct check *check, const struct results_run *run, struct judged *j)
{
    struct error *e = &check->error;
    j->names = (struct catalogue){.variables = names_create(), .kinds = names_create()};
    ledger_init(&j->ledger, &j->names, NULL, LEDGER_ACCESSES);
    open_workload(j, run);
    int status = results_load_history(check->reader, run->id, &j->ledger, &j->names, e);
    if (status == 0)
        status =
            results_load_variables(check->reader, run->id, &j->ledger, &j->names, &j->variables, e);
    if (status == 0) judge(j, run);
    workload_close(j->workload);
    free(j->variables.variable);
    ledger_finish(&j->ledger);
    names_destroy(j->names.variables);
    names_destroy(j->names.kinds);
    return status;
}

static void tell(const struct results_run *run, struct property *p)
{
    results_plain(p->reason);
    if (run->history && p->result != RESULT_OK)
        fprintf(stderr, "aviary check: run %" PRId64 ": %s: %s\n", run->id, p->name, p->reason);
}

static int check_run(struct check *check, const struct results_run *run)
{
    struct judged j = {0};
    property_init(&j.history, "strict-serializability");
    property_init(&j.values, "serial-values");
    property_init(&j.refusals, "right-refusals");
    struct property *const properties[] = {&j.history, &j.values, &j.refusals};
    if (run->history && load_and_judge(check, run, &j) < 0) return -1;
    for (int i = 0; i < 3 && !run->history; i++)
        property_unknown(properties[i], "no history stored");
    table_number(check->table, (double)run->id, 0);
    table_text(check->table, run->scheme);
    table_number(check->table, run->partitions, 0);
    table_text(check->table, run->workload);
    table_figure(check->table, (double)run->history_commands, 0);
    table_text(check->table, run->verdict);
    for (int i = 0; i < 3; i++) table_text(check->table, result_name(properties[i]->result));
    bool failed = false;
    for (int i = 0; i < 3; i++) failed = failed || properties[i]->result == RESULT_FAIL;
    check->histories += run->history;
    check->failed += failed;
    check->unchecked += run->history && j.history.result == RESULT_UNKNOWN;
    for (int i = 0; i < 3; i++) tell(run, properties[i]);
    return 0;
}

static int check_file(const char *path, struct check *check)
{
    static const char *const headers[] = {"run",    "scheme",  "k",      "workload", "cmds",
                                          "stored", "history", "values", "refusals"};
    check->reader = results_open(path, &check->error);
    if (!check->reader) return -1;
    check->table = table_create(sizeof(headers) / sizeof(headers[0]), headers);
    table_elastic(check->table, WORKLOAD_COLUMN);
    struct results_run run;
    int more;
    while ((more = results_next_run(check->reader, &run, &check->error)) == 1)
        if (check_run(check, &run) < 0) break;
    if (more == 0) table_print(check->table, stdout);
    table_destroy(check->table);
    results_close(check->reader);
    return more == 0 ? 0 : -1;
}

static const struct option list[] = {
    {"wait", 0, "TIME", "60s", "for a file that another process has locked", option_time,
     .place = 0},
};

int cmd_check(int argc, char **argv)
{
    uint64_t wait_ns;
    struct options_table table = {list, sizeof(list) / sizeof(list[0]), &wait_ns, {0}};
    const struct options options = {.command = "check",
                                    .usage = "FILE.db [--wait TIME]",
                                    .about = about,
                                    .operands = "one FILE.db",
                                    .operand_count = 1,
                                    .ending = ending,
                                    .tables = &table,
                                    .table_count = 1};
    const char *path;
    struct check check = {0};
    int got = options_read(&options, argc, argv, &path, &check.error);
    if (got > 0) return STATUS_OK;
    if (got == 0) results_wait_most(wait_ns);
    if (got < 0 || check_file(path, &check) < 0)
        return options_fail(options.command, "%s", check.error.text);
    if (!check.histories)
        fputs("aviary check: no run has a history; aviary run --history stores it\n", stderr);
    if (check.failed) return STATUS_FAIL;
    return check.unchecked ? STATUS_USAGE : STATUS_OK;
}
