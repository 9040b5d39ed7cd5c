/* workload.h - a stream of commands with names: a trace file, or a generator.
 *
 * One interface for both: open by the argument of `-w`, read commands one after the other, rewind
 * to read the very same stream again. Nothing is held in memory but the names of variables and
 * kinds. */
#ifndef AVIARY_WORKLOADS_TRACE_WORKLOAD_H
#define AVIARY_WORKLOADS_TRACE_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "proto/application.h"

#define TIME_NONE UINT64_MAX  /* no issue time given */
#define COST_MODEL UINT64_MAX /* the model's cost of this kind */
#define CLIENT_ANY UINT32_MAX /* any client that is free */

/* A name table: dense ids from 0 in order of first appearance. */
struct names;
uint32_t names_intern(struct names *n, const char *name, uint32_t length); /* finds or adds */
uint32_t names_find(const struct names *n, const char *name,
                    uint32_t length);                      /* UINT32_MAX: none */
const char *names_get(const struct names *n, uint32_t id); /* NUL-terminated, valid until destroy */
uint32_t names_count(const struct names *n);
struct names *names_create(void);
void names_destroy(struct names *n);

/* What is known about the variables and kinds read so far; grows while a trace is read. A generator
 * knows all its variables from the start. */
struct catalogue {
    struct names *variables;
    struct names *kinds;
    uint32_t *variable_bytes; /* by variable: its size (default 64 B) */
    uint32_t *granule; /* by variable: the placement unit, a variable's number (default itself) */
    uint32_t initially_absent; /* of a generator: the last ones, which commands create */
};

struct trace_access {
    uint32_t variable;
    uint8_t mode; /* enum access_mode of proto/command.h, or-ed */
};

struct trace_command {
    uint32_t client; /* the trace's own numbering, or CLIENT_ANY */
    uint16_t kind;
    uint64_t at_ns;   /* since the begin of the trace, or TIME_NONE */
    uint64_t cost_ns; /* or COST_MODEL */
    uint32_t request_bytes;
    uint32_t reply_bytes;
    uint32_t access_count; /* 1 .. COMMAND_ACCESSES_MAX */
    const struct trace_access
        *accesses; /* sorted by variable, each once; valid until the next call */
};

struct workload;

/* Open the workload that -w names: a path to a trace (text, plain or .gz .xz .zst), or
 * `name:key=value,...` of the table of generators. `seed` drives generators that are not given
 * their own. NULL: error says why. */
struct workload *workload_open(const char *spec, uint64_t seed, struct error *e);
void workload_close(struct workload *w);

/* The next command: 1, 0 at the end (generators end only with commands=), -1 with the error. */
int workload_next(struct workload *w, struct trace_command *out, struct error *e);
/* Back to the first command; ids stay. */
int workload_rewind(struct workload *w, struct error *e);
/* The number of commands from here to the end, `most` at most; then rewinds. The catalogue is
 * complete if that is the end. */
int workload_count(struct workload *w, uint64_t most, uint64_t *count, struct error *e);
/* From now on the workload begins behind its first `commands`, which must not be all of it, and
 * the time of the first command left counts as 0. Rewinds. */
int workload_skip(struct workload *w, uint64_t commands, struct error *e);

const struct catalogue *workload_catalogue(const struct workload *w);
/* True for a generator without an end: the run needs --commands or --duration. */
bool workload_endless(const struct workload *w);
/* True for traces and other records: a placement can learn from their past only. What a generator
 * draws follows from its keys, which are an input. */
bool workload_recorded(const struct workload *w);

/* The number of variables of a workload of that name that has its own application
 * (workload_application()); 0: it has none, or cannot be opened. */
uint64_t workload_executes(const char *spec);
/* What executes its commands; NULL: the digest application. Lives as long as the workload. */
const struct application *workload_application(const struct workload *w);

/* The table of generators by number, for the help: name, what it is, and lines of its keys with
 * their defaults, ended by NULL. False past the end. */
struct workload_help {
    const char *name, *summary;
    const char *const *keys;
};
bool workload_help_at(uint32_t i, struct workload_help *help);

#endif
