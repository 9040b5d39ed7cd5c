/* emulation.h - one run for real: a whole cluster brought to life, driven, stopped, checked. */
#ifndef AVIARY_RDMA_CLUSTER_EMULATION_H
#define AVIARY_RDMA_CLUSTER_EMULATION_H

#include "analysis/experiment/experiment.h"
#include "base/progress.h"
#include "analysis/results/results.h"
#include "analysis/experiment/scenario.h"
#include "rdma/wire/members.h"

struct emulation;

/* Runs to the end. NULL: the error says what is wrong with the input, who is missing, or that it
 * was interrupted; then no member is left. `progress` may be NULL. */
struct emulation *emulation_run(const struct experiment *e, struct progress *progress,
                                struct error *error);
/* What came out; lives until emulation_destroy. */
const struct run_result *emulation_result(const struct emulation *m);
/* Messages that members dropped: malformed ones, and what a peer that took nothing for too long
 * should have had. */
struct emulation_losses {
    uint64_t malformed, overflowed;
};
struct emulation_losses emulation_losses(const struct emulation *m);
void emulation_destroy(struct emulation *m);

/* For a signal handler: clients issue nothing more; what is under way is answered, and the run is
 * judged as if its duration were over. */
void emulation_end_load(void);
/* For a signal handler: the run under way ends as soon as it can, with an error. */
void emulation_interrupt(void);
bool emulation_interrupted(void);

/* The scenario of an experiment that is run for real, the same in every process of a cluster. */
struct scenario *emulation_scenario(const struct experiment *e, struct error *error);

#endif
