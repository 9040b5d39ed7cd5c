/* owners.h - checks the ownership of variables: one group at a time, or in transit from one group
 * to another; loans are closed by the command that opened them.
 *
 * Per variable the last ownership steps are kept; the newest one is its state:
 *
 *   created, taken, returned   owned by `group`
 *   given                      on its way from `group` to `other`
 *   lent                       owned by `group`, used by `other`
 *   deleted                    no owner
 *
 * Every replica reports each step of its group; slow replicas repeat old ones. The first report of
 * a step follows the first report of the step before it, its cause, with two exceptions. The new
 * owner may report a take before the old one, which has sent the variable, reports the give. And a
 * variable may be created in one group before the group that deleted it reports that, since the
 * oracle confirms the deletion. Such a missing step is noted as a pending report, which must
 * follow.
 *
 * A report that equals a kept step is a repetition, and one older than all kept steps is not
 * checked; any other must be a possible next step. */
#ifndef AVIARY_ANALYSIS_CHECK_OWNERS_H
#define AVIARY_ANALYSIS_CHECK_OWNERS_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/check/ledger.h"
#include "analysis/check/verdict.h"
#include "proto/observer.h"
#include "proto/topology.h"
#include "proto/variables.h"

enum owners_property {
    OWNERS_ONE,   /* a variable has one owner, or is in transit; in the end its last owner */
    OWNERS_LOANS, /* a loan is of an owned variable, closed by its command, and exclusive */
    OWNERS_MAP,   /* in the end the oracle knows the owner of each variable */
    OWNERS_PROPERTIES,
};

enum {
    OWNERS_STEPS = 3, /* steps kept: a give and take, or a loan, and the one before */
    OWNERS_UNFILLED = 255,
};

struct owners_step {
    uint64_t timestamp; /* 0: from the start */
    uint16_t group, other;
    uint8_t what; /* enum ownership, or OWNERS_UNFILLED */
    bool broken;  /* in the newest: the variable broke a rule and is not checked any more */
};

struct owners_variable {
    struct owners_step step[OWNERS_STEPS]; /* the newest first */
};

/* A pending report: `group` gave the variable away, or deleted it, between two timestamps. */
struct owners_awaited {
    uint64_t after, before; /* both included */
    uint32_t variable;
    uint16_t group, other;
    uint8_t what; /* OWNERSHIP_GIVEN or OWNERSHIP_DELETED */
};

struct owners {
    const struct ledger *ledger; /* borrowed, for names */
    struct topology topology;
    bool lazy; /* set by the caller: in the end variables not needed may be in transit */
    struct owners_variable *variables;
    uint64_t count, room;
    struct owners_awaited *awaited;
    uint64_t awaited_count, awaited_room;
    uint16_t *final_owner, *final_place; /* by variable, PLACE_NONE: none; NULL: not reported */
    bool reported[GROUPS_MAX];           /* that group has reported its final variables */
    struct property properties[OWNERS_PROPERTIES];
};

/* `variables` may be NULL: then there are none, and nothing is to be reported. */
void owners_init(struct owners *o, const struct ledger *ledger, const struct topology *topology,
                 const struct variables *variables);
void owners_finish(struct owners *o);

/* True if this is the first report of a take: a variable has moved. */
bool owners_event(struct owners *o, uint64_t now_ns, const struct ownership_event *e);

/* After the run: `group`, all of whose live replicas agree, owns the variable, or, with lazy moves,
 * will get it when needed. */
void owners_final_owner(struct owners *o, uint32_t group, uint32_t variable);
/* After the run: the oracle's map has it there; PLACE_NONE: it does not exist. */
void owners_final_place(struct owners *o, uint32_t variable, uint16_t place);

/* At the end. operational[group]: it has survived, so that it must be quiescent. `drained` as in
 * recorder.h; if not, the end of the run proves nothing. */
void owners_check(struct owners *o, const bool *operational, bool drained);

#endif
