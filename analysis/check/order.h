/* order.h - checks atomic multicast: what is delivered, where, and in which order. It checks the
 * casts of the ledger: commands in all rounds, hints and plans.
 *
 * The order is that of replicas' deliveries, never the protocol's timestamps. A group's sequence is
 * kept once; its replicas are compared with it by position, so that all cross-group properties need
 * one pass per group. Checking the whole run takes time linear in the deliveries. */
#ifndef AVIARY_ANALYSIS_CHECK_ORDER_H
#define AVIARY_ANALYSIS_CHECK_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/check/ledger.h"
#include "analysis/check/survival.h"
#include "analysis/check/verdict.h"
#include "proto/topology.h"

enum order_property {
    ORDER_INTEGRITY,  /* a replica delivers at most once, only what was multicast, as an addressee;
                       * and  what is multicast twice is the same */
    ORDER_AGREEMENT,  /* the n-th delivery of all replicas of a group is the same cast */
    ORDER_TIMESTAMPS, /* the timestamps a replica delivers with only grow */
    ORDER_ACYCLIC,    /* "some replica delivers a before b" has no cycle over all groups */
    ORDER_PREFIX,     /* for two groups, what is addressed to both: one is a prefix of the other */
    ORDER_UNIFORM,    /* what one replica delivers, every live replica of every destination does */
    ORDER_PROPERTIES,
};

struct order_group {
    uint32_t *sequence; /* casts, in delivery order: the longest of its replicas' sequences */
    uint64_t count, room;
};

struct order_replica {
    uint64_t timestamp; /* of the last delivery */
    uint32_t count;     /* deliveries that agree with the group's sequence */
    bool diverged;      /* disagreed with its group; not checked any more */
};

struct order {
    struct ledger *ledger; /* borrowed; slots' `position` is written */
    struct topology topology;
    struct order_group *groups;
    struct order_replica *replicas; /* by node */
    struct property properties[ORDER_PROPERTIES];
};

void order_init(struct order *o, struct ledger *ledger, const struct topology *topology);
void order_finish(struct order *o);

/* A replica of `group` delivered the cast; LEDGER_NONE if the ledger does not know `id`. */
void order_delivered(struct order *o, uint32_t node, uint32_t group, uint32_t cast,
                     struct command_id id, uint64_t timestamp);
/* A node multicast under this id a content that differs from an earlier one, or for a command that
 * was never issued. */
void order_differs(struct order *o, uint32_t node, uint32_t cast);
void order_unissued(struct order *o, uint32_t node, struct command_id id);
/* At the end: acyclic order, prefix order, uniform delivery, as far as the cluster has survived.
 * `drained` as in recorder.h. */
void order_check(struct order *o, const struct survival *survival, bool drained);

#endif
