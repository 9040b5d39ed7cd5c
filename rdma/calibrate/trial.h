/* trial.h - a short run of an emulated cluster, as by `aviary emulate`, to measure its costs:
 * members as threads on metered wires. */
#ifndef AVIARY_RDMA_CALIBRATE_TRIAL_H
#define AVIARY_RDMA_CALIBRATE_TRIAL_H

#include "rdma/calibrate/fabric.h"

enum { TRIAL_MEMBERS_MAX = 64 };

/* A member's usage. */
struct trial_member {
    uint64_t work_ns;
    uint64_t waits;
    uint64_t spin_ns, look_ns; /* processor time in waits, and of metering one of them */
    uint64_t switches, sleeps; /* of the thread */
    uint64_t messages_in, messages_out, bytes_in, bytes_out;
    uint64_t executed; /* commands, by a replica */
};

struct trial_result {
    uint32_t members; /* the last one is the clients */
    struct trial_member member[TRIAL_MEMBERS_MAX];
    uint64_t answered;
};

/* `options` as `aviary emulate` takes them, ended by NULL; all clients run for `duration_ns`. */
int trial_run(const struct fabric_kind *kind, const char *const *options, uint64_t duration_ns,
              struct trial_result *result, struct error *e);

#endif
