/* source.h - the common parts of workloads, for readers and generators.
 *
 * A new kind of workload is one file with a struct that begins with struct workload, three
 * operations, an open function and a constant `NAME_workload`, plus one line in the table of
 * workload.c. */
#ifndef AVIARY_WORKLOADS_TRACE_SOURCE_H
#define AVIARY_WORKLOADS_TRACE_SOURCE_H

#include <stdio.h>

#include "workloads/trace/workload.h"

enum {
    VARIABLE_BYTES_DEFAULT = 64,
    REQUEST_BYTES_DEFAULT = 64,
    REPLY_BYTES_DEFAULT = 64,
    KINDS_MAX = 65535,
};

struct workload_ops {
    /* As workload_next and workload_rewind. */
    int (*next)(struct workload *w, struct trace_command *out, struct error *e);
    int (*rewind)(struct workload *w, struct error *e);
    void (*close)(struct workload *w);
};

struct workload {
    const struct workload_ops *ops;
    struct catalogue catalogue;
    uint32_t bytes_room, granule_room;     /* of the catalogue's arrays */
    const struct application *application; /* NULL: the digest application */
    bool endless;
    bool complete;                /* the catalogue holds all variables from the start */
    bool recorded;                /* its commands were observed, and not drawn by a generator */
    uint64_t skipped, skipped_ns; /* workload_skip() */
};

void source_init(struct workload *w, const struct workload_ops *ops);
void source_finish(struct workload *w);

/* Takes the size of a variable or message from a key of `owner`: 0, or -1 where it is too large. */
int source_set_bytes(const char *owner, uint64_t size, uint32_t *bytes, struct error *e);

/* Finds or adds a variable or a kind (of which there are at most KINDS_MAX: else KINDS_MAX). */
uint32_t source_variable(struct workload *w, const char *name, uint32_t length);
uint16_t source_kind(struct workload *w, const char *name, uint32_t length);

/* A growing list of accesses, for one command. */
struct accesses {
    struct trace_access *access;
    uint32_t count, room;
};

void accesses_add(struct accesses *a, uint32_t variable, uint8_t mode);
/* Sorts by variable and joins the modes of accesses to the same one. */
void accesses_settle(struct accesses *a);

/* Opens a workload by what follows its name. */
struct generator {
    const char *name;
    struct workload *(*open)(char *keys, uint64_t seed, struct error *e); /* keys: to be changed */
    /* What it is; then lines of its keys, as KEY=DEFAULT or KEY=WHAT. All fit a screen when
     * indented by two, and the last is followed by NULL. */
    const char *help[20];
    /* NULL, or it has an application: how many variables it would have; 0 if the keys are wrong. */
    uint64_t (*executes)(char *keys);
};

#endif
