/* schedule.h - building a struct faults: shared by the script reader and the swarm. */
#ifndef AVIARY_SIM_SCHEDULE_H
#define AVIARY_SIM_SCHEDULE_H

#include "sim/faults.h"

/* A new fault at the end, all zero; valid until the next call. */
struct fault *schedule_add(struct faults *f);
/* By time; equal times keep their order. */
void schedule_sort(struct faults *f);

#endif
