/* bench_failover.c - the costs of faults for each scheme, as in the view `failover`: simulated,
 * then emulated over shared memory; with the argument `verbs`, over RDMA instead. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/experiment/runner.h"
#include "base/table.h"
#include "rdma/cluster/emulation.h"
#include "sim/simulation.h"
#include "tests/lib/harness.h"

enum { WORDS_MAX = 48 };

static char directory[256];

static const char *file_named(const char *name)
{
    static char path[512];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return path;
}

static void stop(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static void parse(struct experiment *e, char *line, const struct experiment_command *command)
{
    char *words[WORDS_MAX] = {"bench"}, *rest = line;
    int count = 1;
    struct error error;
    while ((words[count] = strtok_r(rest, " ", &rest))) count++;
    if (experiment_parse(e, count, words, command, &error) < 0) stop(error.text);
}

static void keep(const struct run_result *r)
{
    struct error error;
    if (results_add(file_named("bench.db"), r, NULL, &error) < 0) stop(error.text);
}

static void run(struct experiment *e, const struct cluster_ops *transport)
{
    struct error error;
    struct run *r = run_execute(e, transport, NULL, &error);
    if (!r) stop(error.text);
    keep(run_result(r));
    run_destroy(r);
    experiment_finish(e);
}

/* `faults`: a script, or "". */
static void simulate(const char *scheme, const char *options, const char *faults)
{
    char line[1024];
    struct experiment e;
    FILE *file = fopen(file_named("faults"), "w");
    fputs(faults, file);
    fclose(file);
    snprintf(line, sizeof(line), "-s %s %s --faults %s", scheme, options, file_named("faults"));
    parse(&e, line, &simulation_command);
    run(&e, &simulated_cluster);
}

static void emulate(const char *scheme, const char *options, const char *victim)
{
    char line[1024];
    struct experiment e;
    snprintf(line, sizeof(line), "-s %s %s --crash %s@4s", scheme, options, victim);
    parse(&e, line, &emulation_command);
    run(&e, e.transport == EXPERIMENT_VERBS ? &emulated_verbs : &emulated_loop);
}

/* ---- the table ------------------------------------------------------------------------------ */

static struct table *table_new(void)
{
    return table_create(9, (const char *const[]){"scheme", "fault", "reference/s", "lowest/s",
                                                 "below 80 % [ms]", "after/before",
                                                 "longest wait [ms]", "attempts", "verdict"});
}

/* The rate in the last second of the run, and in the last second before the fault. */
#define RATE "(SELECT avg(throughput_per_s) FROM interval i WHERE i.run_id = f.run_id AND "
#define LAST_ROW                                                                            \
    "SELECT reference_per_s, lowest_per_s, 1000 * below_80_s, " RATE                        \
    "i.t_s >= (SELECT max(t_s) FROM interval l WHERE l.run_id = f.run_id) - 1.001) / " RATE \
    "i.t_s > f.t_s - 1.051 AND i.t_s < f.t_s - 0.049), "                                    \
    "(SELECT max(high_us) / 1000 FROM latency l WHERE l.run_id = f.run_id), "               \
    "attempts_max, verdict FROM failover f JOIN run ON run.id = f.run_id "                  \
    "ORDER BY f.run_id DESC LIMIT 1"

static void add_row(struct table *t, const char *scheme, const char *fault)
{
    static const int decimals[] = {0, 0, 0, 2, 0, 0};
    enum { NUMBERS = sizeof(decimals) / sizeof(decimals[0]) };
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    if (sqlite3_open(file_named("bench.db"), &db) != SQLITE_OK ||
        sqlite3_prepare_v2(db, LAST_ROW, -1, &row, NULL) != SQLITE_OK ||
        sqlite3_step(row) != SQLITE_ROW)
        stop(sqlite3_errmsg(db));
    table_text(t, scheme);
    table_text(t, fault);
    for (int i = 0; i < NUMBERS; i++)
        if (sqlite3_column_type(row, i) == SQLITE_NULL)
            table_none(t);
        else
            table_number(t, sqlite3_column_double(row, i), decimals[i]);
    table_text(t, (const char *)sqlite3_column_text(row, NUMBERS));
    sqlite3_finalize(row);
    sqlite3_close(db);
}

/* ---- simulated ------------------------------------------------------------------------------ */

static const struct {
    const char *name, *options;
} loads[] = {
    {"an even load", "-k 4 -p range -w kv:multi=2% --clients 8 --duration 8s"},
    {"hundreds of commands pending (dssmr does not settle, its windows differ without a fault, "
     "too)",
     "-k 4 -p random -w chirper:users=1000,communities=4 --duration 8s"},
};

static const struct {
    const char *name;
    const char *what; /* happens at 1.3 s */
    bool crash;       /* the reference is a run without that node */
    bool oracle;
} faults[] = {
    {"crash of p0.r0", "crash p0.r0", true, false},
    {"crash of a follower", "crash p0.r1", true, false},
    {"crash of the oracle's leader", "crash oracle.r0", true, true},
    {"p0.r0 cut off its group for 2 s", "cut p0.r0 p0.r1,p0.r2 for 2s", false, false},
    {"loss of 0.01 %", "loss 0.01% * *", false, false},
    {"loss of 0.1 %", "loss 0.1% * *", false, false},
};

static void simulate_scheme(struct table *t, const struct scheme *scheme, const char *options)
{
    for (uint32_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        char script[128];
        if (faults[i].oracle && !scheme->oracle) continue;
        snprintf(script, sizeof(script), "at 0s %s", faults[i].what);
        if (faults[i].crash) simulate(scheme->name, options, script);
        snprintf(script, sizeof(script), "at 1300ms %s", faults[i].what);
        simulate(scheme->name, options, script);
        add_row(t, scheme->name, faults[i].name);
    }
}

static void simulate_all(void)
{
    for (uint32_t load = 0; load < sizeof(loads) / sizeof(loads[0]); load++) {
        struct table *t = table_new();
        for (uint32_t i = 0; scheme_at(i); i++)
            simulate_scheme(t, scheme_at(i), loads[load].options);
        printf("\nfail-over, simulated: cluster-2014, %s\n%s\n"
               "target after a crash: below 80 %% for at most 1 000 ms\n",
               loads[load].options, loads[load].name);
        table_print(t, stdout);
        table_destroy(t);
    }
}

/* ---- emulated ------------------------------------------------------------------------------- */

/* At a rate far below the limit of a transport, since other processes use the machine, too; over
 * SoftRoCE windows must be long to hold enough commands. */
static void emulate_all(const char *transport, const char *load)
{
    static const char *const victims[] = {"p0.r0", "p0.r1", "oracle.r0"};
    char options[256];
    snprintf(options, sizeof(options), "-k 2 -w chirper:users=1000 --transport %s %s", transport,
             load);
    struct table *t = table_new();
    for (uint32_t i = 0; scheme_at(i); i++)
        for (uint32_t j = 0; j < sizeof(victims) / sizeof(victims[0]); j++) {
            char fault[64];
            if (strstr(victims[j], "oracle") && !scheme_at(i)->oracle) continue;
            snprintf(fault, sizeof(fault), "crash of %s", victims[j]);
            emulate(scheme_at(i)->name, options, victims[j]);
            add_row(t, scheme_at(i)->name, fault);
        }
    printf("\nfail-over, for real: %s\ntarget: nothing waits for 30 000 ms\n", options);
    table_print(t, stdout);
    table_destroy(t);
}

int main(int argc, char **argv)
{
    char *scratch = test_scratch_directory();
    snprintf(directory, sizeof(directory), "%s", scratch);
    free(scratch);
    if (argc > 1 && strcmp(argv[1], "verbs") == 0) {
        emulate_all("verbs", "--rate 100/s --interval 1s --clients 16 --duration 12s");
        return 0;
    }
    simulate_all();
    emulate_all("loop", "--rate 10k/s --interval 200ms --clients 64 --duration 12s");
    return 0;
}
