/* swarm.c - see swarm.h. */
#include "analysis/swarm/swarm.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/study/jobs.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/interrupts.h"
#include "base/memory.h"
#include "base/progress.h"

/* ---- the sum -------------------------------------------------------------------------------- */

static struct swarm_property *property_named(struct swarm *s, const char *name)
{
    uint32_t i = 0;
    while (i < s->property_count && strcmp(s->property[i].name, name) != 0) i++;
    if (i == s->property_count) {
        s->property = reallocate(s->property, ++s->property_count * sizeof(s->property[0]));
        s->property[i] = (struct swarm_property){.name = name};
    }
    return &s->property[i];
}

static void add_failure(struct swarm *s, uint64_t seed, const struct property *p)
{
    s->failure =
        array_grow(s->failure, &s->failure_room, s->failure_count + 1, sizeof(s->failure[0]));
    s->failure[s->failure_count++] =
        (struct swarm_failure){seed, p->name, allocate_text(p->reason)};
}

static uint32_t number_of(const struct scheme *scheme)
{
    uint32_t i = 0;
    while (scheme_at(i) != scheme) i++;
    return i;
}

static void add(struct swarm *s, uint64_t seed, const struct seed_report *report)
{
    s->runs++;
    s->failed += report->verdict == RESULT_FAIL;
    s->scheme[number_of(report->scheme)][report->verdict]++;
    for (uint32_t i = 0; i < report->property_count; i++) {
        const struct property *p = &report->properties[i];
        property_named(s, p->name)->count[p->result]++;
        if (p->result == RESULT_FAIL) add_failure(s, seed, p);
    }
    for (uint32_t i = 0; i < MARK_COUNT; i++) s->marks[i] += report->marks[i];
}

static int by_name(const void *a, const void *b)
{
    const struct swarm_property *one = a, *other = b;
    return strcmp(one->name, other->name);
}

static int by_seed(const void *a, const void *b)
{
    const struct swarm_failure *one = a, *other = b;
    return (one->seed > other->seed) - (one->seed < other->seed);
}

/* Runs end in any order. */
static void sort(struct swarm *s)
{
    if (s->property_count) qsort(s->property, s->property_count, sizeof(s->property[0]), by_name);
    if (s->failure_count) qsort(s->failure, s->failure_count, sizeof(s->failure[0]), by_seed);
}

/* ---- what processes say --------------------------------------------------------------------- */

/* Runs are quiet: what each writes on standard error is kept in a file of its own, and is the
 * reason if its process dies. */
struct crowd {
    struct swarm *swarm;
    struct jobs *jobs;
    struct said {
        FILE *file; /* NULL: free */
        uint32_t number;
    } * said;
    uint32_t started;
    uint64_t end_ns; /* nothing is started after that */
    struct progress progress;
    char unit[48];
    struct error *error;
    bool wrong;
};

static struct said *said_by(struct crowd *c, uint32_t number)
{
    struct said *said = c->said;
    while (!said->file || said->number != number) said++;
    return said;
}

static int open_said(struct crowd *c, uint32_t number)
{
    struct said *said = c->said;
    while (said->file) said++;
    *said = (struct said){tmpfile(), number};
    return said->file ? 0 : error_errno(c->error, "no temporary file");
}

static void close_said(struct said *said)
{
    if (said->file) fclose(said->file);
    said->file = NULL;
}

/* Puts it behind the text, in one line, without the command line at its end. */
static void read_said(FILE *file, struct error *text)
{
    char line[512];
    rewind(file);
    for (const char *before = ": "; fgets(line, sizeof(line), file); before = "; ") {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "again: ", 7) == 0) return;
        if (line[0]) error_add(text, "%s%s", before, line);
    }
}

/* ---- runs ----------------------------------------------------------------------------------- */

static uint64_t seed_of(const struct swarm *s, uint32_t number)
{
    return s->options->first + number;
}

static void work(void *context, uint32_t number, void *report)
{
    struct crowd *c = context;
    dup2(fileno(said_by(c, number)->file), STDERR_FILENO);
    seed_run(c->swarm->given, seed_of(c->swarm, number), report);
}

static bool may_start(const struct crowd *c)
{
    return !interrupted() && !c->wrong && !jobs_full(c->jobs) &&
           c->started < swarm_options_seeds(c->swarm->options) && clock_now() < c->end_ns;
}

static void start(struct crowd *c)
{
    uint32_t number = c->started++;
    c->wrong = open_said(c, number) < 0 || jobs_start(c->jobs, number, work, c, c->error) < 0;
}

static void show(struct crowd *c)
{
    const struct swarm_options *o = c->swarm->options;
    double share = (double)c->swarm->runs / swarm_options_seeds(o);
    uint64_t now_ns = clock_now();
    if (o->for_ns != UINT64_MAX) {
        double passed =
            1 - (now_ns < c->end_ns ? (double)(c->end_ns - now_ns) : 0) / (double)o->for_ns;
        if (passed > share) share = passed;
    }
    snprintf(c->unit, sizeof(c->unit), "seeds, %" PRIu64 " failed", c->swarm->failed);
    progress_update(&c->progress, share, c->swarm->runs);
}

/* Of several inputs that are wrong any is reported. */
static void end(struct crowd *c)
{
    struct seed_report report;
    struct error died;
    uint32_t number;
    int got = jobs_wait(c->jobs, &number, &report, &died);
    show(c);
    if (got < 0) return;
    struct said *said = said_by(c, number);
    uint64_t seed = seed_of(c->swarm, number);
    if (got == 0) {
        read_said(said->file, &died);
        seed_died(c->swarm->given, seed, died.text, &report);
    }
    close_said(said);
    if (report.wrong) {
        c->wrong = true;
        error_set(c->error, "seed %" PRIu64 ": %s", seed, report.error.text);
        return;
    }
    add(c->swarm, seed, &report);
}

static void begin(struct crowd *c, struct swarm *s, struct error *e)
{
    const struct swarm_options *o = s->options;
    uint64_t now_ns = clock_now();
    *c = (struct crowd){.swarm = s, .error = e};
    c->jobs = jobs_create(o->jobs, sizeof(struct seed_report));
    c->said = allocate_zeroed(o->jobs, sizeof(c->said[0]));
    c->end_ns = o->for_ns < UINT64_MAX - now_ns ? now_ns + o->for_ns : UINT64_MAX;
    progress_init(&c->progress, "swarm", c->unit);
}

static void finish(struct crowd *c)
{
    progress_finish(&c->progress);
    jobs_destroy(c->jobs);
    for (uint32_t i = 0; i < c->swarm->options->jobs; i++) close_said(&c->said[i]);
    free(c->said);
}

int swarm_execute(struct swarm *s, const struct experiment *given,
                  const struct swarm_options *options, struct error *e)
{
    struct crowd c;
    uint32_t schemes = 0;
    while (scheme_at(schemes)) schemes++;
    *s = (struct swarm){.given = given, .options = options};
    s->scheme = allocate_zeroed(schemes, sizeof(s->scheme[0]));
    begin(&c, s, e);
    interrupts_watch();
    for (;;) {
        while (may_start(&c)) start(&c);
        if (interrupted() || jobs_running(c.jobs) == 0) break;
        end(&c);
    }
    s->interrupted = interrupted();
    interrupts_unwatch();
    finish(&c);
    sort(s);
    return c.wrong ? -1 : 0;
}

void swarm_finish(struct swarm *s)
{
    for (uint64_t i = 0; i < s->failure_count; i++) free(s->failure[i].reason);
    free(s->failure);
    free(s->property);
    free(s->scheme);
    *s = (struct swarm){0};
}
