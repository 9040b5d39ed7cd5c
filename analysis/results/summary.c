/* summary.c - the table of runs (summary.h). */
#include "analysis/results/summary.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "analysis/check/statistics.h"
#include "base/table.h"
#include "workloads/place/placement.h"

enum { COLUMNS_MAX = 16 };
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
    s->latency = r->latency;
    if (r->measured)
        s->multi_partition_pct = 100.0 * (double)r->measured_multi / (double)r->measured;
    if (r->commands) s->messages_per_command = (double)r->messages / (double)r->commands;
    copy_text(s->placement, sizeof(s->placement), r->placement);
    s->learnt = r->learnt;
    s->unseen_pct = 100 * r->unseen_share;
    s->moves = r->moves;
    s->retries = r->retries;
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

/* Static schemes never move nor retry: their table has the median instead. All fit a screen. */
static struct table *columns(bool moving, bool transports)
{
    static const char *const with[] = {
        "run", "scheme", "k",    "cmds/s", "mean ms", "p95",
        "p99", "multi%", "msgs", "moves",  "retries", "verdict",
    };
    static const char *const without[] = {
        "run", "scheme", "k", "cmds/s", "mean ms", "p50", "p95", "p99", "multi%", "msgs", "verdict",
    };
    const char *names[COLUMNS_MAX];
    uint32_t count = 0, given = moving ? LENGTH(with) : LENGTH(without);
    for (uint32_t i = 0; i < given; i++) {
        const char *name = moving ? with[i] : without[i];
        if (moving && transports && strcmp(name, "msgs") == 0) continue;
        names[count++] = name;
        if (i == 0 && transports) names[count++] = "over";
    }
    return table_create(count, names);
}

static void add_latency(struct table *t, double us, bool determined)
{
    if (determined)
        table_figure(t, us / 1e3, 2);
    else
        table_none(t);
}

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
void summary_print_knowledge(const struct summary *rows, uint32_t count)
{
    const struct summary *s = rows;
    for (uint32_t i = 1; i < count; i++)
        if (rows[i].unseen_pct > s->unseen_pct) s = &rows[i];
    if (count == 0) return;
    if (strstr(s->placement, PLACEMENT_HINDSIGHT))
        printf("\n%s was given the commands that are measured\n", s->placement);
    if (s->learnt == 0) return;
    printf("\nmeasured after the first %" PRIu64 " commands, from which %s learns\n", s->learnt,
           s->placement);
    if (s->unseen_pct > 0)
        printf("%.1f %% of the accesses are to variables that are new since, and placed by hash\n",
               s->unseen_pct);
}

void summary_print(const struct summary *rows, uint32_t count)
{
    bool moving = false, transports = false;
    for (uint32_t i = 0; i < count; i++) {
        moving = moving || rows[i].moves || rows[i].retries;
        transports = transports || strcmp(rows[i].transport, rows[0].transport) != 0;
    }
    struct table *t = columns(moving, transports);
    for (uint32_t i = 0; i < count; i++) {
        const struct summary *s = &rows[i];
        table_number(t, (double)s->run_id, 0);
        if (transports) table_text(t, s->transport);
        table_text(t, s->scheme);
        table_number(t, s->partitions, 0);
        table_figure(t, s->throughput_per_s, 0);
        add_latency(t, s->latency.mean_us, s->measured > 0);
        if (!moving) add_latency(t, s->latency.p50_us, percentile_determined(s->measured, 0.50));
        add_latency(t, s->latency.p95_us, percentile_determined(s->measured, 0.95));
        add_latency(t, s->latency.p99_us, percentile_determined(s->measured, 0.99));
        table_figure(t, s->multi_partition_pct, 2);
        if (!moving || !transports) table_figure(t, s->messages_per_command, 1);
        if (moving) table_figure(t, (double)s->moves, 0);
        if (moving) table_figure(t, (double)s->retries, 0);
        table_text(t, result_name(s->verdict));
    }
    table_print(t, stdout);
    table_destroy(t);
    print_undetermined(rows, count);
    summary_print_knowledge(rows, count);
    for (uint32_t i = 0; i < count; i++)
        if (rows[i].reasons[0] || rows[i].unchecked)
            printf("\nrun %lld (%s, %u partitions, seed %llu):\n%s%s", (long long)rows[i].run_id,
                   rows[i].scheme, rows[i].partitions, (unsigned long long)rows[i].seed,
                   rows[i].reasons, rows[i].unchecked ? "  checks are off\n" : "");
}

int summary_status(const struct summary *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (rows[i].verdict == RESULT_FAIL) return 1;
    return 0;
}
