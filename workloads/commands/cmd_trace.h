/* cmd_trace.h - the common parts of the sub-commands of `aviary trace`. */
#ifndef AVIARY_WORKLOADS_COMMANDS_CMD_TRACE_H
#define AVIARY_WORKLOADS_COMMANDS_CMD_TRACE_H

#include <stdint.h>

#include "base/options.h"
#include "workloads/trace/workload.h"

/* Each gets its own name as argv[0] and returns the exit status of the program. */
int cmd_trace_generate(int argc, char **argv);
int cmd_trace_import(int argc, char **argv);
int cmd_trace_info(int argc, char **argv);

/* The commands of a workload so far, on standard error (progress.h). total: or 0. */
void trace_progress(uint64_t commands, uint64_t total);

/* Writes at most `most` commands of the workload to a trace file and reports their number on
 * standard output. */
int trace_copy(struct workload *w, const char *path, uint64_t most, struct error *e);

#endif
