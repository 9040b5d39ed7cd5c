/* cmd_check.c - `aviary check`: judges the raw histories of a results database once more. */
#include "analysis/commands.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/history.h"
#include "analysis/results.h"
#include "analysis/room.h"
#include "analysis/table.h"

enum { STATUS_OK = 0, STATUS_FAIL = 1, STATUS_USAGE = 2 };

static const char usage[] =
    "usage: aviary check FILE.db\n"
    "Judges the raw history of each run that has one (aviary run --history) for strict\n"
    "serializability, and compares with the verdict that was stored. A run without a history is\n"
    "`unknown`. The file is not changed, and need not be trusted.\n\n"
    "  -h, --help  this help\n\n"
    "exit status: 0 every history is fine, 1 one is not, 2 usage or input error, or a history\n"
    "holds nothing that could be judged\n";

struct check {
    struct results_reader *reader;
    struct table *table;
    struct error error;
    uint64_t histories;
    uint64_t failed;
    uint64_t hollow; /* histories that hold nothing */
};

/* Judges one run's history; -1: the error says what is wrong with the file. */
static int judge(struct check *check, const struct results_run *run, struct property *p)
{
    struct catalogue names = {.variables = names_create(), .kinds = names_create()};
    struct ledger ledger;
    ledger_init(&ledger, &names, NULL, LEDGER_ACCESSES);
    int status = results_load_history(check->reader, run->id, &ledger, &names, &check->error);
    if (status == 0) {
        uint32_t *order = room_zeroed(ledger.command_count, sizeof(*order));
        history_check(&ledger, order, p);
        free(order);
        if (history_evidence(&ledger) == 0)
            property_unknown(p,
                             "there is nothing to check: of %" PRIu64 " commands and %" PRIu64
                             " accesses stored, none was executed and tells its version",
                             ledger.command_count, ledger.access_count);
    }
    ledger_finish(&ledger);
    names_destroy(names.variables);
    names_destroy(names.kinds);
    return status;
}

static int check_run(struct check *check, const struct results_run *run)
{
    struct property p;
    property_init(&p, "strict-serializability");
    if (!run->history)
        property_unknown(&p, "no history stored");
    else if (judge(check, run, &p) < 0)
        return -1;
    table_number(check->table, (double)run->id, 0);
    table_text(check->table, run->scheme);
    table_number(check->table, run->partitions, 0);
    table_text(check->table, run->workload);
    table_number(check->table, (double)run->history_commands, 0);
    table_text(check->table, run->verdict);
    table_text(check->table, result_name(p.result));
    check->histories += run->history;
    check->failed += p.result == RESULT_FAIL;
    check->hollow += run->history && p.result == RESULT_UNKNOWN;
    results_plain(p.reason);
    if (run->history && p.result != RESULT_OK)
        fprintf(stderr, "aviary check: run %" PRId64 ": %s: %s\n", run->id, p.name, p.reason);
    return 0;
}

static int check_file(const char *path, struct check *check)
{
    static const char *const headers[] = {"run",      "scheme", "k",      "workload",
                                          "commands", "stored", "history"};
    check->reader = results_open(path, &check->error);
    if (!check->reader) return -1;
    check->table = table_create(sizeof(headers) / sizeof(headers[0]), headers);
    struct results_run run;
    int more;
    while ((more = results_next_run(check->reader, &run, &check->error)) == 1)
        if (check_run(check, &run) < 0) break;
    if (more == 0) table_print(check->table, stdout);
    table_destroy(check->table);
    results_close(check->reader);
    return more == 0 ? 0 : -1;
}

int cmd_check(int argc, char **argv)
{
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option != 'h') return STATUS_USAGE;
        fputs(usage, stdout);
        return STATUS_OK;
    }
    if (optind + 1 != argc) {
        fputs("aviary check: expected one file (aviary check --help tells more)\n", stderr);
        return STATUS_USAGE;
    }
    struct check check = {0};
    if (check_file(argv[optind], &check) < 0) {
        fprintf(stderr, "aviary check: %s\n", check.error.text);
        return STATUS_USAGE;
    }
    if (!check.histories)
        fputs("aviary check: no run has a history; aviary run --history stores it\n", stderr);
    if (check.failed) return STATUS_FAIL;
    return check.hollow ? STATUS_USAGE : STATUS_OK;
}
