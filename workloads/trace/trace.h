/* trace.h - trace files: one command per line, as the page aviary-trace(5) describes. */
#ifndef AVIARY_WORKLOADS_TRACE_TRACE_H
#define AVIARY_WORKLOADS_TRACE_TRACE_H

#include <stdio.h>

#include "workloads/trace/workload.h"

enum { TRACE_VERSION = 1 };

/* A workload that reads the file as it goes. NULL: error says why. */
struct workload *trace_open(const char *path, struct error *e);
/* The same from an open file, which is closed with the workload (also when this fails). */
struct workload *trace_attach(FILE *file, const char *name, struct error *e);

/* Writes commands so that reading them back gives the same commands with the same numbers of
 * variables and kinds. The file appears at the commit, as a whole. */
struct trace_writer;

/* `catalogue` names what the commands refer to, and may grow meanwhile. NULL: error says why. */
struct trace_writer *trace_writer_create(const char *path, const struct catalogue *catalogue,
                                         struct error *e);
void trace_writer_destroy(struct trace_writer *t);
int trace_writer_add(struct trace_writer *t, const struct trace_command *c, struct error *e);
int trace_writer_commit(struct trace_writer *t, struct error *e);

/* May this be a name of a variable or kind in a trace? (Not empty, no blanks, control characters,
 * commas, '=' or '#', no '@' at the start.) */
bool trace_name_valid(const char *name, uint32_t length);

/* A time that one execution can take, at most COMMAND_COST_NS_MAX. */
int trace_cost(const char *text, uint64_t *ns, struct error *e);

#endif
