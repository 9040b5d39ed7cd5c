/* emulation.h - an experiment's nodes on real transports, as a cluster for the runner: threads of
 * this process over shared memory, or processes over verbs. */
#ifndef AVIARY_RDMA_CLUSTER_EMULATION_H
#define AVIARY_RDMA_CLUSTER_EMULATION_H

#include "analysis/experiment/cluster.h"

extern const struct cluster_ops emulated_loop, emulated_verbs;
/* A command that emulates one run over either, such as `aviary emulate`. */
extern const struct experiment_command emulation_command;

/* For a signal handler: clients issue nothing more; pending commands are answered, and the run ends
 * as if its duration were over. */
void emulation_end_load(void);
/* For a signal handler: the run under way ends as soon as it can, with an error. */
void emulation_interrupt(void);
bool emulation_interrupted(void);

/* The scenario of an emulated run, the same in every process of a cluster. */
struct scenario *emulation_scenario(const struct experiment *e, struct error *error);

#endif
