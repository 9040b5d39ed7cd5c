/* summary.c - the table of runs (summary.h). */
#include "analysis/results/summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/table.h"
#include "workloads/place/placement.h"

enum { COLUMNS_MAX = 16 };
#define LENGTH(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static void copy_text(char *to, size_t room, const char *from)
{
    snprintf(to, room, "%s", from);
}

static void fill_reasons(struct summary *s, const struct run_result *r)
{
    size_t at = 0;
    bool off = false;
    for (uint32_t i = 0; i < r->property_count && at < sizeof(s->reasons); i++) {
        const struct property *p = &r->properties[i];
        bool unchecked = p->result == RESULT_UNKNOWN && strcmp(p->reason, "off") == 0;
        off |= unchecked;
        if (p->result == RESULT_OK || unchecked) continue;
        at += (size_t)snprintf(s->reasons + at, sizeof(s->reasons) - at, "  %s %s: %s\n", p->name,
                               result_name(p->result), p->reason);
    }
    if (off && at < sizeof(s->reasons))
        snprintf(s->reasons + at, sizeof(s->reasons) - at, "  checks are off\n");
}

void summary_fill(struct summary *s, const struct run_result *r, int64_t run_id)
{
    memset(s, 0, sizeof(*s));
    s->run_id = run_id;
    copy_text(s->scheme, sizeof(s->scheme), r->scheme);
    s->partitions = r->partitions;
    s->seed = r->seed;
    s->throughput_per_s = r->throughput_per_s;
    s->latency = r->latency;
    if (r->measured)
        s->multi_partition_pct = 100.0 * (double)r->measured_multi / (double)r->measured;
    if (r->commands) s->messages_per_command = (double)r->messages / (double)r->commands;
    copy_text(s->placement, sizeof(s->placement), r->placement);
    s->learnt = r->learnt;
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
    fill_reasons(s, r);
}

/* Which columns a table has beside those of all. */
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

/* Tables of static schemes, which never move nor retry, have room for units. */
static struct table *columns(const struct shown *shown)
{
    static const char *const brief[] = {
        "scheme", "k", "cmds/s", "mean ms", "p50", "p95", "p99", "multi %", "msgs",
    };
    static const char *const with_units[] = {
        "scheme",   "k",        "commands/s", "mean [ms]", "p50 [ms]",
        "p95 [ms]", "p99 [ms]", "multi [%]",  "msgs/cmd",
    };
    const char *names[COLUMNS_MAX];
    uint32_t count = 0;
    names[count++] = "run";
    if (shown->transports) names[count++] = "transport";
    for (uint32_t i = 0; i < LENGTH(brief); i++)
        names[count++] = (shown->moving ? brief : with_units)[i];
    if (shown->moving) names[count++] = "moves";
    if (shown->moving) names[count++] = "retries";
    if (shown->plans) names[count++] = "plans";
    if (shown->plans) names[count++] = "gain %";
    names[count++] = "verdict";
    return table_create(count, names);
}

/* How many were announced, of those made. */
static void add_plans(struct table *t, const struct summary *s)
{
    char text[32];
    snprintf(text, sizeof(text), "%" PRIu32 "/%" PRIu32, s->plans_announced, s->plans_made);
    if (s->plans_made)
        table_text(t, text);
    else
        table_none(t);
}

static void add_gain(struct table *t, const struct summary *s)
{
    if (s->plans_announced && isfinite(s->plan_gain_pct))
        table_number(t, s->plan_gain_pct, 0);
    else
        table_none(t);
}

/* Runs of one table have the same knowledge; those of one group have no placement. */
static void print_knowledge(const struct summary *rows, uint32_t count)
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

void summary_print(const struct summary *rows, uint32_t count)
{
    const struct shown shown = shown_in(rows, count);
    struct table *t = columns(&shown);
    for (uint32_t i = 0; i < count; i++) {
        const struct summary *s = &rows[i];
        table_number(t, (double)s->run_id, 0);
        if (shown.transports) table_text(t, s->transport);
        table_text(t, s->scheme);
        table_number(t, s->partitions, 0);
        table_number(t, s->throughput_per_s, 0);
        table_number(t, s->latency.mean_us / 1e3, 2);
        table_number(t, s->latency.p50_us / 1e3, 2);
        table_number(t, s->latency.p95_us / 1e3, 2);
        table_number(t, s->latency.p99_us / 1e3, 2);
        table_number(t, s->multi_partition_pct, 2);
        table_number(t, s->messages_per_command, 1);
        if (shown.moving) table_number(t, (double)s->moves, 0);
        if (shown.moving) table_number(t, (double)s->retries, 0);
        if (shown.plans) add_plans(t, s);
        if (shown.plans) add_gain(t, s);
        table_text(t, result_name(s->verdict));
    }
    table_print(t, stdout);
    table_destroy(t);
    print_knowledge(rows, count);
    print_unannounced(rows, count);
    for (uint32_t i = 0; i < count; i++)
        if (rows[i].reasons[0])
            printf("\nrun %lld (%s, %u partitions, seed %llu):\n%s", (long long)rows[i].run_id,
                   rows[i].scheme, rows[i].partitions, (unsigned long long)rows[i].seed,
                   rows[i].reasons);
}

int summary_status(const struct summary *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (rows[i].verdict == RESULT_FAIL) return 1;
    return 0;
}
