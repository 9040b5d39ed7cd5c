-- A results database of version 2, as aviary wrote it before version 3: its tables and views, and
-- a small run of DynaStar with a history, plans and a crash. Lines are broken, values are as stored.
PRAGMA application_id = 1098281593;
PRAGMA user_version = 2;
BEGIN TRANSACTION;
CREATE TABLE run(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  created_at TEXT NOT NULL,
  mode TEXT NOT NULL CHECK(mode IN ('simulation', 'emulation')),
  scheme TEXT NOT NULL,
  partitions INTEGER NOT NULL,
  replicas INTEGER NOT NULL,
  workload TEXT NOT NULL,
  placement TEXT NOT NULL,
  model TEXT NOT NULL,
  seed INTEGER NOT NULL,
  version TEXT NOT NULL,
  commands INTEGER NOT NULL,
  simulated_s REAL NOT NULL,
  wall_s REAL NOT NULL,
  events INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK(verdict IN ('ok', 'fail', 'unknown')),
  warmup_s REAL NOT NULL,
  measured_s REAL NOT NULL,
  measured INTEGER NOT NULL,
  measured_multi INTEGER NOT NULL,
  retries INTEGER NOT NULL,
  moves INTEGER NOT NULL,
  throughput_per_s REAL NOT NULL,
  latency_mean_us REAL NOT NULL,
  latency_p50_us REAL NOT NULL,
  latency_p95_us REAL NOT NULL,
  latency_p99_us REAL NOT NULL,
  oracle_queries INTEGER NOT NULL,
  fallbacks INTEGER NOT NULL,
  exchanged INTEGER NOT NULL,
  exchanged_bytes INTEGER NOT NULL) STRICT;
INSERT INTO run VALUES(1,'2026-11-30T10:14:35.365Z','simulation','dynastar',2,3,
  'chirper:users=16,degree=2','hash','cluster-2014',1,'0.1.0',12,2.0200000000000000177,
  0.0034759709997160825878,8489,1532,'2e5a1c5263fed8c4','ok',0.00022055400000000000286,
  0.0019849910000000001858,12,1,0,8,6045.3674601043521762,350.41708333333332348,
  276.47949999999997317,689.06299999999998818,689.06299999999998818,0,0,10,10240);
CREATE TABLE option(run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(run_id, name)) STRICT, WITHOUT ROWID;
INSERT INTO option VALUES(1,'check','on');
INSERT INTO option VALUES(1,'clients','2');
INSERT INTO option VALUES(1,'commands','12');
INSERT INTO option VALUES(1,'db','v2.db');
INSERT INTO option VALUES(1,'duration','');
INSERT INTO option VALUES(1,'faults','f.faults');
INSERT INTO option VALUES(1,'hints','1ms');
INSERT INTO option VALUES(1,'history','on');
INSERT INTO option VALUES(1,'imbalance','20%');
INSERT INTO option VALUES(1,'interval','100ms');
INSERT INTO option VALUES(1,'leader-timeout','200ms');
INSERT INTO option VALUES(1,'location-cache','warm');
INSERT INTO option VALUES(1,'model','cluster-2014');
INSERT INTO option VALUES(1,'multicast','basecast');
INSERT INTO option VALUES(1,'outstanding','1');
INSERT INTO option VALUES(1,'partitions','2');
INSERT INTO option VALUES(1,'placement','hash');
INSERT INTO option VALUES(1,'plan-changes','off');
INSERT INTO option VALUES(1,'plan-every','1ms');
INSERT INTO option VALUES(1,'plan-keeps','50%');
INSERT INTO option VALUES(1,'planning','metis');
INSERT INTO option VALUES(1,'plant','none');
INSERT INTO option VALUES(1,'rate','');
INSERT INTO option VALUES(1,'replicas','3');
INSERT INTO option VALUES(1,'retries','3');
INSERT INTO option VALUES(1,'return','yes');
INSERT INTO option VALUES(1,'scheme','dynastar');
INSERT INTO option VALUES(1,'seed','1');
INSERT INTO option VALUES(1,'target','');
INSERT INTO option VALUES(1,'transfer','eager');
INSERT INTO option VALUES(1,'value-cache','none');
INSERT INTO option VALUES(1,'warmup','');
INSERT INTO option VALUES(1,'window','1');
INSERT INTO option VALUES(1,'workload','chirper:users=16,degree=2');
CREATE TABLE interval(run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  t_s REAL NOT NULL,
  completed INTEGER NOT NULL,
  multi_partition INTEGER NOT NULL,
  retries INTEGER NOT NULL,
  moves INTEGER NOT NULL,
  oracle_queries INTEGER NOT NULL,
  throughput_per_s REAL NOT NULL,
  latency_mean_us REAL NOT NULL,
  latency_p50_us REAL NOT NULL,
  latency_p95_us REAL NOT NULL,
  latency_p99_us REAL NOT NULL,
  fallbacks INTEGER NOT NULL,
  exchanged INTEGER NOT NULL,
  exchanged_bytes INTEGER NOT NULL,
  PRIMARY KEY(run_id, t_s)) STRICT, WITHOUT ROWID;
INSERT INTO interval VALUES(1,0.0,12,1,0,8,0,5440.8320845868020114,350.41708333333332348,
  276.47949999999997317,689.06299999999998818,689.06299999999998818,0,10,10240);
CREATE TABLE latency(run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  scope TEXT NOT NULL CHECK(scope IN ('single', 'multi')),
  low_us REAL NOT NULL,
  high_us REAL NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY(run_id, kind, scope, low_us)) STRICT, WITHOUT ROWID;
INSERT INTO latency VALUES(1,'post','multi',688.12800000000004276,696.31899999999995998,1);
INSERT INTO latency VALUES(1,'timeline','single',266.24000000000000909,270.33499999999997954,2);
INSERT INTO latency VALUES(1,'timeline','single',270.33600000000001272,274.43099999999998317,1);
INSERT INTO latency VALUES(1,'timeline','single',274.43200000000001637,278.5269999999999868,3);
INSERT INTO latency VALUES(1,'timeline','single',278.52800000000002,282.62299999999999046,1);
INSERT INTO latency VALUES(1,'timeline','single',286.72000000000002728,290.81499999999999772,1);
INSERT INTO latency VALUES(1,'timeline','single',290.81599999999997408,294.91100000000000135,1);
INSERT INTO latency VALUES(1,'timeline','single',425.98399999999998046,430.07900000000000772,1);
INSERT INTO latency VALUES(1,'timeline','single',581.63199999999994817,589.82299999999997907,1);
CREATE TABLE phase(run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  scope TEXT NOT NULL CHECK(scope IN ('single', 'multi')),
  count INTEGER NOT NULL,
  ordering_us REAL NOT NULL,
  waiting_us REAL NOT NULL,
  executing_us REAL NOT NULL,
  replying_us REAL NOT NULL,
  PRIMARY KEY(run_id, scope)) STRICT, WITHOUT ROWID;
INSERT INTO phase VALUES(1,'multi',1,426.53399999999999179,0.0,189.08199999999999363,
  73.447000000000002726);
INSERT INTO phase VALUES(1,'single',11,215.91745454545454663,13.511909090909091091,20.0,
  70.201727272727282524);
CREATE TABLE node(run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  partition INTEGER,
  cpu_busy_s REAL NOT NULL,
  messages_in INTEGER NOT NULL,
  messages_out INTEGER NOT NULL,
  bytes_in INTEGER NOT NULL,
  bytes_out INTEGER NOT NULL,
  PRIMARY KEY(run_id, name)) STRICT, WITHOUT ROWID;
INSERT INTO node VALUES(1,'c0','client',NULL,4.3071999999999996898e-05,6,7,6164,2070);
INSERT INTO node VALUES(1,'c1','client',NULL,4.1817999999999998402e-05,6,6,7068,1548);
INSERT INTO node VALUES(1,'oracle.r0','oracle',NULL,0.0050434140000000004036,251,252,37374,41224);
INSERT INTO node VALUES(1,'oracle.r1','oracle',NULL,0.001527991000000000028,123,123,19870,18038);
INSERT INTO node VALUES(1,'oracle.r2','oracle',NULL,0.001493345000000000089,120,120,19504,17560);
INSERT INTO node VALUES(1,'p0.r0','replica',0,0.0055372509999999999785,270,270,46832,57292);
INSERT INTO node VALUES(1,'p0.r1','replica',0,0.0018691179999999999079,131,129,26950,21778);
INSERT INTO node VALUES(1,'p0.r2','replica',0,0.0018162499999999999391,129,128,26690,18520);
INSERT INTO node VALUES(1,'p1.r0','replica',1,0.005236868999999999899,143,367,25682,81590);
INSERT INTO node VALUES(1,'p1.r1','replica',1,0.0017401969999999999678,125,127,23506,23470);
INSERT INTO node VALUES(1,'p1.r2','replica',1,5.5115999999999998812e-05,3,3,646,438);
CREATE TABLE message(run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  count INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY(run_id, kind)) STRICT, WITHOUT ROWID;
INSERT INTO message VALUES(1,'accept',206,48332);
INSERT INTO message VALUES(1,'accepted',592,86432);
INSERT INTO message VALUES(1,'fetch',8,1104);
INSERT INTO message VALUES(1,'hard',20,2920);
INSERT INTO message VALUES(1,'heartbeat',606,88476);
INSERT INTO message VALUES(1,'loan',3,3582);
INSERT INTO message VALUES(1,'objects',7,22918);
INSERT INTO message VALUES(1,'plan_need',15,1830);
INSERT INTO message VALUES(1,'plan_part',15,2390);
INSERT INTO message VALUES(1,'received',21,2394);
INSERT INTO message VALUES(1,'reply',12,13232);
INSERT INTO message VALUES(1,'return',3,3582);
INSERT INTO message VALUES(1,'start',24,6336);
CREATE TABLE plan(run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  t_s REAL NOT NULL,
  vertices INTEGER NOT NULL,
  edges INTEGER NOT NULL,
  edge_cut INTEGER NOT NULL,
  imbalance REAL NOT NULL,
  moved INTEGER NOT NULL,
  modelled_ms REAL NOT NULL,
  PRIMARY KEY(run_id, id)) STRICT, WITHOUT ROWID;
INSERT INTO "plan" VALUES(1,1,0.0026434340000000000614,4,0,0,0.0,1,0.014000000000000000291);
INSERT INTO "plan" VALUES(1,2,0.0036609849999999998469,10,28,8,0.11200000000000000233,7,
  0.03500000000000000333);
INSERT INTO "plan" VALUES(1,3,0.0046603890000000000246,10,28,4,0.2000000000000000111,0,
  0.03500000000000000333);
CREATE TABLE fault(run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  t_s REAL NOT NULL,
  what TEXT NOT NULL) STRICT;
INSERT INTO fault VALUES(1,0.0010000000000000000208,'at 1ms crash p1.r2');
CREATE TABLE property(run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  result TEXT NOT NULL CHECK(result IN ('ok', 'fail', 'unknown')),
  reason TEXT NOT NULL,
  PRIMARY KEY(run_id, name)) STRICT, WITHOUT ROWID;
INSERT INTO property VALUES(1,'acyclic-order','ok','');
INSERT INTO property VALUES(1,'all-answered','ok','');
INSERT INTO property VALUES(1,'answered-once','ok','');
INSERT INTO property VALUES(1,'bounded-attempts','ok','');
INSERT INTO property VALUES(1,'executed-once','ok','');
INSERT INTO property VALUES(1,'execution-atomicity','ok','');
INSERT INTO property VALUES(1,'integrity','ok','');
INSERT INTO property VALUES(1,'loans-closed','ok','');
INSERT INTO property VALUES(1,'one-leader','ok','');
INSERT INTO property VALUES(1,'one-owner','ok','');
INSERT INTO property VALUES(1,'oracle-map','ok','');
INSERT INTO property VALUES(1,'plan-order','ok','');
INSERT INTO property VALUES(1,'prefix-order','ok','');
INSERT INTO property VALUES(1,'replica-agreement','ok','');
INSERT INTO property VALUES(1,'replica-state','ok','');
INSERT INTO property VALUES(1,'strict-serializability','ok','');
INSERT INTO property VALUES(1,'timestamp-order','ok','');
INSERT INTO property VALUES(1,'uniform-delivery','ok','');
INSERT INTO property VALUES(1,'views','ok','');
CREATE TABLE command(run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  client INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  issued_ns INTEGER NOT NULL,
  returned_ns INTEGER,
  attempts INTEGER NOT NULL,
  partitions INTEGER NOT NULL,
  status TEXT NOT NULL CHECK(status IN ('ok', 'retry', 'nok', 'executed', 'lost')),
  PRIMARY KEY(run_id, client, seq)) STRICT, WITHOUT ROWID;
INSERT INTO command VALUES(1,0,1,'timeline',0,425998,1,1,'ok');
INSERT INTO command VALUES(1,0,2,'timeline',425998,701983,1,1,'ok');
INSERT INTO command VALUES(1,0,3,'timeline',701983,976935,1,1,'ok');
INSERT INTO command VALUES(1,0,4,'post',976935,1665998,1,2,'ok');
INSERT INTO command VALUES(1,0,5,'timeline',1665998,1935657,1,1,'ok');
INSERT INTO command VALUES(1,0,6,'timeline',1935657,2205544,1,1,'ok');
INSERT INTO command VALUES(1,1,1,'timeline',0,292333,1,1,'ok');
INSERT INTO command VALUES(1,1,2,'timeline',292333,574430,1,1,'ok');
INSERT INTO command VALUES(1,1,3,'timeline',574430,864485,1,1,'ok');
INSERT INTO command VALUES(1,1,4,'timeline',864485,1142591,1,1,'ok');
INSERT INTO command VALUES(1,1,5,'timeline',1142591,1726904,1,1,'ok');
INSERT INTO command VALUES(1,1,6,'timeline',1726904,1999461,1,1,'ok');
CREATE TABLE access(  run_id INTEGER NOT NULL,
  client INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  variable TEXT NOT NULL,
  mode TEXT NOT NULL CHECK(mode IN ('r', 'w', 'rw')),
  version INTEGER,
  PRIMARY KEY(run_id, client, seq, variable),
  FOREIGN KEY(run_id, client, seq) REFERENCES command ON DELETE CASCADE) STRICT, WITHOUT ROWID;
INSERT INTO access VALUES(1,0,1,'u7','r',0);
INSERT INTO access VALUES(1,0,2,'u8','r',0);
INSERT INTO access VALUES(1,0,3,'u5','r',0);
INSERT INTO access VALUES(1,0,4,'u10','rw',0);
INSERT INTO access VALUES(1,0,4,'u11','rw',0);
INSERT INTO access VALUES(1,0,4,'u12','rw',0);
INSERT INTO access VALUES(1,0,4,'u13','rw',0);
INSERT INTO access VALUES(1,0,4,'u14','rw',0);
INSERT INTO access VALUES(1,0,4,'u15','rw',0);
INSERT INTO access VALUES(1,0,4,'u8','r',0);
INSERT INTO access VALUES(1,0,4,'u9','rw',0);
INSERT INTO access VALUES(1,0,5,'u5','r',0);
INSERT INTO access VALUES(1,0,6,'u5','r',0);
INSERT INTO access VALUES(1,1,1,'u5','r',0);
INSERT INTO access VALUES(1,1,2,'u5','r',0);
INSERT INTO access VALUES(1,1,3,'u12','r',0);
INSERT INTO access VALUES(1,1,4,'u5','r',0);
INSERT INTO access VALUES(1,1,5,'u5','r',0);
INSERT INTO access VALUES(1,1,6,'u10','r',1);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('run',1);
CREATE INDEX fault_run ON fault(run_id, t_s);
CREATE VIEW summary AS SELECT  id AS run_id, mode, scheme, partitions, workload, placement,
  throughput_per_s,
  latency_mean_us / 1000 AS latency_mean_ms,
  latency_p50_us / 1000 AS latency_p50_ms,
  latency_p95_us / 1000 AS latency_p95_ms,
  latency_p99_us / 1000 AS latency_p99_ms,

  CASE WHEN measured > 0 THEN 100.0 * measured_multi / measured END AS multi_partition_pct,
  moves, retries,

  CASE WHEN commands > 0 THEN 1.0 * messages / commands END AS messages_per_command,
  verdict, oracle_queries, fallbacks FROM run;
CREATE VIEW prediction AS SELECT  e.id AS emulation_id, s.id AS simulation_id,
  e.scheme, e.partitions, e.workload, e.placement,
  (SELECT value FROM option WHERE run_id = e.id AND name = 'clients') AS clients,
  (SELECT value FROM option WHERE run_id = e.id AND name = 'rate') AS rate,
  (SELECT value FROM option WHERE run_id = e.id AND name = 'transport') AS transport, s.model,
  e.throughput_per_s AS throughput_measured_per_s,
  s.throughput_per_s AS throughput_predicted_per_s,
  100.0 * (s.throughput_per_s - e.throughput_per_s) / nullif(e.throughput_per_s,
  0) AS throughput_error_pct, e.latency_mean_us / 1000 AS latency_mean_measured_ms,
  s.latency_mean_us / 1000 AS latency_mean_predicted_ms,
  100.0 * (s.latency_mean_us - e.latency_mean_us) / nullif(e.latency_mean_us,
  0) AS latency_mean_error_pct, e.latency_p50_us / 1000 AS latency_p50_measured_ms,
  s.latency_p50_us / 1000 AS latency_p50_predicted_ms,
  100.0 * (s.latency_p50_us - e.latency_p50_us) / nullif(e.latency_p50_us,
  0) AS latency_p50_error_pct, e.latency_p95_us / 1000 AS latency_p95_measured_ms,
  s.latency_p95_us / 1000 AS latency_p95_predicted_ms,
  100.0 * (s.latency_p95_us - e.latency_p95_us) / nullif(e.latency_p95_us,
  0) AS latency_p95_error_pct FROM run e JOIN run s USING (scheme, partitions, replicas,
  workload, placement) WHERE e.mode = 'emulation' AND s.mode = 'simulation'
  AND (s.model LIKE '%/%' OR s.model LIKE '%.model' OR s.model LIKE '%.model:%')
  AND NOT EXISTS (SELECT * FROM option a JOIN option b USING (name)
  WHERE a.run_id = e.id AND b.run_id = s.id AND a.value <> b.value
  AND name NOT IN ('model', 'db', 'jobs', 'check', 'history', 'interval', 'duration',
  'commands', 'warmup', 'leader-timeout'));
COMMIT;
