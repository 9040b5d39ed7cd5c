/* patience.h - an adaptive time-out for messages that normally arrive.
 *
 * Mean and mean deviation of the waiting times seen, smoothed as a TCP sender smooths round trips
 * (Jacobson, Congestion Avoidance and Control, SIGCOMM 1988; RFC 6298: gains 1/8 and 1/4). A wait
 * in which the time-out expired counts for no more than one deviation above the mean, since it
 * measures the time-out as much as the system. So a time-out that is too short grows, and losses do
 * not make it grow without bound. */
#ifndef AVIARY_PROTO_PATIENCE_H
#define AVIARY_PROTO_PATIENCE_H

#include <stdint.h>

#include "base/assert.h"

enum {
    /* Sixteen, not the four of a round trip: what is waited for here is other groups' progress,
     * whose distribution has a heavy tail, and a loss is mostly detected earlier, by later
     * messages. With four 10 % of S-SMR's waits expired, with eight 1 %, with sixteen .03 %. */
    PATIENCE_DEVIATIONS = 16,
    PATIENCE_DOUBLINGS_MAX = 6, /* of a time-out that expires repeatedly */
};

/* All zero: nothing has been measured. */
struct patience {
    uint64_t mean_ns; /* 0: nothing has been measured */
    uint64_t deviation_ns;
};

static inline void patience_sample(struct patience *p, uint64_t waited_ns)
{
    if (waited_ns == 0) waited_ns = 1;
    if (p->mean_ns == 0) {
        *p = (struct patience){waited_ns, waited_ns / 2};
        return;
    }
    uint64_t off_ns = waited_ns > p->mean_ns ? waited_ns - p->mean_ns : p->mean_ns - waited_ns;
    p->deviation_ns = (3 * p->deviation_ns + off_ns) / 4;
    p->mean_ns = (7 * p->mean_ns + waited_ns) / 8;
    ASSERT(p->mean_ns > 0);
}

static inline void patience_sample_asked(struct patience *p, uint64_t waited_ns)
{
    uint64_t most_ns = p->mean_ns + p->deviation_ns;
    patience_sample(p, p->mean_ns && waited_ns > most_ns ? most_ns : waited_ns);
}

/* The time-out before the (asked + 1)-th request. At most `most_ns`, doubled: a node that waits
 * makes others wait for it, and without a bound their time-outs would increase each other. */
static inline uint64_t patience_ns(const struct patience *p, uint64_t least_ns, uint64_t most_ns,
                                   uint32_t asked)
{
    uint64_t ns = p->mean_ns ? p->mean_ns + PATIENCE_DEVIATIONS * p->deviation_ns : most_ns;
    if (ns < least_ns) ns = least_ns;
    if (ns > most_ns) ns = most_ns;
    return ns << (asked < PATIENCE_DOUBLINGS_MAX ? asked : PATIENCE_DOUBLINGS_MAX);
}

#endif
