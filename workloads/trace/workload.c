/* workload.c - opens what -w names: the table of generators, or a trace file (workload.h). */
#include "workloads/trace/workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/lookup.h"
#include "base/memory.h"
#include "workloads/trace/source.h"
#include "workloads/trace/trace.h"

/* A new generator is one line. */
#define GENERATORS(X) \
    X(chirper)        \
    X(kv)             \
    X(interactions)   \
    X(recorded)       \
    X(objects)        \
    X(csv)            \
    X(tpcc)

#define X(name) extern const struct generator name##_workload;
GENERATORS(X)
#undef X

static const struct generator *const generators[] = {
#define X(name) &name##_workload,
    GENERATORS(X)
#undef X
};
enum { GENERATOR_COUNT = sizeof(generators) / sizeof(generators[0]) };

static const struct generator *find(const char *spec, size_t length)
{
    for (size_t i = 0; i < GENERATOR_COUNT; i++)
        if (strlen(generators[i]->name) == length && memcmp(generators[i]->name, spec, length) == 0)
            return generators[i];
    return NULL;
}

static void refuse(const char *spec, struct error *e)
{
    lookup_refuse("trace file or generator", spec, e);
    for (size_t i = 0; i < GENERATOR_COUNT; i++) lookup_list(generators[i]->name, e);
    error_add(e, ", or a path");
}

struct workload *workload_open(const char *spec, uint64_t seed, struct error *e)
{
    size_t length = strcspn(spec, ":");
    const struct generator *g = find(spec, length);
    if (g) {
        char *keys = allocate_text(spec[length] == ':' ? spec + length + 1 : "");
        struct workload *w = g->open(keys, seed, e);
        free(keys);
        return w;
    }
    if (strcmp(spec, "-") == 0) {
        error_set(e, "a workload is read more than once, so not from standard input: give a file");
        return NULL;
    }
    if (!strchr(spec, '/') && access(spec, F_OK) != 0) {
        refuse(spec, e);
        return NULL;
    }
    return trace_open(spec, e);
}

uint64_t workload_executes(const char *spec)
{
    size_t length = strcspn(spec, ":");
    const struct generator *g = find(spec, length);
    if (!g || !g->executes) return 0;
    char *keys = allocate_text(spec[length] == ':' ? spec + length + 1 : "");
    uint64_t variables = g->executes(keys);
    free(keys);
    return variables;
}

void workload_close(struct workload *w)
{
    if (w) w->ops->close(w);
}

int workload_next(struct workload *w, struct trace_command *out, struct error *e)
{
    int got = w->ops->next(w, out, e);
    if (got > 0 && out->at_ns != TIME_NONE) out->at_ns -= w->skipped_ns;
    return got;
}

int workload_rewind(struct workload *w, struct error *e)
{
    struct trace_command c;
    int got = w->ops->rewind(w, e) < 0 ? -1 : 1;
    for (uint64_t i = 0; i < w->skipped && got > 0; i++) got = w->ops->next(w, &c, e);
    return got < 0 ? -1 : 0;
}

int workload_count(struct workload *w, uint64_t most, uint64_t *count, struct error *e)
{
    struct trace_command c;
    int got = 1;
    for (*count = 0; *count < most; (*count)++)
        if ((got = workload_next(w, &c, e)) <= 0) break;
    return got < 0 ? -1 : workload_rewind(w, e);
}

int workload_skip(struct workload *w, uint64_t commands, struct error *e)
{
    struct trace_command c;
    w->skipped = commands;
    w->skipped_ns = 0;
    if (workload_rewind(w, e) < 0) return -1;
    int got = workload_next(w, &c, e);
    if (got < 0) return -1;
    ASSERT(got > 0);
    if (c.at_ns != TIME_NONE) w->skipped_ns = c.at_ns;
    return workload_rewind(w, e);
}

const struct catalogue *workload_catalogue(const struct workload *w)
{
    return &w->catalogue;
}

const struct application *workload_application(const struct workload *w)
{
    return w->application;
}

bool workload_endless(const struct workload *w)
{
    return w->endless;
}

bool workload_recorded(const struct workload *w)
{
    return w->recorded;
}

bool workload_help_at(uint32_t i, struct workload_help *help)
{
    if (i >= GENERATOR_COUNT) return false;
    const struct generator *g = generators[i];
    *help = (struct workload_help){g->name, g->help[0], g->help + 1};
    return true;
}
