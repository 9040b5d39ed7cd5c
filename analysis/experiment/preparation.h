/* preparation.h - workloads that are open, and placements of their variables, for several runs.
 *
 * What is asked for again is not made again. A run uses it up (it rewinds a workload and skips
 * parts of it), so runs that share a preparation are to be processes of their own, forked after it
 * was made: each has a copy. */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_PREPARATION_H
#define AVIARY_ANALYSIS_EXPERIMENT_PREPARATION_H

#include "workloads/place/placement.h"

struct preparation;

struct preparation *preparation_create(void);
void preparation_destroy(struct preparation *p); /* with its workloads and placements */

/* The workload of that specification and seed. NULL with the error. The least recently asked for is
 * closed where there are too many. */
struct workload *preparation_workload(struct preparation *p, const char *spec, uint64_t seed,
                                      struct error *e);
/* The number of its commands; it is to be whole. 0, or -1 with the error. */
int preparation_count(struct preparation *p, struct workload *w, uint64_t *commands,
                      struct error *e);
/* A placement of its variables. NULL with the error. */
const struct placement *preparation_placement(struct preparation *p, struct workload *w,
                                              const struct placement_request *request,
                                              struct error *e);

#endif
