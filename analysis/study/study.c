/* study.c - see study.h. */
#include "config.h"

#include "analysis/study/study.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/experiment/replay.h"
#include "analysis/experiment/runner.h"
#include "analysis/results/results_study.h"
#include "analysis/study/jobs.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/interrupts.h"
#include "base/last_words.h"
#include "base/memory.h"

static const char version[] = PACKAGE_VERSION AVIARY_REVISION;

/* ---- what there is to run ------------------------------------------------------------------- */

static int find_stored(struct study *s, uint32_t from, struct error *e)
{
    uint32_t count = s->count - from;
    struct results_replication *wanted = allocate_zeroed(count, sizeof(*wanted));
    int64_t *id = allocate_zeroed(count, sizeof(*id));
    for (uint32_t i = 0; i < count; i++) {
        const struct study_run *run = &s->run[from + i];
        char *replication = cell_replication(&s->cells, run->cell, run->replication);
        wanted[i] = (struct results_replication){run->cell->name, replication, version};
    }
    int status = results_study_find(s->db, wanted, count, id, e);
    for (uint32_t i = 0; i < count; i++) {
        s->run[from + i].run_id = id[i];
        free((char *)(uintptr_t)wanted[i].replication);
    }
    free(wanted);
    free(id);
    return status;
}

/* Those of the cells from that one on, as they are stored. */
static int add_runs(struct study *s, uint32_t from, struct error *e)
{
    uint32_t first = s->count;
    for (uint32_t i = from; i < s->cells.count; i++) {
        struct cell *cell = s->cells.cell[i];
        cell->first_run = s->count;
        s->run = reallocate(s->run, (s->count + cell->replications) * sizeof(*s->run));
        for (uint32_t r = 0; r < cell->replications; r++)
            s->run[s->count++] = (struct study_run){.cell = cell, .replication = r};
    }
    return s->count == first ? 0 : find_stored(s, first, e);
}

int study_create(struct study *s, const struct experiment *all, const struct study_options *options,
                 struct error *e)
{
    *s = (struct study){.options = options, .db = all->db};
    if (cells_create(&s->cells, all, options, e) < 0) return -1;
    if (add_runs(s, 0, e) < 0) {
        study_finish(s);
        return -1;
    }
    for (uint32_t i = 0; i < s->cells.count && !options->saturate.on; i++)
        study_want(s, s->cells.cell[i], s->cells.cell[i]->replications);
    return 0;
}

const struct cell *study_add(struct study *s, const struct cell *like, const struct cell_load *load,
                             struct error *e)
{
    uint32_t before = s->cells.count;
    const struct cell *cell = cells_with_load(&s->cells, like, load, e);
    return cell && add_runs(s, before, e) == 0 ? cell : NULL;
}

void study_want(struct study *s, const struct cell *cell, uint32_t replications)
{
    struct study_run *run = study_runs(s, cell);
    ASSERT(replications <= cell->replications);
    for (uint32_t i = 0; i < replications; i++) {
        s->wanted += !run[i].wanted;
        s->found += !run[i].wanted && run[i].run_id > 0;
        run[i].wanted = true;
    }
}

void study_finish(struct study *s)
{
    for (uint32_t i = 0; i < s->count; i++) free(s->run[i].failure);
    free(s->run);
    cells_finish(&s->cells);
    *s = (struct study){0};
}

struct study_run *study_runs(const struct study *s, const struct cell *cell)
{
    ASSERT(s->run[cell->first_run].cell == cell);
    return &s->run[cell->first_run];
}

char *study_replay(const struct study *s, const struct study_run *run)
{
    struct cell_run made;
    struct error e;
    if (cell_run_create(&s->cells, run->cell, run->replication, &made, &e) < 0)
        return allocate_text(run->cell->name);
    char *line = replay_line(&made.experiment);
    cell_run_finish(&made);
    return line;
}

/* ---- one run, in a process of its own ------------------------------------------------------- */

struct report {
    int64_t run_id;
    double setup_s, run_s;
    bool failed;
    struct error error;
};

/* What a job needs of the study. */
struct task {
    const struct study *study;
    uint32_t part; /* the run is only one of so many equal parts, and is not stored; 0: all */
    struct preparation *preparation;
};

enum { PARTS = 20 };

/* A part of a recorded workload is a block, of another the time or the commands. */
static void take_part(struct experiment *e, const struct cell *cell, uint32_t parts)
{
    if (cell->blocks) {
        e->block = (e->block - 1) * parts + 1;
        e->blocks *= parts;
    } else if (e->commands != UINT64_MAX) {
        e->commands = e->commands / parts + 1;
    } else {
        uint64_t all_ns = e->duration_ns == UINT64_MAX ? EXPERIMENT_DURATION_NS : e->duration_ns;
        e->duration_ns = all_ns / parts + 1;
    }
}

static int store(const struct study *s, const struct study_run *run, const struct run *made,
                 struct report *report)
{
    char *replication = cell_replication(&s->cells, run->cell, run->replication);
    struct run_result result = *run_result(made);
    result.study_id = s->id;
    result.cell = run->cell->name;
    result.replication = replication;
    int status = results_add(s->db, &result, &report->run_id, &report->error);
    free(replication);
    return status;
}

static void execute(void *context, uint32_t number, void *place)
{
    const struct task *task = context;
    const struct study *s = task->study;
    const struct study_run *run = &s->run[number];
    struct report *report = place;
    struct cell_run made;
    uint64_t begin_ns = clock_now();
    report->failed = true;
    if (cell_run_create(&s->cells, run->cell, run->replication, &made, &report->error) < 0) return;
    made.experiment.preparation = task->preparation;
    if (task->part) take_part(&made.experiment, run->cell, task->part);
    char *again = replay_line(&made.experiment);
    last_words_again(again);
    struct run *r = run_execute(&made.experiment, run->cell->cluster[0], NULL, &report->error);
    if (r && (task->part || store(s, run, r, report) == 0)) {
        report->failed = false;
        report->run_s = run_result(r)->wall_s;
        report->setup_s = (double)(clock_now() - begin_ns) / 1e9 - report->run_s;
    }
    run_destroy(r);
    free(again);
    cell_run_finish(&made);
}

/* ---- cost ----------------------------------------------------------------------------------- */

/* Before anything of a cell has been run its cost is taken to grow with its servers. */
static double guess(const struct study_run *run)
{
    return cell_servers(run->cell);
}

/* The seconds that a run takes: as other replications did, or in proportion to what is known. */
static double expected_s(const struct study *s, const struct study_run *run, double per_guess)
{
    const struct study_run *own = study_runs(s, run->cell);
    double sum_s = 0;
    uint32_t known = 0;
    for (uint32_t i = 0; i < run->cell->replications; i++) {
        sum_s += own[i].wall_s;
        known += own[i].wall_s > 0;
    }
    return known ? sum_s / known : per_guess * guess(run);
}

static bool is_missing(const struct study_run *run)
{
    return run->wanted && run->run_id == 0 && !run->failure;
}

/* The share of the work that is done. */
static double share_done(const struct study *s)
{
    double done_s = 0, guessed = 0, left_s = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        done_s += s->run[i].wall_s;
        if (s->run[i].wall_s > 0) guessed += guess(&s->run[i]);
    }
    if (done_s <= 0) return 0;
    for (uint32_t i = 0; i < s->count; i++)
        if (is_missing(&s->run[i])) left_s += expected_s(s, &s->run[i], done_s / guessed);
    return done_s / (done_s + left_s);
}

/* ---- all runs ------------------------------------------------------------------------------- */

/* The runs that are missing, in the order in which they are started. */
static uint32_t order(const struct study *s, uint32_t replications, uint32_t *numbers)
{
    uint32_t count = 0;
    for (int exclusive = 0; exclusive < 2; exclusive++)
        for (uint32_t r = 0; r < replications; r++)
            for (uint32_t i = 0; i < s->count; i++)
                if (s->run[i].replication == r && is_missing(&s->run[i]) && !s->run[i].started &&
                    s->run[i].cell->cluster[0]->exclusive == exclusive)
                    numbers[count++] = i;
    return count;
}

static void note_end(struct study_run *run, int got, const struct report *report,
                     const struct error *died)
{
    if (!got) {
        run->failure = allocate_text(died->text);
        return;
    }
    run->wall_s = report->setup_s + report->run_s;
    run->run_id = report->run_id;
    if (report->failed) run->failure = allocate_text(report->error.text);
}

struct batch {
    struct study *study;
    struct task task;
    const struct study_growth *growth; /* or NULL */
    struct jobs *jobs;
    uint32_t replications; /* of each cell, at most */
    uint32_t *numbers;     /* of the runs to start, in order */
    uint32_t count, next;
    uint32_t ended;
    bool exclusive; /* what was started last */
};

/* What is to be started, after the study has grown. */
static void plan(struct batch *x)
{
    free(x->numbers);
    x->numbers = allocate_zeroed(x->study->count, sizeof(*x->numbers));
    x->count = order(x->study, x->replications, x->numbers);
    x->next = 0;
}

static int grow(struct batch *x, struct error *e)
{
    if (!x->growth) return 0;
    if (x->growth->grow(x->growth->context, x->study, e) < 0) return -1;
    plan(x);
    return 0;
}

static bool may_start(const struct batch *x)
{
    if (x->next == x->count || interrupted()) return false;
    const struct study_run *run = &x->study->run[x->numbers[x->next]];
    bool alone = run->cell->cluster[0]->exclusive || x->exclusive;
    return alone ? jobs_running(x->jobs) == 0 : !jobs_full(x->jobs);
}

/* What the run has in common with others is made before the fork. An error is reported by the run
 * itself, which meets it, too. */
static void prepare(const struct batch *x, const struct study_run *run)
{
    struct cell_run made;
    struct error e;
    if (cell_run_create(&x->study->cells, run->cell, run->replication, &made, &e) < 0) return;
    scenario_prepare(x->task.preparation, &made.experiment, &e);
    cell_run_finish(&made);
}

static int start(struct batch *x, struct error *e)
{
    uint32_t number = x->numbers[x->next++];
    struct study_run *run = &x->study->run[number];
    run->started = true;
    x->exclusive = run->cell->cluster[0]->exclusive;
    prepare(x, run);
    return jobs_start(x->jobs, number, execute, &x->task, e);
}

/* 0, or -1 with the error: no process can be made. `end` is called for each. */
static int run_jobs(struct batch *x,
                    void (*end)(struct batch *x, struct study_run *run, int got,
                                const struct report *report, const struct error *died),
                    struct error *e)
{
    int status = 0;
    struct report report;
    struct error died;
    while (status == 0 && !interrupted() && (jobs_running(x->jobs) || x->next < x->count)) {
        uint32_t number;
        while (status == 0 && may_start(x)) status = start(x, e);
        if (status < 0) break;
        int got = jobs_wait(x->jobs, &number, &report, &died);
        if (got < 0) continue;
        x->ended++;
        end(x, &x->study->run[number], got, &report, &died);
        status = grow(x, e);
    }
    return status;
}

static struct batch begin(struct study *s, uint32_t replications, uint32_t part)
{
    struct batch x = {
        .study = s,
        .task = {s, part, preparation_create()},
        .jobs = jobs_create(s->options->jobs, sizeof(struct report)),
        .replications = replications,
    };
    plan(&x);
    return x;
}

static void finish(struct batch *x)
{
    jobs_destroy(x->jobs);
    preparation_destroy(x->task.preparation);
    free(x->numbers);
}

struct progressing {
    struct batch x; /* first */
    struct progress progress;
};

static void end_run(struct batch *x, struct study_run *run, int got, const struct report *report,
                    const struct error *died)
{
    struct progressing *p = (struct progressing *)x;
    const struct study_growth *g = x->growth;
    note_end(run, got, report, died);
    double share = g ? g->share_done(g->context, x->study) : share_done(x->study);
    progress_update(&p->progress, share, x->study->found + x->ended);
}

int study_execute(struct study *s, const char *command, const struct study_growth *growth,
                  struct error *e)
{
    struct progressing p = {.x = begin(s, STUDY_REPLICATIONS_MAX, 0)};
    p.x.growth = growth;
    int status = grow(&p.x, e);
    if (status == 0 && p.x.count > 0) status = results_study_add(s->db, command, &s->id, e);
    progress_init(&p.progress, "compare", "runs");
    progress_update(&p.progress, 0, s->found);
    interrupts_watch();
    if (status == 0) status = run_jobs(&p.x, end_run, e);
    s->interrupted = interrupted();
    interrupts_unwatch();
    progress_finish(&p.progress);
    finish(&p.x);
    return status;
}

static void end_part(struct batch *x, struct study_run *run, int got, const struct report *report,
                     const struct error *died)
{
    (void)x, (void)died;
    if (got && !report->failed) run->wall_s = report->setup_s + report->run_s * PARTS;
}

/* From its first runs, of which some may be stored; then any other replication costs the same. */
double study_estimate(struct study *s)
{
    struct error e;
    struct batch x = begin(s, 1, PARTS);
    double sum_s = 0, guessed = 0, known_s = 0;
    run_jobs(&x, end_part, &e);
    finish(&x);
    for (uint32_t i = 0; i < s->count; i++) {
        known_s += s->run[i].wall_s;
        if (s->run[i].wall_s > 0) guessed += guess(&s->run[i]);
    }
    for (uint32_t i = 0; i < s->count; i++)
        if (is_missing(&s->run[i]))
            sum_s += expected_s(s, &s->run[i], guessed > 0 ? known_s / guessed : 0) /
                     (s->run[i].cell->cluster[0]->exclusive ? 1 : s->options->jobs);
    return sum_s;
}
