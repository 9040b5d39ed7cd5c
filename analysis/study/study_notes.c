/* study_notes.c - see study_notes.h. */
#include "analysis/study/study_notes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/study/study_columns.h"

struct notes {
    const struct study *study;
    const struct figures *figures;
    uint32_t count;
    bool compared;
};

static void print_replications(const struct notes *n)
{
    const struct figures *least = n->figures, *most = n->figures;
    for (uint32_t i = 0; i < n->count; i++) {
        if (n->figures[i].runs < least->runs) least = &n->figures[i];
        if (n->figures[i].runs > most->runs) most = &n->figures[i];
    }
    const char *what = most->cell->blocks ? "blocks of the trace" : "seeds";
    if (least->runs == most->runs)
        printf("\n%u runs of each: %s", most->runs, what);
    else
        printf("\n%u to %u runs of each: %s", least->runs, most->runs, what);
    if (most->runs < ESTIMATE_REPLICATIONS_LEAST)
        printf("; fewer than %d give no interval\n", ESTIMATE_REPLICATIONS_LEAST);
    else
        printf("; ±: 95 %% interval%s\n", n->compared ? "; ~: the difference may be chance" : "");
}

static void print_knowledge(const struct notes *n)
{
    const struct summary *s = NULL;
    for (uint32_t i = 0; i < n->count; i++)
        for (uint32_t r = 0; r < n->figures[i].cell->replications; r++) {
            const struct summary *run = &n->figures[i].run[r];
            if (run->run_id && (!s || run->unseen_pct > s->unseen_pct ||
                                strlen(run->placement) > strlen(s->placement)))
                s = run;
        }
    if (s) summary_print_knowledge(s, 1);
}

static void print_trace_clients(const struct notes *n)
{
    const struct summary *most = NULL;
    for (uint32_t i = 0; i < n->count; i++)
        for (uint32_t r = 0; r < n->figures[i].cell->replications; r++) {
            const struct summary *run = &n->figures[i].run[r];
            if (run->trace_clients && (!most || run->clients > most->clients)) most = run;
        }
    if (most) summary_print_trace_clients(most, 1);
}

static void print_reasons(const struct notes *n)
{
    for (uint32_t i = 0; i < n->count; i++) {
        const struct figures *f = &n->figures[i];
        for (uint32_t r = 0; r < f->cell->replications; r++) {
            if (!f->run[r].run_id || !f->run[r].reasons[0]) continue;
            char *again = study_replay(n->study, &study_runs(n->study, f->cell)[r]);
            printf("\nrun %" PRId64 " is %s:\n%sagain: %s\n", f->run[r].run_id,
                   f->run[r].verdict == RESULT_FAIL ? "wrong" : "undecided", f->run[r].reasons,
                   again);
            free(again);
        }
    }
}

/* Cells of which most runs have not. */
static void print_unsettled(const struct notes *n)
{
    const char *before = "\nnot at rest, half of the run was left out as warm-up (--duration):";
    for (uint32_t i = 0; i < n->count; i++) {
        const struct figures *f = &n->figures[i];
        uint32_t unsettled = 0;
        for (uint32_t r = 0; r < f->cell->replications; r++) unsettled += f->run[r].unsettled;
        if (2 * unsettled <= f->runs) continue;
        printf("%s %s k=%u", before, f->cell->first.experiment.scheme->name,
               f->cell->first.experiment.partitions);
        before = ",";
    }
    if (strcmp(before, ",") == 0) printf("\n");
}

static void print_unchecked(const struct notes *n)
{
    for (uint32_t i = 0; i < n->count; i++)
        for (uint32_t r = 0; r < n->figures[i].cell->replications; r++) {
            if (!n->figures[i].run[r].unchecked) continue;
            printf("\nchecks were off\n");
            return;
        }
}

/* Each reason once, with the first run that it concerns. */
static void print_failures(const struct study *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t first = 0, others = 0;
        if (!s->run[i].failure) continue;
        while (!study_same_value(s->run[first].failure, s->run[i].failure)) first++;
        if (first < i) continue;
        for (uint32_t j = i + 1; j < s->count; j++)
            others += study_same_value(s->run[j].failure, s->run[i].failure);
        char *again = study_replay(s, &s->run[i]);
        fflush(stdout);
        fprintf(stderr, "aviary compare: a run failed: %s\n  again: %s\n", s->run[i].failure,
                again);
        if (others) fprintf(stderr, "  and %u others for the same reason\n", others);
        free(again);
    }
}

static void print_store(const struct study *s)
{
    if (s->found && s->id)
        printf("\n%u of %u runs were stored before\n", s->found, s->wanted);
    else if (s->found)
        printf("\nall runs were stored before\n");
    printf("\nresults in %s; for more: sqlite3 -box %s 'SELECT * FROM summary'\n", s->db, s->db);
}

void study_print_notes(const struct study *s, const struct figures *figures, uint32_t count,
                       bool compared)
{
    const struct notes n = {s, figures, count, compared};
    if (count) {
        print_replications(&n);
        print_knowledge(&n);
        print_trace_clients(&n);
        print_unsettled(&n);
        print_unchecked(&n);
        print_reasons(&n);
    }
    print_store(s);
    print_failures(s);
}

bool study_wrong(const struct figures *figures, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (figures[i].verdict == RESULT_FAIL) return true;
    return false;
}
