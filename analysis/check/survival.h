/* survival.h - the parts of a cluster that survive all faults, and the commands that may remain
 * unanswered.
 *
 * Faults are survivable while each group has a live, connected majority, each pair of groups that
 * share multicasts has a live link between members of such majorities, and so has each group with
 * the clients that need it. A group is connected as far as two-way links reach, and has a majority
 * if one of its replicas has such links to a majority, itself included: it can lead. Unsurvivable
 * faults are no failure of the protocols: the property `survivable` is then unknown and names the
 * group or the pair that is lost, and commands that need it, or wait behind such commands, may stay
 * unanswered. */
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
    bool halted[GROUPS_MAX];  /* lost, or possibly waiting for a lost one */
    struct property property; /* survivable */
};

/* `crashed`: by node. Without casts in the ledger, waiting groups are unknown. */
void survival_init(struct survival *s, const struct ledger *ledger, const bool *crashed,
                   const struct survival_links *links);
void survival_finish(struct survival *s);

/* Without a ledger: marks the replicas, in addition to those gone already, that have no links to
 * the majority of their group. `gone`: by node. */
void survival_cut_off(const struct topology *t, const struct survival_links *links, bool *gone);

/* A group that may block an unanswered command for good, or GROUPS_MAX: none. */
uint32_t survival_blocking_group(const struct survival *s, uint32_t command);

#endif
