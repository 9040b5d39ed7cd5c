/*
 * From what the core reports to rows in the database: histogram, recorder, results store, tables,
 * `aviary check`. Also killed and concurrent writers.
 */
#include "analysis/results/results.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/histogram.h"
#include "analysis/check/recorder.h"
#include "base/table.h"
#include "base/random.h"
#include "tests/lib/databases.h"
#include "tests/lib/harness.h"

#define USER_VERSION "4" /* a new one is one of the manual, too */

static char *scratch;
static struct error error;

static const char *file_named(const char *name)
{
    static char path[512];
    if (!scratch) scratch = test_scratch_directory();
    snprintf(path, sizeof(path), "%s/%s", scratch, name);
    return path;
}

/* ---- histogram ------------------------------------------------------------------------------ */

START_TEST(buckets_cover_all_values_within_two_percent_of_their_width)
{
    for (uint32_t i = 0; i + 1 < HISTOGRAM_BUCKETS; i++) {
        uint64_t low = histogram_low_ns(i), high = histogram_high_ns(i);
        ck_assert_uint_eq(histogram_index(low), i);
        ck_assert_uint_eq(histogram_index(high), i);
        ck_assert_uint_eq(histogram_low_ns(i + 1), high + 1);
        /* The middle is told for all of a bucket: at most half its width off. */
        ck_assert_double_le((double)(high - low) / 2, 0.01 * (double)low + 0.5);
    }
    ck_assert_uint_eq(histogram_index(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}
END_TEST

START_TEST(percentiles_are_within_one_percent)
{
    static struct histogram h;
    histogram_init(&h);
    ck_assert_double_eq(histogram_percentile_ns(&h, 0.5), 0);
    for (uint64_t i = 1; i <= 100000; i++) histogram_record(&h, i * 37);
    ck_assert_double_eq_tol(histogram_percentile_ns(&h, 0.50), 1850000, 18500);
    ck_assert_double_eq_tol(histogram_percentile_ns(&h, 0.99), 3663000, 36630);
    ck_assert_double_eq_tol(histogram_percentile_ns(&h, 0), 37, 0.5);
    ck_assert_double_eq_tol(histogram_percentile_ns(&h, 1), 3700000, 37000);
    ck_assert_double_eq_tol(histogram_mean_ns(&h), 37 * 50000.5, 0.001);
}
END_TEST

/* ---- a small run through the recorder ------------------------------------------------------- */

static const struct topology topology = {.groups = 2, .replicas = 2, .clients = 2};
static struct catalogue names;
static struct variable_state x; /* the only variable */

union command_room {
    struct command command;
    uint64_t words[16];
};

static struct command *command_of(union command_room *room, uint32_t client, uint64_t seq,
                                  uint32_t groups)
{
    *room = (union command_room){.command = {.bytes = command_bytes(1),
                                             .access_count = 1,
                                             .id = {.client = client, .seq = seq}}};
    room->command.dests.word[0] = groups;
    room->command.accesses[0] = (struct access){.variable = 0, .mode = ACCESS_READ | ACCESS_WRITE};
    return &room->command;
}

/* Issued, delivered and executed by all replicas of the groups, answered; saw that version. */
static void perform(struct recorder *r, struct command *c, uint64_t issued_ns, uint64_t answered_ns,
                    uint64_t version)
{
    struct observer *o = recorder_observer(r);
    struct variable_state before = x;
    uint32_t client = topology_client(&topology, c->id.client);
    uint64_t digest = digest_application.ops->execute(&digest_application, c, &x);
    if (version != before.version) digest = 7; /* one that is not true */
    o->ops->issued(o, client, issued_ns, c);
    o->ops->multicast(o, client, issued_ns, c);
    group_set_each (group, &c->dests) {
        for (uint32_t i = 0; i < topology.replicas; i++) {
            uint32_t node = topology_replica(&topology, group, i);
            o->ops->delivered(o, node, group, issued_ns + 10, c, issued_ns);
            o->ops->started(o, node, group, issued_ns + 20, c);
            o->ops->executed(o, node, group, issued_ns + 30, c, digest, &version, issued_ns);
        }
    }
    struct reply_view view = {.status = REPLY_OK, .digest = digest, .seen = &version};
    o->ops->answered(o, client, answered_ns, c, &view, 1);
}

#define SECOND UINT64_C(1000000000)
#define MS UINT64_C(1000000)

static struct recorder *record(bool check, bool lost_update)
{
    x = (struct variable_state){0, 0};
    names = (struct catalogue){.variables = names_create(), .kinds = names_create()};
    names_intern(names.variables, "x", 1);
    names_intern(names.kinds, "post", 4);
    struct recorder *r = recorder_create(&(struct recorder_options){
        .topology = topology,
        .catalogue = &names,
        .check = check,
        .check_history = check,
        .keep_history = check,
        .interval_ns = SECOND,
    });
    union command_room room;
    recorder_observer(r)->ops->leading(recorder_observer(r), 0, 0, 1, 1);
    perform(r, command_of(&room, 0, 1, 1), 0, SECOND / 2, 0);
    recorder_observer(r)->ops->exchanged(recorder_observer(r), 0, 0, SECOND + MS, 5, 320);
    perform(r, command_of(&room, 0, 2, 3), SECOND, SECOND + 2 * MS, 1);
    perform(r, command_of(&room, 1, 1, 1), 2 * SECOND, 2 * SECOND + 4 * MS, lost_update ? 1 : 2);
    perform(r, command_of(&room, 1, 2, 1), 3 * SECOND - MS, 3 * SECOND + MS, lost_update ? 2 : 3);
    return r;
}

static void forget(struct recorder *r)
{
    recorder_destroy(r);
    names_destroy(names.variables);
    names_destroy(names.kinds);
}

static const struct result_option options[] = {{"clients", "2"}, {"seed", "42"}};
static const struct result_node nodes[] = {
    {.name = "p0.r0", .role = "replica", .partition = 0, .cpu_busy_s = 0.25, .bytes_in = 4096},
    {.name = "c0", .role = "client", .partition = -1},
};
static const struct result_plan plans[] = {
    {.id = 1,
     .t_s = 1.25,
     .vertices = 10,
     .edges = 20,
     .edge_cut = 3,
     .imbalance = 0.2,
     .moved = 4,
     .modelled_ms = 35},
};
static const struct result_fault faults[] = {{1.5, "crash p0.r1"}, {1.5, "heal"}};

static void fill(struct run_result *result, struct recorder *r)
{
    *result = (struct run_result){
        .mode = "simulation",
        .scheme = "ssmr",
        .partitions = 2,
        .replicas = 2,
        .workload = "chirper",
        .placement = "hash",
        .model = "rdma-xl170",
        .seed = UINT64_MAX,
        .version = "0.1",
        .simulated_s = 3,
        .wall_s = 0.1,
        .events = 1000,
        .messages = 40,
        .fingerprint = 0xabc,
        .options = options,
        .option_count = 2,
        .nodes = nodes,
        .node_count = 2,
        .faults = faults,
        .fault_count = 2,
    };
    result->message_count[MESSAGE_REPLY] = 4;
    result->message_bytes[MESSAGE_REPLY] = 400;
    if (!r) return;
    recorder_finish(
        r,
        &(struct recorder_end){.window_end_ns = 3 * SECOND, .warmup_ns = SECOND, .drained = true},
        result);
    result->plans = plans; /* as if an oracle had made it */
    result->plan_count = 1;
}

START_TEST(statistics_count_the_measured_window)
{
    struct recorder *r = record(true, false);
    static struct run_result result;
    fill(&result, r);
    ck_assert_uint_eq(recorder_issued(r), 4);
    ck_assert_uint_eq(recorder_answered(r), 4);
    ck_assert_msg(result.verdict == RESULT_OK, "%s",
                  result.properties[result.property_count - 1].reason);
    ck_assert_uint_eq(result.commands, 4);
    ck_assert_uint_eq(result.measured, 2); /* one in the warm-up, one after the window */
    ck_assert_uint_eq(result.measured_multi, 1);
    ck_assert_double_eq(result.throughput_per_s, 1);
    ck_assert_double_eq_tol(result.latency.mean_us, 3000, 0.001);
    ck_assert_double_eq_tol(result.latency.p50_us, 2000, 20);
    ck_assert_double_eq_tol(result.latency.p99_us, 4000, 40);
    ck_assert_uint_eq(result.interval_count, 3);
    ck_assert_uint_eq(result.intervals[0].completed, 1);
    ck_assert_uint_eq(result.intervals[1].multi_partition, 1);
    ck_assert_double_eq_tol(result.intervals[2].latency.p50_us, 4000, 40);
    ck_assert_uint_eq(result.bucket_count, 2);
    ck_assert_str_eq(result.buckets[0].scope, "single");
    ck_assert_str_eq(result.buckets[1].kind, "post");
    forget(r);
}
END_TEST

/* A hundred latencies in ascending order; those beside the percentiles are half as long, or twice.
 */
START_TEST(percentiles_are_those_of_their_names)
{
    names = (struct catalogue){.variables = names_create(), .kinds = names_create()};
    struct recorder *r = recorder_create(&(struct recorder_options){
        .topology = topology, .catalogue = &names, .interval_ns = SECOND});
    for (uint64_t i = 1; i <= 100; i++) {
        uint64_t ms = i < 50 ? 1 : i == 50 ? 2 : i < 95 ? 4 : i == 95 ? 8 : i < 99 ? 16 : 32;
        if (i == 100) ms = 64;
        union command_room room;
        uint64_t issued_ns = SECOND + i * MS;
        perform(r, command_of(&room, 0, i, 1), issued_ns, issued_ns + ms * MS, i - 1);
    }
    static struct run_result result;
    fill(&result, r);
    ck_assert_uint_eq(result.measured, 100);
    ck_assert_double_eq_tol(result.latency.p50_us, 2000, 20);
    ck_assert_double_eq_tol(result.latency.p95_us, 8000, 80);
    ck_assert_double_eq_tol(result.latency.p99_us, 32000, 320);
    forget(r);
}
END_TEST

START_TEST(a_lost_update_is_the_verdict)
{
    struct recorder *r = record(true, true);
    static struct run_result result;
    fill(&result, r);
    ck_assert_int_eq(result.verdict, RESULT_FAIL);
    const struct property *history = result.properties;
    while (strcmp(history->name, "strict-serializability") != 0) history++;
    ck_assert_str_eq(history->reason,
                     "a lost update: c0.2 post and c1.1 post both wrote x after seeing version 1");
    forget(r);
}
END_TEST

START_TEST(without_checks_nothing_is_claimed)
{
    struct recorder *r = record(false, true);
    static struct run_result result;
    fill(&result, r);
    ck_assert_int_eq(result.verdict, RESULT_UNKNOWN);
    ck_assert_str_eq(result.properties[0].reason, "off");
    ck_assert_uint_eq(result.measured, 2);
    forget(r);
}
END_TEST

/* ---- the store ------------------------------------------------------------------------------ */

static void add_small_run(const char *path, bool lost_update)
{
    struct recorder *r = record(true, lost_update);
    static struct run_result result;
    fill(&result, r);
    int64_t id = 0;
    ck_assert_msg(results_add(path, &result, &id, &error) == 0, "%s", error.text);
    ck_assert_int_ge(id, 1);
    forget(r);
}

START_TEST(a_run_is_stored_whole)
{
    const char *path = file_named("whole.db");
    add_small_run(path, false);
    ck_assert_str_eq(database_ask(path, "PRAGMA user_version"), USER_VERSION);
    ck_assert_str_eq(database_ask(path, "PRAGMA integrity_check"), "ok");
    ck_assert_str_eq(database_ask(path, "SELECT count(*) FROM pragma_foreign_key_check"), "0");
    ck_assert_str_eq(
        database_ask(path, "SELECT scheme || ' ' || partitions || ' ' || fingerprint || ' ' || "
                           "seed || ' ' || verdict FROM run"),
        "ssmr 2 0000000000000abc -1 ok");
    ck_assert_str_eq(database_ask(path, "SELECT group_concat(name || '=' || value) FROM option"),
                     "clients=2,seed=42");
    ck_assert_str_eq(database_ask(path, "SELECT group_concat(completed) FROM interval"), "1,1,1");
    ck_assert_str_eq(database_ask(path, "SELECT group_concat(scope || ' ' || count) FROM latency"),
                     "multi 1,single 1");
    ck_assert_str_eq(database_ask(path,
                                  "SELECT group_concat(name || ' ' || ifnull(partition, '-')) "
                                  "FROM node"),
                     "c0 -,p0.r0 0");
    ck_assert_str_eq(
        database_ask(path, "SELECT count || ' ' || bytes FROM message WHERE kind = 'reply'"),
        "4 400");
    ck_assert_str_eq(database_ask(path, "SELECT group_concat(what) FROM fault"),
                     "crash p0.r1,heal");
    ck_assert_str_eq(database_ask(path, "SELECT count(*) FROM property WHERE result <> 'ok'"), "0");
    ck_assert_str_eq(
        database_ask(path, "SELECT id || ' ' || t_s || ' ' || vertices || ' ' || edges || ' ' "
                           "|| edge_cut || ' ' || imbalance || ' ' || moved || ' ' || "
                           "modelled_ms FROM plan"),
        "1 1.25 10 20 3 0.2 4 35.0");
    ck_assert_str_eq(
        database_ask(path, "SELECT oracle_queries || ' ' || fallbacks || ' ' || exchanged || "
                           "' ' || exchanged_bytes FROM run"),
        "0 0 5 320");
    ck_assert_str_eq(database_ask(path, "SELECT group_concat(exchanged || ':' || exchanged_bytes) "
                                        "FROM interval"),
                     "0:0,5:320,0:0");
}
END_TEST

START_TEST(every_kind_of_message_has_a_row)
{
    const char *path = file_named("kinds.db");
    char count[16];
    snprintf(count, sizeof(count), "%d", MESSAGE_KIND_COUNT);
    add_small_run(path, false);
    ck_assert_str_eq(database_ask(path, "SELECT count(*) FROM message"), count);
}
END_TEST

START_TEST(the_summary_has_its_columns_and_units)
{
    const char *path = file_named("summary.db");
    add_small_run(path, false);
    ck_assert_str_eq(
        database_ask(path, "SELECT group_concat(name) FROM pragma_table_info('summary')"),
        "run_id,mode,scheme,partitions,workload,placement,throughput_per_s,latency_mean_ms,"
        "latency_p50_ms,latency_p95_ms,latency_p99_ms,multi_partition_pct,moves,retries,"
        "messages_per_command,verdict,oracle_queries,fallbacks");
    ck_assert_str_eq(
        database_ask(path, "SELECT run_id || ' ' || throughput_per_s || ' ' || latency_mean_ms "
                           "|| ' ' || multi_partition_pct || ' ' || messages_per_command "
                           "FROM summary"),
        "1 1.0 3.0 50.0 10.0");
}
END_TEST

START_TEST(the_raw_history_is_stored_in_nanoseconds)
{
    const char *path = file_named("history.db");
    add_small_run(path, false);
    ck_assert_str_eq(
        database_ask(path, "SELECT group_concat(client || '.' || seq || ' ' || kind || ' ' || "
                           "issued_ns || ' ' || returned_ns || ' ' || partitions || ' ' || "
                           "status) FROM command WHERE client = 0"),
        "0.1 post 0 500000000 1 ok,0.2 post 1000000000 1002000000 2 ok");
    ck_assert_str_eq(database_ask(path,
                                  "SELECT group_concat(variable || ' ' || mode || ' ' || version) "
                                  "FROM access"),
                     "x rw 0,x rw 1,x rw 2,x rw 3");
}
END_TEST

START_TEST(deleting_a_run_leaves_nothing_of_it)
{
    const char *path = file_named("delete.db");
    sqlite3 *db = NULL;
    add_small_run(path, false);
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(
        sqlite3_exec(db, "PRAGMA foreign_keys = ON; DELETE FROM run", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    ck_assert_str_eq(database_ask(path,
                                  "SELECT (SELECT count(*) FROM option) + (SELECT count(*) FROM "
                                  "message) + (SELECT count(*) FROM access)"),
                     "0");
}
END_TEST

START_TEST(what_was_refused_is_stored_and_no_part_of_the_history)
{
    const char *path = file_named("refused.db");
    static struct run_result result;
    struct ledger ledger;
    ledger_init(&ledger, NULL, NULL, LEDGER_ACCESSES);
    ledger_add_bare(&ledger, (struct command_id){.client = 0, .seq = 1}, 0, 10, 20);
    ledger_add_access(&ledger, 0, ACCESS_READ | ACCESS_WRITE, 0);
    ledger_add_bare(&ledger, (struct command_id){.client = 0, .seq = 2}, 0, 20, 30);
    ledger_add_access(&ledger, 0, ACCESS_CREATE, 0); /* would be a lost update */
    ledger.commands[1].status = REPLY_NOK;
    fill(&result, NULL);
    result.history = &ledger;
    ck_assert_int_eq(results_add(path, &result, NULL, &error), 0);
    result.history = NULL;
    ledger_finish(&ledger);
    ck_assert_str_eq(database_ask(path, "SELECT group_concat(status) FROM command"), "ok,nok");
    ck_assert_int_eq(database_check(path, NULL), 0);
}
END_TEST

/* The manual, as one text; the caller frees it. */
static char *read_manual(void)
{
    char *path = test_source_path("man/aviary-results.5"), *text = calloc(1, 1 << 16);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_lt(fread(text, 1, (1 << 16) - 1, file), (1 << 16) - 1);
    fclose(file);
    free(path);
    return text;
}

START_TEST(the_manual_names_every_table_and_column)
{
    const char *path = file_named("manual.db");
    char *manual = read_manual(), names_text[2048], *next = names_text;
    add_small_run(path, false);
    snprintf(names_text, sizeof(names_text), "%s",
             database_ask(
                 path, "SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE type "
                       "IN ('table', 'view') AND name NOT LIKE 'sqlite%' UNION SELECT c.name FROM "
                       "sqlite_schema t, pragma_table_info(t.name) c WHERE t.type <> 'index' AND "
                       "t.name NOT LIKE 'sqlite%')"));
    for (char *name = strtok_r(next, ",", &next); name; name = strtok_r(NULL, ",", &next))
        ck_assert_msg(strstr(manual, name), "man/aviary-results.5 does not tell of %s", name);
    free(manual);
}
END_TEST

/* ---- files that are not ours ---------------------------------------------------------------- */

static void assert_refused(const char *path, const char *reason)
{
    static struct run_result result;
    fill(&result, NULL);
    ck_assert_int_eq(results_probe(path, &error), -1);
    ck_assert_msg(strstr(error.text, reason), "%s", error.text);
    ck_assert_msg(strstr(error.text, path), "%s", error.text);
    ck_assert_int_eq(results_add(path, &result, NULL, &error), -1);
    ck_assert_msg(strstr(error.text, reason), "%s", error.text);
}

START_TEST(a_text_file_is_refused_and_kept)
{
    const char *path = file_named("notes.txt");
    char content[64] = "";
    FILE *file = fopen(path, "w");
    fputs("my notes, no database at all, long enough\n", file);
    fclose(file);
    assert_refused(path, "not a database");
    file = fopen(path, "r");
    ck_assert_ptr_nonnull(fgets(content, sizeof(content), file));
    fclose(file);
    ck_assert_str_eq(content, "my notes, no database at all, long enough\n");
}
END_TEST

START_TEST(a_database_of_others_is_refused)
{
    const char *path = file_named("other.db");
    database_execute(path, "CREATE TABLE mine(x)");
    assert_refused(path, "found another one");
    ck_assert_str_eq(database_ask(path, "SELECT count(*) FROM sqlite_schema"), "1");
}
END_TEST

START_TEST(another_version_is_refused)
{
    const char *path = file_named("version.db");
    add_small_run(path, false);
    database_execute(path, "PRAGMA user_version = 9");
    assert_refused(path, "of version " USER_VERSION
                         " or older, found version 9, which a newer aviary wrote");
    ck_assert_str_eq(database_ask(path, "SELECT count(*) FROM run"), "1");
}
END_TEST

START_TEST(a_missing_directory_is_refused)
{
    assert_refused(file_named("no/such/place.db"), "No such file or directory");
}
END_TEST

START_TEST(probing_creates_nothing)
{
    const char *path = file_named("probed.db");
    ck_assert_msg(results_probe(path, &error) == 0, "%s", error.text);
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_read_only_directory_is_refused)
{
    const char *directory = file_named("locked");
    if (geteuid() == 0) return; /* nothing is closed to the superuser */
    ck_assert_int_eq(mkdir(directory, 0500), 0);
    assert_refused(file_named("locked/results.db"), "Permission denied");
}
END_TEST

/* ---- killed and concurrent ------------------------------------------------------------------ */

/* A history of so many commands that writing it takes a while. */
static void add_big_run(const char *path, uint32_t commands)
{
    struct ledger ledger;
    static struct run_result result;
    ledger_init(&ledger, NULL, NULL, LEDGER_ACCESSES);
    for (uint32_t i = 0; i < commands; i++) {
        ledger_add_bare(&ledger, (struct command_id){.client = i % 8, .seq = i / 8 + 1}, 0, i,
                        i + 100);
        ledger_add_access(&ledger, i % 100, ACCESS_READ, 0);
    }
    fill(&result, NULL);
    result.history = &ledger;
    if (results_add(path, &result, NULL, &error) < 0) fprintf(stderr, "%s\n", error.text);
    ledger_finish(&ledger);
}

/* Waits for a file to hold at least that many bytes. */
static void await_bytes(const char *path, off_t bytes)
{
    struct stat status;
    for (int i = 0; i < 100000; i++) {
        if (stat(path, &status) == 0 && status.st_size >= bytes) return;
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    ck_abort_msg("%s does not grow", path);
}

START_TEST(a_killed_writer_leaves_no_half_run)
{
    char path[512], journal[520];
    snprintf(path, sizeof(path), "%s", file_named("killed.db"));
    snprintf(journal, sizeof(journal), "%s-journal", path);
    add_small_run(path, false);
    for (int round = 0; round < 3; round++) {
        struct stat status;
        ck_assert_int_eq(stat(path, &status), 0);
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            add_big_run(path, 1000000);
            _exit(0);
        }
        /* Its pages spill into the file long before it commits. */
        await_bytes(path, status.st_size + (round + 1) * 65536);
        kill(child, SIGKILL);
        int ended;
        ck_assert_int_eq(waitpid(child, &ended, 0), child);
        ck_assert(WIFSIGNALED(ended));
        ck_assert_int_eq(access(journal, F_OK), 0);
        add_small_run(path, false);
    }
    ck_assert_str_eq(database_ask(path, "PRAGMA integrity_check"), "ok");
    ck_assert_str_eq(database_ask(path, "SELECT count(*) FROM run"), "4");
    ck_assert_str_eq(database_ask(path, "SELECT count(*) FROM command"), "16");
}
END_TEST

START_TEST(a_writer_killed_at_the_first_run_leaves_a_usable_file)
{
    char path[512];
    snprintf(path, sizeof(path), "%s", file_named("first.db"));
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        add_big_run(path, 1000000);
        _exit(0);
    }
    await_bytes(path, 65536);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    add_small_run(path, false);
    ck_assert_str_eq(database_ask(path, "SELECT count(*) FROM run"), "1");
}
END_TEST

START_TEST(four_processes_add_at_once)
{
    enum { PROCESSES = 4, RUNS = 10 };
    char path[512];
    pid_t child[PROCESSES];
    snprintf(path, sizeof(path), "%s", file_named("four.db"));
    for (int i = 0; i < PROCESSES; i++) {
        child[i] = fork();
        ck_assert_int_ge(child[i], 0);
        if (child[i]) continue;
        for (int j = 0; j < RUNS; j++) add_big_run(path, 100);
        _exit(0);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int ended;
        ck_assert_int_eq(waitpid(child[i], &ended, 0), child[i]);
        ck_assert(WIFEXITED(ended));
    }
    ck_assert_str_eq(database_ask(path, "SELECT count(*) FROM run"), "40");
    ck_assert_str_eq(database_ask(path, "SELECT count(*) FROM command"), "4000");
    ck_assert_str_eq(database_ask(path,
                                  "SELECT count(*) FROM (SELECT run_id FROM option GROUP BY run_id "
                                  "HAVING count(*) = 2)"),
                     "40");
}
END_TEST

/* ---- aviary check --------------------------------------------------------------------------- */

START_TEST(stored_histories_are_judged_again)
{
    const char *path = file_named("again.db");
    add_small_run(path, false);
    ck_assert_int_eq(database_check(path, NULL), 0);
    /* Somebody says the second command saw what the third saw. */
    database_execute(path, "UPDATE access SET version = 2 WHERE client = 0 AND seq = 2");
    ck_assert_int_eq(database_check(path, NULL), 1);
    ck_assert_int_eq(database_check(file_named("nowhere.db"), NULL), 2);
}
END_TEST

START_TEST(a_history_read_back_is_the_history)
{
    const char *path = file_named("back.db");
    struct results_run run;
    struct ledger ledger;
    struct catalogue back = {.variables = names_create(), .kinds = names_create()};
    add_small_run(path, true);
    struct results_reader *reader = results_open(path, &error);
    ck_assert_msg(reader != NULL, "%s", error.text);
    ck_assert_int_eq(results_next_run(reader, &run, &error), 1);
    ck_assert_str_eq(run.verdict, "fail");
    ck_assert_uint_eq(run.history_commands, 4);
    ledger_init(&ledger, &back, NULL, LEDGER_ACCESSES);
    ck_assert_int_eq(results_load_history(reader, run.id, &ledger, &back, &error), 0);
    ck_assert_int_eq(results_next_run(reader, &run, &error), 0);
    ck_assert_uint_eq(ledger.command_count, 4);
    ck_assert_uint_eq(ledger.access_count, 4);
    ck_assert_uint_eq(ledger.commands[1].returned_ns, SECOND + 2 * MS);
    ck_assert_str_eq(ledger_name(&ledger, 1).text, "c0.2 post");
    ck_assert_str_eq(ledger_variable_name(&ledger, 0).text, "x");
    ck_assert_uint_eq(ledger.accesses[1].version, 1);
    ck_assert_uint_eq(ledger.accesses[1].mode, ACCESS_READ | ACCESS_WRITE);
    ledger_finish(&ledger);
    results_close(reader);
    names_destroy(back.variables);
    names_destroy(back.kinds);
}
END_TEST

/* ---- tables --------------------------------------------------------------------------------- */

START_TEST(tables_line_up)
{
    char text[512] = "";
    struct table *t = table_create(3, (const char *const[]){"scheme", "k", "throughput [1/s]"});
    table_text(t, "smr");
    table_number(t, 1, 0);
    table_number(t, 31800.26, 1);
    table_text(t, "größer");
    table_number(t, 128, 0);
    table_none(t);
    table_text(t, "x");
    table_number(t, -1234567, 0);
    table_number(t, 999, 0);
    FILE *out = fmemopen(text, sizeof(text), "w");
    table_print(t, out);
    fclose(out);
    table_destroy(t);
    ck_assert_str_eq(text, "scheme           k  throughput [1/s]\n"
                           "smr              1          31 800.3\n"
                           "größer         128                 -\n"
                           "x       -1 234 567               999\n");
}
END_TEST

/* ---- the suite ------------------------------------------------------------------------------ */

static void add_recording(Suite *suite)
{
    TCase *c = tcase_create("recording");
    tcase_add_test(c, buckets_cover_all_values_within_two_percent_of_their_width);
    tcase_add_test(c, percentiles_are_within_one_percent);
    tcase_add_test(c, statistics_count_the_measured_window);
    tcase_add_test(c, percentiles_are_those_of_their_names);
    tcase_add_test(c, a_lost_update_is_the_verdict);
    tcase_add_test(c, without_checks_nothing_is_claimed);
    tcase_add_test(c, tables_line_up);
    suite_add_tcase(suite, c);
}

static void add_store(Suite *suite)
{
    TCase *c = tcase_create("store");
    tcase_add_test(c, a_run_is_stored_whole);
    tcase_add_test(c, every_kind_of_message_has_a_row);
    tcase_add_test(c, the_summary_has_its_columns_and_units);
    tcase_add_test(c, the_raw_history_is_stored_in_nanoseconds);
    tcase_add_test(c, what_was_refused_is_stored_and_no_part_of_the_history);
    tcase_add_test(c, the_manual_names_every_table_and_column);
    tcase_add_test(c, deleting_a_run_leaves_nothing_of_it);
    tcase_add_test(c, a_text_file_is_refused_and_kept);
    tcase_add_test(c, a_database_of_others_is_refused);
    tcase_add_test(c, another_version_is_refused);
    tcase_add_test(c, a_missing_directory_is_refused);
    tcase_add_test(c, probing_creates_nothing);
    tcase_add_test(c, a_read_only_directory_is_refused);
    tcase_add_test(c, a_killed_writer_leaves_no_half_run);
    tcase_add_test(c, a_writer_killed_at_the_first_run_leaves_a_usable_file);
    tcase_add_test(c, four_processes_add_at_once);
    tcase_add_test(c, stored_histories_are_judged_again);
    tcase_add_test(c, a_history_read_back_is_the_history);
    tcase_set_timeout(c, 60);
    suite_add_tcase(suite, c);
}

int main(void)
{
    Suite *suite = suite_create("results");
    add_recording(suite);
    add_store(suite);
    int status = test_main(suite);
    free(scratch);
    return status;
}
