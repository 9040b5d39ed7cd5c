/* timing.h - how long the protocols wait before they suspect a loss or a crash. All > 0. */
#ifndef AVIARY_PROTO_TIMING_H
#define AVIARY_PROTO_TIMING_H

#include <stdint.h>

struct timing {
    uint64_t heartbeat_ns;      /* a leader is heard of at least this often */
    uint64_t leader_timeout_ns; /* silence after which a follower stands for election */
    uint64_t retry_ns; /* first retransmission of anything unanswered, until answers are measured */
};

/* The least time-out that measurements may lead to (patience.h): where most of what is waited for
 * is there already, the mean says little about the rest. */
static inline uint64_t timing_patience_ns(const struct timing *t)
{
    return t->heartbeat_ns / 4 + 1;
}

/* The timers of a node, one for each layer that needs one. */
enum node_timer {
    TIMER_GROUP,     /* group.c: heartbeat and suspicion */
    TIMER_MULTICAST, /* basecast.c: timestamps that are missing */
    TIMER_NEXT,      /* executor.c: the next command may execute */
    TIMER_MISSING,   /* executor.c: messages from other groups that are missing */
    TIMER_TRANSFER,  /* transfer.c: variables that a plan brings here and that are missing */
    TIMER_HINT,      /* dynamic.c: hints are due */
    TIMER_PLAN,      /* planner.c: a plan is due */
    TIMER_RETRY,     /* client.c: commands that are unanswered */
    TIMER_ISSUE,     /* client.c: open loop, the next command is due */
};

#endif
