/* jobs.h - jobs in processes of their own, some at a time.
 *
 * A job is a function that is called in a child process, which is a copy of this one and ends with
 * it. What it reports is plain memory of a fixed size, and comes back through a pipe. So a job that
 * crashes or is killed takes nothing with it but its own report. */
#ifndef AVIARY_ANALYSIS_STUDY_JOBS_H
#define AVIARY_ANALYSIS_STUDY_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct jobs;

/* `most` at a time, at least 1; `bytes` of each report, more than 0. */
struct jobs *jobs_create(uint32_t most, size_t bytes);
/* Ends what runs. */
void jobs_destroy(struct jobs *j);

uint32_t jobs_running(const struct jobs *j);
bool jobs_full(const struct jobs *j);

/* Calls work() in a child, which fills in the report, all zeros at first; `number` names the job.
 * Fewer than `most` are to be running. 0, or -1 with the error: no process can be made. */
int jobs_start(struct jobs *j, uint32_t number,
               void (*work)(void *context, uint32_t number, void *report), void *context,
               struct error *e);

/* Waits for the end of a job; some are to be running. 1: its number, and its report is copied; 0:
 * it ended without a report, and the error says how; -1: a signal came first, or a second has
 * passed, and none has ended. */
int jobs_wait(struct jobs *j, uint32_t *number, void *report, struct error *e);

#endif
