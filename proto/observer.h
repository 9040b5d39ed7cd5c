/* observer.h - what the core reports about itself: for checkers, statistics and traces.
 *
 * The core calls these at the events that the papers' correctness arguments use. An observer must
 * not influence the run. All pointers are borrowed for the call. `now_ns` is the node's time. In an
 * emulation nodes report from several threads, each node from one at a time. */
#ifndef AVIARY_PROTO_OBSERVER_H
#define AVIARY_PROTO_OBSERVER_H

#include <stdint.h>

#include "proto/command.h"

#define VERSION_UNSEEN UINT64_MAX

enum reply_status {
    REPLY_OK,
    REPLY_RETRY, /* not executed: the variables have moved */
    REPLY_NOK,   /* not executed: a variable does not exist, or already does */
};

/* What a reply tells about the command it answers. seen[i] is the version of accesses[i] before the
 * execution, as far as the answering replica knew it (a remote variable that is written blindly is
 * VERSION_UNSEEN). Only an OK has any: of other replies `seen` is undefined. */
struct reply_view {
    enum reply_status status;
    uint64_t digest;
    const uint64_t *seen;
};

/* What happened to the ownership of a variable. */
enum ownership {
    OWNERSHIP_GIVEN,    /* `group` owned it and sends it to `other` for good */
    OWNERSHIP_TAKEN,    /* `group` owns it from now on; it came from `other` */
    OWNERSHIP_LENT,     /* `group` owns it and lends it to `other` for this one command */
    OWNERSHIP_RETURNED, /* `group` has it back from `other` */
    OWNERSHIP_CREATED,  /* it exists from now on, in `group` */
    OWNERSHIP_DELETED,  /* it was `group`'s, and exists no longer */
};

/* An ownership event. `timestamp` is that of the multicast that decided it, so a variable's events
 * are ordered by it whatever the order of the reports; slow replicas report the same events
 * later. */
struct ownership_event {
    enum ownership what;
    uint32_t group, other; /* other == group where there is none */
    uint32_t variable;
    uint64_t timestamp;
};

/* A plan as the oracle delivered it, or that it was discarded. Of two figures "before" is that of
 * the placement which the plan replaces, by the same graph. */
struct plan_report {
    uint64_t version;   /* from 1 */
    uint64_t timestamp; /* of its multicast */
    uint64_t hash;      /* over every variable that moves, and where, and what is predicted */
    uint32_t vertices;
    uint64_t edges;
    uint64_t edge_cut;
    uint32_t imbalance_permille;
    uint64_t moved;       /* variables */
    uint64_t modelled_ns; /* of its computation */
    uint64_t edge_cut_before;
    uint32_t imbalance_before_permille;
    uint32_t announced;         /* 0: discarded, nothing moves */
    uint64_t work, work_before; /* of the busiest group, as in forecast.h; 0: without a guard */
};

struct observer;

struct observer_ops {
    /* A client's command has become due (closed loop: it is sent; open loop: its intended
     * start). */
    void (*issued)(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c);
    /* A client took the one reply to its command. `attempts` counts the multicasts
     * made to execute it, 1 = at once: each refusal costs one more. 0: refused by the oracle. */
    void (*answered)(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c,
                     const struct reply_view *reply, uint32_t attempts);
    /* Atomic multicast delivered c at a replica of `group`. Timestamps are unique and give the
     * order. */
    void (*delivered)(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                      const struct command *c, uint64_t timestamp);
    /* A replica began to execute c: all commands before it in the order are done. */
    void (*started)(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                    const struct command *c);
    /* A replica is done with c. seen[i] as in reply_view; what this group owns is never unseen.
     * seen == NULL: this group had a part in it but did not execute it: it lent variables, moved
     * some, answered a client's query, refused it as stale; `digest` then encodes which.
     * state_hash: the replica's running hash over all its writes: equal at equal prefixes. */
    void (*executed)(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                     const struct command *c, uint64_t digest, const uint64_t *seen,
                     uint64_t state_hash);
    /* A replica became the leader of its group (the designated sender), with that ballot. */
    void (*leading)(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                    uint64_t ballot);
    /* c is multicast: by a client (a command's first multicast comes after `issued`), or by the
     * leader of a group. Retransmissions are not reported again, except by another leader. */
    void (*multicast)(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c);
    /* Each replica reports each event of its group, in no common order. */
    void (*ownership)(struct observer *o, uint32_t node, uint64_t now_ns,
                      const struct ownership_event *e);
    /* The designated sender of `group` sent variables to another group, each counted once. */
    void (*exchanged)(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                      uint64_t variables, uint64_t bytes);
    /* A replica of the oracle delivered a plan, or that it is discarded. */
    void (*planned)(struct observer *o, uint32_t node, uint64_t now_ns,
                    const struct plan_report *plan);
};

struct observer {
    const struct observer_ops *ops;
};

/* The last four may be left out by an observer, and there may be none. */
static inline void observe_multicast(struct observer *o, uint32_t node, uint64_t now_ns,
                                     const struct command *c)
{
    if (o && o->ops->multicast) o->ops->multicast(o, node, now_ns, c);
}

#endif
