/* load.h - the machine's load by other processes. */
#ifndef AVIARY_RDMA_CALIBRATE_LOAD_H
#define AVIARY_RDMA_CALIBRATE_LOAD_H

/* Seconds of all processors since some time. */
struct load {
    double all, idle, stolen; /* stolen: by the hypervisor */
    double own;               /* this process */
};

/* All 0 where the system does not report it. */
struct load load_now(void);
/* Shares of all processors' time between the two. */
double load_of_others(const struct load *from, const struct load *to);
double load_stolen(const struct load *from, const struct load *to);

#endif
