/* survival.h - what faults have left of a cluster for good, and what can no longer be expected of
 * it.
 *
 * Faults are survivable while each group has a live, connected majority, each pair of groups that
 * share multicasts a live link between members of such majorities, and so have each group and the
 * clients that need it. A group is connected as far as two-way links reach, and has a majority if
 * one of its replicas has such links to a majority, itself included: it can lead. What is not
 * survivable is no failure of the protocols: the property `survivable` is then unknown and names
 * the group or the pair that is lost, and commands that need it, or wait behind such commands, may
 * stay unanswered. */
#ifndef AVIARY_ANALYSIS_CHECK_SURVIVAL_H
#define AVIARY_ANALYSIS_CHECK_SURVIVAL_H

#include <stdbool.h>

#include "analysis/check/ledger.h"
#include "analysis/check/verdict.h"

#define SURVIVAL_PROPERTY "survivable"

/* Do messages pass between two nodes, both ways, now and for good? NULL: between all. */
struct survival_links {
    bool (*linked)(void *context, uint32_t a, uint32_t b);
    void *context;
};

struct survival {
    const struct ledger *ledger; /* borrowed */
    struct topology topology;
    struct survival_links links;
    bool *gone;               /* by node: crashed, or a replica cut off from its group's majority */
    bool lost[GROUPS_MAX];    /* without a majority */
    bool halted[GROUPS_MAX];  /* lost, or waiting for one that is, perhaps */
    struct property property; /* survivable */
};

/* `crashed`: by node. Nothing is known of what waits where the ledger keeps no casts. */
void survival_init(struct survival *s, const struct ledger *ledger, const bool *crashed,
                   const struct survival_links *links);
void survival_finish(struct survival *s);

/* Without a ledger: marks the replicas, beside those that are gone already, that no links connect
 * with the majority of their group. `gone`: by node. */
void survival_cut_off(const struct topology *t, const struct survival_links *links, bool *gone);

/* A group that may keep an unanswered command from ever being answered, or GROUPS_MAX: there is no
 * such excuse. */
uint32_t survival_obstacle(const struct survival *s, uint32_t command);

#endif
