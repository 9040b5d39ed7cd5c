/* summary.c - the table of runs (summary.h). */
#include "analysis/results/summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "analysis/check/statistics.h"
#include "base/table.h"
#include "proto/schemes/scheme.h"
#include "workloads/place/placement.h"

#define LENGTH(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static void copy_text(char *to, size_t room, const char *from)
{
    snprintf(to, room, "%s", from);
}

void summary_add_property(struct summary *s, const char *name, enum result result,
                          const char *reason)
{
    size_t at = strlen(s->reasons);
    if (result == RESULT_OK) return;
    if (result == RESULT_UNKNOWN && strcmp(reason, "off") == 0)
        s->unchecked = true;
    else
        snprintf(s->reasons + at, sizeof(s->reasons) - at, "  %s %s: %s\n", name,
                 result_name(result), reason);
}

void summary_fill(struct summary *s, const struct run_result *r, int64_t run_id)
{
    memset(s, 0, sizeof(*s));
    s->run_id = run_id;
    copy_text(s->scheme, sizeof(s->scheme), r->scheme);
    s->partitions = r->partitions;
    s->seed = r->seed;
    s->throughput_per_s = r->throughput_per_s;
    s->measured = r->measured;
    s->unsettled = r->warmup_rule == WARMUP_MSER && r->warmup_s >= r->measured_s;
    s->latency = r->latency;
    if (r->measured)
        s->multi_partition_pct = 100.0 * (double)r->measured_multi / (double)r->measured;
    if (r->commands) s->messages_per_command = (double)r->messages / (double)r->commands;
    copy_text(s->placement, sizeof(s->placement), r->placement);
    s->learnt = r->learnt;
    s->trace_clients = r->trace_clients;
    for (uint32_t i = 0; i < r->node_count; i++)
        s->clients += strcmp(r->nodes[i].role, "client") == 0;
    s->unseen_pct = 100 * r->unseen_share;
    s->moves = r->moves;
    s->retries = r->retries;
    s->plans_made = r->plan_count;
    s->plans_announced = r->plan_announced;
    s->plan_gain_pct = r->plan_announced ? 100 * r->plan_gain : NAN;
    s->commands = r->commands;
    s->simulated_s = r->simulated_s;
    s->wall_s = r->wall_s;
    s->messages = r->messages;
    s->fingerprint = r->fingerprint;
    s->verdict = r->verdict;
    for (uint32_t i = 0; i < r->property_count; i++) {
        const struct property *p = &r->properties[i];
        summary_add_property(s, p->name, p->result, p->reason);
    }
}

/* ---- columns -------------------------------------------------------------------------------- */

/* What some run of a table has, so that its columns are shown. */
struct shown {
    bool moving, transports, plans;
};

static struct shown shown_in(const struct summary *rows, uint32_t count)
{
    struct shown shown = {0};
    for (uint32_t i = 0; i < count; i++) {
        const struct summary *s = &rows[i];
        shown.moving = shown.moving || s->moves || s->retries;
        shown.transports = shown.transports || strcmp(s->transport, rows[0].transport) != 0;
        shown.plans = shown.plans || s->plans_announced;
    }
    return shown;
}

static void put_run(struct table *t, const struct summary *s)
{
    table_number(t, (double)s->run_id, 0);
}

static void put_transport(struct table *t, const struct summary *s)
{
    table_text(t, s->transport);
}

static void put_scheme(struct table *t, const struct summary *s)
{
    table_text(t, s->scheme);
}

static void put_partitions(struct table *t, const struct summary *s)
{
    table_number(t, s->partitions, 0);
}

static void put_throughput(struct table *t, const struct summary *s)
{
    table_figure(t, s->throughput_per_s, 0);
}

static void put_latency(struct table *t, double us, bool determined)
{
    if (determined)
        table_figure(t, us / 1e3, 2);
    else
        table_none(t);
}

static void put_mean(struct table *t, const struct summary *s)
{
    put_latency(t, s->latency.mean_us, s->measured > 0);
}

static void put_p50(struct table *t, const struct summary *s)
{
    put_latency(t, s->latency.p50_us, percentile_determined(s->measured, 0.50));
}

static void put_p95(struct table *t, const struct summary *s)
{
    put_latency(t, s->latency.p95_us, percentile_determined(s->measured, 0.95));
}

static void put_p99(struct table *t, const struct summary *s)
{
    put_latency(t, s->latency.p99_us, percentile_determined(s->measured, 0.99));
}

static void put_multi(struct table *t, const struct summary *s)
{
    table_figure(t, s->multi_partition_pct, 2);
}

static void put_messages(struct table *t, const struct summary *s)
{
    table_figure(t, s->messages_per_command, 1);
}

static void put_moves(struct table *t, const struct summary *s)
{
    table_figure(t, (double)s->moves, 0);
}

static void put_retries(struct table *t, const struct summary *s)
{
    table_figure(t, (double)s->retries, 0);
}

/* How many were announced, of those made. */
static void put_plans(struct table *t, const struct summary *s)
{
    char text[32];
    snprintf(text, sizeof(text), "%" PRIu32 "/%" PRIu32, s->plans_announced, s->plans_made);
    if (s->plans_made)
        table_text(t, text);
    else
        table_none(t);
}

static void put_gain(struct table *t, const struct summary *s)
{
    if (s->plans_announced && isfinite(s->plan_gain_pct))
        table_number(t, s->plan_gain_pct, 0);
    else
        table_none(t);
}

static void put_verdict(struct table *t, const struct summary *s)
{
    table_text(t, result_name(s->verdict));
}

static bool always(const struct shown *shown)
{
    (void)shown;
    return true;
}

static bool if_moving(const struct shown *shown)
{
    return shown->moving;
}

static bool if_over_several(const struct shown *shown)
{
    return shown->transports;
}

static bool if_planned(const struct shown *shown)
{
    return shown->plans;
}

static bool unless_moving(const struct shown *shown)
{
    return !shown->moving;
}

static bool unless_planned(const struct shown *shown)
{
    return !shown->plans;
}

static bool with_room_for_messages(const struct shown *shown)
{
    return !shown->moving || !(shown->transports || shown->plans);
}

static const struct column {
    const char *name;
    bool (*is_shown)(const struct shown *shown);
    void (*put)(struct table *t, const struct summary *s);
} columns[] = {
    {"run", always, put_run},
    {"over", if_over_several, put_transport},
    {"scheme", always, put_scheme},
    {"k", always, put_partitions},
    {"cmds/s", always, put_throughput},
    {"mean ms", always, put_mean},
    {"p50", unless_moving, put_p50},
    {"p95", unless_planned, put_p95},
    {"p99", always, put_p99},
    {"multi%", always, put_multi},
    {"msgs", with_room_for_messages, put_messages},
    {"moves", if_moving, put_moves},
    {"retries", if_moving, put_retries},
    {"plans", if_planned, put_plans},
    {"gain%", if_planned, put_gain},
    {"verdict", always, put_verdict},
};

static void print_table(const struct summary *rows, uint32_t count)
{
    const char *names[LENGTH(columns)];
    uint32_t shown_count = 0;
    const struct shown shown = shown_in(rows, count);
    for (uint32_t i = 0; i < LENGTH(columns); i++)
        if (columns[i].is_shown(&shown)) names[shown_count++] = columns[i].name;
    struct table *t = table_create(shown_count, names);
    for (uint32_t row = 0; row < count; row++)
        for (uint32_t i = 0; i < LENGTH(columns); i++)
            if (columns[i].is_shown(&shown)) columns[i].put(t, &rows[row]);
    table_print(t, stdout);
    table_destroy(t);
}

/* ---- notes ---------------------------------------------------------------------------------- */

/* Why the table has no percentile of some run. */
static void print_undetermined(const struct summary *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (percentile_determined(rows[i].measured, 0.99)) continue;
        printf("\n-: p50 needs 20 measured commands, p95 200, p99 1 000\n");
        return;
    }
}

/* Runs of one table have the same knowledge; those of one group have no placement. */
/* The commands of a client in the trace come one after the other, from one client of the run. */
void summary_print_trace_clients(const struct summary *rows, uint32_t count)
{
    const struct summary *s = rows;
    for (uint32_t i = 1; i < count; i++)
        if (rows[i].trace_clients && rows[i].clients > s->clients) s = &rows[i];
    if (s->trace_clients == 0 || s->trace_clients >= s->clients) return;
    printf(
        "\nthe trace names %u clients, whose commands keep their order: of the %u clients no more "
        "have any\n",
        s->trace_clients, s->clients);
}

void summary_print_knowledge(const struct summary *rows, uint32_t count)
{
    const struct summary *s = rows;
    for (uint32_t i = 1; i < count; i++)
        if (rows[i].unseen_pct > s->unseen_pct) s = &rows[i];
    if (count == 0) return;
    if (strstr(s->placement, PLACEMENT_HINDSIGHT))
        printf("\n%s was given the commands that are measured\n", s->placement);
    const struct scheme *scheme = scheme_find(s->scheme);
    bool placed = scheme && scheme->partitioned;
    if (s->learnt == 0 && placed && placement_learns(s->placement))
        printf("\n%s knows the graph, which is an input of the workload, as in the papers\n",
               s->placement);
    if (s->learnt == 0) return;
    printf("\nmeasured after the first %" PRIu64 " commands, from which %s learns\n", s->learnt,
           s->placement);
    if (s->unseen_pct > 0)
        printf("%.1f %% of the accesses are to variables that are new since, and placed by hash\n",
               s->unseen_pct);
}

/* A table without columns of plans says why it has none, if any was made. */
static void print_unannounced(const struct summary *rows, uint32_t count)
{
    uint64_t made = 0, announced = 0;
    for (uint32_t i = 0; i < count; i++) {
        made += rows[i].plans_made;
        announced += rows[i].plans_announced;
    }
    if (made > 0 && announced == 0)
        printf("\nnone of %" PRIu64 " plans was predicted to be better, and announced\n", made);
}

static void print_reasons(const struct summary *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (rows[i].reasons[0] || rows[i].unchecked)
            printf("\nrun %lld (%s, %u partitions, seed %llu):\n%s%s", (long long)rows[i].run_id,
                   rows[i].scheme, rows[i].partitions, (unsigned long long)rows[i].seed,
                   rows[i].reasons, rows[i].unchecked ? "  checks are off\n" : "");
}

static void print_unsettled(const struct summary *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!rows[i].unsettled) continue;
        printf("\nrun %lld has not come to rest: half of it was left out as warm-up (--duration)\n",
               (long long)rows[i].run_id);
    }
}

void summary_print(const struct summary *rows, uint32_t count)
{
    print_table(rows, count);
    print_undetermined(rows, count);
    summary_print_knowledge(rows, count);
    summary_print_trace_clients(rows, count);
    print_unannounced(rows, count);
    print_unsettled(rows, count);
    print_reasons(rows, count);
}

int summary_status(const struct summary *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (rows[i].verdict == RESULT_FAIL) return 1;
    return 0;
}
