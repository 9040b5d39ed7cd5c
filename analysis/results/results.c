/* results.c - adds a run to the results store (results.h). */
#include "analysis/results/results.h"

#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>

#include "analysis/results/results_file.h"
#include "analysis/results/results_rows.h"
#include "analysis/results/results_write.h"
#include "proto/order/multicast.h"

/* ---- rows ----------------------------------------------------------------------------------- */

static int add_run(struct rows *rows, const struct run_result *r, int64_t *run_id)
{
    char fingerprint[17];
    snprintf(fingerprint, sizeof(fingerprint), "%016" PRIx64, r->fingerprint);
    if (rows_begin(rows, "INSERT INTO run VALUES(NULL, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), "
                         "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                         "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)") < 0)
        return -1;
    const int64_t *study_id = r->study_id ? &r->study_id : NULL;
    int status = rows_add(
        rows, "ttiitttitiffiittffiiiifffffiiiiifottf", r->mode, r->scheme, (int64_t)r->partitions,
        (int64_t)r->replicas, r->workload, r->placement, r->model, (int64_t)r->seed, r->version,
        (int64_t)r->commands, r->simulated_s, r->wall_s, (int64_t)r->events, (int64_t)r->messages,
        fingerprint, result_name(r->verdict), r->warmup_s, r->measured_s, (int64_t)r->measured,
        (int64_t)r->measured_multi, (int64_t)r->retries, (int64_t)r->moves, r->throughput_per_s,
        r->latency.mean_us, r->latency.p50_us, r->latency.p95_us, r->latency.p99_us,
        (int64_t)r->oracle_queries, (int64_t)r->fallbacks, (int64_t)r->exchanged,
        (int64_t)r->exchanged_bytes, (int64_t)r->learnt, r->unseen_share, study_id, r->cell,
        r->replication, r->plan_announced ? r->plan_gain : NAN); /* NAN: it becomes NULL */
    *run_id = sqlite3_last_insert_rowid(rows->file->db);
    return status;
}

static int add_options(struct rows *rows, const struct run_result *r, int64_t id)
{
    int status = rows_begin(rows, "INSERT INTO option VALUES(?, ?, ?)");
    for (uint32_t i = 0; status == 0 && i < r->option_count; i++)
        status = rows_add(rows, "itt", id, r->options[i].name, r->options[i].value);
    return status;
}

static int add_intervals(struct rows *rows, const struct run_result *r, int64_t id)
{
    int status = rows_begin(
        rows, "INSERT INTO interval VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (uint32_t i = 0; status == 0 && i < r->interval_count; i++) {
        const struct result_interval *v = &r->intervals[i];
        status =
            rows_add(rows, "ifiiiiifffffiiii", id, v->t_s, (int64_t)v->completed,
                     (int64_t)v->multi_partition, (int64_t)v->retries, (int64_t)v->moves,
                     (int64_t)v->oracle_queries, v->throughput_per_s, v->latency.mean_us,
                     v->latency.p50_us, v->latency.p95_us, v->latency.p99_us, (int64_t)v->fallbacks,
                     (int64_t)v->exchanged, (int64_t)v->exchanged_bytes, (int64_t)v->attempts_max);
    }
    return status;
}

static int add_latencies(struct rows *rows, const struct run_result *r, int64_t id)
{
    int status = rows_begin(rows, "INSERT INTO latency VALUES(?, ?, ?, ?, ?, ?)");
    for (uint32_t i = 0; status == 0 && i < r->bucket_count; i++) {
        const struct result_bucket *b = &r->buckets[i];
        status = rows_add(rows, "ittffi", id, b->kind, b->scope, b->low_us, b->high_us,
                          (int64_t)b->count);
    }
    return status;
}

static int add_phases(struct rows *rows, const struct run_result *r, int64_t id)
{
    int status = rows_begin(rows, "INSERT INTO phase VALUES(?, ?, ?, ?, ?, ?, ?)");
    for (uint32_t i = 0; status == 0 && i < r->phases_count; i++) {
        const struct result_phases *p = &r->phases[i];
        status = rows_add(rows, "itiffff", id, p->scope, (int64_t)p->count, p->ordering_us,
                          p->waiting_us, p->executing_us, p->replying_us);
    }
    return status;
}

static int add_nodes(struct rows *rows, const struct run_result *r, int64_t id)
{
    int status = rows_begin(rows, "INSERT INTO node VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (uint32_t i = 0; status == 0 && i < r->node_count; i++) {
        const struct result_node *n = &r->nodes[i];
        int64_t partition = n->partition;
        status =
            rows_add(rows, "ittofiiii", id, n->name, n->role, n->partition < 0 ? NULL : &partition,
                     n->cpu_busy_s, (int64_t)n->messages_in, (int64_t)n->messages_out,
                     (int64_t)n->bytes_in, (int64_t)n->bytes_out);
    }
    return status;
}

static int add_messages(struct rows *rows, const struct run_result *r, int64_t id)
{
    int status = rows_begin(rows, "INSERT INTO message VALUES(?, ?, ?, ?, ?, ?)");
    for (uint32_t kind = 0; status == 0 && kind < MESSAGE_KIND_COUNT; kind++) {
        const char *name = multicast_kind_name(r->multicast, kind);
        if (name)
            status = rows_add(rows, "itiiii", id, name, (int64_t)r->message_count[kind],
                              (int64_t)r->message_bytes[kind], (int64_t)r->message_corrupted[kind],
                              (int64_t)r->message_refused[kind]);
    }
    uint64_t corrupted = r->message_corrupted[MESSAGE_KIND_COUNT];
    uint64_t refused = r->message_refused[MESSAGE_KIND_COUNT];
    if (status == 0 && corrupted + refused > 0)
        status = rows_add(rows, "itiiii", id, message_kind_name(MESSAGE_KIND_COUNT), INT64_C(0),
                          INT64_C(0), (int64_t)corrupted, (int64_t)refused);
    return status;
}

/* SQLite stores a NaN, what was not measured, as NULL. */
static int add_plans(struct rows *rows, const struct run_result *r, int64_t id)
{
    int status = rows_begin(
        rows, "INSERT INTO plan VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (uint32_t i = 0; status == 0 && i < r->plan_count; i++) {
        const struct result_plan *p = &r->plans[i];
        int64_t work = (int64_t)p->work, work_before = (int64_t)p->work_before;
        bool predicted = work > 0 || work_before > 0;
        status = rows_add(
            rows, "iifiiififiifooffff", id, (int64_t)p->id, p->t_s, (int64_t)p->vertices,
            (int64_t)p->edges, (int64_t)p->edge_cut, p->imbalance, (int64_t)p->moved,
            p->modelled_ms, (int64_t)p->announced, (int64_t)p->edge_cut_before, p->imbalance_before,
            predicted ? &work : NULL, predicted ? &work_before : NULL, p->before.throughput_per_s,
            p->after.throughput_per_s, p->before.multi_pct, p->after.multi_pct);
    }
    return status;
}

static int add_faults(struct rows *rows, const struct run_result *r, int64_t id)
{
    int status = rows_begin(rows, "INSERT INTO fault VALUES(?, ?, ?)");
    for (uint32_t i = 0; status == 0 && i < r->fault_count; i++)
        status = rows_add(rows, "ift", id, r->faults[i].t_s, r->faults[i].what);
    return status;
}

static int add_properties(struct rows *rows, const struct run_result *r, int64_t id)
{
    int status = rows_begin(rows, "INSERT INTO property VALUES(?, ?, ?, ?)");
    for (uint32_t i = 0; status == 0 && i < r->property_count; i++) {
        const struct property *p = &r->properties[i];
        status = rows_add(rows, "ittt", id, p->name, result_name(p->result), p->reason);
    }
    return status;
}

static int add_history(struct rows *rows, const struct run_result *r, int64_t id)
{
    return r->history ? rows_add_history(rows, id, r) : 0;
}

/* Everything of a run but its row in `run`. */
static int (*const tables[])(struct rows *rows, const struct run_result *r, int64_t id) = {
    add_options,  add_intervals, add_latencies, add_phases,     add_nodes,
    add_messages, add_plans,     add_faults,    add_properties, add_history,
};

/* ---- the transaction ------------------------------------------------------------------------ */

struct adding {
    const struct run_result *result;
    int64_t id;
};

static int add_everything(struct results_file *f, void *context, struct error *e)
{
    struct adding *a = context;
    struct rows rows = {.file = f, .error = e};
    int status = add_run(&rows, a->result, &a->id);
    rows_end(&rows);
    for (size_t i = 0; status == 0 && i < sizeof(tables) / sizeof(tables[0]); i++) {
        status = tables[i](&rows, a->result, a->id);
        rows_end(&rows);
    }
    return status;
}

int results_add(const char *path, const struct run_result *r, int64_t *run_id, struct error *e)
{
    struct adding a = {r, 0};
    if (results_write(path, add_everything, &a, e) < 0) return -1;
    if (run_id) *run_id = a.id;
    return 0;
}
