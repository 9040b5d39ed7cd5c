/* timing.h - how long the protocols wait before they suspect a loss or a crash. All > 0. */
#ifndef AVIARY_PROTO_TIMING_H
#define AVIARY_PROTO_TIMING_H

#include <stdint.h>

#include "proto/patience.h"

struct timing {
    uint64_t heartbeat_ns;      /* interval of a leader's heartbeats */
    uint64_t leader_timeout_ns; /* silence after which a follower stands for election */
    uint64_t retry_ns; /* first retransmission by a client, until it has measured response times */
};

/* For messages of another group, or of the group's majority (patience.h): not less than a fraction
 * of a heartbeat, since where most waits are zero the mean does not bound the rest; not more than
 * half a leader time-out, which is a round trip at the least, or four times the mean, where large
 * values take longer than that; and never more than four leader time-outs: waits include the
 * time-outs of other nodes, so means of several groups would increase each other without bound. */
static inline uint64_t timing_patience_ns(const struct timing *t, const struct patience *p,
                                          uint32_t asked)
{
    uint64_t least_ns = t->leader_timeout_ns / 2, most_ns = 4 * t->leader_timeout_ns;
    if (most_ns > 4 * p->mean_ns) most_ns = 4 * p->mean_ns;
    if (most_ns < least_ns) most_ns = least_ns;
    return patience_ns(p, t->heartbeat_ns / 4 + 1, most_ns, asked);
}

/* The timers of a node, one for each layer that needs one. */
enum node_timer {
    TIMER_GROUP,     /* group.c: heartbeat and suspicion */
    TIMER_MULTICAST, /* basecast.c: timestamps that are missing */
    TIMER_NEXT,      /* executor.c: the next command may execute */
    TIMER_MISSING,   /* executor.c: messages from other groups that are missing */
    TIMER_TRANSFER,  /* transfer.c: missing variables that a plan moves here */
    TIMER_HINT,      /* dynamic.c: hints are due */
    TIMER_PLAN,      /* planner.c: a plan is due */
    TIMER_RETRY,     /* client.c: commands that are unanswered */
    TIMER_ISSUE,     /* client.c: open loop, the next command is due */
};

#endif
