/* results_schema.c - the results store's tables and views (results_schema.h). */
#include "analysis/results/results_schema.h"

#include <stddef.h>

#include "analysis/results/results.h"

/* Raw rows cascade with their run, so that deleting a run leaves nothing behind. */
#define RUN_ID "run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE"

static const char oldest[] =
    "CREATE TABLE run("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  created_at TEXT NOT NULL,"
    "  mode TEXT NOT NULL CHECK(mode IN ('simulation', 'emulation')),"
    "  scheme TEXT NOT NULL,"
    "  partitions INTEGER NOT NULL,"
    "  replicas INTEGER NOT NULL,"
    "  workload TEXT NOT NULL,"
    "  placement TEXT NOT NULL,"
    "  model TEXT NOT NULL,"
    "  seed INTEGER NOT NULL,"
    "  version TEXT NOT NULL,"
    "  commands INTEGER NOT NULL,"
    "  simulated_s REAL NOT NULL,"
    "  wall_s REAL NOT NULL,"
    "  events INTEGER NOT NULL,"
    "  messages INTEGER NOT NULL,"
    "  fingerprint TEXT NOT NULL,"
    "  verdict TEXT NOT NULL CHECK(verdict IN ('ok', 'fail', 'unknown')),"
    "  warmup_s REAL NOT NULL,"
    "  measured_s REAL NOT NULL,"
    "  measured INTEGER NOT NULL,"
    "  measured_multi INTEGER NOT NULL,"
    "  retries INTEGER NOT NULL,"
    "  moves INTEGER NOT NULL,"
    "  throughput_per_s REAL NOT NULL,"
    "  latency_mean_us REAL NOT NULL,"
    "  latency_p50_us REAL NOT NULL,"
    "  latency_p95_us REAL NOT NULL,"
    "  latency_p99_us REAL NOT NULL,"
    "  oracle_queries INTEGER NOT NULL,"
    "  fallbacks INTEGER NOT NULL,"
    "  exchanged INTEGER NOT NULL,"
    "  exchanged_bytes INTEGER NOT NULL"
    ") STRICT;"

    "CREATE TABLE option(" RUN_ID ","
    "  name TEXT NOT NULL,"
    "  value TEXT NOT NULL,"
    "  PRIMARY KEY(run_id, name)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE interval(" RUN_ID ","
    "  t_s REAL NOT NULL,"
    "  completed INTEGER NOT NULL,"
    "  multi_partition INTEGER NOT NULL,"
    "  retries INTEGER NOT NULL,"
    "  moves INTEGER NOT NULL,"
    "  oracle_queries INTEGER NOT NULL,"
    "  throughput_per_s REAL NOT NULL,"
    "  latency_mean_us REAL NOT NULL,"
    "  latency_p50_us REAL NOT NULL,"
    "  latency_p95_us REAL NOT NULL,"
    "  latency_p99_us REAL NOT NULL,"
    "  fallbacks INTEGER NOT NULL,"
    "  exchanged INTEGER NOT NULL,"
    "  exchanged_bytes INTEGER NOT NULL,"
    "  PRIMARY KEY(run_id, t_s)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE latency(" RUN_ID ","
    "  kind TEXT NOT NULL,"
    "  scope TEXT NOT NULL CHECK(scope IN ('single', 'multi')),"
    "  low_us REAL NOT NULL,"
    "  high_us REAL NOT NULL,"
    "  count INTEGER NOT NULL,"
    "  PRIMARY KEY(run_id, kind, scope, low_us)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE phase(" RUN_ID ","
    "  scope TEXT NOT NULL CHECK(scope IN ('single', 'multi')),"
    "  count INTEGER NOT NULL,"
    "  ordering_us REAL NOT NULL,"
    "  waiting_us REAL NOT NULL,"
    "  executing_us REAL NOT NULL,"
    "  replying_us REAL NOT NULL,"
    "  PRIMARY KEY(run_id, scope)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE node(" RUN_ID ","
    "  name TEXT NOT NULL,"
    "  role TEXT NOT NULL,"
    "  partition INTEGER,"
    "  cpu_busy_s REAL NOT NULL,"
    "  messages_in INTEGER NOT NULL,"
    "  messages_out INTEGER NOT NULL,"
    "  bytes_in INTEGER NOT NULL,"
    "  bytes_out INTEGER NOT NULL,"
    "  PRIMARY KEY(run_id, name)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE message(" RUN_ID ","
    "  kind TEXT NOT NULL,"
    "  count INTEGER NOT NULL,"
    "  bytes INTEGER NOT NULL,"
    "  PRIMARY KEY(run_id, kind)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE plan(" RUN_ID ","
    "  id INTEGER NOT NULL,"
    "  t_s REAL NOT NULL,"
    "  vertices INTEGER NOT NULL,"
    "  edges INTEGER NOT NULL,"
    "  edge_cut INTEGER NOT NULL,"
    "  imbalance REAL NOT NULL,"
    "  moved INTEGER NOT NULL,"
    "  modelled_ms REAL NOT NULL,"
    "  PRIMARY KEY(run_id, id)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE fault(" RUN_ID ","
    "  t_s REAL NOT NULL,"
    "  what TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX fault_run ON fault(run_id, t_s);"

    "CREATE TABLE property(" RUN_ID ","
    "  name TEXT NOT NULL,"
    "  result TEXT NOT NULL CHECK(result IN ('ok', 'fail', 'unknown')),"
    "  reason TEXT NOT NULL,"
    "  PRIMARY KEY(run_id, name)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE command(" RUN_ID ","
    "  client INTEGER NOT NULL,"
    "  seq INTEGER NOT NULL,"
    "  kind TEXT NOT NULL,"
    "  issued_ns INTEGER NOT NULL,"
    "  returned_ns INTEGER,"
    "  attempts INTEGER NOT NULL,"
    "  partitions INTEGER NOT NULL,"
    "  status TEXT NOT NULL CHECK(status IN ('ok', 'retry', 'nok', 'executed', 'lost')),"
    "  PRIMARY KEY(run_id, client, seq)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE access("
    "  run_id INTEGER NOT NULL,"
    "  client INTEGER NOT NULL,"
    "  seq INTEGER NOT NULL,"
    "  variable TEXT NOT NULL,"
    "  mode TEXT NOT NULL CHECK(mode IN ('r', 'w', 'rw')),"
    "  version INTEGER,"
    "  PRIMARY KEY(run_id, client, seq, variable),"
    "  FOREIGN KEY(run_id, client, seq) REFERENCES command ON DELETE CASCADE"
    ") STRICT, WITHOUT ROWID;";

const char *const results_steps[] = {
    oldest,
    "ALTER TABLE interval ADD COLUMN attempts_max INTEGER;",
    "ALTER TABLE command ADD COLUMN digest INTEGER;"
    "ALTER TABLE access ADD COLUMN life TEXT CHECK(life IN ('create', 'delete'));"
    "CREATE TABLE variable(" RUN_ID ","
    "  name TEXT NOT NULL,"
    "  number INTEGER NOT NULL,"
    "  at_start INTEGER NOT NULL CHECK(at_start IN (0, 1)),"
    "  partition INTEGER,"
    "  version INTEGER,"
    "  value INTEGER,"
    "  PRIMARY KEY(run_id, name)"
    ") STRICT, WITHOUT ROWID;",
    "ALTER TABLE message ADD COLUMN corrupted INTEGER;"
    "ALTER TABLE message ADD COLUMN refused INTEGER;"
    "ALTER TABLE run ADD COLUMN learnt INTEGER;"
    "ALTER TABLE run ADD COLUMN unseen REAL;",
    "CREATE TABLE study("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  created_at TEXT NOT NULL,"
    "  command TEXT NOT NULL"
    ") STRICT;"
    "ALTER TABLE run ADD COLUMN study_id INTEGER REFERENCES study(id) ON DELETE SET NULL;"
    "ALTER TABLE run ADD COLUMN cell TEXT;"
    "ALTER TABLE run ADD COLUMN replication TEXT;"
    "ALTER TABLE run ADD COLUMN plan_gain REAL;"
    "CREATE INDEX run_cell ON run(cell, replication, version);"
    "ALTER TABLE plan ADD COLUMN announced INTEGER CHECK(announced IN (0, 1));"
    "ALTER TABLE plan ADD COLUMN edge_cut_before INTEGER;"
    "ALTER TABLE plan ADD COLUMN imbalance_before REAL;"
    "ALTER TABLE plan ADD COLUMN predicted_work INTEGER;"
    "ALTER TABLE plan ADD COLUMN predicted_work_before INTEGER;"
    "ALTER TABLE plan ADD COLUMN throughput_before_per_s REAL;"
    "ALTER TABLE plan ADD COLUMN throughput_after_per_s REAL;"
    "ALTER TABLE plan ADD COLUMN multi_partition_before_pct REAL;"
    "ALTER TABLE plan ADD COLUMN multi_partition_after_pct REAL;",
};
_Static_assert(sizeof(results_steps) / sizeof(results_steps[0]) ==
                   RESULTS_USER_VERSION - RESULTS_VERSION_OLDEST + 1,
               "a step to each version");

/* A simulation's prediction of an emulation: one figure as three columns. */
#define PREDICTED(name, column, scale, unit)                                          \
    ", e." column scale " AS " name "_measured_" unit ", s." column scale " AS " name \
    "_predicted_" unit ", 100.0 * (s." column " - e." column ") / nullif(e." column   \
    ", 0) AS " name "_error_pct"

/* No option of another run differs from this run's, except those named. Where storage is, is no
 * difference: of an emulation a directory, of a simulation `on`. */
#define OPTIONS_AGREE(a, b, but)                                                                 \
    " NOT EXISTS (SELECT * FROM option x JOIN option y USING (name)"                             \
    "  WHERE x.run_id = " a " AND y.run_id = " b " AND x.value <> y.value AND name NOT IN (" but \
    ") AND NOT (name = 'durable' AND x.value <> 'off' AND y.value <> 'off'))"

/* Options that two comparable runs need not share: of observation and execution, not of the
 * experiment. */
#define HOW_IT_WAS_WATCHED "'db', 'jobs', 'check', 'history', 'interval', 'warmup'"
#define HOW_IT_WAS_RUN HOW_IT_WAS_WATCHED ", 'model', 'duration', 'commands', 'leader-timeout'"

#define EMULATION_OPTION(name) \
    ", (SELECT value FROM option WHERE run_id = e.id AND name = '" name "')"

/* clang-format off */
static const char summary[] =
    "SELECT"
    "  id AS run_id, mode, scheme, partitions, workload, placement, throughput_per_s,"
    "  latency_mean_us / 1000 AS latency_mean_ms,"
    "  CASE WHEN measured >= 20 THEN latency_p50_us / 1000 END AS latency_p50_ms,"
    "  CASE WHEN measured >= 200 THEN latency_p95_us / 1000 END AS latency_p95_ms,"
    "  CASE WHEN measured >= 1000 THEN latency_p99_us / 1000 END AS latency_p99_ms,"
    "  CASE WHEN measured > 0 THEN 100.0 * measured_multi / measured END AS multi_partition_pct,"
    "  moves, retries,"
    "  CASE WHEN commands > 0 THEN 1.0 * messages / commands END AS messages_per_command,"
    "  verdict, oracle_queries, fallbacks"
    " FROM run";

static const char prediction[] =
    "SELECT"
    "  e.id AS emulation_id, s.id AS simulation_id,"
    "  e.scheme, e.partitions, e.workload, e.placement"
    EMULATION_OPTION("clients") " AS clients"
    EMULATION_OPTION("rate") " AS rate"
    EMULATION_OPTION("transport") " AS transport"
    ", s.model"
    PREDICTED("throughput", "throughput_per_s", "", "per_s")
    PREDICTED("latency_mean", "latency_mean_us", " / 1000", "ms")
    PREDICTED("latency_p50", "latency_p50_us", " / 1000", "ms")
    PREDICTED("latency_p95", "latency_p95_us", " / 1000", "ms")
    " FROM run e JOIN run s USING (scheme, partitions, replicas, workload, placement)"
    " WHERE e.mode = 'emulation' AND s.mode = 'simulation'"
    "  AND (s.model LIKE '%/%' OR s.model LIKE '%.model' OR s.model LIKE '%.model:%')"
    "  AND" OPTIONS_AGREE("e.id", "s.id", HOW_IT_WAS_RUN);

/* Of each fault: what happened without its time, the end of the measured window, the step of the
 * time series, and the shortest window of whole steps that is not below 50 ms. Then the rate to
 * compare with: that of the same run with the same node crashed from the begin, or the run's own
 * before. Times are compared with a margin for their binary fractions. */
static const char failover[] =
    "WITH happened AS (SELECT f.rowid AS id, run_id, t_s,"
    "   CASE WHEN what LIKE 'at %' THEN substr(what, 4 + instr(substr(what, 4), ' ')) ELSE what END"
    "    AS fault,"
    "   warmup_s + measured_s AS end_s,"
    "   (SELECT min(t_s) FROM interval i WHERE i.run_id = f.run_id AND i.t_s > 0) AS step_s"
    "   FROM fault f JOIN run ON run.id = run_id),"
    "  timed AS (SELECT *, step_s * max(1, CAST(0.05 / step_s + 0.999 AS INTEGER)) AS window_s,"
    "   CASE WHEN fault LIKE 'crash %' THEN (SELECT max(o.run_id) FROM happened o"
    "     JOIN run b ON b.id = o.run_id JOIN run a ON a.id = h.run_id"
    "     WHERE o.t_s = 0 AND o.fault = h.fault"
    "     AND (SELECT count(*) FROM fault WHERE run_id = b.id) = 1"
    "     AND (a.mode, a.scheme, a.partitions, a.replicas, a.seed)"
    "       = (b.mode, b.scheme, b.partitions, b.replicas, b.seed)"
    "     AND (a.workload, a.placement, a.model) = (b.workload, b.placement, b.model)"
    "     AND" OPTIONS_AGREE("a.id", "b.id", HOW_IT_WAS_WATCHED ", 'faults'") ")"
    "    END AS reference_id FROM happened h),"
    "  referred AS (SELECT *, coalesce("
    "    (SELECT sum(completed) / (max(end_s) - min(i.t_s)) FROM interval i"
    "     JOIN (SELECT id, warmup_s + measured_s AS end_s FROM run) b ON b.id = i.run_id"
    "     WHERE i.run_id = reference_id AND i.t_s >= b.end_s / 2),"
    "    (SELECT sum(completed) / (count(*) * step_s) FROM interval i WHERE i.run_id = timed.run_id"
    "     AND i.t_s >= timed.t_s / 2 AND i.t_s + step_s <= timed.t_s + 1e-9)"
    "   ) AS reference_per_s FROM timed),"
    "  windows AS (SELECT timed.id, min(i.t_s) + window_s AS end_s,"
    "    sum(completed) / window_s AS per_s"
    "   FROM timed JOIN interval i USING (run_id)"
    "   WHERE i.t_s > timed.t_s - window_s - 1e-9 AND i.t_s < timed.t_s + 5 + window_s"
    "   GROUP BY timed.id, CAST((i.t_s + step_s / 2) / window_s AS INTEGER)"
    "   HAVING count(*) = CAST(window_s / step_s + 0.5 AS INTEGER)"
    "    AND min(i.t_s) + window_s > timed.t_s + 1e-9 AND min(i.t_s) < timed.t_s + 5 - 1e-9"
    "    AND min(i.t_s) + window_s <= timed.end_s + 1e-9)"
    " SELECT run_id, fault, t_s, reference_per_s, min(per_s) AS lowest_per_s,"
    "  CASE WHEN reference_per_s > 0 AND count(per_s) > 0 THEN"
    "   coalesce(max(CASE WHEN per_s < 0.8 * reference_per_s THEN w.end_s END) - t_s, 0.0)"
    "   END AS below_80_s,"
    "  (SELECT max(attempts_max) FROM interval i"
    "   WHERE i.run_id = r.run_id AND i.t_s + step_s > r.t_s + 1e-9) AS attempts_max"
    " FROM referred r LEFT JOIN windows w USING (id) GROUP BY id";
/* clang-format on */

const struct results_view results_views[] = {
    {"summary", summary}, {"prediction", prediction}, {"failover", failover}, {NULL, NULL}};
