/* fabric.h - the wires of a few members that are all threads of this process, for measuring. */
#ifndef AVIARY_RDMA_CALIBRATE_FABRIC_H
#define AVIARY_RDMA_CALIBRATE_FABRIC_H

#include "analysis/experiment/experiment.h"
#include "base/error.h"
#include "rdma/calibrate/metered.h"
#include "rdma/wire/members.h"

enum { FABRIC_ADDRESSES_MAX = 16 };

/* The transport that is measured. */
struct fabric_kind {
    enum experiment_transport transport;
    uint32_t address_count; /* verbs: of RDMA devices, for members in turn */
    const char *addresses[FABRIC_ADDRESSES_MAX];
};

struct fabric;

/* NULL: the error says why. `members` is borrowed. */
struct fabric *fabric_create(const struct fabric_kind *kind, const struct members *members,
                             struct error *e);
/* After all wires were closed. */
void fabric_destroy(struct fabric *f);
/* The member's wire, for one thread. Its figures can be read after it was closed. */
struct metered *fabric_wire(struct fabric *f, uint32_t member);

#endif
