/* swarm_report.c - see swarm_report.h. */
#include "analysis/swarm/swarm_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"

enum { COLUMNS = 80, SEEDS_LISTED = 10 };

/* ---- tables --------------------------------------------------------------------------------- */

static struct table *begin_table(const char *what, const char *runs)
{
    return table_create(5, (const char *[]){what, runs, "ok", "fail", "unknown"});
}

static void add_row(struct table *t, const char *name, const uint64_t count[SWARM_RESULTS])
{
    static const enum result order[] = {RESULT_OK, RESULT_FAIL, RESULT_UNKNOWN};
    uint64_t sum = 0;
    for (uint32_t i = 0; i < SWARM_RESULTS; i++) sum += count[i];
    table_text(t, name);
    table_number(t, (double)sum, 0);
    for (uint32_t i = 0; i < SWARM_RESULTS; i++) table_number(t, (double)count[order[i]], 0);
}

static void end_table(struct table *t)
{
    table_print(t, stdout);
    table_destroy(t);
    printf("\n");
}

static void print_schemes(const struct swarm *s)
{
    struct table *t = begin_table("scheme", "runs");
    for (uint32_t i = 0; scheme_at(i); i++) {
        const uint64_t *count = s->scheme[i];
        if (count[RESULT_OK] + count[RESULT_FAIL] + count[RESULT_UNKNOWN] > 0)
            add_row(t, scheme_at(i)->name, count);
    }
    end_table(t);
}

static void print_properties(const struct swarm *s)
{
    struct table *t = begin_table("property", "checked");
    for (uint32_t i = 0; i < s->property_count; i++)
        add_row(t, s->property[i].name, s->property[i].count);
    end_table(t);
}

/* ---- marks ---------------------------------------------------------------------------------- */

/* With the names of those that no run has reached, in lines. */
static void print_marks(const struct swarm *s)
{
    uint32_t reached = 0, column = COLUMNS;
    for (uint32_t i = 0; i < MARK_COUNT; i++) reached += s->marks[i] > 0;
    printf("%u of %d rare paths were taken", reached, MARK_COUNT);
    if (reached < MARK_COUNT) printf("; not:");
    for (uint32_t i = 0; i < MARK_COUNT; i++) {
        const char *name = mark_name((enum mark)i);
        uint32_t width = 1 + (uint32_t)strlen(name);
        if (s->marks[i] > 0) continue;
        if (column + width > COLUMNS) {
            printf("\n ");
            column = 1;
        }
        printf(" %s", name);
        column += width;
    }
    printf("\n");
}

/* ---- failures ------------------------------------------------------------------------------- */

static void print_seeds(const struct swarm *s, const char *property)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < s->failure_count; i++) {
        if (strcmp(s->failure[i].property, property) != 0) continue;
        if (++count <= SEEDS_LISTED) printf(" %" PRIu64, s->failure[i].seed);
    }
    if (count > SEEDS_LISTED) printf(" and %" PRIu64 " more", count - SEEDS_LISTED);
}

static void print_failure(const struct swarm *s, const char *property)
{
    const struct swarm_failure *first = s->failure;
    while (strcmp(first->property, property) != 0) first++;
    char *again = seed_replay(s->given, first->seed);
    printf("\n%s failed with seed", property);
    print_seeds(s, property);
    printf("\n  the first: %s\n  again: %s\n", first->reason, again);
    free(again);
}

void swarm_print(const struct swarm *s)
{
    if (s->runs > 0) {
        print_schemes(s);
        print_properties(s);
        print_marks(s);
    }
    for (uint32_t i = 0; i < s->property_count; i++)
        if (s->property[i].count[RESULT_FAIL] > 0) print_failure(s, s->property[i].name);
    printf("\n%s%" PRIu64 " seeds from %" PRIu64 ", %" PRIu64 " failed",
           s->interrupted ? "interrupted: " : "", s->runs, s->options->first, s->failed);
    if (s->failed > 0) printf("; those are kept in %s", s->given->db);
    printf("\n");
}
