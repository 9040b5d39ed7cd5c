/* results_study.c - see results_study.h. */
#include "analysis/results/results_study.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysis/results/results.h"
#include "analysis/results/results_row.h"
#include "analysis/results/results_rows.h"
#include "analysis/results/results_write.h"
#include "proto/topology.h"

enum { VERSION_OF_STUDIES = 6 };

/* ---- studies -------------------------------------------------------------------------------- */

struct study_row {
    const char *command;
    int64_t id;
};

static int add_study(struct results_file *f, void *context, struct error *e)
{
    struct study_row *study = context;
    struct rows rows = {.file = f, .error = e};
    int status = rows_begin(
        &rows, "INSERT INTO study VALUES(NULL, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), ?)");
    if (status == 0) status = rows_add(&rows, "t", study->command);
    study->id = sqlite3_last_insert_rowid(f->db);
    rows_end(&rows);
    return status;
}

int results_study_add(const char *path, const char *command, int64_t *id, struct error *e)
{
    struct study_row study = {command, 0};
    if (results_write(path, add_study, &study, e) < 0) return -1;
    *id = study.id;
    return 0;
}

/* ---- finding runs --------------------------------------------------------------------------- */

static int find(struct results_file *f, const struct results_replication *wanted, uint32_t count,
                int64_t *run_id, struct error *e)
{
    struct results_row row = {.file = f, .table = "run", .keys = 1};
    int status = results_row_begin(&row,
                                   "SELECT max(id) FROM run"
                                   " WHERE cell = ? AND replication = ? AND version = ?",
                                   e);
    for (uint32_t i = 0; status == 0 && i < count; i++) {
        sqlite3_bind_text(row.statement, 1, wanted[i].cell, -1, SQLITE_STATIC);
        sqlite3_bind_text(row.statement, 2, wanted[i].replication, -1, SQLITE_STATIC);
        sqlite3_bind_text(row.statement, 3, wanted[i].version, -1, SQLITE_STATIC);
        if (results_row_next(&row, e) < 0)
            status = -1;
        else if (!results_row_null(&row, 0))
            status = results_row_integer(&row, 0, 1, INT64_MAX, &run_id[i], e);
        sqlite3_reset(row.statement);
    }
    results_row_finish(&row);
    return status;
}

int results_study_find(const char *path, const struct results_replication *wanted, uint32_t count,
                       int64_t *run_id, struct error *e)
{
    struct results_file f;
    memset(run_id, 0, count * sizeof(*run_id));
    if (access(path, F_OK) < 0) return 0;
    if (results_file_open(&f, path, SQLITE_OPEN_READWRITE, e) < 0) return -1;
    int version = results_file_recognise(&f, e);
    int status = version < 0 ? -1 : 0;
    results_file_unlimit(&f); /* by an index, which the file has if it was recognised */
    if (version >= VERSION_OF_STUDIES) status = find(&f, wanted, count, run_id, e);
    results_file_close(&f);
    return status;
}

/* ---- reading a run -------------------------------------------------------------------------- */

static const char *const results[] = {
    [RESULT_OK] = "ok", [RESULT_UNKNOWN] = "unknown", [RESULT_FAIL] = "fail", NULL};

static const char run_query[] =
    "SELECT id, scheme, partitions, seed, placement, throughput_per_s, latency_mean_us,"
    " latency_p50_us, latency_p95_us, latency_p99_us, measured, measured_multi, messages, commands,"
    " moves, retries, coalesce(learnt, 0), coalesce(unseen, 0.0), simulated_s, wall_s, verdict,"
    " (SELECT count(*) FROM plan WHERE run_id = run.id),"
    " (SELECT count(*) FROM plan WHERE run_id = run.id AND announced = 1), plan_gain,"
    " coalesce(trace_clients, 0),"
    " warmup_s >= measured_s AND EXISTS (SELECT * FROM option WHERE run_id = run.id"
    "  AND name = 'warmup' AND value = 'mser-5')"
    " FROM run WHERE id = ?";

static int read_counts(struct results_row *row, struct summary *s, struct error *e)
{
    int64_t partitions, seed, measured, multi, messages, commands, moves, retries, learnt;
    int64_t made, announced, trace_clients;
    if (results_row_integer(row, 2, 1, GROUPS_MAX, &partitions, e) < 0 ||
        results_row_integer(row, 3, INT64_MIN, INT64_MAX, &seed, e) < 0 ||
        results_row_integer(row, 10, 0, INT64_MAX, &measured, e) < 0 ||
        results_row_integer(row, 11, 0, measured, &multi, e) < 0 ||
        results_row_integer(row, 12, 0, INT64_MAX, &messages, e) < 0 ||
        results_row_integer(row, 13, 0, INT64_MAX, &commands, e) < 0 ||
        results_row_integer(row, 14, 0, INT64_MAX, &moves, e) < 0 ||
        results_row_integer(row, 15, 0, INT64_MAX, &retries, e) < 0 ||
        results_row_integer(row, 16, 0, INT64_MAX, &learnt, e) < 0 ||
        results_row_integer(row, 21, 0, UINT32_MAX, &made, e) < 0 ||
        results_row_integer(row, 22, 0, made, &announced, e) < 0 ||
        results_row_integer(row, 24, 0, UINT32_MAX, &trace_clients, e) < 0)
        return -1;
    s->plans_made = (uint32_t)made;
    s->plans_announced = (uint32_t)announced;
    s->partitions = (uint32_t)partitions;
    s->seed = (uint64_t)seed;
    s->multi_partition_pct = measured ? 100.0 * (double)multi / (double)measured : 0;
    s->messages_per_command = commands ? (double)messages / (double)commands : 0;
    s->measured = (uint64_t)measured;
    s->messages = (uint64_t)messages;
    s->commands = (uint64_t)commands;
    s->moves = (uint64_t)moves;
    s->retries = (uint64_t)retries;
    s->learnt = (uint64_t)learnt;
    s->trace_clients = (uint32_t)trace_clients;
    return 0;
}

static int read_figures(struct results_row *row, struct summary *s, struct error *e)
{
    double unseen, gain = NAN;
    if (!results_row_null(row, 23) && results_row_real(row, 23, &gain, e) < 0) return -1;
    if (results_row_real(row, 5, &s->throughput_per_s, e) < 0 ||
        results_row_real(row, 6, &s->latency.mean_us, e) < 0 ||
        results_row_real(row, 7, &s->latency.p50_us, e) < 0 ||
        results_row_real(row, 8, &s->latency.p95_us, e) < 0 ||
        results_row_real(row, 9, &s->latency.p99_us, e) < 0 ||
        results_row_real(row, 17, &unseen, e) < 0 ||
        results_row_real(row, 18, &s->simulated_s, e) < 0 ||
        results_row_real(row, 19, &s->wall_s, e) < 0)
        return -1;
    s->unseen_pct = 100 * unseen;
    s->plan_gain_pct = 100 * gain;
    return 0;
}

static int read_run(struct results_row *row, struct summary *s, struct error *e)
{
    uint32_t verdict;
    int64_t unsettled;
    if (results_row_label(row, 1, s->scheme, sizeof(s->scheme), e) < 0 ||
        results_row_label(row, 4, s->placement, sizeof(s->placement), e) < 0 ||
        read_counts(row, s, e) < 0 || read_figures(row, s, e) < 0 ||
        results_row_word(row, 20, results, &verdict, e) < 0 ||
        results_row_integer(row, 25, 0, 1, &unsettled, e) < 0)
        return -1;
    s->unsettled = unsettled;
    s->verdict = (enum result)verdict;
    return 0;
}

static int read_properties(struct results_row *row, struct results_reading *r, struct error *e)
{
    char name[64], reason[PROPERTY_REASON_BYTES];
    uint32_t result;
    if (results_row_label(row, 1, name, sizeof(name), e) < 0 ||
        results_row_word(row, 2, results, &result, e) < 0 ||
        results_row_label(row, 3, reason, sizeof(reason), e) < 0)
        return -1;
    summary_add_property(&r->summary, name, (enum result)result, reason);
    return 0;
}

static int read_bucket(struct results_row *row, struct results_reading *r, struct error *e)
{
    double low_us, high_us;
    int64_t count;
    if (results_row_real(row, 3, &low_us, e) < 0 || results_row_real(row, 4, &high_us, e) < 0 ||
        results_row_integer(row, 5, 0, INT64_MAX, &count, e) < 0)
        return -1;
    if (low_us < 0 || high_us < low_us)
        return results_row_refuse(row, e, "expected 0 <= low_us <= high_us");
    r->bucket(r->context, low_us, high_us, (uint64_t)count);
    return 0;
}

static int read_summary(struct results_row *row, struct results_reading *r, struct error *e)
{
    return read_run(row, &r->summary, e);
}

/* A query about one run, and what is done with each of its rows. */
struct part {
    const char *table, *query;
    int (*read)(struct results_row *row, struct results_reading *r, struct error *e);
};

static const struct part run_part = {"run", run_query, read_summary};
static const struct part property_part = {
    "property", "SELECT run_id, name, result, reason FROM property WHERE run_id = ?",
    read_properties};
static const struct part latency_part = {
    "latency", "SELECT run_id, kind, scope, low_us, high_us, count FROM latency WHERE run_id = ?",
    read_bucket};

/* The number of rows, or -1 with the error. */
static int read_part(struct results_file *f, const struct part *part, int64_t run_id,
                     struct results_reading *r, struct error *e)
{
    struct results_row row = {.file = f, .table = part->table, .keys = 1};
    int rows = 0, more = results_row_begin(&row, part->query, e);
    if (more == 0) sqlite3_bind_int64(row.statement, 1, run_id);
    while (more >= 0 && (more = results_row_next(&row, e)) > 0) {
        more = part->read(&row, r, e);
        rows++;
    }
    results_row_finish(&row);
    return more < 0 ? -1 : rows;
}

static int read_all(struct results_file *f, int64_t run_id, struct results_reading *r,
                    struct error *e)
{
    int runs = read_part(f, &run_part, run_id, r, e);
    if (runs == 0)
        return error_set(e, "%s: table run: expected id %" PRId64 ", found none", f->path, run_id);
    if (runs < 0 || read_part(f, &property_part, run_id, r, e) < 0) return -1;
    return r->bucket ? read_part(f, &latency_part, run_id, r, e) : 0;
}

int results_study_read(const char *path, int64_t run_id, struct results_reading *reading,
                       struct error *e)
{
    struct results_file f;
    memset(&reading->summary, 0, sizeof(reading->summary));
    reading->summary.run_id = run_id;
    if (results_file_open(&f, path, SQLITE_OPEN_READWRITE, e) < 0) return -1;
    int status = results_file_recognise(&f, e) < 0 ? -1 : read_all(&f, run_id, reading, e);
    results_file_close(&f);
    return status < 0 ? -1 : 0;
}

/* ---- another file --------------------------------------------------------------------------- */

int results_study_probe(const char *path, struct error *e)
{
    struct results_file f;
    if (access(path, R_OK) < 0) return error_errno(e, "%s: cannot open", path);
    if (results_file_open(&f, path, SQLITE_OPEN_READWRITE, e) < 0) return -1;
    int version = results_file_recognise(&f, e);
    results_file_close(&f);
    if (version >= 0 && version < VERSION_OF_STUDIES)
        return error_set(e,
                         "%s: expected runs of aviary compare, found version %d, without studies",
                         path, version);
    return version < 0 ? -1 : 0;
}

static int attach(struct results_file *f, const char *path, struct error *e)
{
    char name[4096];
    sqlite3_stmt *statement = NULL;
    int length = snprintf(name, sizeof(name), "%s%s", *path == '/' ? "" : "./", path);
    if (length >= (int)sizeof(name)) return error_set(e, "%s: the name is too long", path);
    int status = sqlite3_prepare_v2(f->db, "ATTACH ? AS other", -1, &statement, NULL);
    if (status == SQLITE_OK) sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    if (status == SQLITE_OK) status = sqlite3_step(statement);
    sqlite3_finalize(statement);
    return status == SQLITE_DONE ? 0 : results_file_error(f, e);
}

static const char match_query[] =
    "SELECT max(o.id) FROM run r JOIN other.run o"
    " USING (scheme, partitions, replicas, workload, placement, model, replication)"
    " WHERE r.id = ? AND NOT EXISTS (SELECT * FROM option x JOIN other.option y USING (name)"
    "  WHERE x.run_id = r.id AND y.run_id = o.id AND x.value <> y.value"
    "  AND name IN ('clients', 'rate', 'faults', 'transport'))";

/* Where results are kept is no difference. */
static const char difference_query[] =
    "SELECT 'version', o.version, r.version FROM run r JOIN other.run o"
    " WHERE r.id = ?1 AND o.id = ?2 AND r.version <> o.version"
    " UNION ALL SELECT name, y.value, x.value FROM option x JOIN other.option y USING (name)"
    " WHERE x.run_id = ?1 AND y.run_id = ?2 AND x.value <> y.value AND name NOT IN ('db', 'wait')";

static int read_differences(struct results_file *f, const struct results_other *other, int64_t here,
                            int64_t there, struct error *e)
{
    struct results_row row = {.file = f, .table = "option", .keys = 1};
    const char *name, *before, *after;
    uint32_t length;
    int more = results_row_begin(&row, difference_query, e);
    if (more == 0) sqlite3_bind_int64(row.statement, 1, here);
    if (more == 0) sqlite3_bind_int64(row.statement, 2, there);
    while (more >= 0 && (more = results_row_next(&row, e)) > 0) {
        if (results_row_text(&row, 0, &name, &length, e) < 0 ||
            results_row_text(&row, 1, &before, &length, e) < 0 ||
            results_row_text(&row, 2, &after, &length, e) < 0)
            more = -1;
        else
            other->differs(other->context, name, before, after);
    }
    results_row_finish(&row);
    return more;
}

static int match(struct results_file *f, const int64_t *run_id, uint32_t count,
                 const struct results_other *other, int64_t *other_id, struct error *e)
{
    struct results_row row = {.file = f, .table = "run", .keys = 1};
    int status = results_row_begin(&row, match_query, e);
    for (uint32_t i = 0; status == 0 && i < count; i++) {
        if (run_id[i] == 0) continue;
        sqlite3_bind_int64(row.statement, 1, run_id[i]);
        if (results_row_next(&row, e) < 0)
            status = -1;
        else if (!results_row_null(&row, 0))
            status = results_row_integer(&row, 0, 1, INT64_MAX, &other_id[i], e);
        sqlite3_reset(row.statement);
        if (status == 0 && other_id[i] && other->differs)
            status = read_differences(f, other, run_id[i], other_id[i], e);
    }
    results_row_finish(&row);
    return status;
}

int results_study_match(const char *path, const int64_t *run_id, uint32_t count,
                        const struct results_other *other, int64_t *other_id, struct error *e)
{
    struct results_file f;
    memset(other_id, 0, count * sizeof(*other_id));
    if (results_study_probe(other->path, e) < 0) return -1;
    if (results_file_open(&f, path, SQLITE_OPEN_READWRITE, e) < 0) return -1;
    int status = results_file_recognise(&f, e) < 0 ? -1 : 0;
    results_file_unlimit(&f); /* the work grows with the product of two recognised files */
    if (status == 0) status = attach(&f, other->path, e);
    if (status == 0) status = match(&f, run_id, count, other, other_id, e);
    results_file_close(&f);
    return status;
}
