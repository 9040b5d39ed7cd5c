/* trial.h - a small cluster of the protocol core, run for a moment to see what its work costs. */
#ifndef AVIARY_RDMA_TRIAL_H
#define AVIARY_RDMA_TRIAL_H

#include "rdma/crew.h"

enum { TRIAL_MEMBERS_MAX = 64 };

struct trial_setup {
    enum transport_kind transport;
    const char *const *addresses;
    uint32_t address_count;
    const char *const *options; /* as of `aviary run`, NULL at the end */
    uint64_t warmup_ns, window_ns;
};

struct trial_result {
    uint32_t members; /* the last one is all clients */
    struct crew_usage usage[TRIAL_MEMBERS_MAX];
    uint64_t executed[TRIAL_MEMBERS_MAX];  /* commands */
    uint64_t variables[TRIAL_MEMBERS_MAX]; /* in them */
    uint64_t answered;
    double seconds;
    double p50_us, mean_us;
};

int trial_run(const struct trial_setup *setup, struct trial_result *result, struct error *e);

#endif
