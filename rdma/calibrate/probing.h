/* probing.h - measures a transport by nodes that send each other probes through hosts. */
#ifndef AVIARY_RDMA_CALIBRATE_PROBING_H
#define AVIARY_RDMA_CALIBRATE_PROBING_H

#include "rdma/calibrate/fabric.h"

enum { PROBING_MEMBERS_MAX = 16, PROBING_SAMPLES_MAX = 20000 };

/* Sorted. */
struct samples {
    uint32_t count;
    uint64_t ns[PROBING_SAMPLES_MAX];
};

/* 0 if there are none. */
uint64_t samples_quantile(const struct samples *s, double share);

/* A token of `bytes` goes from one of `members` members to any other; samples are of single hops,
 * from the handler of the one to that of the next. With pause_ns the first keeps it that long, and
 * samples are of the hops after that, to a sleeping member. All functions: 0, or -1 with the
 * error. */
int probing_hops(const struct fabric_kind *kind, uint32_t members, uint32_t bytes,
                 uint64_t pause_ns, uint64_t most_ns, struct samples *out, struct error *e);

/* Of two members on one processor one sleeps, and is woken up by the other again and again. */
struct wakes {
    double rouse_ns; /* processor time of the member that wakes the other */
    double sleep_ns; /* processor time for falling asleep and waking up */
};
int probing_wakes(const struct fabric_kind *kind, uint64_t most_ns, struct wakes *out,
                  struct error *e);

/* One member sends to another at full rate. */
struct flood {
    uint64_t messages; /* acknowledgements excluded */
    double seconds;
    uint64_t send_work_ns, receive_work_ns; /* of the two threads */
};
int probing_flood(const struct fabric_kind *kind, uint32_t bytes, uint64_t most_ns,
                  struct flood *out, struct error *e);

enum probing_operation { PROBING_WRITE, PROBING_READ, PROBING_SWAP };
/* Round trips of one-sided operations on 8 bytes, one after the other. */
int probing_one_sided(const struct fabric_kind *kind, enum probing_operation operation,
                      uint64_t most_ns, struct samples *out, struct error *e);

/* A node that sets one timer after the other: work for each. */
int probing_timers(const struct fabric_kind *kind, uint64_t most_ns, double *ns_each,
                   struct error *e);

#endif
