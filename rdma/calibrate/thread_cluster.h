/* crew.h - a few members as threads of this process, each with nodes of its own: for measuring. */
#ifndef AVIARY_RDMA_CALIBRATE_CREW_H
#define AVIARY_RDMA_CALIBRATE_CREW_H

#include <stdatomic.h>

#include "rdma/calibrate/fabric.h"
#include "rdma/wire/host.h"

struct crew;

/* One node for each member. NULL: the error says why. `members` is borrowed. */
struct crew *crew_create(const struct fabric_kind *kind, const struct members *members,
                         struct error *e);
void crew_add_node(struct crew *c, uint32_t node, const struct node_ops *ops, void *state);
/* Runs until *done, or for most_ns from when *begun is true, which must come within seconds;
 * members are on the cores in turn. */
void crew_run(struct crew *c, const atomic_bool *begun, const atomic_bool *done, uint64_t most_ns);
/* Before crew_run(): all members on one processor. */
void crew_gather(struct crew *c);
/* After crew_run(): what the member's thread did. */
const struct metered *crew_meter(const struct crew *c, uint32_t member);
void crew_destroy(struct crew *c);

#endif
